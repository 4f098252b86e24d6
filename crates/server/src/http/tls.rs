use std::fmt;
use std::path::Path;
use std::sync::Arc;

use parking_lot::RwLock;
use rustls::crypto::aws_lc_rs::{Ticketer, default_provider};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ProtocolVersion, ServerConfig, ServerConnection};
use tokio_rustls::TlsAcceptor;

use super::TlsInfo;
use crate::config::TlsFiles;

/// A certificate and its key, as read from their files last.
///
/// A clone is another handle to the same ones.
#[derive(Clone)]
pub struct Tls(Arc<Inner>);

struct Inner {
    files: TlsFiles,
    current: RwLock<Arc<ServerConfig>>,
}

/// Why a certificate or a key cannot be used.
#[derive(Debug, PartialEq, Eq)]
pub struct TlsError(String);

impl fmt::Display for TlsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for TlsError {}

impl Tls {
    /// Reads certificate and key.
    ///
    /// # Errors
    /// A file is missing, holds no certificate or no key, or the two do not belong together.
    pub fn load(files: &TlsFiles) -> Result<Self, TlsError> {
        let current = RwLock::new(Arc::new(read(files)?));
        Ok(Self(Arc::new(Inner {
            files: files.clone(),
            current,
        })))
    }

    /// Reads the files again, for the connections to come; those that are open stay as they are.
    ///
    /// # Errors
    /// As [`load`](Tls::load); what was read before stays in use.
    pub fn reload(&self) -> Result<(), TlsError> {
        let fresh = Arc::new(read(&self.0.files)?);
        *self.0.current.write() = fresh;
        Ok(())
    }

    pub(super) fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(Arc::clone(&self.0.current.read()))
    }
}

fn read(files: &TlsFiles) -> Result<ServerConfig, TlsError> {
    let unreadable = |what: &str, path: &Path, error: &dyn fmt::Display| {
        TlsError(format!(
            "cannot read the TLS {what} from {}: {error}",
            path.display()
        ))
    };
    let certificates: Vec<_> = CertificateDer::pem_file_iter(&files.certificate)
        .and_then(Iterator::collect)
        .map_err(|error| unreadable("certificate", &files.certificate, &error))?;
    if certificates.is_empty() {
        return Err(unreadable(
            "certificate",
            &files.certificate,
            &"there is none in this file",
        ));
    }
    let key = PrivateKeyDer::from_pem_file(&files.private_key)
        .map_err(|error| unreadable("private key", &files.private_key, &error))?;
    let unusable = |error: rustls::Error| {
        TlsError(format!(
            "cannot use the TLS certificate {} with the key {}: {error}",
            files.certificate.display(),
            files.private_key.display()
        ))
    };
    let provider = Arc::new(default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(unusable)?
        .with_no_client_auth()
        .with_single_cert(certificates, key)
        .map_err(unusable)?;
    // Tickets let a client resume without a signature, and need no memory here as a cache would.
    config.ticketer = Ticketer::new().map_err(unusable)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

impl TlsInfo {
    /// What a finished handshake settled on.
    pub(super) fn of(connection: &ServerConnection) -> Self {
        let version = match connection.protocol_version() {
            Some(ProtocolVersion::TLSv1_3) => "TLSv1.3",
            Some(ProtocolVersion::TLSv1_2) => "TLSv1.2",
            _ => "unknown",
        };
        let suite = connection
            .negotiated_cipher_suite()
            .and_then(|suite| suite.suite().as_str());
        // rustls writes `TLS13_AES_…` for what IANA calls `TLS_AES_…`.
        let cipher = match suite {
            Some("TLS13_AES_128_GCM_SHA256") => "TLS_AES_128_GCM_SHA256",
            Some("TLS13_AES_256_GCM_SHA384") => "TLS_AES_256_GCM_SHA384",
            Some("TLS13_CHACHA20_POLY1305_SHA256") => "TLS_CHACHA20_POLY1305_SHA256",
            Some(suite) => suite,
            None => "unknown",
        };
        Self { version, cipher }
    }
}
