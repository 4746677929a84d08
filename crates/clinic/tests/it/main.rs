//! The clinic's side, through its HTTP door and over a real ledger.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

mod access;
mod failing;
mod fleet;
mod fleet_map;
mod held;
mod lists;
mod live;
mod masking;
mod openapi;
mod outage;
mod peak;
mod picks;
mod real;
mod stream;
mod support;
mod tomorrow;
