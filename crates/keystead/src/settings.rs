//! The settings of a start: the file, and the command line over it.

use keystead_server::config::{LogFormat, LogLevel, Settings, TlsFiles};

use crate::{
    args::{DataDirectory, Serve},
    failure::Failure,
};

/// Reads the settings file, if there is one.
pub(crate) fn file(place: &DataDirectory) -> Result<Settings, Failure> {
    match &place.config {
        Some(path) => Settings::load(path).map_err(Failure::usage),
        None => Ok(Settings::default()),
    }
}

/// The settings of a start: the command line has its say over the file.
pub(crate) fn settings(arguments: &Serve) -> Result<Settings, Failure> {
    let mut settings = file(&arguments.data)?;
    if let Some(listen) = arguments.listen {
        settings.listen = vec![listen];
    }
    if let Some(url) = &arguments.public_url {
        settings.public_url = Some(url.clone());
    }
    if let (Some(certificate), Some(private_key)) = (&arguments.tls_cert, &arguments.tls_key) {
        settings.tls = Some(TlsFiles {
            certificate: certificate.clone(),
            private_key: private_key.clone(),
        });
    }
    settings.allow_plaintext_beyond_loopback |= arguments.allow_plaintext_beyond_loopback;
    if let Some(format) = &arguments.log_format {
        settings.log.format = match format.as_str() {
            "text" => LogFormat::Text,
            "json" => LogFormat::Json,
            other => {
                return Err(Failure::usage(format!(
                    "--log-format is text or json, not `{}`",
                    other.escape_debug()
                )));
            }
        };
    }
    if let Some(level) = &arguments.log_level {
        settings.log.level = match level.as_str() {
            "error" => LogLevel::Error,
            "warn" => LogLevel::Warn,
            "info" => LogLevel::Info,
            "debug" => LogLevel::Debug,
            "trace" => LogLevel::Trace,
            other => {
                let other = other.escape_debug();
                return Err(Failure::usage(format!(
                    "--log-level is error, warn, info, debug or trace, not `{other}`"
                )));
            }
        };
    }
    settings.validate().map_err(Failure::usage)?;
    check_store(arguments.store.as_deref())?;
    Ok(settings)
}

fn check_store(url: Option<&str>) -> Result<(), Failure> {
    match url {
        None => Ok(()),
        Some(url) if url == "sqlite:" || url == "sqlite" => Ok(()),
        Some(url) if url.starts_with("postgres:") || url.starts_with("postgresql:") => Err(Failure::usage(
            "this version keeps its data in SQLite, in the data directory; PostgreSQL is not supported as a store yet. \
             Leave --store out",
        )),
        Some(url) => {
            // What follows the scheme may hold a password.
            let scheme = url.split(':').next().unwrap_or_default().escape_debug();
            Err(Failure::usage(format!(
                "--store does not know `{scheme}`; it takes `sqlite:`, which is also the default. The data directory is --data"
            )))
        }
    }
}
