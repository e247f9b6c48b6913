//! Types of the server's outside contracts, shared by the client that calls and the stub that answers.
//!
//! No I/O here: requests and replies as they stand on the wire, and the pure rules that turn a reply
//! (status and bytes) into an outcome. The HTTP client lives in `server/app`, the stub in `cp-stub`.

pub mod control_plane;
