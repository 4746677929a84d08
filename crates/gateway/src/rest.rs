//! `/router/rest` and `/router/batch`: one HTTP request, from bytes to bytes.

use std::sync::Arc;

use bytes::Bytes;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderValue};
use http::{Method, Response, StatusCode, request};
use hyper::Request;
use hyper::body::Incoming;
use povline_net::{BodyError, Peer, WholeBody, read_body};
use povline_protocol::{AnswerForm, Params, PlatformError, PublicParams, batch as batches};
use tokio::time::Instant;

use crate::PlatformBook;
use crate::batch::{self, BatchReply};
use crate::body::AnswerBody;
use crate::call::{self, Reply};
use crate::caller::Caller;
use crate::coding::Coding;
use crate::document::Document;
use crate::gzip;
use crate::overload::overloaded;
use crate::sheet::PageRows;
use crate::state::State;

/// The path of a call that comes alone.
const PATH: &str = "/router/rest";

/// The path of the methods' description for machines.
const OPENAPI_PATH: &str = "/openapi.json";

/// Answers one request to the public address. Whatever becomes of a TOP call, the status is 200:
/// the SDKs of most languages stumble over anything else.
pub(crate) async fn answer<B: PlatformBook>(
    state: Arc<State<B>>,
    peer: Peer,
    request: Request<Incoming>,
) -> Response<AnswerBody> {
    let begun = Instant::now();
    let (head, body) = request.into_parts();
    let is_batch = match head.uri.path() {
        PATH => false,
        batches::PATH => true,
        OPENAPI_PATH => return openapi_document(&state),
        _ => return not_found(),
    };
    let caller = Caller::of(
        peer.address.ip(),
        &head.headers,
        &state.config.trusted_proxies,
    );
    let body = readable_body(&state, caller, &head, body).await;
    let arrival = Arrival {
        state: Arc::clone(&state),
        caller,
        is_beyond_limit: peer.is_beyond_limit,
        begun,
        head,
    };
    // From here on it is a call, which its caller cannot undo by going away.
    let answered = async move {
        match is_batch {
            false => arrival.answer(body).await,
            true => Box::pin(arrival.answer_batch(body)).await,
        }
    };
    state.begun.finish(answered).await
}

/// A request whose body was read, or could not be.
struct Arrival<B> {
    state: Arc<State<B>>,
    caller: Caller,
    /// Over a connection too many: it is read only to be refused in its own form.
    is_beyond_limit: bool,
    begun: Instant,
    head: request::Parts,
}

impl<B: PlatformBook> Arrival<B> {
    async fn answer(&self, body: Result<WholeBody, PlatformError>) -> Response<AnswerBody> {
        let Reply {
            form,
            document,
            left,
        } = self.reply(body).await;
        let mut response = self.respond(form, [document], Bytes::new());
        left.write(response.headers_mut());
        response
    }

    async fn answer_batch(&self, body: Result<WholeBody, PlatformError>) -> Response<AnswerBody> {
        let reply = self.batch_reply(body).await;
        let mut response = self.respond(reply.form, reply.documents, reply.separator);
        reply.left.write(response.headers_mut());
        response
    }

    async fn reply(&self, body: Result<WholeBody, PlatformError>) -> Reply {
        let head = &self.head;
        let body = match body {
            Ok(body) => body,
            Err(error) => return self.refuse(stated_form(head, &[]), error),
        };
        let content_type = head
            .headers
            .get(CONTENT_TYPE)
            .and_then(|value| value.to_str().ok());
        match Params::read(head.uri.query(), content_type, &body) {
            Ok(params) if self.is_beyond_limit => {
                let form = PublicParams::of(&params).error_form();
                self.refuse(form, overloaded())
            }
            Ok(params) => call::answer(&self.state, self.caller, params, self.begun).await,
            Err(error) => self.refuse(stated_form(head, &body), error.platform_error()),
        }
    }

    async fn batch_reply(&self, body: Result<WholeBody, PlatformError>) -> BatchReply {
        let refused = match body {
            Ok(body) if !self.is_beyond_limit => {
                return batch::answer(&self.state, self.caller, &self.head, &body, self.begun)
                    .await;
            }
            Ok(_) => overloaded(),
            Err(error) => error,
        };
        self.refuse(stated_form(&self.head, &[]), refused).into()
    }

