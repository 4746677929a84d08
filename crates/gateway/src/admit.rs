//! The way in: parameters become a call that may be answered.
//!
//! Each step makes a type that only it can make. [`SignedParams`] come from a signature that holds
//! and from nowhere else; an [`Admitted`] query comes from signed parameters whose app may read the
//! POV. The answer takes nothing else, so a call that was not admitted cannot be answered.
//!
//! The order of the checks: method, app_key, v, timestamp, format, sign_method, sign, the app's
//! status, the caller's address, the session where the method needs one, the quotas (after this
//! file), the method's own parameters, POV and grant. The app comes before the signature, as with
//! the real gateway (a made-up key with a made-up signature gets 29).

mod write;

use std::sync::{Arc, OnceLock};

use povline_domain::{AppKey, Day, IsvId, OutPovId, PovId, UnixMillis};
use povline_protocol::api::ApiSpec;
use povline_protocol::{AnswerForm, Params, PlatformError, PublicParams, methods};

use crate::caller::Caller;
use crate::directory::{App, Directory};

pub(crate) use write::{Writer, admit_appointment, admit_registration, admit_reset, admit_write};

/// The code of an error about a signature that does not hold.
const WRONG_SIGNATURE: i64 = 25;

/// What a call asked to read, for the audit and the request log.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) pov: PovId,
    pub(crate) code: OutPovId,
    /// `None` where a method is not about one day.
    pub(crate) day: Option<Day>,
}

/// Parameters whose signature an enabled app has made.
#[derive(Debug)]
pub(crate) struct SignedParams<'a> {
    params: Params<'a>,
    asked: Option<&'a OnceLock<Asked>>,
    app: Arc<App>,
    form: AnswerForm,
    spec: &'static ApiSpec,
}

impl<'a> SignedParams<'a> {
    /// The app that calls.
    pub(crate) fn app_key(&self) -> Arc<AppKey> {
        Arc::clone(&self.app.key)
    }

    /// The ISV whose app calls.
    pub(crate) fn isv(&self) -> IsvId {
        self.app.isv
    }

    /// The same, with a place for what it asks.
    pub(crate) fn noting(self, asked: &'a OnceLock<Asked>) -> Self {
        Self {
            asked: Some(asked),
            ..self
        }
    }

    /// Notes what an admitted call reads. A method that shows appointments calls it before it looks
    /// for them, so that the audit knows of every read, also of one that fails.
    pub(crate) fn reads(&self, pov: PovId, code: OutPovId, day: Option<Day>) {
        if let Some(asked) = self.asked {
            // A call reads once; what was noted first stands.
            let _ = asked.set(Asked { pov, code, day });
        }
    }

    /// The method that is called.
    pub(crate) fn spec(&self) -> &'static ApiSpec {
        self.spec
    }

    /// The parameters, public ones included.
    pub(crate) fn params(&self) -> &Params<'a> {
        &self.params
    }

    /// The app that made the signature.
    pub(crate) fn app(&self) -> &Arc<App> {
        &self.app
    }

    /// The form in which the answer is asked for.
    pub(crate) fn form(&self) -> AnswerForm {
        self.form
    }
}

/// A query that its app may have answered.
#[derive(Debug)]
pub(crate) struct Admitted<Q> {
    query: Q,
    app: Arc<App>,
    pov: PovId,
}

impl<Q> Admitted<Q> {
    pub(crate) fn query(&self) -> &Q {
        &self.query
    }

    pub(crate) fn app(&self) -> &App {
        &self.app
    }

    pub(crate) fn pov(&self) -> PovId {
        self.pov
    }
}

/// A batch whose signature an enabled app has made, over all of its calls.
#[derive(Debug)]
pub(crate) struct SignedBatch {
    app: Arc<App>,
    form: AnswerForm,
}

impl SignedBatch {
    /// The form in which the answers are asked for.
    pub(crate) fn form(&self) -> AnswerForm {
        self.form
    }

    /// The app that calls.
    pub(crate) fn app_key(&self) -> Arc<AppKey> {
        Arc::clone(&self.app.key)
    }

