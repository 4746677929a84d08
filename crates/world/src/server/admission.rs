//! Who may call: the checks of a TOP server, by the protocol's own code.

use povline_domain::{AppKey, OutPovId, UnixMillis};
use povline_protocol::methods::appointment_query::{self, AppointmentQuery, REQUEST_PARAM};
use povline_protocol::{AnswerForm, Params, PlatformError, PublicParams, Secret};

/// The one app of a world.
#[derive(Debug, Clone)]
pub struct Identity {
    /// Its key.
    pub app_key: AppKey,
    /// Its secret.
    pub secret: Secret,
}

/// A call as it came: where its parameters stand.
#[derive(Clone, Copy)]
pub struct CallParams<'a> {
    /// The query of the URL.
    pub query: Option<&'a str>,
    /// The `Content-Type` of the body.
    pub content_type: Option<&'a str>,
    /// The body.
    pub body: &'a [u8],
}

/// Signatures stay out of logs.
impl std::fmt::Debug for CallParams<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CallParams").finish_non_exhaustive()
    }
}

/// What a call asks for, as far as it can be read.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    pub(super) form: AnswerForm,
    pub(super) query: Result<AppointmentQuery, PlatformError>,
    /// Whether the call names its page size itself.
    pub(super) names_size: bool,
}

/// Reads a call without judging who makes it: for a gateway that judges itself.
pub(super) fn read(call: CallParams<'_>) -> Asked {
    let params = match Params::read(call.query, call.content_type, call.body) {
        Ok(params) => params,
        Err(error) => {
            return Asked {
                form: AnswerForm::Xml,
                query: Err(error.platform_error()),
                names_size: false,
            };
        }
    };
    let public = PublicParams::of(&params);
    let names_size = ["page_size", REQUEST_PARAM]
        .iter()
        .filter_map(|name| params.get(name))
        .any(|value| value.contains("page_size") || value.bytes().all(|b| b.is_ascii_digit()));
    Asked {
        form: public.answer_form().unwrap_or(public.error_form()),
        query: match public.method() {
            Ok(appointment_query::METHOD) => AppointmentQuery::from_params(&params),
            Ok(_) => Err(PlatformError::unknown_method()),
            Err(error) => Err(error),
        },
        names_size,
    }
}

/// What a call asks for, whoever makes it; `None` if it asks for no list.
pub(crate) fn asked_for(call: CallParams<'_>) -> Option<AppointmentQuery> {
    read(call).query.ok()
}

/// Checks who calls, when, and whether the signature holds. Timestamps may be of the real clock or
/// of the world's, whichever the client goes by; `skew_ms` is how far the server's clock is off.
/// The place of the clock that the client goes by.
pub(super) fn admit(
    call: CallParams<'_>,
    identity: &Identity,
    clocks: &[UnixMillis],
    skew_ms: i64,
) -> Result<usize, PlatformError> {
    let params = Params::read(call.query, call.content_type, call.body)
        .map_err(|error| error.platform_error())?;
    let public = PublicParams::of(&params);
    public.method()?;
    if public.app_key()?.as_str() != identity.app_key.as_str() {
        return Err(PlatformError::unknown_app_key());
    }
    public.check_version()?;
    let timely = |clock: &UnixMillis| public.timestamp(clock.plus_millis(skew_ms)).is_ok();
    let clock = clocks.iter().position(timely);
    let clock = clock.ok_or_else(|| PlatformError::of_code(31))?;
    public.answer_form()?;
    public.check_signature(std::slice::from_ref(&identity.secret))?;
    Ok(clock)
}

/// The error for a POV that is none of the world's.
pub(super) fn unknown_pov(pov: &OutPovId) -> PlatformError {
    PlatformError::unknown_pov(pov.as_str())
}
