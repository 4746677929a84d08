//! What goes wrong on purpose, by rule.
//!
//! A rule says which calls it concerns (POV, days ahead, pages), when (a window of the world's
//! time), how often (the first n of a list, a chance in a hundred), and what happens to them.
//! Rules are tried in the order of the file; the first one that replaces the answer decides it,
//! and those that only delay or bend it add up.

mod apply;
mod rule;
mod state;

pub(crate) use apply::shuffle;
pub use apply::{Bent, Delivery, bend};
pub(crate) use rule::covers;
pub use rule::{FaultKind, FaultRule, Pages};
pub(crate) use state::midnight_after;
pub use state::{Call, FaultState, Struck};
