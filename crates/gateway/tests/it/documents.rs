//! Whole documents at the HTTP door: what every reader of them relies on, plain and in a batch.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use povline_domain::Name;
use povline_gateway::GatewayConfig;
use povline_store::book::AppStatus;

use crate::batch::{BATCH, TEXT, batch, form, page, system};
use crate::call::{APP_KEY, Call, METHOD, REQUEST, SECRET, urlencoded};
use crate::memory_book::MemoryBook;
use crate::platform::{DAY, PATH, Platform, appointments, fill};
use crate::wire::{Answer, Connection, FORM, request};

async fn platform() -> Platform<MemoryBook> {
    let mut rows = appointments(3);
    rows[0].name = Name::new("𠮷\"\\/测😀").unwrap();
    Platform::with_rows(rows).await
}

/// A good page, an empty page, an error and a failed service, each in a document of its own, plain
/// and out of a batch.
async fn documents(format: &str) -> Vec<String> {
    let platform = platform().await;
    let mut documents = Vec::new();
    let mut ask = async |json: &str| {
        let call = Call::query(json).with("format", format).signed(SECRET);
        documents.push(checked(&platform.post(&call).await, format));
        let body = form(&[("method", METHOD), (REQUEST, json)]);
        let bytes = batch(system().with("format", format), &body, &[]);
        documents.push(checked(&platform.send(&bytes).await, format));
    };
    ask(&page("00001", 1, 200)).await;
    ask(&page("00001", 9, 200)).await;
    ask(&page("nowhere", 1, 200)).await;
    platform.book.broken.store(true, Ordering::Relaxed);
    ask(&page("测试00001", 1, 200)).await;
    assert!(documents[0].contains("P00001") && documents[2].contains("total"));
    assert!(documents[4].contains("isv.pov-not-exist"));
    assert!(documents[6].contains("FAIL_BIZ_500"));
    documents
}

/// The body, of an answer whose head is as it must be.
fn checked(answer: &Answer, format: &str) -> String {
    let content_type = match format {
        "json" => "application/json;charset=UTF-8",
        _ => "text/xml;charset=UTF-8",
    };
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), Some(content_type));
    assert_eq!(answer.header("content-encoding"), None);
    answer.masked()
}

