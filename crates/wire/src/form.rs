//! `application/x-www-form-urlencoded`, strictly: nothing malformed is guessed at.

use std::borrow::Cow;

use keystead_types::limits;

use crate::ApiError;

/// The parameters of a request, in order of arrival. They borrow from it where nothing had to be
/// decoded.
#[derive(Debug, Default)]
pub struct Parameters<'a> {
    pairs: Vec<(Cow<'a, str>, Cow<'a, str>)>,
}

impl<'a> Parameters<'a> {
    /// Reads the parameters of each text in turn: the query, and the body of a POST.
    ///
    /// # Errors
    ///
    /// `MalformedQueryString` for a malformed escape, `InvalidQueryParameter` for bytes that are not
    /// UTF-8 and for more than [`limits::FORM_PARAMETERS_MAX`] parameters.
    pub(crate) fn parse(texts: [&'a [u8]; 2]) -> Result<Self, ApiError> {
        let ampersands = texts
            .iter()
            .map(|text| text.iter().filter(|byte| **byte == b'&').count());
        let count: usize = ampersands.map(|count| count + 1).sum();
        let mut pairs = Vec::with_capacity(count.min(limits::FORM_PARAMETERS_MAX));
        let components = texts.iter().flat_map(|text| text.split(|byte| *byte == b'&'));
        for component in components.filter(|component| !component.is_empty()) {
            if pairs.len() == limits::FORM_PARAMETERS_MAX {
                return Err(ApiError::too_many_parameters(limits::FORM_PARAMETERS_MAX));
            }
            let mut halves = component.splitn(2, |byte| *byte == b'=');
            let name = decode(halves.next().unwrap_or_default())?;
            let value = decode(halves.next().unwrap_or_default())?;
            pairs.push((name, value));
        }
        Ok(Self { pairs })
    }

    /// Parameters that are no text yet.
    pub(crate) fn of(pairs: Vec<(String, String)>) -> Parameters<'static> {
        let pairs = pairs.into_iter();
        Parameters {
            pairs: pairs.map(|(name, value)| (name.into(), value.into())).collect(),
        }
    }

    /// Every parameter, by name and value.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.pairs.iter().map(|(name, value)| (&**name, &**value))
    }

    /// The value of a parameter that may be given once.
    pub(crate) fn single(&self, name: &str) -> Result<Option<&str>, ApiError> {
        let mut values = self
            .iter()
            .filter(|(given, _)| *given == name)
            .map(|(_, value)| value);
        let value = values.next();
        match values.next() {
            None => Ok(value),
            Some(_) => Err(ApiError::repeated_parameter(name)),
        }
    }
}

fn decode(text: &[u8]) -> Result<Cow<'_, str>, ApiError> {
    let Some(first) = text.iter().position(|byte| matches!(byte, b'%' | b'+')) else {
        return std::str::from_utf8(text)
            .map(Cow::Borrowed)
            .map_err(|_| ApiError::form_not_utf8());
    };
    let (plain, mut rest) = text.split_at(first);
    let mut decoded = Vec::with_capacity(text.len());
    decoded.extend_from_slice(plain);
    while let [byte, after @ ..] = rest {
        rest = after;
        match byte {
            b'+' => decoded.push(b' '),
            b'%' => {
                let [high, low, after @ ..] = rest else {
                    return Err(ApiError::incomplete_escape());
                };
                let (Some(high_digit), Some(low_digit)) = (hex(*high), hex(*low)) else {
                    return Err(ApiError::illegal_escape(*high, *low));
                };
                decoded.push(high_digit << 4 | low_digit);
                rest = after;
            }
            _ => decoded.push(*byte),
        }
    }
    String::from_utf8(decoded)
        .map(Cow::Owned)
        .map_err(|_| ApiError::form_not_utf8())
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit)
        .to_digit(16)
        .and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn pairs(text: &str) -> Result<Vec<(String, String)>, String> {
        let parameters = Parameters::parse([b"", text.as_bytes()]);
        let parameters = parameters.map_err(|error| error.message().unwrap_or_default().to_owned())?;
        Ok(parameters
            .iter()
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect())
    }

    #[test]
    fn well_formed() {
        let rows: [(&str, &[(&str, &str)]); 7] = [
            ("", &[]),
            ("&&a=1&&", &[("a", "1")]),
            ("a", &[("a", "")]),
            ("a=b=c", &[("a", "b=c")]),
            ("a+b=c%2Bd%2b", &[("a b", "c+d+")]),
            ("a=%C3%A4&a=%00", &[("a", "ä"), ("a", "\0")]),
            ("=x", &[("", "x")]),
        ];
        for (text, expected) in rows {
            let expected: Vec<_> = expected
                .iter()
                .map(|(n, v)| ((*n).to_owned(), (*v).to_owned()))
                .collect();
            assert_eq!(pairs(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn malformed() {
        let rows = [
            ("a=%", "Incomplete trailing escape % sequence"),
            ("a=b%4", "Incomplete trailing escape % sequence"),
            ("a=%zz", "Illegal hex character in escape % pattern: %zz"),
            ("a=%4g&b=1", "Illegal hex character in escape % pattern: %4g"),
            ("a=%+1", "Illegal hex character in escape % pattern: %+1"),
            ("a=%FF", "The request's parameters are not valid UTF-8."),
            ("%C3=a", "The request's parameters are not valid UTF-8."),
        ];
        for (text, message) in rows {
            assert_eq!(pairs(text), Err(message.to_owned()), "{text}");
        }
        assert!(Parameters::parse([b"a=\xff", b""]).is_err());
        assert!(Parameters::parse([b"a=%\xff\xff", b""]).is_err());
    }

    #[test]
    fn the_number_of_parameters_is_bounded() {
        let most = vec!["a=1"; limits::FORM_PARAMETERS_MAX].join("&");
        assert!(Parameters::parse([b"", most.as_bytes()]).is_ok());
        assert!(Parameters::parse([b"b=2", most.as_bytes()]).is_err());
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(query: Vec<u8>, body: Vec<u8>) {
            let _ = Parameters::parse([&query, &body]);
        }

        #[test]
        fn what_was_encoded_comes_back(expected: Vec<(String, String)>) {
            let mut form = form_urlencoded::Serializer::new(String::new());
            let text = form.extend_pairs(&expected).finish();
            // A pair without name and value is written as `=` and stays one.
            prop_assert_eq!(pairs(&text), Ok(expected));
        }
    }
}
