//! `/router/batch`: many calls in one request, each answered as if it had come alone.
//!
//! The signature stands over the system parameters and the whole body, so it is checked once and
//! before the body is cut. Each call then goes the same way as one of `/router/rest`: it is admitted,
//! counted and limited for itself, and fails for itself. They are answered one after the other, so a
//! batch never has more than one hand at work.

use std::sync::Arc;

use bytes::Bytes;
use http::request;
use povline_protocol::batch::{Batch, SEPARATOR_HEADER, separator};
use povline_protocol::{AnswerForm, Params, PlatformError, PublicParams};
use tokio::time::Instant;

use crate::PlatformBook;
use crate::admit::{SignedBatch, check_batch_signature};
use crate::call::{self, Reply, Told};
use crate::caller::Caller;
use crate::document::Document;
use crate::limit::Left;
use crate::overload::overloaded;
use crate::rest;
use crate::state::State;

/// The type under which a batch's body is no form, but signed as it is. Whatever type a caller
/// gives, the path says what the body is.
const BODY_TYPE: &str = "text/plain";

/// The answers to a batch, or the one refusal of it all.
#[derive(Debug)]
pub(crate) struct BatchReply {
    pub(crate) form: AnswerForm,
    pub(crate) documents: Vec<Document>,
    pub(crate) separator: Bytes,
    /// What is left of the caller's quotas after the last call.
    pub(crate) left: Left,
}

impl From<Reply> for BatchReply {
    fn from(
        Reply {
            form,
            document,
            left,
        }: Reply,
    ) -> Self {
        Self {
            form,
            documents: vec![document],
            separator: Bytes::new(),
            left,
        }
    }
}

/// Answers a batch whose body was read.
pub(crate) async fn answer<B: PlatformBook>(
    state: &Arc<State<B>>,
    caller: Caller,
    head: &request::Parts,
    body: &[u8],
    begun: Instant,
) -> BatchReply {
    let system = match Params::read(head.uri.query(), Some(BODY_TYPE), body) {
        Ok(system) => system,
        Err(error) => {
            let form = rest::stated_form(head, &[]);
            return call::refuse(state, caller, form, error.platform_error(), begun).into();
        }
    };
    let mut told = Told {
        form: PublicParams::of(&system).error_form(),
        ..Told::nothing(caller)
    };
    match run(state, head, &system, &mut told).await {
        Ok(reply) => reply,
        Err(error) => {
            let error = told.explain(state, error);
            call::refuse_told(state, told, error, begun).into()
        }
    }
}

async fn run<B: PlatformBook>(
    state: &Arc<State<B>>,
    head: &request::Parts,
    system: &Params<'_>,
    told: &mut Told,
) -> Result<BatchReply, PlatformError> {
    let _place = state.calls.enter()?;
    let public = PublicParams::of(system);
    let directory = state.directory.get();
    told.app = public
        .app_key()
        .ok()
        .and_then(|key| directory.key_of(key.as_str()));
    let wrong = &mut told.wrong_signature;
    let signed = check_batch_signature(public, &directory, state.clock.now(), |public, app| {
        *wrong = Some(state.explainer.examine(public, app, Instant::now()));
    })?;
    let _share = state.calls.share(&signed.app_key())?;
    let named = head.headers.get(SEPARATOR_HEADER);
    let separator =
        separator(named.map(http::HeaderValue::as_bytes)).map_err(|e| e.platform_error())?;
    let batch = Batch::split(
        system.signed_body(),
        separator,
        state.config.batch_calls_max,
    )
    .map_err(|error| error.platform_error())?;
    let (documents, left) = answer_each(state, told.caller, &signed, &batch, system).await;
    Ok(BatchReply {
        form: signed.form(),
        documents,
        separator: Bytes::copy_from_slice(separator),
        left,
    })
}

async fn answer_each<B: PlatformBook>(
    state: &Arc<State<B>>,
    caller: Caller,
    signed: &SignedBatch,
    batch: &Batch<'_>,
    system: &Params<'_>,
) -> (Vec<Document>, Left) {
    let deadline = Instant::now() + state.config.read_time_max;
    let mut documents = Vec::with_capacity(batch.len());
    let (mut bytes, mut left) = (0, Left::default());
    for params in batch.calls(system) {
        let begun = Instant::now();
        let params = if bytes > state.config.batch_answer_bytes_max {
            Err(too_long(state.config.batch_answer_bytes_max))
        } else if begun > deadline {
            // A book that was slow for the calls before would be slow for this one too.
            Err(overloaded())
        } else {
            params
        };
        let reply = call::answer_of_batch(state, caller, signed, params, begun).await;
        bytes += reply.document.len();
        documents.push(reply.document);
        left = reply.left;
    }
    (documents, left)
}

/// A call whose batch has got as much as one may.
fn too_long(bytes_max: usize) -> PlatformError {
    PlatformError::of_code(43).with_sub(
        "isv.invalid-parameter",
        format!("批量应答超过{bytes_max}字节,请减少每批请求数"),
    )
}
