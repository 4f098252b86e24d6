//! The signer of the AWS SDK for Rust, as the other side of every property.

use std::time::{Duration, UNIX_EPOCH};

use aws_credential_types::Credentials;
use aws_sigv4::{
    http_request::{
        PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SignatureLocation,
        SigningSettings, UriPathNormalizationMode, sign,
    },
    sign::v4,
};
use keystead_sigv4::{Payload, ServiceKind, sign::Signer};
use proptest::prelude::*;

use crate::support::{ACCESS_KEY_ID, NOW, Owned, SECRET, expected, signature_of, signer};

/// Signs as the SDK does. In the query form the SDK adds its parameters behind those of the request.
fn sign_with_sdk(
    request: &Owned,
    signer: &Signer<'_>,
    location: SignatureLocation,
    payload: Payload,
) -> Owned {
    let mut settings = SigningSettings::default();
    settings.signature_location = location;
    settings.expires_in = Some(Duration::from_secs(60));
    if signer.kind == ServiceKind::S3 {
        settings.percent_encoding_mode = PercentEncodingMode::Single;
        settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
        if location == SignatureLocation::Headers {
            settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
        }
    }
    let token = signer.session_token.map(str::to_owned);
    let identity = Credentials::new(ACCESS_KEY_ID, SECRET, token, None, "test").into();
    let parameters = v4::SigningParams::builder()
        .identity(&identity)
        .region(signer.region)
        .name(signer.service)
        .time(UNIX_EPOCH + Duration::from_secs(NOW as u64))
        .settings(settings)
        .build()
        .unwrap()
        .into();
    let query = if request.query.is_empty() {
        String::new()
    } else {
        format!("?{}", request.query)
    };
    let uri = format!("http://{}{}{query}", request.value("host"), request.path);
    let headers = request
        .headers
        .iter()
        .map(|(name, value)| (name.as_str(), str::from_utf8(value).unwrap()));
    let body = match payload {
        Payload::Unsigned => SignableBody::UnsignedPayload,
        Payload::StreamingUnsignedTrailer => SignableBody::StreamingUnsignedPayloadTrailer,
        _ => SignableBody::Bytes(&request.body),
    };
    let signable = SignableRequest::new(&request.method, &uri, headers, body).unwrap();
    let (instructions, _) = sign(signable, &parameters).unwrap().into_parts();
    let mut signed = request.clone();
    for (name, value) in instructions.headers() {
        signed = signed.header(name, value);
    }
    for (name, value) in instructions.params() {
        let encoded: String = value
            .bytes()
            .map(|byte| match byte {
                b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                    char::from(byte).to_string()
                }
                _ => format!("%{byte:02X}"),
            })
            .collect();
        let separator = if signed.query.is_empty() { "" } else { "&" };
        signed.query = format!("{}{separator}{name}={encoded}", signed.query);
    }
    signed
}

fn signers() -> impl Strategy<Value = Signer<'static>> {
    let services = prop_oneof![
        Just(("iam", ServiceKind::Other)),
        Just(("execute-api", ServiceKind::Other)),
        Just(("s3", ServiceKind::S3)),
    ];
    let regions = prop_oneof![Just("us-east-1"), Just("home")];
    (
        services,
        regions,
        prop_oneof![Just(None), Just(Some("TOKEN/+=="))],
    )
        .prop_map(|((service, kind), region, session_token)| Signer {
            region,
            session_token,
            ..signer(service, kind)
        })
}

