//! What breaks an official SDK, as far as it lies at the HTTP door: one test for each trap, named
//! as the protocol's own tests name theirs.

use std::sync::atomic::Ordering;

use serde_json::Value;

use crate::call::{Call, REQUEST, SECRET, multipart, urlencoded};
use crate::golden::every_answer;
use crate::memory_book::MemoryBook;
use crate::platform::{DAY, PATH, Platform, appointments, ids};
use crate::wire::{Answer, Connection, FORM, request};
use crate::write_side::{BOOK, PERIOD, booking, call};

async fn platform() -> Platform<MemoryBook> {
    Platform::with_rows(appointments(3)).await
}

fn good() -> Call {
    Call::page("00001", DAY, 1, 200)
}

/// The same call in each form in which its answer may be asked for.
fn in_every_form(call: &Call) -> [Call; 3] {
    [
        call.clone().with("format", "json"),
        call.clone().with("format", "json").with("simplify", "true"),
        call.clone().with("format", "xml"),
    ]
}

#[track_caller]
fn has_rows(answer: &Answer) {
    assert_eq!(ids(answer), ["P00001", "P00002", "P00003"]);
}

/// Something of every kind that can go wrong with a call, the platform's own troubles apart.
fn bad_calls() -> Vec<Call> {
    vec![
        good().without("method").signed(SECRET),
        good().with("method", "taobao.x").signed(SECRET),
        good().with("app_key", "nobody").signed(SECRET),
        good().with("v", "1.0").signed(SECRET),
        good().with("timestamp", "now").signed(SECRET),
        good().with("sign_method", "sha1").signed(SECRET),
        good(),
        good().signed("another secret"),
        good().without(REQUEST).signed(SECRET),
        good().with(REQUEST, "[]").signed(SECRET),
        Call::page("00001", "2021-02-30", 1, 200).signed(SECRET),
        Call::page("99999", DAY, 1, 200).signed(SECRET),
    ]
}

#[tokio::test]
async fn trap_01_timestamp_three_forms() {
    let platform = platform().await;
    for timestamp in ["2021-01-18 08:00:00", "1610928000000", "1610928000"] {
        let call = good().with("timestamp", timestamp).signed(SECRET);
        has_rows(&platform.post(&call).await);
    }
}

#[tokio::test]
async fn trap_02_parameters_stand_in_query_body_or_multipart() {
    let platform = platform().await;
    let call = good().signed(SECRET);
    let whole = urlencoded(&call.0);
    let (business, system): (Vec<_>, Vec<_>) =
        (call.0.iter().cloned()).partition(|(name, _)| name == REQUEST);
    let in_query = format!("{PATH}?{}", urlencoded(&system));
    let parts = "Content-Type: multipart/form-data; boundary=B";
    for bytes in [
        request("POST", PATH, &[FORM], &whole),
        request("POST", &in_query, &[FORM], &urlencoded(&business)),
        request("POST", &in_query, &[parts], &multipart(&business, "B")),
        request("POST", PATH, &[parts], &multipart(&call.0, "B")),
        request("GET", &format!("{PATH}?{whole}"), &[], ""),
        request("POST", &format!("{PATH}?{whole}"), &[FORM], ""),
    ] {
        has_rows(&platform.send(&bytes).await);
    }
}

#[tokio::test]
async fn trap_03_three_sign_methods() {
    let platform = platform().await;
    for sign_method in ["md5", "hmac", "hmac-sha256"] {
        let call = good().with("sign_method", sign_method).signed(SECRET);
        has_rows(&platform.post(&call).await);
    }
    let unnamed = good().without("sign_method").signed(SECRET);
    has_rows(&platform.post(&unnamed).await);
}

#[tokio::test]
async fn trap_04_the_status_is_200_whatever_becomes_of_a_call() {
    let platform = platform().await;
    let mut requests: Vec<Vec<u8>> = bad_calls()
        .iter()
        .map(|call| request("POST", PATH, &[FORM], &urlencoded(&call.0)))
        .collect();
    let twice = format!("{PATH}?method=x&method=y");
    requests.extend([
        request("POST", PATH, &[], ""),
        request("PUT", PATH, &[], ""),
        request("GET", &twice, &[], ""),
        request("GET", &format!("{PATH}?x=%FF"), &[], ""),
        request("POST", PATH, &["Content-Type: multipart/form-data"], "x"),
        request("POST", PATH, &["Content-Type: application/json"], "{}"),
    ]);
    for bytes in requests {
        let answer = platform.send(&bytes).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert!(
            answer.text().contains("error_response"),
            "{}",
            answer.text()
        );
    }
}

/// Every answer of every method in JSON, read.
async fn every_json(form: &str) -> Vec<(&'static str, Value)> {
    let answers = every_answer(form).await.into_iter();
    answers
        .map(|told| (told.method, serde_json::from_str(&told.text).unwrap()))
        .collect()
}

