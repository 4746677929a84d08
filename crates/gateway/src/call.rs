//! One call: from parameters to what is answered, whatever it came in.

use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::{Arc, OnceLock};
use std::task::Poll;

use povline_domain::{AppKey, UnixMillis};
use povline_protocol::api::ApiSpec;
use povline_protocol::content::Object;
use povline_protocol::{
    AnswerForm, BusinessFailure, Fault, Params, PlatformError, PublicParams, methods,
};
use tokio::time::Instant;

use crate::PlatformBook;
use crate::admit::{Asked, SignedBatch, SignedParams, check_caller, check_signature};
use crate::answer::{self, Page};
use crate::caller::Caller;
use crate::directory::Directory;
use crate::document::Document;
use crate::explain::Examined;
use crate::handlers;
use crate::limit::Left;
use crate::metrics::Outcome;
use crate::overload::overloaded;
use crate::record::{Answered, outcome_of, record};
use crate::sheet::BuildFailed;
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
    /// Whose fault it is.
    fn fault(&self) -> Fault {
        match self {
            Self::Error(error) => error.fault(),
            Self::Failure(failure) => failure.fault(),
        }
    }

    /// The platform cannot answer now.
    pub(crate) fn busy() -> Self {
        Self::Failure(BusinessFailure::busy())
    }
}

impl From<BuildFailed> for Refused {
    fn from(failed: BuildFailed) -> Self {
        match failed {
            BuildFailed::Crowded => overloaded().into(),
            BuildFailed::Book | BuildFailed::TooSlow | BuildFailed::TooLarge => Self::busy(),
        }
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
    /// What is left of the caller's quotas.
    pub(crate) left: Left,
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
            left: Left::default(),
        }
    }

    /// Examines a wrong signature, and says what the caller is told.
    pub(crate) fn explain<B: PlatformBook>(
        &self,
        state: &State<B>,
        error: PlatformError,
    ) -> PlatformError {
        match &self.wrong_signature {
            Some(examined) if state.explains_signatures() => examined.told_error(error),
            _ => error,
        }
    }
}

/// An answer as it is written, and what came of the call.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) form: AnswerForm,
    pub(crate) document: Document,
    /// What is left of the caller's quotas.
    pub(crate) left: Left,
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

/// Answers one call of a batch whose signature holds.
pub(crate) async fn answer_of_batch<B: PlatformBook>(
    state: &Arc<State<B>>,
    caller: Caller,
    batch: &SignedBatch,
    params: Result<Params<'_>, PlatformError>,
    begun: Instant,
) -> Reply {
    let mut told = Told {
        form: batch.form(),
        app: Some(batch.app_key()),
        ..Told::nothing(caller)
    };
    let outcome = run_of_batch(state, batch, params, &mut told).await;
    finish(state, told, outcome, begun)
}

/// Answers a call whose parameters could not be read, or that was refused before they were.
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
    refuse_told(state, told, error, begun)
}

/// The same, of a call of which something is known.
pub(crate) fn refuse_told<B: PlatformBook>(
    state: &Arc<State<B>>,
    told: Told,
    error: PlatformError,
    begun: Instant,
) -> Reply {
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
    let _place = state.calls.enter()?;
    let directory = state.directory.get();
    let now = state.clock.now();
    told.app = public
        .app_key()
        .ok()
        .and_then(|key| directory.key_of(key.as_str()));
    let wrong = &mut told.wrong_signature;
    let signed = check_signature(params, &directory, now, |public, app| {
        *wrong = Some(state.explainer.examine(public, app, Instant::now()));
    })
    .map_err(|error| told.explain(state, error))?;
    told.form = signed.form();
    let _share = state.calls.share(&signed.app_key())?;
    run_signed(state, signed, &directory, now, told).await
}

async fn run_of_batch<B: PlatformBook>(
    state: &State<B>,
    batch: &SignedBatch,
    params: Result<Params<'_>, PlatformError>,
    told: &mut Told,
) -> Result<Answer, Refused> {
    let params = params?;
    told.spec = PublicParams::of(&params)
        .method()
        .ok()
        .and_then(methods::find);
    let signed = batch.call(params)?;
    let directory = state.directory.get();
    run_signed(state, signed, &directory, state.clock.now(), told).await
}

/// Runs a call whose signature holds, alone or as one of a batch.
async fn run_signed<B: PlatformBook>(
    state: &State<B>,
    signed: SignedParams<'_>,
    directory: &Directory,
    now: UnixMillis,
    told: &mut Told,
) -> Result<Answer, Refused> {
    let needs_session = state.needs_session(signed.spec());
    check_caller(&signed, told.caller, needs_session, now)?;
    if !state.is_fresh() {
        return Err(Refused::busy());
    }
    let signed = signed.noting(&told.asked);
    let (app, method) = (signed.app_key(), signed.spec().method);
    let quotas = directory.quotas.of(&app, method);
    let charge = state
        .limiter
        .charge(&*state.clock, &app, method, quotas, &mut told.left)
        .await?;
    let handled = unless_it_panics(handlers::handle(state, signed, directory, now));
    let outcome = handled.await.unwrap_or_else(|| {
        tracing::error!(%app, method, "a call panicked: this is a fault of the platform");
        Err(Refused::busy())
    });
    if let Err(refused) = &outcome
        && refused.fault() == Fault::Platform
    {
        state.limiter.refund(&app, method, &charge);
    }
    outcome
}

/// What comes of a call's work, unless it panics: then the call is answered, given back and logged
/// as one that failed.
async fn unless_it_panics<T>(work: impl Future<Output = T>) -> Option<T> {
    let mut work = pin!(work);
    // What panicked is dropped and not looked at again; no lock of ours stays poisoned.
    poll_fn(
        |cx| match catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(cx))) {
            Ok(polled) => polled.map(Some),
            Err(_) => Poll::Ready(None),
        },
    )
    .await
}

/// Writes an answer, gives it its id, and counts it.
fn finish<B: PlatformBook>(
    state: &State<B>,
    mut told: Told,
    outcome: Result<Answer, Refused>,
    begun: Instant,
) -> Reply {
    debug_assert!(
        is_documented(state, told.spec, &outcome),
        "{:?} answers what its definition does not name: {outcome:?}",
        told.spec.map(|spec| spec.method)
    );
    let logged = outcome_of(&told, &outcome);
    let Told {
        caller,
        spec,
        form,
        left,
        ..
    } = told;
    let request_id = state.request_ids.next();
    let (outcome, document) = match (outcome, spec) {
        (Ok(Answer::Page(page)), _) => (Outcome::Answered, answer::page(form, page, &request_id)),
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
        told,
        outcome: logged,
        request_id,
        took,
        bytes: document.len() as u64,
    };
    record(state, answered);
    Reply {
        form,
        document,
        left,
    }
}

/// Whether a method's definition names the refusal or failure that its call gets.
fn is_documented<B: PlatformBook>(
    state: &State<B>,
    spec: Option<&ApiSpec>,
    outcome: &Result<Answer, Refused>,
) -> bool {
    match (spec, outcome) {
        (None, _) | (_, Ok(_)) => true,
        (Some(spec), Err(Refused::Error(error))) => {
            let spec = ApiSpec {
                needs_session: state.needs_session(spec),
                ..*spec
            };
            spec.refusals().iter().any(|one| one.is(error))
        }
        (Some(spec), Err(Refused::Failure(failure))) => {
            let mut known = spec.failures().into_iter();
            known.any(|one| one.code == failure.msg_code)
        }
    }
}
