//! Signing in where the portal is reached in different ways.

use super::reader::{add_user, sign_in};
use crate::binary::Place;
use crate::serving::Serving;

#[test]
fn a_session_is_sent_over_tls_alone_where_a_proxy_ends_it() {
    let place = Place::new();
    add_user(&place);
    for (flags, is_secure) in [
        ("", false),
        ("--public-url http://top.example.com", false),
        ("--public-url https://top.example.com", true),
    ] {
        let flags = format!("--data platform --portal 127.0.0.1:0 {flags}");
        let mut serving = Serving::start_with(&place, &flags);
        let head = sign_in(&serving.portal);
        assert!(head.starts_with("HTTP/1.1 303 "), "{head}");
        for part in ["__Host-povline_session=", "; Secure"] {
            assert_eq!(head.contains(part), is_secure, "{flags}: {head}");
        }
        assert!(head.contains("; HttpOnly; SameSite=Strict"), "{head}");
        serving.stop();
    }
}
