use std::{
    fs::{File, OpenOptions},
    io::{ErrorKind, Read, Write},
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::Path,
};

use aws_lc_rs::digest;
use data_encoding::{BASE64, HEXLOWER};
use keystead_types::Random;
use zeroize::Zeroizing;

use crate::{OpenError, data_dir::sync_directory};

/// First word of the header line of a key file.
const HEADER: &str = "keystead-master-key-1";
/// Longest key file that is read, in bytes.
const FILE_BYTES_MAX: u64 = 1024;

/// The key that opens the database's data keys. It is in no log, and wiped from memory when dropped.
#[derive(Clone)]
pub struct MasterKey(Zeroizing<[u8; 32]>);

/// Where the master key comes from.
#[derive(Clone)]
pub enum MasterKeySource {
    /// The file `master.key` in the data directory, made with the database.
    File,
    /// Handed in, from the environment for example.
    Given {
        /// The key that the database is, or shall be, sealed with.
        key: MasterKey,
        /// The key before it, if it was just exchanged: a database still sealed with that one is
        /// sealed anew with `key` when it is opened.
        previous: Option<MasterKey>,
        /// Where it was found, for texts; such as the name of an environment variable.
        origin: String,
    },
}

impl MasterKey {
    /// Draws a new key.
    pub fn generate(random: &dyn Random) -> Self {
        let mut bytes = Zeroizing::new([0; 32]);
        random.fill(bytes.as_mut());
        Self(bytes)
    }

    /// Reads a key: base64 of 32 bytes, after the header line of a key file or without it. `origin`
    /// says in an error where the text came from.
    pub fn parse(text: &str, origin: &str) -> Result<Self, OpenError> {
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        let mut lines = lines.filter(|line| !line.starts_with(HEADER));
        let malformed = || OpenError::MasterKeyMalformed {
            origin: origin.to_owned(),
        };
        let (Some(line), None) = (lines.next(), lines.next()) else {
            return Err(malformed());
        };
        let decoded = Zeroizing::new(BASE64.decode(line.as_bytes()).map_err(|_| malformed())?);
        let bytes: [u8; 32] = decoded.as_slice().try_into().map_err(|_| malformed())?;
        Ok(Self(Zeroizing::new(bytes)))
    }

    /// A name for the key that says nothing about it: 16 hex digits of a hash.
    pub fn id(&self) -> String {
        let mut context = digest::Context::new(&digest::SHA256);
        context.update(b"keystead master key id");
        context.update(self.0.as_ref());
        let hash = context.finish();
        HEXLOWER.encode(hash.as_ref().get(..8).unwrap_or_default())
    }

    pub(super) fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Reads a key file; `None` when there is none. One that others than its owner can reach is refused.
    pub fn read_file(path: &Path) -> Result<Option<Self>, OpenError> {
        let file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(OpenError::io("open", path)(error)),
        };
        let metadata = file.metadata().map_err(OpenError::io("examine", path))?;
        let mode = metadata.permissions().mode() & 0o7777;
        if mode & 0o077 != 0 {
            return Err(OpenError::MasterKeyExposed {
                path: path.to_owned(),
                mode,
            });
        }
        let mut bytes = Zeroizing::new(Vec::new());
        file.take(FILE_BYTES_MAX)
            .read_to_end(&mut bytes)
            .map_err(OpenError::io("read", path))?;
        let origin = path.display().to_string();
        match std::str::from_utf8(&bytes) {
            Ok(text) => Self::parse(text, &origin).map(Some),
            Err(_) => Err(OpenError::MasterKeyMalformed { origin }),
        }
    }

    /// Writes a key file that its owner alone can read, and waits until it is on the disk.
    pub(crate) fn write_file(&self, path: &Path) -> Result<(), OpenError> {
        let mut file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(path)
            .map_err(OpenError::io("create", path))?;
        // An interrupted rotation may have left a file with other permissions behind.
        let owner_only = std::fs::Permissions::from_mode(0o600);
        file.set_permissions(owner_only)
            .map_err(OpenError::io("protect", path))?;
        let text = Zeroizing::new(format!(
            "{HEADER} {}\n{}\n",
            self.id(),
            Zeroizing::new(BASE64.encode(self.0.as_ref())).as_str()
        ));
        file.write_all(text.as_bytes())
            .and_then(|()| file.sync_all())
            .map_err(OpenError::io("write", path))?;
        sync_directory(path.parent().unwrap_or(path))
    }
}
