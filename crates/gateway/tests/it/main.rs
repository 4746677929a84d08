//! The platform as callers see it: raw HTTP over loopback, signed by a signer of the tests' own.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

mod admin;
mod answers;
mod call;
mod door;
mod follow;
mod grants;
mod limits;
mod memory_book;
mod memory_book_writes;
mod paging;
mod pins;
mod platform;
mod sdks;
mod sqlite;
mod wire;
mod write_race;
mod write_side;
mod write_strangers;
mod write_visits;
