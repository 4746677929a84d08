//! The language that a reader has asked for stays theirs on the pages that follow.

use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use http::header;

use crate::{Cookie, Language};

/// How long a browser remembers it: a year.
const KEPT: Duration = Duration::from_secs(365 * 24 * 3600);

/// The router with a cookie on every answer whose address asks for a language.
pub fn remembering(router: Router) -> Router {
    router.layer(from_fn(remember))
}

async fn remember(request: Request, next: Next) -> Response {
    let asked = Language::asked(request.uri().query().unwrap_or_default());
    let mut response = next.run(request).await;
    let cookie = asked.and_then(|language| {
        let cookie = Cookie {
            name: Language::NAME,
            value: language.code(),
            kept: KEPT,
            // Nothing is given away with it.
            is_secure: false,
        };
        cookie.header()
    });
    if let Some(cookie) = cookie {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}
