//! Who read what is audited, and every call is logged, without a name or a secret.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use povline_domain::PovId;
use povline_gateway::GatewayConfig;
use povline_store::audit::{ReadResult, Reading};
use povline_store::journal::{CallFilter, JournalLimits, LogCursor, SqliteJournal, search_on};
use tokio::net::TcpStream;

use crate::call::{APP_KEY, Call, NOW, SECRET};
use crate::follow::until;
use crate::memory_book::MemoryBook;
use crate::platform::{DAY, Platform, TestClock, appointments, day, fill};

/// A platform that logs into a directory.
async fn logging(directory: &std::path::Path) -> Platform<MemoryBook> {
    let book = MemoryBook::new();
    fill(&book, appointments(3));
    let journal = SqliteJournal::open(directory, JournalLimits::default()).unwrap();
    let config = GatewayConfig {
        journal: Some(Arc::new(journal)),
        ..GatewayConfig::default()
    };
    Platform::serve(Arc::new(book), config).await
}

/// A call of every kind: answered, refused for each reason, and failed.
async fn call_in_every_way(platform: &Platform<MemoryBook>) {
    let page = || Call::page("00001", DAY, 1, 200);
    let session = "session-of-somebody";
    platform
        .post(&page().with("session", session).signed(SECRET))
        .await;
    platform
        .post(&page().with("format", "xml").signed(SECRET))
        .await;
    platform
        .post(&page().with("session", session).signed("wrong"))
        .await;
    platform
        .post(&page().with("app_key", "99999999").signed(SECRET))
        .await;
    platform
        .post(&page().with("method", "no.such.method").signed(SECRET))
        .await;
    platform.post(&page().without("sign")).await;
    // A mapping gone wrong may put anything where a POV's code should stand.
    platform
        .post(&Call::page("张三丰", DAY, 1, 200).signed(SECRET))
        .await;
    platform.post(&Call::query("{}").signed(SECRET)).await;
    platform
        .send(b"GET /router/rest?a=1&a=2 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        .await;
    platform.book.broken.store(true, Ordering::Relaxed);
    platform
        .post(&Call::page("00001", "2021-02-01", 1, 200).signed(SECRET))
        .await;
    platform.book.broken.store(false, Ordering::Relaxed);
}

#[tokio::test]
async fn every_read_is_audited_with_its_result_and_no_refusal_is_one() {
    let directory = tempfile::tempdir().unwrap();
    let platform = logging(directory.path()).await;
    call_in_every_way(&platform).await;
    let book = Arc::clone(&platform.book);
    let _ = platform.stop().await;
    let readings = book.readings();
    let told = |reading: &Reading| {
        assert_eq!(reading.app.as_str(), APP_KEY);
        assert_eq!(reading.first_at.0, TestClock::BEGIN);
        (reading.pov, reading.day, reading.result)
    };
    let answered = readings
        .iter()
        .filter(|reading| reading.result == ReadResult::Answered);
    let calls: u64 = answered.clone().map(|reading| reading.calls).sum();
    assert_eq!(calls, 2, "{readings:?}");
    for reading in answered {
        assert_eq!(told(reading), (PovId(1), Some(day()), ReadResult::Answered));
    }
    let failed: Vec<_> = readings
        .iter()
        .filter(|reading| reading.result == ReadResult::Failed)
        .collect();
    assert_eq!(failed.len(), 1, "{readings:?}");
    assert_eq!(told(failed[0]).1, Some("2021-02-01".parse().unwrap()));
}

#[tokio::test]
async fn reads_that_could_not_be_written_are_written_later() {
    let platform = Platform::with_rows(appointments(3)).await;
    let call = Call::page("00001", DAY, 1, 200).signed(SECRET);
    platform.post(&call).await;
    platform.book.broken.store(true, Ordering::Relaxed);
    let metric = |text: &str, name: &str| -> u64 {
        let line = text.lines().find(|line| line.starts_with(name)).unwrap();
        line.rsplit(' ').next().unwrap().parse().unwrap()
    };
    let (platform, metric) = (&platform, &metric);
    until(|| async move {
        let metrics = platform.admin("/metrics").await;
        // Either it was written before the book broke, or it waits.
        metric(metrics.text(), "povline_audit_failures_total") > 0
            || !platform.book.readings().is_empty()
    })
    .await;
    platform.book.broken.store(false, Ordering::Relaxed);
    until(|| async move { platform.book.readings().len() == 1 }).await;
    let metrics = platform.admin("/metrics").await;
    assert_eq!(metric(metrics.text(), "povline_audit_waiting"), 0);
}

#[tokio::test]
async fn every_call_is_logged_and_found() {
    let directory = tempfile::tempdir().unwrap();
    let platform = logging(directory.path()).await;
    call_in_every_way(&platform).await;
    let platform = &platform;
    let lines = |query: &'static str| async move {
        let answer = platform.admin(query).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        let lines: Vec<serde_json::Value> = answer
            .text()
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        lines
    };
    let lines = &lines;
    until(|| async move { lines("/log").await.len() == 10 }).await;
    let codes: Vec<Option<i64>> = lines("/log")
        .await
        .iter()
        .map(|line| line["code"].as_i64())
        .collect();
    let expected = [
        None,
        None,
        Some(25),
        Some(29),
        Some(22),
        Some(24),
        Some(50),
        Some(50),
        Some(41),
        None,
    ];
    assert_eq!(codes, expected);

    let wrong = lines("/log?code=25").await;
    assert_eq!(wrong.len(), 1);
    assert_eq!(wrong[0]["app_key"], APP_KEY);
    assert_eq!(wrong[0]["address"], "127.0.0.1");
    assert_eq!(wrong[0]["outcome"], "refused");
    assert_eq!(wrong[0]["at"], format!("{NOW}.000"));
    let answered = lines("/log?code=0&app_key=12345678&day=2021-01-18&out_pov_id=00001").await;
    assert_eq!(answered.len(), 2);
    assert!(answered[0]["bytes"].as_u64().unwrap() > 500);
    let id = answered[1]["request_id"].as_str().unwrap();
    let by_id = platform.admin(&format!("/log?request_id={id}")).await;
    assert_eq!(by_id.text().lines().count(), 1);
    let failed = lines("/log?sub_code=FAIL_BIZ_500").await;
    assert_eq!(failed[0]["outcome"], "failed");
    assert!(lines("/log?since=2021-01-18+08:00:01").await.is_empty());
    let cursor = platform.admin("/log?limit=1").await;
    let cursor = cursor.header("povline-cursor").unwrap().to_owned();
    let later = platform
        .admin(&format!("/log?after={cursor}&code=29"))
        .await;
    assert!(later.text().lines().count() <= 1);
    for bad in ["/log?code=x", "/log?color=red", "/log?since=yesterday"] {
        let answer = platform.admin(bad).await;
        assert_eq!(answer.status, 400);
        assert!(
            answer.text().contains("out_pov_id"),
            "it tells what there is"
        );
    }
}

