use std::{fmt, str::FromStr};

use zeroize::Zeroizing;

use crate::{
    AccountId, Random,
    unique_id::{decode_account_bits, encode_account_bits},
};

/// The public half of an access key, such as `AKIAXYAFLIG2DFBKVWHJ`.
///
/// Holds 16 to 32 characters of `[A-Za-z0-9_]`. AWS's model allows up to 128 on input; no key
/// with more than 32 exists here, so a longer one is simply unknown.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccessKeyId {
    // Unused bytes are zero, so that the derived comparisons hold.
    bytes: [u8; AccessKeyId::LENGTH_MAX],
    length: u8,
}

/// The secret half of an access key. It has no `Debug`, and its memory is wiped when dropped.
#[derive(Clone)]
pub struct SecretAccessKey(Zeroizing<Vec<u8>>);

/// Whether a key may sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AccessKeyStatus {
    /// Signs requests.
    Active,
    /// Kept and counted, but refused.
    Inactive,
}

/// The text is no access key id, or no secret, that Keystead can hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidAccessKey;

impl AccessKeyId {
    /// Shortest id, in characters. Source: IAM's model.
    pub const LENGTH_MIN: usize = 16;
    /// Longest id that is stored, in characters.
    pub const LENGTH_MAX: usize = 32;
    const TEMPORARY_PREFIX: &str = "ASIA";

    /// Makes a long-term key id (`AKIA`) that carries its account: after the prefix 80 bits in
    /// base32, a 1, the account (40 bits), 39 random bits. Uniqueness is for the store to check.
    pub fn generate(account: AccountId, random: &dyn Random) -> Self {
        let mut random_bytes = [0; 8];
        random.fill(&mut random_bytes);
        let mut bytes = [0; Self::LENGTH_MAX];
        bytes[..4].copy_from_slice(b"AKIA");
        encode_account_bits::<39>(account, u64::from_le_bytes(random_bytes), &mut bytes[4..20]);
        Self { bytes, length: 20 }
    }

    /// Makes the id of temporary credentials (`ASIA`), laid out like a long-term one. It is stored nowhere: it
    /// counts only together with its session token.
    pub fn generate_temporary(account: AccountId, random: &dyn Random) -> Self {
        let mut id = Self::generate(account, random);
        id.bytes[..4].copy_from_slice(Self::TEMPORARY_PREFIX.as_bytes());
        id
    }

    /// Whether it is the id of temporary credentials.
    pub fn is_temporary(&self) -> bool {
        self.as_str().starts_with(Self::TEMPORARY_PREFIX)
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.bytes[..usize::from(self.length)]).unwrap_or_default()
    }

    /// The account that a new-format id (20 characters, generation bit set) carries, or `None`.
    pub fn embedded_account(&self) -> Option<AccountId> {
        let suffix = self
            .as_str()
            .as_bytes()
            .get(4..)
            .filter(|suffix| suffix.len() == 16)?;
        decode_account_bits::<39>(suffix)
    }
}

impl SecretAccessKey {
    /// Length of the secrets that Keystead makes, in characters.
    pub const LENGTH: usize = 40;

    /// Makes a secret of 40 characters of `[A-Za-z0-9]`, 238 bits, free of the `/` and `+` that
    /// break tools.
    pub fn generate(random: &dyn Random) -> Self {
        const ALPHABET: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
        let mut secret = Zeroizing::new(Vec::with_capacity(Self::LENGTH));
        while secret.len() < Self::LENGTH {
            let mut bytes = Zeroizing::new([0; 64]);
            random.fill(bytes.as_mut());
            // 248 is the largest multiple of 62 in a byte: taking the remainder below it is unbiased.
            let fair = bytes.iter().filter(|byte| **byte < 248);
            let missing = Self::LENGTH - secret.len();
            secret.extend(
                fair.map(|byte| ALPHABET[usize::from(*byte) % ALPHABET.len()])
                    .take(missing),
            );
        }
        Self(secret)
    }

    /// Takes over an imported secret: 16 to 128 printable ASCII characters without spaces.
    pub fn import(secret: &str) -> Result<Self, InvalidAccessKey> {
        let legal = (16..=128).contains(&secret.len()) && secret.bytes().all(|byte| byte.is_ascii_graphic());
        if legal {
            Ok(Self(Zeroizing::new(secret.as_bytes().to_vec())))
        } else {
            Err(InvalidAccessKey)
        }
    }

    /// The secret itself. Every caller of this is a place where it could leak.
    pub fn expose(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl AccessKeyStatus {
    /// AWS's word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "Active",
            Self::Inactive => "Inactive",
        }
    }
}

impl FromStr for AccessKeyId {
    type Err = InvalidAccessKey;

    fn from_str(text: &str) -> Result<Self, InvalidAccessKey> {
        let legal = (Self::LENGTH_MIN..=Self::LENGTH_MAX).contains(&text.len())
            && text
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        if !legal {
            return Err(InvalidAccessKey);
        }
        let mut bytes = [0; Self::LENGTH_MAX];
        bytes[..text.len()].copy_from_slice(text.as_bytes());
        Ok(Self {
            bytes,
            length: text.len() as u8,
        })
    }
}

impl FromStr for AccessKeyStatus {
    type Err = InvalidAccessKey;

    fn from_str(text: &str) -> Result<Self, InvalidAccessKey> {
        match text {
            "Active" => Ok(Self::Active),
            "Inactive" => Ok(Self::Inactive),
            _ => Err(InvalidAccessKey),
        }
    }
}

impl fmt::Display for AccessKeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for AccessKeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for InvalidAccessKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not an access key")
    }
}

impl std::error::Error for InvalidAccessKey {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::tests::Fixed;

    #[test]
    fn the_account_is_read_out_of_real_ids() {
        let rows = [
            ("ASIAY34FZKBOKMUTVV7A", Some(609_629_065_308)),
            ("AKIAXYAFLIG2DFBKVWHJ", Some(532_587_168_180)),
            ("AKIAIOSFODNN7EXAMPLE", None),
            ("AKIAIOSFODNN7EXAMP", None),
        ];
        for (id, account) in rows {
            let id: AccessKeyId = id.parse().unwrap();
            assert_eq!(id.embedded_account().map(AccountId::number), account, "{id}");
        }
    }

    #[test]
    fn lengths_and_characters_at_their_bounds() {
        let rows = [(15, false), (16, true), (32, true), (33, false)];
        for (length, legal) in rows {
            assert_eq!(
                "A".repeat(length).parse::<AccessKeyId>().is_ok(),
                legal,
                "{length}"
            );
        }
        for text in ["AKIAAAAAAAAAAAA-", "AKIAAAAAAAAAAAAÄ", "AKIAAAAAAAAAAAA "] {
            assert!(text.parse::<AccessKeyId>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_secret_has_forty_letters_and_digits() {
        let secret = SecretAccessKey::generate(&Fixed(61));
        assert_eq!(secret.expose(), "9".repeat(40));
    }

    proptest::proptest! {
        #[test]
        fn ids_round_trip(account in 0_u64..1_000_000_000_000, byte in 0_u8..=255) {
            let account = AccountId::new(account).unwrap();
            let id = AccessKeyId::generate(account, &Fixed(byte));
            proptest::prop_assert_eq!(id.embedded_account(), Some(account));
            proptest::prop_assert_eq!(id.as_str().parse(), Ok(id));
            let temporary = AccessKeyId::generate_temporary(account, &Fixed(byte));
            proptest::prop_assert_eq!(temporary.embedded_account(), Some(account));
            proptest::prop_assert!(temporary.is_temporary() && !id.is_temporary());
        }
    }
}
