//! Whether all clinics are well: a plain function of what the agent knows.

use std::collections::{BTreeMap, BTreeSet};

use povline_domain::{Day, OutPovId, UnixMillis};
use povline_store::ledger::{
    Counts, DayStatus, HeldPlace, HoldScope, Quarantined, SinkStatus, Waiting,
};

use crate::platform::AppAtWork;

/// How many clinics the map shows, the worst first.
const CLINICS_MAX: usize = 200;
/// How many days from today on the map shows if it is not asked for all.
const DAYS_FIRST: usize = 8;
/// A share of the budget, in percent, from which on it is told.
const BUDGET_NEAR_PERCENT: u64 = 90;
/// Picks that wait for longer than this are told, in milliseconds.
const WAITING_LONG_MS: i64 = 5 * 60 * 1_000;

/// How far ahead the map shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Ahead {
    /// A week and today.
    #[default]
    Week,
    /// Every day that the agent reads.
    All,
}

/// What the agent knows.
#[derive(Debug, Clone)]
pub(crate) struct Known {
    pub(crate) now: UnixMillis,
    pub(crate) days: Vec<DayStatus>,
    pub(crate) holds: Vec<HeldPlace>,
    pub(crate) quarantine: Vec<Quarantined>,
    pub(crate) counts: Counts,
    pub(crate) apps: Vec<KnownApp>,
    pub(crate) waiting: Waiting,
    pub(crate) sinks: Vec<SinkStatus>,
    pub(crate) boards: usize,
    pub(crate) stale_today_ms: i64,
    pub(crate) stale_others_ms: i64,
}

/// An app with the calls that it has made today.
#[derive(Debug, Clone)]
pub(crate) struct KnownApp {
    pub(crate) app: AppAtWork,
    pub(crate) calls_taken: u64,
}

impl KnownApp {
    pub(crate) fn calls_per_day(&self) -> Option<u64> {
        self.app.limits.calls_per_day
    }

    /// How much of the day's calls is used.
    pub(crate) fn budget_percent(&self) -> Option<u64> {
        let all = self.calls_per_day()?;
        Some(self.calls_taken.saturating_mul(100) / all.max(1))
    }
}

/// How old a list is, against the age from which on it is stale.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Level {
    /// Nothing is known of such a list.
    None,
    /// Less than half.
    Fresh,
    /// Less than that.
    Good,
    /// Stale.
    Stale,
    /// Three times that, or never read whole.
    Old,
}

impl Level {
    /// The class of its cell. The colours differ in lightness, and the text tells the age.
    pub(crate) fn class(self) -> &'static str {
        match self {
            Self::None => "level-none",
            Self::Fresh => "level-fresh",
            Self::Good => "level-good",
            Self::Stale => "level-stale",
            Self::Old => "level-old",
        }
    }
}

/// One list in the map.
#[derive(Debug, Clone)]
pub(crate) struct Cell {
    pub(crate) level: Level,
    /// How old it is: `12s`, `5m`, `3h`, or `—` if it was never read whole.
    pub(crate) age: String,
    /// How long ago it last changed.
    pub(crate) changed: String,
    pub(crate) is_held: bool,
    pub(crate) live: u64,
    pub(crate) suspected: u64,
    pub(crate) verdict: String,
}

/// One clinic in the map.
#[derive(Debug, Clone)]
pub(crate) struct ClinicRow {
    pub(crate) pov: OutPovId,
    /// One for each day of the map; none at all if no list of it was ever read or tried.
    pub(crate) cells: Vec<Option<Cell>>,
    worst: Level,
    oldest: i64,
}

/// Something that is not well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trouble {
    FleetHeld,
    /// The fleet is held, and a person has rejected the loss: it waits for its rows.
    FleetRejected,
    /// Lists that are held and wait for a decision.
    Held(usize),
    /// Lists that are held, and of which a person has rejected the loss: they wait for their rows.
    Rejected(usize),
    StaleToday(usize),
    NeverRead(usize),
    StaleOthers(usize),
    /// No call is made until then: the platform does not answer, or has banned the app.
    Parked(UnixMillis),
    BudgetUsedUp(UnixMillis),
    BudgetNear(u64),
    Failing(usize),
    Quarantined(u64),
    PicksWait(u64, UnixMillis),
    Sinks(usize),
    /// No list of any clinic is known.
    NothingKnown,
    /// Clinics that the agent is to read, and of which no list is known.
    UnknownClinics(usize),
}

