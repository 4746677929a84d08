//! Values that a search is asked with.

use std::fmt::Display;
use std::str::FromStr;

use povline_domain::{Clock as _, Day, UnixMillis};
use povline_protocol::timestamp;

use crate::clock::SystemClock;
use crate::error::{CliError, CliResult};
use crate::exit::Exit;

/// A flag's value, if it was given.
pub(crate) fn asked<T>(flag: &str, text: Option<&str>) -> CliResult<Option<T>>
where
    T: FromStr,
    T::Err: Display,
{
    let read = |text: &str| {
        text.parse().map_err(|error| {
            let what = format!("{flag} cannot be used: {text:?} {error}");
            CliError::new(Exit::Usage, what)
        })
    };
    text.map(read).transpose()
}

/// An instant: a day, a day and a time, or how long ago.
pub(crate) fn instant(text: &str) -> CliResult<UnixMillis> {
    parse_instant(text, SystemClock.now()).ok_or_else(|| {
        CliError::new(Exit::Usage, format!("{text:?} is no instant"))
            .remedy("write 2026-11-24, \"2026-11-24 08:00:00\" (of Shanghai), or 30m, 12h, 7d ago")
    })
}

fn parse_instant(text: &str, now: UnixMillis) -> Option<UnixMillis> {
    if let Ok(day) = text.parse::<Day>() {
        return Some(day.begins_at());
    }
    let ago = |unit: &str, millis: i64| {
        let count: u32 = text.strip_suffix(unit)?.parse().ok()?;
        Some(now.plus_millis(-i64::from(count).saturating_mul(millis)))
    };
    ago("s", 1_000)
        .or_else(|| ago("m", 60_000))
        .or_else(|| ago("h", 3_600_000))
        .or_else(|| ago("d", 86_400_000))
        .or_else(|| timestamp::parse(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_days_times_and_how_long_ago() {
        let now = UnixMillis(1_610_928_000_000); // 2021-01-18 08:00:00 of Shanghai
        let parsed = |text| parse_instant(text, now).map(|at| at.millis_since(now));
        assert_eq!(parsed("2021-01-18"), Some(-8 * 3_600_000));
        assert_eq!(parsed("2021-01-18 08:00:01"), Some(1_000));
        assert_eq!(parsed("90s"), Some(-90_000));
        assert_eq!(parsed("30m"), Some(-1_800_000));
        assert_eq!(parsed("12h"), Some(-43_200_000));
        assert_eq!(parsed("7d"), Some(-604_800_000));
        for bad in ["", "yesterday", "-5m", "5", "2021-13-01", "m"] {
            assert_eq!(parsed(bad), None, "{bad}");
        }
    }
}
