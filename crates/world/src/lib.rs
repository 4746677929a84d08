//! A synthetic world of clinics that knows the truth.
//!
//! Given a seed it is pure: the same seed makes the same clinics, appointments and changes, byte
//! for byte. It reaches a platform only as writes to its book, and keeps its own copy of what must
//! then stand there. Nobody in it is real, and every name says so.

mod apply;
mod clinic_day;
mod life;
mod names;
pub mod plan_bench;
mod scenario;
mod world;

pub use apply::{WorldError, apply, establish};
pub use scenario::{Clinic, ClinicSize, Scenario};
pub use world::World;
