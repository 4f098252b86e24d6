//! The backup file: a line that says what it is, a line of JSON, the databases one after the other,
//! and over all of that a SHA-256 and an HMAC-SHA-256.

use std::{
    fs::File,
    io::{BufRead, BufReader, BufWriter, Read, Write},
    path::Path,
};

use aws_lc_rs::{constant_time, digest, hmac};
use data_encoding::BASE64;
use serde::{Deserialize, Serialize};

use super::BackupError;
use crate::{OpenError, data_dir::create_private_file, sealing::SealedDataKey};

const MAGIC: &str = "keystead-backup-1\n";
/// Longest JSON line that is read, in bytes.
const HEADER_BYTES_MAX: u64 = 1024 * 1024;
const CHECK_BYTES: usize = 32;
const COPY_BYTES: usize = 64 * 1024;

/// The JSON line.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    /// Bytes of each database.
    lengths: [u64; 2],
    /// The sealed data keys, the first of which leads to the key of the HMAC.
    data_keys: Vec<HeaderKey>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct HeaderKey {
    id: i64,
    master_key: String,
    sealed: String,
}

/// Sums up what passes.
struct Sums {
    digest: digest::Context,
    hmac: hmac::Context,
}

/// A backup whose head has been read.
pub(super) struct Backup<'a> {
    path: &'a Path,
    file: BufReader<File>,
    head: Vec<u8>,
    lengths: [u64; 2],
    pub(super) data_keys: Vec<SealedDataKey>,
}

/// Writes a backup of two databases into the new file `out`, and waits until it is on the disk.
/// `path` is for the texts.
pub(super) fn pack(
    out: File,
    path: &Path,
    data_keys: &[SealedDataKey],
    databases: [&Path; 2],
    key: &hmac::Key,
) -> Result<(), BackupError> {
    let mut lengths = [0; 2];
    for (length, database) in lengths.iter_mut().zip(databases) {
        let metadata = database.metadata().map_err(OpenError::io("examine", database))?;
        *length = metadata.len();
    }
    let data_keys = data_keys.iter().map(|key| HeaderKey {
        id: key.id,
        master_key: key.master_key.clone(),
        sealed: BASE64.encode(&key.sealed),
    });
    let header = Header {
        lengths,
        data_keys: data_keys.collect(),
    };
    let json = serde_json::to_string(&header).unwrap_or_default();
    let head = format!("{MAGIC}{json}\n").into_bytes();

    let mut out = BufWriter::new(out);
    let mut sums = Sums::new(key);
    let failed = || OpenError::io("write", path);
    sums.update(&head);
    out.write_all(&head).map_err(failed())?;
    for (database, length) in databases.into_iter().zip(lengths) {
        let mut source = File::open(database).map_err(OpenError::io("open", database))?;
        copy(&mut source, &mut out, length, &mut sums).map_err(failed())?;
    }
    let (digest, hmac) = sums.finish();
    out.write_all(digest.as_ref()).map_err(failed())?;
    out.write_all(hmac.as_ref()).map_err(failed())?;
    let file = out.into_inner().map_err(|error| failed()(error.into_error()))?;
    file.sync_all().map_err(failed())?;
    Ok(())
}

impl<'a> Backup<'a> {
    /// Reads the head of a backup, and sees that as much follows as it says.
    pub(super) fn open(path: &'a Path) -> Result<Self, BackupError> {
        let not_a_backup = || BackupError::NotABackup(path.to_owned());
        let failed = || OpenError::io("read", path);
        let file = File::open(path).map_err(OpenError::io("open", path))?;
        let found = file.metadata().map_err(failed())?.len();
        let mut file = BufReader::new(file);
        let mut head = Vec::new();
        let mut magic = file.by_ref().take(MAGIC.len() as u64);
        magic.read_to_end(&mut head).map_err(failed())?;
        if head != MAGIC.as_bytes() {
            return Err(not_a_backup());
        }
        let mut line = file.by_ref().take(HEADER_BYTES_MAX);
        line.read_until(b'\n', &mut head).map_err(failed())?;
        let json = head.get(MAGIC.len()..).unwrap_or_default();
        let header: Header = serde_json::from_slice(json).map_err(|_| not_a_backup())?;
        let data_keys = header.data_keys.into_iter().map(|key| {
            Ok(SealedDataKey {
                id: key.id,
                master_key: key.master_key,
                sealed: BASE64.decode(key.sealed.as_bytes()).map_err(|_| not_a_backup())?,
            })
        });
        let data_keys = data_keys.collect::<Result<_, BackupError>>()?;
        let lengths = header.lengths;
        let said = lengths
            .into_iter()
            .chain([head.len() as u64, 2 * CHECK_BYTES as u64])
            .try_fold(0_u64, u64::checked_add);
        if said != Some(found) {
            return Err(damaged(path, "its length is not what it says"));
        }
        Ok(Self {
            path,
            file,
            head,
            lengths,
            data_keys,
        })
    }

    /// Unpacks the databases into new files. They are good only if this succeeds.
    pub(super) fn unpack(mut self, databases: [&Path; 2], key: &hmac::Key) -> Result<(), BackupError> {
        let mut sums = Sums::new(key);
        sums.update(&self.head);
        for (database, length) in databases.into_iter().zip(self.lengths) {
            let failed = || OpenError::io("write", database);
            let mut out = create_private_file(database)?;
            copy(&mut self.file, &mut out, length, &mut sums).map_err(failed())?;
            out.sync_all().map_err(failed())?;
        }
        let mut checks = [0; 2 * CHECK_BYTES];
        self.file
            .read_exact(&mut checks)
            .map_err(OpenError::io("read", self.path))?;
        let (digest, hmac) = checks.split_at(CHECK_BYTES);
        let (found_digest, found_hmac) = sums.finish();
        if digest != found_digest.as_ref() {
            return Err(damaged(self.path, "its checksum is wrong"));
        }
        if constant_time::verify_slices_are_equal(hmac, found_hmac.as_ref()).is_err() {
            return Err(damaged(
                self.path,
                "it was changed by someone without the master key",
            ));
        }
        Ok(())
    }
}

impl Sums {
    fn new(key: &hmac::Key) -> Self {
        Self {
            digest: digest::Context::new(&digest::SHA256),
            hmac: hmac::Context::with_key(key),
        }
    }

    fn update(&mut self, bytes: &[u8]) {
        self.digest.update(bytes);
        self.hmac.update(bytes);
    }

    fn finish(self) -> (digest::Digest, hmac::Tag) {
        (self.digest.finish(), self.hmac.sign())
    }
}

/// Copies exactly `length` bytes.
fn copy(from: &mut impl Read, to: &mut impl Write, length: u64, sums: &mut Sums) -> std::io::Result<()> {
    let mut buffer = vec![0; COPY_BYTES];
    let mut left = length;
    while left > 0 {
        let size = left.min(COPY_BYTES as u64) as usize;
        let part = buffer.get_mut(..size).unwrap_or_default();
        from.read_exact(part)?;
        sums.update(part);
        to.write_all(part)?;
        left -= size as u64;
    }
    Ok(())
}

fn damaged(path: &Path, reason: &'static str) -> BackupError {
    BackupError::Damaged {
        path: path.to_owned(),
        reason,
    }
}
