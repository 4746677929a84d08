//! Addresses that an app may call from.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr};
use std::str::FromStr;

use thiserror::Error;

/// One address, or a network of them. Written `10.1.2.3`, `10.1.0.0/16`, `10.1.*.*`,
/// `2001:db8::/32`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AddressRange {
    network: IpAddr,
    /// How many bits of an address must be the network's.
    bits: u8,
}

/// Why a text is no address range.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum AddressRangeError {
    /// It is no address.
    #[error("is no address such as 10.1.2.3 and no network such as 10.1.0.0/16 or 2001:db8::/32")]
    NoAddress,
    /// The number behind the slash is larger than an address is long, or none.
    #[error("needs a number of bits from 0 to {0} behind the slash")]
    Bits(u8),
    /// The address goes on behind the network.
    #[error("is an address within a network; write the network as {0}")]
    WithinNetwork(AddressRange),
}

impl AddressRange {
    /// Whether an address lies in it. An IPv4 address within IPv6 is the IPv4 address.
    #[must_use]
    pub fn contains(self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        address.is_ipv4() == self.network.is_ipv4() && masked(address, self.bits) == self.network
    }

    fn new(address: IpAddr, bits: u8) -> Result<Self, AddressRangeError> {
        let range = Self {
            network: masked(address, bits),
            bits,
        };
        if range.network == address {
            Ok(range)
        } else {
            Err(AddressRangeError::WithinNetwork(range))
        }
    }
}

fn bits_max(address: IpAddr) -> u8 {
    if address.is_ipv4() { 32 } else { 128 }
}

/// The address with all but its first bits cleared.
fn masked(address: IpAddr, bits: u8) -> IpAddr {
    match address {
        IpAddr::V4(address) => {
            let mask = u32::MAX
                .checked_shl(32 - u32::from(bits.min(32)))
                .unwrap_or(0);
            Ipv4Addr::from_bits(address.to_bits() & mask).into()
        }
        IpAddr::V6(address) => {
            let mask = u128::MAX
                .checked_shl(128 - u32::from(bits.min(128)))
                .unwrap_or(0);
            std::net::Ipv6Addr::from_bits(address.to_bits() & mask).into()
        }
    }
}

impl FromStr for AddressRange {
    type Err = AddressRangeError;

    fn from_str(text: &str) -> Result<Self, AddressRangeError> {
        if let Some(range) = starred(text) {
            return Ok(range);
        }
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| AddressRangeError::NoAddress)?;
        let Some(bits) = bits else {
            let address = address.to_canonical();
            return Self::new(address, bits_max(address));
        };
        let most = bits_max(address);
        let bits = bits
            .parse()
            .ok()
            .filter(|bits| *bits <= most)
            .ok_or(AddressRangeError::Bits(most))?;
        Self::new(address, bits)
    }
}

/// The form of the platform's documentation: `10.232.*.*`.
fn starred(text: &str) -> Option<AddressRange> {
    let mut parts = text.split('.');
    let (mut octets, mut numbers) = ([0; 4], 0);
    for octet in &mut octets {
        match parts.next()? {
            "*" => {}
            number => {
                *octet = number.parse().ok()?;
                numbers += 1;
                continue;
            }
        }
        // From the first star on there are only stars.
        if parts.clone().any(|part| part != "*") {
            return None;
        }
    }
    (parts.next().is_none() && numbers < 4).then(|| AddressRange {
        network: Ipv4Addr::from(octets).into(),
        bits: numbers * 8,
    })
}

impl fmt::Display for AddressRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.bits == bits_max(self.network) {
            write!(f, "{}", self.network)
        } else {
            write!(f, "{}/{}", self.network, self.bits)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(text: &str) -> AddressRange {
        text.parse().unwrap()
    }

    #[test]
    fn what_is_written_is_what_is_told() {
        for (written, told) in [
            ("10.1.2.3", "10.1.2.3"),
            ("10.1.2.3/32", "10.1.2.3"),
            ("10.1.0.0/16", "10.1.0.0/16"),
            ("10.1.*.*", "10.1.0.0/16"),
            ("*.*.*.*", "0.0.0.0/0"),
            ("0.0.0.0/0", "0.0.0.0/0"),
            ("2001:db8::/32", "2001:db8::/32"),
            ("::1", "::1"),
            ("::ffff:10.1.2.3", "10.1.2.3"),
        ] {
            assert_eq!(range(written).to_string(), told, "{written}");
            assert_eq!(range(told), range(written));
        }
    }

    #[test]
    fn a_range_holds_its_addresses_and_no_others() {
        for (text, within, without) in [
            ("10.1.2.3", "10.1.2.3", "10.1.2.4"),
            ("10.1.0.0/16", "10.1.255.255", "10.2.0.0"),
            ("10.1.0.0/16", "::ffff:10.1.0.9", "::ffff:10.2.0.9"),
            ("2001:db8::/32", "2001:db8:ffff::1", "2001:db9::"),
            ("0.0.0.0/0", "203.0.113.9", "::1"),
            ("::/0", "::1", "127.0.0.1"),
            ("10.1.2.0/23", "10.1.3.255", "10.1.4.0"),
        ] {
            assert!(range(text).contains(within.parse().unwrap()), "{text}");
            assert!(!range(text).contains(without.parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn what_is_no_range_is_refused_with_a_remedy() {
        for bad in ["", "x", "10.1", "10.*.1.*", "10.1.2.3.*", "*", "10.1.2.256"] {
            assert_eq!(
                bad.parse::<AddressRange>(),
                Err(AddressRangeError::NoAddress),
                "{bad}"
            );
        }
        for bad in ["10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "::/129"] {
            assert!(matches!(
                bad.parse::<AddressRange>(),
                Err(AddressRangeError::Bits(_))
            ));
        }
        let within = "10.1.2.3/16".parse::<AddressRange>().unwrap_err();
        assert!(within.to_string().contains("10.1.0.0/16"), "{within}");
    }
}
