//! What was answered is there again, whatever ended the process.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use super::{add_key, furnish, key_id, open, options, write};
use crate::{InsertAccessKey, Location, OpenError, Store, StoreError};

/// Copies a data directory as it is, as if the machine had stopped.
fn crash(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        // The index of the log is rebuilt by whoever opens it first.
        if !entry.file_name().to_string_lossy().ends_with("-shm") {
            fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
        }
    }
}

async fn keys(store: &Store) -> Vec<u64> {
    let present = store.read(|reader| {
        let found = |number: &u64| reader.access_key(key_id(*number)).map(|key| key.is_some());
        (1..=2)
            .filter_map(|number| found(&number).map(|found| found.then_some(number)).transpose())
            .collect()
    });
    present
        .await
        .unwrap_or_else(|error: StoreError| panic!("{error}"))
}

#[tokio::test]
async fn answered_writes_survive_without_a_shutdown() {
    let directory = tempfile::tempdir().unwrap();
    let path = |name: &str| -> PathBuf { directory.path().join(name) };
    let store = open(&path("data"));
    write(&store, furnish).await.unwrap();
    write(&store, |tx| add_key(tx, 1)).await.unwrap();
    crash(&path("data"), &path("first"));
    let log_bytes = fs::metadata(path("data/keystead.db-wal")).unwrap().len();
    write(&store, |tx| add_key(tx, 2)).await.unwrap();
    crash(&path("data"), &path("second"));
    assert_eq!(keys(&open(&path("first"))).await, [1]);
    assert_eq!(keys(&open(&path("second"))).await, [1, 2]);

    // The second key's commit was torn: all of it goes, and nothing before it.
    let whole = fs::read(path("data/keystead.db-wal")).unwrap();
    for (number, cut) in [log_bytes + 1, whole.len() as u64 - 1].into_iter().enumerate() {
        let torn = path(&format!("torn{number}"));
        crash(&path("data"), &torn);
        let log = fs::File::options()
            .write(true)
            .open(torn.join("keystead.db-wal"))
            .unwrap();
        log.set_len(cut).unwrap();
        let store = open(&torn);
        assert_eq!(keys(&store).await, [1], "cut at {cut}");
        assert_eq!(
            write(&store, |tx| add_key(tx, 2)).await.unwrap(),
            InsertAccessKey::Created
        );
    }
    let flipped = path("flipped");
    crash(&path("data"), &flipped);
    let mut bytes = whole;
    let middle = (log_bytes as usize + bytes.len()) / 2;
    bytes[middle] ^= 1;
    fs::write(flipped.join("keystead.db-wal"), bytes).unwrap();
    assert_eq!(keys(&open(&flipped)).await, [1]);
}

#[tokio::test]
async fn what_waits_is_done_before_the_store_closes() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    write(&store, furnish).await.unwrap();
    // Handed over, and the caller gone before the answer.
    let abandoned = store.write(|tx| add_key(tx, 1));
    tokio::select! {
        biased;
        _ = abandoned => {}
        () = async {} => {}
    }
    store.close();
    let late = write(&store, |tx| add_key(tx, 2)).await;
    assert!(matches!(late, Err(crate::WriteError::Unavailable(_))));
    let late: Result<(), StoreError> = store.read(|_| Ok(())).await;
    assert!(late.is_err());
    drop(store);
    assert_eq!(keys(&open(directory.path())).await, [1]);
}

#[test]
fn one_process_owns_a_directory() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("deep/data");
    let store = open(&path);
    let second = Store::open(options(Location::Directory(path.clone())));
    let error = second.err().unwrap();
    let process = std::process::id();
    assert!(matches!(&error, OpenError::Locked { process: Some(owner), .. } if *owner == process));
    assert!(
        error.to_string().contains(&format!("process {process}")),
        "{error}"
    );
    for (name, mode) in [
        ("", 0o700),
        ("keystead.db", 0o600),
        ("keystead.db-wal", 0o600),
        ("audit.db", 0o600),
        ("master.key", 0o600),
        ("lock", 0o600),
    ] {
        let found = fs::metadata(path.join(name)).unwrap().permissions().mode() & 0o777;
        assert_eq!(found, mode, "{name}");
    }
    store.close();
    drop(store);
    drop(open(&path));
}
