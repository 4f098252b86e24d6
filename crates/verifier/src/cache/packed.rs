use std::mem;

use keystead_types::{AccessKeyId, AccountId, Identity, Path, Principal, UniqueId, UserIdentity};

/// An access key id at six bits a character: 24 bytes instead of 33.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct PackedId([u8; PackedId::BYTES]);

/// A principal in 40 bytes, where its name and path are not long; an `Arc<Principal>` takes 160 and
/// more, as much as all the rest of a cached key.
pub(crate) enum PackedPrincipal {
    /// Padded with zeros, which no name or path contains.
    Inline([u8; PackedPrincipal::INLINE_BYTES]),
    Heap(Box<[u8]>),
}

const _: () = assert!(size_of::<PackedPrincipal>() == 40);

impl PackedId {
    const BYTES: usize = AccessKeyId::LENGTH_MAX * 6 / 8;

    pub(crate) fn new(id: &AccessKeyId) -> Self {
        let mut bytes = [0; Self::BYTES];
        for (packed, characters) in bytes.chunks_exact_mut(3).zip(id.as_str().as_bytes().chunks(4)) {
            let mut group = 0_u32;
            for (position, character) in characters.iter().enumerate() {
                group |= u32::from(six_bits(*character)) << (18 - 6 * position);
            }
            let [_, high, middle, low] = group.to_be_bytes();
            packed.copy_from_slice(&[high, middle, low]);
        }
        Self(bytes)
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

/// The place of a legal character in `[A-Za-z0-9_]`, from one: zero is left for the end of the id.
const fn six_bits(character: u8) -> u8 {
    const PLACES: [u8; 256] = {
        let mut places = [0; 256];
        let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_";
        let mut position = 0;
        while position < alphabet.len() {
            places[alphabet[position] as usize] = position as u8 + 1;
            position += 1;
        }
        places
    };
    PLACES[character as usize]
}

// Layout: kind (1), account (5, little-endian), and for users id (11, little-endian), length of the
// name (1), name, path. The path `/` is left out.
const ROOT: u8 = 1;
const USER: u8 = 2;
/// Whoever has no key of its own, of whom no directory should say that it has.
const KEYLESS: u8 = 3;

const USER_ID_PREFIX: &str = "AIDA";
const USER_ID_BYTES: usize = 11;
const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

impl PackedPrincipal {
    const INLINE_BYTES: usize = 39;

    /// Packs a principal that has keys of its own: root or a user. Sessions are held elsewhere.
    pub(crate) fn new(principal: &Principal) -> Self {
        let mut bytes = Vec::with_capacity(Self::INLINE_BYTES);
        bytes.push(match &principal.identity {
            Identity::User(_) => USER,
            Identity::Root => ROOT,
            Identity::RoleSession(_) | Identity::FederatedUser(_) => KEYLESS,
        });
        bytes.extend(principal.account.number().to_le_bytes().iter().take(5));
        if let Some(user) = principal.user() {
            bytes.extend(pack_user_id(user.id).to_le_bytes().iter().take(USER_ID_BYTES));
            let name = user.name.as_str();
            bytes.push(name.len() as u8);
            bytes.extend_from_slice(name.as_bytes());
            if user.path != Path::default() {
                bytes.extend_from_slice(user.path.as_str().as_bytes());
            }
        }
        let mut inline = [0; Self::INLINE_BYTES];
        match inline.get_mut(..bytes.len()) {
            Some(start) => {
                start.copy_from_slice(&bytes);
                Self::Inline(inline)
            }
            None => Self::Heap(bytes.into()),
        }
    }

    /// The principal, as it was packed.
    pub(crate) fn unpack(&self) -> Option<Principal> {
        let (kind, rest) = self.bytes().split_first()?;
        let (account, rest) = rest.split_at_checked(5)?;
        let identity = match *kind {
            ROOT => Identity::Root,
            USER => Identity::User(unpack_user(rest)?),
            _ => return None,
        };
        Some(Principal {
            account: AccountId::new(little_endian(account) as u64)?,
            identity,
        })
    }

    /// The account's bytes, enough to find its watermark.
    pub(crate) fn account(&self) -> Option<AccountId> {
        AccountId::new(little_endian(self.bytes().get(1..6)?) as u64)
    }

    /// Memory beside its own 40 bytes.
    pub(crate) fn heap_bytes(&self) -> usize {
        match self {
            Self::Inline(_) => 0,
            Self::Heap(bytes) => bytes.len(),
        }
    }

    fn bytes(&self) -> &[u8] {
        match self {
            Self::Inline(bytes) => bytes,
            Self::Heap(bytes) => bytes,
        }
    }
}

fn unpack_user(bytes: &[u8]) -> Option<UserIdentity> {
    let (id, rest) = bytes.split_at_checked(USER_ID_BYTES)?;
    let (name_length, rest) = rest.split_first()?;
    let (name, rest) = rest.split_at_checked(usize::from(*name_length))?;
    let path = rest.split(|byte| *byte == 0).next()?;
    let path = if path.is_empty() {
        Path::default()
    } else {
        std::str::from_utf8(path).ok()?.parse().ok()?
    };
    Some(UserIdentity {
        id: unpack_user_id(little_endian(id))?,
        name: std::str::from_utf8(name).ok()?.parse().ok()?,
        path,
    })
}

fn little_endian(bytes: &[u8]) -> u128 {
    bytes
        .iter()
        .rev()
        .fold(0, |value, byte| value << 8 | u128::from(*byte))
}

/// The 85 bits after the prefix.
fn pack_user_id(id: UniqueId) -> u128 {
    let text = id.as_str().trim_start_matches(USER_ID_PREFIX);
    text.bytes().fold(0, |value, character| {
        let digit = match character {
            b'A'..=b'Z' => character - b'A',
            _ => character.wrapping_sub(b'2').wrapping_add(26),
        };
        value << 5 | u128::from(digit)
    })
}

fn unpack_user_id(mut value: u128) -> Option<UniqueId> {
    let mut text = [b'A'; UniqueId::LENGTH];
    let (prefix, digits) = text.split_at_mut(USER_ID_PREFIX.len());
    prefix.copy_from_slice(USER_ID_PREFIX.as_bytes());
    for digit in digits.iter_mut().rev() {
        *digit = *BASE32.get((value & 31) as usize)?;
        value >>= 5;
    }
    std::str::from_utf8(&text).ok()?.parse().ok()
}

/// Memory of an `Arc<Principal>`, its counters and texts included.
pub(crate) fn principal_bytes(principal: &Principal) -> usize {
    let texts = principal
        .user()
        .map_or(0, |user| user.name.as_str().len() + user.path.as_str().len());
    2 * size_of::<usize>() + mem::size_of::<Principal>() + texts
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn principal(account: u64, id: &str, name: &str, path: &str) -> Principal {
        Principal {
            account: AccountId::new(account).unwrap(),
            identity: Identity::User(UserIdentity {
                id: id.parse().unwrap(),
                name: name.parse().unwrap(),
                path: path.parse().unwrap(),
            }),
        }
    }

    #[test]
    fn root_round_trips() {
        let root = Principal {
            account: AccountId::new(999_999_999_999).unwrap(),
            identity: Identity::Root,
        };
        assert_eq!(PackedPrincipal::new(&root).unpack(), Some(root));
    }

    #[test]
    fn common_names_need_no_memory_of_their_own() {
        let rows = [
            (21, "/", 0),
            (22, "/", 40),
            (14, "/devops/", 40),
            (13, "/devops/", 0),
        ];
        for (length, path, heap) in rows {
            let name = "n".repeat(length);
            let packed = PackedPrincipal::new(&principal(1, "AIDAXYAFLIG2LURZLZAH6", &name, path));
            assert_eq!(packed.heap_bytes(), heap, "{length} {path}");
        }
    }

    proptest! {
        #[test]
        fn users_round_trip(
            account in 0_u64..1_000_000_000_000,
            id in "AIDA[A-Z2-7]{17}",
            name in "[A-Za-z0-9_+=,.@-]{1,64}",
            path in "/([!-~]{1,60}/)?",
        ) {
            let principal = principal(account, &id, &name, &path);
            let packed = PackedPrincipal::new(&principal);
            prop_assert_eq!(packed.account(), Some(principal.account));
            prop_assert_eq!(packed.unpack(), Some(principal));
        }

        #[test]
        fn ids_stay_distinct(one in "[AB9_z]{16,18}", other in "[AB9_z]{16,18}") {
            let pack = |text: &str| PackedId::new(&text.parse().unwrap());
            prop_assert_eq!(pack(&one) == pack(&other), one == other);
        }
    }
}
