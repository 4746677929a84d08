//! Where sinks lead to: each end has its way to fail, and somebody who reads what comes out of it.

use std::path::Path;
use std::sync::Arc;

use povline_client::TrustStore;
use povline_delivery::lanes::LaneLimits;
use povline_delivery::retry::RetrySchedule;
use povline_delivery::signature::WebhookSecret;
use povline_delivery::target::Target;
use povline_delivery::{NdjsonTarget, SinkKind, WebhookSettings};
use povline_sync::chance::Chance;

use super::file::EventFile;
use super::follower::{Comes, Follower};
#[cfg(feature = "nats")]
use super::jetstream::JetStream;
use super::listener::Listener;
use super::mood::Mood;
use super::mortal::Death;
use super::receiver::Receiver;
use crate::model::truth::one_in;

/// Which ends a life has, beside a file.
#[derive(Debug, Clone, Copy)]
pub struct Wanted {
    pub webhook: bool,
    pub listener: bool,
    #[cfg_attr(
        not(feature = "nats"),
        expect(dead_code, reason = "only tests with the feature have streams")
    )]
    pub jetstream: bool,
}

impl Wanted {
    pub const EVERY: Self = Self {
        webhook: true,
        listener: true,
        jetstream: true,
    };
}

pub struct End {
    pub outlet: Outlet,
    pub follower: Follower,
}

pub enum Outlet {
    File(EventFile),
    Webhook(Receiver),
    Listener(Listener),
    #[cfg(feature = "nats")]
    JetStream(JetStream),
}

impl End {
    pub fn all(wanted: Wanted, directory: &Path, chance: &mut Chance) -> Vec<Self> {
        let mut chance = || Chance::new(chance.next_u64());
        let mut outlets = vec![Outlet::File(EventFile::new(
            directory.join("events.ndjson"),
        ))];
        if wanted.webhook {
            outlets.push(Outlet::Webhook(Receiver::new(chance())));
        }
        if wanted.listener {
            outlets.push(Outlet::Listener(Listener::new(chance())));
        }
        #[cfg(feature = "nats")]
        if wanted.jetstream {
            outlets.push(Outlet::JetStream(JetStream::new(chance())));
        }
        let end = |outlet: Outlet| Self {
            follower: Follower::new(outlet.comes()),
            outlet,
        };
        outlets.into_iter().map(end).collect()
    }

    /// Whoever stands here reads what has come.
    pub fn read(&mut self, chance: &mut Chance) {
        let bodies = match &mut self.outlet {
            Outlet::File(file) => file.take(),
            Outlet::Webhook(receiver) => receiver.take(),
            Outlet::Listener(listener) => listener.take(),
            #[cfg(feature = "nats")]
            Outlet::JetStream(stream) => stream.take(),
        };
        for body in bodies {
            self.follower.take(&body);
        }
        if let Outlet::File(file) = &mut self.outlet
            && one_in(chance, 4)
        {
            file.rotate();
        }
    }
}

impl Outlet {
    /// The word for the kind of sink.
    pub fn word(&self) -> &'static str {
        match self {
            Self::File(_) => "ndjson",
            Self::Webhook(_) => "webhook",
            Self::Listener(_) => "sse",
            #[cfg(feature = "nats")]
            Self::JetStream(_) => "nats",
        }
    }

    fn comes(&self) -> Comes {
        match self {
            Self::Webhook(_) => Comes::InLanes,
            #[cfg(feature = "nats")]
            Self::JetStream(_) => Comes::Once,
            _ => Comes::InOrder,
        }
    }

    /// Begins to answer in this runtime. The agent may die while it speaks.
    pub fn begin(&self, mood: Mood, death: &Arc<Death>) {
        match self {
            Self::Webhook(receiver) => receiver.begin(mood, death),
            #[cfg(feature = "nats")]
            Self::JetStream(stream) => stream.begin(mood, death),
            // These are not spoken to.
            Self::File(_) | Self::Listener(_) => {}
        }
    }

    /// The sink that leads here; none if whoever stands here comes by himself.
    pub fn sink(&self, mood: Mood) -> Option<SinkKind> {
        match self {
            Self::File(file) => Some(SinkKind::Ndjson(NdjsonTarget::File(file.path.clone()))),
            Self::Webhook(receiver) => Some(SinkKind::Webhook(Box::new(WebhookSettings {
                target: Target::parse(&format!("http://{}/", receiver.address()), false).unwrap(),
                secrets: vec![WebhookSecret::from_bytes([7; 32]).0],
                timeout: mood.patience(),
                schedule: RetrySchedule::default(),
                limits: LaneLimits::default(),
                trust: TrustStore::nobody(),
            }))),
            Self::Listener(_) => None,
            #[cfg(feature = "nats")]
            Self::JetStream(stream) => Some(stream.kind(mood)),
        }
    }
}
