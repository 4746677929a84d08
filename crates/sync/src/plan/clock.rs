//! Seconds of Asia/Shanghai and the quarters of an hour of its day.

use povline_domain::UnixMillis;

/// Seconds since 1970-01-01 00:00 in Asia/Shanghai: whole days begin at multiples of 86,400.
pub type LocalSeconds = f64;

/// The number of slots of a day.
pub const SLOTS: usize = 96;
/// The length of a slot, in seconds.
pub const SLOT_SECONDS: f64 = 900.0;

pub(super) const DAY_SECONDS: f64 = 86_400.0;

const OFFSET_MILLIS: i64 = 8 * 3_600_000;

/// The instant as seconds of Shanghai.
pub(super) fn local(instant: UnixMillis) -> LocalSeconds {
    instant.plus_millis(OFFSET_MILLIS).0 as f64 / 1_000.0
}

/// The first whole millisecond at or after these seconds of Shanghai.
pub(super) fn instant(seconds: LocalSeconds) -> UnixMillis {
    UnixMillis((seconds * 1_000.0).ceil() as i64).plus_millis(-OFFSET_MILLIS)
}

/// The day of Shanghai, in days since 1970-01-01.
pub(super) fn day_of(seconds: LocalSeconds) -> i32 {
    (seconds / DAY_SECONDS).floor() as i32
}

/// When this day begins.
pub(super) fn begins(day: i32) -> LocalSeconds {
    f64::from(day) * DAY_SECONDS
}

/// A stretch of time within one slot.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Piece {
    /// The day of Shanghai, in days since 1970-01-01.
    pub(super) day: i32,
    /// The slot of that day.
    pub(super) slot: usize,
    pub(super) start: LocalSeconds,
    pub(super) seconds: f64,
}

/// The stretches of `from..to`, slot by slot.
pub(super) fn pieces(from: LocalSeconds, to: LocalSeconds) -> impl Iterator<Item = Piece> {
    let mut number = (from / SLOT_SECONDS).floor();
    let mut start = from;
    std::iter::from_fn(move || {
        if start >= to {
            return None;
        }
        let end = ((number + 1.0) * SLOT_SECONDS).min(to);
        let slots = number as i64;
        let piece = Piece {
            day: slots.div_euclid(SLOTS as i64) as i32,
            slot: slots.rem_euclid(SLOTS as i64) as usize,
            start,
            seconds: end - start,
        };
        start = end;
        number += 1.0;
        Some(piece)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_of_shanghai_begins_at_sixteen_hours_of_the_day_before_on_a_utc_host() {
        // 2026-11-23 16:00 UTC.
        let midnight = UnixMillis(1_795_449_600_000);
        let before = local(midnight.plus_millis(-1));
        assert_eq!(day_of(local(midnight)), day_of(before) + 1);
        assert_eq!(begins(day_of(local(midnight))), local(midnight));
        assert_eq!(instant(local(midnight)), midnight);
    }

    #[test]
    fn pieces_cover_a_stretch_over_midnight_without_gaps() {
        let midnight = begins(20_000);
        let found: Vec<Piece> = pieces(midnight - 1_000.0, midnight + 10.0).collect();
        let slots: Vec<_> = found.iter().map(|piece| (piece.day, piece.slot)).collect();
        assert_eq!(slots, [(19_999, 94), (19_999, 95), (20_000, 0)]);
        let seconds: f64 = found.iter().map(|piece| piece.seconds).sum();
        assert!((seconds - 1_010.0).abs() < 1e-6);
        assert_eq!(pieces(5.0, 5.0).count(), 0);
    }
}
