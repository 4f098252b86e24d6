//! What a request says of its credential before anything is verified: a hint for the answer's
//! namespace, and what the operator is shown of a refusal.
//!
//! It is read by the rules of the verification itself, so that a request that is verified cannot have
//! claimed another key than the one that was verified.

use http::request::Parts;
use keystead_types::AccessKeyId;

/// The access key id and the service that a request claims.
#[derive(Clone, Copy, Default)]
pub(super) struct Claim<'a> {
    pub(super) access_key_id: Option<AccessKeyId>,
    pub(super) service: Option<&'a str>,
}

impl<'a> Claim<'a> {
    /// Reads `KEY/DATE/REGION/SERVICE/aws4_request` from the Authorization header, or, if there is none,
    /// from the query.
    pub(super) fn of(request: &'a Parts) -> Self {
        match request.headers.get(http::header::AUTHORIZATION) {
            Some(header) => str::from_utf8(header.as_bytes())
                .ok()
                .and_then(in_header)
                .map(|credential| Self::new(credential.split('/'))),
            None => request
                .uri
                .query()
                .and_then(in_query)
                .map(|credential| Self::new(split_escaped(credential))),
        }
        .unwrap_or_default()
    }

    fn new(mut parts: impl Iterator<Item = &'a str>) -> Self {
        Self {
            access_key_id: parts.next().and_then(|id| id.parse().ok()),
            service: parts.nth(2),
        }
    }
}

/// The last `Credential` part of the header counts.
fn in_header(header: &str) -> Option<&str> {
    let parts = header.trim_ascii().strip_prefix("AWS4-HMAC-SHA256 ")?;
    parts
        .trim_ascii()
        .split(',')
        .filter_map(|part| part.trim_ascii_start().strip_prefix("Credential="))
        .next_back()
}

/// The first `X-Amz-Credential` of a query counts, however its name is escaped.
fn in_query(query: &str) -> Option<&str> {
    query.split('&').find_map(|parameter| {
        let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        decoded(name).eq("X-Amz-Credential".bytes()).then_some(value)
    })
}

/// The bytes of a percent-encoded name, which has no malformed escape in a request that is verified.
fn decoded(name: &str) -> impl Iterator<Item = u8> {
    let mut bytes = name.bytes();
    std::iter::from_fn(move || {
        let byte = bytes.next()?;
        if byte != b'%' {
            return Some(byte);
        }
        let mut digit = || char::from(bytes.next()?).to_digit(16);
        u8::try_from(digit()? * 16 + digit()?).ok()
    })
}

/// A query may have the credential's slashes escaped.
fn split_escaped(credential: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(credential);
    std::iter::from_fn(move || {
        let text = rest?;
        let slash = ["/", "%2F", "%2f"]
            .into_iter()
            .filter_map(|slash| text.split_once(slash))
            .min_by_key(|(part, _)| part.len());
        rest = slash.map(|(_, rest)| rest);
        Some(slash.map_or(text, |(part, _)| part))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "AKIAIOSFODNN7EXAMPLE";
    const FORGED: &str = "AKIAFORGEDFORGEDFORG";

    fn claimed(header: Option<&str>, target: &str) -> (Option<String>, Option<String>) {
        let mut request = http::Request::builder().uri(target);
        if let Some(header) = header {
            request = request.header("authorization", header);
        }
        let (parts, ()) = request.body(()).unwrap().into_parts();
        let claim = Claim::of(&parts);
        (
            claim.access_key_id.map(|id| id.to_string()),
            claim.service.map(str::to_owned),
        )
    }

    fn header(credentials: &str) -> Option<String> {
        Some(format!(
            "AWS4-HMAC-SHA256 {credentials}, SignedHeaders=host, Signature=0"
        ))
    }

    #[test]
    fn header_and_query() {
        let scope = "20260101/us-east-1/sts/aws4_request";
        let escaped = "20260101%2Fus-east-1%2fsts/aws4_request";
        let rows = [
            (
                header(&format!("Credential={ID}/{scope}")),
                "/".to_owned(),
                Some(ID),
            ),
            (
                header(&format!("Credential={FORGED}/{scope}, Credential={ID}/{scope}")),
                "/".to_owned(),
                Some(ID),
            ),
            (
                header(&format!("XCredential={FORGED}/{scope},Credential={ID}/{scope}")),
                "/".to_owned(),
                Some(ID),
            ),
            (
                header(&format!("Credential={ID}/{scope}, X=Credential={FORGED}/{scope}")),
                "/".to_owned(),
                Some(ID),
            ),
            (
                header(&format!("Credential={ID}/{scope}")),
                format!("/?X-Amz-Credential={FORGED}/{scope}"),
                Some(ID),
            ),
            (None, format!("/?X-Amz-Credential={ID}%2F{escaped}&x=y"), Some(ID)),
            (
                None,
                format!("/?x=y&%58-Amz-Credential={ID}/{scope}&X-Amz-Credential={FORGED}/{scope}"),
                Some(ID),
            ),
            (None, format!("/?x-amz-credential={ID}/{scope}"), None),
            (None, "/?%zz&X-Amz-Credential%2=".to_owned(), None),
            (
                Some(format!("Bearer Credential={FORGED}/{scope}")),
                "/".to_owned(),
                None,
            ),
            (Some("AWS4-HMAC-SHA256".to_owned()), "/".to_owned(), None),
            (None, "/".to_owned(), None),
        ];
        for (header, target, id) in rows {
            let expected = (id.map(str::to_owned), id.map(|_| "sts".to_owned()));
            assert_eq!(
                claimed(header.as_deref(), &target),
                expected,
                "{header:?} {target}"
            );
        }
    }

    /// What is verified is what was claimed, whichever parts a request repeats.
    #[test]
    fn agrees_with_the_verification() {
        use keystead_sigv4::{Expected, HeaderField, Request, ServiceKind, present};
        let scope = "20260102/us-east-1/iam/aws4_request";
        let signed = "SignedHeaders=host;x-amz-date, Signature=0";
        let rows = [
            format!("Credential={ID}/{scope}, {signed}"),
            format!("Credential={FORGED}/{scope}, {signed}, Credential={ID}/{scope}"),
            format!("X=Credential={FORGED}/{scope},  Credential={ID}/{scope}, {signed}"),
            format!("credential={FORGED}/{scope},Credential={ID}/{scope}, {signed}"),
        ];
        for parts in rows {
            let authorization = format!("AWS4-HMAC-SHA256  {parts}");
            let headers = [
                ("host", "h"),
                ("x-amz-date", "20260102T030405Z"),
                ("authorization", &*authorization),
            ];
            let headers = headers.map(|(name, value)| HeaderField {
                name,
                value: value.as_bytes(),
            });
            let request = Request {
                method: "POST",
                path: "/",
                query: "",
                headers: &headers,
            };
            let expected = Expected {
                service: "iam",
                kind: ServiceKind::Other,
                regions: None,
                skew_seconds_max: 900,
            };
            let presented = present(&request, &expected, 1_767_323_045).unwrap();
            let verified = presented.access_key_id();
            assert_eq!(
                claimed(Some(&authorization), "/").0.as_deref(),
                Some(verified),
                "{authorization}"
            );
        }
    }
}
