//! What an operator may set.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use povline_net::{BodyLimits, Limits, ServerTls};
use povline_protocol::api::ApiSpec;
use povline_store::journal::Journal;
use thiserror::Error;

use crate::{LimitDefaults, SandboxSeed, TrustedProxies};

/// The platform's settings. Every one has a default; change those that you must with
/// `GatewayConfig { request_id_seed, ..GatewayConfig::default() }`.
#[derive(Debug, Clone)]
pub struct GatewayConfig {
    /// The memory for day sheets, pinned ones included. Sheets that are being built, or written to
    /// a connection after they left the cache, come on top.
    pub sheets_bytes_max: usize,
    /// The part of it that pinned sheets may take: lists that are being paged through.
    pub pins_bytes_max: usize,
    /// The part of that which one app may take.
    pub pins_app_bytes_max: usize,
    /// How long after its page 1 a list stays pinned.
    pub pin_time: Duration,
    /// How often the book is asked for what other processes wrote. What this process writes is
    /// noticed at once.
    pub follow_every: Duration,
    /// How old the last good look at the book's changes may be. Beyond it no sheet is trusted and
    /// calls get the business failure "busy", because a wrong list is worse than none.
    pub staleness_max: Duration,
    /// How long the rows of one day may take to read, and how long a call that reads much may wait
    /// and read in all.
    pub read_time_max: Duration,
    /// Calls that may be worked on at once, a batch being one. Beyond it callers are refused at
    /// once: 15, `isp.top-remote-service-unavailable`.
    pub calls_max: usize,
    /// Of these, those of one app; more than `calls_max` bounds nothing.
    pub calls_per_app_max: usize,
    /// Calls that may wait for lists which are not in memory. Beyond it they are refused in the
    /// same way, while lists in memory go on being answered.
    pub build_waiters_max: usize,
    /// Of these, those of one app.
    pub build_waiters_per_app_max: usize,
    /// Calls that may write, or wait to. Beyond it they are refused in the same way, while whoever
    /// reads goes on being answered.
    pub writes_max: usize,
    /// Of these, those of one app.
    pub writes_per_app_max: usize,
    /// How long a write may wait until the book begins with it. One whose turn does not come is
    /// refused in the same way and is never done; one that has begun is answered as it ends.
    pub write_wait_max: Duration,
    /// Calls of one batch.
    pub batch_calls_max: usize,
    /// Bytes of the answers to one batch; calls that would go beyond are refused.
    pub batch_answer_bytes_max: usize,
    /// The largest request body and how long it may take to come.
    pub body: BodyLimits,
    /// Bodies of more than 16 KiB in memory at a time; others wait for their turn.
    pub large_bodies_max: usize,
    /// Of these, those from one caller's address (IPv4) or network of 64 bits (IPv6).
    pub large_bodies_per_address_max: usize,
    /// How often apps may call of which the book says nothing else.
    pub calls: LimitDefaults,
    /// Methods that need a session here, whatever their definitions say: which of the category's do
    /// is each platform's own affair.
    pub session_methods: BTreeSet<&'static str>,
    /// What appointments begin with, if the book is a sandbox's. Without it there is no reset.
    pub sandbox_seed: Option<SandboxSeed>,
    /// The certificate of the public address, which then speaks TLS alone.
    pub tls: Option<ServerTls>,
    /// The limits of the public address. A connection beyond them is answered as an overloaded
    /// call. Trusted proxies may have more connections than other addresses.
    pub public: Limits,
    /// The limits of the admin address.
    pub admin: Limits,
    /// The proxies that are believed when they tell for whom they call.
    pub trusted_proxies: TrustedProxies,
    /// Where calls are logged; nowhere if there is none.
    pub journal: Option<Arc<dyn Journal>>,
    /// Whether a caller is told why its signature is wrong: in a sandbox, where no data is real.
    pub explain_signatures: bool,
    /// Makes the request ids of this process differ from those of others; anything will do.
    pub request_id_seed: u64,
}

