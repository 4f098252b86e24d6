//! The server under measurement, started as its users start it.

use std::{ffi::OsStr, fs, path::Path};

use crate::{
    Context, Result,
    load::exchange,
    process::{Server, Surroundings},
    requests::{self, Credentials},
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

    /// Makes a user with a policy of its own, and gives its key pair.
    pub(crate) fn user(&self, name: &str, policy: &str) -> Result<Credentials> {
        let (server, administrator) = (self.server.address, &self.administrator);
        self.ask(
            &requests::create_user(administrator, server, name)?,
            "<CreateUserResponse",
        )?;
        self.ask(
            &requests::put_user_policy(administrator, server, name, policy)?,
            "<PutUserPolicyResponse",
        )?;
        let created = self.ask(
            &requests::create_access_key(administrator, server, name)?,
            "<CreateAccessKeyResponse",
        )?;
        Ok(Credentials {
            access_key_id: element(&created, "AccessKeyId")?,
            secret_access_key: element(&created, "SecretAccessKey")?,
        })
    }

    /// Sends one request; the answer's body, which must start with `expected`.
    pub(crate) fn ask(&self, request: &[u8], expected: &str) -> Result<String> {
        exchange(self.server.address, request, |answer| {
            answer.expect(expected)?;
            Ok(String::from_utf8(answer.body.to_vec())?)
        })
    }
}

/// The text of an answer's first element of this name.
pub(crate) fn element(body: &str, name: &str) -> Result<String> {
    let value = body.split(&format!("<{name}>")).nth(1);
    let value = value.and_then(|rest| rest.split('<').next());
    value
        .map(str::to_owned)
        .ok_or_else(|| format!("the answer has no {name}").into())
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
