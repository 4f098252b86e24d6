//! The server's settings: `keystead.toml`, which flags of the command line override.

mod error;

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use serde::Deserialize;

pub use crate::http::{AddressBlock, ForwardedHeader, Limits};
pub use crate::logging::{LogFormat, LogLevel};
pub use error::SettingsError;

/// Where the server listens unless told otherwise.
pub const LISTEN_DEFAULT: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 7450);

/// All of `keystead.toml`. Every key has a default; an unknown key is an error.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Addresses to listen on.
    pub listen: Vec<SocketAddr>,
    /// The server's URL as its users see it, without a path.
    pub public_url: Option<PublicUrl>,
    /// Certificate and key; without them the server speaks plain HTTP.
    pub tls: Option<TlsFiles>,
    /// Lets the server listen beyond loopback without TLS. Signatures keep requests from being altered,
    /// but CreateAccessKey answers with a secret.
    pub allow_plaintext_beyond_loopback: bool,
    /// Proxies whose word about their clients' addresses is taken.
    pub trusted_proxies: Vec<AddressBlock>,
    /// The header in which they give it.
    pub forwarded_header: ForwardedHeader,
    /// Worker threads; as many as there are processors unless set.
    pub threads: Option<NonZeroUsize>,
    /// Bounds on connections.
    pub limits: Limits,
    /// What is logged, and how.
    pub log: LogSettings,
    /// Where the master key is; a file in the data directory unless set.
    pub master_key: Option<MasterKeyLocation>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            listen: vec![LISTEN_DEFAULT],
            public_url: None,
            tls: None,
            allow_plaintext_beyond_loopback: false,
            trusted_proxies: Vec::new(),
            forwarded_header: ForwardedHeader::default(),
            threads: None,
            limits: Limits::default(),
            log: LogSettings::default(),
            master_key: None,
        }
    }
}

/// The PEM files of a TLS listener. They are read again on SIGHUP.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TlsFiles {
    /// The certificate, followed by its intermediates.
    pub certificate: PathBuf,
    /// Its private key: PKCS #8, PKCS #1 or SEC 1.
    pub private_key: PathBuf,
}

/// What is logged, and how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LogSettings {
    /// The shape of a line.
    pub format: LogFormat,
    /// The least severe level that is written.
    pub level: LogLevel,
}

/// Where the master key comes from. Never the key itself: this file is not secret.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MasterKeyLocation {
    /// A file that only the server's user can read.
    File(PathBuf),
    /// The environment variable of this name.
    Environment(String),
    /// What this program prints: its path and its arguments.
    Command(Vec<String>),
}

/// A URL of scheme, host and perhaps port.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct PublicUrl(String);

impl PublicUrl {
    /// The URL, without a slash at its end.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PublicUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for PublicUrl {
    type Error = SettingsError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let url = text.strip_suffix('/').unwrap_or(&text);
        let plain = url.parse::<http::Uri>().is_ok_and(|uri| {
            matches!(uri.scheme_str(), Some("http" | "https"))
                && uri.host().is_some_and(|host| !host.is_empty())
                && !url.contains('@')
                && uri.path() == "/"
                && uri.query().is_none()
        });
        if !plain {
            return Err(SettingsError::invalid(format!(
                "`{}` is no public URL: expected scheme, host and port, such as https://iam.example.org",
                text.escape_debug()
            )));
        }
        // Browsers leave out a port that goes without saying.
        let port = if url.starts_with("https:") { ":443" } else { ":80" };
        Ok(Self(url.strip_suffix(port).unwrap_or(url).to_owned()))
    }
}

impl std::str::FromStr for PublicUrl {
    type Err = SettingsError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::try_from(text.to_owned())
    }
}

impl Settings {
    /// Reads a settings file.
    ///
    /// # Errors
    /// It cannot be read, or it is not as [`parse`](Settings::parse) wants it.
    pub fn load(path: &Path) -> Result<Self, SettingsError> {
        let text = std::fs::read_to_string(path).map_err(|error| SettingsError::unreadable(path, &error))?;
        Self::parse(&text).map_err(|error| error.in_file(path))
    }

    /// Takes the text of a settings file.
    ///
    /// # Errors
    /// It is no TOML, or has a key or value that is not known; the error names it and its line.
    pub fn parse(text: &str) -> Result<Self, SettingsError> {
        toml::from_str(text).map_err(|error| SettingsError::from_toml(text, &error))
    }

    /// Checks what no single value can tell, after the command line has had its say.
    ///
    /// # Errors
    /// The settings are unsafe or of no use together; the error says what to do.
    pub fn validate(&self) -> Result<(), SettingsError> {
        if self.listen.is_empty() {
            return Err(SettingsError::invalid("`listen` names no address to listen on"));
        }
        let exposed = self
            .listen
            .iter()
            .find(|address| !address.ip().to_canonical().is_loopback());
        if let (Some(address), None, false) = (exposed, &self.tls, self.allow_plaintext_beyond_loopback) {
            return Err(SettingsError::invalid(format!(
                "listening on {address} without TLS would send new secret access keys over the network in clear: \
                 give a certificate (`tls.certificate`, `tls.private_key`), listen on 127.0.0.1 behind a proxy that \
                 speaks TLS, or set `allow_plaintext_beyond_loopback = true`"
            )));
        }
        let limits = &self.limits;
        let least_one = [
            ("connections_max", limits.connections_max),
            ("connections_per_source_max", limits.connections_per_source_max),
            (
                "streams_per_connection_max",
                limits.streams_per_connection_max as usize,
            ),
            (
                "body_bytes_per_second_min",
                limits.body_bytes_per_second_min as usize,
            ),
            (
                "handshake_timeout_seconds",
                limits.handshake_timeout.as_secs() as usize,
            ),
            ("head_timeout_seconds", limits.head_timeout.as_secs() as usize),
            ("body_timeout_seconds", limits.body_timeout.as_secs() as usize),
            ("idle_timeout_seconds", limits.idle_timeout.as_secs() as usize),
        ];
        if let Some((name, _)) = least_one.iter().find(|(_, value)| *value == 0) {
            return Err(SettingsError::invalid(format!(
                "`limits.{name}` must be at least 1"
            )));
        }
        let body_max = keystead_types::limits::REQUEST_BODY_BYTES_MAX;
        if limits.body_memory_bytes_max < body_max {
            return Err(SettingsError::invalid(format!(
                "`limits.body_memory_bytes_max` must be at least {body_max}, the length of one body"
            )));
        }
        if let Some(MasterKeyLocation::Command(words)) = &self.master_key
            && words.is_empty()
        {
            return Err(SettingsError::invalid("`master_key.command` names no program"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
