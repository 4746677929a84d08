//! The error table and what it says to callers.

use povline_protocol::catalogue::{self, PLATFORM_CODES, SUB_CODES};
use povline_protocol::{BusinessFailure, CallLimit, Fault, PlatformError, Retry};

#[test]
fn the_table_holds_every_platform_code() {
    let codes: Vec<i64> = PLATFORM_CODES.iter().map(|entry| entry.code).collect();
    let all = [
        3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 15, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32,
        33, 34, 40, 41, 42, 43, 44, 47, 50,
    ];
    assert_eq!(codes, all);
    for entry in PLATFORM_CODES {
        for text in [
            entry.message,
            entry.meaning.chinese,
            entry.meaning.english,
            entry.remedy.chinese,
            entry.remedy.english,
        ] {
            assert!(!text.is_empty(), "{}", entry.code);
        }
    }
    assert!(
        SUB_CODES
            .iter()
            .all(|entry| !entry.meaning.chinese.is_empty())
    );
}

#[test]
fn messages_have_the_case_of_the_wire() {
    for (code, message) in [
        (7, "App Call Limited"),
        (11, "Insufficient isv permissions"),
        (15, "Remote service error"),
        (22, "Invalid method"),
        (25, "Invalid signature"),
        (27, "Invalid session"),
        (29, "Invalid app Key"),
        (31, "Invalid timestamp"),
        (40, "Missing required arguments"),
        (41, "Invalid arguments"),
    ] {
        assert_eq!(catalogue::platform_code(code).unwrap().message, message);
    }
    assert_eq!(
        PlatformError::missing_argument("fields").msg,
        "Missing required arguments:fields"
    );
    assert_eq!(
        PlatformError::invalid_argument("x").msg,
        "Invalid arguments:x"
    );
}

#[test]
fn the_sub_code_decides_whose_fault_it_is() {
    let of = |sub: &str| PlatformError::remote_service_error(sub.to_owned(), "").retry();
    for (sub, retry) in [
        ("isv.invalid-parameter", Retry::Never),
        ("isv.user-not-exist:nick", Retry::Never),
        ("isv.BUSINESS_LIMIT_CONTROL", Retry::Never),
        ("isp.item-service-unavailable", Retry::Later),
        ("isp.remote-service-timeout", Retry::Later),
        ("isp.null-pointer-exception", Retry::Never),
        ("isp.top-parse-error", Retry::Never),
        ("isp.top-mapping-parse-error", Retry::Never),
        ("isp.something-new", Retry::Later),
        ("isp.call-limited", Retry::AfterBan),
        ("something else", Retry::Later),
    ] {
        assert_eq!(of(sub), retry, "{sub}");
    }
    let error = PlatformError::remote_service_error("isp.unknown-error", "");
    assert_eq!(error.fault(), Fault::Platform);
    assert_eq!(PlatformError::of_code(25).fault(), Fault::Caller);
    let foreign = PlatformError {
        code: 560,
        ..PlatformError::service_unavailable()
    };
    assert_eq!(
        (foreign.fault(), foreign.retry()),
        (Fault::Caller, Retry::Never)
    );
}

#[test]
fn a_ban_tells_its_seconds_in_the_words_that_clients_cut() {
    for limit in CallLimit::ALL {
        for seconds in [0, 1, 31_062] {
            let error = PlatformError::app_call_limited(limit, seconds);
            assert_eq!(error.retry(), Retry::AfterBan);
            assert_eq!(error.ban_seconds(), Some(seconds));
            // As a Python client does: int(sub_msg.split(' ')[5])
            let text = error.sub_msg.unwrap();
            assert_eq!(text.split(' ').nth(5).unwrap().parse(), Ok(seconds));
        }
    }
    assert_eq!(PlatformError::of_code(7).ban_seconds(), None);
}

#[test]
fn a_business_failure_of_the_service_is_worth_another_try() {
    assert_eq!(BusinessFailure::busy().retry(), Retry::Later);
    let of = |code: &'static str| BusinessFailure {
        msg_code: code.into(),
        ..BusinessFailure::busy()
    };
    assert_eq!(of("FAIL_BIZ_400").retry(), Retry::Never);
    assert_eq!(of("").retry(), Retry::Later);
}

#[test]
fn a_very_long_sub_code_is_not_matched() {
    let error = PlatformError::remote_service_error("isv.".repeat(10_000), "");
    assert_eq!(error.retry(), Retry::Later);
}
