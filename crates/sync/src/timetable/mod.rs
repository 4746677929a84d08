//! Which list is read next, and when.
//!
//! Pure: the time comes in, a task comes out. Lists are polled by fixed tiers; confirming scans of
//! suspected absences and pulls on demand go before them. Ticks that were missed are not made up
//! for: a list that is late is read once. A list is never read twice at the same time.

mod ages;
mod confirming;
mod planned;
mod routine;
mod share;
mod suspects;
mod tiers;

#[cfg(test)]
mod tests;

pub use ages::TierAge;
pub use planned::{KnownList, PlanSettings, PlanStart, Shown};
pub use tiers::{Tier, Tiers};

use std::collections::VecDeque;
use std::time::Duration;

use foldhash::{HashMap, HashSet};
use povline_domain::{Day, OutPovId, UnixMillis};

use self::confirming::{Confirming, Urgency};
use self::planned::Planned;
use self::routine::Routine;

/// What is read, and how often.
#[derive(Debug, Clone)]
pub struct TimetableConfig {
    /// The POVs, by the ISV's codes, each once.
    pub povs: Vec<OutPovId>,
    /// The first day that is read, counted from today; -1 by default, for late picks.
    pub first_day: i32,
    /// The last day that is read, counted from today; 7 by default.
    pub last_day: i32,
    /// How often, by fixed tiers.
    pub tiers: Tiers,
    /// Polls are planned under this quota instead.
    pub plan: Option<PlanSettings>,
    /// How long after a row vanished its day is read again to confirm that.
    pub confirm_after: Duration,
    /// How long after a failure a list is tried again; doubled with every further failure, but
    /// never longer than to its next tick.
    pub retry_after: Duration,
}

impl TimetableConfig {
    /// These POVs, yesterday to seven days ahead, by the default tiers.
    #[must_use]
    pub fn new(povs: Vec<OutPovId>) -> Self {
        Self {
            povs,
            first_day: -1,
            last_day: 7,
            tiers: Tiers::default(),
            plan: None,
            confirm_after: Duration::from_secs(60),
            retry_after: Duration::from_secs(15),
        }
    }

    /// Whether a day is read, at this instant.
    fn is_open(&self, day: Day, now: UnixMillis) -> bool {
        let ahead = day.number() - Day::at(now).number();
        (self.first_day..=self.last_day).contains(&ahead)
    }

    /// The days that are read, at this instant.
    #[must_use]
    pub fn open_days(&self, now: UnixMillis) -> Vec<Day> {
        let today = Day::at(now);
        (self.first_day..=self.last_day)
            .filter_map(|ahead| today.plus_days(ahead).ok())
            .collect()
    }
}

/// Why a list is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reason {
    /// The timetable says so.
    Routine,
    /// To confirm a suspected absence.
    Confirming,
    /// Somebody asked for it.
    Demand,
}

/// One list to be read now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Task {
    /// The POV.
    pub pov: OutPovId,
    /// The day.
    pub day: Day,
    /// Why.
    pub reason: Reason,
    list: ListKey,
}

/// What is to be done next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// Read this list, and tell [`Timetable::finished`].
    Run(Task),
    /// Nothing before this instant.
    Wait(UnixMillis),
    /// Nothing until a running task ends.
    Idle,
    /// Nothing any more: a sweep has come to its end.
    Done,
}

/// How a task ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// The list was read whole by a scan that began at this instant, and settled.
    Complete(UnixMillis),
    /// It was not; another try may succeed.
    Failed,
    /// It was refused for a reason that only a person can remove.
    Refused,
    /// The platform or the budget lets nothing through before this instant. Not a failure.
    Parked(UnixMillis),
}

/// A list: the number of its POV in the configuration, and its day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct ListKey {
    pov: u32,
    day: Day,
}

/// The timetable of one agent.
#[derive(Debug)]
pub struct Timetable {
    config: TimetableConfig,
    numbers: HashMap<OutPovId, u32>,
    routine: Routine,
    /// Polls are planned, and `routine` is empty.
    planned: Option<Planned>,
    confirming: Confirming,
    /// Which scans each of today's suspects wants next, and from when on.
    of_today: Vec<(Urgency, UnixMillis)>,
    demanded: VecDeque<ListKey>,
    running: HashSet<ListKey>,
    known: HashMap<ListKey, Known>,
    /// Lists for which a sweep has no hope left.
    given_up: HashSet<ListKey>,
    /// Confirming and routine tasks that are due at once take turns.
    routine_turn: bool,
    sweep: Option<Sweep>,
    /// When it began to read.
    begun_at: UnixMillis,
}

