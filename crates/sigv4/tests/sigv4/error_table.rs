//! The order of the checks and AWS's answers, each row for both forms where both have it.

use keystead_sigv4::{
    BodyHash, Expected, Payload, Rejection, ServiceKind, present,
    rejection::Code::{self, *},
    sign::Signer,
};

use crate::support::{NOW, Owned, SECRET, expected, key_for, signer};

const MISMATCH: &str = "The request signature we calculated does not match the signature you provided. Check your \
    AWS Secret Access Key and signing method. Consult the service documentation for details.";

/// An IAM call in the header form.
fn in_header() -> Owned {
    Owned::new("POST", "/", "")
        .header("host", "127.0.0.1:8080")
        .header("content-type", "application/x-www-form-urlencoded")
        .body("Action=ListUsers&Version=2010-05-08")
        .sign_header(&signer("iam", ServiceKind::Other), Payload::Body, NOW)
}

/// An IAM call in the query form.
fn in_query() -> Owned {
    Owned::new("GET", "/", "Action=ListUsers&Version=2010-05-08")
        .header("host", "127.0.0.1:8080")
        .sign_query(&signer("iam", ServiceKind::Other), Payload::Body, 60, NOW)
}

/// One way to spoil a request.
type Spoil = fn(Owned) -> Owned;

fn authorization(request: Owned, from: &str, to: &str) -> Owned {
    let value = request.value("authorization").to_owned();
    assert!(value.contains(from), "{value} has no {from}");
    request.replaced("authorization", &value.replace(from, to))
}

fn query(mut request: Owned, from: &str, to: &str) -> Owned {
    assert!(request.query.contains(from), "{} has no {from}", request.query);
    request.query = request.query.replace(from, to);
    request
}

struct Row {
    check: &'static str,
    code: Code,
    text: &'static str,
    header: Option<Spoil>,
    query: Option<Spoil>,
}

