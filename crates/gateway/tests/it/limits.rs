//! What a caller cannot make the platform bear.

use std::sync::Arc;
use std::time::Duration;

use povline_gateway::GatewayConfig;
use povline_net::Limits;

use crate::call::{Call, SECRET};
use crate::memory_book::MemoryBook;
use crate::platform::{DAY, PATH, Platform, appointments, fill};
use crate::wire::{Connection, FORM, request};

async fn serve(config: GatewayConfig) -> Platform<MemoryBook> {
    let book = Arc::new(MemoryBook::new());
    fill(&book, appointments(3));
    Platform::serve(book, config).await
}

#[tokio::test]
async fn sheets_stay_within_their_bound() {
    const BOUND: usize = 40_000;
    let platform = serve(GatewayConfig {
        sheets_bytes_max: BOUND,
        pins_bytes_max: 10_000,
        pins_app_bytes_max: 10_000,
        ..GatewayConfig::default()
    })
    .await;
    for pov in 10..60 {
        platform.book.add_pov(pov, 1, &format!("POV{pov}"));
        let count = pov as usize;
        platform.book.edit(pov, crate::platform::day(), |rows| {
            *rows = appointments(count)
        });
    }
    let level = async |name: &str| -> usize {
        let metrics = platform.admin("/metrics").await;
        let line = metrics
            .text()
            .lines()
            .find(|line| line.starts_with(name))
            .unwrap();
        line.rsplit(' ').next().unwrap().parse().unwrap()
    };
    crate::follow::until(|| async {
        let call = Call::page("POV59", DAY, 1, 200).signed(SECRET);
        platform.post(&call).await.text().contains("P00059")
    })
    .await;
    for pov in 10..60 {
        let call = Call::page(&format!("POV{pov}"), DAY, 1, 20).signed(SECRET);
        assert!(platform.post(&call).await.text().contains("P00010"));
        let held = level("povline_sheet_bytes ").await + level("povline_pinned_bytes ").await;
        assert!(held <= BOUND, "{held} bytes after POV{pov}");
    }
    assert!(level("povline_sheet_entries ").await > 0);
}

#[tokio::test]
async fn a_body_beyond_the_limit_is_a_documented_error_and_ends_the_connection() {
    let platform = serve(GatewayConfig::default()).await;
    let head =
        format!("POST {PATH} HTTP/1.1\r\nHost: x\r\n{FORM}\r\nContent-Length: 1048577\r\n\r\n");
    let mut connection = Connection::open(platform.address).await;
    let answer = connection.exchange(head.as_bytes()).await;
    assert_eq!(answer.status, 200);
    assert_eq!(
        answer.masked(),
        r#"<?xml version="1.0" encoding="utf-8" ?><error_response><code>43</code><msg>Parameter Error</msg><sub_code>isv.invalid-parameter</sub_code><sub_msg>请求体超过1048576字节</sub_msg><request_id>ID</request_id></error_response>"#
    );
}

#[tokio::test]
async fn a_body_that_does_not_come_is_an_error() {
    let mut config = GatewayConfig::default();
    config.body.time_max = Duration::from_millis(50);
    let platform = serve(config).await;
    let head =
        format!("POST {PATH} HTTP/1.1\r\nHost: x\r\n{FORM}\r\nContent-Length: 10\r\n\r\nabc");
    let mut connection = Connection::open(platform.address).await;
    let answer = connection.exchange(head.as_bytes()).await;
    assert!(
        answer.text().contains("<code>43</code>"),
        "{}",
        answer.text()
    );
}

#[tokio::test]
async fn a_head_that_dribbles_is_cut() {
    let platform = serve(GatewayConfig {
        public: Limits {
            head_time_max: Duration::from_millis(50),
            ..Limits::default()
        },
        ..GatewayConfig::default()
    })
    .await;
    let mut connection = Connection::open(platform.address).await;
    connection
        .send(b"POST /router/rest HTTP/1.1\r\nHost:")
        .await;
    assert!(connection.is_closed().await);
}

#[tokio::test]
async fn a_call_that_asks_before_it_sends_its_body_may_take_longer_than_a_head() {
    const HEAD_TIME_MAX: Duration = Duration::from_millis(50);
    let platform = crate::overload::gated(GatewayConfig {
        public: Limits {
            head_time_max: HEAD_TIME_MAX,
            ..Limits::default()
        },
        ..GatewayConfig::default()
    })
    .await;
    let call = Call::page("00001", DAY, 1, 200).signed(SECRET);
    let body = crate::call::urlencoded(&call.0);
    let bytes = request("POST", PATH, &[FORM, "Expect: 100-continue"], &body);
    let (head, body) = bytes.split_at(bytes.len() - body.len());
    let mut connection = Connection::open(platform.address).await;
    connection.send(head).await;
    connection.expect_continue().await;
    connection.send(body).await;
    platform.book.at_gate.notified().await;
    tokio::time::sleep(HEAD_TIME_MAX * 4).await;
    crate::overload::open_gate(&platform);
    assert!(connection.receive().await.text().contains("P00003"));
}

#[tokio::test]
async fn a_stop_answers_the_call_that_runs() {
    let book = Arc::new(MemoryBook::gated());
    fill(&book, appointments(3));
    let platform = Platform::serve(Arc::clone(&book), GatewayConfig::default()).await;
    let call = Call::page("00001", DAY, 1, 200).signed(SECRET);
    let bytes = request("POST", PATH, &[FORM], &crate::call::urlencoded(&call.0));
    let mut connection = Connection::open(platform.address).await;
    connection.send(&bytes).await;
    book.at_gate.notified().await;
    let stopping = tokio::spawn(platform.stop());
    tokio::task::yield_now().await;
    book.gate.as_ref().unwrap().add_permits(1);
    assert!(connection.receive().await.text().contains("P00003"));
    assert_eq!(stopping.await.unwrap().cut_off, 0);
}

#[tokio::test]
async fn settings_that_cannot_be_are_refused() {
    let config = GatewayConfig {
        pins_bytes_max: 2,
        sheets_bytes_max: 1,
        ..GatewayConfig::default()
    };
    assert!(config.check().is_err());
    let config = GatewayConfig {
        write_wait_max: Duration::ZERO,
        ..GatewayConfig::default()
    };
    assert!(config.check().is_err());
    assert!(GatewayConfig::default().check().is_ok());
}