/// What is known of a list, in one place: every read looks it up and changes it.
#[derive(Debug, Clone, Copy, Default)]
struct Known {
    /// When its last complete scan began.
    complete_at: Option<UnixMillis>,
    /// When it was last tried, whatever came of it.
    tried_at: Option<UnixMillis>,
    /// How often it failed since it was last complete.
    failures: u32,
}

/// One pass over every list instead of polling.
#[derive(Debug, Clone, Copy)]
struct Sweep {
    attempts_max: u32,
    /// How long to wait for confirming scans once every list was read.
    confirm_patience: Duration,
    /// When that wait ends; confirming scans that are due later are left for another time.
    confirm_until: Option<UnixMillis>,
}

/// How long a list is left alone after it was refused.
const REFUSED_MILLIS: i64 = 600_000;

impl Timetable {
    /// Polls for ever, from now on. `known` tells when the last complete scan of each list began,
    /// as far as there was one.
    #[must_use]
    pub fn polling(
        config: TimetableConfig,
        known: impl IntoIterator<Item = (OutPovId, Day, UnixMillis)>,
        now: UnixMillis,
    ) -> Self {
        let mut timetable = Self::empty(config, now);
        timetable.learn(known);
        timetable
            .routine
            .begin(&timetable.config, &timetable.known, now);
        timetable
    }

    /// Polls for ever by the planner, from now on, if the configuration has a plan; else by tiers.
    #[must_use]
    pub fn planned(config: TimetableConfig, start: &PlanStart, now: UnixMillis) -> Self {
        let known = start.known.iter();
        let known: Vec<_> = known
            .map(|list| (list.pov.clone(), list.day, list.checked_at))
            .collect();
        let Some(settings) = config.plan else {
            return Self::polling(config, known, now);
        };
        let mut timetable = Self::empty(config, now);
        timetable.learn(known);
        let numbers = &timetable.numbers;
        timetable.planned = Some(Planned::new(
            &timetable.config,
            &settings,
            numbers,
            start,
            now,
        ));
        timetable
    }

    /// What a read under way has shown, before [`Timetable::finished`] tells how it ended.
    pub fn shown(&mut self, task: &Task, shown: Shown) {
        if let Some(planned) = &mut self.planned {
            planned.shown(task.list, shown);
        }
    }

    /// So many calls of today were taken that are not polls', by whatever process: what goes beyond
    /// the reserve is missing from what polls may take.
    pub fn reserve_taken(&mut self, calls: u64) {
        if let Some(planned) = &mut self.planned {
            planned.reserve_taken(calls);
        }
    }

    /// What the planner has learned, if it is time to save it: now and then, and at the `end`.
    pub fn plan_to_save(&mut self, now: UnixMillis, end: bool) -> Option<Vec<u8>> {
        let planned = self.planned.as_mut()?;
        if end {
            planned.save_now();
        }
        planned.due_to_save(&self.config.povs, now)
    }

    /// Reads every list once, the nearest days first: until it was complete, or has failed
    /// `attempts_max` times. Confirming scans are made if they become due until `confirm_patience`
    /// after that.
    #[must_use]
    pub fn sweep(
        config: TimetableConfig,
        attempts_max: u32,
        confirm_patience: Duration,
        known: impl IntoIterator<Item = (OutPovId, Day, UnixMillis)>,
        now: UnixMillis,
    ) -> Self {
        let mut timetable = Self::empty(config, now);
        timetable.learn(known);
        timetable
            .routine
            .begin(&timetable.config, &HashMap::default(), now);
        timetable.sweep = Some(Sweep {
            attempts_max,
            confirm_patience,
            confirm_until: None,
        });
        timetable
    }

    fn empty(config: TimetableConfig, now: UnixMillis) -> Self {
        let numbers = (0_u32..).zip(&config.povs);
        Self {
            numbers: numbers.map(|(number, pov)| (pov.clone(), number)).collect(),
            config,
            routine: Routine::default(),
            planned: None,
            confirming: Confirming::default(),
            of_today: Vec::new(),
            demanded: VecDeque::new(),
            running: HashSet::default(),
            known: HashMap::default(),
            given_up: HashSet::default(),
            routine_turn: false,
            sweep: None,
            begun_at: now,
        }
    }

    fn learn(&mut self, known: impl IntoIterator<Item = (OutPovId, Day, UnixMillis)>) {
        for (pov, day, begun_at) in known {
            if let Some(&pov) = self.numbers.get(&pov) {
                let list = self.known.entry(ListKey { pov, day }).or_default();
                list.complete_at = Some(begun_at);
            }
        }
    }

    /// When the last complete scan of a list began, if there was one.
    fn complete_at(&self, list: ListKey) -> Option<UnixMillis> {
        self.known.get(&list)?.complete_at
    }

