use std::borrow::Cow;

use crate::{
    HeaderField, Rejection,
    limits::{HEADERS_MAX, SIGNED_HEADERS_MAX},
    scan,
};

/// The headers that a signature names, found among those of the request.
///
/// They are looked up once: the checks and the canonical request take them from here.
pub(crate) struct SignedHeaders<'a> {
    /// The names in byte order, parted by `;`.
    text: Cow<'a, str>,
    /// For each name the number of the first header with it, or `ABSENT`.
    first: [u8; SIGNED_HEADERS_MAX],
    /// The headers that are signed, a bit each.
    signed: u128,
    /// Whether several headers have one of the names.
    repeated: bool,
    names_host: bool,
}

/// One of the names.
pub(crate) struct SignedHeader<'a, 'r> {
    pub(crate) name: &'a str,
    /// The first header of that name.
    pub(crate) first: Option<&'r HeaderField<'r>>,
}

/// More than any header's number.
const ABSENT: u8 = u8::MAX;
const _: () = assert!(HEADERS_MAX <= u128::BITS as usize && HEADERS_MAX <= ABSENT as usize);

impl<'a> SignedHeaders<'a> {
    /// Finds the headers that `text` names.
    pub(crate) fn find(text: Cow<'a, str>, headers: &[HeaderField<'_>]) -> Result<Self, Rejection> {
        if headers.len() > HEADERS_MAX {
            return Err(Rejection::TooLarge("headers"));
        }
        let mut found = Self {
            text,
            first: [ABSENT; SIGNED_HEADERS_MAX],
            signed: 0,
            repeated: false,
            names_host: false,
        };
        let mut slots = found.first.iter_mut();
        let mut previous = "";
        for name in scan::split(&found.text, b';') {
            let Some(first) = slots.next() else {
                return Err(Rejection::TooLarge("signed headers"));
            };
            if !previous.bytes().lt(name.bytes()) {
                return Self::find(in_order(&found.text)?, headers);
            }
            previous = name;
            // The row that demands `host` calls it by its name in HTTP/2 as well.
            let is_host = matches!(name, "host" | ":authority");
            found.names_host |= is_host;
            let received_name = if is_host { "host" } else { name };
            for (index, field) in (0..ABSENT).zip(headers) {
                if scan::are_equal(field.name, received_name) {
                    found.signed |= 1 << index;
                    found.repeated |= *first != ABSENT;
                    *first = index.min(*first);
                }
            }
        }
        Ok(found)
    }

    /// The names as the canonical request lists them.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Whether `host` is among the names.
    pub(crate) fn names_host(&self) -> bool {
        self.names_host
    }

    /// Whether the header with this number is signed.
    pub(crate) fn covers(&self, index: usize) -> bool {
        self.signed >> index & 1 == 1
    }

    /// Whether several headers have one of the names.
    pub(crate) fn repeated(&self) -> bool {
        self.repeated
    }

    /// The names in order, each with its first header in `headers`, those given to [`SignedHeaders::find`].
    pub(crate) fn iter<'r>(
        &'r self,
        headers: &'r [HeaderField<'r>],
    ) -> impl Iterator<Item = SignedHeader<'r, 'r>> {
        let names = scan::split(&self.text, b';');
        names.zip(&self.first).map(|(name, first)| SignedHeader {
            name,
            first: headers.get(usize::from(*first)),
        })
    }
}

/// The names in byte order, as AWS uses them.
fn in_order<'a>(names: &str) -> Result<Cow<'a, str>, Rejection> {
    let mut sorted: Vec<&str> = names.split(';').collect();
    sorted.sort_unstable();
    let mut pairs = sorted.iter().zip(sorted.iter().skip(1));
    if sorted.contains(&"") || pairs.any(|(name, next)| name == next) {
        return Err(Rejection::SignedHeadersMalformed);
    }
    Ok(Cow::Owned(sorted.join(";")))
}
