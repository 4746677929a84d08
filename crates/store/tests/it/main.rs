//! Tests of the stores through their public doors, in one binary.
#![expect(unreachable_pub, reason = "a test binary has no public face")]
#![expect(clippy::unwrap_used, reason = "what breaks a promise ends the test")]

mod audit;
mod book;
mod journal;
mod ledger;
mod stranger;
mod upgrade;
