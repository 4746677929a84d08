//! Numbers that are taken and given back, and what the platform makes of it.

use http::StatusCode;
use povline_domain::{Day, PickStatus};
use povline_store::ledger::{Desk as _, Ledger as _};
use serde_json::{Value, json};

use crate::support::{EIGHT, Place, at_desk, picked, pov, row};

fn a() -> povline_domain::Appointment {
    row("1001", "08:00-08:30", "张小三")
}

fn b() -> povline_domain::Appointment {
    row("1002", "08:00-08:30", "李四")
}

async fn pick(place: &Place, session: &str) -> Value {
    let body = json!({ "appointment_id": "P1001" });
    let answer = place.post("/v1/pick", session, &body).await;
    answer.is(StatusCode::OK).json()
}

/// The first row, and the conflicts.
async fn seen(place: &Place, session: &str) -> (Value, Vec<Value>) {
    let list = place.get("/v1/lists/today", session).await.json();
    let row = list["rows"].as_array().unwrap().iter();
    let row = row.into_iter().find(|row| row["appointment_id"] == "P1001");
    let conflicts = list["conflicts"].as_array().unwrap().clone();
    (row.cloned().unwrap_or_default(), conflicts)
}

#[tokio::test]
async fn a_pick_counts_at_once_is_told_once_and_survives_lists_that_do_not_know_it() {
    let place = Place::new();
    place.read("1", 0, vec![a(), b()]).await;
    let session = place.session("1", false).await;
    assert_eq!(pick(&place, &session).await["result"], "done");
    let again = pick(&place, &session).await;
    assert_eq!(again["result"], "already");
    assert_eq!(again["row"]["done_by"], "李护士");
    // A list that was read before the platform knew it changes nothing.
    place.read("1", 0, vec![a(), b()]).await;
    let (row, _) = seen(&place, &session).await;
    assert_eq!(
        (&row["picked"], &row["to_be_told"]),
        (&json!(true), &json!(true))
    );
    place.tell().await;
    assert_eq!(place.heard_once().len(), 1);
    let (row, _) = seen(&place, &session).await;
    assert_eq!(
        (&row["picked"], &row["to_be_told"]),
        (&json!(true), &json!(false))
    );
    place.pass(1_000);
    place.read("1", 0, vec![picked(a()), b()]).await;
    let (row, conflicts) = seen(&place, &session).await;
    assert_eq!(row["picked"], json!(true));
    assert!(conflicts.is_empty());
    place.tell().await;
    assert_eq!(place.heard_once().len(), 1);
}

#[tokio::test]
async fn what_is_taken_back_before_it_was_told_is_told_as_it_stands() {
    let place = Place::new();
    place.read("1", 0, vec![a()]).await;
    let session = place.session("1", false).await;
    let body = json!({ "appointment_id": "P1001" });
    for path in ["/v1/pick", "/v1/unpick", "/v1/pick"] {
        let done = place.post(path, &session, &body).await.json();
        assert_eq!(done["result"], "done");
    }
    place.tell().await;
    let heard = place.platform.heard.lock().clone();
    assert_eq!(heard.len(), 1);
    // Of three at one instant the last is the latest all the same.
    assert!(heard[0].action_time >= EIGHT.plus_millis(2));
}

#[tokio::test]
async fn a_platform_that_says_otherwise_afterwards_is_shown_as_a_conflict() {
    let place = Place::new();
    place.read("1", 0, vec![a()]).await;
    let session = place.session("1", false).await;
    pick(&place, &session).await;
    place.tell().await;
    place.pass(1_000);
    place.read("1", 0, vec![a()]).await;
    let (row, conflicts) = seen(&place, &session).await;
    assert_eq!(row["picked"], json!(false));
    assert_eq!(conflicts.len(), 1);
    // Another clinic cannot wave it away.
    let other = place.session("2", false).await;
    see(&place, &other, &conflicts[0])
        .await
        .is(StatusCode::NOT_FOUND);
    see(&place, &session, &conflicts[0])
        .await
        .is(StatusCode::NO_CONTENT);
    assert!(seen(&place, &session).await.1.is_empty());
}

/// Says that a person has seen a conflict, as it was shown.
async fn see(place: &Place, session: &str, conflict: &Value) -> crate::support::Answer {
    let path = format!("/v1/conflicts/{}/seen", conflict["number"]);
    let body = json!({ "kind": conflict["kind"] });
    place.post(&path, session, &body).await
}

