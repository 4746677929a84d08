//! What the planner is told, and what it makes of it.

use povline_domain::UnixMillis;

use super::clock::{LocalSeconds, begins, day_of, local};
use super::due;
use super::list::{ListId, ListState};
use super::planner::{Planner, Reading, siblings};
use super::price::{self, Demand};
use super::promise;
use super::rates::{ListView, Rates, Rekey, Sight};

/// How often the price is worked out anew, in seconds.
const REPRICE_SECONDS: f64 = 600.0;
/// A price that fell below this part of the one by which lists were queued has them all queued
/// anew. (Of a price that rose, each list takes note when it is due.)
const FALLEN: f64 = 0.93;
/// At most so many lists are asked for what a price would take; of more, some stand for all.
const ASKED_MAX: usize = 20_000;

/// Reads for promises' sake are made early: at this part of the time on average.
const EARLY_PART: f64 = 0.95;
/// Some of them fail, and some lists grow by a page.
const PROMISES_MARGIN: f64 = 1.02;

/// The first pause after a failure, in seconds; the second is twice as long.
const RETRY_SECONDS: f64 = 15.0;
/// So many times a list is tried again soon.
const RETRIES_MAX: u32 = 2;
/// After that, it is tried every so many seconds.
const RETRY_SECONDS_MAX: f64 = 600.0;
/// The part of the day's calls that failed polls may take. After that no list is tried again soon,
/// and the pauses are doubled with each failure, up to the longest.
const RETRY_PART: f64 = 0.02;
const SLOWED_SECONDS_MAX: f64 = 3_600.0;

/// Until when calls are held back on a day whose like was not seen before or yesterday, in seconds
/// of the day.
const HELD_UNTIL_SECONDS: f64 = 36_000.0;

impl<R: Rates> Planner<R> {
    /// A list was read whole. `of_polls` tells whether its calls are taken from those of polls;
    /// those of confirming scans and pulls on demand come from the reserved share.
    pub fn observe(&mut self, list: ListId, reading: Reading, of_polls: bool, now: UnixMillis) {
        let now = local(now);
        self.turn_days(now);
        self.charge(list, reading.calls, of_polls);
        let Some(place) = self.place(list) else {
            return;
        };
        let state = &mut self.lists[place];
        state.running = false;
        let before = state.sight;
        let begun_at = local(reading.begun_at);
        if begun_at < before.read_at && state.read {
            self.queue(place, now);
            return;
        }
        let first = !state.read && !state.entered;
        state.sight = Sight {
            read_at: begun_at,
            rows: reading.rows,
            unpicked: reading.unpicked,
        };
        state.calls = reading.calls.max(1);
        state.read = true;
        state.failures = 0;
        state.not_before = f64::MIN;
        let view = ListView {
            id: list,
            place,
            sight: &before,
        };
        match self.rates.learn(view, first, &reading) {
            Rekey::None => self.queue(place, now),
            Rekey::Siblings => {
                for sibling in siblings(list.pov, self.config.horizon()) {
                    self.queue(sibling, now);
                }
            }
            Rekey::All => {
                for app in 0..self.apps.len() {
                    self.price_anew(app, now);
                    self.requeue_all(app, now);
                }
            }
        }
    }

    /// A list could not be read whole, and took so many calls. It stays as old as it is: its delay
    /// goes on gathering, and it is tried again after a pause.
    pub fn failed(&mut self, list: ListId, calls: u32, of_polls: bool, now: UnixMillis) {
        let now = local(now);
        self.turn_days(now);
        self.charge(list, calls, of_polls);
        let Some(place) = self.place(list) else {
            return;
        };
        let app = self.app_of(place);
        let state = &mut self.apps[app];
        state.failed_calls += u64::from(calls);
        let share = state
            .quota
            .polls_per_day()
            .map(|all| all as f64 * RETRY_PART);
        let share_is_used = share.is_some_and(|share| state.failed_calls as f64 > share);
        let list = &mut self.lists[place];
        list.running = false;
        list.failures += 1;
        let pause = if share_is_used {
            let doubled = RETRY_SECONDS_MAX * f64::from(1 << (list.failures - 1).min(3));
            doubled.min(SLOWED_SECONDS_MAX)
        } else if list.failures > RETRIES_MAX {
            RETRY_SECONDS_MAX
        } else {
            RETRY_SECONDS * f64::from(list.failures)
        };
        list.not_before = now + pause;
        self.queue(place, now);
    }

    /// Nothing of this app goes through before `until`. Due times stay as they are, and the price
    /// too.
    pub fn parked(&mut self, app: usize, until: UnixMillis) {
        if let Some(state) = self.apps.get_mut(app) {
            state.parked_until = state.parked_until.max(local(until));
            state.was_parked = true;
        }
    }

