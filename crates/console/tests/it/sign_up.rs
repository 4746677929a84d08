//! Making an account in a sandbox.

use std::net::SocketAddr;

use axum::body::Body;
use futures_util::future::join_all;
use http::{Request, StatusCode, header};
use povline_domain::{AppKey, Day};
use povline_net::Peer;
use povline_store::book::{
    Book as _, CallLimits, CallScope, LimitSetting, Limits as _, Role, Sandbox as _, UserName,
    Users as _,
};

use crate::site::{AT, Answer, DAY, Kind, PASSWORD, SANDBOX_APPS, Site, actor, form, with_form};

const ROOM: usize = 100;

async fn sign_up(site: &Site, name: &str, password: &str, again: &str) -> Answer {
    sign_up_from(site, "10.0.0.1", name, password, again).await
}

async fn sign_up_from(
    site: &Site,
    address: &str,
    name: &str,
    password: &str,
    again: &str,
) -> Answer {
    let peer = Peer {
        address: SocketAddr::new(address.parse().unwrap(), 1),
        is_beyond_limit: false,
    };
    let fields = [("name", name), ("password", password), ("again", again)];
    let request = Request::post("/sign-up").extension(peer);
    site.send(with_form(request, form(&fields))).await
}

fn told(answer: &Answer) -> String {
    answer.between("role=\"alert\">", "<").to_owned()
}

#[tokio::test]
async fn a_newcomer_is_signed_in_and_calls_with_an_app_of_their_own() {
    let site = Site::sandbox(ROOM).await;
    assert!(
        site.get("/sign-in")
            .await
            .text
            .contains("href=\"/sign-up\"")
    );
    assert_eq!(site.get("/sign-up").await.status, StatusCode::OK);
    let welcome = sign_up(&site, " New.Comer", PASSWORD, PASSWORD).await;
    assert_eq!(welcome.status, StatusCode::OK, "{}", welcome.text);
    let key = welcome.between("id=\"app-key\">", "<").to_owned();
    let secret = welcome.between("id=\"secret\">", "<").to_owned();
    assert!(key.starts_with("102") && secret.starts_with("sandbox"));
    let program = welcome.between("id=\"program\" href=\"", "\"");
    assert!(program.contains(&format!("?app_key={key}")), "{program}");

    let reader = site.with_cookie(welcome.cookie.as_ref().unwrap());
    let list = reader.get("/apps").await.text;
    assert!(
        list.contains(&key) && !list.contains(SANDBOX_APPS[0]),
        "{list}"
    );
    let other = format!("/apps/{}", SANDBOX_APPS[0]);
    assert_eq!(reader.get(&other).await.status, StatusCode::NOT_FOUND);
    assert_eq!(reader.get("/operator").await.status, StatusCode::FORBIDDEN);
    // Shown this once.
    for path in ["/apps", "/tool", &format!("/apps/{key}")] {
        assert!(!reader.get(path).await.text.contains(&secret), "{path}");
    }
    let param = "p.param_query_pov_appointment_record_by_date_req";
    let (day, pov) = (format!("{param}.day"), format!("{param}.out_pov_id"));
    let fields = [
        ("app", key.as_str()),
        ("method", "alibaba.health.vaccin.appointment.query"),
        (day.as_str(), DAY),
        (pov.as_str(), "00001"),
    ];
    // The calls of a day are reserved by a gateway that is served, as this one is not.
    let (ops, limit) = (site.signed_in("ops").await, format!("/apps/{key}/limit"));
    let lifted = ops.post(&limit, &[("per_day", "none")]).await;
    assert_eq!(lifted.status, StatusCode::SEE_OTHER);
    let page = reader.post("/tool", &fields).await;
    let own = {
        let users = site.book.users().await.unwrap();
        let user = users.iter().find(|user| user.name.as_str() == "new.comer");
        let Role::Isv { isv, .. } = user.unwrap().role else {
            panic!("an operator")
        };
        isv
    };
    let answer = page.between("id=\"answer\"", "</pre>");
    assert!(answer.contains(&format!("S{own}")), "{answer}");

    // A reset of what they read leaves the account be.
    site.book
        .reset_isv(&actor(), own, Vec::new())
        .await
        .unwrap();
    assert!(reader.get("/apps").await.text.contains(&key));
    site.signed_in("new.comer").await;
}

