//! How old lists will be, at the present price and with the calls that are left of the day.

use povline_domain::UnixMillis;

use super::clock::{LocalSeconds, SLOT_SECONDS, SLOTS, begins, day_of, local};
use super::due::survivors;
use super::planner::Planner;
use super::price::EARLY_PART;
use super::promise;
use super::rates::Rates;

/// What is foreseen for the lists of one POV and one distance in days, over the rest of the day.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Forecast {
    /// The POV's place in the configuration.
    pub pov: u32,
    /// Days ahead of today.
    pub ahead: i32,
    /// The mean age over the time, in seconds.
    pub mean_age: f64,
    /// The greatest age, in seconds.
    pub worst_age: f64,
    /// The mean delay of a change, in seconds.
    pub delay: f64,
    /// Changes that are expected.
    pub changes: f64,
    /// Calls that will be made.
    pub calls: f64,
    /// When the list was last read, if it was.
    pub read_at: Option<UnixMillis>,
}

/// What is foreseen for all lists of one distance in days.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TierForecast {
    /// Days ahead of today.
    pub ahead: i32,
    /// Lists.
    pub lists: usize,
    /// The mean age over lists and time, in seconds.
    pub mean_age: f64,
    /// The greatest age of any, in seconds.
    pub worst_age: f64,
    /// The mean delay of a change, in seconds.
    pub delay: f64,
    /// Changes that are expected.
    pub changes: f64,
    /// Calls that will be made.
    pub calls: f64,
}

impl<R: Rates> Planner<R> {
    /// What is foreseen for each list from now to the end of the day, by POV and day.
    #[must_use]
    pub fn forecast(&self, now: UnixMillis) -> Vec<Forecast> {
        let now = local(now);
        let mut lists: Vec<Forecast> = (0..self.lists.len())
            .map(|place| self.forecast_of(place, now))
            .collect();
        for (app, state) in self.apps.iter().enumerate() {
            let of_app = |list: &&mut Forecast| {
                let app_of = self.config.povs.get(list.pov as usize);
                app_of.is_some_and(|of| usize::from(*of) == app)
            };
            let wanted: f64 = lists.iter_mut().filter(of_app).map(|list| list.calls).sum();
            if let Some(left) = state.left().map(|left| left as f64)
                && left < wanted
            {
                let part = left / wanted;
                let of_app = lists.iter_mut().filter(of_app);
                of_app.for_each(|list| list.is_read_in_part(part, now));
            }
        }
        lists
    }

    fn forecast_of(&self, place: usize, now: f64) -> Forecast {
        let list = &self.lists[place];
        let app = &self.apps[self.app_of(place)];
        let prepared = self.rates.prepare(self.view(place));
        let cost = f64::from(list.calls);
        let ahead = list.id.day - self.today;
        let weight = self.config.weights.of(ahead);
        let mut unpicked = f64::from(list.sight.unpicked);
        let (mut seconds, mut ages, mut worst) = (0.0, 0.0, 0.0_f64);
        let (mut changes, mut delays, mut calls) = (0.0, 0.0, 0.0);
        let first = ((now - begins(self.today)) / SLOT_SECONDS) as usize;
        for slot in first.min(SLOTS - 1)..SLOTS {
            let ends = begins(self.today) + (slot + 1) as f64 * SLOT_SECONDS;
            let at = (ends - SLOT_SECONDS).max(now.min(ends - 1.0));
            let seconds_of_slot = ends - at;
            let expected = self.rates.expected(&prepared, ahead, slot, at, unpicked);
            let rate = expected.sum();
            let limit = promise::breaks_at(&self.config.promise, list.id.day, at) - at;
            let by_worth = (2.0 * app.price * cost / (weight * rate)).sqrt();
            let gap = by_worth.min(limit).max(1.0);
            ages += gap / 2.0 * seconds_of_slot;
            worst = worst.max(gap);
            seconds += seconds_of_slot;
            changes += rate * seconds_of_slot;
            delays += rate * seconds_of_slot * gap / 2.0;
            calls += cost * seconds_of_slot / by_worth.min(limit * EARLY_PART).max(1.0);
            unpicked = survivors(unpicked, expected.new, expected.picked, seconds_of_slot);
        }
        Forecast {
            pov: list.id.pov,
            ahead,
            mean_age: ages / seconds,
            worst_age: worst,
            delay: if changes > 0.0 { delays / changes } else { 0.0 },
            changes,
            calls,
            read_at: list.read.then(|| super::clock::instant(list.sight.read_at)),
        }
    }
}

impl Forecast {
    /// Only this part of the calls that it would take is left: it is read so much less often, or
    /// not at all before midnight.
    fn is_read_in_part(&mut self, part: f64, now: LocalSeconds) {
        let rest = begins(day_of(now) + 1) - now;
        let age = self.read_at.map_or(0.0, |at| (now - local(at)).max(0.0));
        self.mean_age = (self.mean_age / part).min(age + rest / 2.0);
        self.worst_age = (self.worst_age / part).min(age + rest);
        self.delay = (self.delay / part).min(rest / 2.0);
        self.calls *= part;
    }
}

impl TierForecast {
    /// Sums up by distance in days, the nearest first.
    #[must_use]
    pub fn of(lists: &[Forecast]) -> Vec<Self> {
        let mut tiers = std::collections::BTreeMap::<i32, Self>::new();
        for list in lists {
            let tier = tiers.entry(list.ahead).or_insert(Self {
                ahead: list.ahead,
                lists: 0,
                mean_age: 0.0,
                worst_age: 0.0,
                delay: 0.0,
                changes: 0.0,
                calls: 0.0,
            });
            tier.lists += 1;
            tier.mean_age += list.mean_age;
            tier.worst_age = tier.worst_age.max(list.worst_age);
            tier.delay += list.delay * list.changes;
            tier.changes += list.changes;
            tier.calls += list.calls;
        }
        let mut tiers: Vec<Self> = tiers.into_values().collect();
        for tier in &mut tiers {
            tier.mean_age /= tier.lists.max(1) as f64;
            if tier.changes > 0.0 {
                tier.delay /= tier.changes;
            }
        }
        tiers
    }
}
