//! The planner's loop: what is read next.

use povline_domain::UnixMillis;

use super::clock::{DAY_SECONDS, LocalSeconds, begins, day_of, instant, local};
use super::config::{PlanConfig, Quota};
use super::due;
use super::list::{ListId, ListState};
use super::price::PRICE_MIN;
use super::promise;
use super::queue::Queue;
use super::rates::{ListView, Rates};

/// Why a list is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Why {
    /// It was never read.
    First,
    /// Or else it would become older than promised.
    Promise,
    /// The delay that has gathered on it is worth the calls.
    Worth,
    /// Nothing is due and calls that are not made now are lost.
    Spare,
}

/// What to do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    /// Read this list, and tell [`Planner::observe`] or [`Planner::failed`].
    Poll {
        /// Which.
        list: ListId,
        /// Why.
        why: Why,
        /// How many calls it may take; `None` for no limit.
        calls_max: Option<u64>,
    },
    /// Nothing before this instant.
    Wait(UnixMillis),
}

/// What a poll showed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reading {
    /// When its first page was requested.
    pub begun_at: UnixMillis,
    /// Calls that it took, repeats included.
    pub calls: u32,
    /// Rows that were not there when the list was read last.
    pub new: u32,
    /// Rows that were and are no more.
    pub gone: u32,
    /// Rows whose number was taken since.
    pub picked: u32,
    /// Rows there are.
    pub rows: u32,
    /// Rows whose number was not taken.
    pub unpicked: u32,
}

/// The polls of one app.
#[derive(Debug)]
pub(super) struct AppState {
    pub(super) quota: Quota,
    /// Calls that polls took today.
    pub(super) used: u64,
    /// Calls of today that are not polls', whoever took them.
    pub(super) reserved_used: u64,
    /// Calls that the polls under way are expected to take.
    pub(super) under_way: u64,
    /// Calls that failed polls took today.
    pub(super) failed_calls: u64,
    /// What a call must buy back, in weighted seconds of delay.
    pub(super) price: f64,
    /// The price by which every list was last queued.
    pub(super) queued_at_price: f64,
    pub(super) reprice_at: LocalSeconds,
    /// Calls that promises will need before the day is over: what is read for its worth leaves
    /// them.
    pub(super) kept: u64,
    pub(super) parked_until: LocalSeconds,
    /// A ban has gone by, after which overdue lists are to be put in the order of their worth.
    pub(super) was_parked: bool,
    /// The POVs that it reads.
    pub(super) povs: Vec<u32>,
    pub(super) promised_today: Queue,
    pub(super) promised: Queue,
    pub(super) worth: Queue,
}

impl AppState {
    /// Calls that polls may still take today; `None` for no limit.
    pub(super) fn left(&self) -> Option<u64> {
        let all = self.quota.polls_per_day()?;
        let reserve = self.quota.calls_per_day? - all;
        // Demands may take more than is reserved: people wait for them.
        let beyond = self.reserved_used.saturating_sub(reserve);
        Some(all.saturating_sub(self.used + self.under_way + beyond))
    }
}

/// The planner of all lists and apps.
#[derive(Debug)]
pub struct Planner<R> {
    pub(super) config: PlanConfig,
    pub(super) rates: R,
    /// By POV, and within it by day modulo the horizon.
    pub(super) lists: Vec<ListState>,
    pub(super) apps: Vec<AppState>,
    pub(super) today: i32,
    /// Days of work and days of rest that were planned so far.
    pub(super) days_planned: [f32; 2],
}

impl<R: Rates> Planner<R> {
    /// A planner that begins now and has read nothing yet.
    #[must_use]
    pub fn new(mut config: PlanConfig, rates: R, now: UnixMillis) -> Self {
        // A POV of an app that there is not is read by the last one.
        let last_app = u16::try_from(config.apps.len().saturating_sub(1)).unwrap_or(u16::MAX);
        for app in &mut config.povs {
            *app = (*app).min(last_app);
        }
        let now = local(now);
        let today = day_of(now);
        let horizon = config.horizon();
        let mut lists = Vec::with_capacity(config.lists());
        for (pov, _) in (0_u32..).zip(&config.povs) {
            for residue in 0..horizon as i32 {
                let first = today + config.first_day;
                let day = first + (residue - first).rem_euclid(horizon as i32);
                lists.push(ListState::unread(ListId { pov, day }, now, config.seed));
            }
        }
        let mut apps: Vec<AppState> = config.apps.iter().map(|quota| app(*quota, now)).collect();
        for (pov, app) in (0_u32..).zip(&config.povs) {
            if let Some(app) = apps.get_mut(usize::from(*app)) {
                app.povs.push(pov);
            }
        }
        let mut planner = Self {
            config,
            rates,
            lists,
            apps,
            today,
            days_planned: [0.0; 2],
        };
        for app in 0..planner.apps.len() {
            planner.requeue_all(app, now);
        }
        planner
    }