/// In the order of AWS's checks.
fn rows() -> Vec<Row> {
    vec![
        Row {
            check: "path",
            code: BadRequest,
            text: "",
            header: Some(|request| Owned {
                path: "/a/../../b".into(),
                ..request
            }),
            query: Some(|request| Owned {
                path: "/%zz".into(),
                ..request
            }),
        },
        Row {
            check: "query-escapes",
            code: MalformedQueryString,
            text: "Incomplete trailing escape % sequence",
            header: Some(|request| Owned {
                query: "a=%4".into(),
                ..request
            }),
            query: Some(|request| Owned {
                query: request.query + "&a=%",
                ..request
            }),
        },
        Row {
            check: "query-escapes",
            code: MalformedQueryString,
            text: "Illegal hex character in escape % pattern: %zz",
            header: Some(|request| Owned {
                query: "a=%zz".into(),
                ..request
            }),
            query: Some(|request| Owned {
                query: request.query + "&a=%zz",
                ..request
            }),
        },
        Row {
            check: "one-form",
            code: SignatureDoesNotMatch,
            text: "",
            header: Some(|request| Owned {
                query: "X-Amz-Algorithm=AWS4-HMAC-SHA256".into(),
                ..request
            }),
            query: Some(|request| request.header("authorization", "Bearer x")),
        },
        Row {
            check: "authentication-present",
            code: MissingAuthenticationToken,
            text: "Request is missing Authentication Token",
            header: Some(|request| request.without("authorization")),
            query: Some(|request| query(request, "X-Amz-Algorithm=", "X-Amz-Algorithms=")),
        },
        Row {
            check: "signature-version-2",
            code: MissingAuthenticationToken,
            text: "Request is missing Authentication Token",
            header: None,
            query: Some(|request| Owned {
                query: "AWSAccessKeyId=AKIDEXAMPLE&SignatureVersion=2&Signature=x".into(),
                ..request
            }),
        },
        Row {
            check: "algorithm",
            code: IncompleteSignature,
            text: "Unsupported AWS 'algorithm': 'AWS4-ECDSA-P256-SHA256'.",
            header: Some(|request| authorization(request, "AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256")),
            query: None,
        },
        Row {
            check: "algorithm",
            code: IncompleteSignature,
            text: "Unsupported AWS 'algorithm': 'AWS'.",
            header: Some(|request| request.replaced("authorization", "AWS AKIDEXAMPLE:c2ln")),
            query: None,
        },
        Row {
            check: "algorithm",
            code: MissingAuthenticationToken,
            text: "Request is missing Authentication Token",
            header: None,
            query: Some(|request| query(request, "AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256")),
        },
        Row {
            check: "authorization-syntax",
            code: IncompleteSignature,
            text: "'x' not a valid key=value pair (missing equal-sign) in Authorization header: 'AWS4-HMAC-SHA256 \
                Credential=a,x'.",
            header: Some(|request| request.replaced("authorization", "AWS4-HMAC-SHA256 Credential=a,x")),
            query: None,
        },
        Row {
            check: "required-parts",
            code: IncompleteSignature,
            text: "Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' \
                parameter. Authorization header requires 'SignedHeaders' parameter. Authorization header requires \
                existence of either a 'X-Amz-Date' or a 'Date' header. Authorization=AWS4-HMAC-SHA256",
            header: Some(|request| {
                request
                    .replaced("authorization", "AWS4-HMAC-SHA256")
                    .without("x-amz-date")
            }),
            query: None,
        },
        Row {
            check: "required-parts",
            code: IncompleteSignature,
            text: "Authorization header requires 'Signature' parameter. Authorization=AWS4-HMAC-SHA256",
            header: Some(|request| authorization(request, "Signature=", "Sig=")),
            query: None,
        },
        Row {
            check: "required-parts",
            code: IncompleteSignature,
            text: "AWS query-string parameters must include 'X-Amz-Credential'. AWS query-string parameters must \
                include 'X-Amz-Signature'. AWS query-string parameters must include 'X-Amz-SignedHeaders'. AWS \
                query-string parameters must include 'X-Amz-Date'. Re-examine the query-string parameters.",
            header: None,
            query: Some(|request| Owned {
                query: "X-Amz-Algorithm=AWS4-HMAC-SHA256".into(),
                ..request
            }),
        },
        Row {
            check: "required-parts",
            code: IncompleteSignature,
            text: "AWS query-string parameters must include 'X-Amz-Date'. Re-examine the query-string parameters.",
            header: None,
            query: Some(|request| query(request, "X-Amz-Date=", "x-amz-date=")),
        },
        Row {
            check: "signed-headers-syntax",
            code: SignatureDoesNotMatch,
            text: MISMATCH,
            header: Some(|request| authorization(request, "SignedHeaders=", "SignedHeaders=host;")),
            query: Some(|request| query(request, "SignedHeaders=", "SignedHeaders=host%3Bhost%3B")),
        },
        Row {
            check: "host-signed",
            code: SignatureDoesNotMatch,
            text: "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.",
            header: Some(|request| authorization(request, ";host;", ";")),
            query: Some(|request| query(request, "SignedHeaders=host", "SignedHeaders=accept")),
        },
        Row {
            check: "amz-headers-signed",
            code: SignatureDoesNotMatch,
            text: "'x-amz-acl' must be a 'SignedHeader' in the AWS Authorization.",
            header: Some(|request| request.header("x-amz-acl", "public-read")),
            query: Some(|request| request.header("x-amz-acl", "public-read")),
        },
        Row {
            check: "date-format",
            code: IncompleteSignature,
            text: "Date must be in ISO-8601 'basic format'. Got '2026-01-02T03:04:05Z'. See \
                http://en.wikipedia.org/wiki/ISO_8601",
            header: Some(|request| request.replaced("x-amz-date", "2026-01-02T03:04:05Z")),
            query: Some(|request| query(request, "Date=20260102T030405Z", "Date=2026-01-02T03%3A04%3A05Z")),
        },
        Row {
            check: "not-too-old",
            code: SignatureDoesNotMatch,
            text: "Signature expired: 20260102T024904Z is now earlier than 20260102T024905Z (20260102T030405Z - 15 min.)",
            header: Some(|request| request.replaced("x-amz-date", "20260102T024904Z")),
            query: Some(|request| query(request, "Date=20260102T030405Z", "Date=20260102T024904Z")),
        },
        Row {
            check: "not-in-the-future",
            code: SignatureDoesNotMatch,
            text: "Signature not yet current: 20260102T031906Z is still later than 20260102T031905Z \
                (20260102T030405Z + 15 min.)",
            header: Some(|request| request.replaced("x-amz-date", "20260102T031906Z")),
            query: Some(|request| query(request, "Date=20260102T030405Z", "Date=20260102T031906Z")),
        },
        Row {
            check: "credential-parts",
            code: IncompleteSignature,
            text: "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got \
                'AKIDEXAMPLE/20260102/us-east-1/iam'",
            header: Some(|request| authorization(request, "/aws4_request", "")),
            query: Some(|request| query(request, "%2Faws4_request", "")),
        },
        Row {
            check: "credential-parts",
            code: IncompleteSignature,
            text: "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got \
                'AKIDEXAMPLE/20260102/us-east-1/iam/aws4_request/x'",
            header: Some(|request| authorization(request, "aws4_request", "aws4_request/x")),
            query: Some(|request| query(request, "%2Faws4_request", "/aws4_request%2fx")),
        },
        Row {
            check: "scope-region",
            code: SignatureDoesNotMatch,
            text: "Credential should be scoped to a valid region, not 'us_east'. Credential should be scoped to \
                correct service: 'iam'. Credential should be scoped with a valid terminator: 'aws4_request', not 'x'. \
                Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '20260101' \
                != '20260102', from '20260102T030405Z'.",
            header: Some(|request| {
                authorization(
                    request,
                    "20260102/us-east-1/iam/aws4_request",
                    "20260101/us_east/sts/x",
                )
            }),
            query: Some(|request| {
                query(
                    request,
                    "20260102%2Fus-east-1%2Fiam%2Faws4_request",
                    "20260101%2Fus_east%2Fsts%2Fx",
                )
            }),
        },
        Row {
            check: "scope-region",
            code: SignatureDoesNotMatch,
            text: "Credential should be scoped to a valid region, not ''. ",
            header: Some(|request| authorization(request, "us-east-1", "")),
            query: Some(|request| query(request, "us-east-1", "")),
        },
        Row {
            check: "scope-service",
            code: SignatureDoesNotMatch,
            text: "Credential should be scoped to correct service: 'iam'. ",
            header: Some(|request| authorization(request, "/iam/", "/sts/")),
            query: Some(|request| query(request, "%2Fiam%2F", "%2Fsts%2F")),
        },
        Row {
            check: "scope-terminator",
            code: SignatureDoesNotMatch,
            text: "Credential should be scoped with a valid terminator: 'aws4_request', not 'aws4'.",
            header: Some(|request| authorization(request, "aws4_request", "aws4")),
            query: Some(|request| query(request, "aws4_request", "aws4")),
        },
        Row {
            check: "scope-date",
            code: SignatureDoesNotMatch,
            text: "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: \
                '20260101' != '20260102', from '20260102T030405Z'.",
            header: Some(|request| authorization(request, "/20260102/", "/20260101/")),
            query: Some(|request| query(request, "%2F20260102%2F", "%2F20260101%2F")),
        },
        Row {
            check: "session-token-syntax",
            code: InvalidClientTokenId,
            text: "The security token included in the request is invalid",
            header: Some(|mut request| {
                request.headers.push(("x-amz-security-token".into(), vec![0xff]));
                request
            }),
            query: Some(|request| Owned {
                query: request.query + "&X-Amz-Security-Token=%ff",
                ..request
            }),
        },
        Row {
            check: "payload-mode",
            code: SignatureDoesNotMatch,
            text: MISMATCH,
            header: Some(|request| request.header("x-amz-content-sha256", "UNSIGNED-PAYLOAD")),
            query: Some(|request| {
                request.header("x-amz-content-sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER")
            }),
        },
        Row {
            check: "access-key-known",
            code: InvalidClientTokenId,
            text: "The security token included in the request is invalid.",
            header: Some(|request| authorization(request, "AKIDEXAMPLE", "AKIDUNKNOWN")),
            query: Some(|request| query(request, "AKIDEXAMPLE", "AKIDUNKNOWN")),
        },
        Row {
            check: "signature-syntax",
            code: SignatureDoesNotMatch,
            text: MISMATCH,
            header: Some(|request| authorization(request, "Signature=", "Signature=AB")),
            query: Some(|request| query(request, "Signature=", "Signature=a")),
        },
        Row {
            check: "signed-headers-present",
            code: SignatureDoesNotMatch,
            text: MISMATCH,
            header: Some(|request| request.without("content-type")),
            query: Some(|request| request.without("host")),
        },
        Row {
            check: "signature",
            code: SignatureDoesNotMatch,
            text: MISMATCH,
            header: Some(|request| request.body("Action=DeleteUser&Version=2010-05-08")),
            query: Some(|request| query(request, "ListUsers", "DeleteUser")),
        },
    ]
}

