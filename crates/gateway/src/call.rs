//! One call: from parameters to what is answered, whatever it came in.

use std::sync::{Arc, OnceLock};

use povline_domain::AppKey;
use povline_protocol::api::ApiSpec;
use povline_protocol::content::Object;
use povline_protocol::{AnswerForm, BusinessFailure, Params, PlatformError, PublicParams, methods};
use tokio::time::Instant;

use crate::PlatformBook;
use crate::admit::{Asked, check_signature};
use crate::answer::{self, Page};
use crate::body::AnswerBody;
use crate::caller::Caller;
use crate::explain::Examined;
use crate::handlers;
use crate::metrics::Outcome;
use crate::record::{Answered, outcome_of, record};
use crate::state::State;

/// What an admitted call gets.
#[derive(Debug)]
pub(crate) enum Answer {
    /// A page of appointments, as it lies in its sheet.
    Page(Page),
    /// What stands under the response's root, made for this call.
    #[expect(dead_code, reason = "the first method that writes makes one")]
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
    pub(crate) caller: Caller,
    /// The method, once it is known to be one of ours.
    pub(crate) spec: Option<&'static ApiSpec>,
    pub(crate) form: AnswerForm,
    /// The app that the call says it comes from, if there is such an app.
    pub(crate) app: Option<Arc<AppKey>>,
    /// What was seen of its signature, if that is wrong.
    pub(crate) wrong_signature: Option<Examined>,
    /// What it reads, once it was admitted.
    pub(crate) asked: OnceLock<Asked>,
}

impl Told {
    /// Of a call of which nothing is known yet but where it comes from.
    pub(crate) fn nothing(caller: Caller) -> Self {
        Self {
            caller,
            spec: None,
            form: AnswerForm::Xml,
            app: None,
            wrong_signature: None,
            asked: OnceLock::new(),
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
    caller: Caller,
    params: Params<'_>,
    begun: Instant,
) -> Reply {
    let mut told = Told::nothing(caller);
    let outcome = run(state, params, &mut told).await;
    finish(state, told, outcome, begun)
}

/// Answers a call whose parameters could not be read.
pub(crate) fn refuse<B: PlatformBook>(
    state: &Arc<State<B>>,
    caller: Caller,
    form: AnswerForm,
    error: PlatformError,
    begun: Instant,
) -> Reply {
    let told = Told {
        form,
        ..Told::nothing(caller)
    };
    finish(state, told, Err(error.into()), begun)
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
    told.app = params.get("app_key").and_then(|key| directory.key_of(key));
    let wrong = &mut told.wrong_signature;
    let signed = check_signature(params, &directory, now, |public, app| {
        *wrong = Some(state.explainer.examine(public, app, Instant::now()));
    })
    .map_err(|error| match &told.wrong_signature {
        Some(examined) if state.config.explain_signatures => examined.told_error(error),
        _ => error,
    })?;
    told.form = signed.form();
    if !state.is_fresh() {
        return Err(Refused::busy());
    }
    handlers::handle(state, signed.noting(&told.asked), &directory, now).await
}

/// Writes an answer, gives it its id, and counts it.
fn finish<B: PlatformBook>(
    state: &State<B>,
    mut told: Told,
    outcome: Result<Answer, Refused>,
    begun: Instant,
) -> Reply {
    let logged = outcome_of(&told, &outcome);
    let Told {
        caller, spec, form, ..
    } = told;
    let request_id = state.request_ids.next();
    let (outcome, body) = match (outcome, spec) {
        (Ok(Answer::Page(page)), _) => (Outcome::Answered, answer::page(form, &page, &request_id)),
        (Ok(Answer::Content(content)), Some(spec)) => (
            Outcome::Answered,
            answer::content(spec, form, &content, &request_id),
        ),
        (Err(Refused::Failure(failure)), Some(spec)) => {
            tracing::warn!(%request_id, code = %failure.msg_code, "a call's service failed");
            (
                Outcome::Failed,
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
            tracing::debug!(%request_id, code = error.code, caller = %caller.address, "refused a call");
            (
                Outcome::Refused(error.code),
                answer::error(form, &error, &request_id),
            )
        }
    };
    state.metrics.count(spec.map(|spec| spec.method), outcome);
    let took = begun.elapsed();
    state.metrics.durations.observe(took.as_secs_f64());
    if let Some(examined) = told.wrong_signature.take() {
        let at = state.clock.now();
        state.explainer.keep(request_id, at, examined);
    }
    let answered = Answered {
        told: &told,
        outcome: logged,
        request_id,
        took,
        bytes: body.len(),
    };
    record(state, answered);
    Reply { form, body }
}
