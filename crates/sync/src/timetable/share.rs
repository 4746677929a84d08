//! How many calls confirming scans may take, so that polls keep their promises however much is
//! cancelled.
//!
//! Of the day's calls they have a share, which nothing exceeds:
//! * Today's suspects are confirmed on their own day as long as there is anything left of it.
//! * Six tenths of it are kept for these when clinics open, and let go evenly until they close, but
//!   for the last twentieth: however many looks elsewhere are wanted, suspects of the hours to come
//!   are confirmed.
//! * Looks elsewhere for today's suspects go at once as long as there is anything left that is not
//!   kept. On a day on which the share does not reach for all, the first of the morning are told at
//!   once; what is let go later serves those missed longest, which need fewest calls because polls
//!   have read most of their days since.
//! * Other days' suspects have what comes evenly of the four tenths, and once clinics have closed
//!   what nobody of today has wanted; what is not used is saved up for an hour.
//!
//! Whatever the share does not reach for waits for the next poll of the list, which proves as much:
//! nothing is ever told that was not confirmed.

use foldhash::HashMap;
use povline_domain::{Day, UnixMillis};

use super::ListKey;
use super::confirming::Urgency;
use crate::plan::{Promise, Quota};

/// The part of the share that is kept for today's suspects on their own day when clinics open, and
/// what of it is kept until midnight.
const KEPT_PART: f64 = 0.6;
const KEPT_LAST_PART: f64 = Quota::CONFIRMING_KEPT_LAST;
/// Of what comes for other days' suspects so much is saved at most, if it is not used.
const SAVED_MILLIS: f64 = 3_600_000.0;
const DAY_MILLIS: f64 = 86_400_000.0;

/// The calls of one app's confirming scans.
#[derive(Debug)]
pub(super) struct Share {
    /// Calls of a day; infinite if there is no limit.
    per_day: f64,
    hours: OpenHours,
    day: Day,
    /// Calls of this day that were taken.
    used: f64,
    /// Calls that have come for other days' suspects and were not taken; below nought if looks for
    /// today's took more.
    saved: f64,
    saved_at: UnixMillis,
    /// What the scans under way are expected to take, and whom they serve.
    under_way: HashMap<ListKey, (Urgency, u32)>,
}

/// When clinics are open, in milliseconds of the day.
#[derive(Debug, Clone, Copy)]
pub(super) struct OpenHours {
    opens: f64,
    closes: f64,
}

impl OpenHours {
    pub(super) fn of(promise: &Promise) -> Self {
        let millis = |since_midnight: std::time::Duration| since_midnight.as_secs_f64() * 1_000.0;
        let opens = millis(promise.opens);
        Self {
            opens,
            closes: millis(promise.closes).max(opens + 1.0),
        }
    }

    /// The part of the open hours that is ahead.
    fn ahead(self, of_day: f64) -> f64 {
        ((self.closes - of_day) / (self.closes - self.opens)).clamp(0.0, 1.0)
    }

    /// When no more than this part, which is less than all, is ahead.
    fn when_ahead(self, part: f64) -> f64 {
        self.closes - part * (self.closes - self.opens)
    }
}

/// From when on a scan may begin, as things stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Opens {
    Now,
    /// By then, whatever its calls; or once scans under way have ended with fewer than expected.
    At(UnixMillis),
    /// What is left of the day does not reach for so many calls; it may for fewer.
    NotToday(UnixMillis),
}

impl Share {
    /// A share of so many calls a day, of which an earlier run may have taken up to `taken` today:
    /// pulls on demand and picks that were told to the platform are counted with them.
    pub(super) fn new(per_day: Option<f64>, hours: OpenHours, taken: u64, now: UnixMillis) -> Self {
        let per_day = per_day.unwrap_or(f64::INFINITY);
        Self {
            per_day,
            hours,
            day: Day::at(now),
            used: per_day.min(taken as f64),
            saved: 0.0,
            saved_at: now,
            under_way: HashMap::default(),
        }
    }

    /// From when on a scan of so many calls for these suspects may begin.
    pub(super) fn opens(&mut self, urgency: Urgency, calls: u32, now: UnixMillis) -> Opens {
        if self.per_day.is_infinite() {
            return Opens::Now;
        }
        self.come(now);
        let tomorrow = self.day.plus_days(1).unwrap_or(Day::MAX).begins_at();
        let calls = f64::from(calls);
        if self.used + calls > self.per_day {
            return Opens::NotToday(tomorrow);
        }
        let under_way = self.under_way.values().map(|(_, calls)| f64::from(*calls));
        let left = self.per_day - self.used - under_way.sum::<f64>();
        if left < calls {
            return Opens::At(tomorrow);
        }
        if urgency == Urgency::Today {
            return Opens::Now;
        }
        // If one call has been let go it may begin, however many it takes: of long lists and short
        // ones neither keeps the other waiting.
        let of_day = self.of_day(now);
        let kept_last = self.per_day * KEPT_LAST_PART;
        let kept = self.per_day * KEPT_PART - kept_last;
        let spare = left - 1.0 - kept_last;
        if spare < 0.0 {
            return Opens::At(tomorrow);
        }
        let mut wait: f64 = 0.0;
        if spare < kept * self.hours.ahead(of_day) {
            wait = self.hours.when_ahead(spare / kept) - of_day;
        }
        if urgency == Urgency::Other && self.saved < 1.0 {
            wait = wait.max((1.0 - self.saved) / self.a_milli(of_day));
        }
        match wait > 0.0 {
            true => Opens::At(now.plus_millis(wait.ceil() as i64).min(tomorrow)),
            false => Opens::Now,
        }
    }

    /// A scan begins that is expected to take so many calls.
    pub(super) fn begun(&mut self, list: ListKey, urgency: Urgency, calls: u32) {
        if urgency != Urgency::Today {
            self.saved -= f64::from(calls);
        }
        self.under_way.insert(list, (urgency, calls));
    }

    /// A scan has taken so many calls. One that was not begun here counts for nothing.
    pub(super) fn ended(&mut self, list: ListKey, calls: u32, now: UnixMillis) {
        if let Some((urgency, expected)) = self.under_way.remove(&list) {
            // What was begun before midnight may have taken its calls after it.
            self.come(now);
            self.used += f64::from(calls);
            if urgency != Urgency::Today {
                self.saved += f64::from(expected) - f64::from(calls);
            }
        }
    }

    /// What comes in a millisecond for other days' suspects: the part that is not kept, evenly over
    /// the day. Once clinics have closed, what nobody of today has wanted comes until midnight.
    fn a_milli(&self, of_day: f64) -> f64 {
        let evenly = self.per_day * (1.0 - KEPT_PART) / DAY_MILLIS;
        if of_day < self.hours.closes {
            return evenly;
        }
        let left = self.per_day * (1.0 - KEPT_LAST_PART) - self.used;
        evenly.max(left / (DAY_MILLIS - of_day))
    }

    fn of_day(&self, now: UnixMillis) -> f64 {
        now.millis_since(self.day.begins_at()) as f64
    }

    /// Lets come what has come by now.
    fn come(&mut self, now: UnixMillis) {
        if Day::at(now) != self.day {
            self.day = Day::at(now);
            self.used = 0.0;
            self.saved = self.saved.max(0.0);
        }
        let a_milli = self.a_milli(self.of_day(now));
        let saved_max = (a_milli * SAVED_MILLIS).max(1.0);
        let elapsed = now.millis_since(self.saved_at).max(0) as f64;
        self.saved = (self.saved + elapsed * a_milli).min(saved_max);
        self.saved_at = now;
    }
}
