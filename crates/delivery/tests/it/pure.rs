//! Retries, signatures and addresses, by their rules alone.

use std::time::Duration;

use povline_delivery::retry::{RETRY_AFTER_MAX, RetrySchedule, retry_after};
use povline_delivery::signature::{WebhookSecret, holds, signatures};
use povline_delivery::sse::Token;
use povline_delivery::target::{Target, is_public};
use povline_domain::UnixMillis;

#[test]
fn pauses_grow_and_end() {
    let schedule = RetrySchedule::default();
    let mut total = Duration::ZERO;
    let mut before = Duration::ZERO;
    for failures in 1..schedule.attempts_max {
        let least = schedule.pause(failures, 0).unwrap();
        let most = (0..5_000_000)
            .step_by(997)
            .map(|chance| schedule.pause(failures, chance).unwrap())
            .max()
            .unwrap();
        assert!(least <= most && most <= least * 2, "{failures}");
        assert!(least >= before && most <= schedule.max * 5 / 4);
        before = least;
        total += least;
    }
    assert_eq!(schedule.pause(schedule.attempts_max, 0), None);
    assert!(total > Duration::from_secs(14 * 3600), "{total:?}");
    assert_eq!(schedule.pause(u32::MAX, 0), None);
}

#[test]
fn retry_after_is_seconds_or_a_date_and_bounded() {
    let now = UnixMillis(784_111_777_000); // Sun, 06 Nov 1994 08:49:37 GMT
    let seconds = |n| Some(Duration::from_secs(n));
    assert_eq!(retry_after("120", now), seconds(120));
    assert_eq!(
        retry_after("Sun, 06 Nov 1994 08:50:37 GMT", now),
        seconds(60)
    );
    assert_eq!(
        retry_after("Sun, 06 Nov 1994 08:00:00 GMT", now),
        seconds(0)
    );
    assert_eq!(retry_after("999999999", now), Some(RETRY_AFTER_MAX));
    for text in ["", "soon", "-1", "1.5"] {
        assert_eq!(retry_after(text, now), None, "{text}");
    }
}

/// The vector of the Standard Webhooks libraries.
#[test]
fn signatures_are_those_of_standard_webhooks() {
    let secret = WebhookSecret::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
    let (id, at, body) = (
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        1_614_265_330,
        br#"{"test": 2432232314}"#,
    );
    let right = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
    assert_eq!(
        signatures(std::slice::from_ref(&secret), id, at, body),
        right
    );
    let (other, text) = WebhookSecret::from_bytes([1; 32]);
    let both = signatures(&[other.clone(), secret.clone()], id, at, body);
    assert!(holds(&secret, &both, id, at, body) && holds(&other, &both, id, at, body));
    assert!(!holds(&other, right, id, at, body));
    assert!(!holds(&secret, right, id, at + 1, body));
    assert!(WebhookSecret::parse(&text).is_ok());
    for wrong in [
        "",
        "whsec_",
        "whsec_c2hvcnQ=",
        "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    ] {
        assert!(WebhookSecret::parse(wrong).is_err(), "{wrong}");
    }
    assert_eq!(format!("{secret:?}"), "WebhookSecret(***)");
}

#[test]
fn addresses_of_this_network_are_not_public() {
    for private in [
        "0.0.0.0",
        "10.1.2.3",
        "100.64.0.1",
        "127.0.0.1",
        "169.254.169.254",
        "172.16.0.1",
        "192.0.0.8",
        "192.168.1.1",
        "198.18.0.1",
        "203.0.113.9",
        "224.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "fe80::1",
        "fc00::1",
        "fd12::1",
        "ff02::1",
        "::ffff:10.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "2001:db8::1",
    ] {
        assert!(!is_public(private.parse().unwrap()), "{private}");
    }
    for public in [
        "8.8.8.8",
        "100.63.0.1",
        "172.32.0.1",
        "2606:4700::1111",
        "::ffff:8.8.8.8",
    ] {
        // Even a public address in disguise is what it hides.
        assert!(is_public(public.parse().unwrap()), "{public}");
    }
    assert!(Target::parse("http://127.0.0.1/x", false).is_ok());
    for refused in [
        "http://127.0.0.1/x",
        "https://[::1]:8443/x",
        "ftp://example.com",
        "/x",
    ] {
        assert!(Target::parse(refused, true).is_err(), "{refused}");
    }
    assert!(Target::parse("https://user:word@example.com/x", false).is_err());
    let shown = Target::parse("https://example.com/x?token=hush", false).unwrap();
    assert_eq!(format!("{shown:?}"), "Target(https://example.com/x)");
    assert!(Token::parse("short").is_err());
}
