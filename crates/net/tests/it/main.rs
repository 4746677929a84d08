//! The HTTP/1 edge as a peer sees it, over real loopback connections.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

mod body;
mod limits;
mod peer;
mod stop;
mod tls;
