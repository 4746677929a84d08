//! Where a webhook may go.

use std::future::Future;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::pin::Pin;
use std::task::{Context, Poll};

use http::Uri;
use hyper_util::client::legacy::connect::dns::{GaiResolver, Name};
use tower_service::Service;

/// An address that a webhook is sent to. Its `Display` leaves the query out, where tokens stand.
#[derive(Clone, PartialEq, Eq)]
pub struct Target {
    uri: Uri,
    only_public: bool,
}

impl Target {
    /// Checks the URL. With `only_public`, an address that is written out must be one of the
    /// public internet; names are looked at when they are resolved.
    ///
    /// # Errors
    /// What the URL must be.
    pub fn parse(url: &str, only_public: bool) -> Result<Self, &'static str> {
        let wrong = "must be a URL such as https://example.com/hooks/povline";
        let uri: Uri = url.parse().map_err(|_| wrong)?;
        if !matches!(uri.scheme_str(), Some("http" | "https")) {
            return Err(wrong);
        }
        let authority = uri.authority().ok_or(wrong)?;
        if authority.as_str().contains('@') {
            return Err("must hold no user and password: receivers know us by the signature");
        }
        let host = authority
            .host()
            .trim_start_matches('[')
            .trim_end_matches(']');
        if only_public
            && host
                .parse::<IpAddr>()
                .is_ok_and(|address| !is_public(address))
        {
            return Err("is no address of the public internet, and only_public is set");
        }
        Ok(Self { uri, only_public })
    }

    /// The whole address.
    #[must_use]
    pub fn uri(&self) -> &Uri {
        &self.uri
    }

    /// Whether only addresses of the public internet are called.
    #[must_use]
    pub fn only_public(&self) -> bool {
        self.only_public
    }
}

impl std::fmt::Display for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let scheme = self.uri.scheme_str().unwrap_or_default();
        let authority = self
            .uri
            .authority()
            .map_or("", |authority| authority.as_str());
        write!(f, "{scheme}://{authority}{}", self.uri.path())
    }
}

impl std::fmt::Debug for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Target({self})")
    }
}

/// Whether an address belongs to the public internet: not to this machine, this network, or a
/// range that is set aside (RFC 6890 and its successors).
#[must_use]
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    !(a == 0
        || a == 10
        || a == 127
        || a >= 224
        || (a == 100 && (64..128).contains(&b))
        || (a == 169 && b == 254)
        || (a == 172 && (16..32).contains(&b))
        || (a == 192 && b == 0 && (c == 0 || c == 2))
        || (a == 192 && b == 168)
        || (a == 198 && (b == 18 || b == 19))
        || (a == 198 && b == 51 && c == 100)
        || (a == 203 && b == 0 && c == 113))
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let parts = address.segments();
    // An IPv4 address in one of its disguises is what it is.
    let inner = |high: u16, low: u16| {
        let [a, b] = high.to_be_bytes();
        let [c, d] = low.to_be_bytes();
        is_public_v4(Ipv4Addr::new(a, b, c, d))
    };
    match parts {
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => {
            inner(high, low)
        }
        [0x2002, high, low, ..] => inner(high, low),
        [0x2001, 0xdb8, ..] | [0x2001, 0, ..] => false,
        // Only 2000::/3 is given out.
        [first, ..] => first & 0xe000 == 0x2000,
    }
}

/// Resolves names, and with `only_public` leaves out what is not of the public internet: whoever
/// can name a host must not reach into this network by it.
#[derive(Debug, Clone)]
pub(crate) struct Resolver {
    system: GaiResolver,
    only_public: bool,
}

impl Resolver {
    pub(crate) fn new(only_public: bool) -> Self {
        Self {
            system: GaiResolver::new(),
            only_public,
        }
    }
}

impl Service<Name> for Resolver {
    type Response = std::vec::IntoIter<SocketAddr>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Self::Response>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Service::poll_ready(&mut self.system, context)
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let resolving = self.system.call(name);
        let only_public = self.only_public;
        Box::pin(async move {
            let found: Vec<SocketAddr> = resolving
                .await?
                .filter(|address| !only_public || is_public(address.ip()))
                .collect();
            if found.is_empty() {
                return Err(io::Error::new(
                    io::ErrorKind::PermissionDenied,
                    "the name has no address of the public internet",
                ));
            }
            Ok(found.into_iter())
        })
    }
}
