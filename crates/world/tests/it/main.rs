//! What a world promises.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

mod clock;
mod faults;
mod plain_world;
mod plan_bench;
mod players;
mod recording;
mod scenarios;
mod told_events;
mod truth;
