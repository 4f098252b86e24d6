//! Address ranges of IpAddress and NotIpAddress.

use std::net::IpAddr;

use crate::render::unmapped;

/// A CIDR range, as the bits that an address must have under a mask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Network {
    V4 { bits: u32, mask: u32 },
    V6 { bits: u128, mask: u128 },
}

impl Network {
    /// `192.0.2.0/24`, `2001:db8::/32`, or one address without a prefix.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix_length(prefix)?)),
            None => (text, None),
        };
        let written: IpAddr = address.parse().ok()?;
        let longest = if written.is_ipv4() { 32 } else { 128 };
        let prefix = prefix.unwrap_or(longest);
        if prefix > longest {
            return None;
        }
        match (written, unmapped(written)) {
            (IpAddr::V6(_), IpAddr::V4(four)) if prefix >= 96 => Some(Self::v4(four.to_bits(), prefix - 96)),
            (IpAddr::V4(four), _) => Some(Self::v4(four.to_bits(), prefix)),
            (IpAddr::V6(six), _) => {
                let mask = u128::MAX.checked_shl(128 - prefix).unwrap_or(0);
                let bits = six.to_bits() & mask;
                Some(Self::V6 { bits, mask })
            }
        }
    }

    fn v4(bits: u32, prefix: u32) -> Self {
        let mask = u32::MAX.checked_shl(32 - prefix).unwrap_or(0);
        Self::V4 {
            bits: bits & mask,
            mask,
        }
    }

    pub(crate) fn contains(self, address: IpAddr) -> bool {
        match (self, unmapped(address)) {
            (Self::V4 { bits, mask }, IpAddr::V4(four)) => four.to_bits() & mask == bits,
            (Self::V6 { bits, mask }, IpAddr::V6(six)) => six.to_bits() & mask == bits,
            _ => false,
        }
    }
}

fn prefix_length(text: &str) -> Option<u32> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    (digits && text.len() <= 3).then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_contains_what_shares_its_prefix() {
        let rows = [
            ("192.0.2.0/24", "192.0.2.255", true),
            ("192.0.2.77/24", "192.0.2.255", true),
            ("192.0.2.0/24", "192.0.3.0", false),
            ("192.0.2.1", "192.0.2.1", true),
            ("192.0.2.1", "192.0.2.2", false),
            ("192.0.2.0/24", "::ffff:192.0.2.9", true),
            ("::ffff:192.0.2.0/120", "192.0.2.9", true),
            ("0.0.0.0/0", "203.0.113.1", true),
            ("0.0.0.0/0", "2001:db8::1", false),
            ("::/0", "2001:db8::1", true),
            ("::/0", "192.0.2.1", false),
            ("2001:db8::/32", "2001:db8:ffff::", true),
            ("2001:db8::/33", "2001:db8:ffff::", false),
            ("2001:DB8:0:0::1", "2001:db8::1", true),
        ];
        for (network, address, expected) in rows {
            let network = Network::parse(network).unwrap();
            let address = address.parse().unwrap();
            assert_eq!(network.contains(address), expected, "{network:?} {address}");
        }
        for text in [
            "",
            "a",
            "192.0.2.0/33",
            "192.0.2.0/",
            "192.0.2.0/+1",
            "::/129",
            "192.0.2",
            "192.0.2.*",
            "192.0.2.0/024/1",
        ] {
            assert_eq!(Network::parse(text), None, "{text}");
        }
    }
}
