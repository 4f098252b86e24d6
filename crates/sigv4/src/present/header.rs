use std::borrow::Cow;

use super::{Claim, time};
use crate::{Form, HeaderField, Rejection, limits::AUTHORIZATION_BYTES_MAX, rejection::MissingParts, scan};

/// The headers that say something about the signature.
#[derive(Default)]
pub(super) struct Headers<'a> {
    /// `Authorization`. Of several the first counts; nothing else reads any of them.
    pub(super) authorization: Option<&'a [u8]>,
    pub(super) content_sha256: Option<&'a [u8]>,
    pub(super) content_sha256_repeated: bool,
    amz_date: Option<&'a [u8]>,
    amz_date_repeated: Option<&'a [u8]>,
    http_date: Option<&'a [u8]>,
    session_token: Option<&'a [u8]>,
    session_token_repeated: bool,
}

impl<'a> Headers<'a> {
    pub(super) fn read(fields: &[HeaderField<'a>]) -> Self {
        let mut headers = Self::default();
        for field in fields {
            let value = field.value;
            match field.name {
                "authorization" => {
                    headers.authorization.get_or_insert(value);
                }
                "date" => {
                    headers.http_date.get_or_insert(value);
                }
                "x-amz-date" if headers.amz_date.is_some() => headers.amz_date_repeated = Some(value),
                "x-amz-date" => headers.amz_date = Some(value),
                "x-amz-security-token" => {
                    headers.session_token_repeated = headers.session_token.is_some();
                    headers.session_token = Some(value);
                }
                "x-amz-content-sha256" => {
                    headers.content_sha256_repeated = headers.content_sha256.is_some();
                    headers.content_sha256 = Some(value);
                }
                _ => {}
            }
        }
        headers
    }

    /// The session token, if one was sent.
    pub(super) fn session_token(&self) -> Result<Option<Cow<'a, str>>, Rejection> {
        match self.session_token.map(str::from_utf8) {
            None => Ok(None),
            Some(Ok(token)) if !self.session_token_repeated => Ok(Some(Cow::Borrowed(token))),
            Some(_) => Err(Rejection::SessionTokenMalformed),
        }
    }

    /// The request's time: `X-Amz-Date` wins over `Date`.
    fn date(&self) -> Option<time::Sent<'a>> {
        match (self.amz_date, self.amz_date_repeated, self.http_date) {
            (Some(first), Some(last), _) => Some(time::Sent::Repeated(first, last)),
            (Some(date), None, _) => Some(time::Sent::Amz(date)),
            (None, _, Some(date)) => Some(time::Sent::Http(date)),
            (None, _, None) => None,
        }
    }
}

/// Takes an `Authorization` header apart.
pub(super) fn claim<'a>(authorization: &'a [u8], headers: &Headers<'a>) -> Result<Claim<'a>, Rejection> {
    if authorization.len() > AUTHORIZATION_BYTES_MAX {
        return Err(Rejection::TooLarge("bytes of Authorization"));
    }
    let Ok(text) = str::from_utf8(authorization) else {
        return Err(malformed(authorization, authorization));
    };
    let text = text.trim_ascii();
    let Some(parts) = text
        .strip_prefix("AWS4-HMAC-SHA256")
        .filter(|rest| rest.is_empty() || rest.starts_with(' '))
    else {
        let scheme = text.split(' ').next().unwrap_or_default();
        return Err(Rejection::AlgorithmUnsupported(scheme.to_owned()));
    };

    let (mut credential, mut signed_headers, mut signature) = (None, None, None);
    let parts = parts.trim_ascii();
    if !parts.is_empty() {
        for part in scan::split(parts, b',') {
            let part = part.trim_ascii_start();
            if let Some(value) = part.strip_prefix("Credential=") {
                credential = Some(value);
            } else if let Some(value) = part.strip_prefix("SignedHeaders=") {
                signed_headers = Some(value);
            } else if let Some(value) = part.strip_prefix("Signature=") {
                signature = Some(value);
            } else if !part.contains('=') {
                return Err(malformed(part.as_bytes(), authorization));
            }
        }
    }

    let date = headers.date();
    match (credential, signed_headers, signature, date) {
        (Some(credential), Some(signed_headers), Some(signature), Some(date)) => Ok(Claim {
            form: Form::Header,
            credential,
            signed_headers: Cow::Borrowed(signed_headers),
            signature: signature.as_bytes(),
            date,
        }),
        _ => Err(Rejection::AuthorizationIncomplete(MissingParts {
            credential: credential.is_none(),
            signature: signature.is_none(),
            signed_headers: signed_headers.is_none(),
            date: date.is_none(),
        })),
    }
}

fn malformed(part: &[u8], authorization: &[u8]) -> Rejection {
    Rejection::AuthorizationPart {
        part: String::from_utf8_lossy(part).into_owned(),
        authorization: String::from_utf8_lossy(authorization).into_owned(),
    }
}
