//! The admin address: is it alive, is it ready, what has it counted. Not for the public.

mod log;

use std::sync::Arc;

use http::{Method, Response, StatusCode, header, request};

use crate::PlatformBook;
use crate::body::AnswerBody;
use crate::state::State;

/// The path of what is known of a wrong signature; the answer's id follows.
const EXPLAIN: &str = "/explain/";

const JSON: &str = "application/json; charset=utf-8";
const TEXT: &str = "text/plain; charset=utf-8";
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Answers one request to the admin address.
pub(crate) async fn answer<B: PlatformBook>(
    state: &Arc<State<B>>,
    request: &request::Parts,
) -> Response<AnswerBody> {
    if !matches!(request.method, Method::GET | Method::HEAD) {
        return text(StatusCode::METHOD_NOT_ALLOWED, "only GET\n");
    }
    match request.uri.path() {
        path if path.starts_with(EXPLAIN) => explain(state, path.trim_start_matches(EXPLAIN)),
        "/log" => log::answer(state, request.uri.query()).await,
        "/health" => text(StatusCode::OK, "alive\n"),
        "/ready" => match state.trouble() {
            None => text(StatusCode::OK, "ready\n"),
            Some(trouble) => text(StatusCode::SERVICE_UNAVAILABLE, trouble),
        },
        "/metrics" => match state.metrics.render(state.levels()) {
            Ok(metrics) => respond(StatusCode::OK, OPEN_METRICS, metrics),
            Err(error) => {
                tracing::error!(%error, "cannot write the metrics");
                text(
                    StatusCode::INTERNAL_SERVER_ERROR,
                    "cannot write the metrics\n",
                )
            }
        },
        _ => text(
            StatusCode::NOT_FOUND,
            "there are /health, /ready, /metrics, /log and /explain/REQUEST_ID\n",
        ),
    }
}

/// Why the signature of an answered call was wrong.
fn explain<B: PlatformBook>(state: &Arc<State<B>>, request_id: &str) -> Response<AnswerBody> {
    match state.explainer.find(request_id) {
        Some(record) => respond(StatusCode::OK, JSON, record),
        None => text(
            StatusCode::NOT_FOUND,
            "of this request no wrong signature is remembered\n",
        ),
    }
}

pub(super) fn text(status: StatusCode, text: &'static str) -> Response<AnswerBody> {
    respond(status, TEXT, text.to_owned())
}

pub(super) fn respond(
    status: StatusCode,
    content_type: &'static str,
    text: String,
) -> Response<AnswerBody> {
    let mut response = Response::new(AnswerBody::whole(text));
    *response.status_mut() = status;
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        header::HeaderValue::from_static(content_type),
    );
    response
}
