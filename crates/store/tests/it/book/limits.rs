//! Under which conditions an app may call, and how often it has.

use povline_domain::{AppKey, Day, UnixMillis};
use povline_store::StoreErrorKind;
use povline_store::book::{
    AddressRange, Book, BookChange, BookKind, CallClaim, CallCount, CallGrant, CallLimits,
    CallScope, LimitSetting, Limits, NewApp, SecretText, SessionDigest,
};

use super::Engine;
use super::support::{actor, changes, day, kind};

const METHOD: &str = "alibaba.health.vaccin.appointment.query";

async fn app<B: Book>(book: &B, key: &str) -> AppKey {
    let isv = book.ensure_isv(&actor(), "鹿苗").await.unwrap();
    let key = AppKey::new(key).unwrap();
    let app = NewApp {
        key: key.clone(),
        isv,
        name: "排队系统".to_owned(),
        secret: SecretText("first".to_owned()),
    };
    book.create_app(&actor(), app).await.unwrap();
    key
}

fn limits(per_second: LimitSetting, per_day: LimitSetting) -> CallLimits {
    CallLimits {
        per_second,
        per_day,
    }
}

pub async fn limits_are_kept_and_taken_back<E: Engine>() {
    let engine = E::new();
    let book = engine.open();
    let key = app(&book, "12345678").await;
    assert_eq!(book.call_rules().await.unwrap(), Default::default());
    let some = [
        (
            CallScope::Method(METHOD.to_owned()),
            limits(LimitSetting::AtMost(100), LimitSetting::Default),
        ),
        (
            CallScope::App(key.clone()),
            limits(LimitSetting::AtMost(20), LimitSetting::Unlimited),
        ),
        (
            CallScope::AppMethod(key.clone(), METHOD.to_owned()),
            limits(LimitSetting::Default, LimitSetting::AtMost(5_000)),
        ),
    ];
    let before = book.change_cursor().await.unwrap();
    for (scope, limits) in &some {
        book.set_call_limits(&actor(), scope, *limits)
            .await
            .unwrap();
    }
    assert_eq!(changes(&book, before).await, [BookChange::Access]);
    book.set_method_weight(&actor(), METHOD, 5).await.unwrap();
    let rules = engine.open().call_rules().await.unwrap();
    assert_eq!(rules.limits, some);
    assert_eq!(rules.weights, [(METHOD.to_owned(), 5)]);

    for (scope, _) in &some {
        book.set_call_limits(&actor(), scope, CallLimits::default())
            .await
            .unwrap();
    }
    book.set_method_weight(&actor(), METHOD, 1).await.unwrap();
    assert_eq!(book.call_rules().await.unwrap(), Default::default());
}

pub async fn conditions_that_cannot_be_are_refused<E: Engine>() {
    let engine = E::new();
    let book = engine.open();
    let key = app(&book, "12345678").await;
    let nobody = AppKey::new("99999999").unwrap();
    let none = limits(LimitSetting::AtMost(0), LimitSetting::Default);
    let one = limits(LimitSetting::AtMost(1), LimitSetting::Default);
    let digest = SessionDigest::of("session");
    let later = UnixMillis(i64::MAX);
    let range: AddressRange = "10.0.0.0/8".parse().unwrap();
    let refused = [
        kind(
            book.set_call_limits(&actor(), &CallScope::App(key.clone()), none)
                .await,
        ),
        kind(
            book.set_call_limits(&actor(), &CallScope::App(nobody.clone()), one)
                .await,
        ),
        kind(book.set_method_weight(&actor(), METHOD, 0).await),
        kind(book.set_allowed(&actor(), &nobody, &[range]).await),
        kind(book.set_allowed(&actor(), &key, &[range; 65]).await),
        kind(
            book.add_session(&actor(), &nobody, digest.clone(), later)
                .await,
        ),
        kind(book.add_session(&actor(), &key, digest, actor().at).await),
        kind(book.revoke_sessions(&actor(), &nobody, "").await),
    ];
    assert_eq!(refused, [StoreErrorKind::Refused; 8]);
    assert_eq!(book.call_rules().await.unwrap(), Default::default());
}

pub async fn addresses_are_set_as_a_whole<E: Engine>() {
    let engine = E::new();
    let book = engine.open();
    let key = app(&book, "12345678").await;
    let range = |text: &str| text.parse::<AddressRange>().unwrap();
    let two = [range("10.0.0.0/8"), range("2001:db8::/32")];
    book.set_allowed(&actor(), &key, &two).await.unwrap();
    let expected: Vec<_> = two.iter().map(|range| (key.clone(), *range)).collect();
    assert_eq!(book.call_rules().await.unwrap().allowed, expected);
    book.set_allowed(&actor(), &key, &[range("10.1.2.3")])
        .await
        .unwrap();
    let allowed = book.call_rules().await.unwrap().allowed;
    assert_eq!(allowed, [(key.clone(), range("10.1.2.3"))]);
    book.set_allowed(&actor(), &key, &[]).await.unwrap();
    assert!(book.call_rules().await.unwrap().allowed.is_empty());
}

