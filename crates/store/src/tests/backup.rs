//! Backups, good and bad.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use super::{Seeded, add_key, at, furnish, in_memory, key_id, open, secret, user_id, write};
use crate::{
    BackupError, MasterKey, OpenError, StoreError,
    data_dir::{DataDirectory, create_private_file},
    restore,
    tests::account,
};

struct Backed {
    directory: tempfile::TempDir,
    file: PathBuf,
    key: MasterKey,
}

async fn backed_up() -> Backed {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("data");
    let store = open(&data);
    write(&store, furnish).await.unwrap();
    write(&store, |tx| add_key(tx, 1)).await.unwrap();
    write(&store, |tx| tx.session_key_for(at(0))).await.unwrap();
    let file = directory.path().join("backup");
    store.backup(&file).await.unwrap();
    assert!(matches!(store.backup(&file).await, Err(BackupError::Exists(_))));
    let key = MasterKey::read_file(&data.join("master.key")).unwrap().unwrap();
    Backed { directory, file, key }
}

fn names(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).unwrap();
    let mut names: Vec<_> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|part| part == needle)
}

#[tokio::test]
async fn a_backup_restores_and_holds_no_key() {
    let backed = backed_up().await;
    assert_eq!(names(backed.directory.path()), ["backup", "data"]);
    assert_eq!(
        fs::metadata(&backed.file).unwrap().permissions().mode() & 0o777,
        0o600
    );
    let bytes = fs::read(&backed.file).unwrap();
    let key_text = fs::read_to_string(backed.directory.path().join("data/master.key")).unwrap();
    let key_line = key_text.lines().nth(1).unwrap();
    assert!(!contains(&bytes, key_line.as_bytes()));
    assert!(!contains(
        &bytes,
        &data_encoding::BASE64.decode(key_line.as_bytes()).unwrap()
    ));
    assert!(!contains(&bytes, secret(1).expose().as_bytes()));

    let target = backed.directory.path().join("restored");
    restore(&backed.file, &target, &backed.key, true, Seeded::new(2)).unwrap();
    let store = open(&target);
    let opened = store.read(|reader| {
        let key = reader.access_key(key_id(1))?.unwrap();
        let user = reader.user_by_id(account(), user_id(1))?.unwrap();
        assert_eq!(user.key_count, 1);
        assert_eq!(reader.session_keys()?.len(), 1, "sessions live on");
        reader.access_key_secret(&key)
    });
    assert_eq!(
        opened
            .await
            .unwrap_or_else(|error: StoreError| panic!("{error}"))
            .unwrap()
            .expose(),
        secret(1).expose()
    );
    let again = || restore(&backed.file, &target, &backed.key, true, Seeded::new(2));
    assert!(matches!(again(), Err(BackupError::NotEmpty(_))), "in use");
    drop(store);
    assert!(matches!(again(), Err(BackupError::NotEmpty(_))), "at rest");
    drop(open(&target));
}

#[tokio::test]
async fn a_directory_of_another_is_not_restored_into() {
    let backed = backed_up().await;
    let target = backed.directory.path().join("target");
    let attempt = || restore(&backed.file, &target, &backed.key, true, Seeded::new(2));
    fs::create_dir(&target).unwrap();
    fs::write(target.join("notes"), "mine").unwrap();
    assert!(matches!(attempt(), Err(BackupError::NotEmpty(_))));
    assert_eq!(names(&target), ["notes"], "nothing was added, not even the lock");
    assert_eq!(fs::read(target.join("notes")).unwrap(), b"mine");
    fs::remove_file(target.join("notes")).unwrap();

    let held = DataDirectory::lock(&target).unwrap();
    assert!(matches!(
        attempt(),
        Err(BackupError::Open(OpenError::Locked { .. }))
    ));
    drop(held);
    // What a killed restore left behind is in nobody's way.
    fs::write(target.join("keystead.db.restoring"), "torn").unwrap();
    attempt().unwrap();
    assert_eq!(names(&target), ["audit.db", "keystead.db", "lock", "master.key"]);
    drop(open(&target));
}

#[tokio::test]
async fn damaged_backups_leave_nothing_behind() {
    let backed = backed_up().await;
    let good = fs::read(&backed.file).unwrap();
    let bad = backed.directory.path().join("bad");
    let target = backed.directory.path().join("target");
    let expect_failure = |bytes: &[u8], what: &str| {
        fs::write(&bad, bytes).unwrap();
        let error = restore(&bad, &target, &backed.key, true, Seeded::new(2)).unwrap_err();
        assert!(!target.exists(), "{what} left something: {error}");
        error.to_string()
    };
    for cut in [0, 5, 30, good.len() / 2, good.len() - 1] {
        expect_failure(&good[..cut], "a torn file");
    }
    let longer = [good.as_slice(), b"x"].concat();
    assert!(expect_failure(&longer, "a longer file").contains("length"));
    let mut position = 0;
    while position < good.len() {
        let mut changed = good.clone();
        changed[position] ^= 1;
        expect_failure(&changed, &format!("a change at byte {position}"));
        position += good.len() / 61;
    }
    // Someone who can compute the checksum still lacks the key.
    let mut forged = good.clone();
    let body = forged.len() - 64;
    forged[body - 1] ^= 1;
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &forged[..body]);
    forged[body..body + 32].copy_from_slice(digest.as_ref());
    assert!(expect_failure(&forged, "a forgery").contains("without the master key"));

    let other = MasterKey::generate(&*Seeded::new(99));
    let error = restore(&backed.file, &target, &other, true, Seeded::new(2)).unwrap_err();
    assert!(matches!(
        error,
        BackupError::Open(OpenError::MasterKeyWrong { .. })
    ));
    assert!(!target.exists());
    // A directory that was there stays, and stays empty.
    fs::create_dir(&target).unwrap();
    fs::write(&bad, &forged).unwrap();
    restore(&bad, &target, &backed.key, true, Seeded::new(2)).unwrap_err();
    assert_eq!(names(&target), Vec::<String>::new());
}

#[tokio::test]
async fn what_killed_backups_left_behind_stays_and_does_not_matter() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(&directory.path().join("data"));
    let old = ["main", "audit", "partial"].map(|suffix| format!("backup.{}.{suffix}", std::process::id()));
    for name in &old {
        fs::write(directory.path().join(name), "torn").unwrap();
    }
    let file = directory.path().join("backup");
    store.backup(&file).await.unwrap();
    for name in &old {
        assert_eq!(fs::read(directory.path().join(name)).unwrap(), b"torn");
    }
    assert_eq!(names(directory.path()).len(), old.len() + 2);
}

#[test]
fn a_new_file_replaces_and_follows_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let (file, link) = (directory.path().join("file"), directory.path().join("link"));
    std::os::unix::fs::symlink(&file, &link).unwrap();
    assert!(create_private_file(&link).is_err());
    assert!(!file.exists());
    drop(create_private_file(&file).unwrap());
    assert!(create_private_file(&file).is_err());
}

#[tokio::test]
async fn a_store_in_memory_has_no_backup() {
    let directory = tempfile::tempdir().unwrap();
    let answer = in_memory().backup(&directory.path().join("backup")).await;
    assert!(matches!(answer, Err(BackupError::InMemory)));
}
