//! A sandbox: synthetic clinics for whoever builds a client, with keys that work nowhere else.

mod furnish;
mod seed;

pub(crate) use furnish::{furnish, open};
pub(crate) use seed::seed;
