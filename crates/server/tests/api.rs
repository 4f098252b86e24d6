//! The AWS face, called without a listener: what it leaves behind.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::future::poll_fn;
use std::net::SocketAddr;
use std::sync::Arc;
use std::task::Poll;

use bytes::Bytes;
use http::Request;
use http::request::Parts;
use keystead_authority::{Authority, Credential, FirstStart, FixedKeys, first_start};
use keystead_server::api::{Api, authentication_checks, operation_labels};
use keystead_server::environment::{SystemRandom, now};
use keystead_server::http::{Detached, Handler, Peer};
use keystead_server::logging::RequestLog;
use keystead_server::metrics::Metrics;
use keystead_sigv4::sign::{Signer, sign_header};
use keystead_sigv4::{BodyHash, HeaderField, Payload, ServiceKind};
use keystead_store::{Location, MasterKey, MasterKeySource, Options, Store};
use keystead_types::Random;
use keystead_verifier::Verifier;

struct Served {
    api: Arc<Api>,
    key: Credential,
}

async fn served() -> Served {
    let random: Arc<dyn Random> = Arc::new(SystemRandom);
    let store = Store::open(Options {
        location: Location::Memory,
        master_key: MasterKeySource::Given {
            key: MasterKey::generate(&*random),
            previous: None,
            origin: "this test".to_owned(),
        },
        random: Arc::clone(&random),
    })
    .unwrap();
    let fixed = FixedKeys {
        account: None,
        administrator: None,
        root: None,
    };
    let start = FirstStart::draw(&fixed, &*random).unwrap();
    first_start(&store, &start, &fixed, Arc::clone(&random), now())
        .await
        .unwrap();
    let verifier = Arc::new(Verifier::new(store, Default::default(), &*random));
    let metrics = Metrics::new("0.0.0", operation_labels(), &authentication_checks());
    metrics.show_state(&verifier);
    let api = Api {
        authority: Authority::new(Arc::clone(&verifier), Arc::clone(&random), [0; 32]),
        verifier,
        random,
        account: start.account,
        metrics: metrics.clone(),
        log: RequestLog::new(metrics),
        detached: Detached::default(),
        test_reset: false,
        explanations: keystead_server::api::Explanations::default(),
    };
    Served {
        api: Arc::new(api),
        key: start.key,
    }
}

/// A signed request to IAM.
fn signed(key: &Credential, body: &'static [u8]) -> Parts {
    let mut headers = vec![
        HeaderField {
            name: "host",
            value: b"keystead.test",
        },
        HeaderField {
            name: "content-type",
            value: b"application/x-www-form-urlencoded",
        },
    ];
    let request = keystead_sigv4::Request {
        method: "POST",
        path: "/",
        query: "",
        headers: &headers,
    };
    let signer = Signer {
        access_key_id: key.id.as_str(),
        secret_access_key: key.secret.expose().as_bytes(),
        session_token: None,
        region: "us-east-1",
        service: "iam",
        kind: ServiceKind::Other,
    };
    let hash = BodyHash::of(body);
    let added = sign_header(&request, &signer, Payload::Body, hash, now().seconds()).unwrap();
    headers.extend(added.iter().map(|(name, value)| HeaderField {
        name,
        value: value.as_bytes(),
    }));
    let mut request = Request::post("/");
    for header in &headers {
        request = request.header(header.name, header.value);
    }
    request.body(()).unwrap().into_parts().0
}

fn peer() -> Peer {
    let socket: SocketAddr = "192.0.2.1:1".parse().unwrap();
    Peer {
        address: socket.ip(),
        socket,
        tls: None,
        secure: false,
        version: http::Version::HTTP_11,
    }
}

#[tokio::test]
async fn a_change_is_reported_when_its_client_has_gone() {
    const BODY: &[u8] = b"Action=CreateUser&Version=2010-05-08&UserName=orphan";
    let Served { api, key } = served().await;
    let counted = r#"keystead_requests_total{service="iam",operation="CreateUser",outcome="success"} 1"#;

    let request = signed(&key, BODY);
    let peer = peer();
    let mut handling = Box::pin(api.handle(&request, Bytes::from_static(BODY), &peer));
    poll_fn(|cx| {
        assert!(
            handling.as_mut().poll(cx).is_pending(),
            "nobody ran the change yet"
        );
        if api.detached.running() > 0 {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    })
    .await;
    assert!(!api.metrics.render().contains(counted));
    drop(handling);
    api.detached.finished().await;
    let page = api.metrics.render();
    assert!(page.contains(counted), "{page}");
}

#[tokio::test]
async fn a_read_is_nobodys_but_its_clients() {
    const BODY: &[u8] = b"Action=GetAccountSummary&Version=2010-05-08";
    let Served { api, key } = served().await;
    let request = signed(&key, BODY);
    let peer = peer();
    let mut handling = Box::pin(api.handle(&request, Bytes::from_static(BODY), &peer));
    let response = poll_fn(|cx| {
        let polled = handling.as_mut().poll(cx);
        assert_eq!(api.detached.running(), 0);
        polled
    })
    .await;
    assert_eq!(response.status(), 200);
}

#[tokio::test]
async fn the_state_of_store_and_verifier_is_shown() {
    const BODY: &[u8] = b"Action=CreateUser&Version=2010-05-08&UserName=counted";
    let Served { api, key } = served().await;
    let value = |name: &str| -> f64 {
        let page = api.metrics.render();
        let line = page
            .lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.unwrap_or_else(|| panic!("{name} is not in\n{page}"))
            .parse()
            .unwrap()
    };
    let commits = value("keystead_store_commit_commands_count");
    assert_eq!(value("keystead_verifier_directory_lookups_total"), 0.0);

    for status in [200, 409] {
        let response = api
            .handle(&signed(&key, BODY), Bytes::from_static(BODY), &peer())
            .await;
        assert_eq!(response.status(), status);
    }
    let unknown = Credential {
        id: "AKIAIOSFODNN7EXAMPLE".parse().unwrap(),
        secret: key.secret.clone(),
    };
    for _ in 0..2 {
        let response = api
            .handle(&signed(&unknown, BODY), Bytes::from_static(BODY), &peer())
            .await;
        assert_eq!(response.status(), 403);
    }

    assert_eq!(
        value("keystead_store_commit_commands_count"),
        value("keystead_store_commits_total")
    );
    assert_eq!(
        value("keystead_store_commit_commands_sum"),
        value("keystead_store_commands_total")
    );
    assert!(value("keystead_store_commit_commands_count") > commits);
    assert!(value(r#"keystead_store_commit_commands_bucket{le="1.0"}"#) > 0.0);
    assert_eq!(value("keystead_verifier_directory_lookups_total"), 3.0);
    assert_eq!(value("keystead_verifier_cache_hits_total"), 1.0);
    assert_eq!(value("keystead_verifier_cache_unknown_keys"), 1.0);
    assert_eq!(value("keystead_verifier_cache_refusals_total"), 1.0);
    assert_eq!(
        value(r#"keystead_authentication_failures_total{check="access-key-known"}"#),
        2.0
    );
    assert_eq!(value("keystead_verifier_stale_snapshots_total"), 0.0);
}
