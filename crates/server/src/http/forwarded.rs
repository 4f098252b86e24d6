use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

use http::{HeaderMap, HeaderName, header};
use serde::Deserialize;

/// A block of addresses: `10.0.0.0/8`, `fd00::/8`, or one address alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct AddressBlock {
    first: IpAddr,
    prefix_bits: u8,
}

/// A text that is no [`AddressBlock`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidAddressBlock(String);

impl fmt::Display for InvalidAddressBlock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "`{}` is no address block: expected an address or ADDRESS/BITS, such as 10.0.0.0/8 or ::1",
            self.0.escape_debug()
        )
    }
}

impl std::error::Error for InvalidAddressBlock {}

impl AddressBlock {
    /// Whether the block holds the address. An IPv4 address written in IPv6 counts as IPv4.
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.first, address.to_canonical()) {
            (IpAddr::V4(first), IpAddr::V4(address)) => {
                let mask = u32::MAX
                    .checked_shl(32 - u32::from(self.prefix_bits))
                    .unwrap_or(0);
                u32::from(first) & mask == u32::from(address) & mask
            }
            (IpAddr::V6(first), IpAddr::V6(address)) => {
                let mask = u128::MAX
                    .checked_shl(128 - u32::from(self.prefix_bits))
                    .unwrap_or(0);
                u128::from(first) & mask == u128::from(address) & mask
            }
            _ => false,
        }
    }
}

impl FromStr for AddressBlock {
    type Err = InvalidAddressBlock;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let invalid = || InvalidAddressBlock(text.to_owned());
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits)),
            None => (text, None),
        };
        let first: IpAddr = address.parse().map_err(|_| invalid())?;
        let width = if first.is_ipv4() { 32 } else { 128 };
        let prefix_bits = match bits {
            None => width,
            Some(bits) => bits
                .parse()
                .ok()
                .filter(|bits| *bits <= width)
                .ok_or_else(invalid)?,
        };
        Ok(Self { first, prefix_bits })
    }
}

impl TryFrom<String> for AddressBlock {
    type Error = InvalidAddressBlock;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

/// The header in which the trusted proxies name the client.
///
/// Only one is ever read: a proxy appends to the one that it knows and passes the other on as the
/// client wrote it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ForwardedHeader {
    /// `X-Forwarded-For: client, proxy, …`
    #[default]
    XForwardedFor,
    /// `Forwarded: for=client;proto=https, for=proxy` (RFC 7239).
    Forwarded,
}

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const X_FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
const X_REAL_IP: HeaderName = HeaderName::from_static("x-real-ip");

/// The proxies whose word about their clients' addresses is taken.
#[derive(Clone, Debug, Default)]
pub(crate) struct TrustedProxies {
    blocks: Vec<AddressBlock>,
    header: ForwardedHeader,
}

impl TrustedProxies {
    pub(crate) fn new(blocks: Vec<AddressBlock>, header: ForwardedHeader) -> Self {
        Self { blocks, header }
    }

    pub(crate) fn contains(&self, address: IpAddr) -> bool {
        self.blocks.iter().any(|block| block.contains(address))
    }

    /// The client's address: the right-most one that is not a trusted proxy's. Whatever stands left
    /// of it, or of something that is no address, was written by nobody who is trusted.
    pub(crate) fn client(&self, socket: IpAddr, headers: &HeaderMap) -> IpAddr {
        let socket = socket.to_canonical();
        if !self.contains(socket) {
            return socket;
        }
        let name = match self.header {
            ForwardedHeader::XForwardedFor => X_FORWARDED_FOR,
            ForwardedHeader::Forwarded => header::FORWARDED,
        };
        let mut client = socket;
        for line in headers.get_all(name).iter().rev() {
            let Ok(line) = line.to_str() else { return client };
            for element in line.rsplit(',') {
                let node = match self.header {
                    ForwardedHeader::XForwardedFor => Some(element.trim()),
                    ForwardedHeader::Forwarded => forwarded_parameter(element, "for"),
                };
                let Some(address) = node.and_then(node_address) else {
                    return client;
                };
                client = address;
                if !self.contains(client) {
                    return client;
                }
            }
        }
        client
    }

    /// Whether the client's own connection is encrypted: the socket's (`tls`) or, behind a trusted proxy
    /// that names clients, what that proxy states. Only the nearest proxy is heard, so a proxy that is
    /// reached without encryption from another one makes it a plain connection.
    pub(crate) fn is_secure(&self, socket: IpAddr, tls: bool, headers: &HeaderMap) -> bool {
        if !self.contains(socket.to_canonical()) {
            return tls;
        }
        let (naming, stating) = match self.header {
            ForwardedHeader::XForwardedFor => (X_FORWARDED_FOR, X_FORWARDED_PROTO),
            ForwardedHeader::Forwarded => (header::FORWARDED, header::FORWARDED),
        };
        if !headers.contains_key(naming) {
            return tls;
        }
        let last = headers.get_all(stating).iter().next_back();
        let element = last.and_then(|line| line.to_str().ok()?.rsplit(',').next());
        let protocol = element.and_then(|element| match self.header {
            ForwardedHeader::XForwardedFor => Some(element.trim()),
            ForwardedHeader::Forwarded => forwarded_parameter(element, "proto"),
        });
        protocol.is_some_and(|protocol| protocol.eq_ignore_ascii_case("https"))
    }
}

