//! Routine polls by the planner instead of fixed tiers.

use std::time::Duration;

use foldhash::HashMap;
use povline_domain::{Day, OutPovId, UnixMillis};
use povline_store::ledger::CallsTaken;

use super::confirming::Urgency;
use super::share::{OpenHours, Opens, Share};
use super::{Ending, ListKey, Reason, TimetableConfig};
use crate::plan::{
    Choice, Learned, ListId, Parameters, PlanConfig, Planner, Promise, Quota, Reading, Weights,
};

/// What the planner is told of one app's polls.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PlanSettings {
    /// How much may be called.
    pub quota: Quota,
    /// How old lists may be.
    pub promise: Promise,
    /// What matters more.
    pub weights: Weights,
}

impl PlanSettings {
    /// The planner's configuration for these lists.
    #[must_use]
    pub fn config(&self, timetable: &TimetableConfig) -> PlanConfig {
        PlanConfig {
            first_day: timetable.first_day,
            weights: self.weights,
            ..PlanConfig::one_app(
                timetable.povs.len(),
                timetable.last_day,
                self.quota,
                self.promise,
            )
        }
    }
}

/// What is known of a list before anything is planned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownList {
    /// The POV.
    pub pov: OutPovId,
    /// The day.
    pub day: Day,
    /// When its last complete scan began.
    pub checked_at: UnixMillis,
    /// Its rows.
    pub rows: u32,
    /// Those whose number was taken.
    pub picked: u32,
}

/// What the planner goes on from.
#[derive(Debug, Clone, Default)]
pub struct PlanStart {
    /// What an earlier run has learned.
    pub state: Option<Vec<u8>>,
    /// What is known of lists.
    pub known: Vec<KnownList>,
    /// Calls of today that were taken already.
    pub taken: CallsTaken,
}

/// What a scan showed, as far as the planner cares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Shown {
    /// Calls that it took, failed ones included.
    pub calls: u32,
    /// Rows that appeared.
    pub new: u32,
    /// Rows that vanished.
    pub gone: u32,
    /// Rows whose number was taken.
    pub picked: u32,
    /// Rows there are, and those whose number was not taken; `None` if the same answer came again.
    pub rows: Option<(u32, u32)>,
}

/// How often what was learned is to be saved.
const SAVE_EVERY: Duration = Duration::from_secs(300);

/// The planner of one agent, and what its reads under way have shown.
#[derive(Debug)]
pub(super) struct Planned {
    planner: Planner<Learned>,
    share: Share,
    shown: HashMap<ListKey, Shown>,
    save_at: UnixMillis,
    pub(super) turns_at: UnixMillis,
}

impl Planned {
    pub(super) fn new(
        config: &TimetableConfig,
        settings: &PlanSettings,
        numbers: &HashMap<OutPovId, u32>,
        start: &PlanStart,
        now: UnixMillis,
    ) -> Self {
        let plan = settings.config(config);
        let parameters = Parameters::default();
        let restored = start.state.as_deref().and_then(|state| {
            Planner::restore(plan.clone(), parameters, &config.povs, state, now)
                .inspect_err(|error| tracing::warn!(%error, "the planner learns anew"))
                .ok()
        });
        let mut planner = restored.unwrap_or_else(|| {
            let rates = Learned::new(&plan, parameters);
            Planner::new(plan, rates, now)
        });
        planner.assume_used(0, start.taken.polls);
        planner.assume_reserve_used(0, start.taken.not_polls());
        for list in &start.known {
            if let Some(&pov) = numbers.get(&list.pov) {
                let id = ListId {
                    pov,
                    day: list.day.number(),
                };
                let unpicked = list.rows.saturating_sub(list.picked);
                planner.assume(id, list.checked_at, list.rows, unpicked);
            }
        }
        let confirming = settings.quota.confirming_per_day();
        let hours = OpenHours::of(&settings.promise);
        Self {
            planner,
            share: Share::new(confirming, hours, start.taken.reserve, now),
            shown: HashMap::default(),
            save_at: plus(now, SAVE_EVERY),
            turns_at: next_midnight(now),
        }
    }

    /// The list that is polled now, or when one will be.
    pub(super) fn next(&mut self, now: UnixMillis) -> Result<ListKey, UnixMillis> {
        match self.planner.next(0, now) {
            Choice::Poll { list, .. } => {
                let day = Day::from_number(list.day).unwrap_or(Day::MAX);
                Ok(ListKey { pov: list.pov, day })
            }
            Choice::Wait(until) => Err(until.max(now.plus_millis(1))),
        }
    }

