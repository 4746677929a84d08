//! The protocol through its public doors.
#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests fail as tests do; the lint knows only the tests themselves"
)]

mod answers;
mod batch;
mod catalogue;
mod contract;
mod definitions;
mod digest;
mod documents;
mod errors;
mod explain;
mod fuzz;
mod methods_doc;
mod openapi;
mod public;
mod query;
mod request;
mod roundtrip;
mod samples;
mod signatures;
mod traps;
mod vectors;
