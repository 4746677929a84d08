//! The API's methods, one file each.
//!
//! [`ALL`] is the one list of them: what is not in it is not answered, not documented and not
//! counted by name.

use crate::api::ApiSpec;

pub mod appointment_book;
pub mod appointment_cancel;
pub mod appointment_changes;
pub mod appointment_digest;
pub mod appointment_query;
pub mod appointment_reschedule;
mod arguments;
mod check;
pub mod order_update;
mod parts;
pub mod pov_update;
mod python_literal;
pub mod sandbox_reset;
pub mod schedule_close;
pub mod schedule_open;
pub mod schedule_query;
pub mod subscribe_info_return;

pub use check::check;

/// Every method, in the order in which the documentation shows them.
pub const ALL: &[&ApiSpec] = &[
    &appointment_query::SPEC,
    &subscribe_info_return::SPEC,
    &order_update::SPEC,
    &pov_update::SPEC,
    &schedule_open::SPEC,
    &schedule_close::SPEC,
    &schedule_query::SPEC,
    &appointment_book::SPEC,
    &appointment_reschedule::SPEC,
    &appointment_cancel::SPEC,
    &appointment_changes::SPEC,
    &appointment_digest::SPEC,
    &sandbox_reset::SPEC,
];

/// The method with this name.
#[must_use]
pub fn find(name: &str) -> Option<&'static ApiSpec> {
    ALL.iter().copied().find(|spec| spec.method == name)
}