#[tokio::test]
async fn only_a_conflict_that_was_shown_counts_as_seen() {
    let place = Place::new();
    place.read("1", 0, vec![a()]).await;
    place.read("1", 1, Vec::new()).await;
    let session = place.session("1", false).await;
    pick(&place, &session).await;
    // It waits, it is told, it stands: there is nothing to be seen yet, by whatever door.
    for kind in ["overruled", "refused", "later", "moved", "cancelled"] {
        let early = json!({ "number": 1, "kind": kind });
        see(&place, &session, &early)
            .await
            .is(StatusCode::NOT_FOUND);
        place
            .form("/", &at_desk(&session), &format!("seen=1-{kind}"))
            .await
            .is(StatusCode::NOT_FOUND);
    }
    place.tell().await;
    let early = json!({ "number": 1, "kind": "overruled" });
    see(&place, &session, &early)
        .await
        .is(StatusCode::NOT_FOUND);
    place.pass(1_000);
    place.read("1", 0, vec![a()]).await;
    let (_, conflicts) = seen(&place, &session).await;
    assert_eq!(conflicts[0]["kind"], "overruled");
    // What was not shown was not seen, and whoever says so is told to look again.
    let other = json!({ "number": 1, "kind": "cancelled" });
    let refused = see(&place, &session, &other).await;
    assert_eq!(refused.is(StatusCode::CONFLICT).json()["error"], "changed");
    let refused = place
        .form("/", &at_desk(&session), "seen=1-cancelled")
        .await
        .is(StatusCode::CONFLICT);
    assert!(refused.text.contains("look again"), "{}", refused.text);
    assert_eq!(seen(&place, &session).await.1.len(), 1);
    see(&place, &session, &conflicts[0])
        .await
        .is(StatusCode::NO_CONTENT);
    assert!(seen(&place, &session).await.1.is_empty());
    // It comes to nothing in another way: that is shown again, and seen at the board.
    let mut moved = a();
    moved.day = Day::at(EIGHT).plus_days(1).unwrap();
    place.pass(1_000);
    place.read("1", 1, vec![moved]).await;
    let (_, conflicts) = seen(&place, &session).await;
    assert_eq!(conflicts[0]["kind"], "moved");
    let page = place.page("/", &at_desk(&session)).await.text;
    assert!(page.contains("value=\"1-moved\""), "{page}");
    place
        .form("/", &at_desk(&session), "seen=1-moved")
        .await
        .is(StatusCode::OK);
    assert!(seen(&place, &session).await.1.is_empty());
    for wrong in ["seen=1", "seen=1-no", "seen=x-moved"] {
        place
            .form("/", &at_desk(&session), wrong)
            .await
            .is(StatusCode::BAD_REQUEST);
    }
}

#[tokio::test]
async fn a_refusal_is_shown_with_its_reason_and_can_be_tried_again() {
    let place = Place::new();
    place.read("1", 0, vec![a()]).await;
    let session = place.session("1", false).await;
    *place.platform.refusal.lock() = Some("FAIL_BIZ_415 已取号, request_id abc".to_owned());
    pick(&place, &session).await;
    place.tell().await;
    let (row, conflicts) = seen(&place, &session).await;
    assert_eq!(row["picked"], json!(false));
    let message = conflicts[0]["message"].as_str().unwrap();
    for words in [
        "平台拒绝:已取号(FAIL_BIZ_415 已取号, request_id abc)",
        "refuses it: The number has been taken (FAIL_BIZ_415 已取号, request_id abc)",
    ] {
        assert!(message.contains(words), "{message}");
    }
    // The list is read anew by itself, to see what has become of it.
    assert_eq!(place.platform.demanded.lock().len(), 1);
    *place.platform.refusal.lock() = None;
    assert_eq!(pick(&place, &session).await["result"], "done");
    place.tell().await;
    assert!(seen(&place, &session).await.1.is_empty());
}

#[tokio::test]
async fn who_was_cancelled_or_moved_meanwhile_is_shown_as_a_conflict() {
    let place = Place::new();
    place.read("1", 0, vec![a(), b()]).await;
    place.read("1", 1, Vec::new()).await;
    let session = place.session("1", false).await;
    pick(&place, &session).await;
    // Moved to tomorrow.
    let mut moved = a();
    moved.day = Day::at(EIGHT).plus_days(1).unwrap();
    moved.period = "10:00-10:30".parse().unwrap();
    place.pass(1_000);
    place.read("1", 1, vec![moved.clone()]).await;
    let (row, conflicts) = seen(&place, &session).await;
    assert_eq!(row, json!({}).get("x").cloned().unwrap_or_default());
    let message = conflicts[0]["message"].as_str().unwrap();
    assert!(message.contains("2026-11-25 10:00-10:30"), "{message}");
    // Gone from there too: cancelled, once that is proved.
    for _ in 0..3 {
        place.pass(61_000);
        place.read("1", 1, Vec::new()).await;
        place.pass(1_000);
        place.read("1", 0, vec![b()]).await;
    }
    let counts = place.ledger.counts().await.unwrap();
    assert_eq!(counts.cancelled, 1);
    let (_, conflicts) = seen(&place, &session).await;
    let message = conflicts[0]["message"].as_str().unwrap();
    assert!(message.contains("cancelled"), "{message}");
    assert_eq!(conflicts[0]["name"], "张小三");
}

#[tokio::test]
async fn a_suspected_row_is_in_doubt_and_its_number_can_be_taken() {
    let place = Place::new();
    place.read("1", 0, vec![a(), b()]).await;
    place.pass(1_000);
    place.read("1", 0, vec![b()]).await;
    let session = place.session("1", false).await;
    let (row, _) = seen(&place, &session).await;
    assert_eq!(row["in_doubt"], json!(true));
    assert_eq!(pick(&place, &session).await["result"], "done");
    let rows = place
        .ledger
        .desk_list(&pov("1"), Day::at(EIGHT))
        .await
        .unwrap()
        .rows;
    assert_eq!(rows.len(), 2);
    let kept = rows[0].pick.as_ref().unwrap();
    assert_eq!(kept.status, PickStatus::Picked);
}
