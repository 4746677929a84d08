use axum::body::Body;
use http::{Request, StatusCode};
use http_body_util::BodyExt as _;
use tower::ServiceExt as _;

#[tokio::test]
async fn the_first_page_speaks_both_languages() {
    for (address, said) in [
        ("/", "预约记录查询"),
        ("/?lang=en", "Vaccination appointments"),
    ] {
        let request = Request::get(address).body(Body::empty()).unwrap();
        let answer = povline_portal::router().oneshot(request).await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        let bytes = answer.into_body().collect().await.unwrap().to_bytes();
        let html = std::str::from_utf8(&bytes).unwrap();
        assert!(html.contains(said), "{html}");
    }
}