/// Every value within a value, itself included, by the name under which it stands.
fn values<'a>(name: &'a str, value: &'a Value, found: &mut Vec<(&'a str, &'a Value)>) {
    found.push((name, value));
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                values(name, value, found);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| values("", item, found)),
        _ => {}
    }
}

#[tokio::test]
async fn trap_05_json_is_raw_and_holds_no_escaped_or_control_character() {
    for form in ["json", "simplified"] {
        let answers = every_answer(form).await;
        assert!(answers.iter().any(|told| told.text.contains("𠮷 野")));
        for told in answers {
            assert!(!told.text.contains("\\u"), "{}", told.text);
            assert!(!told.text.chars().any(char::is_control), "{}", told.text);
        }
    }
    // None gets in by which it could get out.
    for control in ['\u{b}', '\u{1f}', '\u{7f}'] {
        let platform = platform().await;
        let mut params = booking("1", DAY, PERIOD);
        let name = format!("测{control}试");
        params.push(("name", &name));
        let answer = platform.post(&call(BOOK, &params).signed(SECRET)).await;
        assert!(
            answer.text().contains("Invalid arguments:name"),
            "{}",
            answer.text()
        );
    }
}

#[tokio::test]
async fn trap_06_lists_are_wrapped_and_plain_where_simplified() {
    const LISTS: [(&str, &str); 4] = [
        ("data_list", "pov_appointment_record_dto"),
        ("data_list", "list_state"),
        ("schedule_list", "period_schedule"),
        ("info_detail_list", "info_detail"),
    ];
    let mut seen = 0;
    for (method, answer) in every_json("json").await {
        let mut found = Vec::new();
        values("", &answer, &mut found);
        for (name, list) in found.iter().filter(|(name, _)| name.ends_with("_list")) {
            let wrapped = list.as_object().unwrap();
            let (inner, items) = wrapped.iter().next().unwrap();
            assert!(items.is_array() && wrapped.len() == 1, "{method}: {list}");
            assert!(LISTS.contains(&(name, inner.as_str())), "{name}.{inner}");
            seen += 1;
        }
    }
    assert!(seen >= 8, "{seen} lists");
    for (method, answer) in every_json("simplified").await {
        let root = answer.as_object().unwrap();
        if root.contains_key("error_response") {
            assert_eq!(root.len(), 1, "{method}");
            continue;
        }
        assert!(root.contains_key("request_id"), "{method}: a root");
        let mut found = Vec::new();
        values("", &answer, &mut found);
        for (name, list) in found {
            assert!(!LISTS.iter().any(|(_, inner)| *inner == name), "{method}");
            assert!(
                !name.ends_with("_list") || list.is_array(),
                "{method}: {list}"
            );
        }
    }
}

