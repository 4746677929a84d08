//! `--as-of`: an instant of China's time.

use povline_domain::{Day, UnixMillis};

use crate::error::{CliError, CliResult};
use crate::exit::Exit;

/// The instant that is meant: `2026-11-24 08:15`, or with seconds. It must be over.
pub(super) fn parse(text: &str, now: UnixMillis) -> CliResult<UnixMillis> {
    let instant = || {
        let (day, time) = text.trim().split_once([' ', 'T'])?;
        let day: Day = day.parse().ok()?;
        let mut parts = time.split(':');
        let mut part = |end: i64| {
            let digits = parts.next()?;
            let is_two = digits.len() == 2 && digits.bytes().all(|byte| byte.is_ascii_digit());
            let number: i64 = digits.parse().ok()?;
            (is_two && number < end).then_some(number)
        };
        let (hour, minute) = (part(24)?, part(60)?);
        let seconds = if time.len() > 5 { part(60)? } else { 0 };
        let rest = parts.next();
        let millis = ((hour * 60 + minute) * 60 + seconds) * 1_000;
        rest.is_none().then(|| day.begins_at().plus_millis(millis))
    };
    match instant() {
        Some(at) if at <= now => Ok(at),
        Some(_) => Err(
            CliError::new(Exit::Usage, format!("--as-of: {text} is yet to come")).remedy(
                "ask for an instant that is over, or leave it out: then it is what is known now",
            ),
        ),
        None => Err(
            CliError::new(Exit::Usage, format!("--as-of: {text:?} is no instant"))
                .remedy("write day and time of China: --as-of \"2026-11-24 08:15\""),
        ),
    }
}

/// What was known before the history begins cannot be told.
pub(super) fn before_all(history_from: Option<UnixMillis>) -> CliError {
    let what = match history_from {
        Some(from) => format!("the copy's history begins at {from}"),
        None => "the copy has no history".to_owned(),
    };
    CliError::new(Exit::Failed, what)
        .remedy("ask for a later instant; history is kept for agent.events_days")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_of_china() {
        let now = "2026-11-25".parse::<Day>().unwrap().begins_at();
        let at = |text| parse(text, now).map(|at| at.to_string());
        assert_eq!(at("2026-11-24 08:15").unwrap(), "2026-11-24 08:15:00.000");
        assert_eq!(
            at("2026-11-24T23:59:58").unwrap(),
            "2026-11-24 23:59:58.000"
        );
        for bad in [
            "",
            "2026-11-24",
            "2026-11-24 8:15",
            "2026-11-24 24:00",
            "2026-11-24 08:60",
            "2026-11-24 08:15:",
            "2026-11-24 08:15:00:00",
            "2026-11-31 08:15",
            "08:15",
            "2026-11-25 00:01",
        ] {
            assert!(parse(bad, now).is_err(), "{bad}");
        }
    }
}
