//! Whom to call and as whom, checked.

use std::sync::Arc;
use std::time::Duration;

use povline_client::{BuildError, Client};
use povline_domain::AppKey;
use povline_protocol::{AnswerForm, Secret, SignMethod};

use super::{Checker, RawConfig, secret};
use crate::clock::SystemClock;
use crate::error::{CliError, CliResult};
use crate::exit::Exit;

/// What a client is made of.
#[derive(Debug, Clone)]
pub(crate) struct CallerConfig {
    pub(crate) url: String,
    pub(crate) app_key: AppKey,
    pub(crate) secret: Secret,
    pub(crate) sign_method: SignMethod,
    pub(crate) form: AnswerForm,
    pub(crate) timeout: Duration,
}

impl CallerConfig {
    pub(crate) fn check(raw: &RawConfig) -> CliResult<Self> {
        let mut checker = Checker::default();
        let config = Self::check_with(raw, &mut checker);
        checker.finish()?;
        config.ok_or_else(|| CliError::new(Exit::Usage, "the settings cannot be used"))
    }

    /// The settings, if none of them was at fault; the faults are the checker's to tell.
    pub(super) fn check_with(raw: &RawConfig, checker: &mut Checker) -> Option<Self> {
        let caller = &raw.caller;
        let url = checker.required("caller.url", caller.url.as_ref(), url);
        let app_key = checker.required("caller.app_key", caller.app_key.as_ref(), |text| {
            AppKey::new(text)
        });
        let secret = secret::check(raw, checker);
        let sign_method =
            checker.optional("caller.sign_method", caller.sign_method.as_ref(), |text| {
                SignMethod::from_word(text).ok_or("must be hmac-sha256, hmac or md5")
            });
        let form =
            checker.optional(
                "caller.wire_format",
                caller.wire_format.as_ref(),
                |text| match text {
                    "json" => Ok(AnswerForm::Json),
                    "xml" => Ok(AnswerForm::Xml),
                    _ => Err("must be json or xml"),
                },
            );
        let timeout = checker.number(
            "caller.timeout_seconds",
            caller.timeout_seconds.as_ref(),
            1..=600,
            10,
        );
        Some(Self {
            url: url?,
            app_key: app_key?,
            secret: secret?,
            sign_method: sign_method.unwrap_or(SignMethod::HmacSha256),
            form: form.unwrap_or(AnswerForm::Json),
            timeout: Duration::from_secs(timeout.unsigned_abs()),
        })
    }

    /// A client of this gateway on the machine's clock.
    pub(crate) fn client(&self) -> CliResult<Client> {
        Client::builder(
            &self.url,
            self.app_key.clone(),
            self.secret.clone(),
            Arc::new(SystemClock),
        )
        .sign_method(self.sign_method)
        .form(self.form)
        .call_timeout(self.timeout)
        .build()
        .map_err(|error| {
            let remedy = match error {
                BuildError::Url => "give --url as http://host:port/router/rest",
                BuildError::NoTls | BuildError::NobodyTrusted => {
                    "call over http within a trusted network, or install the system's certificates"
                }
            };
            CliError::new(Exit::Usage, "cannot call the platform")
                .caused_by(&error)
                .remedy(remedy)
        })
    }
}

fn url(text: &str) -> Result<String, &'static str> {
    let rest = text
        .strip_prefix("http://")
        .or_else(|| text.strip_prefix("https://"));
    match rest {
        Some(rest) if !rest.is_empty() && !rest.starts_with('/') => Ok(text.to_owned()),
        _ => Err("must be a URL such as http://127.0.0.1:7001/router/rest"),
    }
}
