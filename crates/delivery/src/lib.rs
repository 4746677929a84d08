//! Events leave the agent, each with its proof, once.
//!
//! The decisions are plain state machines without I/O: which event is handed over next, when a
//! failed one is tried again, when it is given up, and what it holds back meanwhile
//! ([`lanes`], [`retry`]); what an event looks like to others ([`envelope`]); what a captured stream
//! lacks ([`verify`]). Around them stand one thin driver for sinks that take an event each
//! ([`webhook`]), one for those that take a stream ([`stream`]), and a server for those who listen
//! ([`sse`]).
//!
//! Everything is handed over at least once. Whoever remembers the ids of events has each once, and
//! whoever looks at their sequence sees whether one is missing.

pub mod envelope;
pub mod lanes;
pub mod retry;
pub mod run;
pub mod signature;
pub mod sse;
pub mod stream;
pub mod target;
pub mod verify;
pub mod webhook;

mod chance;
mod settings;

pub use chance::Chance;
pub use envelope::{Disclosure, Letter, Source};
pub use run::{Courier, Until};
pub use settings::{NdjsonTarget, SinkKind, SinkSettings, SsePace, SseSettings, WebhookSettings};
#[cfg(feature = "nats")]
pub use stream::nats::NatsSettings;