    /// So many calls of today were taken that are not polls', by whatever process.
    pub(super) fn reserve_taken(&mut self, calls: u64) {
        self.planner.assume_reserve_used(0, calls);
    }

    /// A list is read for another reason; if that is to confirm, for these suspects.
    pub(super) fn taken(&mut self, list: ListKey, confirms: Option<Urgency>) {
        self.planner.taken(id(list));
        if let Some(urgency) = confirms {
            let calls = self.planner.calls_of(id(list));
            self.share.begun(list, urgency, calls);
        }
    }

    /// From when on the share of confirming scans reaches for this list.
    pub(super) fn confirming_opens(
        &mut self,
        list: ListKey,
        urgency: Urgency,
        now: UnixMillis,
    ) -> Opens {
        let calls = self.planner.calls_of(id(list));
        self.share.opens(urgency, calls, now)
    }

    /// Whether the share of confirming scans reaches for a list of one call.
    pub(super) fn confirms_now(&mut self, urgency: Urgency, now: UnixMillis) -> bool {
        self.share.opens(urgency, 1, now) == Opens::Now
    }

    pub(super) fn shown(&mut self, list: ListKey, shown: Shown) {
        self.shown.insert(list, shown);
    }

    /// How a read ended. The calls of polls are theirs; those of confirming scans and demands are
    /// the reserve's, and the gate counts so too.
    pub(super) fn finished(
        &mut self,
        (list, reason): (ListKey, Reason),
        ending: Ending,
        refused_until: UnixMillis,
        now: UnixMillis,
    ) {
        let shown = self.shown.remove(&list);
        let of_polls = reason == Reason::Routine;
        let calls = match (shown, ending) {
            (Some(shown), _) => shown.calls,
            (None, Ending::Parked(_)) => 0,
            (None, _) => 1,
        };
        self.share.ended(list, calls, now);
        let list = id(list);
        match ending {
            Ending::Complete(begun_at) => {
                let shown = shown.unwrap_or_default();
                let before = self.planner.sight(list);
                let before = before.map_or((0, 0), |sight| (sight.rows, sight.unpicked));
                let (rows, unpicked) = shown.rows.unwrap_or(before);
                let reading = Reading {
                    begun_at,
                    calls: shown.calls.max(1),
                    new: shown.new,
                    gone: shown.gone,
                    picked: shown.picked,
                    rows,
                    unpicked,
                };
                self.planner.observe(list, reading, of_polls, now);
            }
            Ending::Failed => self.planner.failed(list, calls, of_polls, now),
            Ending::Refused => {
                self.planner.failed(list, calls, of_polls, now);
                self.planner.put_off(list, refused_until, now);
            }
            Ending::Parked(until) => {
                self.planner.parked(0, until);
                self.planner.put_back(list, calls, of_polls, now);
            }
        }
    }

    /// Whether far more is booked everywhere than was foreseen.
    pub(super) fn surges(&self) -> bool {
        self.planner.rates().is_surging()
    }

    pub(super) fn waiting(&self, now: UnixMillis) -> usize {
        self.planner.waiting(now)
    }

    pub(super) fn turn(&mut self, now: UnixMillis) {
        self.turns_at = next_midnight(now);
    }

    /// What was learned, if it is time to save it.
    pub(super) fn due_to_save(&mut self, povs: &[OutPovId], now: UnixMillis) -> Option<Vec<u8>> {
        if now < self.save_at {
            return None;
        }
        self.save_at = plus(now, SAVE_EVERY);
        Some(self.planner.snapshot(povs))
    }

    /// What was learned is to be saved whatever the time.
    pub(super) fn save_now(&mut self) {
        self.save_at = UnixMillis(i64::MIN);
    }
}

fn id(list: ListKey) -> ListId {
    ListId {
        pov: list.pov,
        day: list.day.number(),
    }
}

fn plus(now: UnixMillis, duration: Duration) -> UnixMillis {
    now.plus_millis(super::millis(duration))
}

fn next_midnight(now: UnixMillis) -> UnixMillis {
    let tomorrow = Day::at(now).plus_days(1).unwrap_or(Day::MAX);
    tomorrow.begins_at()
}
