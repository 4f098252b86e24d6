//! Takes any bytes for a request and has it verified. The fuzz target runs this, and on stable toolchains a
//! test of `crates/sigv4` does.

use keystead_sigv4::{BodyHash, Expected, HeaderField, Request, ServiceKind, SigningKey, present};

/// 2026-01-02T03:04:05Z.
const NOW: i64 = 1_767_323_045;

/// Presents and verifies `bytes` as a request in the manner of HTTP/1.1, for both kinds of service.
///
/// # Panics
///
/// When the request is found to be signed: nobody knows the secret.
pub(crate) fn refuse(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let (head, body) = text.split_once("\n\n").unwrap_or((&text, ""));
    let mut lines = head.split('\n');
    let mut words = lines.next().unwrap_or_default().splitn(2, ' ');
    let method = words.next().unwrap_or_default();
    let target = words.next().unwrap_or_default();
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let headers: Vec<HeaderField<'_>> = lines
        .map(|line| line.split_once(':').unwrap_or((line, "")))
        .map(|(name, value)| HeaderField {
            name,
            value: value.as_bytes(),
        })
        .collect();
    let request = Request {
        method,
        path,
        query,
        headers: &headers,
    };
    for (service, kind) in [("iam", ServiceKind::Other), ("s3", ServiceKind::S3)] {
        let expected = Expected {
            service,
            kind,
            regions: None,
            skew_seconds_max: 900,
        };
        match present(&request, &expected, NOW) {
            Ok(presented) => {
                let scope = presented.scope();
                let key = SigningKey::derive(b"nobody knows it", scope.date, scope.region, scope.service);
                let outcome = presented.verify(&key, BodyHash::of(body.as_bytes()));
                assert!(outcome.is_err());
                let _ = presented.reject_unknown_key(BodyHash::Unread);
                let _ = (
                    presented.access_key_id(),
                    presented.session_token(),
                    presented.payload(),
                );
            }
            // Every text can be written.
            Err(rejection) => drop((rejection.to_string(), rejection.check(), rejection.code())),
        }
    }
}
