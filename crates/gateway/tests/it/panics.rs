//! A fault of the platform's own in the midst of a call: it is answered, given back, and logged.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use povline_gateway::{GatewayConfig, LimitDefaults};
use povline_store::journal::{JournalLimits, SqliteJournal};

use crate::call::{Call, SECRET, urlencoded};
use crate::follow::until;
use crate::memory_book::MemoryBook;
use crate::platform::{DAY, PATH, Platform, appointments, fill};
use crate::wire::{Connection, FORM, request};
use crate::write_side::{BOOK, PERIOD, booking, call};

#[tokio::test]
async fn a_call_that_panics_is_the_platforms_own_fault() {
    let directory = tempfile::tempdir().unwrap();
    let journal = SqliteJournal::open(directory.path(), JournalLimits::default()).unwrap();
    let book = MemoryBook::new();
    fill(&book, appointments(3));
    let config = GatewayConfig {
        journal: Some(Arc::new(journal)),
        calls: LimitDefaults {
            app_per_day: Some(1_000),
            ..LimitDefaults::default()
        },
        ..GatewayConfig::default()
    };
    let platform = Platform::serve(Arc::new(book), config).await;
    platform.book.panics.store(true, Ordering::Relaxed);
    let read = Call::page("00001", DAY, 1, 200);
    let calls = [read.clone(), call(BOOK, &booking("1", DAY, PERIOD))];
    let mut connection = Connection::open(platform.address).await;
    for call in &calls {
        let bytes = urlencoded(&call.clone().signed(SECRET).0);
        let bytes = request("POST", PATH, &[FORM], &bytes);
        let answer = connection.exchange(&bytes).await;
        assert_eq!(answer.status, 200);
        let text = answer.text();
        assert!(text.contains("FAIL_BIZ_500"), "{text}");
        assert!(text.contains("success\":false"), "{text}");
    }
    let logged = || async {
        let log = platform.admin("/log?sub_code=FAIL_BIZ_500").await;
        log.text().lines().count()
    };
    until(|| async { logged().await == calls.len() }).await;
    let metrics = platform.admin("/metrics").await;
    assert!(metrics.text().contains("povline_calls 0"));
    assert!(metrics.text().contains("povline_writes 0"));
    platform.book.panics.store(false, Ordering::Relaxed);
    let answer = platform.post(&read.signed(SECRET)).await;
    assert!(answer.text().contains("P00003"));
    assert_eq!(answer.header("x-ratelimit-remaining-day"), Some("999"));
}
