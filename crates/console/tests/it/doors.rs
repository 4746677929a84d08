//! Every address of the consoles, as somebody tries it who has no right to it.

use axum::body::Body;
use http::{Method, Request, StatusCode, header};
use povline_store::audit::AuditTrail as _;

use crate::site::{APP, Answer, Site, form, with_form};

/// The addresses that the crate serves, with what may be sent there. They are read from where they
/// are served, so that a new one is tried without anybody thinking of it.
fn doors() -> Vec<(Method, String)> {
    let source = include_str!("../../src/lib.rs");
    let mut doors = Vec::new();
    for route in source.split(".route(").skip(1) {
        let path = route.split('"').nth(1).unwrap();
        let path = path.replace("{key}", APP).replace("{request_id}", "x");
        let handlers = route.split(".layer(").next().unwrap();
        for (word, method) in [("get(", Method::GET), ("post(", Method::POST)] {
            if handlers.contains(word) {
                doors.push((method, path.clone()));
            }
        }
    }
    assert!(doors.len() > 20, "{doors:?}");
    doors
}

/// Whether nobody has to be signed in there.
fn is_open(path: &str) -> bool {
    ["/sign-in", "/sign-up"].contains(&path)
}

/// Where a signed-in reader sends forms.
pub(crate) fn forms() -> Vec<String> {
    let doors = doors().into_iter();
    let forms = doors.filter(|(method, path)| method == Method::POST && !is_open(path));
    forms.map(|(_, path)| path).collect()
}

#[tokio::test]
async fn nobody_gets_in_without_signing_in() {
    let site = Site::new().await;
    for (method, path) in doors() {
        if is_open(&path) {
            continue;
        }
        for cookie in ["", "povline_session=", "povline_session=0123abcd"] {
            let request = Request::builder()
                .method(&method)
                .uri(&path)
                .header(header::COOKIE, cookie);
            let answer = site.send(with_form(request, String::new())).await;
            assert_eq!(answer.status, StatusCode::SEE_OTHER, "{method} {path}");
            let to = answer.location.unwrap();
            assert!(to.starts_with("/sign-in?back=%2F"), "{method} {path}: {to}");
        }
    }
}

/// Whatever any form asks for, so that a form which is taken is seen to be.
pub(crate) const FIELDS: [(&str, &str); 12] = [
    ("app", APP),
    ("method", "povline.appointment.cancel"),
    ("status", "disabled"),
    ("grant", "*"),
    ("per_day", "1"),
    ("addresses", "10.0.0.1"),
    ("name", "desk"),
    ("isv", "one"),
    ("retire_old", "yes"),
    ("old", "not the password"),
    ("new", "another fine password"),
    ("again", "another fine password"),
];

/// What is said of a form that is not of this site and this session, and of nothing else.
fn is_not_taken(answer: &Answer) -> bool {
    answer.status == StatusCode::FORBIDDEN && answer.text.contains("The form is no longer good")
}

#[tokio::test]
async fn every_form_is_taken_from_its_own_page() {
    let site = Site::new().await;
    for path in forms() {
        for name in ["wang.li", "ops"] {
            let reader = site.signed_in(name).await;
            let answer = reader.post(&path, &FIELDS).await;
            assert!(!is_not_taken(&answer), "{name} {path}");
        }
    }
}

/// What a form says is not even read unless it comes from a page of this site and this session.
#[tokio::test]
async fn no_form_is_taken_from_elsewhere() {
    let site = Site::new().await;
    for name in ["wang.li", "ops"] {
        let reader = site.signed_in(name).await;
        let other = site.signed_in("zhao.wu").await;
        let (own, others) = (reader.csrf().await, other.csrf().await);
        let before = site.book.audit_head().await.unwrap();
        for path in forms() {
            for token in ["", others.as_str(), "0"] {
                let fields = form(&[&[("csrf", token)], &FIELDS[..]].concat());
                let answer = reader.post_bare(&path, fields).await;
                assert!(is_not_taken(&answer), "{name} {path}: {}", answer.status);
            }
            for (header, value) in [
                ("sec-fetch-site", "cross-site"),
                ("sec-fetch-site", "same-site"),
                ("origin", "https://evil.example"),
                ("origin", "null"),
            ] {
                let request = Request::post(&path)
                    .header(header::COOKIE, &reader.cookie)
                    .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
                    .header(header::HOST, "povline.example")
                    .header(header::ACCEPT_LANGUAGE, "en")
                    .header(header, value)
                    .body(Body::from(form(
                        &[&[("csrf", own.as_str())], &FIELDS[..]].concat(),
                    )));
                let answer = site.send(request.unwrap()).await;
                assert!(
                    is_not_taken(&answer),
                    "{name} {path} {value}: {}",
                    answer.status
                );
            }
        }
        // Neither signed out nor anything else: nothing has happened.
        assert_eq!(site.book.audit_head().await.unwrap(), before);
        assert_eq!(reader.get("/account").await.status, StatusCode::OK);
    }
}

#[tokio::test]
async fn what_is_an_operators_is_refused_to_everybody_else() {
    let site = Site::new().await;
    let reader = site.signed_in("wang.li").await;
    let stranger = site.signed_in("zhao.wu").await;
    let before = site.book.audit_head().await.unwrap();
    let mut tried = 0;
    for (method, path) in doors() {
        let of_operator = path.starts_with("/operator");
        let of_app = path.starts_with(&format!("/apps/{APP}"));
        if !of_operator && !of_app {
            continue;
        }
        tried += 1;
        let answer = match method {
            Method::GET => stranger.get(&path).await,
            _ => stranger.post(&path, &[("grant", "*")]).await,
        };
        let expected = if of_operator {
            answer.status == StatusCode::FORBIDDEN
        } else {
            // One of an operator's changes says so first; it says nothing of the app either way.
            [StatusCode::NOT_FOUND, StatusCode::FORBIDDEN].contains(&answer.status)
        };
        assert!(expected, "{method} {path}: {}", answer.status);
        if of_operator {
            let answer = match method {
                Method::GET => reader.get(&path).await,
                _ => reader.post(&path, &[]).await,
            };
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{method} {path}");
        }
    }
    assert!(tried > 12, "{tried}");
    assert_eq!(site.book.audit_head().await.unwrap(), before);
}

/// Nothing changes because somebody follows a link, to signing out neither.
#[tokio::test]
async fn a_form_is_no_link() {
    let site = Site::new().await;
    let reader = site.signed_in("wang.li").await;
    let all = doors();
    for path in forms() {
        if !all.contains(&(Method::GET, path.clone())) {
            let answer = reader.get(&path).await;
            assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "{path}");
        }
    }
    assert_eq!(reader.get("/account").await.status, StatusCode::OK);
}
