//! The order of the checks and AWS's answers, each row for both forms where both have it.

use keystead_sigv4::{
    Payload, ServiceKind,
    rejection::Code::{self, *},
};

use crate::support::{NOW, Owned, expected, signer};

const MISMATCH: &str = "The request signature we calculated does not match the signature you provided. Check your \
    AWS Secret Access Key and signing method. Consult the service documentation for details.";

/// An IAM call in the header form.
pub(crate) fn in_header() -> Owned {
    Owned::new("POST", "/", "")
        .header("host", "127.0.0.1:8080")
        .header("content-type", "application/x-www-form-urlencoded")
        .body("Action=ListUsers&Version=2010-05-08")
        .sign_header(&signer("iam", ServiceKind::Other), Payload::Body, NOW)
}

/// An IAM call in the query form.
pub(crate) fn in_query() -> Owned {
    Owned::new("GET", "/", "Action=ListUsers&Version=2010-05-08")
        .header("host", "127.0.0.1:8080")
        .sign_query(&signer("iam", ServiceKind::Other), Payload::Body, 60, NOW)
}

/// One way to spoil a request.
type Spoil = fn(Owned) -> Owned;

pub(crate) fn authorization(request: Owned, from: &str, to: &str) -> Owned {
    let value = request.value("authorization").to_owned();
    assert!(value.contains(from), "{value} has no {from}");
    request.replaced("authorization", &value.replace(from, to))
}

pub(crate) fn query(mut request: Owned, from: &str, to: &str) -> Owned {
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
