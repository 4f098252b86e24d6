//! What a request says of its credential before anything is verified: a hint for the answer's
//! namespace, and what the operator is shown of a refusal.

use http::request::Parts;
use keystead_types::AccessKeyId;

/// The access key id and the service that a request claims.
#[derive(Clone, Copy, Default)]
pub(super) struct Claim<'a> {
    pub(super) access_key_id: Option<AccessKeyId>,
    pub(super) service: Option<&'a str>,
}

impl<'a> Claim<'a> {
    /// Reads `KEY/DATE/REGION/SERVICE/aws4_request` from the Authorization header, or else the query.
    pub(super) fn of(request: &'a Parts) -> Self {
        let header = request
            .headers
            .get(http::header::AUTHORIZATION)
            .and_then(|value| value.to_str().ok());
        let in_header = header
            .and_then(|header| header.split_once("Credential="))
            .map(|(_, rest)| rest);
        let in_query = || {
            let query = request.uri.query()?;
            query
                .split('&')
                .find_map(|parameter| parameter.strip_prefix("X-Amz-Credential="))
        };
        let Some(credential) = in_header.or_else(in_query) else {
            return Self::default();
        };
        let end = credential.find([',', ' ']).unwrap_or(credential.len());
        let credential = credential.get(..end).unwrap_or_default();
        // A query has its slashes escaped.
        let separator = if credential.contains('/') { "/" } else { "%2F" };
        let mut parts = credential.split(separator);
        Self {
            access_key_id: parts.next().and_then(|id| id.parse().ok()),
            service: parts.nth(2),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn header_and_query() {
        let id = "AKIAIOSFODNN7EXAMPLE";
        let rows = [
            (
                Some(format!(
                    "AWS4-HMAC-SHA256 Credential={id}/20260101/us-east-1/sts/aws4_request, SignedHeaders=host"
                )),
                "/",
                Some("sts"),
            ),
            (
                None,
                "/?X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20260101%2Fus-east-1%2Fiam%2Faws4_request&x=y",
                Some("iam"),
            ),
            (Some("Bearer x".to_owned()), "/", None),
            (None, "/", None),
        ];
        for (header, target, service) in rows {
            let mut request = http::Request::builder().uri(target);
            if let Some(header) = header {
                request = request.header("authorization", header);
            }
            let (parts, ()) = request.body(()).unwrap().into_parts();
            let claim = Claim::of(&parts);
            assert_eq!(claim.service, service, "{target}");
            assert_eq!(
                claim.access_key_id.map(|id| id.to_string()),
                service.map(|_| id.to_owned())
            );
        }
    }
}
