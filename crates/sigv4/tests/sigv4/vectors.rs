//! Signatures that others computed: AWS's documentation and signing suite, and botocore.

use keystead_sigv4::{BodyHash, Payload, Rejection, ServiceKind, present, sign::Signer};

use crate::support::{ACCESS_KEY_ID, NOW, Owned, SECRET, expected, key_for, signature_of, signer};

/// 2015-08-30T12:36:00Z, the time of AWS's suite.
const SUITE_NOW: i64 = 1_440_938_160;
const SUITE_SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
/// 2013-05-24T00:00:00Z, the time of S3's examples.
const S3_NOW: i64 = 1_369_353_600;

fn suite_signer() -> Signer<'static> {
    Signer {
        secret_access_key: SUITE_SECRET.as_bytes(),
        ..signer("service", ServiceKind::Other)
    }
}

#[test]
fn get_vanilla() {
    let request = Owned::new("GET", "/", "").header("host", "example.amazonaws.com");
    let expected = expected("service", ServiceKind::Other);

    let in_header = request
        .clone()
        .sign_header(&suite_signer(), Payload::Body, SUITE_NOW);
    let signature = "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31";
    assert_eq!(signature_of(&in_header), signature);
    assert_eq!(in_header.check_with(SUITE_SECRET, &expected, SUITE_NOW), Ok(()));

    let in_query = request.sign_query(&suite_signer(), Payload::Body, 3600, SUITE_NOW);
    let signature = "e93c787ed7f371d5c6b165c1b38ede9550f4dce4144713e844b25b7192d3865d";
    assert_eq!(signature_of(&in_query), signature);
    assert_eq!(in_query.check_with(SUITE_SECRET, &expected, SUITE_NOW), Ok(()));
}

#[test]
fn a_form_for_iam_with_and_without_session_token() {
    let request = Owned::new("POST", "/", "")
        .header("host", "127.0.0.1:8080")
        .header("content-type", "application/x-www-form-urlencoded; charset=utf-8")
        .body("Action=ListAccessKeys&Version=2010-05-08&UserName=bob");
    let rows = [
        (
            None,
            "5ec159858cdc70e22fa78776f3b1b64c3b472461db969f82706b39c54df4095e",
        ),
        (
            Some("TOKENEXAMPLE/+=="),
            "67a4ee14cdfd56a34b2716b3fbf540c17a61ef7d6a07dfcd82fff24de44af500",
        ),
    ];
    for (session_token, signature) in rows {
        let signer = Signer {
            session_token,
            ..signer("iam", ServiceKind::Other)
        };
        let signed = request.clone().sign_header(&signer, Payload::Body, NOW);
        assert_eq!(signature_of(&signed), signature);
        assert_eq!(signed.check(&expected("iam", ServiceKind::Other), NOW), Ok(()));
        signed.with(|request| {
            let presented = present(request, &expected("iam", ServiceKind::Other), NOW).unwrap();
            assert_eq!(presented.access_key_id(), ACCESS_KEY_ID);
            assert_eq!(presented.session_token(), session_token);
        });
    }
}

#[test]
fn a_presigned_identity_with_a_signed_header_of_its_own() {
    let signer = Signer {
        session_token: Some("TOKENEXAMPLE/+=="),
        ..signer("sts", ServiceKind::Other)
    };
    let signed = Owned::new("GET", "/", "Action=GetCallerIdentity&Version=2011-06-15")
        .header("host", "sts.us-east-1.amazonaws.com")
        .header("x-k8s-aws-id", "my-cluster")
        .sign_query(&signer, Payload::Body, 60, NOW);
    let signature = "9423b7390280b24074fbe6e3f6c44b31375b6a703b8ebc2ff3082b8026bf0130";
    assert_eq!(signature_of(&signed), signature);
    let sts = expected("sts", ServiceKind::Other);
    // STS does not look at X-Amz-Expires.
    assert_eq!(signed.check(&sts, NOW + 900), Ok(()));
    assert_eq!(signed.check(&sts, NOW + 901).unwrap_err().check(), "not-too-old");
    let foreign = signed.replaced("x-k8s-aws-id", "your-cluster");
    assert_eq!(foreign.check(&sts, NOW), Err(Rejection::SignatureMismatch));
}

#[test]
fn the_seed_signatures_of_streamed_uploads() {
    let request = Owned::new("PUT", "/examplebucket/chunkObject.txt", "")
        .header("host", "s3.amazonaws.com")
        .header("content-encoding", "aws-chunked")
        .header("x-amz-decoded-content-length", "66560")
        .header("x-amz-storage-class", "REDUCED_REDUNDANCY");
    let rows = [
        (
            request.clone().header("content-length", "66824"),
            Payload::StreamingSigned,
            "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9",
        ),
        (
            request.header("x-amz-trailer", "x-amz-checksum-crc32c"),
            Payload::StreamingSignedTrailer,
            "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e",
        ),
    ];
    let s3 = expected("s3", ServiceKind::S3);
    for (request, payload, seed) in rows {
        let signed = request.sign_header(&signer("s3", ServiceKind::S3), payload, S3_NOW);
        assert_eq!(signature_of(&signed), seed);
        signed.with(|request| {
            let presented = present(request, &s3, S3_NOW).unwrap();
            assert_eq!(presented.payload(), payload);
            let key = key_for(&presented, SECRET);
            assert!(presented.verify(&key, BodyHash::Unread).is_ok());
            let other_key = key_for(&presented, SUITE_SECRET);
            let outcome = presented.verify(&other_key, BodyHash::Unread).map(|_valid| ());
            assert_eq!(outcome, Err(Rejection::SignatureMismatch));
        });
    }
}

/// The examples of S3's documentation "Authenticating requests".
#[test]
fn the_documented_requests_for_s3() {
    let access_key_id = "AKIAIOSFODNN7EXAMPLE";
    let signer = Signer {
        access_key_id,
        ..signer("s3", ServiceKind::S3)
    };
    let bucket = |method, path, query| {
        Owned::new(method, path, query).header("host", "examplebucket.s3.amazonaws.com")
    };
    let rows = [
        (
            bucket("GET", "/test.txt", "").header("range", "bytes=0-9"),
            "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
        ),
        (
            bucket("PUT", "/test%24file.text", "")
                .header("date", "Fri, 24 May 2013 00:00:00 GMT")
                .header("x-amz-storage-class", "REDUCED_REDUNDANCY")
                .body("Welcome to Amazon S3."),
            "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
        ),
        (
            bucket("GET", "/", "lifecycle"),
            "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543",
        ),
        (
            bucket("GET", "/", "max-keys=2&prefix=J"),
            "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
        ),
    ];
    let s3 = expected("s3", ServiceKind::S3);
    for (request, signature) in rows {
        let signed = request.sign_header(&signer, Payload::Body, S3_NOW);
        assert_eq!(
            signature_of(&signed),
            signature,
            "{} {}",
            signed.path,
            signed.query
        );
        assert_eq!(signed.check(&s3, S3_NOW), Ok(()));
    }

    let presigned = bucket("GET", "/test.txt", "").sign_query(&signer, Payload::Unsigned, 86_400, S3_NOW);
    let signature = "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404";
    assert_eq!(signature_of(&presigned), signature);
    assert_eq!(presigned.check(&s3, S3_NOW + 86_400), Ok(()));
    assert_eq!(
        presigned.check(&s3, S3_NOW + 86_401),
        Err(Rejection::PresignedExpired)
    );
}
