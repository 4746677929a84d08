//! `DAY` or `DAY..DAY`.

use povline_domain::Day;

use crate::error::{CliError, CliResult};
use crate::exit::Exit;

/// More lists than that are not read by hand.
const DAYS_MAX: usize = 366;

/// The days that are meant.
pub(crate) fn parse(text: &str) -> CliResult<Vec<Day>> {
    let (first, last) = text.split_once("..").unwrap_or((text, text));
    let day = |text: &str| {
        text.trim().parse::<Day>().map_err(|error| {
            CliError::new(Exit::Usage, format!("--day: {text:?} {error}"))
                .remedy("write 2026-11-24, or 2026-11-24..2026-11-30")
        })
    };
    let days: Vec<Day> = day(first)?.through(day(last)?).take(DAYS_MAX + 1).collect();
    match days.len() {
        0 => Err(
            CliError::new(Exit::Usage, "--day: the last day is before the first one")
                .remedy("write the earlier day first: 2026-11-24..2026-11-30"),
        ),
        1..=DAYS_MAX => Ok(days),
        _ => Err(
            CliError::new(Exit::Usage, format!("--day: more than {DAYS_MAX} days"))
                .remedy("ask for fewer days at a time"),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_day_or_a_run_of_days() {
        assert_eq!(parse("2026-11-24").unwrap().len(), 1);
        let week = parse("2026-11-27..2026-12-03").unwrap();
        assert_eq!(week.len(), 7);
        assert_eq!(week[6].to_string(), "2026-12-03");
        for bad in [
            "",
            "2026-11-31",
            "2026-11-24..2026-11-23",
            "2026-01-01..2029-01-01",
        ] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }
}