#[tokio::test]
async fn a_platform_without_a_log_says_so() {
    let platform = Platform::with_rows(vec![]).await;
    assert_eq!(platform.admin("/log").await.status, 404);
}

#[tokio::test]
async fn no_file_holds_a_name_a_code_a_secret_a_signature_or_a_session() {
    let directory = tempfile::tempdir().unwrap();
    let platform = logging(directory.path()).await;
    call_in_every_way(&platform).await;
    let sign = Call::page("00001", DAY, 1, 200).signed(SECRET);
    let sign = sign.get("sign").to_owned();
    let _ = platform.stop().await;
    let mut bytes = Vec::new();
    for entry in std::fs::read_dir(directory.path()).unwrap() {
        bytes.extend(std::fs::read(entry.unwrap().path()).unwrap());
    }
    let holds = |text: &str| {
        let needle = text.as_bytes();
        bytes.windows(needle.len()).any(|window| window == needle)
    };
    // What it must hold, or the look would prove nothing.
    assert!(holds(APP_KEY) && holds("00001"));
    for secret in [
        "测试",
        "A0001",
        "P00001",
        "张三丰",
        "99999999",
        "no.such.method",
        SECRET,
        &sign,
        &sign.to_lowercase(),
        "session-of-somebody",
    ] {
        assert!(!holds(secret), "{secret}");
    }
}

#[tokio::test]
async fn what_is_left_is_written_at_a_graceful_stop() {
    let directory = tempfile::tempdir().unwrap();
    let platform = logging(directory.path()).await;
    platform
        .post(&Call::page("00001", DAY, 1, 200).signed(SECRET))
        .await;
    let book = Arc::clone(&platform.book);
    let _ = tokio::time::timeout(Duration::from_secs(30), platform.stop())
        .await
        .unwrap();
    assert_eq!(book.readings().len(), 1);
    let journal = SqliteJournal::open(directory.path(), JournalLimits::default()).unwrap();
    let filter = CallFilter::default();
    let all = search_on(&journal, &filter, LogCursor::START, 10);
    assert_eq!(all.await.unwrap().lines.len(), 1);
}

#[tokio::test]
async fn what_is_being_written_when_it_is_stopped_is_written() {
    let book = Arc::new(MemoryBook::audit_gated());
    fill(&book, appointments(3));
    let platform = Platform::serve(Arc::clone(&book), GatewayConfig::default()).await;
    let admin = platform.admin;
    let call = Call::page("00001", DAY, 1, 200).signed(SECRET);
    platform.post(&call).await;
    book.at_audit_gate.notified().await;
    let stop = tokio::spawn(platform.stop());
    // Nobody listens at the admin address any longer: the recorder was told to stop.
    until(|| async { TcpStream::connect(admin).await.is_err() }).await;
    assert!(book.readings().is_empty());
    book.audit_gate.as_ref().unwrap().add_permits(1000);
    let _ = stop.await.unwrap();
    let calls: Vec<u64> = book.readings().iter().map(|one| one.calls).collect();
    assert_eq!(calls, [1]);
}
