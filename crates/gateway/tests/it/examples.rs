//! What TOP's own documentation says and shows of signatures and errors, beside what its clients do.

use crate::call::{Call, PUBLISHED_SIGN, SECRET, multipart, published, urlencoded};
use crate::memory_book::MemoryBook;
use crate::platform::{DAY, PATH, Platform, appointments, ids};
use crate::wire::{Answer, FORM, request};

async fn platform() -> Platform<MemoryBook> {
    Platform::with_rows(appointments(3)).await
}

fn good() -> Call {
    Call::page("00001", DAY, 1, 200)
}

#[track_caller]
fn has_rows(answer: &Answer) {
    assert_eq!(ids(answer), ["P00001", "P00002", "P00003"]);
}

#[track_caller]
fn is_refused(answer: &Answer, code: i64) {
    assert_eq!(answer.json()["error_response"]["code"], code);
}

#[tokio::test]
async fn parameters_are_signed_in_the_order_of_their_bytes() {
    let platform = platform().await;
    let call = good()
        .with("foo", "1")
        .with("bar", "2")
        .with("foo_bar", "3")
        .with("foobar", "4");
    for sign_method in ["md5", "hmac", "hmac-sha256"] {
        let call = call.clone().with("sign_method", sign_method);
        has_rows(&platform.post(&call.signed(SECRET)).await);
    }
}

#[tokio::test]
async fn an_empty_parameter_may_be_signed_or_left_out_of_the_signature() {
    let platform = platform().await;
    let add = |call: Call| call.with("session", "").with("target_app_key", "");
    has_rows(&platform.post(&add(good()).signed(SECRET)).await);
    has_rows(&platform.post(&add(good().signed(SECRET))).await);
    // All of them or none: a part of them is nobody's way.
    let part = good().with("session", "").signed(SECRET);
    is_refused(&platform.post(&part.with("target_app_key", "")).await, 25);
    // What is not empty is signed.
    let blank = good().signed(SECRET).with("session", " ");
    is_refused(&platform.post(&blank).await, 25);
}

#[tokio::test]
async fn a_file_is_not_signed() {
    let platform = platform().await;
    let end = "--B--\r\n";
    let file = "--B\r\nContent-Disposition: form-data; name=\"image\"; filename=\"x.jpg\"\r\n\
                Content-Type: image/jpeg\r\n\r\n\u{1}\u{2}\r\n";
    let body = multipart(&good().signed(SECRET).0, "B");
    let body = body.replace(end, &format!("{file}{end}"));
    let parts = "Content-Type: multipart/form-data; boundary=B";
    has_rows(&platform.send(&request("POST", PATH, &[parts], &body)).await);
}

#[tokio::test]
async fn a_body_that_holds_no_parameters_is_signed_behind_them() {
    let platform = platform().await;
    let body = "<request><x>测试</x></request>";
    for kind in [
        "Content-Type: text/xml;charset=utf-8",
        "Content-Type: application/json",
    ] {
        for sign_method in ["md5", "hmac", "hmac-sha256"] {
            let call = good().with("sign_method", sign_method);
            let send = async |call: Call, body: &str| {
                let target = format!("{PATH}?{}", urlencoded(&call.0));
                platform
                    .send(&request("POST", &target, &[kind], body))
                    .await
            };
            let signed = call.clone().signed_over(SECRET, body);
            has_rows(&send(signed.clone(), body).await);
            is_refused(&send(signed, "<request/>").await, 25);
            is_refused(&send(call.signed(SECRET), body).await, 25);
        }
    }
}

#[tokio::test]
async fn a_blank_comes_as_a_plus_or_escaped() {
    let platform = platform().await;
    let plus = urlencoded(&good().signed(SECRET).0);
    assert!(plus.contains("2021-01-18+08"));
    for body in [&plus, &plus.replace('+', "%20")] {
        has_rows(&platform.send(&request("POST", PATH, &[FORM], body)).await);
    }
}

#[tokio::test]
async fn the_published_call_is_of_a_method_that_is_not_here() {
    let platform = platform().await;
    let call = published().with("sign", PUBLISHED_SIGN);
    is_refused(&platform.post(&call).await, 22);
}

/// The documents that were seen on the wire of the real gateway, but for their request ids.
#[tokio::test]
async fn errors_are_written_as_on_the_wire() {
    let platform = platform().await;
    for (call, told) in [
        (
            good().with("app_key", "nobody").signed(SECRET),
            r#"{"error_response":{"code":29,"msg":"Invalid app Key","sub_code":"isv.appkey-not-exists","request_id":"ID"}}"#,
        ),
        (
            good().signed("another secret"),
            r#"{"error_response":{"code":25,"msg":"Invalid signature","request_id":"ID"}}"#,
        ),
        (
            good()
                .with("timestamp", "now")
                .with("format", "xml")
                .signed(SECRET),
            r#"<?xml version="1.0" encoding="utf-8" ?><error_response><code>31</code><msg>Invalid timestamp</msg><request_id>ID</request_id></error_response>"#,
        ),
        // Without a format, and with one that is none, it is XML.
        (
            good().without("format").without("v").signed(SECRET),
            r#"<?xml version="1.0" encoding="utf-8" ?><error_response><code>32</code><msg>Missing version</msg><request_id>ID</request_id></error_response>"#,
        ),
    ] {
        assert_eq!(platform.post(&call).await.masked(), told);
    }
}
