//! The commands through the real binary.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

mod agent;
mod agent_lock;
mod app;
mod audit;
mod binary;
mod by_hand;
mod calling;
mod clinic;
mod conditions;
mod config;
mod delivery;
mod demo;
mod foreign;
mod help;
mod https;
mod import;
mod kill;
mod planning;
mod portal;
mod recording;
mod refusals;
mod remedies;
mod sandbox;
mod schedule;
mod serving;
mod truth;
mod user;
mod world;
