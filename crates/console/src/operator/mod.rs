//! The console of the platform's operator.

mod audit;
mod levels;
mod people;

pub(crate) use audit::{audit, verify};
pub(crate) use levels::page;
pub(crate) use people::{povs, users};
