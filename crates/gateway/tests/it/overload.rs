//! What happens at the bounds: a quick refusal that the SDKs' automatic retry understands, and
//! nothing for those who stay within them.

use std::sync::Arc;
use std::time::Duration;

use povline_gateway::GatewayConfig;
use povline_net::Limits;

use crate::batch::{BATCH, batch, system};
use crate::call::{Call, SECRET, urlencoded};
use crate::memory_book::MemoryBook;
use crate::platform::{DAY, PATH, Platform, appointments, fill};
use crate::wire::{Answer, Connection, FORM, request};

const OVERLOADED: &str = r#"{"error_response":{"code":15,"msg":"Remote service error","sub_code":"isp.top-remote-service-unavailable","sub_msg":"服务繁忙,请稍后重试","request_id":"ID"}}"#;

fn call(pov: &str) -> Vec<u8> {
    let call = Call::page(pov, DAY, 1, 200).signed(SECRET);
    request("POST", PATH, &[FORM], &urlencoded(&call.0))
}

/// Serves a book whose reads wait at a gate.
pub(crate) async fn gated(config: GatewayConfig) -> Platform<MemoryBook> {
    let book = Arc::new(MemoryBook::gated());
    fill(&book, appointments(3));
    Platform::serve(book, config).await
}

/// Sends a call that then waits for the book.
pub(crate) async fn waiting(platform: &Platform<MemoryBook>, pov: &str) -> Connection {
    let mut connection = Connection::open(platform.address).await;
    connection.send(&call(pov)).await;
    platform.book.at_gate.notified().await;
    connection
}

pub(crate) fn open_gate(platform: &Platform<MemoryBook>) {
    platform.book.gate.as_ref().unwrap().add_permits(1000);
}

#[tokio::test]
async fn too_many_that_wait_for_the_book_are_refused_and_lists_in_memory_go_on() {
    let platform = gated(GatewayConfig {
        build_waiters_max: 1,
        ..GatewayConfig::default()
    })
    .await;
    platform.book.gate.as_ref().unwrap().add_permits(1);
    let hot = platform.send(&call("00001")).await;
    assert!(hot.text().contains("P00003"));

    let mut slow = waiting(&platform, "测试00001").await;
    platform.book.add_pov(3, 1, "00003");
    crate::follow::until(|| async {
        let answer = platform.send(&call("00003")).await;
        !answer.text().contains("isv.pov-not-exist")
    })
    .await;
    assert_eq!(platform.send(&call("00003")).await.masked(), OVERLOADED);
    assert_eq!(platform.send(&call("00001")).await.masked(), hot.masked());
    // The way back is open as soon as the book is.
    open_gate(&platform);
    assert!(slow.receive().await.text().contains(r#""total":0"#));
    assert!(
        platform
            .send(&call("00003"))
            .await
            .text()
            .contains(r#""total":0"#)
    );
}

#[tokio::test]
async fn too_many_calls_at_work_are_refused_in_the_form_they_ask_for() {
    let platform = gated(GatewayConfig {
        calls_max: 2,
        build_waiters_max: 2,
        writes_max: 2,
        ..GatewayConfig::default()
    })
    .await;
    let mut slow = [
        waiting(&platform, "00001").await,
        waiting(&platform, "测试00001").await,
    ];
    for format in ["json", "xml"] {
        let call = Call::page("00001", DAY, 1, 200).with("format", format);
        let answer = platform.post(&call.signed(SECRET)).await;
        assert!(answer.text().contains("isp.top-remote-service-unavailable"));
        assert_eq!(answer.text().starts_with('<'), format == "xml");
        let system = system().with("format", format);
        let answer = platform.send(&batch(system, "N\r\n-S-\r\nN", &[])).await;
        assert!(answer.text().contains("isp.top-remote-service-unavailable"));
        assert!(!answer.text().contains("-S-"));
    }
    open_gate(&platform);
    assert!(slow[0].receive().await.text().contains("P00003"));
    assert!(slow[1].receive().await.text().contains(r#""total":0"#));
    assert!(
        platform
            .send(&call("00001"))
            .await
            .text()
            .contains("P00003")
    );
}

/// Connections that hold every place.
async fn full(config: GatewayConfig) -> (Platform<MemoryBook>, Vec<Connection>) {
    let book = Arc::new(MemoryBook::new());
    fill(&book, appointments(3));
    let platform = Platform::serve(book, config).await;
    let mut held = Vec::new();
    for _ in 0..2 {
        let mut connection = Connection::open(platform.address).await;
        let answer = connection.exchange(&call("00001")).await;
        assert!(answer.text().contains("P00003"));
        held.push(connection);
    }
    (platform, held)
}

fn two_connections() -> GatewayConfig {
    GatewayConfig {
        public: Limits {
            connections_max: 2,
            refusals_max: 2,
            refusal_time_max: Duration::from_millis(200),
            ..Limits::default()
        },
        ..GatewayConfig::default()
    }
}

#[tokio::test]
async fn a_connection_too_many_is_told_so_and_closed() {
    let (platform, mut held) = full(two_connections()).await;
    let refused = async |bytes: &[u8]| -> Answer {
        let mut connection = Connection::open(platform.address).await;
        let answer = connection.exchange(bytes).await;
        assert!(connection.is_closed().await);
        assert_eq!(answer.status, 200);
        answer
    };
    assert_eq!(refused(&call("00001")).await.masked(), OVERLOADED);
    let batch = refused(&batch(system(), "N\r\n-S-\r\nN", &[])).await;
    assert_eq!(batch.masked(), OVERLOADED);
    let xml = Call::page("00001", DAY, 1, 200).with("format", "xml");
    let xml = request("POST", PATH, &[FORM], &urlencoded(&xml.signed(SECRET).0));
    assert!(refused(&xml).await.text().contains("<code>15</code>"));
    let cut = request("POST", &format!("{BATCH}?v=%FF"), &[], "");
    assert!(refused(&cut).await.text().contains("<code>15</code>"));
    // Those that have a place keep it.
    for connection in &mut held {
        assert!(
            connection
                .exchange(&call("00001"))
                .await
                .text()
                .contains("P00003")
        );
    }
    drop(held);
    crate::follow::until(|| async {
        let answer = platform.send(&call("00001")).await;
        answer.text().contains("P00003")
    })
    .await;
}
