//! Whom to call and as whom, checked.

use std::sync::Arc;
use std::time::Duration;

use povline_client::{BuildError, Client, ClientBuilder};
use povline_domain::AppKey;
use povline_protocol::{AnswerForm, Secret, SignMethod};

use super::{Checker, RawApp, RawCaller, RawConfig, Setting, secret};
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
        let secret = secret::check(raw, checker);
        Self::check_table("caller", &raw.caller, secret, checker)
    }

    /// The settings of an `[[app]]`, which `[caller]` completes.
    pub(super) fn check_app(
        place: &str,
        app: &RawApp,
        raw: &RawConfig,
        checker: &mut Checker,
    ) -> Option<Self> {
        let or = |own: &Option<Setting>, common: &Option<Setting>| own.clone().or(common.clone());
        let table = RawCaller {
            url: or(&app.url, &raw.caller.url),
            app_key: app.app_key.clone(),
            secret_file: None,
            sign_method: or(&app.sign_method, &raw.caller.sign_method),
            wire_format: or(&app.wire_format, &raw.caller.wire_format),
            timeout_seconds: or(&app.timeout_seconds, &raw.caller.timeout_seconds),
        };
        let name = format!("{place}.secret_file");
        let secret = secret::of_file(&name, app.secret_file.as_ref(), checker);
        Self::check_table(place, &table, secret, checker)
    }

    fn check_table(
        place: &str,
        caller: &RawCaller,
        secret: Option<Secret>,
        checker: &mut Checker,
    ) -> Option<Self> {
        let name = |setting: &str| format!("{place}.{setting}");
        let url = checker.required(&name("url"), caller.url.as_ref(), url);
        let app_key = checker.required(&name("app_key"), caller.app_key.as_ref(), |text| {
            AppKey::new(text)
        });
        let sign_method =
            checker.optional(&name("sign_method"), caller.sign_method.as_ref(), |text| {
                SignMethod::from_word(text).ok_or("must be hmac-sha256, hmac or md5")
            });
        let form =
            checker.optional(
                &name("wire_format"),
                caller.wire_format.as_ref(),
                |text| match text {
                    "json" => Ok(AnswerForm::Json),
                    "xml" => Ok(AnswerForm::Xml),
                    _ => Err("must be json or xml"),
                },
            );
        let timeout = checker.number(
            &name("timeout_seconds"),
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
        self.build(self.builder())
    }

    /// Its settings.
    pub(crate) fn builder(&self) -> ClientBuilder {
        Client::builder(
            &self.url,
            self.app_key.clone(),
            self.secret.clone(),
            Arc::new(SystemClock),
        )
        .sign_method(self.sign_method)
        .form(self.form)
        .call_timeout(self.timeout)
    }

    /// The client of these settings, or why there can be none.
    pub(crate) fn build(&self, builder: ClientBuilder) -> CliResult<Client> {
        builder.build().map_err(|error| {
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