/// The fleet as its page shows it.
#[derive(Debug, Clone)]
pub(crate) struct FleetView {
    pub(crate) now: UnixMillis,
    pub(crate) days: Vec<Day>,
    /// How many days from today on are read, whether or not the map shows them.
    pub(crate) days_in_all: usize,
    pub(crate) clinics: Vec<ClinicRow>,
    pub(crate) clinics_in_all: usize,
    pub(crate) lists: usize,
    pub(crate) troubles: Vec<Trouble>,
    pub(crate) verdicts: Vec<(String, usize)>,
    pub(crate) known: Known,
}

impl FleetView {
    /// Whether there are more days than the map shows at first.
    pub(crate) fn has_more_days(&self) -> bool {
        self.days_in_all > DAYS_FIRST
    }

    /// Whether it shows all of them.
    pub(crate) fn shows_all_days(&self) -> bool {
        self.days.len() == self.days_in_all
    }

    pub(crate) fn new(known: Known, ahead: Ahead) -> Self {
        let today = Day::at(known.now);
        let open: Vec<&DayStatus> = known.days.iter().filter(|day| day.day >= today).collect();
        let mut days: BTreeSet<Day> = open.iter().map(|status| status.day).collect();
        if days.is_empty() {
            days.insert(today);
        }
        let days_in_all = days.len();
        let days_max = match ahead {
            Ahead::Week => DAYS_FIRST,
            Ahead::All => usize::MAX,
        };
        let days: Vec<Day> = days.into_iter().take(days_max).collect();
        let held: BTreeSet<(&OutPovId, Day)> = known
            .holds
            .iter()
            .filter_map(|place| match &place.scope {
                HoldScope::List(pov, day) => Some((pov, *day)),
                HoldScope::Fleet => None,
            })
            .collect();
        let mut clinics: BTreeMap<&OutPovId, ClinicRow> = BTreeMap::new();
        let read: BTreeSet<&OutPovId> = open.iter().map(|status| &status.pov).collect();
        for pov in known.apps.iter().flat_map(|known| &known.app.povs) {
            let unknown = || ClinicRow {
                pov: pov.clone(),
                cells: Vec::new(),
                worst: Level::Old,
                oldest: i64::MAX,
            };
            if !read.contains(pov) {
                clinics.entry(pov).or_insert_with(unknown);
            }
        }
        let unknown = clinics.len();
        let mut verdicts: BTreeMap<&str, usize> = BTreeMap::new();
        for status in &open {
            *verdicts.entry(&status.verdict).or_default() += 1;
            let row = clinics.entry(&status.pov).or_insert_with(|| ClinicRow {
                pov: status.pov.clone(),
                cells: vec![None; days.len()],
                worst: Level::None,
                oldest: 0,
            });
            let is_held = held.contains(&(&status.pov, status.day));
            let cell = cell(&known, today, status, is_held);
            row.worst = row.worst.max(match is_held {
                true => Level::Old,
                false => cell.level,
            });
            let age = status
                .checked_at
                .map_or(i64::MAX, |at| known.now.millis_since(at));
            row.oldest = row.oldest.max(age);
            let place = days.iter().position(|day| *day == status.day);
            if let Some(place) = place.and_then(|place| row.cells.get_mut(place)) {
                *place = Some(cell);
            }
        }
        let verdicts = verdicts
            .into_iter()
            .map(|(verdict, lists)| (verdict.to_owned(), lists))
            .collect();
        let clinics_in_all = clinics.len();
        let mut clinics: Vec<ClinicRow> = clinics.into_values().collect();
        clinics.sort_by(|one, other| {
            (other.worst, other.oldest, &one.pov).cmp(&(one.worst, one.oldest, &other.pov))
        });
        clinics.truncate(CLINICS_MAX);
        Self {
            now: known.now,
            lists: open.len(),
            troubles: troubles(&known, today, &open, unknown),
            days,
            days_in_all,
            clinics,
            clinics_in_all,
            verdicts,
            known,
        }
    }
}

