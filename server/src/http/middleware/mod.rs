//! Layers that every request crosses; the order is in `http::router`.
