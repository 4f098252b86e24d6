//! Signing, for clients and tests.

use std::{borrow::Cow, fmt};

use crate::{
    BodyHash, HeaderField, Payload, Rejection, Request, Scope, ServiceKind, SigningKey,
    canonical::{Signed, canonical_path},
    date,
    signed_headers::SignedHeaders,
    uri_encode::{self, check_escapes},
};

/// An access key with its secret, and what it is used for.
#[derive(Clone, Copy)]
pub struct Signer<'a> {
    /// The access key's id.
    pub access_key_id: &'a str,
    /// The access key's secret.
    pub secret_access_key: &'a [u8],
    /// The session token of temporary credentials.
    pub session_token: Option<&'a str>,
    /// The region to sign for.
    pub region: &'a str,
    /// The service's signing name.
    pub service: &'a str,
    /// How the service's requests are canonicalised.
    pub kind: ServiceKind,
}

/// Headers that proxies add or change, and the one that will hold the signature.
const NEVER_SIGNED: [&str; 12] = [
    "authorization",
    "connection",
    "expect",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "user-agent",
    "x-amzn-trace-id",
];

/// Signs a request in its headers. Returns the headers to add: `x-amz-date`, `x-amz-security-token` and
/// `x-amz-content-sha256` where needed, and `authorization`; the request must not have any of them yet.
///
/// For S3, [`Payload::Body`] declares the hash of the body.
///
/// # Errors
///
/// What a verifier would refuse: no `host` header, a malformed path or query, a signed body that is unread.
pub fn sign_header(
    request: &Request<'_>,
    signer: &Signer<'_>,
    payload: Payload,
    body: BodyHash,
    now_seconds: i64,
) -> Result<Vec<(&'static str, String)>, Rejection> {
    let payload = match (signer.kind, payload, body) {
        (ServiceKind::S3, Payload::Body, BodyHash::Sha256 { digest, .. }) => Payload::Declared(digest),
        _ => payload,
    };
    let mut added = vec![("x-amz-date", date::basic_format(now_seconds))];
    if let Some(token) = signer.session_token {
        added.push(("x-amz-security-token", token.to_owned()));
    }
    if let Some(word) = payload.word() {
        added.push(("x-amz-content-sha256", word.into_owned()));
    }
    let mut headers = request.headers.to_vec();
    headers.extend(added.iter().map(|(name, value)| HeaderField {
        name,
        value: value.as_bytes(),
    }));
    let request = Request {
        headers: &headers,
        ..*request
    };
    let signed_headers = signed_headers(&headers)?;
    let signature = signer.signature(&request, &signed_headers, payload, body, now_seconds)?;
    let authorization = format!(
        "AWS4-HMAC-SHA256 Credential={}, SignedHeaders={signed_headers}, Signature={signature}",
        signer.credential(now_seconds),
    );
    added.push(("authorization", authorization));
    Ok(added)
}

/// Signs a request in its query. Returns the whole new query, without `?`. All headers that the
/// request has are signed and must be sent with it.
///
/// For S3, [`Payload::Body`] declares the hash of the body; [`Payload::Unsigned`] is what is usual there.
///
/// # Errors
///
/// As for [`sign_header`].
pub fn sign_query(
    request: &Request<'_>,
    signer: &Signer<'_>,
    payload: Payload,
    body: BodyHash,
    expires_seconds: u32,
    now_seconds: i64,
) -> Result<String, Rejection> {
    let payload = match (signer.kind, payload, body) {
        (ServiceKind::S3, Payload::Body, BodyHash::Sha256 { digest, .. }) => Payload::Declared(digest),
        _ => payload,
    };
    let signed_headers = signed_headers(request.headers)?;
    let mut parameters = vec![
        ("X-Amz-Algorithm", Cow::Borrowed("AWS4-HMAC-SHA256")),
        ("X-Amz-Credential", signer.credential(now_seconds).into()),
        ("X-Amz-Date", date::basic_format(now_seconds).into()),
        ("X-Amz-Expires", expires_seconds.to_string().into()),
        ("X-Amz-SignedHeaders", Cow::Borrowed(&*signed_headers)),
    ];
    // Without a word a presigned request for S3 is taken as unsigned.
    if let Some(word) = payload.word().filter(|_| payload != Payload::Unsigned) {
        parameters.push(("X-Amz-Content-Sha256", word));
    }
    if let Some(token) = signer.session_token {
        parameters.push(("X-Amz-Security-Token", token.into()));
    }
    let mut query = request.query.to_owned();
    for (name, value) in parameters {
        if !query.is_empty() {
            query.push('&');
        }
        query.push_str(name);
        query.push('=');
        uri_encode::encode(value.bytes(), &mut query);
    }
    let unsigned = Request {
        query: &query,
        ..*request
    };
    let signature = signer.signature(&unsigned, &signed_headers, payload, body, now_seconds)?;
    query.push_str("&X-Amz-Signature=");
    query.push_str(&signature);
    Ok(query)
}

impl Signer<'_> {
    fn credential(&self, now_seconds: i64) -> String {
        let date = date::basic_format(now_seconds);
        let day = date.get(..8).unwrap_or_default();
        let Self {
            access_key_id,
            region,
            service,
            ..
        } = self;
        format!("{access_key_id}/{day}/{region}/{service}/aws4_request")
    }

    fn signature(
        &self,
        request: &Request<'_>,
        signed_headers: &str,
        payload: Payload,
        body: BodyHash,
        now_seconds: i64,
    ) -> Result<String, Rejection> {
        check_escapes(request.path).map_err(|_| Rejection::PathMalformed)?;
        check_escapes(request.query)?;
        let text = date::basic_format(now_seconds);
        let scope = Scope {
            date: text.get(..8).unwrap_or_default(),
            region: self.region,
            service: self.service,
        };
        let key = SigningKey::derive(self.secret_access_key, scope.date, scope.region, scope.service);
        let signed_headers = SignedHeaders::find(Cow::Borrowed(signed_headers), request.headers)?;
        let signed = Signed {
            request,
            path: &canonical_path(request.path, self.kind),
            omit_signature: false,
            signed_headers: &signed_headers,
            payload,
            body,
            date: &date::basic_bytes(now_seconds),
            scope,
        };
        Ok(String::from_utf8_lossy(&signed.signature(&key)?).into_owned())
    }
}

impl fmt::Debug for Signer<'_> {
    /// Everything but the secret and the token.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signer")
            .field("access_key_id", &self.access_key_id)
            .field("region", &self.region)
            .field("service", &self.service)
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

/// The names of the headers to sign, as `SignedHeaders` lists them.
fn signed_headers(headers: &[HeaderField<'_>]) -> Result<String, Rejection> {
    let names = headers.iter().map(|field| field.name);
    let mut names: Vec<&str> = names.filter(|name| !NEVER_SIGNED.contains(name)).collect();
    names.sort_unstable();
    names.dedup();
    if names.contains(&"host") {
        Ok(names.join(";"))
    } else {
        Err(Rejection::HostNotSigned)
    }
}
