use std::net::SocketAddr;

use axum::body::Body;
use futures_util::future::join_all;
use http::{Request, StatusCode, header};
use povline_net::Peer;
use povline_store::book::{SqliteBook, UserName, Users};

use crate::site::{APP, Answer, PASSWORD, Site, actor, form, with_form};

fn peer(address: &str) -> Peer {
    Peer {
        address: SocketAddr::new(address.parse().unwrap(), 1),
        is_beyond_limit: false,
    }
}

/// A request to sign in from this address.
fn from(address: &str) -> http::request::Builder {
    Request::post("/sign-in").extension(peer(address))
}

/// For so long attempts are counted together.
const ATTEMPTS_MILLIS: i64 = 15 * 60_000;

fn told(answer: &Answer) -> String {
    answer.between("role=\"alert\">", "<").to_owned()
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
    assert!(out.cookie.unwrap().contains("Max-Age=0"));
    // Whoever has kept the cookie has nothing.
    assert_eq!(reader.get("/apps").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn over_tls_the_cookie_is_of_this_host_and_of_tls_alone() {
    let site = Site::over_tls().await;
    let reader = site.signed_in("wang.li").await;
    assert!(reader.cookie.starts_with("__Host-povline_session="));
    assert_eq!(reader.get("/apps").await.status, StatusCode::OK);
    let cookie = site.sign_in("wang.li", PASSWORD).await.cookie.unwrap();
    // Browsers take a name that begins with __Host- on these terms alone.
    assert!(cookie.contains("; Path=/;") && cookie.contains("; Secure"));
    assert!(!cookie.contains("Domain"), "{cookie}");
    let out = reader.post("/sign-out", &[]).await;
    assert!(out.cookie.unwrap().contains("; Secure"));
    // A cookie of the plain name, as a neighbour could plant it, is none.
    let plain = reader.cookie.replace("__Host-", "");
    let request = Request::get("/apps").header(header::COOKIE, plain);
    let answer = site.send(request.body(Body::empty()).unwrap()).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
}

/// The name and the terms of the cookie that signing in sets, asked from here with these headers.
async fn cookie_from(site: &Site, address: &str, headers: &[(&str, &str)]) -> (bool, bool) {
    let mut request = from(address);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let answer = site.sign_in_by(request, "wang.li", PASSWORD).await;
    let cookie = answer.cookie.unwrap();
    (cookie.starts_with("__Host-"), cookie.contains("; Secure"))
}

#[tokio::test]
async fn a_cookie_is_as_safe_as_its_request_was() {
    const PROXY: &str = "10.0.0.1";
    const STRANGER: &str = "10.0.0.2";
    let (plain, safe) = ((false, false), (true, true));
    let https: &[_] = &[("x-forwarded-proto", "https")];
    let site = Site::behind(PROXY).await;
    assert_eq!(cookie_from(&site, PROXY, https).await, safe);
    assert_eq!(cookie_from(&site, PROXY, &[]).await, plain);
    let http = [("x-forwarded-proto", "http")];
    assert_eq!(cookie_from(&site, PROXY, &http).await, plain);
    // What the caller wrote stands before what its proxy did.
    let claimed = [("x-forwarded-proto", "https, http")];
    assert_eq!(cookie_from(&site, PROXY, &claimed).await, plain);
    assert_eq!(cookie_from(&site, STRANGER, https).await, plain);
    // Who has signed in over TLS is known over TLS, and nowhere else.
    let request = from(PROXY).header("x-forwarded-proto", "https");
    let answer = site.sign_in_by(request, "wang.li", PASSWORD).await;
    let cookie = answer.cookie.unwrap();
    let cookie = cookie.split(';').next().unwrap();
    for (proto, status) in [("https", StatusCode::OK), ("http", StatusCode::SEE_OTHER)] {
        let request = Request::get("/apps")
            .extension(peer(PROXY))
            .header(header::COOKIE, cookie)
            .header("x-forwarded-proto", proto)
            .body(Body::empty());
        assert_eq!(site.send(request.unwrap()).await.status, status, "{proto}");
    }
    // Nobody is believed where no proxy is named.
    let site = Site::new().await;
    assert_eq!(cookie_from(&site, PROXY, https).await, plain);
    let site = Site::over_tls().await;
    assert_eq!(cookie_from(&site, STRANGER, &[]).await, safe);
}

#[tokio::test]
async fn whoever_comes_beyond_the_queue_is_refused_at_once_and_has_not_tried() {
    const GUESSES: usize = 40;
    let site = Site::new().await;
    // A name that nobody has waits like any other.
    for name in ["wang.li", "nobody"] {
        let guesses = (0..GUESSES).map(|n| {
            let (site, address) = (&site, format!("10.0.1.{n}"));
            async move {
                site.sign_in_by(from(&address), name, "not the password")
                    .await
            }
        });
        let mut tried = 0;
        for answer in join_all(guesses).await {
            match answer.status {
                StatusCode::UNPROCESSABLE_ENTITY => tried += 1,
                StatusCode::SERVICE_UNAVAILABLE => {
                    assert!(answer.text.contains("Too many people sign in at once"));
                    assert_eq!(answer.retry_after.as_deref(), Some("2"));
                }
                status => panic!("{status}"),
            }
        }
        assert!((16..GUESSES).contains(&tried), "{name}: {tried}");
    }
    // Nobody stays in the queue.
    site.signed_in("wang.li").await;
}

#[tokio::test]
async fn a_session_that_was_there_before_signing_in_is_worth_nothing_after_it() {
    let site = Site::new().await;
    let before = site.signed_in("zhao.wu").await;
    for planted in ["povline_session=0123456789abcdef", &before.cookie] {
        let request = Request::post("/sign-in").header(header::COOKIE, planted);
        let answer = site.sign_in_by(request, "wang.li", PASSWORD).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER);
        assert!(!answer.cookie.unwrap().starts_with(planted));
        let request = Request::get("/apps").header(header::COOKIE, planted);
        let answer = site.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{planted}");
    }
}

#[tokio::test]
async fn nobody_is_signed_in_by_another_site() {
    let site = Site::new().await;
    for (name, value) in [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("origin", "https://evil.example"),
        ("origin", "null"),
    ] {
        let request = Request::post("/sign-in")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::HOST, "povline.example")
            .header(name, value)
            .body(Body::from(form(&[
                ("name", "wang.li"),
                ("password", PASSWORD),
            ])));
        let answer = site.send(request.unwrap()).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{name}: {value}");
        assert!(answer.cookie.is_none());
    }
    // A page that is none of ours cannot say where one goes afterwards.
    let form = form(&[
        ("name", "wang.li"),
        ("password", PASSWORD),
        ("back", "//evil.example"),
    ]);
    let answer = site.send(with_form(Request::post("/sign-in"), form)).await;
    assert_eq!(answer.location.as_deref(), Some("/apps"));
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
async fn a_session_that_is_used_all_the_time_ends_after_a_day_of_work() {
    let site = Site::new().await;
    let reader = site.signed_in("wang.li").await;
    let pause = SqliteBook::SESSION_IDLE_MILLIS / 2;
    for _ in 1..SqliteBook::SESSION_MILLIS / pause {
        site.wait(pause);
        assert_eq!(reader.get("/apps").await.status, StatusCode::OK);
    }
    site.wait(pause);
    assert_eq!(reader.get("/apps").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn whoever_is_removed_is_out_at_once() {
    let site = Site::new().await;
    let reader = site.signed_in("wang.li").await;
    let csrf = reader.csrf().await;
    let name = UserName::new("wang.li").unwrap();
    site.book.remove_user(&actor(), &name).await.unwrap();
    assert_eq!(reader.get("/apps").await.status, StatusCode::SEE_OTHER);
    let rotate = format!("/apps/{APP}/rotate");
    let answer = reader.post_bare(&rotate, form(&[("csrf", &csrf)])).await;
    assert_eq!(answer.location.as_deref(), Some("/sign-in?back=%2Fapps"));
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_name_are_one_answer() {
    let site = Site::new().await;
    let wrong = site.sign_in("wang.li", "not the password").await;
    let unknown = site.sign_in("nobody", "not the password").await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(unknown.status, wrong.status);
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
    site.wait(ATTEMPTS_MILLIS);
    site.signed_in("wang.li").await;
}

/// Longer than any password, so that it is refused before it is hashed, which would take long.
fn guess() -> String {
    "x".repeat(129)
}

#[tokio::test]
async fn one_address_has_so_many_guesses_whatever_the_names() {
    let site = Site::new().await;
    let (refused, too_many) = (
        StatusCode::UNPROCESSABLE_ENTITY,
        StatusCode::TOO_MANY_REQUESTS,
    );
    for n in 0..30 {
        // Names that nobody has are counted like others.
        let answer = site
            .sign_in_by(from("10.0.0.1"), &format!("name{n}"), &guess())
            .await;
        assert_eq!(answer.status, refused, "{n}");
    }
    let answer = site.sign_in_by(from("10.0.0.1"), "wang.li", PASSWORD).await;
    assert_eq!(answer.status, too_many);
    assert!(answer.cookie.is_none());
    let elsewhere = site.sign_in_by(from("10.0.0.2"), "wang.li", PASSWORD).await;
    assert_eq!(elsewhere.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn one_name_has_so_many_guesses_whatever_the_addresses() {
    let site = Site::new().await;
    for name in ["wang.li", "nobody"] {
        for n in 0..100 {
            let address = format!("10.0.{}.{}", n / 5, n % 5);
            let answer = site.sign_in_by(from(&address), name, &guess()).await;
            assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{n}");
        }
        let answer = site.sign_in_by(from("10.9.9.9"), name, PASSWORD).await;
        // Of a name that nobody has nothing else is told.
        assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS, "{name}");
        assert!(told(&answer).contains("in 15 minutes"), "{}", answer.text);
    }
}

#[tokio::test]
async fn at_an_open_browser_the_password_is_guessed_no_faster() {
    let site = Site::new().await;
    let reader = site.signed_in("wang.li").await;
    let new = "another fine password";
    let change = async |old: &str, again: &str| {
        let fields = [("old", old), ("new", new), ("again", again)];
        told(&reader.post("/account", &fields).await)
    };
    // A slip in the new password is no guess at the present one.
    for _ in 0..6 {
        assert!(change(PASSWORD, "other").await.contains("in two ways"));
    }
    for _ in 0..5 {
        assert!(change(&guess(), new).await.contains("is not right"));
    }
    let fields = [("old", PASSWORD), ("new", new), ("again", new)];
    let answer = reader.post("/account", &fields).await;
    assert!(told(&answer).contains("Too many attempts"));
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(answer.retry_after.as_deref(), Some("900"));
    site.wait(ATTEMPTS_MILLIS);
    assert!(change(PASSWORD, "other").await.contains("in two ways"));
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
    let fields = [("old", PASSWORD), ("new", new), ("again", new)];
    let changed = here.post("/account", &fields).await;
    assert_eq!(changed.location.as_deref(), Some("/account"));
    let next = site.with_cookie(changed.cookie.as_ref().unwrap());
    assert_eq!(next.get("/apps").await.status, StatusCode::OK);
    // Not even the session that asked for it goes on: its browser has been given another.
    for ended in [&elsewhere, &here] {
        assert_eq!(ended.get("/apps").await.status, StatusCode::SEE_OTHER);
    }
    assert_eq!(site.sign_in("wang.li", PASSWORD).await.status, refused);
    assert_eq!(
        site.sign_in("wang.li", new).await.status,
        StatusCode::SEE_OTHER
    );
}