    fn refuse(&self, form: AnswerForm, error: PlatformError) -> Reply {
        call::refuse(&self.state, self.caller, form, error, self.begun)
    }

    /// Writes documents in the coding that was asked for, if it is worth it.
    fn respond<D>(&self, form: AnswerForm, documents: D, separator: Bytes) -> Response<AnswerBody>
    where
        D: IntoIterator<Item = Document> + AsRef<[Document]>,
    {
        let bytes = documents.as_ref().iter().map(Document::len).sum();
        let is_coded = gzip::is_worth(bytes) && Coding::asked(&self.head.headers) == Coding::Gzip;
        let body = if is_coded {
            let state = &self.state;
            let rows = |page: &PageRows| page.compressed(&state.sheets, state.pins.bytes());
            gzip::member(documents, &separator, rows)
        } else {
            AnswerBody::plain(documents, &separator)
        };
        let mut response = Response::new(body);
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(form.content_type()));
        if is_coded {
            headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
        response
    }
}

/// The body of a verb that may have one. A body that cannot be read is a call that cannot be: the
/// status is 200 all the same, and the connection ends if the rest of the body is still under way.
async fn readable_body<B>(
    state: &State<B>,
    caller: Caller,
    head: &request::Parts,
    body: Incoming,
) -> Result<WholeBody, PlatformError> {
    if !matches!(head.method, Method::GET | Method::POST) {
        return Err(PlatformError::of_code(9));
    }
    let limits = state.config.body;
    // A proxy that does not tell for whom it calls stands for many.
    let is_proxy = state.config.trusted_proxies.trusts(caller.address);
    let from = (!is_proxy).then_some(caller.address);
    let read = read_body(body, limits, &state.large_bodies, from).await;
    read.map_err(|error| {
        let what = match error {
            BodyError::TooLarge => format!("请求体超过{}字节", limits.bytes_max),
            BodyError::TooSlow => "请求体未及时到达".to_owned(),
            BodyError::Broken => "请求体不完整".to_owned(),
            BodyError::Crowded => return overloaded(),
        };
        PlatformError::of_code(43).with_sub("isv.invalid-parameter", what)
    })
}

/// The form of an error about parameters that cannot be read: what the query says of it, or else the
/// body. The bytes are looked at as they came, for as parameters they are none.
pub(crate) fn stated_form(head: &request::Parts, body: &[u8]) -> AnswerForm {
    let query = head.uri.query().unwrap_or_default().as_bytes();
    let stated = [query, body].into_iter().find_map(stated_format);
    match stated.is_some_and(|format| format.eq_ignore_ascii_case(b"json")) {
        true => AnswerForm::Json,
        false => AnswerForm::Xml,
    }
}

/// The value of the first `format`, of an urlencoded form or of one in parts.
fn stated_format(bytes: &[u8]) -> Option<&[u8]> {
    const PART: &[u8] = b"name=\"format\"\r\n\r\n";
    let mut pairs = bytes.split(|byte| *byte == b'&');
    if let Some(value) = pairs.find_map(|pair| pair.strip_prefix(b"format=")) {
        return Some(value);
    }
    let begins = bytes.windows(PART.len()).position(|part| part == PART)?;
    let rest = &bytes[begins + PART.len()..];
    rest.split(|byte| *byte == b'\r').next()
}

/// The methods for machines, made once from their definitions.
fn openapi_document<B: PlatformBook>(state: &State<B>) -> Response<AnswerBody> {
    let mut response = Response::new(AnswerBody::whole(state.openapi.clone()));
    response.headers_mut().insert(
        CONTENT_TYPE,
        HeaderValue::from_static("application/json;charset=UTF-8"),
    );
    response
}

fn not_found() -> Response<AnswerBody> {
    let text = "TOP calls go to /router/rest, batches of them to /router/batch\n";
    let mut response = Response::new(AnswerBody::whole(text));
    *response.status_mut() = StatusCode::NOT_FOUND;
    response.headers_mut().insert(
        CONTENT_TYPE,
        HeaderValue::from_static("text/plain;charset=UTF-8"),
    );
    response
}
