//! The platform is gone for an hour at the morning peak.

use std::future::Future;
use std::sync::atomic::Ordering;
use std::time::Duration;

use http::StatusCode;
use povline_domain::Appointment;
use povline_store::ledger::{Desk as _, SqliteLedger};
use serde_json::{Value, json};

use crate::stream::Stream;
use crate::support::{Place, at_desk, at_screen, picked, row};

/// While this is waited for the clock stands still, whatever the database's threads take.
async fn still<T>(work: impl Future<Output = T>) -> T {
    let busy = async {
        loop {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        biased;
        done = work => done,
        () = busy => unreachable!(),
    }
}

/// The same, but a second passes whenever nothing has come of it for a while.
async fn slowly<T>(work: impl Future<Output = T>) -> T {
    let mut work = std::pin::pin!(work);
    loop {
        let while_nothing_comes = async {
            for _ in 0..20_000 {
                tokio::task::yield_now().await;
            }
        };
        tokio::select! {
            biased;
            done = &mut work => return done,
            () = while_nothing_comes => {}
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

/// The first event of a stream that was told at this instant or later.
async fn heard(stream: &mut Stream, at: i64) -> Value {
    slowly(async {
        loop {
            let (_, event) = stream.next_or_beat().await;
            if event["now"].as_i64().unwrap() >= at {
                return event;
            }
        }
    })
    .await
}

/// The number that an attribute of a page holds.
fn attribute(page: &str, name: &str) -> i64 {
    let (_, rest) = page.split_once(&format!("{name}=\"")).unwrap();
    rest.split('"').next().unwrap().parse().unwrap()
}

#[tokio::test(start_paused = true)]
async fn the_board_serves_throughout_and_what_was_done_arrives_afterwards_once() {
    let place = Place::new();
    let codes: Vec<String> = (0..60).map(|n| format!("{}", 1_000 + n)).collect();
    let rows = || -> Vec<Appointment> {
        let rows = codes.iter().map(|code| row(code, "08:00-08:30", "张小三"));
        rows.collect()
    };
    still(place.read("1", 0, rows())).await;
    let session = still(place.session("1", false)).await;
    let screen = at_screen(&still(place.device("1", true)).await);
    let desk = at_desk(&session);
    let mut board = Stream::open(&place, "/events", &desk).await;
    let mut hall = Stream::open(&place, "/screen/events", &screen).await;
    let as_of = slowly(board.next()).await.1["as_of"].clone();
    place.platform.is_away.store(true, Ordering::Relaxed);
    let clinic = place.clinic.clone();
    let telling = tokio::spawn(async move { clinic.write_back().await });
    let gone_at = place.now();
    for (minute, code) in codes.iter().enumerate() {
        let body = json!({ "appointment_id": format!("P{code}") });
        let done = still(place.post("/v1/pick", &session, &body)).await;
        assert_eq!(done.is(StatusCode::OK).json()["result"], "done");
        tokio::time::sleep(Duration::from_secs(60)).await;
        // Everything is served, from the copy as it was, and tells how old that is.
        let list = still(place.get("/v1/lists/today", &session)).await;
        let list = list.is(StatusCode::OK).json();
        let age = list["age_ms"].as_i64().unwrap();
        assert_eq!(list["as_of"], as_of);
        assert_eq!(age, list["now"].as_i64().unwrap() - as_of.as_i64().unwrap());
        assert!(age >= (minute as i64 + 1) * 60_000, "{age} after {minute}");
        assert_eq!(list["is_stale"], json!(age > 15 * 60_000));
        assert_eq!(list["counts"]["arrived"], minute + 1);
        let found = still(place.get(&format!("/v1/find?q={code}"), &session)).await;
        let found = found.is(StatusCode::OK).json();
        assert_eq!(
            (&found["as_of"], &found["rows"][0]["picked"]),
            (&as_of, &json!(true))
        );
        for (path, cookies) in [("/", &desk), ("/screen", &screen)] {
            let page = still(place.page(path, cookies))
                .await
                .is(StatusCode::OK)
                .text;
            assert!(page.contains("as of 08:00:00"), "{page}");
            // By the page's own instant, which is a moment later than the list's.
            let age = attribute(&page, "data-now") - as_of.as_i64().unwrap();
            let is_warned = page.contains("\">This list is stale");
            assert_eq!(is_warned, age > 15 * 60_000, "{page}");
        }
        for stream in [&mut board, &mut hall] {
            let event = heard(stream, list["now"].as_i64().unwrap() - 60_000).await;
            assert_eq!(event["as_of"], as_of);
        }
    }
    assert!(place.now().millis_since(gone_at) >= 3_600_000);
    let list = still(place.get("/v1/lists/today", &session)).await.json();
    assert_eq!(list["counts"]["arrived"], 60);
    assert_eq!(list["to_be_told"], 60);
    // It is tried now and then, not all the time: each try is a call of the budget.
    let tries = place.platform.calls.load(Ordering::Relaxed);
    assert!((30..=200).contains(&tries), "{tries}");

    place.platform.is_away.store(false, Ordering::Relaxed);
    let all_told = async {
        while place.ledger.waiting().unwrap().count > 0 {
            tokio::task::yield_now().await;
        }
    };
    slowly(all_told).await;
    assert_eq!(place.heard_once().len(), 60);
    // Each with the time at which it was done.
    let heard_of = place.platform.heard.lock().clone();
    let mut times: Vec<_> = heard_of.iter().map(|update| update.action_time).collect();
    times.sort_unstable();
    times.dedup();
    assert_eq!(times.len(), 60);
    assert!(times[59].millis_since(times[0]) >= 3_000_000);
    // Once: nothing of it is told again, and the next list agrees with what was done here.
    let calls = place.platform.calls.load(Ordering::Relaxed);
    tokio::time::sleep(Duration::from_secs(600)).await;
    assert_eq!(place.platform.calls.load(Ordering::Relaxed), calls);
    still(place.read("1", 0, rows().into_iter().map(picked).collect())).await;
    let list = still(place.get("/v1/lists/today", &session)).await.json();
    assert_eq!(list["is_stale"], json!(false));
    assert_eq!(
        (&list["to_be_told"], &list["conflicts"]),
        (&json!(0), &json!([]))
    );
    assert_eq!(list["counts"]["arrived"], 60);
    // What the board hears within two beats shows it.
    let event = heard(&mut board, list["now"].as_i64().unwrap() + 6_000).await;
    assert_eq!(event["as_of"], list["as_of"]);
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
    let due = other.due_picks(place.now()).unwrap();
    assert_eq!(due[0].appointment_id.as_str(), "P1001");
}
