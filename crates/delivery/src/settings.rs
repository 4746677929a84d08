//! What a sink is made of, checked.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use povline_client::TrustStore;
use povline_store::ledger::{SinkName, SinkStart};

use crate::envelope::Disclosure;
use crate::lanes::LaneLimits;
use crate::retry::RetrySchedule;
use crate::signature::WebhookSecret;
use crate::sse::Token;
use crate::target::Target;

/// One sink.
#[derive(Debug, Clone)]
pub struct SinkSettings {
    /// By which it is known, in the ledger too.
    pub name: SinkName,
    /// What it may show.
    pub disclosure: Disclosure,
    /// Where it begins when it is new.
    pub start: SinkStart,
    /// What it is.
    pub kind: SinkKind,
}

/// The kinds of sinks.
#[derive(Debug, Clone)]
pub enum SinkKind {
    /// A signed POST for each event.
    Webhook(Box<WebhookSettings>),
    /// A line of JSON for each event.
    Ndjson(NdjsonTarget),
    /// The table `events_v1` of the ledger's own database. It has no names, whatever the
    /// disclosure.
    Table,
    /// Server-sent events for whoever asks.
    Sse(SseSettings),
    /// A stream of NATS JetStream.
    #[cfg(feature = "nats")]
    Nats(crate::stream::nats::NatsSettings),
}

impl SinkKind {
    /// The word for it in settings and in the ledger.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Webhook(_) => "webhook",
            Self::Ndjson(_) => "ndjson",
            Self::Table => "table",
            Self::Sse(_) => "sse",
            #[cfg(feature = "nats")]
            Self::Nats(_) => "nats",
        }
    }
}

/// A webhook.
#[derive(Debug, Clone)]
pub struct WebhookSettings {
    /// Where to.
    pub target: Target,
    /// The secrets that sign, the new one first; two while one replaces the other.
    pub secrets: Vec<WebhookSecret>,
    /// From the beginning of a connection to the end of the answer.
    pub timeout: Duration,
    /// How patiently a letter is tried again.
    pub schedule: RetrySchedule,
    /// What waits and what is on its way at most.
    pub limits: LaneLimits,
    /// Who may vouch for an https receiver.
    pub trust: TrustStore,
}

/// Where lines go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NdjsonTarget {
    /// To the end of this file.
    File(PathBuf),
    /// To standard output.
    Stdout,
}

/// A server of events.
#[derive(Debug, Clone)]
pub struct SseSettings {
    /// Where it listens.
    pub listen: SocketAddr,
    /// What whoever listens must show.
    pub token: Token,
    /// How many may listen at the same time.
    pub clients_max: usize,
    /// How long each is waited for.
    pub pace: SsePace,
}

/// How long listeners are waited for, and how long they wait.
#[derive(Debug, Clone, Copy)]
pub struct SsePace {
    /// How often a silent stream says that it is alive.
    pub heartbeat: Duration,
    /// How long a listener may leave what is ready for it.
    pub slow_max: Duration,
}

impl Default for SsePace {
    fn default() -> Self {
        Self {
            heartbeat: Duration::from_secs(15),
            slow_max: Duration::from_secs(30),
        }
    }
}
