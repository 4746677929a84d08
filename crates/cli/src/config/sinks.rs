//! Sinks: the tables `[[sink]]` of the file, checked.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use povline_client::TrustStore;
use povline_delivery::lanes::LaneLimits;
use povline_delivery::retry::RetrySchedule;
use povline_delivery::signature::WebhookSecret;
use povline_delivery::sse::Token;
use povline_delivery::target::Target;
use povline_delivery::{
    Disclosure, NdjsonTarget, SinkKind, SinkSettings, SsePace, SseSettings, WebhookSettings,
};
use povline_store::ledger::{SinkName, SinkStart};

use super::Checker;
use super::setting::{Setting, Source};

/// What every kind has.
const COMMON: &[&str] = &["kind", "name", "names", "pick_codes", "start"];

const WEBHOOK: &[&str] = &[
    "url",
    "secret_file",
    "previous_secret_file",
    "timeout_seconds",
    "attempts",
    "first_retry_seconds",
    "in_flight",
    "only_public",
    "ca_file",
];
const NDJSON: &[&str] = &["path"];
const SSE: &[&str] = &["listen", "token_file", "clients"];
const NATS: &[&str] = &["url", "subject", "token_file", "ca_file", "timeout_seconds"];

/// A sink as it was written.
#[derive(Debug, Clone)]
pub(crate) struct RawSink {
    /// `sink[1]`: the first in the file.
    place: String,
    settings: BTreeMap<String, Setting>,
}

impl RawSink {
    /// The sinks of a file, in its order.
    pub(super) fn from_array(list: Vec<toml::Value>, checker: &mut Checker) -> Vec<Self> {
        let mut sinks = Vec::new();
        for (number, value) in (1..).zip(list) {
            let place = format!("sink[{number}]");
            let toml::Value::Table(table) = value else {
                checker.fault(format!("{place}: must be a table: write [[sink]]"));
                continue;
            };
            let mut settings = BTreeMap::new();
            for (name, value) in table {
                let setting = match value {
                    toml::Value::Boolean(value) => Some(Setting {
                        text: value.to_string(),
                        source: Source::File,
                    }),
                    value => checker.written(&place, &name, value),
                };
                settings.extend(setting.map(|setting| (name, setting)));
            }
            sinks.push(Self { place, settings });
        }
        sinks
    }
}

/// The sinks, if none is at fault.
pub(super) fn check(raw: &[RawSink], checker: &mut Checker) -> Vec<SinkSettings> {
    let mut names = BTreeSet::new();
    let mut sinks = Vec::new();
    for sink in raw {
        let mut one = One { sink, checker };
        let Some(settings) = one.settings() else {
            continue;
        };
        if !names.insert(settings.name.clone()) {
            checker.fault(format!(
                "{}.name: another sink is called {} too",
                sink.place, settings.name
            ));
        }
        sinks.push(settings);
    }
    sinks
}

/// One sink while it is checked.
struct One<'a> {
    sink: &'a RawSink,
    checker: &'a mut Checker,
}

