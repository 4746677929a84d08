//! A synthetic world of clinics that knows the truth.
//!
//! Given a seed it is pure: the same seed makes the same clinics, appointments and changes, byte
//! for byte. Nobody in it is real, and every name says so.
//!
//! * [`scenarios`]: what a world is made from, one documented file each.
//! * [`truth`]: every appointment that there is or was, as a function of time.
//! * [`clock`]: real, scaled, stepped or frozen.
//! * [`faults`]: what goes wrong on purpose, by rule.
//! * [`server`]: who answers, the real gateway or another server, and what is written down.
//! * [`recording`]: what a real server did, made into a scenario.
//! * [`grade`]: what a client believes, held against the truth.
//!
//! [`World`] and [`Scenario`] are the plain world that lives in a platform's own book, for the
//! demo.

mod apply;
mod clinic_day;
pub mod clock;
pub mod faults;
pub mod grade;
mod life;
mod names;
pub mod plan_bench;
pub mod recording;
mod scenario;
pub mod scenarios;
pub mod server;
pub mod truth;
mod world;

pub use apply::{WorldError, apply, establish};
pub use scenario::{Clinic, ClinicSize, Scenario};
pub use world::World;