pub async fn sessions_are_kept_as_digests_and_forgotten_when_over<E: Engine>() {
    let engine = E::new();
    let book = engine.open();
    let (key, other) = (app(&book, "12345678").await, app(&book, "87654321").await);
    let at = |minutes: i64| actor().at.plus_millis(minutes * 60_000);
    let [one, two] = ["one", "two"].map(SessionDigest::of);
    for (app, digest, ends) in [(&key, &one, 1), (&key, &two, 10)] {
        book.add_session(&actor(), app, digest.clone(), at(ends))
            .await
            .unwrap();
    }
    let rules = book.call_rules().await.unwrap();
    assert_eq!(rules.sessions.len(), 2);
    assert!(!format!("{rules:?}").contains("one"));
    assert_eq!(
        kind(book.add_session(&actor(), &other, two.clone(), at(9)).await),
        StoreErrorKind::Refused
    );
    let mut later = actor();
    later.at = at(5);
    let three = SessionDigest::of("three");
    book.add_session(&later, &key, three.clone(), at(20))
        .await
        .unwrap();
    let digests = async || {
        let sessions = book.call_rules().await.unwrap().sessions;
        let digests = sessions.into_iter().map(|session| session.digest);
        digests.collect::<Vec<_>>()
    };
    assert_eq!(digests().await, [two.clone(), three.clone()]);
    let revoke = async |app, begin| book.revoke_sessions(&actor(), app, begin).await.unwrap();
    assert_eq!(revoke(&other, "").await, 0);
    assert_eq!(revoke(&key, two.short()).await, 1);
    assert_eq!(digests().await, [three]);
    assert_eq!(revoke(&key, "").await, 1);
    assert!(digests().await.is_empty());
}

fn claim(scope: &CallScope, want: u64, used: i64) -> CallClaim {
    CallClaim {
        scope: scope.clone(),
        want,
        at_most: Some(100),
        used,
        unreserved: 0,
    }
}

async fn claims<B: Limits>(book: &B, day: Day, claims: Vec<CallClaim>) -> Vec<(u64, u64)> {
    let grants = book.claim_calls(day, claims).await.unwrap();
    let pair = |grant: CallGrant| (grant.granted, grant.reserved);
    grants.into_iter().map(pair).collect()
}

pub async fn reserved_calls_never_pass_the_limit<E: Engine>() {
    let engine = E::new();
    let book = engine.open();
    let scope = CallScope::App(app(&book, "12345678").await);
    let other = CallScope::Method(METHOD.to_owned());
    let first = vec![claim(&scope, 60, 0), claim(&other, 30, 0)];
    assert_eq!(claims(&book, day(1), first).await, [(60, 60), (30, 30)]);
    // Whoever opens it next, after a kill too, finds what was reserved.
    drop(book);
    let (book, second) = (engine.open(), engine.open());
    let rest = vec![claim(&scope, 60, 50)];
    assert_eq!(claims(&book, day(1), rest).await, [(40, 100)]);
    let none = vec![claim(&scope, 1, 0), claim(&scope, 0, 20)];
    assert_eq!(claims(&second, day(1), none).await, [(0, 100), (0, 100)]);
    let counts = book.call_counts(day(1)).await.unwrap();
    let expected = |scope: &CallScope, used, reserved| CallCount {
        scope: scope.clone(),
        used,
        reserved,
    };
    assert_eq!(counts, [expected(&other, 0, 30), expected(&scope, 70, 100)]);
    // What is given back may be reserved again, but what was used stays.
    let back = CallClaim {
        unreserved: -50,
        ..claim(&scope, 0, 0)
    };
    assert_eq!(claims(&book, day(1), vec![back]).await, [(0, 70)]);
    assert_eq!(
        claims(&book, day(1), vec![claim(&scope, 99, 0)]).await,
        [(30, 100)]
    );
    // Another day is another count.
    assert_eq!(
        claims(&book, day(2), vec![claim(&scope, 99, 0)]).await,
        [(99, 99)]
    );
}

pub async fn calls_without_a_limit_are_counted_all_the_same<E: Engine>() {
    let engine = E::new();
    let book = engine.open();
    let scope = CallScope::App(app(&book, "12345678").await);
    let told = CallClaim {
        scope: scope.clone(),
        want: 0,
        at_most: None,
        used: 7,
        unreserved: 7,
    };
    assert_eq!(
        claims(&book, day(1), vec![told.clone(), told]).await,
        [(0, 7), (0, 14)]
    );
    // A limit that comes later counts what was used before it.
    assert_eq!(
        claims(&book, day(1), vec![claim(&scope, 99, 0)]).await,
        [(86, 100)]
    );
}

