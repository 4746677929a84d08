//! Signing in where the portal is reached in different ways.

use super::reader::{add_user, sign_in};
use crate::binary::Place;
use crate::serving::Serving;

const FORWARDED: &str = "X-Forwarded-Proto: https\r\n";

#[test]
fn a_session_is_sent_over_tls_alone_where_the_portal_is_reached_over_it() {
    let place = Place::new();
    add_user(&place);
    for (flags, headers, is_secure) in [
        ("", "", false),
        ("--portal-url http://portal.example.com", "", false),
        ("--portal-url https://portal.example.com", "", true),
        // That the interface is reached over TLS says nothing of the portal.
        ("--public-url https://top.example.com", "", false),
        ("--trusted-proxies 127.0.0.1", FORWARDED, true),
        ("--trusted-proxies 127.0.0.1", "", false),
        ("--trusted-proxies 10.0.0.1", FORWARDED, false),
    ] {
        let flags = format!("--data platform --portal 127.0.0.1:0 {flags}");
        let mut serving = Serving::start_with(&place, &flags);
        let head = sign_in(&serving.portal, headers);
        assert!(head.starts_with("HTTP/1.1 303 "), "{head}");
        for part in ["__Host-povline_session=", "; Secure"] {
            assert_eq!(head.contains(part), is_secure, "{flags}: {head}");
        }
        assert!(head.contains("; HttpOnly; SameSite=Strict"), "{head}");
        serving.stop();
    }
}