    /// The days that are read, at this instant.
    #[must_use]
    pub fn open_days(&self, now: UnixMillis) -> Vec<Day> {
        self.config.open_days(now)
    }

    /// The first day that is not over: today, or an earlier one that is read.
    #[must_use]
    pub fn first_day_not_over(&self, now: UnixMillis) -> Day {
        let today = Day::at(now);
        let first_open = self.open_days(now).first().copied();
        first_open.map_or(today, |first| first.min(today))
    }

    /// How many lists there are.
    #[must_use]
    pub fn lists(&self, now: UnixMillis) -> usize {
        self.config.povs.len() * self.open_days(now).len()
    }

    /// Whether far more is booked everywhere than was foreseen; `None` unless polls are planned.
    #[must_use]
    pub fn surges(&self) -> Option<bool> {
        self.planned.as_ref().map(Planned::surges)
    }

    /// Whether this POV is one of those configured.
    #[must_use]
    pub fn has(&self, pov: &OutPovId) -> bool {
        self.numbers.contains_key(pov)
    }

    /// How many lists a sweep has yet to read, or, while polling, how many are due.
    #[must_use]
    pub fn lists_left(&self, now: UnixMillis) -> usize {
        self.running.len()
            + match (self.sweep, &self.planned) {
                (Some(_), _) => self.routine.len(),
                (None, Some(planned)) => planned.waiting(now),
                (None, None) => self.routine.due(now),
            }
    }

    /// What is to be done at this instant.
    pub fn next(&mut self, now: UnixMillis) -> Next {
        if self.sweep.is_none() {
            self.turn_the_day(now);
        }
        if let Some(list) = self.first_demanded() {
            return self.start(list, Reason::Demand);
        }
        if self.planned.is_some() {
            return self.next_planned(now);
        }
        let running = &self.running;
        let every_list_was_read = self.routine.len() == 0 && running.is_empty();
        let confirm_until = self.sweep.as_mut().map(|sweep| {
            let patience = millis(sweep.confirm_patience);
            match sweep.confirm_until {
                None if every_list_was_read => {
                    *sweep.confirm_until.insert(now.plus_millis(patience))
                }
                None => now.plus_millis(patience),
                Some(until) => until,
            }
        });
        let confirming = self
            .confirming
            .first(now, |list| running.contains(list))
            .filter(|(due, _)| confirm_until.is_none_or(|until| *due <= until));
        let routine = self.routine.first(now, |list| running.contains(list));
        let confirming_due = confirming.filter(|(due, _)| *due <= now);
        let routine_due = routine.filter(|(due, _)| *due <= now);
        match (confirming_due, routine_due) {
            (Some((_, list)), None) => self.start(list, Reason::Confirming),
            (Some((_, list)), Some(_)) if !self.routine_turn => {
                self.routine_turn = true;
                self.start(list, Reason::Confirming)
            }
            (_, Some((_, list))) => {
                self.routine_turn = false;
                self.routine.take(list);
                self.start(list, Reason::Routine)
            }
            (None, None) => {
                let turn = self.sweep.is_none().then(|| self.routine.turns_at());
                let first = [confirming, routine].into_iter().flatten();
                match first.map(|(due, _)| due).chain(turn).min() {
                    Some(due) => Next::Wait(due),
                    None if self.running.is_empty() => Next::Done,
                    None => Next::Idle,
                }
            }
        }
    }

    /// What is to be done while polls are planned: confirming scans, as far as their share reaches,
    /// take turns with polls.
    fn next_planned(&mut self, now: UnixMillis) -> Next {
        let confirming = self.next_confirming(now);
        if let Ok(list) = confirming
            && !self.routine_turn
        {
            self.routine_turn = true;
            return self.start(list, Reason::Confirming);
        }
        let polled = match &mut self.planned {
            Some(planned) => planned.next(now),
            None => return Next::Idle,
        };
        match (polled, confirming) {
            (Ok(list), _) => {
                self.routine_turn = false;
                self.start(list, Reason::Routine)
            }
            (Err(_), Ok(list)) => self.start(list, Reason::Confirming),
            (Err(until), Err(opens_at)) => {
                Next::Wait(opens_at.map_or(until, |opens_at| until.min(opens_at)))
            }
        }
    }

    /// Asks for a list out of turn. One that is being read now is read again. False if the POV is
    /// not one of those configured.
    pub fn demand(&mut self, pov: &OutPovId, day: Day) -> bool {
        let Some(&pov) = self.numbers.get(pov) else {
            return false;
        };
        let list = ListKey { pov, day };
        if !self.demanded.contains(&list) {
            self.demanded.push_back(list);
        }
        true
    }

