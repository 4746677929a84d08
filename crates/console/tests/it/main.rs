//! The site through its router, in front of a real gateway and book.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod apps;
mod calls;
mod docs;
mod doors;
mod languages;
mod operator;
mod sign_in;
mod sign_up;
mod site;
mod switch;
mod tool;
