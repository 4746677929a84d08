//! Scenario files: everything that a world is made from, in one documented TOML file.
//!
//! `docs/scenario-files.md` explains every key. A file that names a key which does not exist, or a
//! number out of its range, is refused with the key's name: a scenario that is silently not what
//! its author meant would grade clients for something else.

mod check;
mod file;
mod script;
mod shipped;
mod text;

pub use check::ScenarioError;
pub use file::{
    Booking, Budget, CancelledRows, Clinics, Closure, Order, Release, ScenarioFile, ServerHabits,
    ServerKind, Storm, Title, TotalHabit,
};
pub use script::{ScriptLine, ScriptRow};
pub use shipped::{Shipped, shipped, shipped_named};
pub use text::TimeOfDay;
