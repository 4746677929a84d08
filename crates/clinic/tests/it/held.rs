//! A list that has lost too much, and the person who decides.

use std::time::Duration;

use http::StatusCode;
use povline_clinic::FLEET_COOKIE;
use povline_domain::{Appointment, Day};
use povline_store::ledger::Ledger as _;
use serde_json::json;

use crate::stream::Stream;
use crate::support::{Answer, Place, at_desk, row};

fn rows(numbers: impl Iterator<Item = usize>) -> Vec<Appointment> {
    let rows = numbers.map(|n| row(&format!("{}", 1_000 + n), "08:00-08:30", "张小三"));
    rows.collect()
}

async fn held(place: &Place) {
    place.read("1", 0, rows(0..50)).await;
    place.pass(60_000);
    place.read("1", 0, rows(0..10)).await;
    assert_eq!(place.ledger.holds().await.unwrap().len(), 1);
}

/// The mark of what a list shows as lost.
async fn mark(place: &Place, day: &str) -> String {
    let token = place.token(Some("1")).await;
    let list = place.get(&format!("/v1/lists/{day}"), &token).await.json();
    list["held"]["mark"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_held_list_says_so_and_a_person_with_the_right_decides() {
    let place = Place::new();
    held(&place).await;
    let session = place.session("1", true).await;
    let page = place.page("/", &at_desk(&session)).await.text;
    assert!(
        page.contains("This list is held") && page.contains("value=\"accept-"),
        "{page}"
    );
    let list = place.get("/v1/lists/today", &session).await.json();
    assert_eq!(
        (&list["held"]["lost"], &list["held"]["known"]),
        (&json!(40), &json!(50))
    );
    assert_eq!(list["counts"]["in_doubt"], 40);
    let body = format!("held=accept-{}", mark(&place, "today").await);
    let answer = place
        .form("/", &at_desk(&session), &body)
        .await
        .is(StatusCode::OK);
    assert!(answer.text.contains("accepted: 40"), "{}", answer.text);
    assert!(place.ledger.holds().await.unwrap().is_empty());
    let decisions = place.ledger.hold_decisions(10).await.unwrap();
    assert_eq!(decisions[0].decision.by, "李护士");
    assert!(decisions[0].decision.accepted);
    // There is nothing left to decide.
    let answer = place.form("/", &at_desk(&session), &body).await;
    answer.is(StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn without_the_right_nothing_is_decided() {
    let place = Place::new();
    held(&place).await;
    let session = place.session("1", false).await;
    let page = place.page("/", &at_desk(&session)).await.text;
    assert!(
        page.contains("This list is held") && !page.contains("value=\"accept-"),
        "{page}"
    );
    let mark = mark(&place, "today").await;
    let body = format!("held=accept-{mark}");
    for path in ["/", "/held/2026-11-24"] {
        let answer = place.form(path, &at_desk(&session), &body).await;
        answer.is(StatusCode::FORBIDDEN);
    }
    let body = json!({ "accept": true, "mark": mark });
    place
        .post("/v1/held/today", &session, &body)
        .await
        .is(StatusCode::FORBIDDEN);
    let token = place.token(Some("1")).await;
    place
        .post("/v1/held/today", &token, &body)
        .await
        .is(StatusCode::UNAUTHORIZED);
    assert_eq!(place.ledger.holds().await.unwrap().len(), 1);
}

/// What was shown and is not so any more: others are lost, as many as before; somebody rejected it;
/// one came back.
#[tokio::test]
async fn a_decision_is_about_what_was_shown_and_is_refused_when_that_has_changed() {
    let place = Place::new();
    held(&place).await;
    let session = place.session("1", true).await;
    let desk = at_desk(&session);
    let fleet = format!("{FLEET_COOKIE}={}; lang=en", place.token(None).await);
    let chinese = desk.replace("lang=en", "lang=zh");
    let is_refused = |answer: Answer, words: &str| {
        let answer = answer.is(StatusCode::CONFLICT);
        assert!(answer.text.contains(words), "{}", answer.text);
    };
    let refused_everywhere = async |shown: &str| {
        let form = format!("held=accept-{shown}");
        let english = "the list has changed: look again";
        for path in ["/", "/held/2026-11-24"] {
            is_refused(place.form(path, &desk, &form).await, english);
            is_refused(place.form(path, &chinese, &form).await, "清单已变化");
        }
        let form = format!("pov=1&day=2026-11-24&{form}");
        is_refused(place.form("/fleet/held", &fleet, &form).await, english);
        let body = json!({ "accept": true, "mark": shown });
        let answer = place.post("/v1/held/today", &session, &body).await;
        assert_eq!(answer.json()["error"], "changed");
        is_refused(answer, "清单已变化");
        assert_eq!(place.ledger.holds().await.unwrap().len(), 1);
        assert_eq!(place.ledger.hold_decisions(10).await.unwrap().len(), 0);
    };
    let shown = mark(&place, "today").await;
    // A newer reading that shows the same loss changes nothing of what was shown.
    place.pass(60_000);
    place.read("1", 0, rows(0..10)).await;
    assert_eq!(mark(&place, "today").await, shown);
    // One is back and another one is gone: as many as before, and not the same.
    place.pass(60_000);
    place.read("1", 0, rows(1..11)).await;
    let list = place.get("/v1/lists/today", &session).await.json();
    assert_eq!(list["held"]["lost"], 40);
    refused_everywhere(&shown).await;
    // One more is gone, then it is back.
    let shown = mark(&place, "today").await;
    place.pass(60_000);
    place.read("1", 0, rows(2..11)).await;
    refused_everywhere(&shown).await;
    let shown = mark(&place, "today").await;
    place.pass(60_000);
    place.read("1", 0, rows(1..11)).await;
    refused_everywhere(&shown).await;
    // Somebody else has said otherwise meanwhile.
    let shown = mark(&place, "today").await;
    let reject = format!("held=reject-{shown}");
    place.form("/", &desk, &reject).await.is(StatusCode::OK);
    let accept = format!("held=accept-{shown}");
    is_refused(place.form("/", &desk, &accept).await, "look again");
    let accept = format!("held=accept-{}", mark(&place, "today").await);
    place.form("/", &desk, &accept).await.is(StatusCode::OK);
    let decisions = place.ledger.hold_decisions(10).await.unwrap();
    assert_eq!(decisions.len(), 2);
}

#[tokio::test]
async fn the_page_of_a_held_list_tells_its_age_and_warns_when_it_is_stale() {
    let place = Place::new();
    held(&place).await;
    let desk = at_desk(&place.session("1", true).await);
    let chinese = desk.replace("lang=en", "lang=zh");
    place.pass(12_000);
    let page = place.page("/held/2026-11-24", &desk).await.text;
    assert!(
        page.contains("as of 08:01:") && page.contains(" s ago"),
        "{page}"
    );
    assert!(!page.contains("This list is stale"), "{page}");
    place.pass(15 * 60_000);
    let page = place.page("/held/2026-11-24", &desk).await.text;
    assert!(page.contains(", 15 min ago"), "{page}");
    assert!(page.contains("role=\"alert\">This list is stale"), "{page}");
    let page = place.page("/held/2026-11-24", &chinese).await.text;
    assert!(
        page.contains("截至 08:01:") && page.contains("，15 分钟前"),
        "{page}"
    );
    assert!(page.contains("清单已过时"), "{page}");
}

#[tokio::test]
async fn whoever_decides_after_their_shift_signs_in_again() {
    let place = Place::new();
    held(&place).await;
    let session = place.session("1", true).await;
    let desk = at_desk(&session);
    let body = format!("held=accept-{}", mark(&place, "today").await);
    place.pass(12 * 3_600_000 + 1);
    let of_fleet = format!("pov=1&day=2026-11-24&{body}");
    for (path, body, sign_in) in [
        ("/", &body, "/sign-in"),
        ("/held/2026-11-24", &body, "/sign-in"),
        ("/fleet/held", &of_fleet, "/fleet/sign-in"),
    ] {
        let answer = place.form(path, &desk, body).await;
        let answer = answer.is(StatusCode::SEE_OTHER);
        assert_eq!(answer.headers["location"], sign_in);
    }
    assert_eq!(place.ledger.holds().await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_decision_without_a_mark_is_none() {
    let place = Place::new();
    held(&place).await;
    let session = place.session("1", true).await;
    for wrong in ["accept", "accept-", "accept-1", "keep-0000000000000000"] {
        let answer = place
            .form("/", &at_desk(&session), &format!("held={wrong}"))
            .await;
        answer.is(StatusCode::BAD_REQUEST);
    }
    for wrong in [
        json!({ "accept": true }),
        json!({ "accept": true, "mark": "40" }),
    ] {
        let answer = place.post("/v1/held/today", &session, &wrong).await;
        answer.is(StatusCode::BAD_REQUEST);
    }
    assert_eq!(place.ledger.holds().await.unwrap().len(), 1);
}

#[tokio::test]
async fn another_day_that_is_held_is_told_on_the_board_and_decided_on_a_page_of_its_own() {
    let place = Place::new();
    let tomorrow = Day::at(place.now()).plus_days(1).unwrap();
    let of_tomorrow = |count: usize| {
        let rows = rows(0..count).into_iter();
        rows.map(|row| Appointment {
            day: tomorrow,
            ..row
        })
        .collect()
    };
    place.read("1", 0, Vec::new()).await;
    place.read("1", 1, of_tomorrow(50)).await;
    let session = place.session("1", true).await;
    let desk = at_desk(&session);
    let mut board = Stream::open(&place, "/events", &desk).await;
    let (_, full) = board.next().await;
    assert!(!full.to_string().contains("held-elsewhere"), "{full}");
    place.pass(60_000);
    place.read("1", 1, of_tomorrow(10)).await;
    // It appears by itself, and leads to where it is decided.
    let told = async {
        loop {
            let (_, patch) = board.next().await;
            if let Some(top) = patch["parts"]["top"].as_str() {
                return top.to_owned();
            }
        }
    };
    let top = tokio::time::timeout(Duration::from_secs(60), told).await;
    let top = top.expect("the board is never told");
    assert!(
        top.contains("Lists of other days are held")
            && top.contains("<a href=\"/held/2026-11-25\">tomorrow 2026-11-25</a> lost 40/50"),
        "{top}"
    );
    // A clinic next door hears nothing of it.
    let other = at_desk(&place.session("2", true).await);
    let page = place.page("/", &other).await.text;
    assert!(!page.contains("held-elsewhere"), "{page}");
    let page = place.page("/held/2026-11-25", &other).await.text;
    assert!(page.contains("Nothing is held of that day"), "{page}");

    let page = place
        .page("/held/2026-11-25", &desk)
        .await
        .is(StatusCode::OK);
    let page = page.text;
    assert_eq!(page.matches("<b>张小三</b>").count(), 40, "{page}");
    let decision = format!("held=accept-{}", mark(&place, "tomorrow").await);
    let answer = place.form("/held/2026-11-25", &desk, &decision).await;
    let answer = answer.is(StatusCode::OK).text;
    assert!(
        answer.contains("accepted: 40") && answer.contains("Nothing is held of that day"),
        "{answer}"
    );
    let page = place.page("/", &desk).await.text;
    assert!(!page.contains("held-elsewhere"), "{page}");
    place
        .page("/held/2026-11-25", "")
        .await
        .is(StatusCode::SEE_OTHER);
    place
        .page("/held/x", &desk)
        .await
        .is(StatusCode::BAD_REQUEST);
}
