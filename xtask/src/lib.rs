//! Developer tasks: what testing, checking and measuring need, in one place and in plain Rust.
//!
//! This crate uses nothing of ours, so that it builds in seconds and can judge the rest from
//! outside: it reads files, asks cargo, and runs programs.

#![expect(
    clippy::print_stdout,
    reason = "a task talks to the person who started it"
)]

pub mod bench;
pub mod browser;
pub mod commands;
pub mod test;
pub mod tidy;
mod toolchains;
