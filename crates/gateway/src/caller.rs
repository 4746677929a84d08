//! Who calls, as far as the network tells.
//!
//! Behind a proxy the peer of a connection is the proxy, and the caller's address stands in
//! `X-Forwarded-For`, to which each proxy appends the address it was called from. Whoever calls may
//! send such a header too, so its entries are believed from the right, and only as long as each was
//! written by a proxy that the operator has named.

use std::net::IpAddr;
use std::sync::Arc;

use http::HeaderMap;
use povline_store::book::AddressRange;

/// The header in which proxies tell for whom they call.
const FORWARDED_FOR: &str = "x-forwarded-for";

/// More proxies than these between a caller and the platform are not believed.
const PROXIES_MAX: usize = 16;

/// Who makes a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Caller {
    /// Where the call comes from: the connection's peer, or whom a trusted proxy named. An IPv4
    /// address in IPv6 clothes is told as IPv4.
    pub(crate) address: IpAddr,
}

impl Caller {
    /// The caller of a request that came from `peer` with these headers.
    pub(crate) fn of(peer: IpAddr, headers: &HeaderMap, proxies: &TrustedProxies) -> Self {
        let address = if proxies.is_empty() {
            peer.to_canonical()
        } else {
            let lines = headers.get_all(FORWARDED_FOR).into_iter();
            let lines: Vec<&str> = lines.map(|line| line.to_str().unwrap_or("?")).collect();
            proxies.caller(peer, &lines)
        };
        Self { address }
    }
}

/// The proxies whose word about their callers is believed. None by default.
#[derive(Debug, Clone, Default)]
pub struct TrustedProxies(Arc<[AddressRange]>);

impl FromIterator<AddressRange> for TrustedProxies {
    fn from_iter<I: IntoIterator<Item = AddressRange>>(ranges: I) -> Self {
        Self(ranges.into_iter().collect())
    }
}

impl TrustedProxies {
    /// Whether no proxy is trusted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whose call came from `peer` with these `X-Forwarded-For` lines, in their order: the
    /// rightmost address that is no trusted proxy. An entry that is no address ends the search at
    /// the proxy that wrote it.
    #[must_use]
    pub fn caller(&self, peer: IpAddr, forwarded_for: &[&str]) -> IpAddr {
        let entries = forwarded_for
            .iter()
            .rev()
            .flat_map(|line| line.rsplit(','))
            .map(str::trim)
            .take(PROXIES_MAX);
        let mut caller = peer.to_canonical();
        for entry in entries {
            if !self.trusts(caller) {
                break;
            }
            match entry_address(entry) {
                Some(address) => caller = address,
                None => break,
            }
        }
        caller
    }

    /// Whether what this peer tells of its callers is believed.
    #[must_use]
    pub fn trusts(&self, address: IpAddr) -> bool {
        self.0.iter().any(|range| range.contains(address))
    }
}

/// The address of one entry, which some proxies write with a port.
fn entry_address(entry: &str) -> Option<IpAddr> {
    let bare = entry
        .strip_prefix('[')
        .and_then(|rest| rest.split_once(']'))
        .map(|(address, _port)| address);
    let address = match bare {
        Some(address) => address.parse().ok(),
        None => entry.parse().ok().or_else(|| {
            let (address, _port) = entry.rsplit_once(':')?;
            Some(IpAddr::V4(address.parse().ok()?))
        }),
    };
    address.map(|address: IpAddr| address.to_canonical())
}
