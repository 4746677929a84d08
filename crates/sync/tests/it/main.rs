//! Tests of the agent through its public doors, in one binary.
#![expect(unreachable_pub, reason = "a test binary has no public face")]
#![expect(clippy::unwrap_used, reason = "what breaks a promise ends the test")]

mod alarms;
mod brake;
mod drive;
mod habits;
mod kill;
mod ledger;
mod model;
mod plan;
mod povs;
mod quarantine;
mod scan;
mod settle;
mod skew;
