//! `/router/rest`: one call, from bytes to bytes.

use std::sync::Arc;

use http::header::{CONTENT_TYPE, HeaderValue};
use http::{Method, Response, StatusCode, request};
use hyper::Request;
use hyper::body::Incoming;
use povline_net::{BodyError, WholeBody, read_body};
use povline_protocol::methods::appointment_query;
use povline_protocol::{AnswerForm, BusinessFailure, Params, PlatformError, PublicParams};
use povline_store::book::Book;
use tokio::time::Instant;

use crate::admit::{admit, check_signature};
use crate::answer::{self, Page};
use crate::body::AnswerBody;
use crate::metrics::{KnownMethod, Outcome};
use crate::page::find_page;
use crate::state::State;

/// The path of every TOP call.
const PATH: &str = "/router/rest";

/// Why a call gets no page.
#[derive(Debug)]
pub(crate) enum Refused {
    /// It gets an `error_response`.
    Error(PlatformError),
    /// The platform cannot answer it now: a good answer with `success` false.
    Busy,
}

impl From<PlatformError> for Refused {
    fn from(error: PlatformError) -> Self {
        Self::Error(error)
    }
}

/// A call's way so far: what its answer must be written in and counted under.
#[derive(Debug)]
struct Told {
    method: KnownMethod,
    form: AnswerForm,
}

/// Answers one request to the public address. Whatever becomes of a TOP call, the status is 200:
/// the SDKs of most languages stumble over anything else.
pub(crate) async fn answer<B: Book>(
    state: &Arc<State<B>>,
    request: Request<Incoming>,
) -> Response<AnswerBody> {
    if request.uri().path() != PATH {
        return not_found();
    }
    let begun = Instant::now();
    let (head, body) = request.into_parts();
    let mut told = Told {
        method: KnownMethod::Other,
        form: AnswerForm::Xml,
    };
    let outcome = call(state, &head, body, &mut told).await;
    let request_id = state.request_ids.next();
    let (outcome, body) = match outcome {
        Ok(page) => (
            Outcome::Answered,
            answer::page(told.form, &page, &request_id),
        ),
        Err(Refused::Busy) => {
            tracing::warn!(%request_id, "answered a call with busy");
            let failure = BusinessFailure::busy();
            (
                Outcome::Busy,
                answer::failure(told.form, &failure, &request_id),
            )
        }
        Err(Refused::Error(error)) => {
            tracing::debug!(%request_id, code = error.code, "refused a call");
            (
                Outcome::Refused(error.code),
                answer::error(told.form, &error, &request_id),
            )
        }
    };
    state.metrics.count(told.method, outcome);
    state
        .metrics
        .durations
        .observe(begun.elapsed().as_secs_f64());
    let mut response = Response::new(body);
    response.headers_mut().insert(
        CONTENT_TYPE,
        HeaderValue::from_static(told.form.content_type()),
    );
    response
}

async fn call<B: Book>(
    state: &State<B>,
    head: &request::Parts,
    body: Incoming,
    told: &mut Told,
) -> Result<Page, Refused> {
    let body = match readable_body(state, head, body).await {
        Ok(body) => body,
        Err(error) => {
            told.form = form_of_query(head);
            return Err(error.into());
        }
    };
    let content_type = head
        .headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let params = match Params::read(head.uri.query(), content_type, &body) {
        Ok(params) => params,
        Err(error) => {
            told.form = form_of_query(head);
            return Err(error.platform_error().into());
        }
    };
    let public = PublicParams::of(&params);
    told.form = public.error_form();
    if public.method() == Ok(appointment_query::METHOD) {
        told.method = KnownMethod::AppointmentQuery;
    }
    let directory = state.directory.get();
    let now = state.clock.now();
    let signed = check_signature(params, &directory, now)?;
    told.form = signed.form();
    if !state.is_fresh() {
        return Err(Refused::Busy);
    }
    let admitted = admit(signed, &directory)?;
    find_page(state, &admitted, told.form, now)
        .await
        .map_err(|_| Refused::Busy)
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
