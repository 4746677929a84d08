use axum::Router;
use axum::body::Body;
use axum::routing::get;
use http::{HeaderMap, HeaderName, HeaderValue, Request};
use povline_web::{guarded, is_from_this_site};
use tower::ServiceExt as _;

#[tokio::test]
async fn every_answer_says_what_a_page_may_do() {
    let router = guarded(Router::new().route("/", get(|| async { "page" })));
    for path in ["/", "/nothing"] {
        let request = Request::get(path).body(Body::empty()).unwrap();
        let answer = router.clone().oneshot(request).await.unwrap();
        let policy = answer.headers()["content-security-policy"]
            .to_str()
            .unwrap();
        assert!(policy.starts_with("default-src 'none'"), "{policy}");
        assert!(!policy.contains("unsafe-inline"), "{policy}");
        assert_eq!(answer.headers()["x-content-type-options"], "nosniff");
        assert_eq!(answer.headers()["cache-control"], "no-store");
    }
}

#[tokio::test]
async fn an_answer_that_says_how_long_it_may_be_kept_keeps_its_word() {
    let page = || async { ([("cache-control", "max-age=5")], "page") };
    let router = guarded(Router::new().route("/", get(page)));
    let request = Request::get("/").body(Body::empty()).unwrap();
    let answer = router.oneshot(request).await.unwrap();
    assert_eq!(answer.headers()["cache-control"], "max-age=5");
}

fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
    pairs
        .iter()
        .map(|&(name, value)| {
            (
                HeaderName::from_static(name),
                HeaderValue::from_static(value),
            )
        })
        .collect()
}

#[test]
fn a_form_on_another_site_is_told_from_our_own() {
    let own: &[&[(&str, &str)]] = &[
        &[("sec-fetch-site", "same-origin")],
        &[("origin", "http://127.0.0.1:80"), ("host", "127.0.0.1:80")],
        &[
            ("origin", "https://Povline.example"),
            ("host", "povline.example"),
        ],
        &[("host", "povline.example")],
    ];
    for pairs in own {
        assert!(is_from_this_site(&headers(pairs)), "{pairs:?}");
    }
    let foreign: &[&[(&str, &str)]] = &[
        &[("sec-fetch-site", "cross-site")],
        &[("sec-fetch-site", "same-site")],
        &[("origin", "null"), ("host", "povline.example")],
        &[
            ("origin", "https://evil.example"),
            ("host", "povline.example"),
        ],
        &[("origin", "https://povline.example")],
    ];
    for pairs in foreign {
        assert!(!is_from_this_site(&headers(pairs)), "{pairs:?}");
    }
}
