//! What came of calls, hour by hour.

use std::collections::HashMap;

use povline_domain::{AppKey, UnixMillis};
use povline_gateway::{Gateway, PlatformBook};
use povline_store::StoreError;
use povline_store::journal::{CallFilter, CallOutcome, Found, LogCursor, Tallied, Tally};

/// Hours that are shown: the present one and those before it.
pub(crate) const HOURS: usize = 24;

const HOUR_MILLIS: i64 = 3_600_000;

/// Lines of the log that are looked at for the lists that are read most, so that a busy platform's
/// page is not slow.
const LINES_MAX: usize = 50_000;

/// Parts of the log that are read for them at most.
const ROUNDS_MAX: usize = 8;

/// The most codes that are told apart; all others are one.
const CODES_MAX: usize = 4;

/// Outcomes that are counted together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Series {
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
    /// From when on they were counted, if that is later than the first hour's beginning.
    pub(crate) since: Option<UnixMillis>,
}

/// The code under which an outcome is counted.
fn code(outcome: &CallOutcome) -> Option<String> {
    match outcome {
        CallOutcome::Answered => None,
        CallOutcome::Refused { code, .. } => Some(code.to_string()),
        CallOutcome::Failed { msg_code } => Some(msg_code.to_string()),
    }
}

/// When the first of the hours that are shown begins.
fn begins_at(now: UnixMillis) -> UnixMillis {
    let first = now.0.div_euclid(HOUR_MILLIS) - HOURS as i64 + 1;
    UnixMillis(first * HOUR_MILLIS)
}

impl OverTime {
    /// The hours up to `now` out of what was counted.
    pub(crate) fn of(tallied: &Tallied, now: UnixMillis) -> Self {
        let begin = begins_at(now);
        let place_of = |tally: &Tally| {
            let hour = tally.hour.millis_since(begin).div_euclid(HOUR_MILLIS);
            usize::try_from(hour).ok().filter(|hour| *hour < HOURS)
        };
        let shown = tallied.tallies.iter();
        let shown = shown.filter_map(|tally| Some((place_of(tally)?, tally)));
        let kinds = kinds(shown.clone().map(|(_, tally)| tally));
        let mut hours: Vec<(UnixMillis, Vec<u64>)> = (0..HOURS as i64)
            .map(|hour| (begin.plus_millis(hour * HOUR_MILLIS), vec![0; kinds.len()]))
            .collect();
        for (hour, tally) in shown {
            let place = match code(&tally.outcome) {
                None => 0,
                Some(code) => {
                    let code = SeriesKind::Code(code);
                    let found = kinds.iter().position(|kind| *kind == code);
                    found.unwrap_or(kinds.len() - 1)
                }
            };
            let counts = hours.get_mut(hour).map(|(_, counts)| counts);
            if let Some(count) = counts.and_then(|counts| counts.get_mut(place)) {
                *count += tally.calls;
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
            since: Some(tallied.since).filter(|since| *since > begin),
        }
    }
}

/// The series: answered, the commonest codes, and the others if there are more.
fn kinds<'a>(tallies: impl Iterator<Item = &'a Tally>) -> Vec<SeriesKind> {
    let mut totals: HashMap<String, u64> = HashMap::new();
    for tally in tallies {
        if let Some(code) = code(&tally.outcome) {
            *totals.entry(code).or_default() += tally.calls;
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
    kinds
}

/// What came of the calls of the last hours, of an app or of all; `None` if the platform keeps no
/// log.
pub(crate) async fn tallied<B: PlatformBook>(
    gateway: &Gateway<B>,
    app: Option<AppKey>,
) -> Result<Option<Tallied>, StoreError> {
    gateway.calls_tallied(begins_at(gateway.now()), app).await
}

/// The newest calls of the last hours, and the instant to which was looked if there are older ones;
/// `None` if the platform keeps no log.
pub(crate) async fn newest<B: PlatformBook>(
    gateway: &Gateway<B>,
) -> Result<Option<(Found, Option<UnixMillis>)>, StoreError> {
    let filter = CallFilter {
        since: Some(begins_at(gateway.now())),
        ..CallFilter::default()
    };
    let found = gateway
        .calls_back(&filter, LogCursor::END, LINES_MAX, ROUNDS_MAX)
        .await?;
    let Some(found) = found else {
        return Ok(None);
    };
    let is_cut = has_older(gateway, &filter, found.cursor).await?;
    let reached = found.reached.filter(|_| is_cut);
    Ok(Some((found, reached)))
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
    use super::*;

    fn tally(hour: i64, outcome: CallOutcome, calls: u64) -> Tally {
        Tally {
            hour: UnixMillis(hour * HOUR_MILLIS),
            outcome,
            calls,
        }
    }

    fn refused(hour: i64, code: i64, calls: u64) -> Tally {
        let sub_code = None;
        tally(hour, CallOutcome::Refused { code, sub_code }, calls)
    }

    #[test]
    fn calls_are_counted_in_their_hour_and_rare_codes_together() {
        let now = UnixMillis(100 * HOUR_MILLIS + 5);
        let mut tallies = vec![tally(100, CallOutcome::Answered, 1)];
        tallies.extend((1..=6).map(|code| refused(99, code, code.unsigned_abs() + 1)));
        // Before the first hour, and after the last.
        tallies.push(tally(76, CallOutcome::Answered, 1));
        tallies.push(refused(101, 9, 100));
        let since = UnixMillis(77 * HOUR_MILLIS);
        let over = OverTime::of(&Tallied { tallies, since }, now);
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
        assert_eq!((over.total, over.since), (28, None));
    }

    #[test]
    fn what_was_not_counted_from_the_beginning_is_said() {
        let since = UnixMillis(77 * HOUR_MILLIS + 1);
        let tallies = Vec::new();
        let over = OverTime::of(&Tallied { tallies, since }, UnixMillis(100 * HOUR_MILLIS));
        assert_eq!(over.since, Some(since));
    }
}