fn cell(known: &Known, today: Day, status: &DayStatus, is_held: bool) -> Cell {
    let since = |at: Option<UnixMillis>| at.map(|at| known.now.millis_since(at).max(0));
    Cell {
        level: level(known, today, status),
        age: since(status.checked_at).map_or_else(|| "—".to_owned(), short),
        changed: since(status.changed_at).map_or_else(|| "—".to_owned(), short),
        is_held,
        live: status.live,
        suspected: status.suspected,
        verdict: status.verdict.clone(),
    }
}

fn level(known: &Known, today: Day, status: &DayStatus) -> Level {
    let Some(checked_at) = status.checked_at else {
        return Level::Old;
    };
    let stale = match status.day == today {
        true => known.stale_today_ms,
        false => known.stale_others_ms,
    };
    match known.now.millis_since(checked_at) {
        age if age <= stale / 2 => Level::Fresh,
        age if age <= stale => Level::Good,
        age if age <= stale.saturating_mul(3) => Level::Stale,
        _ => Level::Old,
    }
}

fn troubles(known: &Known, today: Day, open: &[&DayStatus], unknown: usize) -> Vec<Trouble> {
    let count =
        |wanted: &dyn Fn(&DayStatus) -> bool| open.iter().filter(|status| wanted(status)).count();
    let is_stale = |status: &DayStatus| {
        status.checked_at.is_some() && level(known, today, status) >= Level::Stale
    };
    // Whoever has rejected a loss has nothing left to decide before the rows are back, or others go.
    let held = |is_fleet: bool, is_rejected: bool| {
        let holds = known.holds.iter();
        holds
            .filter(|place| (place.scope == HoldScope::Fleet) == is_fleet)
            .filter(|place| place.hold.rejected_at.is_some() == is_rejected)
            .count()
    };
    let some = |count: usize, trouble: fn(usize) -> Trouble| (count > 0).then(|| trouble(count));
    // Whatever is known of other days, a clinic without today's list is blind today; unless today is
    // read of nobody, because the agent is set so.
    let of_today = open.iter().filter(|status| status.day == today);
    let read_today: BTreeSet<&OutPovId> = of_today.map(|status| &status.pov).collect();
    let povs: BTreeSet<&OutPovId> = open.iter().map(|status| &status.pov).collect();
    let blind_today = match read_today.is_empty() {
        true => 0,
        false => povs.difference(&read_today).count(),
    };
    let waits = known
        .waiting
        .oldest
        .filter(|oldest| known.now.millis_since(*oldest) > WAITING_LONG_MS);
    let progress = || known.apps.iter().map(|known| &known.app.progress);
    let budget_near = known
        .apps
        .iter()
        .filter(|known| known.app.progress.budget_begins_at.is_none())
        .filter_map(KnownApp::budget_percent)
        .max();
    [
        match open.is_empty() {
            true => Some(Trouble::NothingKnown),
            false => some(unknown, Trouble::UnknownClinics),
        },
        (held(true, false) > 0).then_some(Trouble::FleetHeld),
        (held(true, true) > 0).then_some(Trouble::FleetRejected),
        some(held(false, false), Trouble::Held),
        some(held(false, true), Trouble::Rejected),
        some(
            count(&|status| status.day == today && is_stale(status)),
            Trouble::StaleToday,
        ),
        some(
            count(&|status| status.checked_at.is_none()) + blind_today,
            Trouble::NeverRead,
        ),
        some(
            count(&|status| status.day != today && is_stale(status)),
            Trouble::StaleOthers,
        ),
        progress()
            .filter_map(|progress| progress.banned_until)
            .max()
            .map(Trouble::Parked),
        progress()
            .filter_map(|progress| progress.budget_begins_at)
            .max()
            .map(Trouble::BudgetUsedUp),
        budget_near
            .filter(|percent| *percent >= BUDGET_NEAR_PERCENT)
            .map(Trouble::BudgetNear),
        some(
            progress().map(|progress| progress.failed).sum(),
            Trouble::Failing,
        ),
        (known.counts.quarantined > 0).then_some(Trouble::Quarantined(known.counts.quarantined)),
        waits.map(|oldest| Trouble::PicksWait(known.waiting.count, oldest)),
        some(
            known
                .sinks
                .iter()
                .filter(|sink| is_in_trouble(sink, known.now))
                .count(),
            Trouble::Sinks,
        ),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Whether a sink stands still, fails, has dead letters, or is far behind.
fn is_in_trouble(sink: &SinkStatus, now: UnixMillis) -> bool {
    let lags = sink
        .behind_since
        .is_some_and(|since| now.millis_since(since) > WAITING_LONG_MS);
    sink.stopped.is_some() || sink.failure.is_some() || sink.dead > 0 || lags
}

/// A time that has passed, short: `12s`, `5m`, `3h`, `2d`.
fn short(millis: i64) -> String {
    let seconds = millis / 1_000;
    match seconds {
        0..60 => format!("{seconds}s"),
        60..3_600 => format!("{}m", seconds / 60),
        3_600..86_400 => format!("{}h", seconds / 3_600),
        _ => format!("{}d", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use povline_domain::AppKey;
    use povline_sync::{Limits, Progress};

    use super::*;

    fn known(now: i64, days: Vec<DayStatus>) -> Known {
        Known {
            now: UnixMillis(now),
            days,
            holds: Vec::new(),
            quarantine: Vec::new(),
            counts: Counts::default(),
            apps: vec![KnownApp {
                app: AppAtWork {
                    app_key: AppKey::new("12345678").unwrap(),
                    progress: Progress::default(),
                    limits: Limits {
                        calls_per_second: None,
                        calls_per_day: Some(100),
                        reserved_percent: 10,
                    },
                    povs: Vec::new(),
                },
                calls_taken: 10,
            }],
            waiting: Waiting::default(),
            sinks: Vec::new(),
            boards: 0,
            stale_today_ms: 600_000,
            stale_others_ms: 36_000_000,
        }
    }

    fn status(pov: &str, now: i64, days_ahead: i32, age_ms: Option<i64>) -> DayStatus {
        DayStatus {
            pov: OutPovId::new(pov).unwrap(),
            day: Day::at(UnixMillis(now)).plus_days(days_ahead).unwrap(),
            checked_at: age_ms.map(|age| UnixMillis(now - age)),
            changed_at: None,
            tried_at: None,
            verdict: "complete".to_owned(),
            live: 1,
            suspected: 0,
            picked: 0,
        }
    }

    #[test]
    fn the_worst_clinic_stands_first_and_what_is_wrong_is_said() {
        let now = 1_800_000_000_000;
        let well = known(now, vec![status("1", now, 0, Some(1_000))]);
        assert_eq!(FleetView::new(well, Ahead::Week).troubles, []);
        let mut ill = known(
            now,
            vec![
                status("1", now, 0, Some(1_000)),
                status("1", now, -1, None),
                status("2", now, 0, Some(700_000)),
                status("3", now, 1, None),
            ],
        );
        ill.apps[0].calls_taken = 95;
        ill.waiting = Waiting {
            count: 3,
            oldest: Some(UnixMillis(now - WAITING_LONG_MS - 1)),
        };
        let view = FleetView::new(ill, Ahead::Week);
        let order: Vec<_> = view.clinics.iter().map(|row| row.pov.as_str()).collect();
        assert_eq!(order, ["3", "2", "1"]);
        assert_eq!(
            view.troubles,
            [
                Trouble::StaleToday(1),
                // Both of clinic 3: today's is not even there.
                Trouble::NeverRead(2),
                Trouble::BudgetNear(95),
                Trouble::PicksWait(3, UnixMillis(now - WAITING_LONG_MS - 1)),
            ]
        );
        assert_eq!(view.days.len(), 2);
    }
}
