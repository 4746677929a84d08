//! Batches at the door, as the Java and .NET clients send them.

use povline_gateway::GatewayConfig;
use std::sync::Arc;

use crate::call::{APP_KEY, Call, METHOD, NOW, REQUEST, SECRET, urlencoded};
use crate::memory_book::MemoryBook;
use crate::platform::{DAY, Platform, appointments, fill};
use crate::wire::{Answer, Connection, request};

pub(crate) const BATCH: &str = "/router/batch";
const S: &str = "\r\n-S-\r\n";
pub(crate) const TEXT: &str = "Content-Type: text/plain;charset=UTF-8";

async fn platform() -> Platform<MemoryBook> {
    Platform::with_rows(appointments(5)).await
}

/// The system parameters as the Java client sends them.
pub(crate) fn system() -> Call {
    Call(Vec::new())
        .with("v", "2.0")
        .with("app_key", APP_KEY)
        .with("timestamp", NOW)
        .with("format", "json")
        .with("sign_method", "hmac-sha256")
        .with("partner_id", "top-sdk-java-20210716")
}

/// The request for a batch with this body.
pub(crate) fn batch(system: Call, body: &str, headers: &[&str]) -> Vec<u8> {
    let query = urlencoded(&system.signed_over(SECRET, body).0);
    let headers: Vec<&str> = [TEXT].iter().chain(headers).copied().collect();
    request("POST", &format!("{BATCH}?{query}"), &headers, body)
}

/// One call's form.
pub(crate) fn form(pairs: &[(&str, &str)]) -> String {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    urlencoded(&pairs.iter().map(owned).collect::<Vec<_>>())
}