    /// One call of the batch, which the app has signed with it.
    pub(crate) fn call<'a>(&self, params: Params<'a>) -> Result<SignedParams<'a>, PlatformError> {
        let method = PublicParams::of(&params).method()?;
        let spec = methods::find(method).ok_or_else(PlatformError::unknown_method)?;
        Ok(SignedParams {
            params,
            asked: None,
            app: Arc::clone(&self.app),
            form: self.form,
            spec,
        })
    }
}

/// Checks who calls, how, and when. A signature that does not hold is handed to `examine`.
pub(crate) fn check_signature<'a>(
    params: Params<'a>,
    directory: &Directory,
    now: UnixMillis,
    examine: impl FnOnce(PublicParams<'_>, &App),
) -> Result<SignedParams<'a>, PlatformError> {
    let public = PublicParams::of(&params);
    let spec = methods::find(public.method()?).ok_or_else(PlatformError::unknown_method)?;
    let SignedBatch { app, form } = check_batch_signature(public, directory, now, examine)?;
    Ok(SignedParams {
        params,
        asked: None,
        app,
        form,
        spec,
    })
}

/// Checks who calls, how, and when, whatever is called. A signature that does not hold is handed to
/// `examine`.
pub(crate) fn check_batch_signature(
    public: PublicParams<'_>,
    directory: &Directory,
    now: UnixMillis,
    examine: impl FnOnce(PublicParams<'_>, &App),
) -> Result<SignedBatch, PlatformError> {
    let key = public.app_key()?;
    // Which keys exist is no secret: the protocol tells it by the code (29, where a known key with a
    // wrong signature gets 25). So nothing is hashed for a key that no app has.
    let app = directory
        .app(key.as_str())
        .ok_or_else(PlatformError::unknown_app_key)?;
    public.check_version()?;
    public.timestamp(now)?;
    let form = public.answer_form()?;
    if let Err(error) = public.check_signature(&app.secrets) {
        if error.code == WRONG_SIGNATURE {
            examine(public, app);
        }
        return Err(error);
    }
    if !app.enabled {
        // Only now: whether an app is disabled is told to nobody but who holds its secret.
        return Err(PlatformError::app_disabled());
    }
    let app = Arc::clone(app);
    Ok(SignedBatch { app, form })
}

/// Checks whence an app calls, and its session if the call needs one. Nobody but who holds the
/// app's secret is told where it may call from.
pub(crate) fn check_caller(
    signed: &SignedParams<'_>,
    caller: Caller,
    needs_session: bool,
    now: UnixMillis,
) -> Result<(), PlatformError> {
    check_address(&signed.app, caller)?;
    if needs_session {
        let session = PublicParams::of(&signed.params).session();
        check_session(&signed.app, session, now)?;
    }
    Ok(())
}

fn check_address(app: &App, caller: Caller) -> Result<(), PlatformError> {
    let address = caller.address;
    if app.allowed.is_empty() || app.allowed.iter().any(|range| range.contains(address)) {
        return Ok(());
    }
    let allowed: Vec<String> = app.allowed.iter().map(ToString::to_string).collect();
    Err(PlatformError::address_not_allowed(
        app.key.as_str(),
        &allowed.join(","),
        &address.to_string(),
    ))
}

fn check_session(app: &App, session: Option<&str>, now: UnixMillis) -> Result<(), PlatformError> {
    let session = session.ok_or_else(|| PlatformError::of_code(26))?;
    if app.has_session(session, now) {
        Ok(())
    } else {
        Err(PlatformError::invalid_session())
    }
}

/// Checks whether the app may have what it asks of a POV.
pub(crate) fn admit<Q>(
    signed: &SignedParams<'_>,
    directory: &Directory,
    code: &OutPovId,
    query: Q,
) -> Result<Admitted<Q>, PlatformError> {
    // One answer for a POV that its ISV does not have and for one without a grant.
    let pov = directory
        .readable_pov(&signed.app, code)
        .ok_or_else(|| PlatformError::unknown_pov(code.as_str()))?;
    Ok(Admitted {
        query,
        app: Arc::clone(&signed.app),
        pov,
    })
}
