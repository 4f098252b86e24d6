//! The server under measurement, started as its users start it.

use std::{ffi::OsStr, fs, path::Path};

use crate::{
    Context, Result,
    process::{Server, Surroundings},
    requests::Credentials,
    shim::SlowSyncs,
};

/// A running server with its administrator's key pair.
pub(crate) struct Keystead {
    pub(crate) server: Server,
    pub(crate) administrator: Credentials,
}

impl Keystead {
    /// Serves a data directory, which is made on the first start.
    pub(crate) fn on_data(
        context: &Context,
        data: &Path,
        core: Option<usize>,
        slow_syncs: Option<&SlowSyncs>,
    ) -> Result<Self> {
        let arguments = ["serve", "--data", text(data)?, "--listen", "127.0.0.1:0"];
        let surroundings = Surroundings {
            core,
            slow_syncs,
            ..Surroundings::default()
        };
        let server = Server::start(&context.keystead, &arguments, surroundings)?;
        let administrator = administrator(&fs::read_to_string(data.join("admin.env"))?)?;
        Ok(Self {
            server,
            administrator,
        })
    }

    /// Serves from memory, with fixed keys and the reset that test suites use.
    pub(crate) fn in_memory(context: &Context) -> Result<Self> {
        let administrator = Credentials {
            access_key_id: "AKIAIOSFODNN7EXAMPLE".to_owned(),
            secret_access_key: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".to_owned(),
        };
        let environment = [
            (
                "KEYSTEAD_ADMIN_ACCESS_KEY_ID",
                administrator.access_key_id.as_str(),
            ),
            (
                "KEYSTEAD_ADMIN_SECRET_ACCESS_KEY",
                administrator.secret_access_key.as_str(),
            ),
        ];
        let arguments = ["serve", "--in-memory", "--test-reset", "--listen", "127.0.0.1:0"];
        let surroundings = Surroundings {
            environment: &environment,
            ..Surroundings::default()
        };
        let server = Server::start(&context.keystead, &arguments, surroundings)?;
        Ok(Self {
            server,
            administrator,
        })
    }
}

fn text(path: &Path) -> Result<&str> {
    OsStr::to_str(path.as_os_str()).ok_or_else(|| "a path that is not text".into())
}

/// The key pair in the text of an `admin.env`.
fn administrator(text: &str) -> Result<Credentials> {
    let value = |name: &str| {
        let line = text.lines().find_map(|line| {
            let line = line.trim().strip_prefix("export ").unwrap_or(line.trim());
            line.strip_prefix(name)?.strip_prefix('=')
        });
        line.map(|value| value.trim_matches(['"', '\'']).to_owned())
            .ok_or_else(|| format!("admin.env has no {name}"))
    };
    Ok(Credentials {
        access_key_id: value("AWS_ACCESS_KEY_ID")?,
        secret_access_key: value("AWS_SECRET_ACCESS_KEY")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_environment_file() {
        let text = "# made by keystead\nexport AWS_ENDPOINT_URL=http://127.0.0.1:7450\nexport AWS_ACCESS_KEY_ID=AKIA1\nAWS_SECRET_ACCESS_KEY='x=y'\n";
        let read = administrator(text).unwrap();
        assert_eq!(
            (read.access_key_id.as_str(), read.secret_access_key.as_str()),
            ("AKIA1", "x=y")
        );
        assert!(administrator("AWS_ACCESS_KEY_ID=a").is_err());
    }
}
