//! The order of the checks at the door, which callers see when more than one thing is wrong.

use povline_store::book::AppStatus;

use crate::call::{APP_KEY, Call, METHOD, NOW, REQUEST, SECRET};
use crate::memory_book::MemoryBook;
use crate::platform::{Platform, appointments, ids};

/// The code of the error that a call gets, in whatever form.
async fn code(platform: &Platform<MemoryBook>, call: &Call) -> i64 {
    let answer = platform.post(call).await;
    let text = answer.text();
    let (_, code) = text
        .split_once("\"code\":")
        .or_else(|| text.split_once("<code>"))
        .unwrap_or_else(|| panic!("no error: {text}"));
    let digits = code.find(|c: char| !c.is_ascii_digit()).unwrap();
    code[..digits].parse().unwrap()
}

/// A call in which everything is wrong is told of one thing after the other: here each is mended
/// as it is told.
#[tokio::test]
async fn the_checks_come_in_the_documented_order() {
    let platform = Platform::with_rows(appointments(1)).await;
    platform.book.add_app("disabled", 1, &[SECRET], &[]);
    platform.book.set_status("disabled", AppStatus::Disabled);
    let known = Call(Vec::new())
        .with("method", METHOD)
        .with("app_key", "disabled");
    crate::follow::until(async || code(&platform, &known).await != 29).await;

    let mut call = Call(Vec::new())
        .with("format", "yaml")
        .with("sign_method", "sha1")
        .with(REQUEST, "[]");
    assert_eq!(code(&platform, &call).await, 21);
    for (name, value, next) in [
        ("method", "taobao.x", 22),
        ("method", METHOD, 28),
        ("app_key", "nobody", 29),
        ("app_key", "disabled", 32),
        ("v", "two", 33),
        ("v", "3.0", 34),
        ("v", "2.0", 30),
        ("timestamp", "now", 31),
        ("timestamp", NOW, 23),
        ("format", "json", 41),
        ("sign_method", "md5", 24),
        ("sign", "00", 25),
    ] {
        call = call.with(name, value);
        assert_eq!(code(&platform, &call).await, next, "{name}={value}");
    }
    call = call.without("sign");
    assert_eq!(code(&platform, &call.clone().signed(SECRET)).await, 11);
    for (name, value, next) in [
        ("app_key", APP_KEY, 41),
        (REQUEST, r#"{"day":"2021-02-30","out_pov_id":"9"}"#, 50),
        (REQUEST, r#"{"day":"2021-01-18","out_pov_id":"9"}"#, 50),
    ] {
        call = call.with(name, value);
        let signed = call.clone().signed(SECRET);
        assert_eq!(code(&platform, &signed).await, next, "{name}={value}");
    }
    let good = call.with(REQUEST, r#"{"day":"2021-01-18","out_pov_id":"00001"}"#);
    let answer = platform.post(&good.signed(SECRET)).await;
    assert_eq!(ids(&answer), ["P00001"]);
}
