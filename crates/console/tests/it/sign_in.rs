use axum::body::Body;
use http::{Request, StatusCode, header};
use povline_store::book::{Book as _, SqliteBook, Users};

use crate::site::{PASSWORD, Site, form};

#[tokio::test]
async fn nobody_sees_a_page_of_the_consoles_without_signing_in() {
    let site = Site::new().await;
    for path in [
        "/apps",
        "/apps/12345678",
        "/tool?app=1",
        "/operator",
        "/account",
    ] {
        let request = Request::get(path).body(Body::empty()).unwrap();
        let answer = site.send(request).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{path}");
        let to = answer.location.unwrap();
        assert!(to.starts_with("/sign-in?back="), "{to}");
    }
}

#[tokio::test]
async fn a_session_begins_and_ends_and_its_cookie_is_kept_from_scripts_and_sites() {
    let site = Site::new().await;
    let answer = site.sign_in(" Wang.Li", PASSWORD).await;
    let cookie = answer.cookie.unwrap();
    for part in ["HttpOnly", "SameSite=Strict", "Max-Age=43200"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    let reader = site.signed_in("wang.li").await;
    assert!(reader.get("/apps").await.text.contains("My apps"));
    let out = reader.post("/sign-out", &[]).await;
    assert_eq!(out.location.as_deref(), Some("/sign-in"));
    assert_eq!(reader.get("/apps").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn an_idle_session_is_over() {
    let site = Site::new().await;
    let reader = site.signed_in("wang.li").await;
    site.wait(SqliteBook::SESSION_IDLE_MILLIS - 1);
    assert_eq!(reader.get("/apps").await.status, StatusCode::OK);
    // Used, it lives on.
    site.wait(SqliteBook::SESSION_IDLE_MILLIS - 1);
    assert_eq!(reader.get("/apps").await.status, StatusCode::OK);
    site.wait(SqliteBook::SESSION_IDLE_MILLIS);
    assert_eq!(reader.get("/apps").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_name_are_one_answer() {
    let site = Site::new().await;
    let wrong = site.sign_in("wang.li", "not the password").await;
    let unknown = site.sign_in("nobody", "not the password").await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(unknown.status, wrong.status);
    let told = |answer: &crate::site::Answer| answer.between("role=\"alert\">", "<").to_owned();
    assert_eq!(told(&wrong), told(&unknown));
    assert!(wrong.cookie.is_none() && unknown.cookie.is_none());
}

#[tokio::test]
async fn guesses_are_limited_and_the_right_password_comes_too_late() {
    let site = Site::new().await;
    for _ in 0..5 {
        let answer = site.sign_in("wang.li", "not the password").await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    let answer = site.sign_in("wang.li", PASSWORD).await;
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
    // Others at the same address are not hurt yet.
    site.signed_in("zhao.wu").await;
    site.wait(SqliteBook::ATTEMPTS_MILLIS);
    site.signed_in("wang.li").await;
}

#[tokio::test]
async fn a_form_of_another_site_or_session_changes_nothing() {
    let site = Site::new().await;
    let reader = site.signed_in("wang.li").await;
    let other = site.signed_in("zhao.wu").await;
    let path = "/apps/12345678/rotate";
    let without = reader.post_bare(path, String::new()).await;
    let strange = reader
        .post_bare(path, form(&[("csrf", &other.csrf().await)]))
        .await;
    for answer in [without, strange] {
        assert_eq!(answer.status, StatusCode::FORBIDDEN);
    }
    let csrf = reader.csrf().await;
    for (name, value) in [
        ("sec-fetch-site", "cross-site"),
        ("origin", "https://evil.example"),
    ] {
        let request = Request::post(path)
            .header(header::COOKIE, &reader.cookie)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::HOST, "povline.example")
            .header(name, value)
            .body(Body::from(form(&[("csrf", &csrf)])));
        let answer = site.send(request.unwrap()).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{name}");
    }
    let access = site.book.access().await.unwrap();
    assert_eq!(access.apps[0].secrets.len(), 1);
}

#[tokio::test]
async fn another_password_needs_the_present_one_and_ends_other_sessions() {
    let site = Site::new().await;
    let (here, elsewhere) = (
        site.signed_in("wang.li").await,
        site.signed_in("wang.li").await,
    );
    let new = "another fine password";
    let change = async |old: &str, new: &str, again: &str| {
        let fields = [("old", old), ("new", new), ("again", again)];
        here.post("/account", &fields).await.status
    };
    let refused = StatusCode::UNPROCESSABLE_ENTITY;
    assert_eq!(change("wrong", new, new).await, refused);
    assert_eq!(change(PASSWORD, new, "other").await, refused);
    assert_eq!(change(PASSWORD, "short", "short").await, refused);
    assert_eq!(change(PASSWORD, new, new).await, StatusCode::SEE_OTHER);
    assert_eq!(elsewhere.get("/apps").await.status, StatusCode::SEE_OTHER);
    assert_eq!(site.sign_in("wang.li", PASSWORD).await.status, refused);
    assert_eq!(
        site.sign_in("wang.li", new).await.status,
        StatusCode::SEE_OTHER
    );
}