    /// Tells how a task ended. True if it failed and will not be tried again soon: in a sweep not
    /// at all, while polling at its next tick.
    pub fn finished(&mut self, task: &Task, ending: Ending, now: UnixMillis) -> bool {
        let list = task.list;
        self.running.remove(&list);
        let interval = self.config.tiers.interval_millis(list.day, now);
        let tick = self.routine_tick(list, interval, now);
        let known = self.known.entry(list).or_default();
        if !matches!(ending, Ending::Parked(_)) {
            known.tried_at = Some(now);
        }
        let (due, complete_begun_at) = match ending {
            Ending::Complete(begun_at) => {
                known.failures = 0;
                known.complete_at = Some(begun_at);
                (tick, Some(begun_at))
            }
            Ending::Failed => {
                known.failures += 1;
                let pause = millis(self.config.retry_after) << (known.failures - 1).min(10);
                (now.plus_millis(pause).min(tick), None)
            }
            Ending::Refused => {
                known.failures += 1;
                (now.plus_millis(REFUSED_MILLIS).max(tick), None)
            }
            Ending::Parked(until) => (until.max(now.plus_millis(1)), None),
        };
        let failures = known.failures;
        self.confirming.finished(list, complete_begun_at, due);
        if let Some(sweep) = self.sweep {
            return self.finish_of_sweep((list, failures), ending, due, sweep);
        }
        if let Some(planned) = &mut self.planned {
            let refused_until = now.plus_millis(REFUSED_MILLIS);
            planned.finished((list, task.reason), ending, refused_until, now);
        } else if self.config.is_open(list.day, now) {
            self.routine.put(list, due, interval);
        }
        matches!(ending, Ending::Failed | Ending::Refused)
    }

    fn finish_of_sweep(
        &mut self,
        (list, failures): (ListKey, u32),
        ending: Ending,
        due: UnixMillis,
        sweep: Sweep,
    ) -> bool {
        let over = match ending {
            Ending::Complete(_) | Ending::Refused => true,
            Ending::Failed => failures >= sweep.attempts_max,
            Ending::Parked(_) => false,
        };
        if !over {
            self.routine.put(list, due, 1);
            return false;
        }
        self.routine.take(list);
        let failed = !matches!(ending, Ending::Complete(_));
        if failed {
            self.given_up.insert(list);
            self.confirming.drop_list(list);
        }
        failed
    }

    /// Ends the sweep's hope for this list: it will not be tried again.
    pub fn give_up(&mut self, task: &Task) {
        self.running.remove(&task.list);
        self.routine.take(task.list);
        self.given_up.insert(task.list);
        self.confirming.drop_list(task.list);
    }

    /// Ends a sweep: gives up every list that is not being read now, and names those that had yet
    /// to be read.
    pub fn abandon(&mut self) -> Vec<(OutPovId, Day)> {
        self.confirming = Confirming::default();
        self.demanded.clear();
        let left = self.routine.take_all();
        self.given_up.extend(&left);
        if let Some(sweep) = &mut self.sweep {
            sweep.attempts_max = 0;
        }
        left.into_iter()
            .map(|list| (self.config.povs[list.pov as usize].clone(), list.day))
            .collect()
    }

    fn start(&mut self, list: ListKey, reason: Reason) -> Next {
        self.running.insert(list);
        if reason != Reason::Routine {
            // It is read now: the routine's tick is served by it too.
            self.routine.take(list);
            if let Some(planned) = &mut self.planned {
                let confirms = match reason {
                    Reason::Confirming => self.confirming.urgency_of(list),
                    Reason::Demand | Reason::Routine => None,
                };
                planned.taken(list, confirms);
            }
        }
        let pov = self.config.povs[list.pov as usize].clone();
        Next::Run(Task {
            pov,
            day: list.day,
            reason,
            list,
        })
    }

    fn first_demanded(&mut self) -> Option<ListKey> {
        let place = self
            .demanded
            .iter()
            .position(|list| !self.running.contains(list))?;
        self.demanded.remove(place)
    }

    fn routine_tick(&self, list: ListKey, interval: i64, now: UnixMillis) -> UnixMillis {
        let pov = &self.config.povs[list.pov as usize];
        tiers::tick_from(pov, list.day, interval, now.plus_millis(interval / 2))
    }

    fn turn_the_day(&mut self, now: UnixMillis) {
        let turns_at = match &self.planned {
            Some(planned) => planned.turns_at,
            None => self.routine.turns_at(),
        };
        if now >= turns_at {
            let open = self.open_days(now);
            self.known.retain(|list, _| open.contains(&list.day));
            match &mut self.planned {
                Some(planned) => planned.turn(now),
                None => self.routine.turn(&self.config, &self.running, now),
            }
        }
    }
}

/// Whole milliseconds, held below some months so that sums of them cannot overflow.
fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).map_or(1 << 33, |millis| millis.min(1 << 33))
}
