//! What every answer says to the browser so that a page can be nothing but itself.

use axum::Router;
use axum::middleware::map_response;
use axum::response::Response;
use http::{HeaderMap, HeaderName, HeaderValue, header};

/// Nothing but what this server serves, no inline script or style, no frame around it.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
     img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'self'; \
     base-uri 'none'; frame-ancestors 'none'";

/// The router with the headers of a page on every answer: content security policy, no sniffing of
/// types, no referrer to other sites, and no copy kept of what says nothing about keeping.
pub fn guarded(router: Router) -> Router {
    router.layer(map_response(guard))
}

async fn guard(mut response: Response) -> Response {
    let headers = response.headers_mut();
    let set: [(HeaderName, &'static str); 4] = [
        (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "same-origin"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    for (name, value) in set {
        headers
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
    }
    response
}

/// Whether a request that changes something was begun on a page of this server, as far as the
/// browser tells: by `Sec-Fetch-Site`, and by `Origin` where that is not sent. A request without
/// either does not come from a browser's page; what it may do its cookies and tokens decide.
#[must_use]
pub fn is_from_this_site(headers: &HeaderMap) -> bool {
    let text = |name: HeaderName| headers.get(name).map(HeaderValue::as_bytes);
    if let Some(site) = text(HeaderName::from_static("sec-fetch-site")) {
        return matches!(site, b"same-origin" | b"none");
    }
    let Some(origin) = text(header::ORIGIN) else {
        return true;
    };
    let Some(host) = text(header::HOST) else {
        return false;
    };
    origin
        .strip_prefix(b"https://")
        .or_else(|| origin.strip_prefix(b"http://"))
        .is_some_and(|origin_host| origin_host.eq_ignore_ascii_case(host))
}
