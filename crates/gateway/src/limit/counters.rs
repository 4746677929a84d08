//! Every count of every scope, and the decision about one call.

use std::collections::HashMap;

use povline_domain::{AppKey, Day, UnixMillis};
use povline_protocol::CallLimit;
use povline_store::book::{CallClaim, CallGrant, CallScope};

use super::day_count::{DayCount, Fits};
use super::quota::{CallQuotas, Quota};
use super::told::Left;
use super::window::Window;

/// What becomes of a call.
#[derive(Debug)]
pub(crate) enum Verdict {
    /// It is counted and goes on. More calls should be reserved soon if `low`.
    Through {
        charge: Charge,
        left: Left,
        low: bool,
    },
    /// A quota is used up, for so many seconds.
    Refused {
        limit: CallLimit,
        seconds: u64,
        left: Left,
    },
    /// More calls must be reserved before anything can be said.
    AfterReserving,
}

/// A call that was counted, for giving it back.
#[derive(Debug, Clone, Copy)]
#[must_use]
pub(crate) struct Charge {
    at: UnixMillis,
    day: Day,
    quotas: CallQuotas,
}

/// One scope.
#[derive(Debug)]
struct Counter {
    window: Window,
    day: DayCount,
}

impl Counter {
    fn new(day: Day) -> Self {
        Self {
            window: Window::default(),
            day: DayCount::new(day),
        }
    }

    /// In how many milliseconds a call would fit into the second, and whether it fits into the day.
    fn check(&mut self, now: UnixMillis, units: u64, quota: Quota) -> (i64, Fits) {
        let wait = match quota.per_second {
            Some(at_most) => self.window.wait(now, units, at_most),
            None => {
                self.window.clear();
                0
            }
        };
        (wait, self.day.fits(units, quota.per_day))
    }

    fn spend(&mut self, now: UnixMillis, units: u64, quota: Quota) -> bool {
        if let Some(at_most) = quota.per_second {
            self.window.spend(now, units, at_most);
        }
        self.day.spend(units)
    }

    fn refund(&mut self, charge: &Charge, units: u64, quota: Quota) {
        if let Some(at_most) = quota.per_second {
            self.window.refund(charge.at, units, at_most);
        }
        self.day.refund(charge.day, units, quota.per_day);
    }

    fn tell(&self, quota: Quota, left: &mut Left) {
        if let Some(limit) = quota.per_second {
            Left::least(&mut left.second, limit, self.window.left(limit));
        }
        if let (Some(limit), Some(least)) = (quota.per_day, self.day.left()) {
            Left::least(&mut left.day, limit, least);
        }
    }
}

#[derive(Debug)]
struct OfApp {
    all: Counter,
    methods: HashMap<&'static str, Counter>,
}

/// Every scope that was ever called: known apps times known methods at the most.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    apps: HashMap<AppKey, OfApp>,
    methods: HashMap<&'static str, Counter>,
    /// What the book was not yet told of days that are over.
    over: Vec<(Day, CallClaim)>,
}

/// The three scopes of a call, with what it takes of each.
type Scopes<'a> = [(&'a mut Counter, CallLimit, u64, Quota); 3];

impl Counters {
    /// Decides about one call and counts it if it goes on: in every scope or in none.
    pub(crate) fn charge(
        &mut self,
        now: UnixMillis,
        app: &AppKey,
        method: &'static str,
        quotas: CallQuotas,
    ) -> Verdict {
        let day = Day::at(now);
        self.turn(day, app, method);
        let Some(mut scopes) = self.scopes(app, method, &quotas) else {
            return Verdict::AfterReserving;
        };
        let until_midnight = || match day.plus_days(1) {
            Ok(tomorrow) => tomorrow.begins_at().millis_since(now),
            Err(_) => i64::MAX,
        };
        let (mut longest, mut reserving) = ((0, CallLimit::App), false);
        for (counter, limit, units, quota) in &mut scopes {
            let (mut wait, fits) = counter.check(now, *units, *quota);
            match fits {
                Fits::Now => {}
                Fits::AfterReserving => reserving = true,
                Fits::Never => wait = until_midnight(),
            }
            if wait > longest.0 {
                longest = (wait, *limit);
            }
        }
        let refused = longest.0 > 0;
        if !refused && reserving {
            for (counter, _, units, quota) in &mut scopes {
                if counter.day.fits(*units, quota.per_day) == Fits::AfterReserving {
                    counter.day.want(*units);
                }
            }
            return Verdict::AfterReserving;
        }
        let mut left = Left::default();
        let mut low = false;
        for (counter, _, units, quota) in &mut scopes {
            low |= !refused && counter.spend(now, *units, *quota);
            counter.tell(*quota, &mut left);
        }
        if refused {
            // Rounded up: after so many whole seconds it is certain.
            let seconds = longest.0.unsigned_abs().div_ceil(1_000).max(1);
            left.retry_after = Some(seconds);
            return Verdict::Refused {
                limit: longest.1,
                seconds,
                left,
            };
        }
        let charge = Charge {
            at: now,
            day,
            quotas,
        };
        Verdict::Through { charge, left, low }
    }

    /// Gives a call back that failed by no fault of its caller's.
    pub(crate) fn refund(&mut self, app: &AppKey, method: &'static str, charge: &Charge) {
        if let Some(scopes) = self.scopes(app, method, &charge.quotas) {
            for (counter, _, units, quota) in scopes {
                counter.refund(charge, units, quota);
            }
        }
    }

