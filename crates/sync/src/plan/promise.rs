//! When a list would become older than promised, and when it is read so that it does not.

use povline_domain::UnixMillis;

use super::clock::{LocalSeconds, begins, instant, local};
use super::config::Promise;
use super::list::ListId;

impl Promise {
    /// When this list, last read then, becomes older than promised if it is not read before.
    #[must_use]
    pub fn breaks_at(&self, list: ListId, read_at: UnixMillis) -> UnixMillis {
        instant(breaks_at(self, list.day, local(read_at)))
    }
}

/// The part of a limit that is kept for waiting behind other reads that are due at once.
const LEAD_PART: f64 = 0.02;
/// The least of that, in seconds.
const LEAD_SECONDS_MIN: f64 = 3.0;
/// The part of a limit over which reads that would fall together are spread.
const SPREAD_PART: f64 = 0.05;

/// When the list of `day`, last read then, breaks the promise if it is not read.
pub(super) fn breaks_at(promise: &Promise, day: i32, read_at: LocalSeconds) -> LocalSeconds {
    let at_any_time = read_at + promise.others.as_secs_f64();
    let limit = promise.today.as_secs_f64();
    let opens = begins(day) + promise.opens.as_secs_f64();
    let closes = begins(day) + promise.closes.as_secs_f64();
    let while_open = (read_at + limit).max(opens);
    if while_open < closes {
        while_open.min(at_any_time)
    } else {
        at_any_time
    }
}

/// Whether it is the promise of an open clinic's today that is broken first.
pub(super) fn is_of_today(promise: &Promise, day: i32, read_at: LocalSeconds) -> bool {
    breaks_at(promise, day, read_at) < read_at + promise.others.as_secs_f64()
}

/// When the list is read for its promise's sake: early enough, and not together with all others.
pub(super) fn due_at(
    promise: &Promise,
    day: i32,
    read_at: LocalSeconds,
    place: f64,
) -> LocalSeconds {
    let breaks = breaks_at(promise, day, read_at);
    let limit = if is_of_today(promise, day, read_at) {
        promise.today.as_secs_f64()
    } else {
        promise.others.as_secs_f64()
    };
    let lead = (limit * LEAD_PART).max(LEAD_SECONDS_MIN).min(limit / 2.0);
    // When clinics open, the limit of every list of today begins to hold at the same instant.
    let opens = begins(day) + promise.opens.as_secs_f64();
    let spread = if breaks == opens {
        (limit * 0.9 - lead).max(0.0)
    } else {
        limit * SPREAD_PART
    };
    breaks - lead - place * spread
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: f64 = 3_600.0;

    #[test]
    fn today_has_its_own_limit_while_clinics_are_open() {
        let promise = Promise::default();
        let at = |hour: f64| begins(20_000) + hour * HOUR;
        let breaks = |day, hour| (breaks_at(&promise, day, at(hour)) - at(0.0)) / HOUR;
        assert_eq!(breaks(20_000, 10.0), 10.75);
        assert_eq!(breaks(20_000, 5.0), 7.5, "fresh when the doors open");
        assert_eq!(breaks(20_000, 7.0), 7.75);
        assert_eq!(breaks(20_000, 17.0), 29.0, "not after they close");
        assert_eq!(breaks(20_001, 10.0), 22.0);
        assert_eq!(breaks(20_001, 22.0), 31.5, "tomorrow's doors");
    }

    #[test]
    fn reads_before_the_doors_open_are_spread_and_none_is_late() {
        let promise = Promise::default();
        let read_at = begins(20_000);
        let due = |place| due_at(&promise, 20_000, read_at, place);
        assert!(due(0.0) - due(0.99) > 0.8 * 45.0 * 60.0);
        for place in [0.0, 0.5, 0.99] {
            assert!(due(place) < breaks_at(&promise, 20_000, read_at) - 50.0);
            assert!(due(place) > read_at);
        }
    }
}
