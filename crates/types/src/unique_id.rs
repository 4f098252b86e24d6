use std::{fmt, str::FromStr};

use crate::{AccountId, Random};

/// What a unique id names; decides its four-letter prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum UniqueIdKind {
    /// `AGPA`, a group.
    Group,
    /// `AIDA`, an IAM user.
    User,
    /// `ANPA`, a managed policy.
    Policy,
    /// `AROA`, a role.
    Role,
    /// `AIPA`, an instance profile.
    InstanceProfile,
}

/// The immutable id of an entity, such as `AIDAXYAFLIG2LURZLZAH6`.
///
/// Layout as on AWS: prefix, then 85 bits in base32: a 1, the account (40 bits), 44 random bits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UniqueId([u8; UniqueId::LENGTH]);

/// The text is no unique id of a kind that Keystead issues.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidUniqueId;

impl UniqueId {
    /// Length in characters.
    pub const LENGTH: usize = 21;

    /// Makes an id that carries its account. Uniqueness is for the store to check.
    pub fn generate(kind: UniqueIdKind, account: AccountId, random: &dyn Random) -> Self {
        let mut bytes = [0; 8];
        random.fill(&mut bytes);
        let mut id = [0; Self::LENGTH];
        let (prefix, rest) = id.split_at_mut(4);
        prefix.copy_from_slice(kind.prefix().as_bytes());
        encode_account_bits::<44>(account, u64::from_le_bytes(bytes), rest);
        Self(id)
    }

    /// The id that these characters are, if they are one; for ids that are constants.
    pub const fn from_ascii(characters: &[u8; Self::LENGTH]) -> Result<Self, InvalidUniqueId> {
        let mut at = 0;
        while at < Self::LENGTH {
            if !matches!(characters[at], b'A'..=b'Z' | b'2'..=b'7') {
                return Err(InvalidUniqueId);
            }
            at += 1;
        }
        match UniqueIdKind::of(characters) {
            Some(_) => Ok(Self(*characters)),
            None => Err(InvalidUniqueId),
        }
    }

    /// What it names.
    pub fn kind(&self) -> UniqueIdKind {
        // An id of no kind cannot be made.
        UniqueIdKind::of(&self.0).unwrap_or(UniqueIdKind::User)
    }

    /// The account that the id carries, or `None` for ids of the old format, which carry none.
    pub fn embedded_account(&self) -> Option<AccountId> {
        decode_account_bits::<44>(self.0.get(4..)?)
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl UniqueIdKind {
    /// The four letters that ids of this kind begin with.
    pub fn prefix(self) -> &'static str {
        match self {
            Self::Group => "AGPA",
            Self::User => "AIDA",
            Self::Policy => "ANPA",
            Self::Role => "AROA",
            Self::InstanceProfile => "AIPA",
        }
    }

    const fn of(id: &[u8; UniqueId::LENGTH]) -> Option<Self> {
        match id {
            [b'A', b'G', b'P', b'A', ..] => Some(Self::Group),
            [b'A', b'I', b'D', b'A', ..] => Some(Self::User),
            [b'A', b'N', b'P', b'A', ..] => Some(Self::Policy),
            [b'A', b'R', b'O', b'A', ..] => Some(Self::Role),
            [b'A', b'I', b'P', b'A', ..] => Some(Self::InstanceProfile),
            _ => None,
        }
    }
}

/// The digits of base32.
pub(crate) const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// Writes `1 | account (40 bits) | RANDOM_BITS bits` as base32 (RFC 4648, upper case), five bits a
/// character, most significant first.
pub(crate) fn encode_account_bits<const RANDOM_BITS: u32>(account: AccountId, random: u64, out: &mut [u8]) {
    let random = u128::from(random) & ((1 << RANDOM_BITS) - 1);
    let mut value = (1 << (40 + RANDOM_BITS)) | u128::from(account.number()) << RANDOM_BITS | random;
    for character in out.iter_mut().rev() {
        *character = BASE32[(value & 31) as usize];
        value >>= 5;
    }
}

/// Reads the account out of what [`encode_account_bits`] wrote; `None` when the first bit is not set, or a
/// character is none of base32's.
pub(crate) fn decode_account_bits<const RANDOM_BITS: u32>(characters: &[u8]) -> Option<AccountId> {
    let mut value = 0_u128;
    for character in characters {
        let digit = match character {
            b'A'..=b'Z' => character - b'A',
            b'2'..=b'7' => character - b'2' + 26,
            _ => return None,
        };
        value = value << 5 | u128::from(digit);
    }
    let generation = value >> (40 + RANDOM_BITS);
    let account = (value >> RANDOM_BITS) as u64 & ((1 << 40) - 1);
    if generation == 1 {
        AccountId::new(account)
    } else {
        None
    }
}

impl FromStr for UniqueId {
    type Err = InvalidUniqueId;

    fn from_str(text: &str) -> Result<Self, InvalidUniqueId> {
        text.as_bytes()
            .try_into()
            .map_err(|_| InvalidUniqueId)
            .and_then(Self::from_ascii)
    }
}

impl fmt::Display for UniqueId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for UniqueId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for InvalidUniqueId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a unique id")
    }
}

impl std::error::Error for InvalidUniqueId {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::tests::Fixed;

    #[test]
    fn carries_the_account_as_aws_does() {
        let account = AccountId::new(532_587_168_180).unwrap();
        let id = UniqueId::generate(UniqueIdKind::User, account, &Fixed(0));
        assert_eq!(&id.as_str()[..11], &"AIDAXYAFLIG2LURZLZAH6"[..11]);
        assert_eq!(id.as_str().parse(), Ok(id));
        assert_eq!(id.embedded_account(), Some(account));
        let old: UniqueId = "ANPAIWMBCKSKIEE64ZLYK".parse().unwrap();
        assert_eq!(old.embedded_account(), None);
    }

    #[test]
    fn the_prefix_is_the_kind() {
        let account = AccountId::new(7).unwrap();
        for kind in [
            UniqueIdKind::Group,
            UniqueIdKind::User,
            UniqueIdKind::Policy,
            UniqueIdKind::Role,
            UniqueIdKind::InstanceProfile,
        ] {
            let id = UniqueId::generate(kind, account, &Fixed(9));
            assert_eq!((id.kind(), &id.as_str()[..4]), (kind, kind.prefix()));
            assert_eq!(id.as_str().parse(), Ok(id));
        }
        for text in [
            "ASCAXYAFLIG2LURZLZAH6",
            "AIDAXYAFLIG2LURZLZAH",
            "AIDAXYAFLIG2LURZLZAH61",
            "AIDAXYAFLIG2LURZLZAH1",
            "aidaXYAFLIG2LURZLZAH6",
        ] {
            assert_eq!(text.parse::<UniqueId>(), Err(InvalidUniqueId), "{text}");
        }
    }
}