#[test]
fn each_check_answers_as_aws_does() {
    let iam = expected("iam", ServiceKind::Other);
    assert_eq!(in_header().check(&iam, NOW), Ok(()));
    assert_eq!(in_query().check(&iam, NOW), Ok(()));
    for Row {
        check,
        code,
        text,
        header,
        query,
    } in rows()
    {
        let forms = [("header", header, in_header()), ("query", query, in_query())];
        for (form, spoil, request) in forms {
            let Some(spoil) = spoil else { continue };
            let rejection = spoil(request).check(&iam, NOW).unwrap_err();
            assert_eq!(rejection.to_string(), text, "{check} in {form}");
            assert_eq!(rejection.check(), check, "{check} in {form}");
            assert_eq!(rejection.code(), code, "{check} in {form}");
        }
    }
}

/// Two rows that can spoil the same request: the earlier one answers.
#[test]
fn the_earlier_check_answers() {
    let iam = expected("iam", ServiceKind::Other);
    let rows = rows();
    let position = |check: &str| rows.iter().position(|row| row.check == check).unwrap();
    // One row for each check that leaves the request in a shape that the later ones can still spoil.
    let header_order = [
        "amz-headers-signed",
        "not-too-old",
        "scope-service",
        "session-token-syntax",
        "payload-mode",
        "access-key-known",
        "signature-syntax",
    ];
    for (index, earlier) in header_order.iter().enumerate() {
        for later in &header_order[index + 1..] {
            let (earlier, later) = (&rows[position(earlier)], &rows[position(later)]);
            let spoilt = (earlier.header.unwrap())((later.header.unwrap())(in_header()));
            let rejection = spoilt.check(&iam, NOW).unwrap_err();
            assert_eq!(rejection.check(), earlier.check, "before {}", later.check);
            let spoilt = (earlier.query.unwrap())((later.query.unwrap())(in_query()));
            let rejection = spoilt.check(&iam, NOW).unwrap_err();
            assert_eq!(
                rejection.check(),
                earlier.check,
                "before {} in the query",
                later.check
            );
        }
    }
}

