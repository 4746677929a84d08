//! How often somebody may try to sign in.

use std::net::{IpAddr, Ipv6Addr};

use povline_store::book::{AttemptKey, SessionDigest};

/// Attempts of one name from one address within a quarter of an hour.
const OF_NAME_AND_ADDRESS: u32 = 5;

/// Attempts from one address, whatever the name.
const OF_ADDRESS: u32 = 30;

/// Attempts of one name, wherever from. It is the largest, so that a stranger can lock nobody out
/// without many addresses.
const OF_NAME: u32 = 100;

/// The keys under which an attempt is counted: name and address together, address, name.
pub(crate) fn keys(name: &str, address: IpAddr) -> [AttemptKey; 3] {
    let name = name.trim().to_ascii_lowercase();
    let address = network(address);
    let key = |text: String, attempts_max| AttemptKey {
        digest: SessionDigest::of(&text),
        attempts_max,
    };
    [
        key(format!("both {address} {name}"), OF_NAME_AND_ADDRESS),
        key(format!("address {address}"), OF_ADDRESS),
        key(format!("name {name}"), OF_NAME),
    ]
}

/// Whoever has one address of IPv6 has all of its /64.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let prefix = u128::from(address) >> 64 << 64;
            IpAddr::V6(Ipv6Addr::from(prefix))
        }
        v4 => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_one_network_count_as_one_and_names_as_they_are_meant() {
        let of = |name: &str, address: &str| keys(name, address.parse().unwrap());
        assert_eq!(of("Ops ", "2001:db8::1"), of("ops", "2001:db8::ffff"));
        assert_ne!(of("ops", "2001:db8::1"), of("ops", "2001:db8:1::1"));
        assert_ne!(of("ops", "10.0.0.1"), of("ops", "10.0.0.2"));
        assert_eq!(of("a", "10.0.0.1")[1], of("b", "::ffff:10.0.0.1")[1]);
        assert_eq!(of("a", "10.0.0.1")[2], of("a", "10.0.0.9")[2]);
    }
}
