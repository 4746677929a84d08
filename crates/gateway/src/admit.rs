//! The way in: parameters become a call that may be answered.
//!
//! Each step makes a type that only it can make. [`SignedParams`] come from a signature that holds
//! and from nowhere else; an [`Admitted`] query comes from signed parameters whose app may read the
//! POV. The answer takes nothing else, so a call that was not admitted cannot be answered.
//!
//! The order of the checks: method, app_key, v, timestamp, format, sign_method, sign, the app's
//! status, the method's own parameters, POV and grant. The app comes before the signature, as with
//! the real gateway (a made-up key with a made-up signature gets 29). No method here needs a
//! session.

mod write;

use std::sync::Arc;

use povline_domain::{OutPovId, PovId, UnixMillis};
use povline_protocol::api::ApiSpec;
use povline_protocol::{AnswerForm, Params, PlatformError, PublicParams, Secret, methods};

use crate::directory::{App, Directory};

pub(crate) use write::{Writer, admit_appointment, admit_registration, admit_write};

/// Parameters whose signature an enabled app has made.
#[derive(Debug)]
pub(crate) struct SignedParams<'a> {
    params: Params<'a>,
    app: Arc<App>,
    form: AnswerForm,
    spec: &'static ApiSpec,
}

impl<'a> SignedParams<'a> {
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

/// Checks who calls, how, and when.
pub(crate) fn check_signature<'a>(
    params: Params<'a>,
    directory: &Directory,
    now: UnixMillis,
) -> Result<SignedParams<'a>, PlatformError> {
    let public = PublicParams::of(&params);
    let spec = methods::find(public.method()?).ok_or_else(PlatformError::unknown_method)?;
    let key = public.app_key()?;
    let app = directory.app(key.as_str());
    if app.is_none() {
        // As much work as for an app that exists, so that time does not tell which do.
        let _ = public.check_signature(&[Secret::new("no app has this secret")]);
        return Err(PlatformError::unknown_app_key());
    }
    public.check_version()?;
    public.timestamp(now)?;
    let form = public.answer_form()?;
    let app = app.ok_or_else(PlatformError::unknown_app_key)?;
    public.check_signature(&app.secrets)?;
    if !app.enabled {
        // Only now: whether an app is disabled is told to nobody but who holds its secret.
        return Err(PlatformError::app_disabled());
    }
    let app = Arc::clone(app);
    Ok(SignedParams {
        params,
        app,
        form,
        spec,
    })
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