    /// Makes the scopes of a call if they are not there, and begins another day if it has come.
    fn turn(&mut self, day: Day, app: &AppKey, method: &'static str) {
        if !self.apps.contains_key(app) {
            let all = Counter::new(day);
            let methods = HashMap::new();
            self.apps.insert(app.clone(), OfApp { all, methods });
        }
        let Some(of_app) = self.apps.get_mut(app) else {
            return;
        };
        let counters = [
            (&mut of_app.all, Scope::App),
            (
                of_app
                    .methods
                    .entry(method)
                    .or_insert_with(|| Counter::new(day)),
                Scope::AppMethod,
            ),
            (
                self.methods
                    .entry(method)
                    .or_insert_with(|| Counter::new(day)),
                Scope::Method,
            ),
        ];
        for (counter, scope) in counters {
            if counter.day.day() != day {
                let mut ended = std::mem::replace(&mut counter.day, DayCount::new(day));
                let claim = ended.claim(scope.named(app, method), true);
                self.over.extend(claim.map(|claim| (ended.day(), claim)));
            }
        }
    }

    fn scopes(
        &mut self,
        app: &AppKey,
        method: &'static str,
        quotas: &CallQuotas,
    ) -> Option<Scopes<'_>> {
        let of_app = self.apps.get_mut(app)?;
        Some([
            (&mut of_app.all, CallLimit::App, quotas.weight, quotas.app),
            (
                of_app.methods.get_mut(method)?,
                CallLimit::AppApi,
                1,
                quotas.app_method,
            ),
            (
                self.methods.get_mut(method)?,
                CallLimit::Api,
                1,
                quotas.method,
            ),
        ])
    }

    /// What was used on a day and the book was not told yet, by scope.
    pub(crate) fn untold(&self, day: Day) -> Vec<(CallScope, i64)> {
        let mut untold = Vec::new();
        let mut visit = |counter: &Counter, scope: &dyn Fn() -> CallScope| {
            if counter.day.day() == day && counter.day.untold() != 0 {
                untold.push((scope(), counter.day.untold()));
            }
        };
        for (app, of_app) in &self.apps {
            visit(&of_app.all, &|| Scope::App.named(app, ""));
            for (method, counter) in &of_app.methods {
                visit(counter, &|| Scope::AppMethod.named(app, method));
            }
        }
        for (method, counter) in &self.methods {
            visit(counter, &|| CallScope::Method((*method).to_owned()));
        }
        untold
    }

    /// What the book is to be told and asked, by day: of scopes that want something, or of all.
    pub(crate) fn claims(&mut self, all: bool, end: bool) -> Vec<(Day, Vec<CallClaim>)> {
        let mut days: Vec<(Day, Vec<CallClaim>)> = Vec::new();
        let mut add = |day: Day, claim: CallClaim| match days.iter_mut().find(|(of, _)| *of == day)
        {
            Some((_, claims)) => claims.push(claim),
            None => days.push((day, vec![claim])),
        };
        if all || end {
            for (day, claim) in self.over.drain(..) {
                add(day, claim);
            }
        }
        let mut visit = |counter: &mut Counter, scope: &dyn Fn() -> CallScope| {
            if (all || end || counter.day.is_wanting())
                && let Some(claim) = counter.day.claim(scope(), end)
            {
                add(counter.day.day(), claim);
            }
        };
        for (app, of_app) in &mut self.apps {
            visit(&mut of_app.all, &|| Scope::App.named(app, ""));
            for (method, counter) in &mut of_app.methods {
                visit(counter, &|| Scope::AppMethod.named(app, method));
            }
        }
        for (method, counter) in &mut self.methods {
            visit(counter, &|| CallScope::Method((*method).to_owned()));
        }
        days
    }

    /// Takes what the book has given; what came too late for its day is lost.
    pub(crate) fn grant(&mut self, day: Day, claim: &CallClaim, grant: CallGrant) {
        if let Some(count) = self
            .day_count(&claim.scope)
            .filter(|count| count.day() == day)
        {
            count.grant(claim, grant);
        }
    }

    /// Takes note that the book was not told after all.
    pub(crate) fn give_back(&mut self, day: Day, claim: CallClaim) {
        match self.day_count(&claim.scope) {
            Some(count) if count.day() == day => count.give_back(&claim),
            _ => self.over.push((day, CallClaim { want: 0, ..claim })),
        }
    }

    fn day_count(&mut self, scope: &CallScope) -> Option<&mut DayCount> {
        let counter = match scope {
            CallScope::App(app) => &mut self.apps.get_mut(app)?.all,
            CallScope::AppMethod(app, method) => {
                self.apps.get_mut(app)?.methods.get_mut(method.as_str())?
            }
            CallScope::Method(method) => self.methods.get_mut(method.as_str())?,
        };
        Some(&mut counter.day)
    }
}

/// A scope without its names.
#[derive(Debug, Clone, Copy)]
enum Scope {
    App,
    AppMethod,
    Method,
}

impl Scope {
    fn named(self, app: &AppKey, method: &str) -> CallScope {
        match self {
            Self::App => CallScope::App(app.clone()),
            Self::AppMethod => CallScope::AppMethod(app.clone(), method.to_owned()),
            Self::Method => CallScope::Method(method.to_owned()),
        }
    }
}