#[tokio::test]
async fn trap_07_one_key_at_the_root_and_the_id_last_inside() {
    let platform = platform().await;
    let calls = bad_calls().into_iter().chain([good().signed(SECRET)]);
    for call in calls {
        let answer = platform.post(&call).await;
        assert_eq!(answer.json().as_object().unwrap().len(), 1);
        let masked = answer.masked();
        assert!(masked.ends_with(r#","request_id":"ID"}}"#), "{masked}");
    }
}

#[tokio::test]
async fn trap_08_no_null_stands_anywhere() {
    for form in ["json", "simplified"] {
        for (method, answer) in every_json(form).await {
            let mut found = Vec::new();
            values("", &answer, &mut found);
            let null = found.iter().find(|(_, value)| value.is_null());
            assert_eq!(null, None, "{method}: {answer}");
        }
    }
}

#[tokio::test]
async fn trap_09_no_element_is_empty_but_a_list_and_booleans_are_lower_case() {
    for told in every_answer("xml").await {
        let mut text = told.text;
        for list in ["data_list", "schedule_list", "info_detail_list"] {
            text = text.replace(&format!("<{list}></{list}>"), "-");
        }
        assert!(!text.contains("/>"), "{}: {text}", told.method);
        for (end, _) in text.match_indices("></") {
            let begin = text[..end].rfind('<').unwrap() + 1;
            assert!(text[begin..].starts_with('/'), "{}: {text}", told.method);
        }
        for boolean in ["success", "is_success", "snapshot", "has_more"] {
            let (open, close) = (format!("<{boolean}>"), format!("</{boolean}>"));
            for part in text.split(&open).skip(1) {
                let value = part.split(&close).next().unwrap();
                assert!(matches!(value, "true" | "false"), "{boolean}: {value}");
            }
        }
    }
}

#[tokio::test]
async fn trap_10_a_code_is_a_number_and_the_rest_of_an_error_text() {
    let mut seen = 0;
    for form in ["json", "simplified"] {
        for (method, answer) in every_json(form).await {
            let Some(error) = answer.get("error_response") else {
                continue;
            };
            seen += 1;
            for (name, value) in error.as_object().unwrap() {
                let right = if name == "code" {
                    value.as_i64().is_some_and(|code| code != 0)
                } else {
                    value.is_string()
                };
                assert!(right, "{method}: {name} is {value}");
            }
        }
    }
    let platform = platform().await;
    for call in bad_calls() {
        let answer = platform.post(&call).await.json();
        assert!(answer["error_response"]["code"].is_i64(), "{answer}");
        assert!(answer["error_response"]["msg"].is_string(), "{answer}");
    }
    assert!(seen >= 8, "{seen} errors");
}

#[tokio::test]
async fn trap_11_content_types_name_the_charset_unquoted() {
    let platform = platform().await;
    let types = [
        "application/json;charset=UTF-8",
        "application/json;charset=UTF-8",
        "text/xml;charset=UTF-8",
    ];
    let unknown_pov = Call::page("99999", DAY, 1, 200);
    for call in [good(), unknown_pov] {
        for (call, content_type) in in_every_form(&call).into_iter().zip(types) {
            let right = platform.post(&call.clone().signed(SECRET)).await;
            assert_eq!(right.header("content-type"), Some(content_type));
            let wrong = platform.post(&call.signed("another secret")).await;
            assert_eq!(wrong.header("content-type"), Some(content_type));
        }
    }
    platform.book.broken.store(true, Ordering::Relaxed);
    // Of a day that is not in memory yet.
    let other_day = Call::page("00001", "2021-01-19", 1, 200);
    for (call, content_type) in in_every_form(&other_day).into_iter().zip(types) {
        let failure = platform.post(&call.signed(SECRET)).await;
        assert!(failure.text().contains("FAIL_BIZ_500"));
        assert_eq!(failure.header("content-type"), Some(content_type));
    }
}

#[tokio::test]
async fn trap_12_no_gzip_unless_it_was_asked_for() {
    let platform = Platform::with_rows(appointments(200)).await;
    let call = good().signed(SECRET);
    for asked in [
        None,
        Some("Accept-Encoding: identity"),
        Some("Accept-Encoding: deflate, br"),
        Some("Accept-Encoding: gzip;q=0"),
        Some("Accept-Encoding: "),
    ] {
        let headers: Vec<&str> = [FORM].into_iter().chain(asked).collect();
        let bytes = request("POST", PATH, &headers, &urlencoded(&call.0));
        // Twice: what one caller's wish has put into memory is not for the next one.
        for _ in 0..2 {
            let answer = platform.send(&bytes).await;
            assert_eq!(answer.header("content-encoding"), None, "{asked:?}");
            assert_eq!(ids(&answer).len(), 200, "{asked:?}");
        }
        let wishing = [FORM, "Accept-Encoding: gzip"];
        platform
            .send(&request("POST", PATH, &wishing, &urlencoded(&call.0)))
            .await;
    }
}

#[tokio::test]
async fn trap_13_no_byte_order_mark() {
    let platform = platform().await;
    for call in in_every_form(&good()) {
        for secret in [SECRET, "another secret"] {
            let answer = platform.post(&call.clone().signed(secret)).await;
            assert!(matches!(answer.body[0], b'{' | b'<'), "{}", answer.text());
        }
    }
}

#[tokio::test]
async fn trap_14_a_repeated_request_is_no_error() {
    let platform = platform().await;
    let bytes = request("POST", PATH, &[FORM], &urlencoded(&good().signed(SECRET).0));
    let mut connection = Connection::open(platform.address).await;
    for _ in 0..4 {
        // As automatic retries do: byte for byte, on the same connection or on another one.
        has_rows(&connection.exchange(&bytes).await);
        has_rows(&platform.send(&bytes).await);
    }
}

#[tokio::test]
async fn trap_15_the_format_parameter_rules_and_xml_is_the_default() {
    let platform = platform().await;
    let body = |call: Call| urlencoded(&call.signed(SECRET).0);
    for accept in [
        "Accept: text/xml,text/javascript",
        "Accept: application/json",
        "Accept: */*",
    ] {
        let headers = [FORM, accept];
        let json = request("POST", PATH, &headers, &body(good()));
        has_rows(&platform.send(&json).await);
        let unnamed = request("POST", PATH, &headers, &body(good().without("format")));
        let answer = platform.send(&unnamed).await;
        assert!(answer.text().starts_with("<?xml"), "{}", answer.text());
    }
}

#[tokio::test]
async fn trap_16_request_objects_come_in_dialects() {
    let platform = platform().await;
    let plain = platform.post(&good().signed(SECRET)).await;
    has_rows(&plain);
    for (dialect, object) in [
        (
            "PHP: texts for numbers, escapes of letters and slashes",
            r#"{"day":"2021-01-18","out_pov_id":"0000\u0031","page_num":"1","page_size":"200","more":"a\/b"}"#,
        ),
        (
            "PHP: null for what is not set",
            r#"{"day":"2021-01-18","out_pov_id":"00001","page_num":null,"page_size":null}"#,
        ),
        (
            "Java: members in alphabetical order, those that are null left out",
            r#"{"day":"2021-01-18","out_pov_id":"00001"}"#,
        ),
        (
            "Python: blanks, and members that the method does not know",
            r#"{"day": "2021-01-18", "out_pov_id": "00001", "more": [1, {"a": null}]}"#,
        ),
        (
            "Python: a dictionary instead of its JSON",
            "{'day': '2021-01-18', 'out_pov_id': '00001', 'page_num': 1, 'page_size': None, 'x': True}",
        ),
    ] {
        let answer = platform.post(&Call::query(object).signed(SECRET)).await;
        assert_eq!(answer.masked(), plain.masked(), "{dialect}");
    }
    // The members without their object.
    let bare = good()
        .without(REQUEST)
        .with("day", DAY)
        .with("out_pov_id", "00001")
        .with("page_num", "1");
    let answer = platform.post(&bare.signed(SECRET)).await;
    assert_eq!(answer.masked(), plain.masked());
    // What is no dialect is told so, and never read as something near it.
    for object in [
        "{'day': '2021-01-18', 'out_pov_id': '00001'",
        r#"["2021-01-18","00001"]"#,
        "day=2021-01-18",
    ] {
        let answer = platform.post(&Call::query(object).signed(SECRET)).await;
        let told = format!(
            r#"{{"error_response":{{"code":41,"msg":"Invalid arguments:{REQUEST}","request_id":"ID"}}}}"#
        );
        assert_eq!(answer.masked(), told, "{object}");
    }
}

#[tokio::test]
async fn trap_17_the_root_is_the_methods_name() {
    for (method, answer) in every_json("json").await {
        let (root, _) = answer.as_object().unwrap().iter().next().unwrap();
        let named = format!("{}_response", method.replace('.', "_"));
        assert!(
            *root == named || root == "error_response",
            "{method}: {root}"
        );
    }
    for told in every_answer("xml").await {
        let named = format!("<{}_response>", told.method.replace('.', "_"));
        let after_prolog = told.text.split_once("?>").unwrap().1;
        assert!(
            after_prolog.starts_with(&named) || after_prolog.starts_with("<error_response>"),
            "{}",
            told.text
        );
    }
}

#[tokio::test]
async fn trap_18_a_good_answer_has_no_member_of_an_error_under_its_root() {
    for form in ["json", "simplified"] {
        for (method, answer) in every_json(form).await {
            if answer.get("error_response").is_some() {
                continue;
            }
            let content = match form {
                "json" => answer.as_object().unwrap().values().next().unwrap(),
                _ => &answer,
            };
            for member in ["code", "msg", "sub_code", "sub_msg"] {
                assert!(content.get(member).is_none(), "{method}: {answer}");
            }
        }
    }
}

#[tokio::test]
async fn trap_19_rare_characters_are_numeric_references_in_xml() {
    let answers = every_answer("xml").await;
    assert!(
        answers
            .iter()
            .any(|told| told.text.contains("<name>&#x20BB7; 野</name>"))
    );
    for told in answers {
        let astral = told.text.chars().find(|c| u32::from(*c) > 0xffff);
        assert_eq!(astral, None, "{}", told.method);
    }
}

#[tokio::test]
async fn trap_20_a_business_failure_is_a_good_answer_that_says_false() {
    let platform = platform().await;
    platform.book.broken.store(true, Ordering::Relaxed);
    for (call, says) in in_every_form(&good()).into_iter().zip([
        r#""success":false"#,
        r#""success":false"#,
        "<success>false</success>",
    ]) {
        let answer = platform.post(&call.signed(SECRET)).await;
        assert_eq!(answer.status, 200);
        assert!(answer.text().contains(says), "{}", answer.text());
        for error in ["error_response", "\"code\"", "<code>", "data_list"] {
            assert!(!answer.text().contains(error), "{}", answer.text());
        }
    }
}

#[tokio::test]
async fn trap_21_a_local_time_elsewhere_is_an_invalid_timestamp() {
    let platform = platform().await;
    // It is eight in the morning at GMT+8; these are the same instant at GMT and in Tokyo.
    for local in ["2021-01-18 00:00:00", "2021-01-18 09:00:00"] {
        let call = good().with("timestamp", local).signed(SECRET);
        let answer = platform.post(&call).await;
        assert_eq!(answer.json()["error_response"]["code"], 31);
    }
}
