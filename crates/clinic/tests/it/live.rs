//! Changes that appear on boards by themselves.

use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;
use povline_store::ledger::Desk as _;
use serde_json::json;

use crate::failing::{Failing, Looks};
use crate::stream::Stream;
use crate::support::{Place, at_desk, at_screen, picked, row};

#[tokio::test]
async fn only_what_changes_is_sent_and_the_screen_sees_it_masked() {
    let place = Place::new();
    let a = || row("1001", "08:00-08:30", "张小三");
    let b = || row("1002", "08:00-08:30", "李四");
    place.read("1", 0, vec![a(), b()]).await;
    let session = place.session("1", false).await;
    let screen = place.device("1", true).await;
    let mut board = Stream::open(&place, "/events", &at_desk(&session)).await;
    let mut hall = Stream::open(&place, "/screen/events", &at_screen(&screen)).await;
    let (name, full) = board.next().await;
    assert_eq!(name, "full");
    assert!(full["full"].as_str().unwrap().contains("张小三"));
    let (_, full) = hall.next().await;
    let html = full["full"].as_str().unwrap();
    assert!(html.contains("张*三") && !html.contains("张小三") && !html.contains("1001"));

    place.pass(1_000);
    place.read("1", 0, vec![picked(a()), b()]).await;
    let (name, patch) = board.next().await;
    assert_eq!(name, "patch");
    let rows = patch["rows"].as_array().unwrap();
    assert_eq!(rows.len(), 1, "{patch}");
    let html = rows[0]["html"].as_str().unwrap();
    assert!(html.contains("张小三") && html.contains("picked"));
    let (_, patch) = hall.next().await;
    assert!(!patch.to_string().contains("张小三"), "{patch}");

    // One who comes: after whom they stand is said. One who leaves the day: gone.
    place.pass(1_000);
    let c = row("1003", "08:00-08:30", "王二");
    place.read("1", 0, vec![picked(a()), b(), c]).await;
    let (_, patch) = board.next().await;
    let rows = patch["rows"].as_array().unwrap();
    assert_eq!(rows.len(), 1);
    let keys = rows[0]["after"].as_str().unwrap();
    assert!(keys.starts_with('r'), "{patch}");
    // A new period changes the page as a whole.
    place.pass(1_000);
    let d = row("1004", "14:00-14:30", "赵五");
    let c = row("1003", "08:00-08:30", "王二");
    place.read("1", 0, vec![picked(a()), b(), c, d]).await;
    assert_eq!(board.next().await.0, "full");
    place.closing.cancel();
    assert!(board.ends().await && hall.ends().await);
}

#[tokio::test]
async fn what_is_done_at_one_desk_shows_at_the_other_and_programs_hear_it_too() {
    let place = Place::new();
    place
        .read("1", 0, vec![row("1001", "08:00-08:30", "张小三")])
        .await;
    let session = place.session("1", false).await;
    let token = place.token(Some("1")).await;
    let mut board = Stream::open(&place, "/events", &at_desk(&session)).await;
    board.next().await;
    let mut program = Stream::open_as(&place, "/v1/events", &token).await;
    let (name, full) = program.next().await;
    assert_eq!(
        (name.as_str(), &full["rows"][0]["name"]),
        ("full", &json!("张*三"))
    );
    let body = json!({ "appointment_id": "P1001" });
    place
        .post("/v1/pick", &session, &body)
        .await
        .is(StatusCode::OK);
    let (_, patch) = board.next().await;
    assert!(
        patch["parts"]["top"]
            .as_str()
            .unwrap()
            .contains("to be told"),
        "{patch}"
    );
    let (_, patch) = program.next().await;
    assert_eq!(patch["rows"][0]["picked"], json!(true));
    assert_eq!(patch["counts"]["arrived"], json!(1));
}

#[tokio::test]
async fn programs_hear_of_conflicts_and_of_what_is_held() {
    let place = Place::new();
    let rows = |count: usize| {
        (0..count)
            .map(|n| row(&format!("{}", 1_000 + n), "08:00-08:30", "张小三"))
            .collect::<Vec<_>>()
    };
    place.read("1", 0, rows(50)).await;
    let token = place.token(Some("1")).await;
    let mut program = Stream::open_as(&place, "/v1/events", &token).await;
    let (_, full) = program.next().await;
    assert_eq!(
        (&full["conflicts"], &full["held"]),
        (&json!([]), &json!(null))
    );
    assert_eq!(
        (&full["fleet_held"], &full["unread"]),
        (&json!(false), &json!(0))
    );

    let body = json!({ "appointment_id": "P1001" });
    place
        .post("/v1/pick", &token, &body)
        .await
        .is(StatusCode::OK);
    let (_, patch) = program.next().await;
    assert_eq!(patch["to_be_told"], 1);
    assert!(
        patch.get("conflicts").is_none(),
        "it has not changed: {patch}"
    );
    place.tell().await;
    place.pass(1_000);
    place.read("1", 0, rows(50)).await;
    let conflict = loop {
        let (_, patch) = program.next().await;
        if let Some(conflict) = patch["conflicts"].get(0) {
            break conflict.clone();
        }
    };
    assert_eq!(
        (&conflict["kind"], &conflict["name"]),
        (&json!("overruled"), &json!("张*三"))
    );
    let path = format!("/v1/conflicts/{}/seen", conflict["number"]);
    let body = json!({ "kind": "overruled" });
    place
        .post(&path, &token, &body)
        .await
        .is(StatusCode::NO_CONTENT);
    let (_, patch) = program.next().await;
    assert_eq!(patch["conflicts"], json!([]));

    place.pass(60_000);
    place.read("1", 0, rows(10)).await;
    let (_, patch) = program.next().await;
    assert_eq!(
        (&patch["held"]["lost"], &patch["held"]["known"]),
        (&json!(40), &json!(50))
    );
    let session = place.session("1", true).await;
    let body = json!({ "accept": true, "mark": patch["held"]["mark"] });
    place
        .post("/v1/held/today", &session, &body)
        .await
        .is(StatusCode::OK);
    let (_, patch) = program.next().await;
    assert_eq!(patch.get("held"), Some(&json!(null)), "{patch}");
}

