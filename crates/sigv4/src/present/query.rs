use std::borrow::Cow;

use super::{Claim, time};
use crate::{
    Form, Rejection,
    canonical::parameters,
    limits::QUERY_PARAMETERS_MAX,
    rejection::MissingParts,
    uri_encode::{check_escapes, decode_query_text},
};

/// The parameters of a query that say something about the signature, as sent. Of several the first counts;
/// the others are signed like any parameter.
#[derive(Default)]
pub(super) struct Query<'a> {
    pub(super) algorithm: Option<&'a str>,
    pub(super) content_sha256: Option<&'a str>,
    pub(super) expires: Option<&'a str>,
    /// Whether there are the parameters of Signature Version 2.
    pub(super) version_2: bool,
    credential: Option<&'a str>,
    date: Option<&'a str>,
    signature: Option<&'a str>,
    signed_headers: Option<&'a str>,
    session_token: Option<&'a str>,
}

impl<'a> Query<'a> {
    /// Reads a query into one without parameters.
    pub(super) fn read(&mut self, text: &'a str) -> Result<(), Rejection> {
        if text.is_empty() {
            return Ok(());
        }
        check_escapes(text)?;
        for (index, (name, value)) in parameters(text).enumerate() {
            if index >= QUERY_PARAMETERS_MAX {
                return Err(Rejection::TooLarge("parameters of the query"));
            }
            self.take(name, value);
        }
        Ok(())
    }

    fn take(&mut self, name: &'a str, value: &'a str) {
        let decoded = if name.contains('%') {
            decode_query_text(name)
        } else {
            None
        };
        let slot = match decoded.as_deref().unwrap_or(name) {
            "X-Amz-Algorithm" => &mut self.algorithm,
            "X-Amz-Credential" => &mut self.credential,
            "X-Amz-Date" => &mut self.date,
            "X-Amz-Expires" => &mut self.expires,
            "X-Amz-SignedHeaders" => &mut self.signed_headers,
            "X-Amz-Signature" => &mut self.signature,
            "X-Amz-Security-Token" => &mut self.session_token,
            // SDKs differ in how they write this one.
            "X-Amz-Content-SHA256" | "X-Amz-Content-Sha256" => &mut self.content_sha256,
            "AWSAccessKeyId" => {
                self.version_2 = true;
                return;
            }
            _ => return,
        };
        slot.get_or_insert(value);
    }

    /// The session token, if one was sent.
    pub(super) fn session_token(&self) -> Result<Option<Cow<'a, str>>, Rejection> {
        match self.session_token.map(decode_query_text) {
            None => Ok(None),
            Some(Some(token)) => Ok(Some(token)),
            Some(None) => Err(Rejection::SessionTokenMalformed),
        }
    }
}

/// Takes the parameters of a presigned request apart.
pub(super) fn claim<'a>(algorithm: &str, query: &Query<'a>) -> Result<Claim<'a>, Rejection> {
    if algorithm != "AWS4-HMAC-SHA256" {
        return Err(Rejection::QueryAlgorithmUnsupported);
    }
    match (
        query.credential,
        query.signed_headers,
        query.signature,
        query.date,
    ) {
        (Some(credential), Some(signed_headers), Some(signature), Some(date)) => Ok(Claim {
            form: Form::Query,
            credential,
            signed_headers: decode_query_text(signed_headers).ok_or(Rejection::SignedHeadersMalformed)?,
            signature: signature.as_bytes(),
            date: time::Sent::Query(date),
        }),
        (credential, signed_headers, signature, date) => Err(Rejection::QueryIncomplete(MissingParts {
            credential: credential.is_none(),
            signature: signature.is_none(),
            signed_headers: signed_headers.is_none(),
            date: date.is_none(),
        })),
    }
}
