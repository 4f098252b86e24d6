//! TLS: versions of HTTP by ALPN, certificates that change while connections stay.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use keystead_server::config::TlsFiles;
use keystead_server::http::{Tls, reload_on_hangup};
use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustix::process::{Signal, getpid, kill_process};
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore, SupportedProtocolVersion, version};
use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::client::{Connection, GET};
use crate::fixture::{Plan, Server};
use crate::http2;

/// Writes a new certificate and its key into the files.
fn issue(files: &TlsFiles) -> CertificateDer<'static> {
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    std::fs::write(&files.certificate, cert.pem()).unwrap();
    std::fs::write(&files.private_key, signing_key.serialize_pem()).unwrap();
    cert.der().clone()
}

fn files(directory: &Path) -> TlsFiles {
    TlsFiles {
        certificate: directory.join("cert.pem"),
        private_key: directory.join("key.pem"),
    }
}

struct Trusting {
    certificate: CertificateDer<'static>,
    versions: Vec<&'static SupportedProtocolVersion>,
    protocols: Vec<&'static str>,
}

impl Trusting {
    fn new(certificate: &CertificateDer<'static>) -> Self {
        Self {
            certificate: certificate.clone(),
            versions: vec![&version::TLS13],
            protocols: Vec::new(),
        }
    }

    async fn connect(&self, server: &Server) -> std::io::Result<TlsStream<TcpStream>> {
        let mut roots = RootCertStore::empty();
        roots.add(self.certificate.clone()).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&self.versions)
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = self
            .protocols
            .iter()
            .map(|name| name.as_bytes().to_vec())
            .collect();
        let stream = TcpStream::connect(server.address).await.unwrap();
        TlsConnector::from(Arc::new(config))
            .connect(ServerName::try_from("localhost").unwrap(), stream)
            .await
    }
}

async fn start(directory: &TempDir) -> (Server, Tls, CertificateDer<'static>) {
    let certificate = issue(&files(directory.path()));
    let tls = Tls::load(&files(directory.path())).unwrap();
    let server = Server::start(Plan {
        tls: Some(tls.clone()),
        ..Plan::default()
    })
    .await;
    (server, tls, certificate)
}

#[tokio::test]
async fn versions() {
    let directory = TempDir::new().unwrap();
    let (server, _, certificate) = start(&directory).await;
    let mut client = Trusting::new(&certificate);
    for (version, name) in [(&version::TLS12, "TLSv1.2"), (&version::TLS13, "TLSv1.3")] {
        client.versions = vec![version];
        for protocols in [vec![], vec!["http/1.1"]] {
            client.protocols = protocols;
            let mut connection = Connection::over(client.connect(&server).await.unwrap());
            let body = connection.ask(GET).await.body;
            assert_eq!(body, format!("GET / 127.0.0.1 host=h body=0 tls={name}\n"));
        }
    }
    client.protocols = vec!["h2", "http/1.1"];
    let stream = client.connect(&server).await.unwrap();
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
    let (mut sender, _) = http2::connect(stream).await;
    let answer = sender.send_request(http2::request("GET", "/", "")).await.unwrap();
    assert_eq!(
        http2::read(answer).await,
        "GET / 127.0.0.1 host=h:1 body=0 tls=TLSv1.3\n"
    );
}

#[tokio::test]
async fn a_new_certificate_is_for_new_connections() {
    let directory = TempDir::new().unwrap();
    let (server, tls, old) = start(&directory).await;
    let mut open = Connection::over(Trusting::new(&old).connect(&server).await.unwrap());
    assert_eq!(open.ask(GET).await.status, 200);

    std::fs::write(files(directory.path()).private_key, "no key").unwrap();
    assert!(tls.reload().unwrap_err().to_string().contains("key.pem"));
    assert!(
        Trusting::new(&old).connect(&server).await.is_ok(),
        "the old one stays in use"
    );

    let new = issue(&files(directory.path()));
    tls.reload().unwrap();
    assert!(Trusting::new(&old).connect(&server).await.is_err());
    let mut fresh = Connection::over(Trusting::new(&new).connect(&server).await.unwrap());
    assert_eq!(fresh.ask(GET).await.status, 200);
    assert_eq!(open.ask(GET).await.status, 200);

    let newer = issue(&files(directory.path()));
    tokio::spawn(reload_on_hangup(Some(tls)).unwrap());
    kill_process(getpid(), Signal::HUP).unwrap();
    while Trusting::new(&newer).connect(&server).await.is_err() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn files_that_do_not_do() {
    let directory = TempDir::new().unwrap();
    let files = files(directory.path());
    let text = |files| Tls::load(files).err().unwrap().to_string();
    assert!(
        text(&files).contains("cannot read the TLS certificate"),
        "{}",
        text(&files)
    );
    issue(&files);
    let other = TlsFiles {
        certificate: directory.path().join("other.pem"),
        ..files.clone()
    };
    std::fs::copy(&files.certificate, &other.certificate).unwrap();
    issue(&files);
    assert!(
        text(&other).contains("cannot use the TLS certificate"),
        "{}",
        text(&other)
    );
    std::fs::write(&files.certificate, "").unwrap();
    assert!(
        text(&files).contains("there is none in this file"),
        "{}",
        text(&files)
    );
    std::fs::remove_file(&files.private_key).unwrap();
    assert!(
        text(&other).contains("cannot read the TLS private key"),
        "{}",
        text(&other)
    );
}

#[tokio::test]
async fn handshakes_that_fail_or_do_not_come() {
    let directory = TempDir::new().unwrap();
    issue(&files(directory.path()));
    let mut plan = Plan {
        tls: Some(Tls::load(&files(directory.path())).unwrap()),
        ..Plan::default()
    };
    plan.limits.handshake_timeout = Duration::from_millis(60);
    let server = Server::start(plan).await;
    Connection::open(server.address).await.closed().await;
    let mut plain = Connection::open(server.address).await;
    plain.send(GET).await;
    // A TLS alert comes, which is no answer; then the end.
    let mut rest = Vec::new();
    tokio::io::AsyncReadExt::read_to_end(&mut plain.stream, &mut rest)
        .await
        .unwrap();
    assert!(!rest.starts_with(b"HTTP"));
    assert_eq!(
        server.count(r#"keystead_connections_refused_total{reason="handshake"}"#),
        2
    );
}
