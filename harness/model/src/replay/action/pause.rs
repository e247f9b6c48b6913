//! `pause`: a wait that no condition can replace.

use crate::record;
use crate::template::Dyn;
use crate::units::Time;

record! {
    /// A bare wait; it must say why no condition can replace it.
    pub struct Pause in "pause" {
        /// How long.
        during: Dyn<Time> = required("for"),
        /// Why.
        because: String = required("because"),
    }
}