#[test]
fn sts_does_not_repeat_the_region() {
    let sts = Expected {
        regions: Some(&["eu-central-1"]),
        ..expected("sts", ServiceKind::Other)
    };
    let request = Owned::new("GET", "/", "").header("host", "h");
    let request = request.sign_header(&signer("sts", ServiceKind::Other), Payload::Body, NOW);
    let rejection = request.check(&sts, NOW).unwrap_err();
    assert_eq!(
        rejection.to_string(),
        "Credential should be scoped to a valid region. "
    );
}

#[test]
fn the_clock_may_differ_by_the_bound_and_no_more() {
    let iam = expected("iam", ServiceKind::Other);
    for request in [in_header(), in_query()] {
        for (now, check) in [
            (NOW - 901, Some("not-in-the-future")),
            (NOW - 900, None),
            (NOW + 900, None),
            (NOW + 901, Some("not-too-old")),
            (i64::MAX, Some("not-too-old")),
            (i64::MIN, Some("not-in-the-future")),
        ] {
            let outcome = request.check(&iam, now).map_err(|rejection| rejection.check());
            assert_eq!(outcome.err(), check, "{now}");
        }
    }
}

#[test]
fn the_rows_that_only_s3_has() {
    let s3 = expected("s3", ServiceKind::S3);
    let signer = signer("s3", ServiceKind::S3);
    let object = Owned::new("GET", "/bucket/key", "").header("host", "h");
    let in_header = object.clone().sign_header(&signer, Payload::Body, NOW);
    let presigned = |expires| {
        object
            .clone()
            .sign_query(&signer, Payload::Unsigned, expires, NOW)
    };
    let too_long = "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less \
        than 604800 seconds";
    let skewed = "The difference between the request time and the current time is too large.";
    let rows = [
        (
            in_header.clone().header("x-amz-acl", "x"),
            NOW,
            AccessDenied,
            "There were headers present in the request which were not signed",
        ),
        (
            presigned(60).header("x-amz-acl", "x"),
            NOW,
            AccessDenied,
            "There were headers present in the request which were not signed",
        ),
        (in_header.clone(), NOW + 901, RequestTimeTooSkewed, skewed),
        (in_header.clone(), NOW - 901, RequestTimeTooSkewed, skewed),
        (
            in_header.clone().without("x-amz-content-sha256"),
            NOW,
            InvalidRequest,
            "Missing required header for this request: x-amz-content-sha256",
        ),
        (
            in_header.clone().body("other"),
            NOW,
            XAmzContentSha256Mismatch,
            "The provided 'x-amz-content-sha256' header does not match what was computed.",
        ),
        (
            query(presigned(60), "&X-Amz-Expires=60", ""),
            NOW,
            AuthorizationQueryParametersError,
            "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.",
        ),
        (
            query(presigned(60), "Expires=60", "Expires=6x"),
            NOW,
            AuthorizationQueryParametersError,
            "X-Amz-Expires should be a number",
        ),
        (
            query(presigned(60), "Expires=60", "Expires=-1"),
            NOW,
            AuthorizationQueryParametersError,
            "X-Amz-Expires must be non-negative",
        ),
        (
            presigned(0),
            NOW,
            AuthorizationQueryParametersError,
            "X-Amz-Expires must be non-negative",
        ),
        (
            presigned(604_801),
            NOW,
            AuthorizationQueryParametersError,
            too_long,
        ),
        (
            query(presigned(60), "Expires=60", "Expires=99999999999999999999"),
            NOW,
            AuthorizationQueryParametersError,
            too_long,
        ),
        (presigned(60), NOW + 61, AccessDenied, "Request has expired"),
        (presigned(60), NOW - 901, AccessDenied, "Request is not valid yet"),
    ];
    for (request, now, code, text) in rows {
        let rejection = request.check(&s3, now).unwrap_err();
        assert_eq!((rejection.code(), rejection.to_string().as_str()), (code, text));
    }
    for (expires, now) in [(1, NOW + 1), (604_800, NOW + 604_800), (60, NOW - 900)] {
        assert_eq!(presigned(expires).check(&s3, now), Ok(()), "{expires}");
    }
    let unknown_word = in_header.replaced("x-amz-content-sha256", "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD");
    assert_eq!(
        unknown_word.check(&s3, NOW),
        Err(Rejection::PayloadModeRefused(ServiceKind::S3))
    );
}

