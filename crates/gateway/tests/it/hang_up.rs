//! Callers that hang up while their call is being worked on: it is finished, counted, logged and
//! audited like any other.

use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use povline_gateway::{GatewayConfig, LimitDefaults};
use povline_store::audit::ReadResult;
use povline_store::journal::{
    CallFilter, CallLine, CallOutcome, JournalLimits, LogCursor, SqliteJournal, search_on,
};

use tokio::net::TcpStream;

use crate::batch::{batch, form, page, system};
use crate::call::{APP_KEY, Call, METHOD, REQUEST, SECRET, urlencoded};
use crate::follow::until;
use crate::memory_book::MemoryBook;
use crate::platform::{DAY, PATH, Platform, appointments, day, fill};
use crate::register::hold;
use crate::wire::{Connection, FORM, request};
use crate::write_side::{BOOK, PERIOD, booking, call as booking_call, written_with};

/// A platform whose book reads only when it is let, with a log, and a quota of a day.
async fn gated(directory: &Path, read_time_max: Duration) -> Platform<MemoryBook> {
    let book = MemoryBook::gated();
    fill(&book, appointments(3));
    let journal = SqliteJournal::open(directory, JournalLimits::default()).unwrap();
    let config = GatewayConfig {
        journal: Some(Arc::new(journal)),
        read_time_max,
        calls: LimitDefaults {
            app_per_day: Some(1_000),
            ..LimitDefaults::default()
        },
        ..GatewayConfig::default()
    };
    Platform::serve(Arc::new(book), config).await
}

fn call() -> Vec<u8> {
    let call = Call::page("00001", DAY, 1, 200).signed(SECRET);
    request("POST", PATH, &[FORM], &urlencoded(&call.0))
}

/// Sends this and is gone while the book is being asked.
async fn hang_up_within(platform: &Platform<MemoryBook>, bytes: &[u8]) {
    let mut connection = Connection::open(platform.address).await;
    connection.send(bytes).await;
    platform.book.at_gate.notified().await;
    drop(connection);
    until(|| async {
        let metrics = platform.admin("/metrics").await;
        metrics.text().contains("povline_connections 0")
    })
    .await;
}

fn open_gate(platform: &Platform<MemoryBook>) {
    platform.book.gate.as_ref().unwrap().add_permits(1_000);
}

async fn log(directory: &Path) -> Vec<CallLine> {
    let journal = SqliteJournal::open(directory, JournalLimits::default()).unwrap();
    let filter = CallFilter::default();
    let found = search_on(&journal, &filter, LogCursor::START, 100).await;
    found.unwrap().lines
}

/// What is left of the day, as the next call is told.
async fn left_of_the_day(platform: &Platform<MemoryBook>) -> String {
    let answer = platform.send(&call()).await;
    assert!(answer.text().contains("P00001"), "{}", answer.text());
    let left = answer.header("x-ratelimit-remaining-day");
    left.unwrap().to_owned()
}

#[tokio::test]
async fn a_call_whose_caller_hangs_up_is_finished_counted_logged_and_audited() {
    let directory = tempfile::tempdir().unwrap();
    let platform = gated(directory.path(), Duration::from_secs(3_600)).await;
    hang_up_within(&platform, &call()).await;
    open_gate(&platform);
    // It leaves the list in memory, as it would have for a caller that waits.
    until(|| async {
        let metrics = platform.admin("/metrics").await;
        metrics.text().contains("povline_sheet_entries 1")
    })
    .await;
    assert_eq!(left_of_the_day(&platform).await, "998");
    let book = Arc::clone(&platform.book);
    let _ = platform.stop().await;
    let lines = log(directory.path()).await;
    assert_eq!(lines.len(), 2, "{lines:?}");
    for line in &lines {
        assert_eq!(line.app.as_deref().unwrap().as_str(), APP_KEY);
        assert_eq!(line.outcome, CallOutcome::Answered);
        assert_eq!(line.day, Some(day()));
        assert!(line.bytes > 500);
    }
    let readings = book.readings();
    let calls: u64 = readings.iter().map(|reading| reading.calls).sum();
    assert_eq!(calls, 2, "{readings:?}");
    for reading in readings {
        assert_eq!(reading.result, ReadResult::Answered);
    }
}

#[tokio::test]
async fn one_that_fails_by_the_platforms_fault_is_given_back_all_the_same() {
    let directory = tempfile::tempdir().unwrap();
    let platform = gated(directory.path(), Duration::from_millis(300)).await;
    hang_up_within(&platform, &call()).await;
    let lines = || async {
        let log = platform.admin("/log?sub_code=FAIL_BIZ_500").await;
        log.text().lines().count()
    };
    // Nobody opens the gate: the book is too slow for it.
    until(|| async { lines().await == 1 }).await;
    open_gate(&platform);
    assert_eq!(left_of_the_day(&platform).await, "999");
}

