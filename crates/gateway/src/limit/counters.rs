//! Every count of every scope, and the decision about one call.

use foldhash::HashMap;
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

/// What a call that waits has asked for: behind which round. The next one gathers it, and until what
/// that one got is there it stands, however often the call looks whether it may go on.
#[derive(Debug, Default)]
pub(crate) struct Wish(Option<u64>);

/// A call that was counted, for giving it back.
#[derive(Debug, Clone, Copy)]
#[must_use]
pub(crate) struct Charge {
    /// Under which instant each of its scopes has noted it.
    noted_at: [UnixMillis; 3],
    day: Day,
    quotas: CallQuotas,
}

/// One scope.
#[derive(Debug)]
struct Counter {
    window: Window,
    day: DayCount,
    /// Until when a process before this one may have spent all of the second; until it is looked at.
    spent_before: Option<UnixMillis>,
}

impl Counter {
    fn new(day: Day, spent_before: Option<UnixMillis>) -> Self {
        Self {
            window: Window::default(),
            day: DayCount::new(day),
            spent_before,
        }
    }

    /// In how many milliseconds a call would fit into the second, and whether it fits into the day.
    fn check(&mut self, now: UnixMillis, units: u64, quota: Quota) -> (i64, Fits) {
        let wait = match quota.per_second {
            Some(at_most) => {
                if let Some(before) = self.spent_before.take() {
                    self.window.spend(before, at_most, at_most);
                }
                self.window.wait(now, units, at_most)
            }
            None => {
                self.window.clear();
                0
            }
        };
        (wait, self.day.fits(units, quota.per_day))
    }

    /// Counts a call; under which instant, and whether the day's reserve is low.
    fn spend(&mut self, now: UnixMillis, units: u64, quota: Quota) -> (UnixMillis, bool) {
        let noted_at = match quota.per_second {
            Some(at_most) => self.window.spend(now, units, at_most),
            None => now,
        };
        (noted_at, self.day.spend(units))
    }

    fn refund(&mut self, noted_at: UnixMillis, day: Day, units: u64, quota: Quota) {
        if let Some(at_most) = quota.per_second {
            self.window.refund(noted_at, units, at_most);
        }
        self.day.refund(day, units, quota.per_day);
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
    methods: ByMethod,
}

/// The counters of methods. There are few, and their names are looked at with every call: going
/// through them costs less than hashing one.
#[derive(Debug, Default)]
struct ByMethod(Vec<(&'static str, Counter)>);

impl ByMethod {
    fn get(&mut self, method: &str) -> Option<&mut Counter> {
        let mut counters = self.0.iter_mut();
        let found = counters.find(|(name, _)| *name == method);
        found.map(|(_, counter)| counter)
    }

    /// The counter of a method, made if it is not there.
    fn of(
        &mut self,
        method: &'static str,
        day: Day,
        spent_before: Option<UnixMillis>,
    ) -> &mut Counter {
        let place = match self.0.iter().position(|(name, _)| *name == method) {
            Some(place) => place,
            None => {
                self.0.push((method, Counter::new(day, spent_before)));
                self.0.len() - 1
            }
        };
        &mut self.0[place].1
    }
}

/// Every scope that was ever called: known apps times known methods at the most.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    apps: HashMap<AppKey, OfApp>,
    methods: ByMethod,
    /// What the book was not yet told of days that are over.
    over: Vec<(Day, CallClaim)>,
    /// Until when a process before this one may have let calls through.
    let_through_before: Option<UnixMillis>,
    /// How often was gathered what is wanted.
    rounds: u64,
    /// The last of these rounds that is over. The next may have begun before anybody sees that.
    settled: u64,
}

/// The three scopes of a call, with what it takes of each.
type Scopes<'a> = [(&'a mut Counter, CallLimit, u64, Quota); 3];

impl Counters {
    /// Begins behind a process that may have let calls through until then. How many is not known, so
    /// that every quota of a second begins as spent at that instant.
    pub(crate) fn begin_behind(&mut self, let_through_before: Option<UnixMillis>) {
        self.let_through_before = let_through_before;
    }

