//! Lists, counts, and finding people.

use http::StatusCode;
use serde_json::json;

use crate::support::{Place, at_desk, picked, row};

fn rows() -> Vec<povline_domain::Appointment> {
    vec![
        row("A1023", "08:00-08:30", "张小三"),
        picked(row("A1024", "08:00-08:30", "李四")),
        row("A1025", "09:00-09:30", "张小三"),
        row("A1026", "09:00-09:30", "王二"),
    ]
}

#[tokio::test]
async fn lists_are_counted_by_period_and_tell_their_age() {
    let place = Place::new();
    let session = place.session("1", false).await;
    let empty = place.get("/v1/lists/today", &session).await.json();
    assert_eq!(empty["as_of"], json!(null));
    assert_eq!(
        empty["is_stale"],
        json!(true),
        "what was never read is no empty list"
    );
    let read_at = place.now();
    place.read("1", 0, rows()).await;
    place.pass(12_000);
    let list = place.get("/v1/lists/today", &session).await.json();
    let as_of = list["as_of"].as_i64().unwrap();
    assert!((read_at.0..read_at.0 + 1_000).contains(&as_of), "{as_of}");
    assert!(
        list["as_of_text"]
            .as_str()
            .unwrap()
            .starts_with("2026-11-24 08:00:")
    );
    assert!(list["age_ms"].as_i64().unwrap() >= 12_000);
    assert_eq!(list["is_stale"], json!(false));
    assert_eq!(
        list["counts"],
        json!({ "expected": 4, "arrived": 1, "left": 3, "in_doubt": 0 })
    );
    place.pass(900_000);
    let counts = place.get("/v1/lists/today/counts", &session).await.json();
    assert_eq!(counts["is_stale"], json!(true));
    let periods = counts["periods"].as_array().unwrap();
    assert_eq!(periods.len(), 2);
    assert_eq!(periods[0]["appointment_period"], "08:00-08:30");
    assert_eq!(
        periods[0]["counts"],
        json!({ "expected": 2, "arrived": 1, "left": 1, "in_doubt": 0 })
    );
    for wrong in ["/v1/lists/yesterday", "/v1/lists/2026-13-01"] {
        place.get(wrong, &session).await.is(StatusCode::BAD_REQUEST);
    }
    let tomorrow = place.get("/v1/lists/tomorrow", &session).await.json();
    assert_eq!(tomorrow["day"], "2026-11-25");
    assert_eq!(tomorrow["as_of"], json!(null));
}

