//! Calls that get stuck, of those who write and of one app: there is room for the others.

use std::sync::Arc;

use povline_gateway::GatewayConfig;
use tokio::sync::Notify;

use crate::batch::{batch, form, page, system};
use crate::call::{APP_KEY, Call, METHOD, REQUEST, SECRET, urlencoded};
use crate::follow::until;
use crate::memory_book::MemoryBook;
use crate::platform::{DAY, PATH, Platform, appointments, fill};
use crate::wire::{Connection, FORM, request};
use crate::write_side::{BOOK, PERIOD, booking, call};

const OTHER: &str = "other";
const REFUSED: &str = "isp.top-remote-service-unavailable";

/// Serves this book to the usual app and another one, which may read and write the same.
async fn served(book: MemoryBook, config: GatewayConfig) -> Platform<MemoryBook> {
    fill(&book, appointments(3));
    book.add_app(OTHER, 1, &[SECRET], &["*"]);
    Platform::serve(Arc::new(book), config).await
}

fn read(app: &str, pov: &str) -> Vec<u8> {
    let call = Call::page(pov, DAY, 1, 200).with("app_key", app);
    request("POST", PATH, &[FORM], &urlencoded(&call.signed(SECRET).0))
}

fn write(app: &str, out_id: &str) -> Vec<u8> {
    let call = call(BOOK, &booking(out_id, DAY, PERIOD)).with("app_key", app);
    request("POST", PATH, &[FORM], &urlencoded(&call.signed(SECRET).0))
}

/// Sends what then gets stuck there.
async fn stuck(platform: &Platform<MemoryBook>, bytes: &[u8], gate: &Notify) -> Connection {
    let mut connection = Connection::open(platform.address).await;
    connection.send(bytes).await;
    gate.notified().await;
    connection
}

async fn told(platform: &Platform<MemoryBook>, bytes: &[u8]) -> String {
    platform.send(bytes).await.text().to_owned()
}

#[tokio::test]
async fn writes_that_get_stuck_leave_room_for_reads_and_further_ones_are_refused_at_once() {
    let config = GatewayConfig {
        writes_max: 2,
        ..GatewayConfig::default()
    };
    let platform = served(MemoryBook::write_gated(), config).await;
    let gate = &platform.book.at_write_gate;
    let mut writers = [
        stuck(&platform, &write(APP_KEY, "1"), gate).await,
        stuck(&platform, &write(OTHER, "2"), gate).await,
    ];
    for app in [APP_KEY, OTHER] {
        assert!(told(&platform, &write(app, "3")).await.contains(REFUSED));
        assert!(
            told(&platform, &read(app, "00001"))
                .await
                .contains("P00003")
        );
    }
    platform.book.write_gate.as_ref().unwrap().add_permits(3);
    for writer in &mut writers {
        assert!(writer.receive().await.text().contains("booked"));
    }
    assert!(
        told(&platform, &write(APP_KEY, "3"))
            .await
            .contains("booked")
    );
}

#[tokio::test]
async fn an_app_whose_writes_get_stuck_leaves_room_for_those_of_another() {
    let config = GatewayConfig {
        writes_per_app_max: 1,
        ..GatewayConfig::default()
    };
    let platform = served(MemoryBook::write_gated(), config).await;
    let gate = &platform.book.at_write_gate;
    let mut first = stuck(&platform, &write(APP_KEY, "1"), gate).await;
    assert!(
        told(&platform, &write(APP_KEY, "2"))
            .await
            .contains(REFUSED)
    );
    let mut others = stuck(&platform, &write(OTHER, "3"), gate).await;
    platform.book.write_gate.as_ref().unwrap().add_permits(2);
    for writer in [&mut first, &mut others] {
        assert!(writer.receive().await.text().contains("booked"));
    }
}

#[tokio::test]
async fn an_app_that_waits_for_cold_lists_leaves_room_for_another() {
    let config = GatewayConfig {
        build_waiters_per_app_max: 1,
        ..GatewayConfig::default()
    };
    let platform = served(MemoryBook::gated(), config).await;
    let gate = &platform.book.at_gate;
    let mut first = stuck(&platform, &read(APP_KEY, "00001"), gate).await;
    let cold = read(APP_KEY, "测试00001");
    assert!(told(&platform, &cold).await.contains(REFUSED));
    let mut others = stuck(&platform, &read(OTHER, "测试00001"), gate).await;
    platform.book.gate.as_ref().unwrap().add_permits(2);
    assert!(first.receive().await.text().contains("P00003"));
    assert!(others.receive().await.text().contains(r#""total":0"#));
    assert!(told(&platform, &cold).await.contains(r#""total":0"#));
}

#[tokio::test]
async fn an_app_whose_calls_get_stuck_leaves_room_for_another_also_when_they_are_hung_up() {
    let config = GatewayConfig {
        calls_per_app_max: 1,
        ..GatewayConfig::default()
    };
    let platform = served(MemoryBook::gated(), config).await;
    let gate = &platform.book.at_gate;
    let hung_up = stuck(&platform, &read(APP_KEY, "00001"), gate).await;
    drop(hung_up);
    until(|| async {
        let metrics = platform.admin("/metrics").await;
        metrics.text().contains("povline_connections 0")
    })
    .await;
    let alone = read(APP_KEY, "测试00001");
    let calls = form(&[("method", METHOD), (REQUEST, &page("00001", 1, 1))]);
    for mine in [&alone, &batch(system(), &calls, &[])] {
        assert!(told(&platform, mine).await.contains(REFUSED));
    }
    let mut others = stuck(&platform, &read(OTHER, "测试00001"), gate).await;
    platform.book.gate.as_ref().unwrap().add_permits(2);
    assert!(others.receive().await.text().contains(r#""total":0"#));
    // The one that was hung up leaves its list in memory, and its place.
    until(|| async { told(&platform, &alone).await.contains(r#""total":0"#) }).await;
}
