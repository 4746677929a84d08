//! Many callers at ten times their quota, on a virtual clock.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use parking_lot::Mutex;
use povline_domain::{AppKey, Day, UnixMillis};
use povline_protocol::CallLimit;
use povline_store::book::{CallClaim, CallGrant, CallRules, CallScope};

use super::counters::{Charge, Counters, Verdict, Wish};
use super::quota::{CallQuotas, LimitDefaults, Quota, Quotas};

const METHOD: &str = "alibaba.health.vaccin.appointment.query";

/// 2021-01-18 08:00:00 of Shanghai.
const BEGIN: i64 = 1_610_928_000_000;

fn app(key: &str) -> AppKey {
    AppKey::new(key).unwrap()
}

fn quotas(app: Quota) -> CallQuotas {
    CallQuotas {
        app,
        app_method: Quota::default(),
        method: Quota::default(),
        weight: 1,
    }
}

fn per_second(calls: u64) -> Quota {
    Quota {
        per_second: Some(calls),
        per_day: None,
    }
}

fn per_day(calls: u64) -> Quota {
    Quota {
        per_second: None,
        per_day: Some(calls),
    }
}

/// Counters with the book that they reserve from.
#[derive(Debug, Default)]
struct Limited {
    counters: Counters,
    book: BTreeMap<CallScope, u64>,
}

impl Limited {
    fn charge(&mut self, millis: i64, app: &AppKey, quotas: CallQuotas) -> Verdict {
        let mut wish = Wish::default();
        loop {
            let now = UnixMillis(millis);
            let verdict = self.counters.charge(now, app, METHOD, quotas, &mut wish);
            if !matches!(verdict, Verdict::AfterReserving) {
                return verdict;
            }
            self.round(false);
        }
    }

    fn round(&mut self, end: bool) {
        let gathered = self.counters.claims(false, end);
        self.finish(gathered);
    }

    /// The book's part of a round.
    fn finish(&mut self, gathered: Vec<(Day, Vec<CallClaim>)>) {
        for (day, claims) in gathered {
            for claim in claims {
                let reserved = self.book.entry(claim.scope.clone()).or_default();
                *reserved = reserved.saturating_add_signed(claim.unreserved);
                let room = claim.at_most.unwrap_or(0).saturating_sub(*reserved);
                let granted = claim.want.min(room);
                *reserved += granted;
                let reserved = *reserved;
                let grant = CallGrant { granted, reserved };
                self.counters.grant(day, &claim, grant);
            }
        }
        self.counters.settle();
    }
}

fn through(verdict: Verdict) -> Option<Charge> {
    match verdict {
        Verdict::Through { charge, .. } => Some(charge),
        _ => None,
    }
}

fn refused(verdict: Verdict) -> (CallLimit, u64) {
    match verdict {
        Verdict::Refused { limit, seconds, .. } => (limit, seconds),
        other => panic!("{other:?}"),
    }
}

/// Sixty-four threads ask at ten times the quota for a virtual minute; when each call that went
/// through was let through.
fn flood(quota: Quota, calls_per_second: i64, seconds: i64) -> Vec<i64> {
    let limited = Mutex::new(Limited::default());
    let asked = AtomicI64::new(0);
    let let_through = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..64 {
            scope.spawn(|| {
                loop {
                    let mut limited = limited.lock();
                    // As the platform does it, the time is read in the order of the calls.
                    let number = asked.fetch_add(1, Ordering::Relaxed);
                    if number >= calls_per_second * seconds {
                        return;
                    }
                    let millis = BEGIN + number * 1_000 / calls_per_second;
                    let verdict = limited.charge(millis, &app("12345678"), quotas(quota));
                    drop(limited);
                    if through(verdict).is_some() {
                        let_through.lock().push(millis);
                    }
                }
            });
        }
    });
    let_through.into_inner()
}

#[test]
fn at_ten_times_the_quota_of_a_second_its_calls_go_through_and_no_more() {
    let mut times = flood(per_second(200), 2_000, 60);
    let expected = 200 * 60;
    let accepted = times.len();
    assert!(accepted <= expected, "{accepted}");
    assert!(accepted * 100 >= expected * 99, "{accepted}");
    times.sort_unstable();
    for window in times.windows(201) {
        assert!(window[200] - window[0] >= 1_000, "{window:?}");
    }
}

#[test]
fn at_ten_times_the_quota_of_a_day_exactly_its_calls_go_through() {
    assert_eq!(flood(per_day(6_000), 1_000, 60).len(), 6_000);
}

