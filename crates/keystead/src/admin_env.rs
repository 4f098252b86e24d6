//! `admin.env`: the administrator's first key and the endpoint, ready to be sourced by a shell.

use std::{
    fs, io,
    io::Write,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use keystead_types::{AccessKeyId, SecretAccessKey};

const FILE_NAME: &str = "admin.env";
const ENDPOINT: &str = "export AWS_ENDPOINT_URL=";
const REGION: &str = "export AWS_REGION=";

/// Where the file stands in a data directory.
pub(crate) fn path(data: &Path) -> PathBuf {
    data.join(FILE_NAME)
}

/// Writes the file with a new key, mode 0600, in one step.
pub(crate) fn write(
    data: &Path,
    endpoint: &str,
    region: &str,
    id: &AccessKeyId,
    secret: &SecretAccessKey,
) -> io::Result<()> {
    let (secret, endpoint) = (shell_quoted(secret.expose()), shell_quoted(endpoint));
    // A profile or a session token left over in the shell would win over these, or spoil them.
    let text = format!(
        "# The administrator's access key. Delete this file once the key is in a safer place.\n\
         unset AWS_PROFILE AWS_DEFAULT_PROFILE AWS_SESSION_TOKEN\n\
         {ENDPOINT}{endpoint}\n\
         export AWS_ACCESS_KEY_ID={id}\n\
         export AWS_SECRET_ACCESS_KEY={secret}\n\
         {REGION}{region}\n\
         export AWS_DEFAULT_REGION={region}\n"
    );
    // Should it name the key of another store after all, it is not lost.
    match fs::rename(path(data), data.join("admin.env.before")) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    replace(data, &text)
}

/// Brings the endpoint up to date, when the file is still there and names another.
pub(crate) fn refresh_endpoint(data: &Path, endpoint: &str) -> io::Result<()> {
    let text = match fs::read_to_string(path(data)) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    let wanted = format!("{ENDPOINT}{}", shell_quoted(endpoint));
    if text.lines().any(|line| line == wanted) {
        return Ok(());
    }
    let lines = text.lines().map(|line| {
        if line.starts_with(ENDPOINT) {
            wanted.as_str()
        } else {
            line
        }
    });
    let mut refreshed = lines.collect::<Vec<_>>().join("\n");
    refreshed.push('\n');
    replace(data, &refreshed)
}

/// The endpoint that the file names, if it is there.
pub(crate) fn endpoint(data: &Path) -> Option<String> {
    value(data, ENDPOINT)
}

/// The region that the file names, if it is there.
pub(crate) fn region(data: &Path) -> Option<String> {
    value(data, REGION)
}

fn value(data: &Path, name: &str) -> Option<String> {
    let text = fs::read_to_string(path(data)).ok()?;
    let value = text.lines().find_map(|line| line.strip_prefix(name))?;
    Some(value.trim_matches('\'').to_owned())
}

fn replace(data: &Path, text: &str) -> io::Result<()> {
    let unfinished = data.join(".admin.env.new");
    // One that was left behind could be anything, a link included.
    match fs::remove_file(&unfinished) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&unfinished)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&unfinished, path(data))?;
    fs::File::open(data)?.sync_all()
}

/// Imported secrets may hold any printable character.
fn shell_quoted(text: &str) -> String {
    if text
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b":/.-_".contains(&byte))
    {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn quotes_what_a_shell_would_read() {
        for (secret, quoted) in [
            ("abc09", "abc09"),
            ("a/b+c", "'a/b+c'"),
            ("http://[::1]:80", "'http://[::1]:80'"),
            ("a'b$c", r"'a'\''b$c'"),
        ] {
            assert_eq!(shell_quoted(secret), quoted);
        }
    }

    #[test]
    fn the_endpoint_alone_is_refreshed() {
        let data = tempfile::tempdir().unwrap();
        let id = "AKIAIOSFODNN7EXAMPLE".parse().unwrap();
        let secret = SecretAccessKey::import("wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY00").unwrap();
        write(data.path(), "http://127.0.0.1:1", "eu-central-1", &id, &secret).unwrap();
        let before = fs::read_to_string(path(data.path())).unwrap();
        refresh_endpoint(data.path(), "http://127.0.0.1:2").unwrap();
        let after = fs::read_to_string(path(data.path())).unwrap();
        assert_eq!(after, before.replace("127.0.0.1:1", "127.0.0.1:2"));
        assert_eq!(endpoint(data.path()).as_deref(), Some("http://127.0.0.1:2"));
        assert_eq!(
            fs::metadata(path(data.path())).unwrap().permissions().mode() & 0o777,
            0o600
        );
    }
}
