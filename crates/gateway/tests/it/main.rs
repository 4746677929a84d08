//! The platform as callers see it: raw HTTP over loopback, signed by a signer of the tests' own.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

mod abuse;
mod admin;
mod allowed;
mod answers;
mod audited;
mod batch;
mod booking_pages;
mod call;
mod caller;
mod described;
mod documented;
mod documents;
mod door;
mod examples;
mod explained;
mod feed;
mod feed_calls;
mod follow;
mod golden;
mod grants;
mod gzip;
mod hang_up;
mod limits;
mod long_reads;
mod memory_book;
mod memory_book_writes;
mod order;
mod overload;
mod paging;
mod panics;
mod pins;
mod platform;
mod quotas;
mod register;
mod sandbox;
mod sdk_retry;
mod sdks;
mod sessions;
mod shares;
mod sqlite;
mod traps;
mod wire;
mod write_race;
mod write_side;
mod write_strangers;
mod write_visits;
mod write_waits;
mod wrong_signatures;