#[test]
fn a_ban_is_true_to_the_second() {
    let mut limited = Limited::default();
    let key = app("12345678");
    let two = quotas(per_second(2));
    for millis in [0, 300] {
        assert!(through(limited.charge(BEGIN + millis, &key, two)).is_some());
    }
    assert_eq!(
        refused(limited.charge(BEGIN + 301, &key, two)),
        (CallLimit::App, 1)
    );
    assert_eq!(
        refused(limited.charge(BEGIN + 999, &key, two)),
        (CallLimit::App, 1)
    );
    assert!(through(limited.charge(BEGIN + 1_000, &key, two)).is_some());
    assert_eq!(
        refused(limited.charge(BEGIN + 1_001, &key, two)),
        (CallLimit::App, 1)
    );

    // 08:00 to midnight is 57,600 seconds; a millisecond later it is not less than that, rounded
    // up, and the last millisecond of the day is a second.
    let day = quotas(per_day(1));
    let other = app("87654321");
    assert!(through(limited.charge(BEGIN, &other, day)).is_some());
    for (millis, seconds) in [(0, 57_600), (1, 57_600), (1_000, 57_599), (57_599_999, 1)] {
        assert_eq!(
            refused(limited.charge(BEGIN + millis, &other, day)),
            (CallLimit::App, seconds)
        );
    }
    // The book of this test knows one day only: a new one is a new book.
    limited.book.clear();
    assert!(through(limited.charge(BEGIN + 57_600_000, &other, day)).is_some());
}

#[test]
fn each_scope_has_its_own_quota_and_the_longest_ban_is_told() {
    let none = Quota::default();
    for (limit, quotas) in [
        (
            CallLimit::App,
            CallQuotas {
                app: per_second(1),
                ..quotas(none)
            },
        ),
        (
            CallLimit::AppApi,
            CallQuotas {
                app_method: per_second(1),
                ..quotas(none)
            },
        ),
        (
            CallLimit::Api,
            CallQuotas {
                method: per_second(1),
                ..quotas(none)
            },
        ),
    ] {
        let mut limited = Limited::default();
        assert!(through(limited.charge(BEGIN, &app("1"), quotas)).is_some());
        assert_eq!(
            refused(limited.charge(BEGIN, &app("1"), quotas)),
            (limit, 1)
        );
        let other = limited.charge(BEGIN, &app("2"), quotas);
        assert_eq!(through(other).is_some(), limit != CallLimit::Api);
    }
    let mut limited = Limited::default();
    let both = CallQuotas {
        app: per_second(1),
        app_method: per_day(1),
        ..quotas(none)
    };
    assert!(through(limited.charge(BEGIN, &app("1"), both)).is_some());
    assert_eq!(
        refused(limited.charge(BEGIN, &app("1"), both)),
        (CallLimit::AppApi, 57_600)
    );
}

#[test]
fn the_second_after_another_process_has_nothing_left_in_any_scope() {
    let none = Quota::default();
    let of_app = quotas(per_second(2));
    let of_app_method = CallQuotas {
        app_method: per_second(2),
        ..quotas(none)
    };
    let of_method = CallQuotas {
        method: per_second(2),
        ..quotas(none)
    };
    // When the other ended, and from when on there is something; the last by a clock set back since.
    for (ended, free_at) in [(0, 1_000), (-400, 600), (-5_000, 0), (9_000_000, 1_000)] {
        for quotas in [of_app, of_app_method, of_method] {
            let mut limited = Limited::default();
            let before = Some(UnixMillis(BEGIN + ended));
            limited.counters.begin_behind(before);
            let first = (0..5_000).find(|millis| {
                through(limited.charge(BEGIN + millis, &app("1"), quotas)).is_some()
            });
            assert_eq!(first, Some(free_at), "{ended} {quotas:?}");
        }
    }
    // A day's quota is no matter of seconds.
    let mut limited = Limited::default();
    limited.counters.begin_behind(Some(UnixMillis(BEGIN)));
    let daily = limited.charge(BEGIN, &app("1"), quotas(per_day(1)));
    assert!(through(daily).is_some());
}