#[test]
fn which_of_several_counts() {
    let iam = expected("iam", ServiceKind::Other);
    // Header form: the first Authorization header, and in it the last of a key.
    let value = in_header().value("authorization").to_owned();
    let twice = in_header().header("authorization", "AWS4-HMAC-SHA256 Credential=mallory");
    assert_eq!(twice.check(&iam, NOW), Ok(()));
    let first_is_wrong = in_header()
        .replaced("authorization", "Bearer x")
        .header("authorization", &value);
    assert_eq!(first_is_wrong.check(&iam, NOW).unwrap_err().check(), "algorithm");
    let last_counts = authorization(in_header(), "Credential=", "Credential=x,Signature=y,Credential=");
    assert_eq!(last_counts.check(&iam, NOW), Ok(()));
    let date_twice = in_header().header("x-amz-date", "20260102T030405Z");
    assert_eq!(date_twice.check(&iam, NOW).unwrap_err().check(), "date-format");
    // Query form: the first of a parameter; the others are signed text like any.
    let pre = Owned::new("GET", "/", "a=b&X-Amz-Credential=later").header("host", "h");
    let mut signed = pre.sign_query(&signer("iam", ServiceKind::Other), Payload::Body, 60, NOW);
    assert_eq!(signed.check(&iam, NOW).unwrap_err().check(), "credential-parts");
    signed.query = signed.query.replace("X-Amz-Credential=later&", "") + "&X-Amz-Credential=later";
    assert_eq!(signed.check(&iam, NOW), Ok(()));
    signed.query += "&X-Amz-Signature=00";
    assert_eq!(signed.check(&iam, NOW), Err(Rejection::SignatureMismatch));
}

