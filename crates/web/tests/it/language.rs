use axum::Router;
use axum::body::Body;
use axum::routing::get;
use http::{Request, header};
use povline_web::Language;
use tower::ServiceExt as _;

fn of(address: &str, cookie: &str, accepted: &str) -> Language {
    let (parts, ()) = Request::get(address)
        .header(header::COOKIE, cookie)
        .header(header::ACCEPT_LANGUAGE, accepted)
        .body(())
        .unwrap()
        .into_parts();
    Language::of(&parts)
}

#[test]
fn the_query_decides_over_the_cookie_over_the_browser() {
    assert_eq!(of("/?lang=en", "lang=zh", "zh-CN"), Language::English);
    assert_eq!(of("/", "lang=en", "zh-CN,zh;q=0.9"), Language::English);
    assert_eq!(of("/", "", "fr,en-GB;q=0.8,zh;q=0.5"), Language::English);
    assert_eq!(of("/", "", "zh-TW,en;q=0.5"), Language::Chinese);
}

#[test]
fn whoever_says_nothing_of_use_reads_chinese() {
    assert_eq!(of("/?lang=xx", "lang=", "fr, *"), Language::Chinese);
}

#[tokio::test]
async fn what_was_asked_for_is_remembered_and_nothing_else() {
    let router = || povline_web::remembering(Router::new().route("/", get(|| async {})));
    for (address, remembered) in [
        ("/?lang=en", Some("lang=en; ")),
        ("/?lang=zh", Some("lang=zh-CN; ")),
        ("/?lang=xx", None),
        ("/", None),
    ] {
        let request = Request::get(address).body(Body::empty()).unwrap();
        let answer = router().oneshot(request).await.unwrap();
        let cookie = answer.headers().get(header::SET_COOKIE);
        let cookie = cookie.map(|cookie| cookie.to_str().unwrap());
        match remembered {
            Some(begin) => assert!(cookie.unwrap().starts_with(begin), "{cookie:?}"),
            None => assert_eq!(cookie, None),
        }
    }
}