#[tokio::test]
async fn many_changes_are_at_most_four_updates_a_second() {
    let place = Place::new();
    let rows = |count: usize| {
        (0..count)
            .map(|n| row(&format!("{}", 1_000 + n), "08:00-08:30", "张小三"))
            .collect::<Vec<_>>()
    };
    place.read("1", 0, rows(1)).await;
    let session = place.session("1", false).await;
    let mut board = Stream::open(&place, "/events", &at_desk(&session)).await;
    board.next().await;
    let begun = tokio::time::Instant::now();
    let changing = async {
        for count in 2..202 {
            place.read("1", 0, rows(count)).await;
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        // What was last is shown in the end.
        std::future::pending::<()>().await;
    };
    let mut updates = 0_u32;
    let listening = async {
        loop {
            let (_, patch) = board.next().await;
            updates += 1;
            if patch.to_string().contains("1200") {
                return;
            }
        }
    };
    tokio::select! {
        () = changing => {}
        () = listening => {}
    }
    let seconds = begun.elapsed().as_secs_f64();
    assert!(
        f64::from(updates) <= seconds * 4.0 + 1.0,
        "{updates} in {seconds} s"
    );
}

#[tokio::test]
async fn an_open_board_ends_when_its_right_is_taken_back() {
    let place = Place::new();
    place
        .read("1", 0, vec![row("1001", "08:00-08:30", "张小三")])
        .await;
    let session = place.session("1", false).await;
    let screen = place.device("1", true).await;
    let mut board = Stream::open(&place, "/events", &at_desk(&session)).await;
    let mut hall = Stream::open(&place, "/screen/events", &at_screen(&screen)).await;
    board.next().await;
    hall.next().await;
    place
        .form("/sign-out", &at_desk(&session), "")
        .await
        .is(StatusCode::SEE_OTHER);
    assert!(board.ends().await);
    for device in place.ledger.devices(&crate::support::pov("1")).unwrap() {
        assert!(place.ledger.remove_device(device.number).await.unwrap());
    }
    assert!(hall.ends().await);
}

#[tokio::test]
async fn what_was_done_while_the_ledger_could_not_be_read_is_shown_once_it_can() {
    let mut place = Place::new();
    let rows = ["1001", "1002"].map(|code| row(code, "08:00-08:30", "张小三"));
    place.read("1", 0, rows.to_vec()).await;
    let session = place.session("1", false).await;
    let failing = Arc::new(Failing::new(Arc::clone(&place.ledger)));
    place.router = place.clinic_over(Arc::clone(&failing)).router();
    let mut board = Stream::open(&place, "/events", &at_desk(&session)).await;
    board.next().await;
    for (looks, code) in [(Looks::Lists, "1001"), (Looks::Marks, "1002")] {
        failing.fail(Some(looks));
        let body = json!({ "appointment_id": format!("P{code}") });
        let done = place.post("/v1/pick", &session, &body).await;
        done.is(StatusCode::OK);
        while failing.failed() == 0 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        failing.fail(None);
        // Nothing is done any more that would wake anybody.
        let shown = tokio::time::timeout(Duration::from_secs(60), board.next()).await;
        let (name, patch) = shown.expect("what was done is never shown");
        assert_eq!(name, "patch");
        let html = patch["rows"][0]["html"].as_str().unwrap();
        assert!(html.contains(code) && html.contains("picked"), "{patch}");
    }
}

/// The clinic that cannot be read is tried once a second; another's board is updated as often as it
/// changes.
#[tokio::test]
async fn a_list_that_cannot_be_read_slows_no_other_clinics_board() {
    const UPDATES: usize = 8;
    let mut place = Place::new();
    let one = |n: usize| vec![row(&format!("{}", 1_000 + n), "08:00-08:30", "张小三")];
    place.read("1", 0, one(0)).await;
    place.read("2", 0, Vec::new()).await;
    let sessions = [
        place.session("1", false).await,
        place.session("2", false).await,
    ];
    let failing = Arc::new(Failing::new(Arc::clone(&place.ledger)));
    place.router = place.clinic_over(Arc::clone(&failing)).router();
    let mut board = Stream::open(&place, "/events", &at_desk(&sessions[0])).await;
    let mut other = Stream::open(&place, "/events", &at_desk(&sessions[1])).await;
    board.next().await;
    other.next().await;
    failing.fail(Some(Looks::ListsOf("2")));
    place.read("2", 0, Vec::new()).await;
    while failing.failed() == 0 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let before = failing.failed();
    for n in 1..=UPDATES {
        place.read("1", 0, one(n)).await;
        board.next().await;
    }
    let failed = failing.failed() - before;
    assert!(failed < UPDATES, "{failed} tries within {UPDATES} updates");
    // It comes back by itself, and nothing was lost.
    failing.fail(None);
    other.next().await;
}
