//! Markers: where the next page of a list begins, as the caller gets to see it.
//!
//! A marker is the position, encrypted, and a tag over it, the account, the operation and the filters.
//! A caller can neither read one, nor make one, nor take one elsewhere, so a position never has to be
//! mistrusted.

use data_encoding::BASE64URL_NOPAD;
use hmac::{Hmac, KeyInit, Mac};
use keystead_types::AccountId;
use sha2::Sha256;

use crate::{ApiError, Operation};

/// Longest position, in bytes: with it a marker has the 320 characters that the model allows.
pub const POSITION_BYTES_MAX: usize = 320 / 4 * 3 - TAG_BYTES;

/// Bytes of the tag: 128 bits of HMAC-SHA256.
const TAG_BYTES: usize = 16;

/// What a marker is bound to.
#[derive(Clone, Copy, Debug)]
pub struct Listing<'a> {
    /// The account that is listed.
    pub account: AccountId,
    /// The operation that lists.
    pub operation: &'static Operation,
    /// Every parameter that decides what is listed, in an order of the caller's choice.
    pub filters: &'a [&'a str],
}

/// Makes the marker of a position, which should have at most [`POSITION_BYTES_MAX`] bytes.
pub fn seal(key: &[u8; 32], listing: &Listing<'_>, position: &str) -> String {
    let tag = tag(key, listing, position);
    let mut bytes = tag.to_vec();
    bytes.extend_from_slice(position.as_bytes());
    hide(key, &tag, bytes.get_mut(TAG_BYTES..).unwrap_or_default());
    BASE64URL_NOPAD.encode(&bytes)
}

/// Reads the position out of a marker.
///
/// # Errors
///
/// `Invalid Marker.` for a marker that was not made with this key for this listing.
pub fn open(key: &[u8; 32], listing: &Listing<'_>, marker: &str) -> Result<String, ApiError> {
    let bytes = BASE64URL_NOPAD
        .decode(marker.as_bytes())
        .map_err(|_| ApiError::invalid_marker())?;
    let (given, hidden) = bytes
        .split_first_chunk::<TAG_BYTES>()
        .ok_or_else(ApiError::invalid_marker)?;
    let mut position = hidden.to_vec();
    hide(key, given, &mut position);
    let position = String::from_utf8(position).map_err(|_| ApiError::invalid_marker())?;
    // Compared in constant time.
    let verified = mac(key, listing, &position).verify_truncated_left(given);
    verified.map_err(|_| ApiError::invalid_marker())?;
    Ok(position)
}

fn tag(key: &[u8; 32], listing: &Listing<'_>, position: &str) -> [u8; TAG_BYTES] {
    let full = mac(key, listing, position).finalize().into_bytes();
    full.first_chunk().copied().unwrap_or_default()
}

/// Adds a key stream that starts from the tag, as in SIV mode: equal positions give equal markers,
/// and nothing else can be read from one. Doing it twice undoes it.
fn hide(key: &[u8; 32], tag: &[u8; TAG_BYTES], position: &mut [u8]) {
    for (counter, block) in position.chunks_mut(32).enumerate() {
        let mut stream = keyed(key);
        stream.update(b"keystead marker stream 1");
        stream.update(tag);
        stream.update(&(counter as u64).to_be_bytes());
        let stream = stream.finalize().into_bytes();
        block.iter_mut().zip(stream).for_each(|(byte, key)| *byte ^= key);
    }
}

fn mac(key: &[u8; 32], listing: &Listing<'_>, position: &str) -> Hmac<Sha256> {
    let mut mac = keyed(key);
    let mut part = |bytes: &[u8]| {
        // The length before each part, so that no two sequences of parts are the same bytes.
        mac.update(&(bytes.len() as u64).to_be_bytes());
        mac.update(bytes);
    };
    part(b"keystead marker 1");
    part(&listing.account.number().to_be_bytes());
    part(listing.operation.service.signing_name().as_bytes());
    part(listing.operation.name.as_bytes());
    part(&(listing.filters.len() as u64).to_be_bytes());
    for filter in listing.filters {
        part(filter.as_bytes());
    }
    part(position.as_bytes());
    mac
}

fn keyed(key: &[u8; 32]) -> Hmac<Sha256> {
    // HMAC pads a key to the block with zeros; doing it here leaves no length to be refused.
    let mut block = [0; 64];
    block[..key.len()].copy_from_slice(key);
    <Hmac<Sha256> as KeyInit>::new(&block.into())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{Operate, iam};

    const KEY: [u8; 32] = [7; 32];

    fn listing<'a>(filters: &'a [&'a str]) -> Listing<'a> {
        let account = AccountId::new(123_456_789_012).unwrap();
        Listing {
            account,
            operation: iam::ListUsers::OPERATION,
            filters,
        }
    }

    #[test]
    fn a_marker_opens_only_where_it_was_made() {
        let here = listing(&["/ops/", ""]);
        let marker = seal(&KEY, &here, "alice");
        assert_eq!(open(&KEY, &here, &marker).unwrap(), "alice");
        let account = AccountId::new(1).unwrap();
        let elsewhere = [
            listing(&["/ops/"]),
            listing(&["", "/ops/"]),
            listing(&["/ops/", "", ""]),
            Listing { account, ..here },
            Listing {
                operation: iam::ListGroups::OPERATION,
                ..here
            },
        ];
        for other in elsewhere {
            let error = open(&KEY, &other, &marker).unwrap_err();
            assert_eq!(error.message(), Some("Invalid Marker."), "{other:?}");
        }
        assert!(open(&[8; 32], &here, &marker).is_err());
    }

    #[test]
    fn the_longest_position_gives_the_longest_marker() {
        let marker = seal(&KEY, &listing(&[]), &"x".repeat(POSITION_BYTES_MAX));
        assert_eq!(marker.len(), 320);
    }

    #[test]
    fn a_marker_shows_nothing_of_its_position() {
        let marker = seal(&KEY, &listing(&[]), "alice");
        let bytes = BASE64URL_NOPAD.decode(marker.as_bytes()).unwrap();
        assert!(!bytes.windows(3).any(|window| window == b"ali"));
    }

    proptest! {
        #[test]
        fn any_position_comes_back(position: String) {
            let marker = seal(&KEY, &listing(&[]), &position);
            prop_assert_eq!(open(&KEY, &listing(&[]), &marker).unwrap(), position);
        }

        #[test]
        fn a_changed_marker_is_refused(position: String, at: prop::sample::Index, bit in 0_u8..8) {
            let mut marker = seal(&KEY, &listing(&[]), &position).into_bytes();
            let at = at.index(marker.len());
            marker[at] ^= 1 << bit;
            let changed = String::from_utf8_lossy(&marker);
            prop_assert!(open(&KEY, &listing(&[]), &changed).is_err());
        }

        #[test]
        fn a_foreign_marker_is_refused(marker: String) {
            prop_assert!(open(&KEY, &listing(&[]), &marker).is_err());
        }
    }
}
