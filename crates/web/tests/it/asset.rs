use axum::Router;
use axum::body::Body;
use http::{Request, StatusCode, header};
use http_body_util::BodyExt as _;
use povline_web::{Asset, BASE_STYLE, assets};
use tower::ServiceExt as _;

static FILES: &[Asset] = &[BASE_STYLE];

async fn get(address: &str) -> http::Response<Body> {
    let router: Router = assets(FILES);
    let request = Request::get(address).body(Body::empty()).unwrap();
    router.oneshot(request).await.unwrap()
}

#[tokio::test]
async fn a_file_is_served_under_the_address_that_links_to_it() {
    let answer = get(&BASE_STYLE.address()).await;
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(
        answer.headers()[header::CONTENT_TYPE],
        "text/css; charset=utf-8"
    );
    let kept = answer.headers()[header::CACHE_CONTROL].to_str().unwrap();
    assert!(kept.contains("immutable"), "{kept}");
    let bytes = answer.into_body().collect().await.unwrap().to_bytes();
    assert_eq!(bytes, BASE_STYLE.bytes);
}

#[tokio::test]
async fn another_content_has_another_address() {
    let other = Asset {
        bytes: b"body{}",
        ..BASE_STYLE
    };
    assert_ne!(other.address(), BASE_STYLE.address());
}

#[tokio::test]
async fn what_is_not_there_is_not_found() {
    let answer = get("/assets/nothing.css").await;
    assert_eq!(answer.status(), StatusCode::NOT_FOUND);
}
