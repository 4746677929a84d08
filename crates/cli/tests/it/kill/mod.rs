//! `kill -9` at random instants: nothing acknowledged is lost, and running again converges.

mod agent;
mod bookings;
pub(crate) mod chance;
mod delivery;
mod midway;
mod platform;

/// How often each side is killed.
const KILLS: usize = 50;
