//! How often a list is polled: fixed tiers by how many days ahead it is and what hour it is.

use std::ops::{Range, RangeInclusive};
use std::time::Duration;

use povline_domain::{Day, OutPovId, UnixMillis};

use crate::chance;

const HOUR_MILLIS: i64 = 3_600_000;

/// One line of the timetable: which lists, in which hours, how often.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tier {
    /// How many days ahead of today, 0 being today.
    pub days_ahead: RangeInclusive<i32>,
    /// In which hours of Asia/Shanghai.
    pub hours: Range<u8>,
    /// How often.
    pub every: Duration,
}

/// The tiers, and what holds where none of them does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tiers {
    /// The first tier that fits a list decides.
    pub tiers: Vec<Tier>,
    /// How often every other list is polled.
    pub otherwise: Duration,
}

impl Default for Tiers {
    /// Today every minute while clinics are open (06 to 19 h) and every ten minutes otherwise,
    /// tomorrow every ten minutes, every other day once an hour.
    fn default() -> Self {
        let minutes = |minutes: u64| Duration::from_secs(60 * minutes);
        let tier = |day: i32, hours: Range<u8>, every: Duration| Tier {
            days_ahead: day..=day,
            hours,
            every,
        };
        Self {
            tiers: vec![
                tier(0, 6..19, minutes(1)),
                tier(0, 0..24, minutes(10)),
                tier(1, 0..24, minutes(10)),
            ],
            otherwise: minutes(60),
        }
    }
}

impl Tiers {
    /// The time between two polls of this day's lists at this instant, in milliseconds.
    pub(super) fn interval_millis(&self, day: Day, now: UnixMillis) -> i64 {
        let today = Day::at(now);
        let ahead = day.number() - today.number();
        let hour = now.millis_since(today.begins_at()) / HOUR_MILLIS;
        let every = self
            .tiers
            .iter()
            .find(|tier| {
                tier.days_ahead.contains(&ahead)
                    && u8::try_from(hour).is_ok_and(|hour| tier.hours.contains(&hour))
            })
            .map_or(self.otherwise, |tier| tier.every);
        i64::try_from(every.as_millis()).unwrap_or(i64::MAX).max(1)
    }

    /// The next instant at which some list's tier may be another: an hour at which a tier begins or
    /// ends, or midnight of Shanghai.
    pub(super) fn next_turn(&self, now: UnixMillis) -> UnixMillis {
        let midnight = Day::at(now).begins_at();
        self.tiers
            .iter()
            .flat_map(|tier| [tier.hours.start, tier.hours.end])
            .filter(|hour| *hour < 24)
            .chain([24])
            .map(|hour| midnight.plus_millis(i64::from(hour) * HOUR_MILLIS))
            .filter(|turn| *turn > now)
            .min()
            .unwrap_or(now.plus_millis(24 * HOUR_MILLIS))
    }
}

/// The first of a list's ticks at or after `from`. Each list ticks at its own place within the
/// interval, so that thousands of them do not call at the full minute together.
pub(super) fn tick_from(
    pov: &OutPovId,
    day: Day,
    interval_millis: i64,
    from: UnixMillis,
) -> UnixMillis {
    let place = chance::place(
        pov.as_str().as_bytes(),
        day.number().unsigned_abs().into(),
        interval_millis.unsigned_abs(),
    );
    let place = i64::try_from(place).unwrap_or(0);
    let past_the_tick = (from.0 - place).rem_euclid(interval_millis);
    if past_the_tick == 0 {
        from
    } else {
        from.plus_millis(interval_millis - past_the_tick)
    }
}
