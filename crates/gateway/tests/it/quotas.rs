//! Quotas at the door: what callers are told, what is counted, and what survives a restart.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use povline_domain::{AppKey, Day, UnixMillis};
use povline_gateway::{GatewayConfig, LimitDefaults};
use povline_store::book::{CallLimits, CallScope, LimitSetting, Limits, SqliteBook};
use tokio::sync::Semaphore;

use crate::call::{APP_KEY, Call, SECRET};
use crate::follow::until;
use crate::memory_book::MemoryBook;
use crate::platform::{DAY, Platform, TestClock, appointments, day, fill};
use crate::register::actor;
use crate::wire::Answer;

const METHOD: &str = "alibaba.health.vaccin.appointment.query";

async fn serve(calls: LimitDefaults) -> Platform<MemoryBook> {
    let book = Arc::new(MemoryBook::new());
    fill(&book, appointments(3));
    let config = GatewayConfig {
        calls,
        ..GatewayConfig::default()
    };
    Platform::serve(book, config).await
}

fn good() -> Call {
    Call::page("00001", DAY, 1, 200)
}

async fn call<B: povline_gateway::PlatformBook>(platform: &Platform<B>) -> Answer {
    platform.post(&good().signed(SECRET)).await
}

/// The sub code and the sub message, if it is code 7.
fn limited(answer: &Answer) -> Option<(String, String)> {
    let json = answer.json();
    let error = &json["error_response"];
    let text = |name: &str| error[name].as_str().unwrap().to_owned();
    (error["code"] == 7).then(|| (text("sub_code"), text("sub_msg")))
}

fn headers(answer: &Answer) -> [Option<&str>; 5] {
    [
        "x-ratelimit-limit-second",
        "x-ratelimit-remaining-second",
        "x-ratelimit-limit-day",
        "x-ratelimit-remaining-day",
        "retry-after",
    ]
    .map(|name| answer.header(name))
}

fn per_day(calls: u64) -> LimitDefaults {
    LimitDefaults {
        app_per_day: Some(calls),
        ..LimitDefaults::default()
    }
}

#[tokio::test]
async fn the_call_beyond_the_quota_of_a_second_is_told_so_in_the_platforms_words() {
    let platform = serve(LimitDefaults {
        app_method_per_second: Some(2),
        ..LimitDefaults::default()
    })
    .await;
    for left in ["1", "0"] {
        let answer = call(&platform).await;
        assert!(answer.text().contains("P00001"));
        assert_eq!(headers(&answer), [Some("2"), Some(left), None, None, None]);
    }
    let answer = call(&platform).await;
    assert_eq!(answer.status, 200);
    assert_eq!(
        answer.masked(),
        r#"{"error_response":{"code":7,"msg":"App Call Limited","sub_code":"accesscontrol.limited-by-app-api-access-count","sub_msg":"This ban will last for 1 more seconds","request_id":"ID"}}"#
    );
    assert_eq!(
        headers(&answer),
        [Some("2"), Some("0"), None, None, Some("1")]
    );
    // XML says the same.
    let xml = platform
        .post(&good().with("format", "xml").signed(SECRET))
        .await;
    assert!(
        xml.text().contains("<code>7</code><msg>App Call Limited</msg><sub_code>accesscontrol.limited-by-app-api-access-count</sub_code><sub_msg>This ban will last for 1 more seconds</sub_msg>"),
        "{}",
        xml.text()
    );
    // A caller that waits as long as it was told is let through.
    platform.clock.advance(1_000);
    assert_eq!(limited(&call(&platform).await), None);
}

#[tokio::test]
async fn a_days_ban_lasts_until_midnight_of_shanghai() {
    let platform = serve(per_day(3)).await;
    for left in ["2", "1", "0"] {
        assert_eq!(headers(&call(&platform).await)[3], Some(left));
    }
    let (sub_code, sub_msg) = limited(&call(&platform).await).unwrap();
    assert_eq!(sub_code, "accesscontrol.limited-by-app-access-count");
    assert_eq!(sub_msg, "This ban will last for 57600 more seconds");
    platform.clock.advance(57_600_000 - 1);
    let late = platform.post(&fresh(&platform)).await;
    let (_, sub_msg) = limited(&late).unwrap();
    assert_eq!(sub_msg, "This ban will last for 1 more seconds");
    platform.clock.advance(1);
    assert_eq!(limited(&platform.post(&fresh(&platform)).await), None);
}

/// A call whose timestamp is the platform's present.
fn fresh(platform: &Platform<MemoryBook>) -> Call {
    let now = povline_domain::Clock::now(&*platform.clock).to_string();
    good().with("timestamp", &now[..19]).signed(SECRET)
}

