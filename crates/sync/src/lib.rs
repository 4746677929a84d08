//! The agent: scan, certificate, ledger decisions, timetable, driver.
//!
//! What is decided is decided by plain functions of time, chance and answers, a module each. Only
//! the driver waits, calls and writes: an [`Agent`] that keeps a ledger, or a [`Puller`] that reads
//! single lists by hand.

pub mod alarms;
pub mod brake;
pub mod chance;
mod drive;
pub mod habits;
pub mod pace;
pub mod plan;
mod progress;
pub mod reconcile;
pub mod retry;
pub mod scan;
pub mod settle;
pub mod skew;
pub mod timetable;

pub use drive::{
    Agent, AgentConfig, AgentError, AskedDigest, ForcedRead, PullConfig, Pulled, PulledOne, Puller,
    Told,
};
pub use pace::Limits;
pub use progress::{FAILED_LISTS_MAX, FailedList, Progress, Summary};
pub use timetable::{PlanSettings, Tier, TierAge, Tiers, TimetableConfig};