#[tokio::test]
async fn nobody_signs_up_outside_a_sandbox_or_where_it_is_switched_off() {
    let open_production = Kind {
        sign_ups_max: ROOM,
        ..Kind::default()
    };
    for site in [Site::of(open_production).await, Site::sandbox(0).await] {
        assert_eq!(site.get("/sign-up").await.status, StatusCode::NOT_FOUND);
        let answer = sign_up(&site, "newcomer", PASSWORD, PASSWORD).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND);
        assert!(!site.get("/sign-in").await.text.contains("/sign-up"));
        assert_eq!(site.book.users().await.unwrap().len(), 3);
    }
}

#[tokio::test]
async fn a_form_that_cannot_be_is_told_why_and_makes_nothing() {
    let site = Site::sandbox(ROOM).await;
    let before = site.book.access().await.unwrap();
    for (name, password, again, why) in [
        ("", PASSWORD, PASSWORD, "A name has 1 to 64"),
        ("王 丽", PASSWORD, PASSWORD, "A name has 1 to 64"),
        ("li", "short", "short", "12 to 128 characters"),
        ("li", PASSWORD, "another password", "in two ways"),
        ("wang.li", PASSWORD, PASSWORD, "The name is taken"),
        // An ISV of this name is there: its apps are not the newcomer's.
        ("two", PASSWORD, PASSWORD, "The name is taken"),
    ] {
        let answer = sign_up(&site, name, password, again).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{name}");
        assert!(told(&answer).contains(why), "{name}: {}", told(&answer));
        assert!(answer.cookie.is_none() && !answer.text.contains(PASSWORD));
    }
    let access = site.book.access().await.unwrap();
    assert_eq!((access.apps, access.povs), (before.apps, before.povs));
    assert_eq!(site.book.users().await.unwrap().len(), 3);
}

#[tokio::test]
async fn an_address_makes_so_many_accounts_and_the_sandbox_has_so_many() {
    let site = Site::sandbox(13).await;
    for n in 0..10 {
        let answer = sign_up(&site, &format!("user{n}"), PASSWORD, PASSWORD).await;
        assert_eq!(answer.status, StatusCode::OK, "{n}: {}", answer.text);
    }
    let answer = sign_up(&site, "user10", PASSWORD, PASSWORD).await;
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(answer.retry_after.as_deref(), Some("900"));
    assert!(told(&answer).contains("in 15 minutes"));
    let elsewhere = sign_up_from(&site, "10.0.0.2", "user10", PASSWORD, PASSWORD).await;
    assert_eq!(elsewhere.status, StatusCode::OK);
    // Two users of ISVs were there, and these are eleven.
    let full = sign_up_from(&site, "10.0.0.2", "user11", PASSWORD, PASSWORD).await;
    assert_eq!(full.status, StatusCode::FORBIDDEN);
    assert!(told(&full).contains("as many accounts as it may"));
    assert!(full.cookie.is_none());
    // There is no form that would be filled in for nothing, and no password is hashed: nobody waits
    // behind those who come.
    let page = site.get("/sign-up").await;
    assert_eq!(page.status, StatusCode::OK);
    for page in [&page, &full] {
        assert!(!page.text.contains("action=\"/sign-up\""), "{}", page.text);
    }
    let many = (0..40).map(|n| {
        let (site, address) = (&site, format!("10.0.1.{n}"));
        async move { sign_up_from(site, &address, "user11", PASSWORD, PASSWORD).await }
    });
    for answer in join_all(many).await {
        assert_eq!(answer.status, StatusCode::FORBIDDEN);
    }
    // Whoever is removed makes room.
    let gone = UserName::new("user3").unwrap();
    site.book.remove_user(&actor(), &gone).await.unwrap();
    let answer = sign_up_from(&site, "10.0.0.2", "user11", PASSWORD, PASSWORD).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
}

