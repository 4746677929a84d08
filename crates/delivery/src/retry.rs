//! When a failed delivery is tried again, and when it is given up.

use std::time::Duration;

use povline_domain::UnixMillis;

/// No receiver makes a sink wait for longer than this by `Retry-After`.
pub const RETRY_AFTER_MAX: Duration = Duration::from_secs(60 * 60);

/// How patiently a letter is tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetrySchedule {
    /// The pause after the first failure; three times as long after each further one.
    pub first: Duration,
    /// No pause is longer.
    pub max: Duration,
    /// After so many failures the letter is dead.
    pub attempts_max: u32,
}

/// A day's patience: 5 s, 15 s, 45 s, 2 min, 7 min, 20 min, 1 h, 3 h and then every 6 hours.
impl Default for RetrySchedule {
    fn default() -> Self {
        Self {
            first: Duration::from_secs(5),
            max: Duration::from_secs(6 * 60 * 60),
            attempts_max: 12,
        }
    }
}

impl RetrySchedule {
    /// The pause after the `failures`th failure, counted from 1; `None` if there have been enough.
    /// `chance` is any number: it moves the pause by up to a fourth either way, so that letters
    /// which failed together do not come together again.
    #[must_use]
    pub fn pause(&self, failures: u32, chance: u64) -> Option<Duration> {
        if failures >= self.attempts_max {
            return None;
        }
        let first = u64::try_from(self.first.as_millis()).unwrap_or(u64::MAX);
        let max = u64::try_from(self.max.as_millis()).unwrap_or(u64::MAX);
        let times = 3_u64.saturating_pow(failures.saturating_sub(1));
        let whole = first.saturating_mul(times).min(max);
        let least = whole - whole / 4;
        let spread = whole / 2;
        let moved = least.saturating_add(chance % spread.saturating_add(1));
        Some(Duration::from_millis(moved))
    }
}

/// How long a receiver asks to be left alone: `Retry-After` in seconds or as a date, bounded by
/// [`RETRY_AFTER_MAX`]. What cannot be understood asks for nothing.
#[must_use]
pub fn retry_after(value: &str, now: UnixMillis) -> Option<Duration> {
    let value = value.trim();
    let asked = match value.parse::<u64>() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => {
            let at = jiff::fmt::rfc2822::DateTimeParser::new()
                .parse_timestamp(value)
                .ok()?;
            let millis = UnixMillis(at.as_millisecond()).millis_since(now);
            Duration::from_millis(u64::try_from(millis).unwrap_or_default())
        }
    };
    Some(asked.min(RETRY_AFTER_MAX))
}
