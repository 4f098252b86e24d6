//! Whatever a signature covers cannot be changed without the request being refused.

use keystead_sigv4::{Payload, ServiceKind, sign::Signer};

use crate::support::{NOW, Owned, expected, signer};

struct Case {
    name: &'static str,
    service: &'static str,
    kind: ServiceKind,
    request: Owned,
    /// Whether the body is signed.
    body_signed: bool,
}

fn cases() -> Vec<Case> {
    let form = Owned::new("POST", "/", "")
        .header("host", "127.0.0.1:8080")
        .header("content-type", "application/x-www-form-urlencoded; charset=utf-8")
        .body("Action=GetCallerIdentity&Version=2011-06-15");
    let call =
        Owned::new("GET", "/", "Action=GetCallerIdentity&Version=2011-06-15").header("host", "a.example");
    let object = Owned::new("PUT", "/bucket/a%20key/x", "partNumber=1&uploadId=abc%2Fdef")
        .header("host", "bucket.example:9000")
        .header("x-amz-meta-colour", "blue")
        .body("the object");
    let iam = Signer {
        session_token: Some("TOKEN/+=="),
        ..signer("iam", ServiceKind::Other)
    };
    let sts = signer("sts", ServiceKind::Other);
    let s3 = signer("s3", ServiceKind::S3);
    let case = |name, signer: &Signer<'static>, request, body_signed| Case {
        name,
        service: signer.service,
        kind: signer.kind,
        request,
        body_signed,
    };
    vec![
        case("form", &iam, form.sign_header(&iam, Payload::Body, NOW), true),
        case(
            "call presigned",
            &sts,
            call.sign_query(&sts, Payload::Body, 60, NOW),
            true,
        ),
        case(
            "object",
            &s3,
            object.clone().sign_header(&s3, Payload::Body, NOW),
            true,
        ),
        case(
            "object unsigned",
            &s3,
            object.clone().sign_header(&s3, Payload::Unsigned, NOW),
            false,
        ),
        case(
            "object streamed",
            &s3,
            object.clone().sign_header(&s3, Payload::StreamingSigned, NOW),
            false,
        ),
        case(
            "object presigned",
            &s3,
            object.clone().sign_query(&s3, Payload::Unsigned, 60, NOW),
            false,
        ),
        case(
            "object presigned with its hash",
            &s3,
            object.sign_query(&s3, Payload::Body, 60, NOW),
            true,
        ),
    ]
}

/// Every request that differs from `request` in one bit of one byte, with the place of the change. Bit 5 is
/// spared: for letters in an escape it changes the case alone, which means the same.
fn mutations(request: &Owned, body_signed: bool) -> Vec<(String, Owned)> {
    let mut mutations = Vec::new();
    let mut add = |place: String, text: &[u8], apply: &dyn Fn(&mut Owned, Vec<u8>)| {
        for index in 0..text.len() {
            for bit in [0, 1, 2, 3, 4, 6] {
                let mut changed = text.to_vec();
                changed[index] ^= 1 << bit;
                let mut mutated = request.clone();
                apply(&mut mutated, changed);
                mutations.push((format!("{place}[{index}] bit {bit}"), mutated));
            }
        }
    };
    // Bits 0 to 6 keep ASCII ASCII, so the text stays UTF-8.
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    add("method".into(), request.method.as_bytes(), &|to, bytes| {
        to.method = text(bytes)
    });
    add("path".into(), request.path.as_bytes(), &|to, bytes| {
        to.path = text(bytes)
    });
    add("query".into(), request.query.as_bytes(), &|to, bytes| {
        to.query = text(bytes)
    });
    for (index, (name, value)) in request.headers.iter().enumerate() {
        add(format!("name of {name}"), name.as_bytes(), &|to, bytes| {
            to.headers[index].0 = text(bytes);
        });
        add(format!("value of {name}"), value, &|to, bytes| {
            to.headers[index].1 = bytes
        });
    }
    if body_signed {
        add("body".into(), &request.body, &|to, bytes| to.body = bytes);
    }
    mutations
}

#[test]
fn every_changed_bit_is_refused() {
    for Case {
        name,
        service,
        kind,
        request,
        body_signed,
    } in cases()
    {
        let expected = expected(service, kind);
        assert_eq!(request.check(&expected, NOW), Ok(()), "{name}");
        for (place, mutated) in mutations(&request, body_signed) {
            assert!(mutated.check(&expected, NOW).is_err(), "{name}: {place}");
        }
    }
}

#[test]
fn every_byte_added_or_lost_is_refused() {
    for Case {
        name,
        service,
        kind,
        request,
        body_signed,
    } in cases()
    {
        let expected = expected(service, kind);
        let mut variants = vec![
            Owned {
                method: format!("{}T", request.method),
                ..request.clone()
            },
            Owned {
                path: format!("{}x", request.path),
                ..request.clone()
            },
            Owned {
                query: format!("{}&x", request.query),
                ..request.clone()
            },
            Owned {
                query: format!("a=b&{}", request.query),
                ..request.clone()
            },
            request.clone().header("x-amz-acl", "public-read"),
            request.clone().header("x-amz-copy-source", ""),
            request.clone().header("host", "another.example"),
        ];
        if body_signed {
            variants.push(request.clone().body("Action=DeleteUser&UserName=bob"));
        }
        for (dropped, _) in &request.headers {
            variants.push(request.clone().without(dropped));
        }
        for variant in variants {
            assert!(variant.check(&expected, NOW).is_err(), "{name}: {variant:?}");
        }
    }
}

#[test]
fn what_the_signature_does_not_cover_may_change() {
    for Case {
        name,
        service,
        kind,
        request,
        body_signed,
    } in cases()
    {
        let expected = expected(service, kind);
        let mut variants = vec![
            request.clone().header("user-agent", "any"),
            request.clone().header("x-amzn-trace-id", "Root=1"),
            request.clone().header("x-amz-sdk-checksum-algorithm", "CRC32"),
            request.clone().header("amz-sdk-invocation-id", "1"),
        ];
        if !body_signed {
            variants.push(request.clone().body("another"));
        }
        for variant in variants {
            assert_eq!(variant.check(&expected, NOW), Ok(()), "{name}: {variant:?}");
        }
    }
}