#[tokio::test]
async fn people_are_found_however_a_code_is_typed_and_namesakes_stand_side_by_side() {
    let place = Place::new();
    place.read("1", 0, rows()).await;
    let session = place.session("1", false).await;
    for typed in [
        "A1024",
        "a1024",
        "%EF%BC%A11024",
        "a%2010-24",
        "%20A1024%0A",
    ] {
        let found = place
            .get(&format!("/v1/find?q={typed}"), &session)
            .await
            .json();
        assert_eq!(found["found_by"], "pick_code", "{typed}");
        let rows = found["rows"].as_array().unwrap();
        assert_eq!(rows.len(), 1, "{typed}: {found}");
        assert_eq!(rows[0]["appointment_id"], "PA1024");
    }
    let found = place
        .get("/v1/find?q=%E5%BC%A0%E5%B0%8F%E4%B8%89", &session)
        .await
        .json();
    let codes: Vec<_> = found["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["pick_code"].as_str().unwrap())
        .collect();
    assert_eq!(codes, ["A1023", "A1025"]);
    // Part of a code is no code: it must not lead to somebody else.
    let found = place.get("/v1/find?q=A102", &session).await.json();
    assert_eq!(found["rows"], json!([]));
}

#[tokio::test]
async fn a_programs_token_cannot_try_codes_out() {
    let place = Place::new();
    place.read("1", 0, rows()).await;
    let token = place.token(Some("1")).await;
    let mut refused = 0;
    for guess in 0..40 {
        let answer = place.get(&format!("/v1/find?q=B{guess:04}"), &token).await;
        refused += usize::from(answer.status == StatusCode::TOO_MANY_REQUESTS);
    }
    assert_eq!(refused, 10);
    // A right guess is not told from a wrong one, until the ten minutes are over.
    let found = || place.get("/v1/find?q=A1023", &token);
    found().await.is(StatusCode::TOO_MANY_REQUESTS);
    place.pass(600_000);
    found().await.is(StatusCode::OK);
}

#[tokio::test]
async fn a_list_can_be_asked_for_anew_but_not_all_the_time() {
    let place = Place::new();
    let session = place.session("1", false).await;
    for _ in 0..6 {
        let answer = place
            .post("/v1/pull", &session, &json!({ "day": "tomorrow" }))
            .await;
        answer.is(StatusCode::ACCEPTED);
    }
    let answer = place.post("/v1/pull", &session, &json!({})).await;
    let refused = answer.is(StatusCode::TOO_MANY_REQUESTS).json();
    assert_eq!(refused["error"], "too-often");
    let demanded = place.platform.demanded.lock().clone();
    assert_eq!(demanded.len(), 6);
    assert!(
        demanded
            .iter()
            .all(|(_, day)| day.to_string() == "2026-11-25")
    );
    place.pass(60_001);
    place
        .post("/v1/pull", &session, &json!({}))
        .await
        .is(StatusCode::ACCEPTED);
}

#[tokio::test]
async fn what_an_input_method_made_of_a_scan_is_found_by_the_keys() {
    let place = Place::new();
    place.read("1", 0, rows()).await;
    let desk = at_desk(&place.session("1", false).await);
    let found = async |query: &str| {
        let answer = place.page(&format!("/find?{query}"), &desk).await;
        answer.is(StatusCode::OK).json()
    };
    // 啊023: the letter became a word that the digit chose.
    let scanned = found("q=%E5%95%8A023&keys=A1023").await;
    assert_eq!(scanned["ready"], "PA1023");
    // What was typed comes first, and the keys of a name are no name.
    let typed = found("q=A1023&keys=A1024").await;
    assert_eq!(typed["ready"], "PA1023");
    let name = found("q=%E5%95%8A&keys=%E5%BC%A0%E5%B0%8F%E4%B8%89").await;
    assert!(name.get("ready").is_none(), "{name}");
    let html = name["html"].as_str().unwrap();
    assert!(html.contains("Not on today"), "{html}");
}

#[tokio::test]
async fn a_busy_program_does_not_stop_the_people_at_the_desk_from_asking() {
    let place = Place::new();
    let session = place.session("1", false).await;
    let (kiosk, queue) = (place.token(Some("1")).await, place.token(Some("1")).await);
    let pull = async |who: &str| place.post("/v1/pull", who, &json!({})).await.status;
    for _ in 0..3 {
        assert_eq!(pull(&kiosk).await, StatusCode::ACCEPTED);
        assert_eq!(pull(&queue).await, StatusCode::ACCEPTED);
    }
    // All programs of a clinic together, whichever of them asks.
    assert_eq!(pull(&kiosk).await, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(pull(&queue).await, StatusCode::TOO_MANY_REQUESTS);
    let answer = place.form("/", &at_desk(&session), "pull=today").await;
    answer.is(StatusCode::OK);
    for _ in 0..5 {
        assert_eq!(pull(&session).await, StatusCode::ACCEPTED);
    }
    assert_eq!(pull(&session).await, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(place.platform.demanded.lock().len(), 12);
}

#[tokio::test]
async fn nothing_is_done_on_a_day_that_nobody_reads() {
    let place = Place::new();
    place.read("1", 0, rows()).await;
    let session = place.session("1", false).await;
    for day in ["2026-11-23", "2026-11-26"] {
        let pull = json!({ "day": day });
        let pick = json!({ "day": day, "appointment_id": "PA1023" });
        for (path, body) in [
            ("/v1/pull", pull),
            ("/v1/pick", pick.clone()),
            ("/v1/unpick", pick),
        ] {
            let refused = place.post(path, &session, &body).await;
            let refused = refused.is(StatusCode::BAD_REQUEST).json();
            assert_eq!(refused["error"], "not-open");
            let message = refused["message"].as_str().unwrap();
            assert!(message.contains("2026-11-24 至 2026-11-25"), "{message}");
            assert!(
                message.contains("from 2026-11-24 to 2026-11-25"),
                "{message}"
            );
        }
    }
    assert!(place.platform.demanded.lock().is_empty());
    for body in [json!({ "day": 5 }), json!([]), json!("today")] {
        let refused = place.post("/v1/pull", &session, &body).await;
        assert_eq!(
            refused.is(StatusCode::BAD_REQUEST).json()["error"],
            "wrong-value"
        );
    }
}

#[tokio::test]
async fn the_board_shows_it_all_without_a_script_too() {
    let place = Place::new();
    place.read("1", 0, rows()).await;
    let session = place.session("1", false).await;
    let page = place
        .page("/", &at_desk(&session))
        .await
        .is(StatusCode::OK)
        .text;
    for said in [
        "08:00-08:30",
        "张小三",
        "A1025",
        "as of 08:00:",
        "Tomorrow, for stock",
    ] {
        assert!(page.contains(said), "{said}: {page}");
    }
    let page = place.page("/?q=a1026", &at_desk(&session)).await.text;
    assert!(page.contains("value=\"PA1026\""), "{page}");
    let page = place
        .form("/", &at_desk(&session), "pick=PA1026")
        .await
        .is(StatusCode::OK)
        .text;
    assert!(page.contains("王二 has arrived"), "{page}");
}
