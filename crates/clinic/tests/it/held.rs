//! A list that has lost too much, and the person who decides.

use http::StatusCode;
use povline_store::ledger::Ledger as _;
use serde_json::json;

use crate::support::{Place, at_desk, row};

async fn held(place: &Place) {
    let all = |count: usize| {
        (0..count)
            .map(|n| row(&format!("{}", 1_000 + n), "08:00-08:30", "张小三"))
            .collect::<Vec<_>>()
    };
    place.read("1", 0, all(50)).await;
    place.pass(60_000);
    place.read("1", 0, all(10)).await;
    assert_eq!(place.ledger.holds().await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_held_list_says_so_and_a_person_with_the_right_decides() {
    let place = Place::new();
    held(&place).await;
    let session = place.session("1", true).await;
    let page = place.page("/", &at_desk(&session)).await.text;
    assert!(
        page.contains("This list is held") && page.contains("value=\"accept\""),
        "{page}"
    );
    let list = place.get("/v1/lists/today", &session).await.json();
    assert_eq!(
        (&list["held"]["lost"], &list["held"]["known"]),
        (&json!(40), &json!(50))
    );
    assert_eq!(list["counts"]["in_doubt"], 40);
    let answer = place
        .form("/", &at_desk(&session), "held=accept")
        .await
        .is(StatusCode::OK);
    assert!(answer.text.contains("accepted: 40"), "{}", answer.text);
    assert!(place.ledger.holds().await.unwrap().is_empty());
    let decisions = place.ledger.hold_decisions(10).await.unwrap();
    assert_eq!(decisions[0].decision.by, "李护士");
    assert!(decisions[0].decision.accepted);
    // There is nothing left to decide.
    let answer = place.form("/", &at_desk(&session), "held=accept").await;
    answer.is(StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn without_the_right_nothing_is_decided() {
    let place = Place::new();
    held(&place).await;
    let session = place.session("1", false).await;
    let page = place.page("/", &at_desk(&session)).await.text;
    assert!(
        page.contains("This list is held") && !page.contains("value=\"accept\""),
        "{page}"
    );
    let answer = place.form("/", &at_desk(&session), "held=accept").await;
    answer.is(StatusCode::FORBIDDEN);
    let body = json!({ "accept": true });
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
