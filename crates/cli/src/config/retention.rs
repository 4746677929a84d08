//! How long the agent keeps what, checked.

use super::{Checker, RawAgent};

/// How long the agent keeps what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Retention {
    /// History, events, certificates and cancelled appointments, in days.
    pub(crate) events_days: i64,
    /// And of events no more than so many.
    pub(crate) events_max: u64,
    /// Names in them, and in rows of days that are over, in days.
    pub(crate) names_days: i64,
    /// Dead letters of each sink.
    pub(crate) dead_letters_max: u64,
}

const EVENTS_DAYS: i64 = 90;
const EVENTS_MAX: i64 = 5_000_000;
const NAMES_DAYS: i64 = 30;
const DEAD_LETTERS_MAX: i64 = 10_000;

/// The settings; `first_day` is the first day that is polled, counted from today.
pub(super) fn check(agent: &RawAgent, first_day: i64, checker: &mut Checker) -> Retention {
    let events_days = checker.number(
        "agent.events_days",
        agent.events_days.as_ref(),
        1..=3_650,
        EVENTS_DAYS,
    );
    let events_max = checker.number(
        "agent.events_max",
        agent.events_max.as_ref(),
        1_000..=1_000_000_000,
        EVENTS_MAX,
    );
    let dead_letters_max = checker.number(
        "agent.dead_letters_max",
        agent.dead_letters_max.as_ref(),
        0..=1_000_000,
        DEAD_LETTERS_MAX,
    );
    // A day that is still polled would bring its names back.
    let least = 1 - first_day.min(0);
    let names_days = checker.number(
        "agent.names_days",
        agent.names_days.as_ref(),
        1..=3_650,
        NAMES_DAYS.max(least),
    );
    if names_days < least {
        checker.fault(format!(
            "agent.names_days: must be at least {least}, because days as old as agent.first_day \
             are polled and would bring the names back"
        ));
    }
    Retention {
        events_days,
        events_max: events_max.unsigned_abs(),
        names_days,
        dead_letters_max: dead_letters_max.unsigned_abs(),
    }
}
