//! One call: from parameters to what is answered, whatever it came in.

use std::sync::Arc;

use povline_protocol::api::ApiSpec;
use povline_protocol::content::Object;
use povline_protocol::{
    AnswerForm, BusinessFailure, Fault, Params, PlatformError, PublicParams, methods,
};
use tokio::time::Instant;

use crate::PlatformBook;
use crate::admit::check_signature;
use crate::answer::{self, Page};
use crate::body::AnswerBody;
use crate::handlers;
use crate::metrics::Outcome;
use crate::state::State;

/// What an admitted call gets.
#[derive(Debug)]
pub(crate) enum Answer {
    /// A page of appointments, as it lies in its sheet.
    Page(Page),
    /// What stands under the response's root, made for this call.
    Content(Object),
}

/// Why a call gets no answer.
#[derive(Debug)]
pub(crate) enum Refused {
    /// It gets an `error_response`.
    Error(PlatformError),
    /// A good answer that says that the service failed.
    Failure(BusinessFailure),
}

impl Refused {
    /// The platform cannot answer now.
    pub(crate) fn busy() -> Self {
        Self::Failure(BusinessFailure::busy())
    }
}

impl From<PlatformError> for Refused {
    fn from(error: PlatformError) -> Self {
        Self::Error(error)
    }
}

/// A call's way so far: what its answer must be written in and counted under.
#[derive(Debug)]
pub(crate) struct Told {
    /// The method, once it is known to be one of ours.
    pub(crate) spec: Option<&'static ApiSpec>,
    pub(crate) form: AnswerForm,
}

impl Told {
    /// Of a call of which nothing is known yet.
    pub(crate) fn nothing() -> Self {
        Self {
            spec: None,
            form: AnswerForm::Xml,
        }
    }
}

/// An answer as it is written, and what came of the call.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) form: AnswerForm,
    pub(crate) body: AnswerBody,
}

/// Answers a call whose parameters could be read.
pub(crate) async fn answer<B: PlatformBook>(
    state: &Arc<State<B>>,
    params: Params<'_>,
    begun: Instant,
) -> Reply {
    let mut told = Told::nothing();
    let outcome = run(state, params, &mut told).await;
    finish(state, &told, outcome, begun)
}

/// Answers a call whose parameters could not be read.
pub(crate) fn refuse<B: PlatformBook>(
    state: &Arc<State<B>>,
    form: AnswerForm,
    error: PlatformError,
    begun: Instant,
) -> Reply {
    let told = Told { spec: None, form };
    finish(state, &told, Err(error.into()), begun)
}

async fn run<B: PlatformBook>(
    state: &State<B>,
    params: Params<'_>,
    told: &mut Told,
) -> Result<Answer, Refused> {
    let public = PublicParams::of(&params);
    told.form = public.error_form();
    told.spec = public.method().ok().and_then(methods::find);
    let directory = state.directory.get();
    let now = state.clock.now();
    let signed = check_signature(params, &directory, now)?;
    told.form = signed.form();
    if !state.is_fresh() {
        return Err(Refused::busy());
    }
    handlers::handle(state, signed, &directory, now).await
}

/// Writes an answer, gives it its id, and counts it.
fn finish<B: PlatformBook>(
    state: &State<B>,
    told: &Told,
    outcome: Result<Answer, Refused>,
    begun: Instant,
) -> Reply {
    let &Told { spec, form } = told;
    let request_id = state.request_ids.next();
    let (outcome, body) = match (outcome, spec) {
        (Ok(Answer::Page(page)), _) => (Outcome::Answered, answer::page(form, &page, &request_id)),
        (Ok(Answer::Content(content)), Some(spec)) => (
            Outcome::Answered,
            answer::content(spec, form, &content, &request_id),
        ),
        (Err(Refused::Failure(failure)), Some(spec)) => {
            let code = &failure.msg_code;
            match failure.fault() {
                Fault::Platform => tracing::warn!(%request_id, %code, "a call's service failed"),
                Fault::Caller => tracing::debug!(%request_id, %code, "declined a call"),
            }
            (
                match failure.fault() {
                    Fault::Platform => Outcome::Failed,
                    Fault::Caller => Outcome::Declined,
                },
                answer::failure(spec, form, &failure, &request_id),
            )
        }
        // Of a method that is not ours nothing is answered and nothing can fail.
        (Ok(Answer::Content(_)) | Err(Refused::Failure(_)), None) => {
            let error = PlatformError::service_unavailable();
            (
                Outcome::Refused(error.code),
                answer::error(form, &error, &request_id),
            )
        }
        (Err(Refused::Error(error)), _) => {
            tracing::debug!(%request_id, code = error.code, "refused a call");
            (
                Outcome::Refused(error.code),
                answer::error(form, &error, &request_id),
            )
        }
    };
    state.metrics.count(spec.map(|spec| spec.method), outcome);
    state
        .metrics
        .durations
        .observe(begun.elapsed().as_secs_f64());
    Reply { form, body }
}