#[test]
fn the_spellings_that_clients_differ_in() {
    let iam = expected("iam", ServiceKind::Other);
    let compact = authorization(in_header(), ", ", ",");
    assert_eq!(compact.check(&iam, NOW), Ok(()));
    let unsorted = authorization(
        in_header(),
        "content-type;host;x-amz-date",
        "x-amz-date;host;content-type",
    );
    assert_eq!(unsorted.check(&iam, NOW), Ok(()));
    // HTTP/2 carries the length of a body in its frames.
    let with_length = Owned::new("GET", "/", "")
        .header("host", "h")
        .body("x=y")
        .header("content-length", "3")
        .sign_header(&signer("iam", ServiceKind::Other), Payload::Body, NOW)
        .without("content-length");
    assert_eq!(with_length.check(&iam, NOW), Ok(()));
}

#[test]
fn a_body_that_was_not_read_proves_nothing() {
    let iam = expected("iam", ServiceKind::Other);
    let declared = Owned::new("PUT", "/", "").header("host", "h").body("x");
    let declared = declared.sign_header(
        &signer("iam", ServiceKind::Other),
        Payload::Declared([0; 32]),
        NOW,
    );
    for request in [in_header(), in_query(), declared.clone()] {
        request.with(|parts| {
            let presented = present(parts, &iam, NOW).unwrap();
            let outcome = presented.verify(&key_for(&presented, SECRET), BodyHash::Unread);
            assert_eq!(outcome.map(|_valid| ()), Err(Rejection::BodyUnread));
        });
    }
    assert_eq!(
        declared.check(&iam, NOW),
        Err(Rejection::BodyMismatch(ServiceKind::Other))
    );
}

#[test]
fn nothing_secret_is_shown() {
    let iam = expected("iam", ServiceKind::Other);
    let rejection = in_header().check_with("wrong", &iam, NOW).unwrap_err();
    assert_eq!(format!("{rejection:?}"), "Rejection(signature)");
    let signer = Signer {
        session_token: Some("canary-token"),
        ..signer("iam", ServiceKind::Other)
    };
    let shown = format!("{signer:?}");
    assert!(!shown.contains(SECRET) && !shown.contains("canary"), "{shown}");
    let echoed = in_header()
        .replaced("authorization", "AWS4-HMAC-SHA256 canary")
        .check(&iam, NOW)
        .unwrap_err();
    assert!(!format!("{echoed:?}").contains("canary"));
}
