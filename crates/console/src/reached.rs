//! How a request has reached the site, as far as the network and proxies that are believed tell.

use std::convert::Infallible;
use std::net::IpAddr;

use axum::extract::FromRequestParts;
use http::request::Parts;
use povline_gateway::PlatformBook;
use povline_net::Peer;
use povline_store::book::Users;

use crate::state::{Console, Shared};

/// Where a request comes from, and over what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Reached {
    /// The caller. Within one process it comes from here.
    pub(crate) address: IpAddr,
    /// Whether the browser speaks TLS, to this site or to the proxy before it.
    pub(crate) is_secure: bool,
}

impl Reached {
    pub(crate) fn of<B: PlatformBook>(parts: &Parts, shared: &Shared<B>) -> Self {
        let is_secure = shared.settings.is_secure;
        let Some(peer) = parts.extensions.get::<Peer>() else {
            return Self {
                address: IpAddr::from([127, 0, 0, 1]),
                is_secure,
            };
        };
        let lines = |name: &'static str| {
            let lines = parts.headers.get_all(name).into_iter();
            lines.map(|line| line.to_str().unwrap_or("?"))
        };
        let proxies = shared.gateway.trusted_proxies();
        let peer = peer.address.ip().to_canonical();
        let forwarded: Vec<&str> = lines("x-forwarded-for").collect();
        // The last word is that of the proxy which has called us.
        let scheme = lines("x-forwarded-proto").next_back();
        let scheme = scheme.and_then(|line| line.rsplit(',').next());
        let is_forwarded = scheme.is_some_and(|scheme| scheme.trim().eq_ignore_ascii_case("https"));
        Self {
            address: proxies.caller(peer, &forwarded),
            is_secure: is_secure || is_forwarded && proxies.trusts(peer),
        }
    }
}

impl<B: PlatformBook + Users> FromRequestParts<Console<B>> for Reached {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &Console<B>) -> Result<Self, Infallible> {
        Ok(Self::of(parts, state))
    }
}