impl Default for GatewayConfig {
    fn default() -> Self {
        Self {
            sheets_bytes_max: 256 << 20,
            pins_bytes_max: 64 << 20,
            pins_app_bytes_max: 16 << 20,
            pin_time: Duration::from_secs(30),
            follow_every: Duration::from_millis(100),
            staleness_max: Duration::from_secs(5),
            read_time_max: Duration::from_secs(10),
            calls_max: 1024,
            calls_per_app_max: 256,
            build_waiters_max: 256,
            build_waiters_per_app_max: 64,
            writes_max: 256,
            writes_per_app_max: 64,
            write_wait_max: Duration::from_secs(2),
            batch_calls_max: 100,
            batch_answer_bytes_max: 16 << 20,
            body: BodyLimits {
                bytes_max: 1 << 20,
                time_max: Duration::from_secs(10),
                large_bytes_per_second: 32 << 10,
            },
            large_bodies_max: 32,
            large_bodies_per_address_max: 8,
            tls: None,
            calls: LimitDefaults::default(),
            session_methods: BTreeSet::new(),
            sandbox_seed: None,
            public: Limits::default(),
            admin: Limits {
                connections_max: 64,
                refusals_max: 0,
                ..Limits::default()
            },
            trusted_proxies: TrustedProxies::default(),
            journal: None,
            explain_signatures: false,
            request_id_seed: 0,
        }
    }
}

impl GatewayConfig {
    /// Whether a call of a method must carry a session of its app.
    pub(crate) fn needs_session(&self, spec: &ApiSpec) -> bool {
        spec.needs_session || self.session_methods.contains(spec.method)
    }
}

/// A setting that cannot be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ConfigError {
    /// Pins get more memory than there is for all sheets.
    #[error("pins_bytes_max is larger than sheets_bytes_max: lower it or raise the other")]
    PinsBeyondSheets,
    /// One app may pin more than all apps together.
    #[error("pins_app_bytes_max is larger than pins_bytes_max: lower it or raise the other")]
    AppPinsBeyondPins,
    /// The book would be asked without a pause.
    #[error("follow_every must not be zero")]
    FollowWithoutPause,
    /// Every ordinary pause between two looks at the book would count as an outage.
    #[error("staleness_max must be at least twice follow_every")]
    StalenessWithinPause,
    /// Nobody could connect, or send more than a small body.
    #[error(
        "connections_max and large_bodies_max, and what of them one address may have, must not be \
         zero"
    )]
    NoConnections,
    /// Calls would be refused although there is nothing to do, or cold lists or writes would keep
    /// others out.
    #[error(
        "calls_max, build_waiters_max and writes_max, what of them one app may have, and \
         batch_calls_max must not be zero, and neither build_waiters_max nor writes_max must be \
         more than calls_max"
    )]
    NoPlaces,
    /// No call would ever be let through.
    #[error("a limit of calls must not be zero: leave it out to have none")]
    NoCalls,
    /// No write would ever begin.
    #[error("write_wait_max must not be zero")]
    NoTurn,
    /// hyper takes no smaller buffer.
    #[error("buffer_bytes_max must be at least 8192")]
    BufferTooSmall,
}

impl GatewayConfig {
    /// Checks that the settings fit together.
    ///
    /// # Errors
    /// The first [`ConfigError`] found.
    pub fn check(&self) -> Result<(), ConfigError> {
        let checks = [
            (
                self.pins_bytes_max > self.sheets_bytes_max,
                ConfigError::PinsBeyondSheets,
            ),
            (
                self.pins_app_bytes_max > self.pins_bytes_max,
                ConfigError::AppPinsBeyondPins,
            ),
            (self.follow_every.is_zero(), ConfigError::FollowWithoutPause),
            (
                self.staleness_max < self.follow_every * 2,
                ConfigError::StalenessWithinPause,
            ),
            (
                [
                    self.public.connections_max,
                    self.public.connections_per_address_max,
                    self.admin.connections_max,
                    self.admin.connections_per_address_max,
                    self.large_bodies_max,
                    self.large_bodies_per_address_max,
                ]
                .contains(&0),
                ConfigError::NoConnections,
            ),
            (self.calls.has_zero(), ConfigError::NoCalls),
            (
                [
                    self.calls_per_app_max,
                    self.build_waiters_max,
                    self.build_waiters_per_app_max,
                    self.writes_max,
                    self.writes_per_app_max,
                    self.batch_calls_max,
                ]
                .contains(&0)
                    || self.build_waiters_max.max(self.writes_max) > self.calls_max,
                ConfigError::NoPlaces,
            ),
            (self.write_wait_max.is_zero(), ConfigError::NoTurn),
            (
                self.public.buffer_bytes_max < 8192 || self.admin.buffer_bytes_max < 8192,
                ConfigError::BufferTooSmall,
            ),
        ];
        match checks.into_iter().find(|(broken, _)| *broken) {
            Some((_, error)) => Err(error),
            None => Ok(()),
        }
    }
}
