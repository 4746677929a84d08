//! The API's methods, one file each.
//!
//! [`ALL`] is the one list of them: what is not in it is not answered, not documented and not
//! counted by name.

use crate::api::ApiSpec;

pub mod appointment_query;
mod arguments;
mod python_literal;
pub mod sandbox_reset;

/// Every method, in the order in which the documentation shows them.
pub const ALL: &[&ApiSpec] = &[&appointment_query::SPEC, &sandbox_reset::SPEC];

/// The method with this name.
#[must_use]
pub fn find(name: &str) -> Option<&'static ApiSpec> {
    ALL.iter().copied().find(|spec| spec.method == name)
}
