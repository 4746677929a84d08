//! Who is at the other end of a connection.

use std::net::IpAddr;

/// The caller of a call.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Caller {
    /// Its address; an IPv4 address within IPv6 is the IPv4 address.
    pub(crate) address: IpAddr,
}
