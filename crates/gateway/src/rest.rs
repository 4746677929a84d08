//! `/router/rest`: one HTTP request, from bytes to bytes.

use std::net::IpAddr;
use std::sync::Arc;

use http::header::{CONTENT_TYPE, HeaderValue};
use http::{Method, Response, StatusCode, request};
use hyper::Request;
use hyper::body::Incoming;
use povline_net::{BodyError, WholeBody, read_body};
use povline_protocol::{AnswerForm, Params, PlatformError, PublicParams};
use tokio::time::Instant;

use crate::PlatformBook;
use crate::body::AnswerBody;
use crate::call::{self, Reply};
use crate::caller::Caller;
use crate::state::State;

/// The path of every TOP call.
const PATH: &str = "/router/rest";

/// Answers one request to the public address. Whatever becomes of a TOP call, the status is 200:
/// the SDKs of most languages stumble over anything else.
pub(crate) async fn answer<B: PlatformBook>(
    state: &Arc<State<B>>,
    peer: IpAddr,
    request: Request<Incoming>,
) -> Response<AnswerBody> {
    if request.uri().path() != PATH {
        return not_found();
    }
    let begun = Instant::now();
    let (head, body) = request.into_parts();
    let caller = Caller::of(peer, &head.headers, &state.config.trusted_proxies);
    let Reply { form, body } = reply(state, caller, &head, body, begun).await;
    let mut response = Response::new(body);
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static(form.content_type()));
    response
}

async fn reply<B: PlatformBook>(
    state: &Arc<State<B>>,
    caller: Caller,
    head: &request::Parts,
    body: Incoming,
    begun: Instant,
) -> Reply {
    let body = match readable_body(state, head, body).await {
        Ok(body) => body,
        Err(error) => return call::refuse(state, caller, form_of_query(head), error, begun),
    };
    let content_type = head
        .headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    match Params::read(head.uri.query(), content_type, &body) {
        Ok(params) => call::answer(state, caller, params, begun).await,
        Err(error) => {
            let form = form_of_query(head);
            call::refuse(state, caller, form, error.platform_error(), begun)
        }
    }
}

/// The body of a verb that may have one. A body that cannot be read is a call that cannot be: the
/// status is 200 all the same, and the connection ends if the rest of the body is still under way.
async fn readable_body<'a, B>(
    state: &'a State<B>,
    head: &request::Parts,
    body: Incoming,
) -> Result<WholeBody<'a>, PlatformError> {
    if !matches!(head.method, Method::GET | Method::POST) {
        return Err(PlatformError::of_code(9));
    }
    let limits = state.config.body;
    let read = read_body(body, limits, &state.large_bodies).await;
    read.map_err(|error| {
        let what = match error {
            BodyError::TooLarge => format!("请求体超过{}字节", limits.bytes_max),
            BodyError::TooSlow => "请求体未及时到达".to_owned(),
            BodyError::Broken => "请求体不完整".to_owned(),
        };
        PlatformError::of_code(43).with_sub("isv.invalid-parameter", what)
    })
}

/// The form of an error about parameters that cannot be read: what the query says of it, for the
/// SDKs that send `format` there.
fn form_of_query(head: &request::Parts) -> AnswerForm {
    Params::read(head.uri.query(), None, &[]).map_or(AnswerForm::Xml, |params| {
        PublicParams::of(&params).error_form()
    })
}

fn not_found() -> Response<AnswerBody> {
    let mut response = Response::new(AnswerBody::whole("TOP calls go to /router/rest\n"));
    *response.status_mut() = StatusCode::NOT_FOUND;
    response.headers_mut().insert(
        CONTENT_TYPE,
        HeaderValue::from_static("text/plain;charset=UTF-8"),
    );
    response
}
