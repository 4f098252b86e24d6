mod credential;
mod header;
mod query;
mod time;

use std::borrow::Cow;

use crate::{
    Expected, Form, Payload, Presented, Rejection, Request, ServiceKind, limits::TARGET_BYTES_MAX, scan,
    signed_headers::SignedHeaders, uri_encode,
};
use header::Headers;
use query::Query;

/// Finds the credentials of a request and checks everything about them that needs no key, in AWS's order.
///
/// `now_seconds` is the time in seconds since 1970.
pub fn present<'a>(
    request: &Request<'a>,
    expected: &Expected<'_>,
    now_seconds: i64,
) -> Result<Presented<'a>, Rejection> {
    check_target(request)?;
    check_path(request.path, expected.kind)?;
    let mut query = Query::default();
    query.read(request.query)?;
    let headers = Headers::read(request.headers);

    let claim = match (headers.authorization, query.algorithm) {
        (Some(_), Some(_)) => return Err(Rejection::BothForms),
        (Some(authorization), None) => header::claim(authorization, &headers)?,
        (None, Some(algorithm)) => query::claim(algorithm, &query)?,
        (None, None) if query.version_2 => return Err(Rejection::SignatureVersion2),
        (None, None) => return Err(Rejection::AuthenticationMissing),
    };

    let signed_headers = SignedHeaders::find(claim.signed_headers, request.headers)?;
    let payload_word = match query.content_sha256 {
        Some(word) if claim.form == Form::Query && expected.kind == ServiceKind::S3 => Some(word.as_bytes()),
        _ => headers.content_sha256,
    };
    check_signed_headers(request, &signed_headers, payload_word, expected.kind)?;

    let date = time::read(claim.date)?;
    match (expected.kind, claim.form) {
        (ServiceKind::S3, Form::Query) => time::check_expiry(&date, query.expires, expected, now_seconds)?,
        (kind, _) => time::check_skew(&date, kind, expected, now_seconds)?,
    }
    let credential = credential::read(claim.credential, claim.form)?;
    credential::check_scope(&credential, &date.text, expected)?;

    let session_token = match claim.form {
        Form::Header => headers.session_token()?,
        Form::Query => query.session_token()?,
    };
    let payload = read_payload(
        payload_word,
        headers.content_sha256_repeated,
        expected.kind,
        claim.form,
    )?;

    Ok(Presented {
        request: *request,
        kind: expected.kind,
        form: claim.form,
        access_key_id: credential.access_key_id,
        scope: credential.scope,
        date: date.text,
        session_token,
        signed_headers,
        signature: claim.signature,
        payload,
    })
}

/// What either form says, not yet looked into.
struct Claim<'a> {
    form: Form,
    credential: &'a str,
    signed_headers: Cow<'a, str>,
    signature: &'a [u8],
    date: time::Sent<'a>,
}

fn check_target(request: &Request<'_>) -> Result<(), Rejection> {
    if request.path.len() + request.query.len() > TARGET_BYTES_MAX {
        return Err(Rejection::TooLarge("bytes of path and query"));
    }
    Ok(())
}

fn check_path(path: &str, kind: ServiceKind) -> Result<(), Rejection> {
    if matches!(path, "" | "/") {
        return Ok(());
    }
    let well_formed = path.starts_with('/')
        && uri_encode::check_escapes(path).is_ok()
        && !scan::has_space_or_control(path.as_bytes());
    // S3 takes `..` as the name of an object.
    if !well_formed || (kind == ServiceKind::Other && climbs_above_root(path)) {
        return Err(Rejection::PathMalformed);
    }
    Ok(())
}

fn climbs_above_root(path: &str) -> bool {
    let mut depth = 0_usize;
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => match depth.checked_sub(1) {
                Some(parent) => depth = parent,
                None => return true,
            },
            _ => depth += 1,
        }
    }
    false
}

/// Whether the signature covers what AWS demands: `host`, and every `x-amz-*` header that came along.
///
/// Not demanded: the session token, which some services add after signing and which vouches for itself; the
/// checksums that SDKs add; and the payload's hash where its value is the canonical request's last line anyway.
fn check_signed_headers(
    request: &Request<'_>,
    signed_headers: &SignedHeaders<'_>,
    payload_word: Option<&[u8]>,
    kind: ServiceKind,
) -> Result<(), Rejection> {
    if !signed_headers.names_host() {
        return Err(Rejection::HostNotSigned);
    }
    for (index, field) in request.headers.iter().enumerate() {
        let Some(rest) = field.name.strip_prefix("x-amz-") else {
            continue;
        };
        if signed_headers.covers(index) {
            continue;
        }
        let excepted = match rest {
            "security-token" => true,
            "content-sha256" => payload_word == Some(field.value),
            _ => rest.starts_with("sdk-checksum"),
        };
        if !excepted {
            return Err(Rejection::HeaderNotSigned {
                name: field.name.to_owned(),
                kind,
            });
        }
    }
    Ok(())
}

fn read_payload(
    word: Option<&[u8]>,
    repeated: bool,
    kind: ServiceKind,
    form: Form,
) -> Result<Payload, Rejection> {
    let Some(word) = word else {
        return match (kind, form) {
            (ServiceKind::S3, Form::Header) => Err(Rejection::ContentSha256Missing),
            (ServiceKind::S3, Form::Query) => Ok(Payload::Unsigned),
            (ServiceKind::Other, _) => Ok(Payload::Body),
        };
    };
    match (Payload::parse(word), kind) {
        (Some(payload), ServiceKind::S3) if !repeated => Ok(payload),
        (Some(payload @ Payload::Declared(_)), ServiceKind::Other) if !repeated => Ok(payload),
        _ => Err(Rejection::PayloadModeRefused(kind)),
    }
}
