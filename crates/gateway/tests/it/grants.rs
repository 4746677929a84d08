//! Who reads what.

use std::sync::Arc;

use povline_gateway::GatewayConfig;

use crate::call::{Call, SECRET};
use crate::memory_book::MemoryBook;
use crate::platform::{DAY, Platform, appointment, day, ids};

/// ISV 1 and ISV 2 both have a "00001"; ISV 2 also has 31001 and 32001.
async fn two_isvs() -> Platform<MemoryBook> {
    let book = Arc::new(MemoryBook::new());
    for (pov, isv, code, n) in [
        (1, 1, "00001", 1),
        (2, 2, "00001", 2),
        (3, 2, "31001", 3),
        (4, 2, "32001", 4),
    ] {
        book.add_pov(pov, isv, code);
        book.edit(pov, day(), |rows| rows.push(appointment(n)));
    }
    for (app, isv, grants) in [
        ("first", 1, &["*"][..]),
        ("second", 2, &["*"][..]),
        ("one", 2, &["31001"][..]),
        ("some", 2, &["31*"][..]),
        ("none", 2, &[][..]),
    ] {
        book.add_app(app, isv, &[SECRET], grants);
    }
    Platform::serve(book, GatewayConfig::default()).await
}

async fn ask(platform: &Platform<MemoryBook>, app: &str, code: &str) -> String {
    let call = Call::page(code, DAY, 1, 200).with("app_key", app);
    let answer = platform.post(&call.signed(SECRET)).await;
    let json = answer.json();
    let result = &json["alibaba_health_vaccin_appointment_query_response"]["result"];
    if result["success"] == true {
        ids(&answer).join(" ")
    } else {
        answer.masked()
    }
}

#[tokio::test]
async fn the_same_code_of_two_isvs_is_two_povs() {
    let platform = two_isvs().await;
    assert_eq!(ask(&platform, "first", "00001").await, "P00001");
    assert_eq!(ask(&platform, "second", "00001").await, "P00002");
}

#[tokio::test]
async fn a_grant_covers_what_it_says() {
    let platform = two_isvs().await;
    assert_eq!(ask(&platform, "one", "31001").await, "P00003");
    assert_eq!(ask(&platform, "some", "31001").await, "P00003");
    assert_eq!(ask(&platform, "second", "32001").await, "P00004");
}

#[tokio::test]
async fn an_unknown_pov_and_one_without_a_grant_are_one_answer_and_no_empty_list() {
    let platform = two_isvs().await;
    let refusal = |code: &str| {
        format!(
            r#"{{"error_response":{{"code":50,"msg":"Remote service error","sub_code":"isv.pov-not-exist","sub_msg":"接种点不存在或未授权:{code}","request_id":"ID"}}}}"#
        )
    };
    assert_eq!(ask(&platform, "second", "99999").await, refusal("99999"));
    for (app, code) in [
        ("first", "31001"),
        ("one", "00001"),
        ("some", "32001"),
        ("none", "31001"),
        ("none", "99999"),
    ] {
        assert_eq!(ask(&platform, app, code).await, refusal(code), "{app}");
    }
}
