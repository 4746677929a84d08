//! How often may be called.
//!
//! Decisions are made by [`Limiter::charge`], which takes the time and gives a verdict at once. A
//! quota of a second is a sliding window: never more calls within any one second, and all of them
//! at once if a caller likes. A quota of a day is counted in the book, out of which calls are
//! reserved in blocks before they are let through, so that a process that is killed never leads to
//! more calls than the quota; the blocks are fetched by one task for all who wait.

mod counters;
mod day_count;
mod keeper;
mod quota;
mod told;
mod window;

#[cfg(test)]
mod exact_tests;

pub(crate) use keeper::Limiter;
pub use quota::LimitDefaults;
pub(crate) use quota::Quotas;
pub(crate) use told::Left;