impl One<'_> {
    fn settings(&mut self) -> Option<SinkSettings> {
        let name = self.required("name", SinkName::new);
        let kind = self.required("kind", |text| match text {
            "webhook" | "ndjson" | "table" | "sse" | "nats" => Ok(text.to_owned()),
            _ => Err("must be webhook, ndjson, table, sse or nats"),
        });
        let disclosure = Disclosure {
            names: self.is_set("names"),
            pick_codes: self.is_set("pick_codes"),
        };
        let start = self.optional("start", |text| match text {
            "oldest" => Ok(SinkStart::Oldest),
            "now" => Ok(SinkStart::Now),
            _ => Err("must be oldest or now"),
        });
        let kind = kind?;
        let has = match kind.as_str() {
            "webhook" => WEBHOOK,
            "ndjson" => NDJSON,
            "sse" => SSE,
            "nats" => NATS,
            _ => &[],
        };
        for setting in self.sink.settings.keys() {
            let place = &self.sink.place;
            if setting == "secret" || setting == "token" {
                self.checker.fault(format!(
                    "{place}.{setting}: it must not stand here; put it into a file of its own and \
                     name that as {setting}_file"
                ));
            } else if !COMMON.contains(&setting.as_str()) && !has.contains(&setting.as_str()) {
                self.checker.fault(format!(
                    "{place}.{setting}: a sink {kind} has no such setting"
                ));
            }
        }
        let kind = match kind.as_str() {
            "webhook" => self.webhook(),
            "ndjson" => self.required("path", ndjson).map(SinkKind::Ndjson),
            "sse" => self.sse(),
            "nats" => self.nats(),
            _ => {
                if disclosure != Disclosure::default() {
                    self.checker.fault(format!(
                        "{}: the table has no names and no pick codes; leave out names and \
                         pick_codes",
                        self.sink.place
                    ));
                }
                Some(SinkKind::Table)
            }
        };
        Some(SinkSettings {
            name: name?,
            disclosure,
            start: start.unwrap_or(SinkStart::Oldest),
            kind: kind?,
        })
    }

    fn webhook(&mut self) -> Option<SinkKind> {
        let only_public = self.is_set("only_public");
        let target = self.required("url", |text| Target::parse(text, only_public));
        let newest = self.required("secret_file", secret);
        let previous = self.optional("previous_secret_file", secret);
        let trust = self.optional("ca_file", |path| {
            let pem = std::fs::read(path).map_err(|error| format!("cannot read it: {error}"))?;
            TrustStore::from_pem(&pem).map_err(|error| error.to_string())
        });
        let timeout = self.number("timeout_seconds", 1..=120, 15);
        let attempts = self.number("attempts", 1..=100, 12);
        let first_retry = self.number("first_retry_seconds", 1..=3_600, 5);
        let in_flight = self.number("in_flight", 1..=64, 8);
        let secrets = newest.into_iter().chain(previous).collect::<Vec<_>>();
        Some(SinkKind::Webhook(Box::new(WebhookSettings {
            target: target?,
            secrets: match secrets.is_empty() {
                true => return None,
                false => secrets,
            },
            timeout: Duration::from_secs(timeout),
            schedule: RetrySchedule {
                first: Duration::from_secs(first_retry),
                attempts_max: u32::try_from(attempts).unwrap_or(u32::MAX),
                ..RetrySchedule::default()
            },
            limits: LaneLimits {
                in_flight_max: usize::try_from(in_flight).unwrap_or(1),
                ..LaneLimits::default()
            },
            trust: trust.unwrap_or_else(TrustStore::of_the_system),
        })))
    }

    fn sse(&mut self) -> Option<SinkKind> {
        let listen = self.required("listen", |text| {
            text.parse::<SocketAddr>()
                .map_err(|_| "must be an address and a port such as 127.0.0.1:7011")
        });
        let token = self.required("token_file", token);
        let clients = self.number("clients", 1..=10_000, 64);
        Some(SinkKind::Sse(SseSettings {
            listen: listen?,
            token: token?,
            clients_max: usize::try_from(clients).unwrap_or(1),
            pace: SsePace::default(),
        }))
    }

    #[cfg(feature = "nats")]
    fn nats(&mut self) -> Option<SinkKind> {
        let url = self.required("url", |text| match text.split_once("://") {
            Some((_, rest)) if rest.contains('@') => {
                Err("must hold no user and password: name a token_file")
            }
            Some(("nats" | "tls", rest)) if !rest.is_empty() => Ok(text.to_owned()),
            _ => Err("must be a URL such as nats://127.0.0.1:4222"),
        });
        let prefix = self.optional("subject", |text| {
            let is_word = |part: &str| {
                !part.is_empty() && !part.contains(|c: char| c.is_whitespace() || "*>".contains(c))
            };
            match text.split('.').all(is_word) {
                true => Ok(text.to_owned()),
                false => Err("must be words with dots between them"),
            }
        });
        let token = self.optional("token_file", token);
        let authorities = self.optional("ca_file", authorities);
        let timeout = self.number("timeout_seconds", 1..=120, 15);
        Some(SinkKind::Nats(povline_delivery::NatsSettings {
            url: url?,
            prefix: prefix.unwrap_or_else(|| "povline.events".to_owned()),
            token,
            authorities,
            timeout: Duration::from_secs(timeout),
        }))
    }

    #[cfg(not(feature = "nats"))]
    fn nats(&mut self) -> Option<SinkKind> {
        self.checker.fault(format!(
            "{}.kind: this program was built without NATS; build it with `--features nats`",
            self.sink.place
        ));
        None
    }

    fn required<T, E: std::fmt::Display>(
        &mut self,
        name: &str,
        read: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        if !self.sink.settings.contains_key(name) {
            let place = &self.sink.place;
            self.checker.fault(format!(
                "{place}.{name} is missing from the configuration file"
            ));
        }
        self.optional(name, read)
    }

    fn optional<T, E: std::fmt::Display>(
        &mut self,
        name: &str,
        read: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        let whole = format!("{}.{name}", self.sink.place);
        self.checker
            .optional(&whole, self.sink.settings.get(name), read)
    }

    fn number(&mut self, name: &str, bounds: std::ops::RangeInclusive<i64>, default: i64) -> u64 {
        let whole = format!("{}.{name}", self.sink.place);
        let setting = self.sink.settings.get(name);
        self.checker
            .number(&whole, setting, bounds, default)
            .unsigned_abs()
    }

    fn is_set(&mut self, name: &str) -> bool {
        self.optional(name, |text| match text {
            "true" => Ok(true),
            "false" => Ok(false),
            _ => Err("must be true or false"),
        })
        .unwrap_or_default()
    }
}

fn ndjson(text: &str) -> Result<NdjsonTarget, &'static str> {
    match text {
        "" => Err("must name a file, or be - for standard output"),
        "-" => Ok(NdjsonTarget::Stdout),
        path => Ok(NdjsonTarget::File(PathBuf::from(path))),
    }
}

/// A webhook's secret, from its file.
pub(crate) fn secret(path: &str) -> Result<WebhookSecret, String> {
    let text = read(path)?;
    WebhookSecret::parse(&text).map_err(str::to_owned)
}

/// Certificates, which are read again at each connection.
#[cfg(feature = "nats")]
fn authorities(path: &str) -> Result<PathBuf, String> {
    TrustStore::from_pem(read(path)?.as_bytes()).map_err(|error| error.to_string())?;
    Ok(PathBuf::from(path))
}

/// A token, from its file.
fn token(path: &str) -> Result<Token, String> {
    let text = read(path)?;
    Token::parse(&text).map_err(str::to_owned)
}

fn read(path: &str) -> Result<String, String> {
    std::fs::read_to_string(Path::new(path)).map_err(|error| format!("cannot read it: {error}"))
}
