//! Clients that play in a world, on its own time: the agent's decisions as they are, and the same
//! agent broken in one place at a time.

mod agent;
mod ledger;
mod mutants;
mod reading;
mod wire;