pub(crate) fn page(pov: &str, number: u32, size: u32) -> String {
    format!(r#"{{"day":"{DAY}","out_pov_id":"{pov}","page_num":{number},"page_size":{size}}}"#)
}

/// The parts of an answer, each without its request id.
fn parts(answer: &Answer, separator: &str) -> Vec<String> {
    assert_eq!(answer.status, 200);
    let text = answer.text().to_owned();
    let part = |part: &str| {
        Answer {
            status: 200,
            headers: Vec::new(),
            body: part.as_bytes().to_vec(),
        }
        .masked()
    };
    text.split(separator).map(part).collect()
}

fn error(code: u32, rest: &str) -> String {
    format!(r#"{{"error_response":{{"code":{code},"msg":{rest},"request_id":"ID"}}}}"#)
}

/// What a call gets that comes alone.
async fn alone(platform: &Platform<MemoryBook>, call: Call) -> String {
    platform.post(&call.signed(SECRET)).await.masked()
}

#[tokio::test]
async fn each_call_gets_what_it_would_get_alone_in_its_place() {
    let platform = platform().await;
    let page_1 = form(&[(REQUEST, &page("00001", 1, 2))]);
    let page_2 = form(&[(REQUEST, &page("00001", 2, 2))]);
    let other = form(&[(REQUEST, &page("none", 1, 2))]);
    let unknown = form(&[("method", "taobao.time.get")]);
    let body = format!("#PUBLIC#method={METHOD}{S}{page_1}{S}{other}{S}N{S}{unknown}{S}{page_2}");
    for format in ["json", "xml"] {
        let system = system().with("format", format);
        let answer = platform.send(&batch(system, &body, &[])).await;
        let call = |json: &str| Call::query(json).with("format", format);
        let expected = [
            alone(&platform, call(&page("00001", 1, 2))).await,
            alone(&platform, call(&page("none", 1, 2))).await,
            alone(&platform, call("").without(REQUEST)).await,
            alone(&platform, call("").with("method", "taobao.time.get")).await,
            alone(&platform, call(&page("00001", 2, 2))).await,
        ];
        assert!(expected[0].contains("P00001") && expected[4].contains("P00003"));
        assert_eq!(parts(&answer, S), expected);
        let content_type = match format {
            "json" => "application/json;charset=UTF-8",
            _ => "text/xml;charset=UTF-8",
        };
        assert_eq!(answer.header("content-type"), Some(content_type));
    }
}

#[tokio::test]
async fn every_signature_in_both_clients_styles() {
    let platform = platform().await;
    let call = form(&[(REQUEST, &page("00001", 1, 1))]);
    // .NET repeats the method in each call although all share it.
    let repeated = form(&[(REQUEST, &page("00001", 1, 1)), ("method", METHOD)]);
    for (method, call) in [("md5", &call), ("hmac", &repeated), ("hmac-sha256", &call)] {
        let body = format!("#PUBLIC#method={METHOD}{S}{call}{S}{call}");
        let system = system().with("sign_method", method);
        let answer = platform.send(&batch(system, &body, &[])).await;
        let parts = parts(&answer, S);
        assert_eq!(parts.len(), 2);
        assert!(
            parts.iter().all(|part| part.contains("P00001")),
            "{parts:?}"
        );
    }
}

#[tokio::test]
async fn the_published_batch_signatures_hold() {
    let platform = platform().await;
    let body = format!("#PUBLIC#method={METHOD}{S}N");
    for (method, sign) in [
        ("md5", "139AF1104A9B2C57875BE08CF3B47262"),
        ("hmac", "76FA4CEA83673E03441DD33848BC0838"),
        (
            "hmac-sha256",
            "988CD1A7075BEBF4185BBE52C17650C8867235677FE4FF9718EAFCBD30867974",
        ),
    ] {
        let call = system().without("partner_id").with("sign_method", method);
        let query = urlencoded(&call.with("sign", sign).0);
        let target = format!("{BATCH}?{query}");
        let answer = platform
            .send(&request("POST", &target, &[TEXT], &body))
            .await;
        let missing = format!(
            r#""Remote service error","sub_code":"isv.missing-parameter","sub_msg":"缺少必要的参数:{REQUEST}""#
        );
        assert_eq!(parts(&answer, S), [error(50, &missing)]);
        // The same for another body is a forgery.
        let other = format!("{body}N");
        let answer = platform
            .send(&request("POST", &target, &[TEXT], &other))
            .await;
        assert_eq!(parts(&answer, S), [error(25, r#""Invalid signature""#)]);
    }
}

#[tokio::test]
async fn a_header_names_another_separator() {
    let platform = platform().await;
    let separator = "%7Bmine%7D";
    let header = format!("top-api-separator: {separator}");
    let call = form(&[("method", METHOD), (REQUEST, &page("00001", 1, 1))]);
    let body = [call.as_str(), "N", &call].join(separator);
    let answer = platform.send(&batch(system(), &body, &[&header])).await;
    let parts_seen = parts(&answer, separator);
    assert_eq!(parts_seen.len(), 3);
    assert!(parts_seen[0].contains("P00001") && parts_seen[2].contains("P00001"));
    assert_eq!(parts_seen[1], error(21, r#""Missing method""#));

    let header = format!("top-api-separator: {}", "x".repeat(65));
    let answer = platform.send(&batch(system(), &body, &[&header])).await;
    assert_eq!(
        parts(&answer, S),
        [error(41, r#""Invalid arguments:top-api-separator""#)]
    );
}

#[tokio::test]
async fn a_batch_that_is_refused_as_a_whole_is_one_error_document() {
    let platform = platform().await;
    let call = form(&[("method", METHOD), (REQUEST, &page("00001", 1, 1))]);
    let body = [call.as_str(); 3].join(S);
    let refused = async |system: Call, body: &str| {
        let bytes = batch(system, body, &[]);
        let parts = parts(&platform.send(&bytes).await, S);
        assert_eq!(parts.len(), 1, "{parts:?}");
        parts.into_iter().next().unwrap()
    };
    let cases = [
        (system().without("app_key"), 28),
        (system().with("app_key", "87654321"), 29),
        (system().without("v"), 32),
        (system().without("timestamp"), 30),
        (system().with("timestamp", "2021-01-18 09:00:00"), 31),
        (system().with("sign_method", "crc"), 41),
    ];
    for (system, code) in cases {
        let document = refused(system, &body).await;
        let expected = format!(r#"{{"error_response":{{"code":{code},"#);
        assert!(document.starts_with(&expected), "{document}");
    }
    let document = refused(system().with("format", "yaml"), &body).await;
    assert!(document.contains("<code>23</code>"), "{document}");
    let empty = r#""Parameter Error","sub_code":"isv.invalid-parameter","sub_msg":"批量请求为空""#;
    assert_eq!(refused(system(), "").await, error(43, empty));
    let many = ["N"; 101].join(S);
    let too_many =
        r#""Parameter Error","sub_code":"isv.invalid-parameter","sub_msg":"批量请求超过100个""#;
    assert_eq!(refused(system(), &many).await, error(43, too_many));
    let answer = platform
        .send(&batch(system(), &["N"; 100].join(S), &[]))
        .await;
    assert_eq!(parts(&answer, S).len(), 100);
}

#[tokio::test]
async fn a_call_cannot_speak_for_another_app() {
    let platform = platform().await;
    platform.book.add_app("another", 1, &["secret"], &[]);
    let theirs = form(&[("app_key", "another"), ("method", METHOD)]);
    let body = format!("{theirs}{S}app_key={APP_KEY}");
    let answer = platform.send(&batch(system(), &body, &[])).await;
    assert_eq!(
        parts(&answer, S),
        [
            error(41, r#""Invalid arguments:app_key""#),
            error(21, r#""Missing method""#),
        ]
    );
}

#[tokio::test]
async fn an_identical_batch_is_answered_again_and_simplified_if_asked() {
    let platform = platform().await;
    let call = form(&[(REQUEST, &page("00001", 1, 1))]);
    let body = format!("#PUBLIC#method={METHOD}{S}{call}{S}N");
    let bytes = batch(system().with("simplify", "true"), &body, &[]);
    let mut connection = Connection::open(platform.address).await;
    let first = parts(&connection.exchange(&bytes).await, S);
    let second = parts(&connection.exchange(&bytes).await, S);
    assert_eq!(first, second);
    assert!(first[0].starts_with(r#"{"result":{"model":{"page_num":1"#));
    assert!(first[1].starts_with(r#"{"error_response":{"code":50"#));
}

#[tokio::test]
async fn the_answers_of_a_batch_are_bounded() {
    let book = Arc::new(MemoryBook::new());
    fill(&book, appointments(5));
    let config = GatewayConfig {
        batch_answer_bytes_max: 1000,
        ..GatewayConfig::default()
    };
    let platform = Platform::serve(book, config).await;
    let call = form(&[(REQUEST, &page("00001", 1, 5))]);
    let body = format!("#PUBLIC#method={METHOD}{S}") + &[call.as_str(); 3].join(S);
    let parts = parts(&platform.send(&batch(system(), &body, &[])).await, S);
    assert!(parts[0].contains("P00005"));
    let too_long = r#""Parameter Error","sub_code":"isv.invalid-parameter","sub_msg":"批量应答超过1000字节,请减少每批请求数""#;
    assert_eq!(parts[1..], [error(43, too_long), error(43, too_long)]);
}
