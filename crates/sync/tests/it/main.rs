//! Tests of the agent through its public doors, in one binary.
#![expect(unreachable_pub, reason = "a test binary has no public face")]
#![expect(clippy::unwrap_used, reason = "what breaks a promise ends the test")]

mod drive;
mod kill;
mod ledger;
mod model;
mod plan;
mod scan;
mod settle;
