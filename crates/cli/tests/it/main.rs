//! The commands through the real binary.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

mod agent_lock;
mod app;
mod binary;
mod calling;
mod config;
mod demo;
mod help;
mod import;
mod kill;
mod refusals;
mod serving;
mod truth;
