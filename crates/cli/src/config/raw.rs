//! Every setting as it was written: in the file, over it the environment, over that the flags.

use std::path::{Path, PathBuf};

use super::checker::Checker;
use super::setting::{Setting, Source};
use super::sinks::RawSink;
use crate::error::{CliError, CliResult};
use crate::exit::Exit;

/// The file that is read if it is there and no other is named.
const DEFAULT_FILE: &str = "povline.toml";

/// Declares a table of the file: its settings.
macro_rules! table {
    ($(#[$doc:meta])* $name:ident { $($field:ident,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Default)]
        pub(crate) struct $name {
            $(pub(crate) $field: Option<Setting>,)*
        }

        impl $name {
            /// The settings of this table of a file. Each fault is told with the setting's name.
            fn from_table(section: &str, table: toml::Table, checker: &mut Checker) -> Self {
                let mut raw = Self::default();
                for (name, value) in table {
                    match name.as_str() {
                        $(stringify!($field) => {
                            raw.$field = checker.written(section, &name, value);
                        })*
                        _ => checker.unknown(&format!("{section}.{name}")),
                    }
                }
                raw
            }
        }
    };
}

/// Declares a section: its settings and the environment variable of each.
macro_rules! section {
    ($(#[$doc:meta])* $name:ident { $($field:ident: $variable:literal,)* }) => {
        table! { $(#[$doc])* $name { $($field,)* } }

        impl $name {
            fn from_environment(read: &dyn Fn(&str) -> Option<String>) -> Self {
                Self {
                    $($field: read($variable).map(|text| Setting {
                        text,
                        source: Source::Environment($variable),
                    }),)*
                }
            }

            fn over(self, under: Self) -> Self {
                Self { $($field: self.$field.or(under.$field),)* }
            }
        }
    };
}

section! {
    /// The platform: `serve`, `app`, `import`.
    RawPlatform {
        data: "POVLINE_PLATFORM_DATA",
        listen: "POVLINE_LISTEN",
        admin: "POVLINE_ADMIN",
        portal: "POVLINE_PORTAL",
        public_url: "POVLINE_PUBLIC_URL",
        portal_url: "POVLINE_PORTAL_URL",
        sign_ups: "POVLINE_SIGN_UPS",
        sheets_mebibytes: "POVLINE_SHEETS_MEBIBYTES",
        workers: "POVLINE_WORKERS",
        tls_certificate: "POVLINE_TLS_CERTIFICATE",
        tls_key: "POVLINE_TLS_KEY",
        trusted_proxies: "POVLINE_TRUSTED_PROXIES",
        connections_per_address: "POVLINE_CONNECTIONS_PER_ADDRESS",
        session_methods: "POVLINE_SESSION_METHODS",
        app_calls_per_second: "POVLINE_APP_CALLS_PER_SECOND",
        app_calls_per_day: "POVLINE_APP_CALLS_PER_DAY",
        method_calls_per_second: "POVLINE_METHOD_CALLS_PER_SECOND",
        method_calls_per_day: "POVLINE_METHOD_CALLS_PER_DAY",
        log_mebibytes: "POVLINE_LOG_MEBIBYTES",
        log_days: "POVLINE_LOG_DAYS",
    }
}

section! {
    /// Who calls whom: `call`, `pull`, `sync`.
    RawCaller {
        url: "POVLINE_URL",
        app_key: "POVLINE_APP_KEY",
        secret_file: "POVLINE_SECRET_FILE",
        sign_method: "POVLINE_SIGN_METHOD",
        wire_format: "POVLINE_WIRE_FORMAT",
        timeout_seconds: "POVLINE_TIMEOUT_SECONDS",
    }
}

section! {
    /// The agent: `sync`, `status`, `events`.
    RawAgent {
        data: "POVLINE_AGENT_DATA",
        povs: "POVLINE_POVS",
        first_day: "POVLINE_FIRST_DAY",
        last_day: "POVLINE_LAST_DAY",
        calls_per_second: "POVLINE_CALLS_PER_SECOND",
        calls_per_day: "POVLINE_CALLS_PER_DAY",
        today_seconds: "POVLINE_TODAY_SECONDS",
        other_days_seconds: "POVLINE_OTHER_DAYS_SECONDS",
        promise_today_seconds: "POVLINE_PROMISE_TODAY_SECONDS",
        promise_other_seconds: "POVLINE_PROMISE_OTHER_SECONDS",
        today_weight: "POVLINE_TODAY_WEIGHT",
        confirming_percent: "POVLINE_CONFIRMING_PERCENT",
        confirm_after_seconds: "POVLINE_CONFIRM_AFTER_SECONDS",
        workers: "POVLINE_AGENT_WORKERS",
        admin: "POVLINE_AGENT_ADMIN",
        events_days: "POVLINE_EVENTS_DAYS",
        events_max: "POVLINE_EVENTS_MAX",
        names_days: "POVLINE_NAMES_DAYS",
        dead_letters_max: "POVLINE_DEAD_LETTERS_MAX",
    }
}

table! {
    /// One of several apps of an agent: `[[app]]`. What it leaves out is as `[caller]` and `[agent]`
    /// say; its quotas are its own.
    RawApp {
        url,
        app_key,
        secret_file,
        sign_method,
        wire_format,
        timeout_seconds,
        povs,
        calls_per_second,
        calls_per_day,
        promise_today_seconds,
        promise_other_seconds,
        today_weight,
        confirming_percent,
    }
}

section! {
    /// The front desk that `sync` serves.
    RawClinic {
        listen: "POVLINE_CLINIC_LISTEN",
        tls_certificate: "POVLINE_CLINIC_TLS_CERTIFICATE",
        tls_key: "POVLINE_CLINIC_TLS_KEY",
        stale_today_seconds: "POVLINE_CLINIC_STALE_TODAY_SECONDS",
        stale_other_seconds: "POVLINE_CLINIC_STALE_OTHER_SECONDS",
    }
}

/// Every setting as it was written.
#[derive(Debug, Clone, Default)]
pub(crate) struct RawConfig {
    pub(crate) platform: RawPlatform,
    pub(crate) caller: RawCaller,
    pub(crate) agent: RawAgent,
    /// Several apps, which only a file can name.
    pub(crate) apps: Vec<RawApp>,
    /// Where events go; only a file can say.
    pub(crate) sinks: Vec<RawSink>,
    pub(crate) clinic: RawClinic,
    /// The secret, which no file of settings may hold.
    pub(crate) secret: Option<Setting>,
}

impl RawConfig {
    /// The flags over the environment over the file.
    pub(crate) fn layered(
        flags: Self,
        environment: &dyn Fn(&str) -> Option<String>,
        file: Option<&Path>,
    ) -> CliResult<Self> {
        let file = Self::from_file(file)?;
        let environment = Self::from_environment(environment);
        Ok(flags.over(environment).over(file))
    }

    fn from_environment(read: &dyn Fn(&str) -> Option<String>) -> Self {
        // A variable that is set to nothing is one that is not set.
        let read: &dyn Fn(&str) -> Option<String> =
            &|variable| read(variable).filter(|text| !text.is_empty());
        Self {
            platform: RawPlatform::from_environment(read),
            caller: RawCaller::from_environment(read),
            agent: RawAgent::from_environment(read),
            apps: Vec::new(),
            sinks: Vec::new(),
            clinic: RawClinic::from_environment(read),
            secret: read("POVLINE_SECRET").map(|text| Setting {
                text,
                source: Source::Environment("POVLINE_SECRET"),
            }),
        }
    }

    fn from_file(named: Option<&Path>) -> CliResult<Self> {
        let path = named.map_or_else(|| PathBuf::from(DEFAULT_FILE), Path::to_path_buf);
        if named.is_none() && !path.exists() {
            return Ok(Self::default());
        }
        let fault = |what: &str| CliError::new(Exit::Usage, format!("{what} {}", path.display()));
        let text = std::fs::read_to_string(&path).map_err(|error| {
            fault("cannot read the configuration")
                .caused_by(&error)
                .remedy("name another file with --config, or none")
        })?;
        let table = text.parse::<toml::Table>().map_err(|error| {
            fault("cannot understand the configuration")
                .because(where_and_why(&text, &error))
                .remedy("write it as TOML; an example stands in docs/configuration.md")
        })?;
        Self::from_table(table, &path)
    }

    fn from_table(table: toml::Table, path: &Path) -> CliResult<Self> {
        let mut checker = Checker::of_file(path);
        let mut raw = Self::default();
        for (name, value) in table {
            match (name.as_str(), value) {
                ("platform", toml::Value::Table(table)) => {
                    raw.platform = RawPlatform::from_table(&name, table, &mut checker);
                }
                ("caller", toml::Value::Table(table)) => {
                    raw.caller = RawCaller::from_table(&name, table, &mut checker);
                }
                ("agent", toml::Value::Table(table)) => {
                    raw.agent = RawAgent::from_table(&name, table, &mut checker);
                }
                ("app", toml::Value::Array(tables)) => {
                    for (number, table) in (1..).zip(tables) {
                        let place = format!("app {number}");
                        match table {
                            toml::Value::Table(table) => {
                                raw.apps
                                    .push(RawApp::from_table(&place, table, &mut checker));
                            }
                            _ => checker.fault(format!("{place}: must be a table, as [[app]]")),
                        }
                    }
                }
                ("app", _) => checker.fault("app: write [[app]], once for each app"),
                ("sink", toml::Value::Array(list)) => {
                    raw.sinks = RawSink::from_array(list, &mut checker);
                }
                ("clinic", toml::Value::Table(table)) => {
                    raw.clinic = RawClinic::from_table(&name, table, &mut checker);
                }
                _ => checker.unknown(&name),
            }
        }
        checker.finish()?;
        Ok(raw)
    }

    fn over(self, under: Self) -> Self {
        Self {
            platform: self.platform.over(under.platform),
            caller: self.caller.over(under.caller),
            agent: self.agent.over(under.agent),
            apps: if self.apps.is_empty() {
                under.apps
            } else {
                self.apps
            },
            sinks: [self.sinks, under.sinks].concat(),
            clinic: self.clinic.over(under.clinic),
            secret: self.secret.or(under.secret),
        }
    }
}

/// Where and why a file is no TOML. The line itself is left out: a secret may stand there.
fn where_and_why(text: &str, error: &toml::de::Error) -> String {
    let before = error.span().and_then(|span| text.get(..span.start));
    let line = before.unwrap_or_default().matches('\n').count() + 1;
    format!("line {line}: {}", error.message())
}
