//! The platform is gone for an hour at the morning peak.

use std::sync::atomic::Ordering;
use std::time::Duration;

use http::StatusCode;
use povline_store::ledger::{Desk as _, SqliteLedger};
use serde_json::json;

use crate::support::{Place, at_desk, row};

#[tokio::test(start_paused = true)]
async fn the_board_serves_throughout_and_what_was_done_arrives_afterwards_once() {
    let place = Place::new();
    let codes: Vec<String> = (0..60).map(|n| format!("{}", 1_000 + n)).collect();
    let rows = codes.iter().map(|code| row(code, "08:00-08:30", "张小三"));
    place.read("1", 0, rows.collect()).await;
    let session = place.session("1", false).await;
    place.platform.is_away.store(true, Ordering::Relaxed);
    let clinic = place.clinic.clone();
    let telling = tokio::spawn(async move { clinic.write_back().await });
    let gone_at = place.now();
    for code in &codes {
        let body = json!({ "appointment_id": format!("P{code}") });
        let done = place.post("/v1/pick", &session, &body).await;
        assert_eq!(done.is(StatusCode::OK).json()["result"], "done");
        tokio::time::sleep(Duration::from_secs(60)).await;
        let page = place.page("/", &at_desk(&session)).await.is(StatusCode::OK);
        assert!(page.text.contains("as of 08:00:00"));
    }
    assert!(place.now().millis_since(gone_at) >= 3_600_000);
    let page = place.page("/", &at_desk(&session)).await.text;
    assert!(page.contains("This list is stale"));
    let list = place.get("/v1/lists/today", &session).await.json();
    assert_eq!(list["counts"]["arrived"], 60);
    assert_eq!(list["to_be_told"], 60);
    // It is tried now and then, not all the time: each try is a call of the budget.
    let tries = place.platform.calls.load(Ordering::Relaxed);
    assert!((30..=200).contains(&tries), "{tries}");

    place.platform.is_away.store(false, Ordering::Relaxed);
    while place.ledger.waiting().unwrap().count > 0 {
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    assert_eq!(place.heard_once().len(), 60);
    // Each with the time at which it was done.
    let heard = place.platform.heard.lock().clone();
    let mut times: Vec<_> = heard.iter().map(|update| update.action_time).collect();
    times.sort_unstable();
    times.dedup();
    assert_eq!(times.len(), 60);
    assert!(times[59].millis_since(times[0]) >= 3_000_000);
    place.closing.cancel();
    telling.await.unwrap();
}

#[tokio::test]
async fn what_waits_is_there_after_the_process_died() {
    let place = Place::new();
    place
        .read("1", 0, vec![row("1001", "08:00-08:30", "张小三")])
        .await;
    let session = place.session("1", false).await;
    let body = json!({ "appointment_id": "P1001" });
    place
        .post("/v1/pick", &session, &body)
        .await
        .is(StatusCode::OK);
    // Whatever a second process finds is what the first one had acknowledged.
    let other = SqliteLedger::open(place.directory()).unwrap();
    assert_eq!(other.waiting().unwrap().count, 1);
    let due = other.due_picks(place.now(), 10).unwrap();
    assert_eq!(due[0].appointment_id.as_str(), "P1001");
}
