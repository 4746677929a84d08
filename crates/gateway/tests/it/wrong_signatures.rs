//! Why a signature is wrong: told to the caller in a sandbox, and kept for the operator elsewhere.

use std::sync::Arc;

use povline_gateway::GatewayConfig;

use crate::call::{APP_KEY, Call, SECRET, urlencoded};
use crate::follow::until;
use crate::memory_book::MemoryBook;
use crate::platform::{DAY, PATH, Platform, fill};
use crate::wire::{Answer, Connection, FORM, request};

async fn platform(explain_signatures: bool) -> Platform<MemoryBook> {
    let book = MemoryBook::new();
    fill(&book, vec![]);
    let config = GatewayConfig {
        explain_signatures,
        ..GatewayConfig::default()
    };
    Platform::serve(Arc::new(book), config).await
}

/// Signed without its session, which is sent all the same.
fn forgotten_session() -> Call {
    let call = Call::page("00001", "2021-02-03", 1, 200);
    call.signed(SECRET).with("session", "session-of-somebody")
}

fn error(answer: &Answer) -> serde_json::Value {
    let json = answer.json();
    assert_eq!(json.as_object().unwrap().len(), 1, "one root key");
    let error = json["error_response"].clone();
    assert_eq!(error["code"], 25);
    assert_eq!(error["msg"], "Invalid signature");
    error
}

#[tokio::test]
async fn a_sandbox_tells_the_caller() {
    let platform = platform(true).await;
    let call = forgotten_session();
    let told = error(&platform.post(&call).await);
    assert_eq!(told["sub_code"], "isv.invalid-signature:parameter-left-out");
    let text = told["sub_msg"].as_str().unwrap();
    assert!(text.contains("session was sent and not signed"), "{text}");
    assert!(text.contains("***app_key12345678formatjson"), "{text}");
    assert!(text.contains("(session)"), "{text}");
    let right = Call::page("00001", "2021-02-03", 1, 200).with("session", "session-of-somebody");
    let right = right.signed(SECRET);
    assert!(!text.contains(SECRET) && !text.contains(&right.get("sign")[..6]));
    // In XML too, and with characters that XML would choke on.
    let xml = call.clone().with("format", "xml").with("note", "<&>\u{1}");
    let xml = platform.post(&xml.signed("another")).await;
    let xml = xml.text();
    assert!(xml.contains("<code>25</code>"), "{xml}");
    assert!(
        xml.contains("<sub_code>isv.invalid-signature</sub_code>"),
        "{xml}"
    );
    assert!(xml.contains("&lt;&amp;&gt;\\u{1}"), "{xml}");
    quick_xml::Reader::from_str(xml).read_event().unwrap();
}

#[tokio::test]
async fn a_rotated_secret_is_recognised_in_a_sandbox() {
    let platform = platform(true).await;
    platform.book.set_secrets(APP_KEY, &["brandnew"]);
    let call = Call::page("00001", DAY, 1, 200).signed(SECRET);
    let platform = &platform;
    until(|| {
        let call = call.clone();
        async move {
            let answer = platform.post(&call).await;
            answer
                .text()
                .contains("isv.invalid-signature:retired-secret")
        }
    })
    .await;
}

#[tokio::test]
async fn production_tells_the_operator_and_keeps_no_value() {
    let platform = platform(false).await;
    let told = error(&platform.post(&forgotten_session()).await);
    let members: Vec<&String> = told.as_object().unwrap().keys().collect();
    assert_eq!(members, ["code", "msg", "request_id"]);
    let id = told["request_id"].as_str().unwrap();
    let record = platform.admin(&format!("/explain/{id}")).await;
    assert_eq!(record.status, 200);
    let text = record.text();
    let record: serde_json::Value = serde_json::from_str(text).unwrap();
    assert_eq!(record["app_key"], APP_KEY);
    assert_eq!(record["cause"], "parameter-left-out");
    assert_eq!(record["first_difference"]["parameter"], "session");
    assert_eq!(record["sign_method"], "md5");
    let session = record["parameters"]
        .as_array()
        .unwrap()
        .iter()
        .find(|parameter| parameter["name"] == "session");
    assert_eq!(session.unwrap()["bytes"], 19);
    for value in [
        "session-of-somebody",
        "00001",
        "2021-02-03",
        SECRET,
        forgotten_session().get("sign"),
    ] {
        assert!(!text.contains(value), "{value} in {text}");
    }
    assert_eq!(platform.admin("/explain/aaaaaaaaaaaa").await.status, 404);
}

#[tokio::test]
async fn a_value_in_the_place_of_a_name_is_not_kept() {
    let platform = platform(false).await;
    let call = forgotten_session().with("张三丰", "").with("A0001", "x");
    let told = error(&platform.post(&call).await);
    let id = told["request_id"].as_str().unwrap();
    let record = platform.admin(&format!("/explain/{id}")).await;
    assert!(record.text().contains("(9 bytes)"));
    assert!(!record.text().contains("张三丰") && !record.text().contains("A0001"));
}

#[tokio::test]
async fn an_app_that_floods_pushes_out_its_own_records_alone() {
    const OTHER: &str = "87654321";
    // More than all apps together may have.
    const FLOOD: usize = 2_100;
    let platform = platform(false).await;
    platform.book.add_app(OTHER, 1, &[SECRET], &["*"]);
    let others = forgotten_session().with("app_key", OTHER);
    until(|| async {
        let answer = platform.post(&others).await;
        answer.text().contains("\"code\":25")
    })
    .await;
    let id = |answer: &Answer| error(answer)["request_id"].as_str().unwrap().to_owned();
    let quiet = id(&platform.post(&others).await);
    let first = id(&platform.post(&forgotten_session()).await);
    let bytes = request("POST", PATH, &[FORM], &urlencoded(&forgotten_session().0));
    let mut connection = Connection::open(platform.address).await;
    let mut last = String::new();
    for _ in 0..FLOOD {
        last = id(&connection.exchange(&bytes).await);
    }
    for (id, status) in [(&quiet, 200), (&last, 200), (&first, 404)] {
        let record = platform.admin(&format!("/explain/{id}")).await;
        assert_eq!(record.status, status);
    }
}

#[tokio::test]
async fn a_flood_is_not_looked_into_and_still_recorded_within_bounds() {
    let platform = platform(true).await;
    let (mut looked_into, mut crowded) = (0, 0);
    for _ in 0..60 {
        let told = error(&platform.post(&forgotten_session()).await);
        match told["sub_code"].as_str().unwrap() {
            "isv.invalid-signature" => crowded += 1,
            _ => looked_into += 1,
        }
    }
    assert!(looked_into >= 10 && crowded > 0, "{looked_into} {crowded}");
}
