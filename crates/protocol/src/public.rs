//! The public parameters, which every call carries beside its method's own.
//!
//! Each check is a step of its own that yields the protocol's error, so that a gateway can take
//! them in its documented order: method, app_key, v, timestamp, format and sign_method, sign,
//! session. An empty value of a public parameter counts as absent, as PHP and C send it.

use povline_domain::{AppKey, UnixMillis};

use crate::sign::{self, Secret};
use crate::{AnswerForm, Params, PlatformError, SignMethod, timestamp};

/// A view of a request's public parameters.
#[derive(Debug, Clone, Copy)]
pub struct PublicParams<'p> {
    params: &'p Params<'p>,
}

impl<'p> PublicParams<'p> {
    /// The names of the public parameters; all others are the method's own.
    pub const NAMES: [&'static str; 11] = [
        "method",
        "app_key",
        "target_app_key",
        "sign_method",
        "sign",
        "session",
        "timestamp",
        "format",
        "v",
        "partner_id",
        "simplify",
    ];

    /// Looks at a request's parameters.
    #[must_use]
    pub fn of(params: &'p Params<'_>) -> Self {
        Self { params }
    }

    /// All of the request's parameters.
    #[must_use]
    pub fn params(self) -> &'p Params<'p> {
        self.params
    }

    /// The form in which this request's errors are written: JSON if it asks for JSON, else XML.
    /// It never fails, because every failure needs it.
    #[must_use]
    pub fn error_form(self) -> AnswerForm {
        match self.optional("format") {
            Some(format) if format.eq_ignore_ascii_case("json") => AnswerForm::Json,
            _ => AnswerForm::Xml,
        }
    }

    /// The method that is called.
    ///
    /// # Errors
    /// 21 if it is missing. Whether it exists (22) is for whoever knows the methods.
    pub fn method(self) -> Result<&'p str, PlatformError> {
        self.required("method", 21)
    }

    /// The app that calls.
    ///
    /// # Errors
    /// 28 if it is missing, 29 if it cannot be the key of any app.
    pub fn app_key(self) -> Result<AppKey, PlatformError> {
        let key = self.required("app_key", 28)?;
        AppKey::new(key).map_err(|_| PlatformError::unknown_app_key())
    }

    /// Checks the version of the protocol, which is `2.0`.
    ///
    /// # Errors
    /// 32 if it is missing, 33 if it is not a number, 34 if it is another one.
    pub fn check_version(self) -> Result<(), PlatformError> {
        let version = self.required("v", 32)?;
        match version {
            "2.0" => Ok(()),
            _ if version.bytes().all(|b| b.is_ascii_digit() || b == b'.') => {
                Err(PlatformError::of_code(34))
            }
            _ => Err(PlatformError::of_code(33)),
        }
    }

    /// When the request was made, if that is within ten minutes of `now`.
    ///
    /// # Errors
    /// 30 if the timestamp is missing, 31 if it has none of the three forms or is too far off.
    pub fn timestamp(self, now: UnixMillis) -> Result<UnixMillis, PlatformError> {
        let text = self.required("timestamp", 30)?;
        timestamp::parse(text)
            .filter(|instant| timestamp::is_current(*instant, now))
            .ok_or_else(|| PlatformError::of_code(31))
    }

    /// The form in which the answer is asked for. Without `format` it is XML; `simplify` counts
    /// for JSON alone.
    ///
    /// # Errors
    /// 23 if `format` names neither, 41 if `simplify` is not a boolean.
    pub fn answer_form(self) -> Result<AnswerForm, PlatformError> {
        match self.optional("format") {
            None => Ok(AnswerForm::Xml),
            Some(format) if format.eq_ignore_ascii_case("xml") => Ok(AnswerForm::Xml),
            Some(format) if format.eq_ignore_ascii_case("json") => {
                match self.optional("simplify") {
                    None => Ok(AnswerForm::Json),
                    Some(word) if word.eq_ignore_ascii_case("false") => Ok(AnswerForm::Json),
                    Some(word) if word.eq_ignore_ascii_case("true") => {
                        Ok(AnswerForm::SimplifiedJson)
                    }
                    Some(_) => Err(PlatformError::invalid_argument("simplify")),
                }
            }
            Some(_) => Err(PlatformError::of_code(23)),
        }
    }

    /// How the request is signed. Without `sign_method` it is MD5, as it was before there was a
    /// choice.
    ///
    /// # Errors
    /// 41 if there is no such method.
    pub fn sign_method(self) -> Result<SignMethod, PlatformError> {
        match self.optional("sign_method") {
            None => Ok(SignMethod::Md5),
            Some(word) => SignMethod::from_word(word)
                .ok_or_else(|| PlatformError::invalid_argument("sign_method")),
        }
    }

    /// The signature, not yet checked.
    ///
    /// # Errors
    /// 24 if it is missing.
    pub fn signature(self) -> Result<&'p str, PlatformError> {
        self.required("sign", 24)
    }

    /// Checks the signature against the app's live secrets (two during a rotation).
    ///
    /// # Errors
    /// 24 if there is none, 41 for an unknown `sign_method`, 25 if none of the secrets made it.
    pub fn check_signature(self, secrets: &[Secret]) -> Result<(), PlatformError> {
        let method = self.sign_method()?;
        let signature = self.signature()?;
        let holds = secrets
            .iter()
            .any(|secret| sign::verify(method, secret, self.params, signature));
        if holds {
            Ok(())
        } else {
            Err(PlatformError::of_code(25))
        }
    }

    /// The session (access token), if one was sent. Which methods need one their documentation
    /// says; [`PlatformError::of_code`] 26 and 27 are the errors.
    #[must_use]
    pub fn session(self) -> Option<&'p str> {
        self.optional("session")
    }

    /// What the caller says it is: an SDK and its version, mostly.
    #[must_use]
    pub fn partner_id(self) -> Option<&'p str> {
        self.optional("partner_id")
    }

    /// The app key of the called party, for methods that a third party provides.
    #[must_use]
    pub fn target_app_key(self) -> Option<&'p str> {
        self.optional("target_app_key")
    }

    fn required(self, name: &str, missing: i64) -> Result<&'p str, PlatformError> {
        self.optional(name)
            .ok_or_else(|| PlatformError::of_code(missing))
    }

    fn optional(self, name: &str) -> Option<&'p str> {
        self.params.get(name).filter(|value| !value.is_empty())
    }
}
