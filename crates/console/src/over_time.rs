//! What came of calls, hour by hour.

use std::collections::HashMap;

use povline_domain::UnixMillis;
use povline_gateway::{Gateway, PlatformBook};
use povline_store::StoreError;
use povline_store::journal::{CallFilter, CallLine, CallOutcome, Found, LogCursor};

/// Hours that are shown.
pub(crate) const HOURS: usize = 24;

const HOUR_MILLIS: i64 = 3_600_000;

/// Lines of the log that are counted at most, so that a busy platform's page is not slow.
const LINES_MAX: usize = 200_000;

/// Parts of the log that are read for them at most.
const ROUNDS_MAX: usize = 16;

/// The most codes that are told apart; all others are one.
const CODES_MAX: usize = 4;

/// Outcomes that are counted together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Series {
    /// What they are: a code, or `None` for the other codes.
    pub(crate) kind: SeriesKind,
    /// All of them.
    pub(crate) total: u64,
}

/// What a series counts.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum SeriesKind {
    /// Calls that were answered.
    Answered,
    /// Calls with this code of an error or a failure.
    Code(String),
    /// Calls with any other.
    Others,
}

/// Calls over the last hours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OverTime {
    /// Answered first, then codes by their number of calls.
    pub(crate) series: Vec<Series>,
    /// Of each hour, the oldest first: when it begins, and its calls by series.
    pub(crate) hours: Vec<(UnixMillis, Vec<u64>)>,
    /// All calls that were counted.
    pub(crate) total: u64,
    /// Whether older calls of these hours were not counted, because there are too many.
    pub(crate) is_partial: bool,
}

/// The code under which an outcome is counted.
fn code(outcome: &CallOutcome) -> Option<String> {
    match outcome {
        CallOutcome::Answered => None,
        CallOutcome::Refused { code, .. } => Some(code.to_string()),
        CallOutcome::Failed { msg_code } => Some(msg_code.to_string()),
    }
}

impl OverTime {
    /// Counts the lines of the hours up to `now`.
    pub(crate) fn of(lines: &[CallLine], now: UnixMillis, is_partial: bool) -> Self {
        let mut totals: HashMap<String, u64> = HashMap::new();
        for line in lines {
            if let Some(code) = code(&line.outcome) {
                *totals.entry(code).or_default() += 1;
            }
        }
        let mut codes: Vec<(String, u64)> = totals.into_iter().collect();
        codes.sort_by(|one, other| other.1.cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
        let has_others = codes.len() > CODES_MAX;
        codes.truncate(CODES_MAX);
        let mut kinds = vec![SeriesKind::Answered];
        kinds.extend(codes.into_iter().map(|(code, _)| SeriesKind::Code(code)));
        if has_others {
            kinds.push(SeriesKind::Others);
        }
        let place_of = |outcome: &CallOutcome| match code(outcome) {
            None => 0,
            Some(code) => {
                let code = SeriesKind::Code(code);
                let found = kinds.iter().position(|kind| *kind == code);
                found.unwrap_or(kinds.len() - 1)
            }
        };
        let last = now.0.div_euclid(HOUR_MILLIS);
        let first = last - HOURS as i64 + 1;
        let mut hours: Vec<(UnixMillis, Vec<u64>)> = (first..=last)
            .map(|hour| (UnixMillis(hour * HOUR_MILLIS), vec![0; kinds.len()]))
            .collect();
        for line in lines {
            let hour = line.at.0.div_euclid(HOUR_MILLIS) - first;
            let counts = usize::try_from(hour)
                .ok()
                .and_then(|hour| hours.get_mut(hour));
            if let Some((_, counts)) = counts
                && let Some(count) = counts.get_mut(place_of(&line.outcome))
            {
                *count += 1;
            }
        }
        let series: Vec<Series> = kinds
            .into_iter()
            .enumerate()
            .map(|(place, kind)| Series {
                kind,
                total: hours.iter().map(|(_, counts)| counts[place]).sum(),
            })
            .collect();
        Self {
            total: series.iter().map(|series| series.total).sum(),
            series,
            hours,
            is_partial,
        }
    }
}

/// The calls of the last hours that a filter admits, newest first, and whether older ones of these
/// hours are missing; `None` if the platform keeps no log.
pub(crate) async fn recent<B: PlatformBook>(
    gateway: &Gateway<B>,
    filter: CallFilter,
    hours: usize,
) -> Result<Option<(Found, bool)>, StoreError> {
    let begin = gateway.now().0.div_euclid(HOUR_MILLIS) - hours as i64 + 1;
    let filter = CallFilter {
        since: Some(UnixMillis(begin * HOUR_MILLIS)),
        ..filter
    };
    let found = gateway
        .calls_back(&filter, LogCursor::END, LINES_MAX, ROUNDS_MAX)
        .await?;
    let Some(found) = found else {
        return Ok(None);
    };
    let is_partial = has_older(gateway, &filter, found.cursor).await?;
    Ok(Some((found, is_partial)))
}

/// Whether there is a part of the log before a cursor that a filter's times do not exclude.
pub(crate) async fn has_older<B: PlatformBook>(
    gateway: &Gateway<B>,
    filter: &CallFilter,
    cursor: LogCursor,
) -> Result<bool, StoreError> {
    let older = gateway.calls_back(filter, cursor, 1, 1).await?;
    Ok(older.is_some_and(|older| older.cursor != cursor))
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;
    use std::net::IpAddr;

    use super::*;

    fn line(at: i64, outcome: CallOutcome) -> CallLine {
        CallLine {
            at: UnixMillis(at),
            request_id: Cow::Borrowed("0"),
            app: None,
            method: None,
            outcome,
            micros: 0,
            pov: None,
            day: None,
            bytes: 0,
            address: IpAddr::from([127, 0, 0, 1]),
        }
    }

    fn refused(at: i64, code: i64) -> CallLine {
        let sub_code = None;
        line(at, CallOutcome::Refused { code, sub_code })
    }

    #[test]
    fn calls_are_counted_in_their_hour_and_rare_codes_together() {
        let now = 100 * HOUR_MILLIS + 5;
        let mut lines = vec![line(now, CallOutcome::Answered)];
        for code in 1..=6 {
            for _ in 0..=code {
                lines.push(refused(now - HOUR_MILLIS, code));
            }
        }
        // Before the first hour, and after the last.
        lines.push(line(now - 24 * HOUR_MILLIS, CallOutcome::Answered));
        let over = OverTime::of(&lines, UnixMillis(now), false);
        assert_eq!(over.hours.len(), HOURS);
        let codes: Vec<_> = over.series.iter().map(|series| &series.kind).collect();
        let code = |code: &str| SeriesKind::Code(code.to_owned());
        let expected = [
            &SeriesKind::Answered,
            &code("6"),
            &code("5"),
            &code("4"),
            &code("3"),
            &SeriesKind::Others,
        ];
        assert_eq!(codes, expected);
        assert_eq!(over.hours[HOURS - 1].1, [1, 0, 0, 0, 0, 0]);
        assert_eq!(over.hours[HOURS - 2].1, [0, 7, 6, 5, 4, 5]);
        assert_eq!(over.total, 28);
    }
}