#[test]
fn a_refused_call_is_counted_nowhere() {
    let mut limited = Limited::default();
    let tight = CallQuotas {
        app: per_day(10),
        app_method: per_second(1),
        ..quotas(Quota::default())
    };
    let key = app("1");
    let mut accepted = 0;
    // One a second goes through, whatever is refused between.
    for millis in 0..10_000 {
        accepted += u32::from(through(limited.charge(BEGIN + millis, &key, tight)).is_some());
    }
    assert_eq!(accepted, 10);
    assert_eq!(
        refused(limited.charge(BEGIN + 11_000, &key, tight)).0,
        CallLimit::App
    );
}

#[test]
fn what_is_given_back_may_be_used_again() {
    let mut limited = Limited::default();
    let key = app("1");
    let one = quotas(Quota {
        per_second: Some(1),
        per_day: Some(1),
    });
    for _ in 0..5 {
        let charge = through(limited.charge(BEGIN, &key, one)).unwrap();
        limited.counters.refund(&key, METHOD, &charge);
    }
    assert!(through(limited.charge(BEGIN, &key, one)).is_some());
    assert!(through(limited.charge(BEGIN, &key, one)).is_none());
}

#[test]
fn a_heavy_method_takes_more_of_its_apps_calls() {
    let mut rules = CallRules::default();
    rules.weights.push((METHOD.to_owned(), 3));
    let defaults = LimitDefaults {
        app_per_second: Some(7),
        app_method_per_second: Some(7),
        ..LimitDefaults::default()
    };
    let quotas = Quotas::new(&rules, defaults).of(&app("1"), METHOD);
    let mut limited = Limited::default();
    for _ in 0..2 {
        assert!(through(limited.charge(BEGIN, &app("1"), quotas)).is_some());
    }
    assert_eq!(
        refused(limited.charge(BEGIN, &app("1"), quotas)).0,
        CallLimit::App
    );
}

#[test]
fn a_call_that_comes_while_the_book_is_asked_has_what_it_weighs_reserved_once() {
    let mut limited = Limited::default();
    let key = app("1");
    let heavy = CallQuotas {
        weight: 100,
        ..quotas(per_day(1_000))
    };
    let (mut first, mut second) = (Wish::default(), Wish::default());
    let look = |limited: &mut Limited, wish: &mut Wish| {
        let now = UnixMillis(BEGIN);
        let verdict = limited.counters.charge(now, &key, METHOD, heavy, wish);
        through(verdict).is_some()
    };
    assert!(!look(&mut limited, &mut first));
    let of_first = limited.counters.claims(false, false);
    assert!(!look(&mut limited, &mut second));
    limited.finish(of_first);
    // The next round begins before the calls that wait have seen that one is over.
    let of_second = limited.counters.claims(false, false);
    assert!(look(&mut limited, &mut first));
    assert!(!look(&mut limited, &mut second));
    limited.finish(of_second);
    assert!(look(&mut limited, &mut second));
    limited.round(false);
    // Beside it stands a block for the calls that come.
    let reserved = limited.book[&CallScope::App(key)];
    assert!((200..=210).contains(&reserved), "{reserved}");
}

#[test]
fn a_wish_that_another_call_took_is_made_again() {
    let mut limited = Limited::default();
    let key = app("1");
    let heavy = CallQuotas {
        weight: 100,
        ..quotas(per_day(1_000))
    };
    let mut wish = Wish::default();
    let now = UnixMillis(BEGIN);
    let waits = limited.counters.charge(now, &key, METHOD, heavy, &mut wish);
    assert!(matches!(waits, Verdict::AfterReserving));
    limited.round(false);
    assert!(through(limited.charge(BEGIN, &key, heavy)).is_some());
    for is_through in [false, true] {
        let verdict = limited.counters.charge(now, &key, METHOD, heavy, &mut wish);
        assert_eq!(through(verdict).is_some(), is_through);
        limited.round(false);
    }
}

#[test]
fn counts_stay_within_apps_times_methods() {
    let mut limited = Limited::default();
    let quota = quotas(Quota {
        per_second: Some(1_000),
        per_day: Some(1_000_000),
    });
    for round in 0..50_i64 {
        for number in 0..20 {
            let key = app(&format!("app{number}"));
            let millis = BEGIN + round * 86_400_000 / 10;
            let _ = limited.charge(millis, &key, quota);
        }
        limited.round(true);
    }
    // The app's, the app's of the method, and the method's.
    assert!(limited.book.len() <= 20 + 20 + 1);
    let total = AtomicU64::new(0);
    for claims in limited.counters.claims(true, true) {
        total.fetch_add(claims.1.len() as u64, Ordering::Relaxed);
    }
    assert!(total.into_inner() <= 41 * 2);
}