    /// What this app reads next. A list that is named counts as being read until it is told how
    /// that ended.
    pub fn next(&mut self, app: usize, now: UnixMillis) -> Choice {
        let now = local(now);
        self.turn_days(now);
        let midnight = begins(self.today + 1);
        let Some(state) = self.apps.get(app) else {
            return Choice::Wait(instant(midnight));
        };
        if state.parked_until > now {
            return Choice::Wait(instant(state.parked_until));
        }
        self.serve_after_parking(app, now);
        if now >= self.apps[app].reprice_at {
            self.reprice(app, now);
        }
        loop {
            if self.apps[app].left() == Some(0) {
                return Choice::Wait(instant(midnight));
            }
            let (place, why) = match self.first_due(app, now) {
                Ok(due) => due,
                Err(wait) => {
                    let reprice_at = self.apps[app].reprice_at;
                    return Choice::Wait(instant(wait.min(reprice_at).min(midnight).max(now)));
                }
            };
            let calls = u64::from(self.lists[place].calls);
            let left = self.apps[app].left();
            if left.is_some_and(|left| left < calls) {
                // What is left of the day does not reach for this one.
                self.lists[place].not_before = midnight;
                self.queue(place, now);
                continue;
            }
            return self.start(app, place, why, left);
        }
    }

    fn start(&mut self, app: usize, place: usize, why: Why, left: Option<u64>) -> Choice {
        let list = &mut self.lists[place];
        list.running = true;
        list.version = list.version.wrapping_add(1);
        let why = if list.read { why } else { Why::First };
        self.apps[app].under_way += u64::from(list.calls);
        Choice::Poll {
            list: list.id,
            why,
            calls_max: left,
        }
    }

    /// The list that is due first, or when one will be. Promises go before worth, and today's
    /// before others.
    fn first_due(&mut self, app: usize, now: LocalSeconds) -> Result<(usize, Why), LocalSeconds> {
        let Self { apps, lists, .. } = self;
        let state = &mut apps[app];
        let version = |place: usize| lists[place].version;
        let of_today = state.promised_today.first(version);
        let of_others = state.promised.first(version);
        for (due, place) in [of_today, of_others].into_iter().flatten() {
            if due <= now {
                return Ok((place, Why::Promise));
            }
        }
        let worth = loop {
            let first = self.apps[app]
                .worth
                .first(|place| self.lists[place].version);
            match first {
                Some((due, place)) if due <= now => {
                    let calls = u64::from(self.lists[place].calls);
                    let state = &self.apps[app];
                    if state.left().is_some_and(|left| left < state.kept + calls) {
                        break None;
                    }
                    // The price or the rates may have changed since it was queued. (A list that is
                    // due within the millisecond is due: the queue knows no finer times.)
                    match self.worth_due(app, place, now) {
                        Some(due) if due <= now + 1e-3 => return Ok((place, Why::Worth)),
                        later => {
                            let version = self.lists[place].version;
                            self.apps[app].worth.pop();
                            if let Some(due) = later {
                                self.apps[app].worth.push(due, place, version);
                            }
                        }
                    }
                }
                first => break first,
            }
        };
        let next = [of_today, of_others, worth].into_iter().flatten();
        let Some((due, place)) = next.min_by(|a, b| a.0.total_cmp(&b.0)) else {
            return Err(f64::INFINITY);
        };
        let quota = &self.apps[app].quota;
        let lost_if_not_made = quota.calls_per_day.is_none() && quota.calls_per_second.is_some();
        if lost_if_not_made && self.lists[place].not_before <= now {
            return Ok((place, Why::Spare));
        }
        Err(due)
    }

    /// When this list is worth its calls, if today.
    pub(super) fn worth_due(&self, app: usize, place: usize, now: LocalSeconds) -> Option<f64> {
        let list = &self.lists[place];
        let worth = self.apps[app].price * f64::from(list.calls);
        let midnight = begins(self.today + 1).max(now);
        let weights = &self.config.weights;
        let due = due::due(&self.rates, weights, self.view(place), worth, midnight)?;
        Some(due.max(list.not_before))
    }

    /// Queues a list by its promise and its worth, in place of where it stood.
    pub(super) fn queue(&mut self, place: usize, now: LocalSeconds) {
        let app = self.app_of(place);
        let list = &mut self.lists[place];
        list.version = list.version.wrapping_add(1);
        if list.running {
            return;
        }
        let (version, day) = (list.version, list.id.day);
        let promise = &self.config.promise;
        let (promised, of_today) = if list.read {
            let due = promise::due_at(promise, day, list.sight.read_at, list.place);
            let of_today = promise::is_of_today(promise, day, list.sight.read_at);
            (due, of_today)
        } else {
            let first_due = self.apps[app].first_due_at(&self.config, list, self.today);
            (first_due, day == self.today)
        };
        let promised = promised.max(list.not_before);
        let worth = self.worth_due(app, place, now);
        let lists = &self.lists;
        let state = &mut self.apps[app];
        let queue = match of_today {
            true => &mut state.promised_today,
            false => &mut state.promised,
        };
        queue.push(promised, place, version);
        let many = state.povs.len() * self.config.horizon();
        queue.tidy(many, |place| lists[place].version);
        if let Some(due) = worth.filter(|due| *due < promised) {
            state.worth.push(due, place, version);
            state.worth.tidy(many, |place| lists[place].version);
        }
    }

