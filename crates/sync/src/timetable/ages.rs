//! How old what is known of the open lists is, by their distance from today.

use povline_domain::{Day, UnixMillis};

use super::{ListKey, Timetable};
use crate::plan::ListId;

/// The lists of one distance from today.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TierAge {
    /// How many days ahead of today, 0 being today.
    pub days_ahead: i32,
    /// The lists.
    pub lists: usize,
    /// Of these, those that were never read whole.
    pub never_read: usize,
    /// Of these, those that are older than was promised. Lists that were never read are not among
    /// them.
    pub overdue: usize,
    /// Of the list that was not proved for the longest time: the instant of which its rows are
    /// known to be true.
    pub oldest_valid: Option<UnixMillis>,
    /// Of the list that was not tried for the longest time since the agent began: when it was.
    pub oldest_tried: Option<UnixMillis>,
}

/// How many intervals of a fixed tier a list may be old: it may have to wait behind others.
const INTERVALS_ALLOWED: i64 = 2;
/// And by how much more, because scans take their time.
const ALLOWED_MILLIS: i64 = 60_000;

impl Timetable {
    /// How old the open lists are at this instant, the nearest days first.
    #[must_use]
    pub fn ages(&self, now: UnixMillis) -> Vec<TierAge> {
        let ahead = self.config.first_day..=self.config.last_day;
        let tiers = ahead.zip(self.open_days(now));
        tiers
            .map(|(ahead, day)| self.age_of(ahead, day, now))
            .collect()
    }

    fn age_of(&self, days_ahead: i32, day: Day, now: UnixMillis) -> TierAge {
        let mut age = TierAge {
            days_ahead,
            lists: self.config.povs.len(),
            ..TierAge::default()
        };
        let oldest = |known: Option<UnixMillis>, at: UnixMillis| {
            Some(known.map_or(at, |known| known.min(at)))
        };
        let allowed = INTERVALS_ALLOWED * self.config.tiers.interval_millis(day, now);
        for (pov, _) in (0_u32..).zip(&self.config.povs) {
            let list = ListKey { pov, day };
            if let Some(&at) = self.tried_at.get(&list) {
                age.oldest_tried = oldest(age.oldest_tried, at);
            }
            let Some(&at) = self.complete_at.get(&list) else {
                age.never_read += 1;
                continue;
            };
            age.oldest_valid = oldest(age.oldest_valid, at);
            let late_from = match &self.config.plan {
                Some(plan) => {
                    let day = day.number();
                    plan.promise.breaks_at(ListId { pov, day }, at)
                }
                None => at.plus_millis(allowed + ALLOWED_MILLIS),
            };
            age.overdue += usize::from(late_from < now);
        }
        age
    }
}
