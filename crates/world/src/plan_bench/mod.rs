//! The planner's benchmark: synthetic clinics, and polling policies that replay the same events.
//!
//! A world is generated once from a scenario and a seed. Each policy then polls it on a virtual
//! clock, sees of it what a poll would show, and is graded by how late it finds each change, seen
//! or not. The same scenario and seed give the same figures, to the last digit.

mod baseline;
mod clinic;
mod compare;
mod draw;
mod events;
mod lists;
mod page;
mod policy;
mod replay;
mod scenario;
mod score;
mod truth;

pub use compare::{Graded, PolicyName, Trial, grade};
pub use events::{BenchWorld, Event, Kind};
pub use page::page;
pub use scenario::{Change, Clinics, Faults, PlanScenario, Release, SCENARIOS, ScenarioError};
pub use score::{AgesAt, Delays, Score};