    /// Decides about one call and counts it if it goes on: in every scope or in none.
    pub(crate) fn charge(
        &mut self,
        now: UnixMillis,
        app: &AppKey,
        method: &'static str,
        quotas: CallQuotas,
        wish: &mut Wish,
    ) -> Verdict {
        let day = Day::at(now);
        let is_new = wish.0.is_none_or(|behind| self.settled > behind);
        let rounds = self.rounds;
        let mut scopes = self.scopes(day, app, method, &quotas);
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
            if is_new {
                for (counter, _, units, quota) in &mut scopes {
                    if counter.day.fits(*units, quota.per_day) == Fits::AfterReserving {
                        counter.day.want(*units);
                    }
                }
                wish.0 = Some(rounds);
            }
            return Verdict::AfterReserving;
        }
        let mut left = Left::default();
        let mut low = false;
        let mut noted_at = [now; 3];
        for ((counter, _, units, quota), noted_at) in scopes.iter_mut().zip(&mut noted_at) {
            if !refused {
                let (at, is_low) = counter.spend(now, *units, *quota);
                *noted_at = at;
                low |= is_low;
            }
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
            noted_at,
            day,
            quotas,
        };
        Verdict::Through { charge, left, low }
    }

    /// Gives a call back that failed by no fault of its caller's.
    pub(crate) fn refund(&mut self, app: &AppKey, method: &'static str, charge: &Charge) {
        let Some(of_app) = self.apps.get_mut(app) else {
            return;
        };
        let (Some(of_method), Some(of_all)) =
            (of_app.methods.get(method), self.methods.get(method))
        else {
            return;
        };
        let scopes = scopes(&mut of_app.all, of_method, of_all, &charge.quotas);
        for ((counter, _, units, quota), noted_at) in scopes.into_iter().zip(charge.noted_at) {
            counter.refund(noted_at, charge.day, units, quota);
        }
    }

    /// The scopes of a call, made if they are not there, and turned to another day if it has come.
    fn scopes(
        &mut self,
        day: Day,
        app: &AppKey,
        method: &'static str,
        quotas: &CallQuotas,
    ) -> Scopes<'_> {
        let before = self.let_through_before;
        let of_app = self.apps.entry(app.clone()).or_insert_with(|| OfApp {
            all: Counter::new(day, before),
            methods: ByMethod::default(),
        });
        let mut scopes = scopes(
            &mut of_app.all,
            of_app.methods.of(method, day, before),
            self.methods.of(method, day, before),
            quotas,
        );
        let kinds = [Scope::App, Scope::AppMethod, Scope::Method];
        for ((counter, ..), scope) in scopes.iter_mut().zip(kinds) {
            if counter.day.day() != day {
                let mut ended = std::mem::replace(&mut counter.day, DayCount::new(day));
                let claim = ended.claim(scope.named(app, method), true);
                self.over.extend(claim.map(|claim| (ended.day(), claim)));
            }
        }
        scopes
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
            for (method, counter) in &of_app.methods.0 {
                visit(counter, &|| Scope::AppMethod.named(app, method));
            }
        }
        for (method, counter) in &self.methods.0 {
            visit(counter, &|| CallScope::Method((*method).to_owned()));
        }
        untold
    }

    /// What the book is to be told and asked, by day: of scopes that want something, or of all.
    pub(crate) fn claims(&mut self, all: bool, end: bool) -> Vec<(Day, Vec<CallClaim>)> {
        self.rounds += 1;
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
            for (method, counter) in &mut of_app.methods.0 {
                visit(counter, &|| Scope::AppMethod.named(app, method));
            }
        }
        for (method, counter) in &mut self.methods.0 {
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

    /// Ends the round that was gathered last: all that the book gave in it is there.
    pub(crate) fn settle(&mut self) {
        self.settled = self.rounds;
    }

    fn day_count(&mut self, scope: &CallScope) -> Option<&mut DayCount> {
        let counter = match scope {
            CallScope::App(app) => &mut self.apps.get_mut(app)?.all,
            CallScope::AppMethod(app, method) => {
                self.apps.get_mut(app)?.methods.get(method.as_str())?
            }
            CallScope::Method(method) => self.methods.get(method.as_str())?,
        };
        Some(&mut counter.day)
    }
}

/// The three scopes of a call, each with what the call takes of it.
fn scopes<'a>(
    of_app: &'a mut Counter,
    of_app_method: &'a mut Counter,
    of_method: &'a mut Counter,
    quotas: &CallQuotas,
) -> Scopes<'a> {
    [
        (of_app, CallLimit::App, quotas.weight, quotas.app),
        (of_app_method, CallLimit::AppApi, 1, quotas.app_method),
        (of_method, CallLimit::Api, 1, quotas.method),
    ]
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