    /// A list that was to be read was not, through no fault of its own, and took so many calls.
    pub fn put_back(&mut self, list: ListId, calls: u32, of_polls: bool, now: UnixMillis) {
        let now = local(now);
        self.turn_days(now);
        self.charge(list, calls, of_polls);
        if let Some(place) = self.place(list) {
            self.lists[place].running = false;
            self.queue(place, now);
        }
    }

    /// This list could not be read for a reason that will not go away soon: it is not tried before
    /// `until`.
    pub fn put_off(&mut self, list: ListId, until: UnixMillis, now: UnixMillis) {
        if let Some(place) = self.place(list) {
            let state = &mut self.lists[place];
            state.not_before = state.not_before.max(local(until));
            self.queue(place, local(now));
        }
    }

    /// Lists that are due now, for whatever reason, and lists that were never read.
    #[must_use]
    pub fn waiting(&self, now: UnixMillis) -> usize {
        let now = local(now);
        let promise = &self.config.promise;
        let waits = |list: &&ListState| {
            !list.read
                || promise::due_at(promise, list.id.day, list.sight.read_at, list.place) < now
        };
        self.lists.iter().filter(waits).count()
    }

    /// What this list was when it was last read.
    #[must_use]
    pub fn sight(&self, list: ListId) -> Option<Sight> {
        let state = &self.lists[self.place(list)?];
        state.read.then_some(state.sight)
    }

    /// A list is being read for another reason; it is not to be read twice at once.
    pub fn taken(&mut self, list: ListId) {
        if let Some(place) = self.place(list) {
            let list = &mut self.lists[place];
            list.running = true;
            list.version = list.version.wrapping_add(1);
        }
    }

    /// Before anything is planned: this list was last read then, and showed this.
    pub fn assume(&mut self, list: ListId, at: UnixMillis, rows: u32, unpicked: u32) {
        let Some(place) = self.place(list) else {
            return;
        };
        let state = &mut self.lists[place];
        state.sight = Sight {
            read_at: local(at),
            rows,
            unpicked,
        };
        state.read = true;
        state.calls = rows.div_ceil(200).max(1);
        let app = self.app_of(place);
        let now = self.apps[app].reprice_at;
        self.queue(place, now);
    }

    /// Calls of today that polls took before this planner began.
    pub fn assume_used(&mut self, app: usize, calls: u64) {
        if let Some(state) = self.apps.get_mut(app) {
            state.used += calls;
        }
    }

    /// So many calls of today were taken that are not polls', other processes' among them.
    pub fn assume_reserve_used(&mut self, app: usize, calls: u64) {
        if let Some(state) = self.apps.get_mut(app) {
            state.reserved_used = state.reserved_used.max(calls);
        }
    }

    fn charge(&mut self, list: ListId, calls: u32, of_polls: bool) {
        let Some(app) = self.config.povs.get(list.pov as usize) else {
            return;
        };
        let expected = self.place(list).map(|place| self.lists[place].calls);
        let state = &mut self.apps[usize::from(*app)];
        if of_polls {
            let expected = u64::from(expected.unwrap_or(1));
            state.under_way = state.under_way.saturating_sub(expected);
            state.used += u64::from(calls);
        } else {
            state.reserved_used += u64::from(calls);
        }
    }

    /// Lets every midnight pass that has gone by.
    pub(super) fn turn_days(&mut self, now: LocalSeconds) {
        while self.today < day_of(now) {
            self.days_planned[day_type(self.today)] += 1.0;
            self.today += 1;
            self.turn_day(now);
        }
    }

    fn turn_day(&mut self, now: LocalSeconds) {
        let horizon = self.config.horizon();
        let last = self.today + self.config.last_day;
        let midnight = begins(self.today);
        let residue = last.rem_euclid(i32::try_from(horizon.max(1)).unwrap_or(1)) as usize;
        let mut entered = Vec::with_capacity(self.config.povs.len());
        for (pov, _) in (0_u32..).zip(&self.config.povs) {
            let place = pov as usize * horizon + residue;
            let id = ListId { pov, day: last };
            let version = self.lists[place].version.wrapping_add(1);
            self.lists[place] = ListState::unread(id, midnight, self.config.seed);
            self.lists[place].version = version;
            self.lists[place].entered = true;
            entered.push(place);
        }
        self.rates.turn_day(self.today, &entered);
        for app in 0..self.apps.len() {
            let state = &mut self.apps[app];
            state.used = 0;
            state.reserved_used = 0;
            state.under_way = 0;
            state.failed_calls = 0;
            self.price_anew(app, now);
            self.requeue_all(app, now);
        }
    }

    /// Works the price out anew, and queues lists earlier where it has fallen.
    pub(super) fn reprice(&mut self, app: usize, now: LocalSeconds) {
        self.price_anew(app, now);
        let state = &self.apps[app];
        if state.price < state.queued_at_price * FALLEN {
            self.requeue_all(app, now);
        }
    }

