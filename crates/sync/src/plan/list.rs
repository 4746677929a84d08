//! One list, and what the planner knows of it.

use super::clock::LocalSeconds;
use super::rates::Sight;
use crate::chance::Chance;

/// A list: a POV's appointments of one day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ListId {
    /// The POV's place in the configuration.
    pub pov: u32,
    /// The day of Shanghai, in days since 1970-01-01.
    pub day: i32,
}

/// What the planner knows of a list.
#[derive(Debug, Clone)]
pub(super) struct ListState {
    pub(super) id: ListId,
    /// As it was last seen; before that, as it is taken to have been.
    pub(super) sight: Sight,
    /// Whether it was ever read whole.
    pub(super) read: bool,
    /// It came into the horizon at midnight, and is taken to have been empty then.
    pub(super) entered: bool,
    /// What the last poll took, in calls; 1 at least.
    pub(super) calls: u32,
    /// Failures since it was last read whole.
    pub(super) failures: u32,
    /// It is not tried before this time.
    pub(super) not_before: LocalSeconds,
    /// Being read now.
    pub(super) running: bool,
    /// Entries of the queues with another number are out of date.
    pub(super) version: u32,
    /// This list's own place in 0..1, by which what would happen at once is spread.
    pub(super) place: f64,
}

impl ListState {
    /// A list of which nothing is known, to be taken as if it had been read at this time.
    pub(super) fn unread(id: ListId, since: LocalSeconds, seed: u64) -> Self {
        let salt = (u64::from(id.pov) << 32) | u64::from(id.day.unsigned_abs());
        let mut chance = Chance::new(seed ^ salt.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        Self {
            id,
            sight: Sight {
                read_at: since,
                rows: 0,
                unpicked: 0,
            },
            read: false,
            entered: false,
            calls: 1,
            failures: 0,
            not_before: f64::MIN,
            running: false,
            version: 0,
            place: chance.below(1 << 20) as f64 / f64::from(1 << 20),
        }
    }
}
