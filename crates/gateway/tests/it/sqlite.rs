//! The real book: two processes on one file, as the platform and an import have it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use povline_domain::{AppKey, OutPovId, PovId};
use povline_gateway::GatewayConfig;
use povline_store::book::{AppStatus, Book, Grant, SqliteBook, Write, WriteOutcome};

use crate::call::{APP_KEY, Call, SECRET};
use crate::follow::until;
use crate::platform::{DAY, Platform, appointment, day, ids};
use crate::register::{actor, reading_app};

pub(crate) async fn book(path: &std::path::Path) -> (Arc<SqliteBook>, PovId) {
    let book = Arc::new(SqliteBook::open(path).unwrap());
    let (isv, _) = reading_app(&book, APP_KEY).await;
    let code = OutPovId::new("00001").unwrap();
    let pov = book.ensure_pov(&actor(), isv, &code, None).await.unwrap();
    (book, pov)
}

async fn add(book: &SqliteBook, pov: PovId, n: usize) {
    let outcomes = book
        .write(&actor(), vec![Write::Book(pov, appointment(n))])
        .await
        .unwrap();
    assert_eq!(outcomes, [WriteOutcome::Done]);
}

fn call() -> Call {
    Call::page("00001", DAY, 1, 200).signed(SECRET)
}

#[tokio::test]
async fn rows_come_in_the_order_in_which_they_were_booked() {
    let directory = tempfile::tempdir().unwrap();
    let (book, pov) = book(&directory.path().join("book.db")).await;
    let platform = Platform::serve(Arc::clone(&book), GatewayConfig::default()).await;
    for n in [3, 1, 2] {
        add(&book, pov, n).await;
        platform.gateway.invalidate(pov, day());
    }
    let answer = platform.post(&call()).await;
    assert_eq!(ids(&answer), ["P00003", "P00001", "P00002"]);
}

#[tokio::test]
async fn what_another_process_writes_is_served_within_the_stated_time() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("book.db");
    let (served, pov) = book(&path).await;
    let other = SqliteBook::open(&path).unwrap();
    let config = GatewayConfig::default();
    // The stated bound, and what a crowded machine may add to it.
    let bound = config.follow_every + Duration::from_secs(5);
    let platform = Platform::serve(served, config).await;
    assert!(ids(&platform.post(&call()).await).is_empty());
    for n in 1..=5 {
        add(&other, pov, n).await;
        #[expect(clippy::disallowed_methods, reason = "the test measures real time")]
        let written_at = Instant::now();
        until(|| async { ids(&platform.post(&call()).await).len() == n }).await;
        assert!(written_at.elapsed() < bound);
    }
}

#[tokio::test]
async fn what_another_process_takes_away_is_refused_soon() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("book.db");
    let (served, pov) = book(&path).await;
    add(&served, pov, 1).await;
    let other = SqliteBook::open(&path).unwrap();
    let platform = Platform::serve(served, GatewayConfig::default()).await;
    let refused = |code: &'static str| {
        let platform = &platform;
        async move { platform.post(&call()).await.text().contains(code) }
    };
    until(|| refused("P00001")).await;
    let key = AppKey::new(APP_KEY).unwrap();
    let all = Grant::parse("*").unwrap();
    assert!(other.revoke(&actor(), &key, &all).await.unwrap());
    until(|| refused("isv.pov-not-exist")).await;
    other.grant(&actor(), &key, &all).await.unwrap();
    until(|| refused("P00001")).await;
    other
        .set_app_status(&actor(), &key, AppStatus::Disabled)
        .await
        .unwrap();
    until(|| refused("isv.app-disabled")).await;
}