#[tokio::test]
async fn everybodys_calls_of_a_method_have_a_quota_too() {
    let platform = serve(LimitDefaults::default()).await;
    platform.book.add_app("87654321", 1, &[SECRET], &["*"]);
    let limits = CallLimits {
        per_second: LimitSetting::AtMost(2),
        per_day: LimitSetting::Default,
    };
    platform
        .book
        .limit(CallScope::Method(METHOD.to_owned()), limits);
    let other = || good().with("app_key", "87654321").signed(SECRET);
    until(|| async {
        platform.clock.advance(1_000);
        platform
            .post(&other())
            .await
            .header("x-ratelimit-limit-second")
            == Some("2")
    })
    .await;
    assert_eq!(limited(&call(&platform).await), None);
    for refused in [call(&platform).await, platform.post(&other()).await] {
        let (sub_code, _) = limited(&refused).unwrap();
        assert_eq!(sub_code, "accesscontrol.limited-by-api-access-count");
    }
}

#[tokio::test]
async fn nothing_is_counted_that_was_not_signed_or_not_known() {
    let platform = serve(per_day(2)).await;
    for _ in 0..5 {
        let forged = good().signed("another secret");
        assert!(platform.post(&forged).await.text().contains("\"code\":25"));
        let stale = good().with("timestamp", "2020-01-01 00:00:00");
        let stale = platform.post(&stale.signed(SECRET)).await;
        assert!(stale.text().contains("\"code\":31"));
    }
    // What the caller itself has done wrong behind its signature counts.
    let unknown = Call::page("no such pov", DAY, 1, 200).signed(SECRET);
    let answer = platform.post(&unknown).await;
    assert!(answer.text().contains("isv.pov-not-exist"));
    assert_eq!(headers(&answer)[3], Some("1"));
    assert_eq!(headers(&call(&platform).await)[3], Some("0"));
    assert!(limited(&call(&platform).await).is_some());
}

#[tokio::test]
async fn a_call_that_fails_by_the_platforms_fault_is_given_back() {
    let platform = serve(LimitDefaults {
        app_per_second: Some(3),
        ..per_day(1_000)
    })
    .await;
    assert_eq!(headers(&call(&platform).await)[3], Some("999"));
    // From here on no day can be read; the quota's block has been reserved.
    platform.book.edit(1, day(), |rows| rows.clear());
    platform.gateway.invalidate(povline_domain::PovId(1), day());
    platform.book.broken.store(true, Ordering::Relaxed);
    for _ in 0..5 {
        let answer = call(&platform).await;
        assert!(answer.text().contains("FAIL_BIZ_500"), "{}", answer.text());
    }
    platform.book.broken.store(false, Ordering::Relaxed);
    until(|| async { !call(&platform).await.text().contains("FAIL_BIZ_500") }).await;
    let last = call(&platform).await;
    assert_eq!(
        (headers(&last)[1], headers(&last)[3]),
        (Some("0"), Some("997"))
    );
    assert!(limited(&call(&platform).await).is_some());
}

#[tokio::test]
async fn sixty_four_at_once_get_exactly_the_quota() {
    let platform = Arc::new(serve(per_day(50)).await);
    let callers: Vec<_> = (0..64)
        .map(|_| {
            let platform = Arc::clone(&platform);
            tokio::spawn(async move {
                let mut through = 0;
                for _ in 0..5 {
                    through += usize::from(limited(&call(&platform).await).is_none());
                }
                through
            })
        })
        .collect();
    let mut through = 0;
    for caller in callers {
        through += caller.await.unwrap();
    }
    assert_eq!(through, 50);
}

/// Calls until the quota is used up; how many were let through.
async fn use_up(platform: &Platform<SqliteBook>, at_most: usize) -> usize {
    let mut through = 0;
    while through < at_most && limited(&call(platform).await).is_none() {
        through += 1;
    }
    through
}

#[tokio::test]
async fn a_restart_and_a_kill_never_give_more_than_the_quota() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("book.db");
    let (book, _) = crate::sqlite::book(&path).await;
    let scope = CallScope::App(AppKey::new(APP_KEY).unwrap());
    let limits = CallLimits {
        per_second: LimitSetting::Default,
        per_day: LimitSetting::AtMost(400),
    };
    book.set_call_limits(&actor(), &scope, limits)
        .await
        .unwrap();
    let today = Day::at(UnixMillis(TestClock::BEGIN));

    // Stopped in order: nothing is lost.
    let platform = Platform::serve(Arc::clone(&book), GatewayConfig::default()).await;
    assert_eq!(use_up(&platform, 101).await, 101);
    assert_eq!(platform.stop().await.cut_off, 0);
    let counts = book.call_counts(today).await.unwrap();
    let count = counts.iter().find(|count| count.scope == scope).unwrap();
    assert_eq!((count.used, count.reserved), (101, 101));
    drop(book);

    // Killed: nothing is told to the book any more.
    let book = Arc::new(SqliteBook::open(&path).unwrap());
    let platform = Platform::serve(book, GatewayConfig::default()).await;
    assert_eq!(use_up(&platform, 101).await, 101);
    platform.kill();

    let book = Arc::new(SqliteBook::open(&path).unwrap());
    let platform = Platform::serve(Arc::clone(&book), GatewayConfig::default()).await;
    let rest = use_up(&platform, 400).await;
    assert!(202 + rest <= 400, "{rest} after 202");
    // No more than a hundredth of the day is lost.
    assert!(202 + rest >= 396, "{rest} after 202");
}

