//! The table of knobs: read once at boot, all invalid values reported together.

/// Every setting of the server after boot.
#[derive(Clone, Debug, Default)]
pub struct Config {}
