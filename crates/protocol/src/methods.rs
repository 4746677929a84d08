//! The API's methods, one file each.

pub mod appointment_query;
mod arguments;
mod python_literal;