    /// Queues every list of an app anew.
    pub(super) fn requeue_all(&mut self, app: usize, now: LocalSeconds) {
        let state = &mut self.apps[app];
        state.queued_at_price = state.price;
        state.promised_today.clear();
        state.promised.clear();
        state.worth.clear();
        for number in 0..self.apps[app].povs.len() {
            for place in siblings(self.apps[app].povs[number], self.config.horizon()) {
                self.queue(place, now);
            }
        }
    }

    pub(super) fn app_of(&self, place: usize) -> usize {
        let pov = place / self.config.horizon().max(1);
        usize::from(self.config.povs[pov])
    }

    pub(super) fn view(&self, place: usize) -> ListView<'_> {
        let list = &self.lists[place];
        ListView {
            id: list.id,
            place,
            sight: &list.sight,
        }
    }

    /// Where this list stands, if it is open.
    pub(super) fn place(&self, id: ListId) -> Option<usize> {
        let horizon = self.config.horizon();
        let residue = id.day.rem_euclid(i32::try_from(horizon.max(1)).ok()?) as usize;
        let place = id.pov as usize * horizon + residue;
        (self.lists.get(place)?.id == id).then_some(place)
    }

    /// The price of a call of this app: the delay that it buys back, in weighted seconds. It stays
    /// within a factor of about two on a day like those before; a wild one tells of a wrong model.
    #[must_use]
    pub fn price(&self, app: usize) -> f64 {
        self.apps.get(app).map_or(PRICE_MIN, |state| state.price)
    }

    /// Calls that this app's polls took today.
    #[must_use]
    pub fn calls_used(&self, app: usize) -> u64 {
        self.apps.get(app).map_or(0, |state| state.used)
    }

    /// How many calls reading this list takes, as far as is known.
    pub(crate) fn calls_of(&self, list: ListId) -> u32 {
        self.place(list).map_or(1, |place| self.lists[place].calls)
    }

    /// The model of rates.
    #[must_use]
    pub fn rates(&self) -> &R {
        &self.rates
    }
}

/// The places of a POV's lists.
pub(super) fn siblings(pov: u32, horizon: usize) -> std::ops::Range<usize> {
    let first = pov as usize * horizon;
    first..first + horizon
}

fn app(quota: Quota, now: LocalSeconds) -> AppState {
    AppState {
        quota,
        used: 0,
        reserved_used: 0,
        under_way: 0,
        failed_calls: 0,
        price: super::price::PRICE_MAX,
        queued_at_price: super::price::PRICE_MAX,
        reprice_at: now,
        kept: 0,
        parked_until: f64::MIN,
        was_parked: false,
        povs: Vec::new(),
        promised_today: Queue::default(),
        promised: Queue::default(),
        worth: Queue::default(),
    }
}

/// Lists that come into the horizon at midnight are first read within this time.
pub(crate) const ENTERED_SECONDS: f64 = 7_200.0;
/// The first reads of other days take so long at least.
const FIRST_SECONDS_MIN: f64 = 60.0;
/// The first reads of anything take so long at most.
const FIRST_SECONDS_MAX: f64 = DAY_SECONDS / 12.0;

impl AppState {
    /// When a list is first read: today's first, over what they alone take, and the others after
    /// them. Those of a day that has come into the horizon have the first hours of that day.
    fn first_due_at(&self, config: &PlanConfig, list: &ListState, today: i32) -> LocalSeconds {
        let known_since = list.sight.read_at;
        if list.entered {
            return known_since + list.place * ENTERED_SECONDS;
        }
        let povs = self.povs.len();
        let has_today = (config.first_day..=config.last_day).contains(&0);
        let todays = self.first_reads_take(povs * usize::from(has_today));
        if list.id.day == today {
            let due = known_since + list.place * todays;
            // It is as old as it is known of, and has the promise of one that was read then.
            return due.min(promise::due_at(
                &config.promise,
                today,
                known_since,
                list.place,
            ));
        }
        let others = povs * (config.horizon() - usize::from(has_today));
        let others = self.first_reads_take(others).max(FIRST_SECONDS_MIN);
        known_since + todays + list.place * others
    }

    /// Over how many seconds the first reads of so many lists are spread: over what they take at half
    /// the app's speed, so that they do not come as one burst.
    fn first_reads_take(&self, lists: usize) -> f64 {
        let lists = lists as f64;
        let by_rate = self.quota.calls_per_second.map(|rate| 2.0 * lists / rate);
        let by_day = self.quota.calls_per_day.map(|calls| {
            // At six times the day's average speed.
            lists / (calls.max(1) as f64) * DAY_SECONDS / 6.0
        });
        by_rate.or(by_day).unwrap_or(0.0).min(FIRST_SECONDS_MAX)
    }
}
