//! Rules that the table of errors does not show: bounds, S3's own answers, and what counts of several.

use keystead_sigv4::{
    BodyHash, Expected, Payload, Rejection, ServiceKind, present, rejection::Code::*, sign::Signer,
};

use crate::{
    error_table::{authorization, in_header, in_query, query},
    support::{NOW, Owned, SECRET, expected, key_for, signer},
};

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
    // HTTP/2 has `:authority` for `host`; a client may sign it under that name.
    let with_authority = Owned::new("GET", "/", "")
        .header("host", "h")
        .header(":authority", "h")
        .sign_header(&signer("iam", ServiceKind::Other), Payload::Body, NOW)
        .without(":authority");
    assert_eq!(with_authority.check(&iam, NOW), Ok(()));
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

#[test]
fn each_limit_holds_at_its_bound() {
    use keystead_sigv4::limits::*;
    let iam = expected("iam", ServiceKind::Other);
    let signed = |request: Owned| request.sign_header(&signer("iam", ServiceKind::Other), Payload::Body, NOW);
    let bare = |query: String| Owned::new("GET", "/", &query).header("host", "h");
    // host, x-amz-date and authorization are there as well.
    let with_headers = |count: usize| {
        (3..count).fold(signed(bare(String::new())), |request, index| {
            request.header(&format!("h{index}"), "")
        })
    };
    let with_signed_headers = |count: usize| {
        let most = (2..count.min(SIGNED_HEADERS_MAX)).fold(bare(String::new()), |request, index| {
            request.header(&format!("h{index}"), "")
        });
        let one_more = if count > SIGNED_HEADERS_MAX {
            "SignedHeaders=a;"
        } else {
            "SignedHeaders="
        };
        authorization(signed(most), "SignedHeaders=", one_more)
    };
    let with_parameters = |count: usize| signed(bare(vec!["a"; count].join("&")));
    let with_target = |bytes: usize| signed(bare("a".repeat(bytes - 1)));
    let with_authorization = |bytes: usize| {
        let request = signed(bare(String::new()));
        let padding = bytes - request.value("authorization").len();
        authorization(
            request,
            "Signature=",
            &format!("{}Signature=", " ".repeat(padding)),
        )
    };
    let rows: [(usize, &dyn Fn(usize) -> Owned); 5] = [
        (HEADERS_MAX, &with_headers),
        (SIGNED_HEADERS_MAX, &with_signed_headers),
        (QUERY_PARAMETERS_MAX, &with_parameters),
        (TARGET_BYTES_MAX, &with_target),
        (AUTHORIZATION_BYTES_MAX, &with_authorization),
    ];
    for (bound, make) in rows {
        assert_eq!(make(bound).check(&iam, NOW), Ok(()), "{bound}");
        assert_eq!(
            make(bound + 1).check(&iam, NOW).unwrap_err().check(),
            "limits",
            "{bound}"
        );
    }
    for (region, fits) in [
        ("r".repeat(REGION_CHARACTERS_MAX), true),
        ("r".repeat(REGION_CHARACTERS_MAX + 1), false),
    ] {
        let signer = Signer {
            region: &region,
            ..signer("iam", ServiceKind::Other)
        };
        let request = bare(String::new()).sign_header(&signer, Payload::Body, NOW);
        assert_eq!(request.check(&iam, NOW).is_ok(), fits);
    }
}

#[test]
fn paths_of_both_kinds_of_service() {
    // The wire's path, and another that means the same to the kind of service, or does not.
    let rows = [
        (ServiceKind::Other, "/a/b", "/a//b", true),
        (ServiceKind::Other, "/a/b", "/a/./b", true),
        (ServiceKind::Other, "/a/b", "/x/../a/b", true),
        (ServiceKind::Other, "/a/", "/a/b/..", true),
        (ServiceKind::Other, "/a/b", "/a/b/", false),
        (ServiceKind::Other, "/a-b", "/a%2Db", false),
        (ServiceKind::Other, "", "/", true),
        (ServiceKind::S3, "/a/b", "/a//b", false),
        (ServiceKind::S3, "/a/b", "/a/./b", false),
        (ServiceKind::S3, "/a/b", "/x/../a/b", false),
        (ServiceKind::S3, "/a-b", "/a%2Db", true),
        (ServiceKind::S3, "/a%2Fb", "/a/b", false),
        (ServiceKind::S3, "/a%2fb", "/a%2Fb", true),
        (ServiceKind::S3, "/a+b", "/a%2Bb", true),
        (ServiceKind::S3, "/a+b", "/a%20b", false),
    ];
    for (kind, path, other, same) in rows {
        let expected = expected("execute-api", kind);
        let request = Owned::new("GET", path, "").header("host", "h");
        let mut signed = request.sign_header(&signer("execute-api", kind), Payload::Body, NOW);
        signed.path = other.into();
        assert_eq!(
            signed.check(&expected, NOW).is_ok(),
            same,
            "{kind:?}: {path} and {other}"
        );
    }
}

#[test]
fn queries_and_headers_that_mean_the_same() {
    let iam = expected("iam", ServiceKind::Other);
    let signed = Owned::new("GET", "/", "b=2&a=x%20y&a=%2F&Param-3=&Param=1&c")
        .header("host", "h")
        .header("x-list", "  one   two ")
        .header("x-list", "three")
        .sign_header(&signer("iam", ServiceKind::Other), Payload::Body, NOW);
    let queries = [
        ("Param=1&Param-3&a=x+y&a=%2f&b=2&c=", true),
        ("a=%2F&b=2&&a=x%20y&Param-3=&%50aram=1&c", true),
        ("b=2&a=x%2By&a=%2F&Param-3=&Param=1&c", false),
        ("b=2&a=x%20y&Param-3=&Param=1&c", false),
        ("b=2&a=x%20y&a=%2F&Param-3=&Param=1&c&", true),
    ];
    for (query, same) in queries {
        let sent = Owned {
            query: query.into(),
            ..signed.clone()
        };
        assert_eq!(sent.check(&iam, NOW).is_ok(), same, "{query}");
    }
    for (values, same) in [
        (&["one two,three"][..], true),
        (&["one\ttwo", "three  "], true),
        (&["one two", "", "three"], false),
        (&["three", "one two"], false),
    ] {
        let bare = signed.clone().without("x-list");
        let sent = values
            .iter()
            .fold(bare, |request, value| request.header("x-list", value));
        assert_eq!(sent.check(&iam, NOW).is_ok(), same, "{values:?}");
    }
}
