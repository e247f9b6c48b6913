//! Every cap the server enforces, once. Units are in the names.

/// Largest JSON body of `POST /workspaces/{id}/a2a`.
pub const A2A_BODY_BYTES_MAX: usize = 1024 * 1024;
/// Largest agent reply the A2A proxy reads.
pub const A2A_REPLY_BYTES_MAX: usize = 10 * 1024 * 1024;
/// Largest JSON body of a route that names no cap of its own.
pub const JSON_BODY_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Most bytes read from the control plane's configuration answer.
pub const CP_CONFIG_BYTES_MAX: usize = 64 * 1024;
/// Longest value the control plane may set.
pub const CP_CONFIG_VALUE_BYTES_MAX: usize = 4096;
/// Events buffered per WebSocket client; a slower client loses messages, never blocks others.
pub const WS_CLIENT_BUFFER: usize = 256;
/// Events buffered per in-process subscriber (SSE, A2A idle timer).
pub const SUBSCRIBER_BUFFER: usize = 64;
/// Steps of an ancestor walk; more means a parent cycle.
pub const HIERARCHY_STEPS_MAX: usize = 32;
/// Rows of an activity list when the caller names no limit.
pub const ACTIVITY_LIST_ROWS_DEFAULT: i64 = 100;
/// Most rows of one activity list.
pub const ACTIVITY_LIST_ROWS_MAX: i64 = 500;
/// Widest `since_secs` window of an activity list: 30 days.
pub const ACTIVITY_SINCE_SECS_MAX: i64 = 30 * 24 * 60 * 60;
/// Longest lifetime a sender may ask for a queued message: 30 days.
pub const A2A_QUEUE_LIFETIME_SECS_MAX: u64 = 30 * 24 * 60 * 60;
/// Whole multipart body of a chat upload; the edge's `client_max_body_size` is the same number.
pub const UPLOAD_TOTAL_BYTES_MAX: u64 = 100 * 1024 * 1024;
/// One file of a chat upload.
pub const UPLOAD_FILE_BYTES_MAX: u64 = 100 * 1024 * 1024;
/// Longest time an upload may take on its way to the workspace; 120 s cut off slow uplinks.
pub const UPLOAD_FORWARD_TIMEOUT_SECS: u64 = 1200;
/// Shortest deadline a client gives an upload.
pub const UPLOAD_CLIENT_TIMEOUT_FLOOR_MS: u64 = 60_000;
/// Slowest uplink a client's deadline allows for.
pub const UPLOAD_CLIENT_MIN_BYTES_PER_SECOND: u64 = 100 * 1024;
/// Live tokens of one workspace.
pub const WORKSPACE_TOKENS_MAX: i64 = 50;
/// Longest name of an organisation token, in bytes.
pub const ORG_TOKEN_NAME_BYTES_MAX: usize = 100;
