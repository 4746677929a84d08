//! The same rows for the official SDKs of all seven languages, each in its own wire style.

use std::collections::BTreeSet;

use povline_domain::{Appointment, Name};
use serde_json::Value;

use crate::call::{Call, REQUEST, SECRET, multipart, urlencoded};
use crate::memory_book::MemoryBook;
use crate::platform::{DAY, PATH, Platform, appointments};
use crate::wire::{Answer, request};

/// Names that have broken somebody's client.
const NAMES: [&str; 6] = [
    "𠮷野家",
    "Tom & Jerry",
    "a<b>c",
    "O'Neil \"Q\"",
    "小明😀",
    "a+b=c%20",
];

async fn platform() -> Platform<MemoryBook> {
    let mut rows = appointments(NAMES.len());
    for (row, name) in rows.iter_mut().zip(NAMES) {
        row.name = Name::new(name).unwrap();
    }
    Platform::with_rows(rows).await
}

/// The id, status and name of every row of a JSON list.
type Rows = BTreeSet<(String, String, String)>;

fn expected() -> Rows {
    let rows = appointments(NAMES.len());
    let row = |(row, name): (&Appointment, &str)| {
        let status = match row.pick_status {
            povline_domain::PickStatus::Picked => "0",
            povline_domain::PickStatus::NotPicked => "1",
        };
        (
            row.appointment_id.as_str().to_owned(),
            status.to_owned(),
            name.to_owned(),
        )
    };
    rows.iter().zip(NAMES).map(row).collect()
}

fn check(answer: &Answer, json: bool) {
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-encoding"), None);
    let content_type = answer.header("content-type").unwrap();
    if json {
        assert!(
            [
                "text/javascript;charset=UTF-8",
                "application/json;charset=UTF-8"
            ]
            .contains(&content_type),
            "{content_type}"
        );
        assert_eq!(json_rows(answer), expected());
    } else {
        assert_eq!(content_type, "text/xml;charset=UTF-8");
        assert_eq!(xml_rows(answer.text()), expected());
    }
}

