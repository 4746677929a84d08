use std::time::Duration;

use http::{HeaderMap, HeaderValue, header};
use povline_web::{Cookie, cookie};

const SESSION: Cookie<'_> = Cookie {
    name: "session",
    value: "abc-123",
    kept: Duration::from_secs(60),
    is_secure: true,
};

#[test]
fn a_cookie_is_found_among_others_by_its_whole_name() {
    let mut headers = HeaderMap::new();
    headers.append(
        header::COOKIE,
        HeaderValue::from_static("xsession=1; session=2"),
    );
    headers.append(header::COOKIE, HeaderValue::from_static("lang=en"));
    assert_eq!(cookie(&headers, "session"), Some("2"));
    assert_eq!(cookie(&headers, "lang"), Some("en"));
    assert_eq!(cookie(&headers, "sess"), None);
}

#[test]
fn a_cookie_is_out_of_reach_for_scripts_and_other_sites() {
    let header = SESSION.header().unwrap();
    let text = header.to_str().unwrap();
    assert!(text.starts_with("session=abc-123; "), "{text}");
    for part in ["HttpOnly", "SameSite=Strict", "Secure", "Max-Age=60"] {
        assert!(text.contains(part), "{part} is missing in {text}");
    }
}

#[test]
fn what_a_header_cannot_hold_makes_no_cookie() {
    for value in ["a;b", "a b", "a\r\nSet-Cookie: x=1", "张三"] {
        assert!(Cookie { value, ..SESSION }.header().is_none(), "{value}");
    }
}
