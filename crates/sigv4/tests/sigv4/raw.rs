//! Arbitrary bytes as requests: nothing panics, and nothing is verified.

use proptest::prelude::*;

use crate::support::{NOW, Owned, signer};
use keystead_sigv4::{Payload, ServiceKind};

#[path = "../../../../fuzz/src/raw_request.rs"]
mod raw_request;

/// A request of the form that the fuzz target reads.
fn written(request: &Owned) -> Vec<u8> {
    let mut bytes = format!("{} {}?{}", request.method, request.path, request.query).into_bytes();
    for (name, value) in &request.headers {
        bytes.extend_from_slice(format!("\n{name}:").as_bytes());
        bytes.extend_from_slice(value);
    }
    bytes.extend_from_slice(b"\n\n");
    bytes.extend_from_slice(&request.body);
    bytes
}

/// Signed requests, so that what is changed in them reaches every check.
fn signed() -> Vec<Vec<u8>> {
    let request = Owned::new("GET", "/a/./b%20c", "b=%2F&a=1").header("host", "h");
    let iam = signer("iam", ServiceKind::Other);
    let s3 = signer("s3", ServiceKind::S3);
    let requests = [
        request.clone().sign_header(&iam, Payload::Body, NOW),
        request.clone().sign_query(&iam, Payload::Body, 60, NOW),
        request.clone().sign_header(&s3, Payload::Body, NOW),
        request.sign_query(&s3, Payload::Unsigned, 60, NOW),
    ];
    requests.iter().map(written).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn arbitrary_bytes(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        raw_request::refuse(&bytes);
    }

    #[test]
    fn signed_requests_with_pieces_replaced(
        which in 0_usize..4, start in 0_usize..600, length in 0_usize..40, piece in "[ -~\\n\\x00ü%&=;/,]{0,12}",
    ) {
        let mut bytes = signed().swap_remove(which);
        let start = start.min(bytes.len());
        let end = (start + length).min(bytes.len());
        bytes.splice(start..end, piece.bytes());
        raw_request::refuse(&bytes);
    }
}
