//! Delivery through its public doors: real ledgers, real sockets, real files.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

mod abort;
mod envelope;
mod files;
mod gaps;
mod lanes;
mod listeners;
#[cfg(feature = "nats")]
mod nats;
mod pure;
mod receiver;
mod schema;
mod support;
mod verify;
mod webhooks;