    fn price_anew(&mut self, app: usize, now: LocalSeconds) {
        let midnight = begins(self.today + 1);
        let mut price = self.apps[app].price;
        for _ in 0..6 {
            let before = price;
            price = self.price_once(app, now, midnight, price);
            if (price / before - 1.0).abs() < 0.01 {
                break;
            }
        }
        let kept = self.needed_by_promises(app, now, midnight);
        let state = &mut self.apps[app];
        state.price = price;
        state.kept = kept;
        state.reprice_at = now + REPRICE_SECONDS;
    }

    /// Calls that lists need before midnight so that none grows older than promised, if nothing
    /// else is read.
    fn needed_by_promises(&self, app: usize, now: LocalSeconds, midnight: LocalSeconds) -> u64 {
        let promise = &self.config.promise;
        let mut calls = 0.0;
        for (place, list) in self.lists.iter().enumerate() {
            if self.app_of(place) != app {
                continue;
            }
            // What is read early before midnight takes calls, though it would not break before it.
            let due = promise::due_at(promise, list.id.day, list.sight.read_at, list.place);
            if due >= midnight && list.read {
                continue;
            }
            let mut from = due.max(now);
            let mut reads = 1.0;
            if list.id.day == self.today {
                let closes = begins(self.today) + promise.closes.as_secs_f64();
                let open = (closes - from).max(0.0);
                reads += (open / (EARLY_PART * promise.today.as_secs_f64())).floor();
                from = from.max(closes);
            }
            let rest = (midnight - from).max(0.0);
            reads += (rest / (EARLY_PART * promise.others.as_secs_f64())).floor();
            calls += reads * f64::from(list.calls);
        }
        (calls * PROMISES_MARGIN).ceil() as u64
    }

    /// One step towards the price at which calls just suffice, from this one.
    fn price_once(&self, app: usize, now: f64, midnight: f64, price: f64) -> f64 {
        let state = &self.apps[app];
        let by_day = state.left().map(|left| {
            let left = left as f64 - self.held_back(app, now);
            self.demand(app, now, midnight, price).price(left)
        });
        let by_second = state.quota.calls_per_second.map(|rate| {
            let until = (now + REPRICE_SECONDS).min(midnight);
            self.demand(app, now, until, price)
                .price(rate * (until - now))
        });
        let prices = [by_day, by_second].into_iter().flatten();
        prices.fold(price::PRICE_MIN, f64::max)
    }

    /// A forecast made at midnight of another kind of day is wrong: some calls are held back until
    /// the morning has shown what the day is like.
    fn held_back(&self, app: usize, now: LocalSeconds) -> f64 {
        if now - begins(self.today) >= HELD_UNTIL_SECONDS {
            return 0.0;
        }
        let kind = day_type(self.today);
        let is_known = self.days_planned[kind] >= 1.0 && day_type(self.today - 1) == kind;
        let all = self.apps[app].quota.polls_per_day();
        match all {
            Some(all) if !is_known => all as f64 * self.config.held_back_percent / 100.0,
            _ => 0.0,
        }
    }

    pub(super) fn demand(&self, app: usize, now: f64, until: f64, price: f64) -> Demand {
        let horizon = self.config.horizon();
        let povs = &self.apps[app].povs;
        let every = (povs.len() * horizon).div_ceil(ASKED_MAX).max(1);
        let asked = povs.iter().step_by(every);
        let scale = povs.len() as f64 / asked.len().max(1) as f64;
        let lists = asked
            .flat_map(|pov| siblings(*pov, horizon))
            .map(|place| (place, &self.lists[place]));
        let demand = price::demand(&self.rates, &self.config, lists, now, until, price);
        Demand {
            worth: demand.worth * scale,
            forced: demand.forced * scale,
        }
    }

    /// After a ban, lists go by how much has gathered on them, not by whose turn it was.
    pub(super) fn serve_after_parking(&mut self, app: usize, now: LocalSeconds) {
        if !std::mem::take(&mut self.apps[app].was_parked) {
            return;
        }
        let price = self.apps[app].price;
        self.apps[app].worth.clear();
        for place in 0..self.lists.len() {
            let list = &self.lists[place];
            if list.running || self.app_of(place) != app {
                continue;
            }
            let (version, calls) = (list.version, f64::from(list.calls));
            let pile = due::pile(&self.rates, &self.config.weights, self.view(place), now);
            let ratio = pile.delay / (price * calls);
            let due = if ratio >= 1.0 && list.not_before <= now {
                Some(now - ratio)
            } else {
                self.worth_due(app, place, now)
            };
            if let Some(due) = due {
                self.apps[app].worth.push(due, place, version);
            }
        }
    }
}

/// 0 for a day of work, 1 for a day of rest. 1970-01-01 was a Thursday.
fn day_type(day: i32) -> usize {
    usize::from((day + 3).rem_euclid(7) >= 5)
}