fn json_rows(answer: &Answer) -> Rows {
    let json = answer.json();
    let root = json.as_object().unwrap();
    assert_eq!(root.len(), 1, "exactly one key at the root");
    let list = &root["alibaba_health_vaccin_appointment_query_response"]["result"]["model"]["data_list"]
        ["pov_appointment_record_dto"];
    let text = |row: &Value, name: &str| match &row[name] {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    list.as_array()
        .unwrap_or_else(|| panic!("no rows in {}", answer.text()))
        .iter()
        .map(|row| {
            (
                text(row, "appointment_id"),
                text(row, "pick_status"),
                text(row, "name"),
            )
        })
        .collect()
}

fn xml_rows(text: &str) -> Rows {
    use quick_xml::events::Event;
    let mut reader = quick_xml::Reader::from_str(text);
    let mut rows = Rows::new();
    let (mut element, mut row) = (String::new(), [const { String::new() }; 3]);
    let place = |element: &str| {
        ["appointment_id", "pick_status", "name"]
            .iter()
            .position(|name| *name == element)
    };
    loop {
        match reader.read_event().unwrap() {
            Event::Start(start) => element = start.name().as_ref().to_owned(),
            Event::Text(text) => {
                if let Some(at) = place(&element) {
                    row[at] += &text;
                }
            }
            Event::GeneralRef(reference) => {
                if let Some(at) = place(&element) {
                    match reference.resolve_char_ref().unwrap() {
                        Some(character) => row[at].push(character),
                        None => row[at].push_str(
                            quick_xml::escape::resolve_predefined_entity(&reference).unwrap(),
                        ),
                    }
                }
            }
            Event::End(end) => {
                element.clear();
                if end.name().as_ref() == "pov_appointment_record_dto" {
                    let [id, status, name] = std::mem::take(&mut row);
                    rows.insert((id, status, name));
                }
            }
            Event::Eof => return rows,
            _ => {}
        }
    }
}

/// Splits system from business parameters, as the SDKs that use both places do.
fn split(call: &Call) -> (String, String) {
    let (business, system): (Vec<_>, Vec<_>) = call
        .0
        .iter()
        .cloned()
        .partition(|(name, _)| name == REQUEST);
    (
        format!("{PATH}?{}", urlencoded(&system)),
        urlencoded(&business),
    )
}

fn plain(pov: &str) -> String {
    format!(r#"{{"day":"{DAY}","out_pov_id":"{pov}","page_num":1,"page_size":200}}"#)
}

const FORM: &str = "Content-Type: application/x-www-form-urlencoded;charset=UTF-8";

#[tokio::test]
async fn java() {
    let platform = platform().await;
    let headers = [
        FORM,
        "Accept: text/xml,text/javascript",
        "User-Agent: top-sdk-java",
    ];
    for (sign_method, partner) in [
        ("hmac-sha256", "top-sdk-java-20210716"),
        ("hmac", "top-sdk-java-20170207"),
    ] {
        let call = Call::query(&plain("00001"))
            .with("sign_method", sign_method)
            .with("partner_id", partner)
            .signed(SECRET);
        let (target, body) = split(&call);
        check(
            &platform
                .send(&request("POST", &target, &headers, &body))
                .await,
            true,
        );
    }
}

#[tokio::test]
async fn dotnet() {
    let platform = platform().await;
    let headers = [
        "Content-Type: application/x-www-form-urlencoded;charset=utf-8",
        "Accept: text/xml,text/javascript",
        "User-Agent: top-sdk-net",
    ];
    let call = Call::query(&plain("00001"))
        .with("sign_method", "hmac")
        .with("partner_id", "top-sdk-net-20230831")
        .without("format");
    for (format, json) in [("xml", false), ("json", true)] {
        let call = call.clone().with("format", format).signed(SECRET);
        // Everything in the body, escapes in lower case.
        let mut body = urlencoded(&call.0);
        for at in 0..body.len() {
            if body.as_bytes()[at] == b'%' {
                let lower = body[at + 1..at + 3].to_ascii_lowercase();
                body.replace_range(at + 1..at + 3, &lower);
            }
        }
        check(
            &platform.send(&request("POST", PATH, &headers, &body)).await,
            json,
        );
    }
}

#[tokio::test]
async fn php() {
    let platform = platform().await;
    let headers = [
        "content-type: application/x-www-form-urlencoded; charset=UTF-8",
        "User-Agent: top-sdk-php",
        "Accept: */*",
    ];
    // Numbers as strings, explicit nulls, escapes; an empty parameter is sent and signed.
    let json = format!(
        r#"{{"day":"{DAY}","out_pov_id":"\u0030000\u0031","page_num":"1","page_size":"200","unset":null}}"#
    );
    let call = Call::query(&json)
        .with("format", "xml")
        .with("partner_id", "top-sdk-php-20180326")
        .with("session", "")
        .signed(SECRET);
    let (target, body) = split(&call);
    check(
        &platform
            .send(&request("POST", &target, &headers, &body))
            .await,
        false,
    );
    let nulls =
        format!(r#"{{"day":"{DAY}","out_pov_id":"00001","page_num":null,"page_size":null}}"#);
    let call = Call::query(&nulls).signed(SECRET);
    let target = format!("{PATH}?{}", urlencoded(&call.0));
    check(
        &platform
            .send(&request("GET", &target, &headers[1..], ""))
            .await,
        true,
    );
}

#[tokio::test]
async fn python() {
    let platform = platform().await;
    let headers = [FORM, "Accept-Encoding: identity"];
    // json.dumps writes spaces; the timestamp is in epoch milliseconds.
    let json =
        format!(r#"{{"day": "{DAY}", "out_pov_id": "00001", "page_num": 1, "page_size": 200}}"#);
    let call = Call::query(&json)
        .with("timestamp", "1610928000000")
        .with("partner_id", "taobao-sdk-python-20180413")
        .signed(SECRET);
    let (target, body) = split(&call);
    check(
        &platform
            .send(&request("POST", &target, &headers, &body))
            .await,
        true,
    );
}

#[tokio::test]
async fn c() {
    let platform = platform().await;
    let boundary = "------------------------d74496d66958873e";
    let content_type = format!("Content-Type: multipart/form-data; boundary={boundary}");
    let headers = [
        content_type.as_str(),
        "User-Agent: top-sdk-c",
        "Accept: */*",
    ];
    // The timestamp is in epoch seconds.
    let call = Call::query(&plain("00001"))
        .with("timestamp", "1610928000")
        .with("partner_id", "topsdkcpp")
        .signed(SECRET);
    let body = multipart(&call.0, boundary);
    check(
        &platform.send(&request("POST", PATH, &headers, &body)).await,
        true,
    );
}

#[tokio::test]
async fn c_asking_before_it_sends_its_body() {
    let platform = platform().await;
    let boundary = "----------d7";
    let content_type = format!("Content-Type: multipart/form-data; boundary={boundary}");
    let headers = [content_type.as_str(), "Expect: 100-continue"];
    let call = Call::query(&plain("00001")).signed(SECRET);
    let bytes = request("POST", PATH, &headers, &multipart(&call.0, boundary));
    let head_end = bytes.windows(4).position(|w| w == b"\r\n\r\n").unwrap() + 4;
    let mut connection = crate::wire::Connection::open(platform.address).await;
    connection.send(&bytes[..head_end]).await;
    connection.expect_continue().await;
    check(&connection.exchange(&bytes[head_end..]).await, true);
}

#[tokio::test]
async fn node() {
    let platform = platform().await;
    let boundary = "--------------------------515890814546601021194782";
    let content_type = format!("Content-Type: multipart/form-data; boundary={boundary}");
    let call = Call::query(&plain("00001")).signed(SECRET);
    assert_eq!(call.0.last().unwrap().0, "sign");
    let body = multipart(&call.0, boundary);
    check(
        &platform
            .send(&request("POST", PATH, &[&content_type], &body))
            .await,
        true,
    );
}

#[tokio::test]
async fn curl() {
    let platform = platform().await;
    let headers = ["Content-Type:application/x-www-form-urlencoded;charset=utf-8"];
    let call = Call::query(&plain("00001"))
        .with("sign_method", "hmac")
        .with("partner_id", "apidoc")
        .signed(SECRET);
    let body = urlencoded(&call.0);
    check(
        &platform.send(&request("POST", PATH, &headers, &body)).await,
        true,
    );
}

#[tokio::test]
async fn a_signature_published_for_this_very_call_holds() {
    let platform = platform().await;
    let call = Call::query(
        r#"{"day":"2020-01-18","out_pov_id":"测试00001","page_num":1,"page_size":200}"#,
    )
    .with("partner_id", "apidoc");
    for (method, sign) in [
        ("md5", "959362375343DBF870BF4D537A5D34E4"),
        ("hmac", "1550A1483AA18B1D7A42C7FC4820DB7D"),
        (
            "hmac-sha256",
            "F7EC871B83AF6830421302FAA0D4AB0E1ABF214159DB48460160CD178D08B85F",
        ),
    ] {
        let call = call.clone().with("sign_method", method).with("sign", sign);
        let answer = platform.post(&call).await;
        assert_eq!(crate::platform::model(&answer)["total"], 0);
    }
}