/// Whether any proxy, trusted or not, left its mark on the request.
pub(crate) fn is_forwarded(headers: &HeaderMap) -> bool {
    [X_FORWARDED_FOR, X_REAL_IP, header::FORWARDED, header::VIA]
        .iter()
        .any(|name| headers.contains_key(name))
}

/// A parameter of one element of a `Forwarded` header, without its quotes.
fn forwarded_parameter<'a>(element: &'a str, parameter: &str) -> Option<&'a str> {
    element.split(';').find_map(|pair| {
        let (name, value) = pair.split_once('=')?;
        let value = value.trim();
        name.trim().eq_ignore_ascii_case(parameter).then(|| {
            value
                .strip_prefix('"')
                .and_then(|value| value.strip_suffix('"'))
                .unwrap_or(value)
        })
    })
}

/// The address of a node as proxies write it: with or without a port, IPv6 in brackets or bare.
fn node_address(node: &str) -> Option<IpAddr> {
    let address = node
        .parse::<IpAddr>()
        .or_else(|_| node.parse::<SocketAddr>().map(|socket| socket.ip()))
        .or_else(
            |error| match node.strip_prefix('[').and_then(|node| node.strip_suffix(']')) {
                Some(inner) => inner.parse(),
                None => Err(error),
            },
        );
    address.ok().map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks() {
        let rows = [
            ("10.0.0.0/8", "10.255.0.1", true),
            ("10.0.0.0/8", "11.0.0.1", false),
            ("10.1.2.3/8", "10.9.9.9", true),
            ("0.0.0.0/0", "203.0.113.9", true),
            ("0.0.0.0/0", "::1", false),
            ("192.0.2.1", "192.0.2.1", true),
            ("192.0.2.1", "192.0.2.2", false),
            ("192.0.2.1/32", "::ffff:192.0.2.1", true),
            ("::/0", "2001:db8::1", true),
            ("2001:db8::/32", "2001:db8:ffff::1", true),
            ("2001:db8::/32", "2001:db9::1", false),
        ];
        for (block, address, inside) in rows {
            let block: AddressBlock = block.parse().unwrap();
            assert_eq!(
                block.contains(address.parse().unwrap()),
                inside,
                "{block:?} {address}"
            );
        }
        for text in [
            "",
            "10.0.0.0/33",
            "::/129",
            "10.0.0/8",
            "10.0.0.0/",
            "10.0.0.0/-1",
            "localhost",
        ] {
            assert!(text.parse::<AddressBlock>().is_err(), "{text}");
        }
    }

    #[test]
    fn clients_behind_proxies() {
        use ForwardedHeader::{Forwarded, XForwardedFor};
        type Lines = &'static [(&'static str, &'static str)];
        let rows: &[(ForwardedHeader, &str, Lines, &str)] = &[
            (
                XForwardedFor,
                "203.0.113.9",
                &[("x-forwarded-for", "1.1.1.1")],
                "203.0.113.9",
            ),
            (XForwardedFor, "10.0.0.1", &[], "10.0.0.1"),
            (
                XForwardedFor,
                "10.0.0.1",
                &[("x-forwarded-for", "198.51.100.7")],
                "198.51.100.7",
            ),
            (
                XForwardedFor,
                "10.0.0.1",
                &[("x-forwarded-for", "1.1.1.1, 198.51.100.7")],
                "198.51.100.7",
            ),
            (
                XForwardedFor,
                "10.0.0.1",
                &[("x-forwarded-for", "198.51.100.7,10.0.0.2")],
                "198.51.100.7",
            ),
            (
                XForwardedFor,
                "10.0.0.1",
                &[
                    ("x-forwarded-for", "1.1.1.1"),
                    ("x-forwarded-for", "198.51.100.7"),
                ],
                "198.51.100.7",
            ),
            (
                XForwardedFor,
                "10.0.0.1",
                &[("x-forwarded-for", "10.0.0.3, 10.0.0.2")],
                "10.0.0.3",
            ),
            (
                XForwardedFor,
                "10.0.0.1",
                &[("x-forwarded-for", "1.1.1.1, unknown, 10.0.0.2")],
                "10.0.0.2",
            ),
            (XForwardedFor, "10.0.0.1", &[("x-forwarded-for", "")], "10.0.0.1"),
            (
                XForwardedFor,
                "10.0.0.1",
                &[("x-forwarded-for", "198.51.100.7:4711")],
                "198.51.100.7",
            ),
            (
                XForwardedFor,
                "10.0.0.1",
                &[("x-forwarded-for", "[2001:db8::7]:4711")],
                "2001:db8::7",
            ),
            (
                XForwardedFor,
                "10.0.0.1",
                &[("x-forwarded-for", "2001:db8::7")],
                "2001:db8::7",
            ),
            (
                XForwardedFor,
                "::ffff:10.0.0.1",
                &[("x-forwarded-for", "198.51.100.7")],
                "198.51.100.7",
            ),
            (
                XForwardedFor,
                "10.0.0.1",
                &[("forwarded", "for=1.1.1.1")],
                "10.0.0.1",
            ),
            (
                Forwarded,
                "10.0.0.1",
                &[("x-forwarded-for", "1.1.1.1")],
                "10.0.0.1",
            ),
            (
                Forwarded,
                "10.0.0.1",
                &[("forwarded", "for=198.51.100.7;proto=https")],
                "198.51.100.7",
            ),
            (
                Forwarded,
                "10.0.0.1",
                &[("forwarded", "proto=https; For=\"[2001:db8::7]:80\"")],
                "2001:db8::7",
            ),
            (
                Forwarded,
                "10.0.0.1",
                &[("forwarded", "for=\"[2001:db8::7]\"")],
                "2001:db8::7",
            ),
            (
                Forwarded,
                "10.0.0.1",
                &[("forwarded", "for=1.1.1.1, for=_hidden")],
                "10.0.0.1",
            ),
            (
                Forwarded,
                "10.0.0.1",
                &[("forwarded", "for=1.1.1.1, for=198.51.100.7, for=10.0.0.2")],
                "198.51.100.7",
            ),
        ];
        for (header, socket, lines, expected) in rows {
            let proxies = TrustedProxies::new(vec!["10.0.0.0/8".parse().unwrap()], *header);
            let mut headers = HeaderMap::new();
            for (name, value) in *lines {
                headers.append(HeaderName::from_static(name), value.parse().unwrap());
            }
            let client = proxies.client(socket.parse().unwrap(), &headers);
            assert_eq!(client, expected.parse::<IpAddr>().unwrap(), "{socket} {lines:?}");
        }
    }

    #[test]
    fn encryption_behind_proxies() {
        use ForwardedHeader::{Forwarded, XForwardedFor};
        const PROXY: &str = "10.0.0.1";
        let named = ("x-forwarded-for", "198.51.100.7");
        // Which header is read, the socket, whether it is encrypted, the headers, and the client's connection.
        type Row<'a> = (ForwardedHeader, &'a str, bool, &'a [(&'a str, &'a str)], bool);
        let rows: &[Row<'_>] = &[
            (
                XForwardedFor,
                "203.0.113.9",
                false,
                &[("x-forwarded-proto", "https"), named],
                false,
            ),
            (
                XForwardedFor,
                "203.0.113.9",
                true,
                &[("x-forwarded-proto", "http"), named],
                true,
            ),
            // The proxy itself is the client.
            (XForwardedFor, PROXY, true, &[], true),
            (
                XForwardedFor,
                PROXY,
                false,
                &[("x-forwarded-proto", "https")],
                false,
            ),
            (
                XForwardedFor,
                PROXY,
                false,
                &[named, ("x-forwarded-proto", "https")],
                true,
            ),
            (
                XForwardedFor,
                PROXY,
                false,
                &[named, ("x-forwarded-proto", "HTTPS")],
                true,
            ),
            (
                XForwardedFor,
                PROXY,
                true,
                &[named, ("x-forwarded-proto", "http")],
                false,
            ),
            (XForwardedFor, PROXY, true, &[named], false),
            // What the client wrote stands left of what the proxy wrote.
            (
                XForwardedFor,
                PROXY,
                false,
                &[named, ("x-forwarded-proto", "https, http")],
                false,
            ),
            (
                XForwardedFor,
                PROXY,
                false,
                &[named, ("x-forwarded-proto", "http,https")],
                true,
            ),
            (
                Forwarded,
                PROXY,
                false,
                &[("forwarded", "for=1.1.1.1;proto=https")],
                true,
            ),
            (
                Forwarded,
                PROXY,
                false,
                &[("forwarded", "for=1.1.1.1;proto=https, for=2.2.2.2")],
                false,
            ),
            (
                Forwarded,
                PROXY,
                false,
                &[("forwarded", "for=1.1.1.1"), ("x-forwarded-proto", "https")],
                false,
            ),
        ];
        for (header, socket, tls, lines, expected) in rows {
            let proxies = TrustedProxies::new(vec!["10.0.0.0/8".parse().unwrap()], *header);
            let mut headers = HeaderMap::new();
            for (name, value) in *lines {
                headers.append(name.parse::<HeaderName>().unwrap(), value.parse().unwrap());
            }
            let secure = proxies.is_secure(socket.parse().unwrap(), *tls, &headers);
            assert_eq!(secure, *expected, "{socket} {tls} {lines:?}");
        }
    }
}
