//! Changes that appear on boards by themselves.

use std::time::Duration;

use axum::body::Body;
use http::{Request, StatusCode};
use http_body_util::BodyExt as _;
use povline_store::ledger::Desk as _;
use serde_json::{Value, json};
use tower::ServiceExt as _;

use crate::support::{Place, at_desk, at_screen, picked, row};

/// A board that listens.
struct Stream {
    body: Body,
    text: String,
}

impl Stream {
    async fn open(place: &Place, path: &str, cookies: &str) -> Self {
        let request = Request::get(path).header("cookie", cookies);
        let request = request.body(Body::empty()).unwrap();
        let answer = place.router.clone().oneshot(request).await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        assert_eq!(
            answer.headers()["content-type"],
            "text/event-stream; charset=utf-8"
        );
        Self {
            body: answer.into_body(),
            text: String::new(),
        }
    }

    /// The next event that is no beat.
    async fn next(&mut self) -> (String, Value) {
        loop {
            if let Some((event, rest)) = self.text.split_once("\n\n") {
                let (name, data) = event.split_once("\ndata: ").unwrap();
                let name = name.strip_prefix("event: ").unwrap().to_owned();
                let value: Value = serde_json::from_str(data).unwrap();
                self.text = rest.to_owned();
                if name != "beat" {
                    return (name, value);
                }
                continue;
            }
            let frame = self.body.frame().await.expect("it must go on").unwrap();
            let bytes = frame.into_data().unwrap();
            self.text.push_str(std::str::from_utf8(&bytes).unwrap());
        }
    }

    async fn ends(mut self) -> bool {
        loop {
            match self.body.frame().await {
                None => return true,
                Some(frame) => drop(frame.unwrap()),
            }
        }
    }
}

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
    let request = Request::get("/v1/events").header("authorization", format!("Bearer {token}"));
    let answer = place
        .router
        .clone()
        .oneshot(request.body(Body::empty()).unwrap())
        .await;
    let mut program = Stream {
        body: answer.unwrap().into_body(),
        text: String::new(),
    };
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

#[tokio::test(start_paused = true)]
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
        tokio::time::sleep(Duration::from_secs(600)).await;
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
        () = changing => panic!("the last change never came"),
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
