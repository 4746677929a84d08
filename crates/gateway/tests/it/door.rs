//! Every documented error at the door, and what must never make an official client stumble.

use povline_store::book::AppStatus;

use crate::call::{Call, REQUEST, SECRET, urlencoded};
use crate::memory_book::MemoryBook;
use crate::platform::{DAY, PATH, Platform, appointments};
use crate::wire::{Answer, Connection, FORM, request};

async fn platform() -> Platform<MemoryBook> {
    Platform::with_rows(appointments(3)).await
}

fn good() -> Call {
    Call::page("00001", DAY, 1, 200)
}

/// The error document without its request id, and that it is one and nothing else.
fn error(answer: &Answer) -> String {
    assert_eq!(answer.status, 200);
    assert_eq!(
        answer.header("content-type"),
        Some("application/json;charset=UTF-8"),
        "{}",
        answer.text()
    );
    assert_eq!(answer.json().as_object().unwrap().len(), 1);
    let text = answer.masked();
    text.strip_prefix(r#"{"error_response":{"#)
        .and_then(|rest| rest.strip_suffix(r#","request_id":"ID"}}"#))
        .unwrap_or_else(|| panic!("no error document: {text}"))
        .to_owned()
}

async fn check(call: Call, expected: &str) {
    let platform = platform().await;
    assert_eq!(error(&platform.post(&call).await), expected);
}

/// Signs what was done to a good call.
async fn check_signed(change: impl FnOnce(Call) -> Call, expected: &str) {
    check(change(good()).signed(SECRET), expected).await;
}

#[tokio::test]
async fn method_missing_and_unknown() {
    check_signed(
        |call| call.without("method"),
        r#""code":21,"msg":"Missing method""#,
    )
    .await;
    check_signed(
        |call| call.with("method", "taobao.time.get"),
        r#""code":22,"msg":"Invalid method""#,
    )
    .await;
}

#[tokio::test]
async fn app_key_missing_and_unknown() {
    check_signed(
        |call| call.without("app_key"),
        r#""code":28,"msg":"Missing app Key""#,
    )
    .await;
    check_signed(
        |call| call.with("app_key", "87654321"),
        r#""code":29,"msg":"Invalid app Key","sub_code":"isv.appkey-not-exists""#,
    )
    .await;
}

#[tokio::test]
async fn version_missing_and_wrong() {
    check_signed(
        |call| call.without("v"),
        r#""code":32,"msg":"Missing version""#,
    )
    .await;
    check_signed(
        |call| call.with("v", "two"),
        r#""code":33,"msg":"Invalid version""#,
    )
    .await;
    check_signed(
        |call| call.with("v", "3.0"),
        r#""code":34,"msg":"Unsupported version""#,
    )
    .await;
}

#[tokio::test]
async fn timestamp_missing_malformed_and_off() {
    let invalid = r#""code":31,"msg":"Invalid timestamp""#;
    check_signed(
        |call| call.without("timestamp"),
        r#""code":30,"msg":"Missing timestamp""#,
    )
    .await;
    check_signed(|call| call.with("timestamp", "now"), invalid).await;
    // Eleven minutes off is too much in either direction.
    check_signed(
        |call| call.with("timestamp", "2021-01-18 07:49:00"),
        invalid,
    )
    .await;
    check_signed(
        |call| call.with("timestamp", "2021-01-18 08:11:00"),
        invalid,
    )
    .await;
    // The caller's own zone instead of GMT+8.
    check_signed(
        |call| call.with("timestamp", "2021-01-18 00:00:00"),
        invalid,
    )
    .await;
    let platform = platform().await;
    for near in ["2021-01-18 07:51:00", "2021-01-18 08:09:00"] {
        let answer = platform
            .post(&good().with("timestamp", near).signed(SECRET))
            .await;
        assert!(
            answer.text().contains("P00001"),
            "{near}: {}",
            answer.text()
        );
    }
}

#[tokio::test]
async fn an_unknown_format_is_told_in_xml() {
    let platform = platform().await;
    let answer = platform
        .post(&good().with("format", "yaml").signed(SECRET))
        .await;
    assert_eq!(
        answer.header("content-type"),
        Some("text/xml;charset=UTF-8")
    );
    assert_eq!(
        answer.masked(),
        r#"<?xml version="1.0" encoding="utf-8" ?><error_response><code>23</code><msg>Invalid format</msg><request_id>ID</request_id></error_response>"#
    );
}

#[tokio::test]
async fn signature_missing_and_wrong() {
    check(good(), r#""code":24,"msg":"Missing signature""#).await;
    let invalid = r#""code":25,"msg":"Invalid signature""#;
    check(good().signed("not the secret"), invalid).await;
    check(good().with("sign", "ÄÖ").with("v", "2.0"), invalid).await;
    check(good().signed(SECRET).with("extra", "unsigned"), invalid).await;
    check(
        good().signed(SECRET).without("v").with("v", "2.00"),
        r#""code":34,"msg":"Unsupported version""#,
    )
    .await;
}

#[tokio::test]
async fn a_lower_case_signature_is_taken() {
    let platform = platform().await;
    let call = good().signed(SECRET);
    let lower = call.get("sign").to_ascii_lowercase();
    let answer = platform.post(&call.with("sign", &lower)).await;
    assert!(answer.text().contains("P00001"), "{}", answer.text());
}

#[tokio::test]
async fn both_secrets_hold_during_a_rotation() {
    let platform = platform().await;
    platform
        .book
        .add_app("rotating", 1, &["new", "old"], &["*"]);
    crate::follow::until(|| async {
        let call = good().with("app_key", "rotating").signed("new");
        platform.post(&call).await.text().contains("P00001")
    })
    .await;
    let old = platform
        .post(&good().with("app_key", "rotating").signed("old"))
        .await;
    assert!(old.text().contains("P00001"));
    let third = platform
        .post(&good().with("app_key", "rotating").signed("third"))
        .await;
    assert!(error(&third).contains(r#""code":25"#));
}

#[tokio::test]
async fn a_disabled_app_is_told_so_only_if_it_can_sign() {
    let platform = platform().await;
    platform
        .book
        .set_status(crate::call::APP_KEY, AppStatus::Disabled);
    let disabled =
        r#""code":11,"msg":"Insufficient isv permissions","sub_code":"isv.app-disabled""#;
    crate::follow::until(|| async {
        let answer = platform.post(&good().signed(SECRET)).await;
        answer.text().contains("error_response")
    })
    .await;
    let answer = error(&platform.post(&good().signed(SECRET)).await);
    assert!(answer.starts_with(disabled), "{answer}");
    let stranger = error(&platform.post(&good().signed("guess")).await);
    assert!(stranger.contains(r#""code":25"#), "{stranger}");
}

#[tokio::test]
async fn the_request_object_missing_and_malformed() {
    check_signed(
        |call| call.without(REQUEST),
        &format!(
            r#""code":50,"msg":"Remote service error","sub_code":"isv.missing-parameter","sub_msg":"缺少必要的参数:{REQUEST}""#
        ),
    )
    .await;
    for malformed in ["{", "[]", "1", "\"x\"", "{}x"] {
        let platform = platform().await;
        let answer = platform
            .post(&good().with(REQUEST, malformed).signed(SECRET))
            .await;
        let text = error(&answer);
        assert!(
            text.starts_with(&format!(r#""code":41,"msg":"Invalid arguments:{REQUEST}""#)),
            "{malformed}: {text}"
        );
    }
}

#[tokio::test]
async fn a_bad_member_is_named() {
    let platform = platform().await;
    let cases = [
        (r#"{"out_pov_id":"00001"}"#, "day"),
        (r#"{"day":"2021-02-30","out_pov_id":"00001"}"#, "day"),
        (r#"{"day":"2021-1-8","out_pov_id":"00001"}"#, "day"),
        (r#"{"day":"2021-01-18"}"#, "out_pov_id"),
        (r#"{"day":"2021-01-18","out_pov_id":""}"#, "out_pov_id"),
        (
            r#"{"day":"2021-01-18","out_pov_id":"00001","page_num":0}"#,
            "page_num",
        ),
        (
            r#"{"day":"2021-01-18","out_pov_id":"00001","page_num":-1}"#,
            "page_num",
        ),
        (
            r#"{"day":"2021-01-18","out_pov_id":"00001","page_num":"x"}"#,
            "page_num",
        ),
        (
            r#"{"day":"2021-01-18","out_pov_id":"00001","page_size":0}"#,
            "page_size",
        ),
        (
            r#"{"day":"2021-01-18","out_pov_id":"00001","page_size":201}"#,
            "page_size",
        ),
    ];
    for (json, member) in cases {
        let text = error(&platform.post(&Call::query(json).signed(SECRET)).await);
        let begin = r#""code":50,"msg":"Remote service error","sub_code":"isv.invalid-parameter","sub_msg":"非法参数"#;
        assert!(text.starts_with(begin), "{json}: {text}");
        assert!(text.contains(member), "{json}: {text}");
    }
}

#[tokio::test]
async fn verbs_other_than_get_and_post_are_error_9() {
    let platform = platform().await;
    let target = format!("{PATH}?{}", urlencoded(&good().signed(SECRET).0));
    for verb in ["PUT", "DELETE", "PATCH", "OPTIONS"] {
        let answer = platform.send(&request(verb, &target, &[], "")).await;
        assert_eq!(answer.status, 200);
        assert_eq!(
            error(&answer),
            r#""code":9,"msg":"Http Action Not Allowed""#,
            "{verb}"
        );
    }
}

#[tokio::test]
async fn a_parameter_that_comes_twice_is_refused() {
    let platform = platform().await;
    let body = urlencoded(&good().signed(SECRET).0);
    let target = format!("{PATH}?v=2.0");
    let answer = platform
        .send(&request("POST", &target, &[FORM], &body))
        .await;
    assert_eq!(error(&answer), r#""code":41,"msg":"Invalid arguments:v""#);
}

#[tokio::test]
async fn what_is_not_utf_8_is_error_47() {
    let platform = platform().await;
    let body = format!("{}&x=%FF", urlencoded(&good().signed(SECRET).0));
    let answer = platform.send(&request("POST", PATH, &[FORM], &body)).await;
    assert_eq!(error(&answer), r#""code":47,"msg":"Invalid encoding""#);
}

#[tokio::test]
async fn other_paths_are_not_found() {
    let platform = platform().await;
    let answer = platform.send(&request("GET", "/", &[], "")).await;
    assert_eq!(answer.status, 404);
}

#[tokio::test]
async fn an_identical_signed_request_is_answered_again() {
    let platform = platform().await;
    let bytes = request("POST", PATH, &[FORM], &urlencoded(&good().signed(SECRET).0));
    let mut connection = Connection::open(platform.address).await;
    let first = connection.exchange(&bytes).await;
    let second = connection.exchange(&bytes).await;
    assert!(first.text().contains("P00001"));
    assert_eq!(first.masked(), second.masked());
    assert_ne!(
        first.body, second.body,
        "each answer has its own request id"
    );
}

#[tokio::test]
async fn pipelined_calls_are_answered_in_order() {
    let platform = platform().await;
    let call = |number| {
        let call = Call::page("00001", DAY, number, 1).signed(SECRET);
        request("POST", PATH, &[FORM], &urlencoded(&call.0))
    };
    let mut connection = Connection::open(platform.address).await;
    connection.send(&[call(1), call(2), call(3)].concat()).await;
    for id in ["P00001", "P00002", "P00003"] {
        assert!(connection.receive().await.text().contains(id));
    }
}

#[tokio::test]
async fn the_format_parameter_rules_and_not_the_accept_header() {
    let platform = platform().await;
    let headers = [FORM, "Accept: text/xml", "Accept-Encoding: gzip"];
    let body = urlencoded(&good().signed(SECRET).0);
    let answer = platform.send(&request("POST", PATH, &headers, &body)).await;
    assert!(answer.json().is_object());
    let headers = [FORM, "Accept: application/json"];
    let body = urlencoded(&good().with("format", "xml").signed(SECRET).0);
    let answer = platform.send(&request("POST", PATH, &headers, &body)).await;
    assert!(answer.text().starts_with("<?xml"));
}

#[tokio::test]
async fn nobody_gets_gzip_unasked_or_a_byte_order_mark_or_an_escape() {
    let platform = platform().await;
    for format in ["json", "xml"] {
        let answer = platform
            .post(&good().with("format", format).signed(SECRET))
            .await;
        assert_eq!(answer.header("content-encoding"), None);
        assert!(matches!(answer.body[0], b'{' | b'<'));
        assert!(answer.text().contains("测试1"));
        assert!(!answer.text().contains("\\u"));
        assert!(!answer.text().contains("null"));
        let content_type = answer.header("content-type").unwrap();
        assert!(content_type.ends_with(";charset=UTF-8"), "{content_type}");
    }
}

/// Of parameters that cannot be read, the form of the answer is what their bytes say.
#[tokio::test]
async fn an_error_about_unreadable_parameters_is_in_the_form_asked_for_in_the_body() {
    let platform = platform().await;
    let parts =
        "--b\r\nContent-Disposition: form-data; name=\"format\"\r\n\r\njson\r\n--b\r\nbroken";
    let twice = "v=2.0&v=2.0&format=json";
    for (kind, body, code) in [
        (FORM, twice, 41),
        (FORM, "name=%ff&format=json", 47),
        ("Content-Type: multipart/form-data; boundary=b", parts, 43),
    ] {
        let answer = platform.send(&request("POST", PATH, &[kind], body)).await;
        assert!(
            error(&answer).starts_with(&format!("\"code\":{code},")),
            "{}",
            answer.text()
        );
    }
    // The query goes first, and where nothing is said it is XML.
    for (query, body) in [("?format=xml", twice), ("", "v=2.0&v=2.0&informat=json")] {
        let path = format!("{PATH}{query}");
        let answer = platform.send(&request("POST", &path, &[FORM], body)).await;
        assert_eq!(
            answer.header("content-type"),
            Some("text/xml;charset=UTF-8")
        );
    }
}