#[tokio::test]
async fn the_calls_of_a_batch_are_all_finished() {
    let directory = tempfile::tempdir().unwrap();
    let platform = gated(directory.path(), Duration::from_secs(3_600)).await;
    let first = form(&[("method", METHOD), (REQUEST, &page("00001", 1, 1))]);
    let body = [first.as_str(), "N", &first].join("\r\n-S-\r\n");
    hang_up_within(&platform, &batch(system(), &body, &[])).await;
    open_gate(&platform);
    let lines = || async { platform.admin("/log").await.text().lines().count() };
    until(|| async { lines().await == 3 }).await;
    assert_eq!(left_of_the_day(&platform).await, "997");
}

#[tokio::test]
async fn a_booking_whose_caller_hangs_up_is_made_and_made_once() {
    let written = written_with(GatewayConfig {
        write_wait_max: Duration::from_secs(3_600),
        ..GatewayConfig::default()
    })
    .await;
    written.open(DAY, PERIOD, "2").await;
    let platform = &written.platform;
    // Somebody else is writing, so that the booking is under way when its caller is gone.
    let held = hold(&platform.book).await;
    let ask = booking_call(BOOK, &booking("1", DAY, PERIOD)).signed(SECRET);
    let mut connection = Connection::open(platform.address).await;
    let bytes = request("POST", PATH, &[FORM], &urlencoded(&ask.0));
    connection.send(&bytes).await;
    until(|| async { platform.gateway.levels().calls == 1 }).await;
    drop(connection);
    until(|| async { platform.gateway.levels().connections == 0 }).await;
    assert_eq!(platform.gateway.levels().calls, 1);
    held.let_go().await;
    until(|| async { platform.gateway.levels().calls == 0 }).await;
    let rows = written.rows(DAY).await;
    assert_eq!(rows.len(), 1);
    let (id, code) = written.book("1", DAY, PERIOD).await;
    assert!(rows[0].starts_with(&format!("{id}:{code}:")), "{rows:?}");
    assert_eq!(written.rows(DAY).await, rows);
}

#[tokio::test]
async fn a_stop_waits_for_them_and_their_lines_are_written() {
    let directory = tempfile::tempdir().unwrap();
    let platform = gated(directory.path(), Duration::from_secs(3_600)).await;
    hang_up_within(&platform, &call()).await;
    let book = Arc::clone(&platform.book);
    let address = platform.address;
    let stopping = platform.stop();
    let opening = async {
        until(|| async { TcpStream::connect(address).await.is_err() }).await;
        book.gate.as_ref().unwrap().add_permits(1);
    };
    let (drain, ()) = tokio::join!(stopping, opening);
    assert_eq!(drain.cut_off, 0);
    assert_eq!(log(directory.path()).await.len(), 1);
    assert_eq!(book.readings().len(), 1);
}

#[tokio::test]
async fn what_never_came_whole_is_no_call() {
    let directory = tempfile::tempdir().unwrap();
    let platform = gated(directory.path(), Duration::from_secs(3_600)).await;
    open_gate(&platform);
    let bytes = call();
    let mut connection = Connection::open(platform.address).await;
    connection.send(&bytes[..bytes.len() - 10]).await;
    until(|| async {
        let metrics = platform.admin("/metrics").await;
        metrics.text().contains("povline_connections 1")
    })
    .await;
    drop(connection);
    until(|| async {
        let metrics = platform.admin("/metrics").await;
        metrics.text().contains("povline_connections 0")
    })
    .await;
    assert_eq!(left_of_the_day(&platform).await, "999");
    let book = Arc::clone(&platform.book);
    let _ = platform.stop().await;
    let calls: u64 = book.readings().iter().map(|reading| reading.calls).sum();
    assert_eq!(calls, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_of_the_site_outlives_the_site() {
    let directory = tempfile::tempdir().unwrap();
    let platform = gated(directory.path(), Duration::from_secs(3_600)).await;
    assert_eq!(platform.admin("/health").await.status, 200);
    let gateway = platform.gateway.clone();
    let body = urlencoded(&Call::page("00001", DAY, 1, 200).signed(SECRET).0);
    let book = Arc::clone(&platform.book);
    // The site has a runtime of its own, and ends with a call on its way.
    let site = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let here = IpAddr::from([127, 0, 0, 1]);
            tokio::select! {
                _ = gateway.call(here, "", &body) => panic!("nobody has opened the gate"),
                () = book.at_gate.notified() => {}
            }
        });
    });
    let joined = tokio::task::spawn_blocking(|| site.join()).await;
    joined.unwrap().unwrap();
    open_gate(&platform);
    let lines = || async { platform.admin("/log").await.text().lines().count() };
    until(|| async { lines().await == 1 }).await;
    assert_eq!(left_of_the_day(&platform).await, "998");
}