#[tokio::test]
async fn json_has_one_root_and_nothing_that_a_reader_trips_over() {
    for document in documents("json").await {
        assert!(document.starts_with('{'), "a byte order mark: {document}");
        assert!(
            !document.contains("null") && !document.contains("\\u"),
            "{document}"
        );
        assert!(document.ends_with(r#""request_id":"ID"}}"#), "{document}");
        let json: serde_json::Value = serde_json::from_str(&document).unwrap();
        let root = json.as_object().unwrap();
        assert_eq!(root.len(), 1, "{document}");
        let (name, content) = root.iter().next().unwrap();
        if name == "error_response" {
            assert!(content["code"].is_number());
            for text in ["msg", "sub_code", "sub_msg", "request_id"] {
                assert!(content[text].is_string(), "{text} in {document}");
            }
        } else {
            assert_eq!(name, "alibaba_health_vaccin_appointment_query_response");
            for errors_own in ["code", "msg", "sub_code", "sub_msg"] {
                assert!(content.get(errors_own).is_none(), "{document}");
            }
            assert!(content["result"]["success"].is_boolean());
        }
    }
}

/// An element that is closed as soon as it is opened.
fn empty_element(xml: &str) -> Option<&str> {
    xml.match_indices("></").find_map(|(end, _)| {
        let begin = xml[..end].rfind('<')? + 1;
        (!xml[begin..].starts_with('/')).then(|| &xml[begin..end])
    })
}

#[tokio::test]
async fn xml_has_no_empty_number_and_no_bare_astral_character() {
    for document in documents("xml").await {
        let prolog = r#"<?xml version="1.0" encoding="utf-8" ?><"#;
        assert!(document.starts_with(prolog), "{document}");
        assert!(!document.contains('\n'));
        let root = document
            .trim_start_matches(prolog)
            .split('>')
            .next()
            .unwrap();
        assert!(!root.contains(' '), "attributes at the root: {document}");
        assert!(document.ends_with(&format!("<request_id>ID</request_id></{root}>")));
        let without_list = document.replace("<data_list></data_list>", "");
        assert_eq!(empty_element(&without_list), None, "{document}");
        assert!(
            !without_list.contains("/>"),
            "an empty element in {document}"
        );
        assert!(
            document.chars().all(|c| u32::from(c) < 0x1_0000),
            "{document}"
        );
    }
    let document = &documents("xml").await[0];
    assert!(
        document.contains("&#x20BB7;") && document.contains("&#x1F600;"),
        "{document}"
    );
}

#[tokio::test]
async fn a_service_that_fails_is_no_error_response_and_no_empty_list() {
    for format in ["json", "xml"] {
        for document in &documents(format).await[6..] {
            assert!(!document.contains("error_response"));
            assert!(!document.contains("data_list") && !document.contains("total"));
            assert!(document.contains("系统繁忙,请稍后重试"), "{document}");
        }
    }
}

#[tokio::test]
async fn every_dialect_of_the_request_object_is_read() {
    let platform = platform().await;
    let dialects = [
        // Java escapes slashes, PHP everything, Python writes blanks, and its dictionaries so.
        format!(r#"{{"day":"{DAY}","out_pov_id":"\u0030\u0030001","page_num":1}}"#),
        format!(r#"{{"day":"{DAY}","out_pov_id":"00001","page_num":"1","page_size":null}}"#),
        format!("{{\"day\": \"{DAY}\",\n \"out_pov_id\":\t\"00001\", \"page_num\": 1 }}"),
        format!(r#"{{'day': '{DAY}', 'out_pov_id': '00001', 'page_num': 1}}"#),
        format!(r#"{{"unknown":"a\/b","day":"{DAY}","out_pov_id":"00001"}}"#),
    ];
    for dialect in dialects {
        let answer = platform.post(&Call::query(&dialect).signed(SECRET)).await;
        assert!(
            answer.text().contains("P00001"),
            "{dialect}: {}",
            answer.text()
        );
        let body = form(&[("method", METHOD), (REQUEST, &dialect)]);
        let answer = platform.send(&batch(system(), &body, &[])).await;
        assert!(
            answer.text().contains("P00001"),
            "{dialect}: {}",
            answer.text()
        );
    }
}

#[tokio::test]
async fn empties_are_signed_or_left_out_of_the_signature() {
    let platform = platform().await;
    let call = || Call::page("00001", DAY, 1, 200);
    let with_empty = call().with("session", "").with("target_app_key", "");
    let signed_with = with_empty.clone().signed(SECRET);
    let sign = call().signed(SECRET).get("sign").to_owned();
    let signed_without = with_empty.with("sign", &sign);
    for call in [signed_with, signed_without] {
        let answer = platform.post(&call).await;
        assert!(answer.text().contains("P00001"), "{}", answer.text());
    }
}

#[tokio::test]
async fn a_body_that_is_no_form_is_signed_as_it_is() {
    let platform = platform().await;
    for (content_type, body) in [
        ("Content-Type: application/json;charset=UTF-8", r#"{"a":1}"#),
        ("Content-Type: text/xml;charset=UTF-8", "<a>测</a>"),
    ] {
        let call = Call::page("00001", DAY, 1, 200);
        for (call, rows) in [
            (call.clone().signed_over(SECRET, body), "P00001"),
            (call.signed(SECRET), r#""code":25"#),
        ] {
            let target = format!("{PATH}?{}", urlencoded(&call.0));
            let answer = platform
                .send(&request("POST", &target, &[content_type], body))
                .await;
            assert!(answer.text().contains(rows), "{}", answer.text());
        }
    }
}

#[tokio::test]
async fn an_error_without_a_format_is_xml() {
    let platform = platform().await;
    let plain = Call::page("nowhere", DAY, 1, 200).without("format");
    let plain = platform.post(&plain.signed(SECRET)).await;
    let body = form(&[("method", METHOD), (REQUEST, &page("nowhere", 1, 200))]);
    let batched = platform
        .send(&batch(system().without("format"), &body, &[]))
        .await;
    assert!(checked(&plain, "xml").contains("<code>50</code>"));
    assert_eq!(checked(&plain, "xml"), checked(&batched, "xml"));
    let refused = system().without("format").without("v");
    let refused = platform.send(&batch(refused, "N", &[])).await;
    assert!(checked(&refused, "xml").contains("<code>32</code><msg>Missing version</msg>"));
}

/// The codes of a batch that is refused before its calls are looked at.
#[tokio::test]
async fn a_batch_gets_the_gateways_own_errors() {
    let platform = platform().await;
    let signed = urlencoded(&system().signed_over(SECRET, "N").0);
    let target = format!("{BATCH}?{signed}");
    let check = async |bytes: &[u8], code: &str| {
        let answer = Connection::open(platform.address)
            .await
            .exchange(bytes)
            .await;
        assert_eq!(answer.status, 200);
        let text = answer.text();
        assert!(
            text.contains("error_response") && text.contains(code),
            "{code}: {text}"
        );
    };
    let unsigned = format!("{BATCH}?{}", urlencoded(&system().0));
    check(&request("POST", &unsigned, &[TEXT], "N"), "\"code\":24,").await;
    check(&request("POST", &target, &[TEXT], "M"), "\"code\":25,").await;
    check(&request("PUT", &target, &[TEXT], "N"), "\"code\":9,").await;
    check(
        &request("POST", &format!("{target}&v=2.0"), &[TEXT], "N"),
        "\"code\":41,",
    )
    .await;
    check(
        &request("POST", &format!("{target}&x=%FF"), &[TEXT], "N"),
        "\"code\":47,",
    )
    .await;
    let long = format!("POST {target} HTTP/1.1\r\nHost: x\r\nContent-Length: 1048577\r\n\r\n");
    check(long.as_bytes(), "\"code\":43,").await;
    // A GET has no body and so no call.
    let get = urlencoded(&system().signed_over(SECRET, "").0);
    check(
        &request("GET", &format!("{BATCH}?{get}"), &[], ""),
        "\"code\":43,",
    )
    .await;
    platform.book.set_status(APP_KEY, AppStatus::Disabled);
    crate::follow::until(|| async {
        let answer = platform.send(&request("POST", &target, &[TEXT], "N")).await;
        answer.text().contains("isv.app-disabled")
    })
    .await;
}

/// The method's own errors come to each call of a batch as they come to a call alone.
#[tokio::test]
async fn every_error_of_a_call_is_the_same_in_a_batch() {
    let platform = platform().await;
    let requests = [
        "",
        "{",
        "[]",
        "{}x",
        r#"{"out_pov_id":"00001"}"#,
        r#"{"day":"2021-02-30","out_pov_id":"00001"}"#,
        r#"{"day":"2021-01-18"}"#,
        r#"{"day":"2021-01-18","out_pov_id":"00001","page_num":0}"#,
        r#"{"day":"2021-01-18","out_pov_id":"00001","page_num":"x"}"#,
        r#"{"day":"2021-01-18","out_pov_id":"00001","page_size":201}"#,
        r#"{"day":"2021-01-18","out_pov_id":"nowhere"}"#,
    ];
    for format in ["json", "xml"] {
        let calls: Vec<String> = requests
            .iter()
            .map(|json| form(&[("method", METHOD), (REQUEST, json)]))
            .collect();
        let bytes = batch(
            system().with("format", format),
            &calls.join("\r\n-S-\r\n"),
            &[],
        );
        let answer = platform.send(&bytes).await;
        let parts: Vec<&str> = answer.text().split("\r\n-S-\r\n").collect();
        assert_eq!(parts.len(), requests.len());
        for (json, part) in requests.iter().zip(parts) {
            let alone = Call::query(json).with("format", format).signed(SECRET);
            let alone = platform.post(&alone).await.masked();
            let part = Answer {
                body: part.as_bytes().to_vec(),
                ..answer.clone()
            };
            assert!(alone.contains("error_response"), "{json}: {alone}");
            assert_eq!(part.masked(), alone, "{json}");
        }
    }
}

/// The Java client tries four times and .NET's three, the same bytes each time, as long as the sub
/// code begins with `isp.`.
#[tokio::test]
async fn automatic_retry_gets_through_once_there_is_room() {
    let attempts = [("json", 4), ("xml", 3)];
    for (format, attempts_max) in attempts {
        for in_batch in [false, true] {
            let book = Arc::new(MemoryBook::gated());
            fill(&book, appointments(3));
            let config = GatewayConfig {
                build_waiters_max: 1,
                ..GatewayConfig::default()
            };
            let platform = Platform::serve(book, config).await;
            let mut slow = Connection::open(platform.address).await;
            let other = Call::page("测试00001", DAY, 1, 200).signed(SECRET);
            slow.send(&request("POST", PATH, &[FORM], &urlencoded(&other.0)))
                .await;
            platform.book.at_gate.notified().await;

            let bytes = if in_batch {
                let body = form(&[("method", METHOD), (REQUEST, &page("00001", 1, 200))]);
                batch(system().with("format", format), &body, &[])
            } else {
                let call = Call::page("00001", DAY, 1, 200).with("format", format);
                request("POST", PATH, &[FORM], &urlencoded(&call.signed(SECRET).0))
            };
            let mut connection = Connection::open(platform.address).await;
            for attempt in 1..=attempts_max {
                let answer = connection.exchange(&bytes).await;
                let is_last = attempt == attempts_max;
                let expected = if is_last {
                    "P00003"
                } else {
                    "isp.top-remote-service-unavailable"
                };
                assert!(
                    answer.text().contains(expected),
                    "{attempt}: {}",
                    answer.text()
                );
                if attempt == attempts_max - 1 {
                    platform.book.gate.as_ref().unwrap().add_permits(10);
                    slow.receive().await;
                }
            }
        }
    }
}
