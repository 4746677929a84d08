//! Clients that play in a world, on its own time: the agent's decisions as they are, and the same
//! agent broken in one place at a time.

pub(crate) mod agent;
#[expect(
    unreachable_pub,
    reason = "the file is shared with the tests of the driver"
)]
#[path = "../../../../sync/tests/it/drive/immediate.rs"]
mod immediate;
mod ledger;
pub(crate) mod mutants;
mod outage;
mod parallel;
mod reading;
mod real;
mod sweeping;
mod today;
mod wire;