#[tokio::test]
async fn apps_that_nobody_was_asked_for_may_call_so_often() {
    let site = Site::sandbox(ROOM).await;
    let welcome = sign_up(&site, "newcomer", PASSWORD, PASSWORD).await;
    let reader = site.with_cookie(welcome.cookie.as_ref().unwrap());
    let second = reader.post("/apps", &[("name", "second")]).await;
    let ops = site.signed_in("ops").await;
    let of_operator = [("name", "third"), ("isv", "newcomer")];
    let of_operator = ops.post("/apps", &of_operator).await;
    let key = |page: &Answer| AppKey::new(page.between("id=\"app-key\">", "<")).unwrap();
    let limits = CallLimits {
        per_second: LimitSetting::AtMost(20),
        per_day: LimitSetting::AtMost(20_000),
    };
    let mut expected = [&welcome, &second].map(|page| (CallScope::App(key(page)), limits));
    expected.sort_by_key(|(scope, _)| scope.clone());
    let mut said = site.book.call_rules().await.unwrap().limits;
    said.sort_by_key(|(scope, _)| scope.clone());
    assert_eq!(said, expected);
    assert_eq!(of_operator.status, StatusCode::OK);
    let page = reader.get(&format!("/apps/{}", key(&second))).await;
    assert!(page.text.contains("20\u{202f}000"), "{}", page.text);
}

#[tokio::test]
async fn whoever_is_signed_in_is_not_told_to_sign_up() {
    let site = Site::sandbox(ROOM).await;
    let reader = site.signed_in("wang.li").await;
    for path in [
        "/",
        "/docs/start",
        "/docs/faq",
        "/docs/povline.appointment.book",
    ] {
        let stranger = site.get(path).await.text;
        assert!(stranger.contains("href=\"/sign-up\""), "{path}: {stranger}");
        let own = reader.get(path).await.text;
        assert!(!own.contains("/sign-up"), "{path}: {own}");
        assert!(!own.contains("sandbox/sandbox-app.json"), "{path}: {own}");
    }
}

#[tokio::test]
async fn nobody_is_signed_up_by_another_site() {
    let site = Site::sandbox(ROOM).await;
    for (name, value) in [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("origin", "https://evil.example"),
        ("origin", "null"),
    ] {
        let fields = [("name", "li"), ("password", PASSWORD), ("again", PASSWORD)];
        let request = Request::post("/sign-up")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::HOST, "povline.example")
            .header(name, value)
            .body(Body::from(form(&fields)));
        let answer = site.send(request.unwrap()).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{name}: {value}");
        assert!(answer.cookie.is_none());
    }
    assert_eq!(site.book.users().await.unwrap().len(), 3);
}

#[tokio::test]
async fn a_session_that_was_there_before_is_over() {
    let site = Site::sandbox(ROOM).await;
    let before = site.signed_in("wang.li").await;
    let fields = [("name", "li"), ("password", PASSWORD), ("again", PASSWORD)];
    let request = Request::post("/sign-up").header(header::COOKIE, &before.cookie);
    let welcome = site.send(with_form(request, form(&fields))).await;
    assert_eq!(welcome.status, StatusCode::OK);
    assert!(welcome.text.contains("<a href=\"/account\">li</a>"));
    assert_eq!(before.get("/apps").await.status, StatusCode::SEE_OTHER);
    let today = Day::at(AT).to_string();
    assert!(
        welcome
            .between("id=\"program\" href=\"", "\"")
            .contains(&today)
    );
}
