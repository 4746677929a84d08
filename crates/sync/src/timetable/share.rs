//! How many calls confirming scans may take, so that polls keep their promises however much is
//! cancelled.
//!
//! Of the day's calls they have a share. Three quarters of it come evenly over the day; what is not
//! used is saved up for an hour. Today's suspects need not wait for that: they go as long as there
//! is anything left of the share. Whatever the share does not reach for waits for the next poll of
//! the list, which proves as much: nothing is ever told that was not confirmed.

use foldhash::HashMap;
use povline_domain::{Day, UnixMillis};

use super::ListKey;

/// The part of the share that comes evenly.
const EVEN_PART: f64 = 0.75;
/// So much of a day's even part is saved at most, if it is not used.
const SAVED_DAYS: f64 = 1.0 / 24.0;
const DAY_MILLIS: f64 = 86_400_000.0;

/// The calls of one app's confirming scans.
#[derive(Debug)]
pub(super) struct Share {
    /// Calls of a day; infinite if there is no limit.
    per_day: f64,
    day: Day,
    /// Calls of this day that were taken.
    used: f64,
    /// Calls that have come and were not taken; below nought if today's suspects took more.
    saved: f64,
    saved_at: UnixMillis,
    /// What the scans under way are expected to take.
    under_way: HashMap<ListKey, u32>,
}

impl Share {
    /// A share of so many calls a day, of which an earlier run may have taken up to `taken` today:
    /// pulls on demand and picks that were told to the platform are counted with them.
    pub(super) fn new(per_day: Option<f64>, taken: u64, now: UnixMillis) -> Self {
        let per_day = per_day.unwrap_or(f64::INFINITY);
        Self {
            per_day,
            day: Day::at(now),
            used: per_day.min(taken as f64),
            saved: 0.0,
            saved_at: now,
            under_way: HashMap::default(),
        }
    }

    /// From when on a scan of so many calls may begin, as things stand: `now` if it may.
    pub(super) fn opens_at(
        &mut self,
        is_of_today: bool,
        calls: u32,
        now: UnixMillis,
    ) -> UnixMillis {
        if self.per_day.is_infinite() {
            return now;
        }
        self.come(now);
        let tomorrow = self.day.plus_days(1).unwrap_or(Day::MAX).begins_at();
        let under_way: f64 = self.under_way.values().map(|calls| f64::from(*calls)).sum();
        if self.used + under_way + f64::from(calls) > self.per_day {
            return tomorrow;
        }
        if is_of_today || self.saved >= 1.0 {
            return now;
        }
        let wait = (1.0 - self.saved) / self.a_milli();
        if wait.is_finite() {
            now.plus_millis(wait.ceil() as i64).min(tomorrow)
        } else {
            tomorrow
        }
    }

    /// A scan begins that is expected to take so many calls.
    pub(super) fn begun(&mut self, list: ListKey, calls: u32) {
        self.saved -= f64::from(calls);
        self.under_way.insert(list, calls);
    }

    /// A scan has taken so many calls. One that was not begun here counts for nothing.
    pub(super) fn ended(&mut self, list: ListKey, calls: u32) {
        if let Some(expected) = self.under_way.remove(&list) {
            self.used += f64::from(calls);
            self.saved += f64::from(expected) - f64::from(calls);
        }
    }

    fn a_milli(&self) -> f64 {
        self.per_day * EVEN_PART / DAY_MILLIS
    }

    /// Lets come what has come by now.
    fn come(&mut self, now: UnixMillis) {
        if Day::at(now) != self.day {
            self.day = Day::at(now);
            self.used = 0.0;
            self.saved = self.saved.max(0.0);
        }
        let saved_max = (self.per_day * EVEN_PART * SAVED_DAYS).max(1.0);
        let elapsed = now.millis_since(self.saved_at).max(0) as f64;
        self.saved = (self.saved + elapsed * self.a_milli()).min(saved_max);
        self.saved_at = now;
    }
}
