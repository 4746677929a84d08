//! From a router to a listener with limits.

use std::convert::Infallible;
use std::future::Future;

use axum::Router;
use axum::body::Body;
use hyper::Request;
use hyper::body::Incoming;
use hyper::service::service_fn;
use povline_net::{Drain, Limits, Listener, OpenConnections, Peer};
use tower::ServiceExt as _;

/// Serves `router` within `limits` until `shutdown` resolves, then lets running requests finish.
/// A handler finds the caller as `Extension<Peer>`.
pub async fn serve(
    listener: impl Into<Listener>,
    limits: Limits,
    open: OpenConnections,
    router: Router,
    shutdown: impl Future<Output = ()>,
) -> Drain {
    povline_net::serve(
        listener,
        limits,
        open,
        |peer: Peer| {
            let router = router.clone();
            service_fn(move |request: Request<Incoming>| {
                let router = router.clone();
                async move {
                    let mut request = request.map(Body::new);
                    request.extensions_mut().insert(peer);
                    let answer: Result<_, Infallible> = router.oneshot(request).await;
                    answer
                }
            })
        },
        shutdown,
    )
    .await
}