#[tokio::test]
async fn a_call_that_waits_has_what_it_weighs_reserved_once() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("book.db");
    let (book, _) = crate::sqlite::book(&path).await;
    // Much more than a block.
    book.set_method_weight(&actor(), METHOD, 100).await.unwrap();
    let config = GatewayConfig {
        calls: per_day(1_000),
        ..GatewayConfig::default()
    };
    let platform = Platform::serve(book, config).await;
    let answer = call(&platform).await;
    assert_eq!(answer.header("x-ratelimit-remaining-day"), Some("900"));
    let counts = platform.gateway.calls_today().await.unwrap();
    let scope = CallScope::App(AppKey::new(APP_KEY).unwrap());
    let count = counts.iter().find(|count| count.scope == scope).unwrap();
    // A block may have been reserved for the next call.
    assert!((100..=105).contains(&count.reserved), "{count:?}");
}

#[tokio::test]
async fn calls_that_wait_together_have_what_they_weigh_reserved_once() {
    const CALLS: usize = 16;
    let mut book = MemoryBook::new();
    book.claim_gate = Some(Semaphore::new(0));
    fill(&book, appointments(3));
    book.weigh(METHOD, 100);
    let book = Arc::new(book);
    let config = GatewayConfig {
        calls: per_day(4_000),
        ..GatewayConfig::default()
    };
    let platform = Arc::new(Platform::serve(Arc::clone(&book), config).await);
    let caller = || {
        let platform = Arc::clone(&platform);
        tokio::spawn(async move { call(&platform).await })
    };
    let mut callers = vec![caller()];
    book.at_claim_gate.notified().await;
    // The book is being asked for the first of them. The others come meanwhile, and look whether they
    // may go on while it is asked for them.
    callers.extend((1..CALLS).map(|_| caller()));
    until(|| async { platform.gateway.levels().calls == CALLS }).await;
    let gate = book.claim_gate.as_ref().unwrap();
    gate.add_permits(1);
    until(|| async { platform.gateway.levels().calls < CALLS }).await;
    gate.add_permits(1_000);
    for caller in callers {
        let answer = caller.await.unwrap();
        assert!(answer.text().contains("P00001"), "{}", answer.text());
    }
    let counts = platform.gateway.calls_today().await.unwrap();
    let scope = CallScope::App(AppKey::new(APP_KEY).unwrap());
    let count = counts.iter().find(|count| count.scope == scope).unwrap();
    // Another may have gone on with what was reserved for the first, which then asked anew; and a few
    // blocks of 20 stand there for the calls that come.
    let weight = CALLS as u64 * 100;
    assert!(
        (weight..weight + 200).contains(&count.reserved),
        "{count:?}"
    );
}

#[tokio::test]
async fn no_second_gives_its_quota_again_after_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("book.db");
    let (book, _) = crate::sqlite::book(&path).await;
    let config = || GatewayConfig {
        calls: LimitDefaults {
            app_per_second: Some(2),
            ..LimitDefaults::default()
        },
        ..GatewayConfig::default()
    };
    // A new book: nobody was here before.
    let platform = Platform::serve(book, config()).await;
    assert_eq!(use_up(&platform, 5).await, 2);
    platform.kill();
    for is_killed in [false, true] {
        // Every clock begins at the same instant: this is the second in which the last one ended.
        let book = Arc::new(SqliteBook::open(&path).unwrap());
        let platform = Platform::serve(book, config()).await;
        let answer = call(&platform).await;
        let (_, sub_msg) = limited(&answer).unwrap();
        assert_eq!(sub_msg, "This ban will last for 1 more seconds");
        assert_eq!(headers(&answer)[1], Some("0"));
        platform.clock.advance(999);
        assert!(limited(&call(&platform).await).is_some());
        platform.clock.advance(1);
        assert_eq!(use_up(&platform, 5).await, 2);
        if is_killed {
            platform.kill();
        } else {
            let _ = platform.stop().await;
        }
    }
}
