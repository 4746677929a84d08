//! A portal, and its pages.

use std::sync::Arc;

use axum::body::Body;
use http::{Request, StatusCode};
use http_body_util::BodyExt as _;
use povline_domain::{Clock, UnixMillis};
use povline_portal::{Portal, PortalConfig, Sizes};
use povline_protocol::api::ApiSpec;
use tower::ServiceExt as _;

pub(crate) const URL: &str = "http://127.0.0.1:7001/router/rest";

/// Where the sandbox's app is told; a name that a shell must not read by itself.
const APP_FILE: &str = "/srv/my sandbox/sandbox-app.json";

/// Sizes that stand on no page by chance.
pub(crate) const SIZES: Sizes = Sizes {
    body_bytes_max: 1_234_567,
    batch_calls_max: 87,
};

/// 2021-01-18, eight in the morning at GMT+8.
pub(crate) struct Morning;

impl Clock for Morning {
    fn now(&self) -> UnixMillis {
        UnixMillis(1_610_928_000_000)
    }
}

/// A portal of these methods.
pub(crate) fn portal(methods: &'static [&'static ApiSpec]) -> Portal {
    Portal::new(PortalConfig {
        methods: methods.iter().map(|spec| **spec).collect(),
        ..PortalConfig::new(
            URL.to_owned(),
            Some(APP_FILE.to_owned()),
            SIZES,
            Arc::new(Morning),
        )
    })
}

/// A page, which must be there.
#[track_caller]
pub(crate) fn page(portal: &Portal, address: &str) -> String {
    let request = Request::get(address).body(Body::empty()).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let (status, bytes) = runtime.block_on(async {
        let answer = povline_portal::router(portal.clone())
            .oneshot(request)
            .await
            .unwrap();
        let status = answer.status();
        (
            status,
            answer.into_body().collect().await.unwrap().to_bytes(),
        )
    });
    assert_eq!(status, StatusCode::OK, "{address}");
    String::from_utf8(bytes.to_vec()).unwrap()
}