pub async fn old_counts_are_forgotten<E: Engine>() {
    let engine = E::new();
    let book = engine.open();
    let scope = CallScope::App(app(&book, "12345678").await);
    claims(&book, day(1), vec![claim(&scope, 1, 1)]).await;
    let kept = day(1).plus_days(E::Book::COUNT_DAYS).unwrap();
    claims(&book, kept, vec![claim(&scope, 1, 1)]).await;
    assert_eq!(book.call_counts(day(1)).await.unwrap().len(), 1);
    claims(&book, kept.plus_days(1).unwrap(), Vec::new()).await;
    assert!(book.call_counts(day(1)).await.unwrap().is_empty());
    assert_eq!(book.call_counts(kept).await.unwrap().len(), 1);
}

pub async fn until_when_calls_were_let_through_is_known<E: Engine>() {
    let at = |seconds: i64| actor().at.plus_millis(seconds * 1_000);
    let engine = E::new();
    let book = engine.open();
    assert_eq!(book.calls_begin(at(0)).await.unwrap(), None);
    // It was killed: it may have let calls through until just now.
    drop(book);
    let book = engine.open();
    assert_eq!(book.calls_begin(at(9)).await.unwrap(), Some(at(9)));
    book.calls_end(at(20)).await.unwrap();
    drop(book);
    let book = engine.open();
    assert_eq!(book.calls_begin(at(30)).await.unwrap(), Some(at(20)));
    book.calls_end(at(40)).await.unwrap();
    // A clock that was set back meanwhile.
    assert_eq!(book.calls_begin(at(35)).await.unwrap(), Some(at(35)));
}

pub async fn what_calls_are_admitted_by_is_read_at_once<E: Engine>() {
    let engine = E::new();
    let book = engine.open();
    let key = app(&book, "12345678").await;
    let two = limits(LimitSetting::AtMost(2), LimitSetting::Default);
    let scope = CallScope::App(key);
    book.set_call_limits(&actor(), &scope, two).await.unwrap();
    let (access, rules) = book.admission().await.unwrap();
    assert_eq!(access.povs, book.access().await.unwrap().povs);
    assert_eq!(rules, book.call_rules().await.unwrap());
    assert_eq!((access.apps.len(), rules.limits.len()), (1, 1));
}

pub async fn two_processes_share_one_quota<E: Engine>() {
    let engine = E::new();
    let books = [engine.open(), engine.open()];
    let scope = CallScope::App(app(&books[0], "12345678").await);
    let racers: Vec<_> = books
        .iter()
        .cloned()
        .map(|book| {
            let scope = scope.clone();
            tokio::spawn(async move {
                let mut granted = 0;
                for _ in 0..40 {
                    granted += claims(&book, day(1), vec![claim(&scope, 3, 0)]).await[0].0;
                }
                granted
            })
        })
        .collect();
    let mut granted = 0;
    for racer in racers {
        granted += racer.await.unwrap();
    }
    assert_eq!(granted, 100);
}

pub async fn keys_of_a_sandbox_and_of_production_do_not_mix<E: Engine>() {
    let production = E::new();
    let sandbox = E::new();
    let (real, tried) = (production.open(), sandbox.open_sandbox());
    assert_eq!(real.kind().await.unwrap(), BookKind::Production);
    assert_eq!(tried.kind().await.unwrap(), BookKind::Sandbox);
    for (book, good, bad) in [
        (&real, "12345678", "1023456789"),
        (&tried, "1023456789", "12345678"),
    ] {
        app(book, good).await;
        let isv = book.ensure_isv(&actor(), "鹿苗").await.unwrap();
        let other = NewApp {
            key: AppKey::new(bad).unwrap(),
            isv,
            name: "排队系统".to_owned(),
            secret: SecretText("first".to_owned()),
        };
        let refused = book.create_app(&actor(), other).await;
        assert_eq!(kind(refused), StoreErrorKind::Refused);
    }
    // Opened again, each is what it was.
    assert_eq!(
        sandbox.open_sandbox().kind().await.unwrap(),
        BookKind::Sandbox
    );
}

pub async fn calls_are_reserved_while_an_import_holds_the_book<E: Engine>() {
    let engine = E::new();
    let (importing, serving) = (engine.open(), engine.open());
    let scope = CallScope::App(app(&importing, "12345678").await);
    let isv = importing.ensure_isv(&actor(), "鹿苗").await.unwrap();
    let (release, held) = std::sync::mpsc::channel::<()>();
    let (begun, began) = tokio::sync::oneshot::channel();
    let mut begun = Some(begun);
    // A file without an end, until it is let go.
    let lines = std::iter::from_fn(move || {
        if let Some(begun) = begun.take() {
            begun.send(()).unwrap();
        }
        held.recv().ok().map(|()| unreachable!("only ever dropped"))
    });
    let import = tokio::spawn(async move {
        importing
            .import(&actor(), isv, lines, super::support::KEEP_GOOD, |_| {})
            .await
    });
    began.await.unwrap();
    assert_eq!(
        claims(&serving, day(1), vec![claim(&scope, 5, 0)]).await,
        [(5, 5)]
    );
    assert!(!import.is_finished());
    drop(release);
    import.await.unwrap().unwrap();
}