fn requests() -> impl Strategy<Value = Owned> {
    let segment = "([a-zA-Z0-9._~-]|%[2-7][0-9A-F]|%C3%BC|[!*'()$,:;=@+]){0,6}";
    let path = prop::collection::vec(segment, 0..4).prop_map(|segments| format!("/{}", segments.join("/")));
    let parameter = "([a-cX-Z.-]|%20|%2B|%C3%BC|%3D){1,4}(=([a-cX-Z.-]|%2F|%26|%e2%82%ac){0,4})?";
    let query = prop::collection::vec(parameter, 0..20).prop_map(|parameters| parameters.join("&"));
    let header = ("x-(amz-meta-|custom-)[a-c]", "( {0,3}[!-~]{1,5}){0,3}");
    let headers = prop::collection::btree_map(header.0, header.1, 0..4);
    let method = prop_oneof![Just("GET"), Just("POST"), Just("PUT"), Just("DELETE")];
    let host = prop_oneof![
        Just("127.0.0.1:8080"),
        Just("iam.example.org"),
        Just("[::1]:9000")
    ];
    (
        method,
        host,
        path,
        query,
        headers,
        prop::collection::vec(any::<u8>(), 0..200),
    )
        .prop_map(|(method, host, path, query, headers, body)| {
            let request = Owned {
                body,
                ..Owned::new(method, &path, &query).header("host", host)
            };
            headers
                .iter()
                .fold(request, |request, (name, value)| request.header(name, value))
        })
}

/// Paths on which signers agree: they differ in what is left of a path that ends in a dot segment, and some
/// refuse those that climb.
fn is_agreed(request: &Owned, kind: ServiceKind) -> bool {
    let dots = request
        .path
        .split('/')
        .any(|segment| matches!(segment, "." | ".."));
    kind == ServiceKind::S3 || !dots
}

fn payload_of(signer: &Signer<'_>, unsigned: bool) -> Payload {
    match (signer.kind, unsigned) {
        (ServiceKind::S3, true) => Payload::Unsigned,
        _ => Payload::Body,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn the_header_form_of_the_sdk_is_verified_and_signed_alike(
        request in requests(), signer in signers(), unsigned: bool,
    ) {
        prop_assume!(is_agreed(&request, signer.kind));
        let payload = payload_of(&signer, unsigned);
        let signed = sign_with_sdk(&request, &signer, SignatureLocation::Headers, payload);
        let outcome = signed.check(&expected(signer.service, signer.kind), NOW);
        prop_assert_eq!(outcome, Ok(()), "{:?}", signed);
        // The SDK signs a path for S3 as it is sent, so only one in canonical form comes out alike.
        if signer.kind == ServiceKind::Other {
            let ours = request.sign_header(&signer, payload, NOW);
            prop_assert_eq!(signature_of(&ours), signature_of(&signed));
        }
    }

    #[test]
    fn the_query_form_of_the_sdk_is_verified(request in requests(), signer in signers(), unsigned: bool) {
        prop_assume!(is_agreed(&request, signer.kind));
        let payload = payload_of(&signer, unsigned || signer.kind == ServiceKind::S3);
        let signed = sign_with_sdk(&request, &signer, SignatureLocation::QueryParams, payload);
        let outcome = signed.check(&expected(signer.service, signer.kind), NOW);
        prop_assert_eq!(outcome, Ok(()), "{:?}", signed);
        if signer.kind == ServiceKind::Other {
            let ours = request.sign_query(&signer, payload, 60, NOW);
            prop_assert_eq!(signature_of(&ours), signature_of(&signed));
        }
    }

    #[test]
    fn what_is_signed_is_verified_and_only_with_its_secret(
        request in requests(), signer in signers(), unsigned: bool, in_query: bool,
    ) {
        prop_assume!(signer.kind == ServiceKind::S3 || !request.path.contains("/.."));
        let payload = payload_of(&signer, unsigned);
        let signed = if in_query {
            request.sign_query(&signer, payload, 60, NOW)
        } else {
            request.sign_header(&signer, payload, NOW)
        };
        let expected = expected(signer.service, signer.kind);
        prop_assert_eq!(signed.check(&expected, NOW), Ok(()), "{:?}", signed);
        let outcome = signed.check_with("another", &expected, NOW).map_err(|rejection| rejection.check());
        prop_assert_eq!(outcome, Err("signature"));
    }
}
