//! Sessions, where the platform has a method ask for one.

use std::collections::BTreeSet;

use povline_domain::{AppKey, UnixMillis};
use povline_gateway::{GatewayConfig, LimitDefaults};
use povline_store::book::{Limits as _, SessionDigest};

use crate::call::{APP_KEY, Call, METHOD};
use crate::platform::{DAY, TestClock};
use crate::register::actor;
use crate::write_side::{SCHEDULE, Written, call, written_with};

const MISSING: &str = r#"{"error_response":{"code":26,"msg":"Missing session","request_id":"ID"}}"#;
const INVALID: &str = r#"{"error_response":{"code":27,"msg":"Invalid session","sub_code":"invalid-sessionkey","sub_msg":"SessionKey非法","request_id":"ID"}}"#;

/// A platform whose appointment query needs a session.
async fn asking() -> Written {
    let written = written_with(GatewayConfig {
        session_methods: BTreeSet::from([METHOD]),
        calls: LimitDefaults {
            app_per_day: Some(1_000),
            ..LimitDefaults::default()
        },
        ..GatewayConfig::default()
    })
    .await;
    let until = UnixMillis(TestClock::BEGIN + 60_000);
    for (app, session) in [
        (APP_KEY, "ours"),
        ("stranger", "theirs"),
        (APP_KEY, "taken back"),
    ] {
        let app = AppKey::new(app).unwrap();
        let digest = SessionDigest::of(session);
        let book = &written.platform.book;
        book.add_session(&actor(), &app, digest, until)
            .await
            .unwrap();
    }
    let app = AppKey::new(APP_KEY).unwrap();
    let taken_back = SessionDigest::of("taken back");
    let book = &written.platform.book;
    book.revoke_sessions(&actor(), &app, taken_back.as_str())
        .await
        .unwrap();
    written.platform.gateway.learn_access().await.unwrap();
    written
}

fn page(session: Option<&str>) -> Call {
    let page = Call::page("00001", DAY, 1, 200);
    match session {
        Some(session) => page.with("session", session),
        None => page,
    }
}

#[tokio::test]
async fn a_call_without_a_good_session_is_told_so_and_not_counted() {
    let written = asking().await;
    for (session, told) in [
        (None, MISSING),
        (Some(""), MISSING),
        (Some("made up"), INVALID),
        (Some("theirs"), INVALID),
        (Some("taken back"), INVALID),
        (Some("OURS"), INVALID),
    ] {
        let answer = written.send(page(session)).await;
        assert_eq!(answer.masked(), told, "{session:?}");
        assert_eq!(answer.header("x-ratelimit-remaining-day"), None);
    }
    let xml = written
        .send(page(Some("theirs")).with("format", "xml"))
        .await;
    assert!(
        xml.text().contains(
            "<code>27</code><msg>Invalid session</msg><sub_code>invalid-sessionkey</sub_code>\
             <sub_msg>SessionKey非法</sub_msg>"
        ),
        "{}",
        xml.text()
    );
    let good = written.send(page(Some("ours"))).await;
    assert!(good.text().contains("\"total\":0"), "{}", good.text());
    assert_eq!(good.header("x-ratelimit-remaining-day"), Some("999"));
    // The signature comes first: nobody learns from a guess whether a session is good.
    let forged = page(Some("ours")).signed("another secret");
    let forged = written.platform.post(&forged).await;
    assert!(forged.text().contains("\"code\":25"));
    // Methods that ask for none take whatever is sent.
    for session in ["", "made up", "ours"] {
        let place = [
            ("out_pov_id", "00001"),
            ("appointment_time", DAY),
            ("session", session),
        ];
        let told = written.told(call(SCHEDULE, &place)).await;
        assert_eq!(told["is_success"], true, "{told}");
    }
    written.platform.clock.advance(60_000);
    assert_eq!(written.send(page(Some("ours"))).await.masked(), INVALID);
}

#[tokio::test]
async fn the_calls_of_a_batch_may_have_sessions_of_their_own() {
    use crate::batch::{batch, form, page as object, system};
    use crate::call::REQUEST;
    let written = asking().await;
    let object = object("00001", 1, 1);
    let call = |session: &str| {
        let mut pairs = vec![("method", METHOD), (REQUEST, object.as_str())];
        if !session.is_empty() {
            pairs.push(("session", session));
        }
        form(&pairs)
    };
    let body = ["", "theirs", "ours"].map(call).join("\r\n-S-\r\n");
    let mixed = written.platform.send(&batch(system(), &body, &[])).await;
    let mixed: Vec<&str> = mixed.text().split("\r\n-S-\r\n").collect();
    assert!(mixed[0].contains("\"code\":26"), "{}", mixed[0]);
    assert!(mixed[1].contains("\"code\":27"), "{}", mixed[1]);
    assert!(mixed[2].contains("\"total\":0"), "{}", mixed[2]);
    // One that stands beside the signature is every call's that has none of its own.
    let shared = batch(system().with("session", "ours"), &body, &[]);
    let shared = written.platform.send(&shared).await;
    let shared: Vec<&str> = shared.text().split("\r\n-S-\r\n").collect();
    assert!(shared[0].contains("\"total\":0"), "{}", shared[0]);
    assert!(shared[1].contains("\"code\":27"), "{}", shared[1]);
}

#[tokio::test]
async fn the_description_for_machines_knows_which_methods_ask() {
    let written = asking().await;
    let get = crate::wire::request("GET", "/openapi.json", &[], "");
    let document = written.platform.send(&get).await.json();
    let paths = document["paths"].as_object().unwrap();
    let asks = paths.iter().filter(|(_, path)| {
        let body = &path["post"]["requestBody"]["content"]["application/x-www-form-urlencoded"];
        let required = body["schema"]["required"].as_array().unwrap();
        required.contains(&"session".into())
    });
    let asks: Vec<&String> = asks.map(|(path, _)| path).collect();
    assert_eq!(asks, [&format!("/router/rest#{METHOD}")]);
}
