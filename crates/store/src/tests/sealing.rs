//! The master key: where it is, which one is right, and how it is exchanged.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use super::{Seeded, add_key, at, furnish, key_id, open, options, secret, write};
use crate::{Location, MasterKey, MasterKeySource, OpenError, Options, Store, StoreError};

fn reopen(directory: &Path) -> Result<Store, OpenError> {
    Store::open(options(Location::Directory(directory.to_owned())))
}

fn reopen_with(directory: &Path, key: &MasterKey, previous: Option<&MasterKey>) -> Result<Store, OpenError> {
    Store::open(Options {
        master_key: MasterKeySource::Given {
            key: key.clone(),
            previous: previous.cloned(),
            origin: "KEYSTEAD_MASTER_KEY".to_owned(),
        },
        ..options(Location::Directory(directory.to_owned()))
    })
}

async fn with_a_key() -> (tempfile::TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    write(&store, furnish).await.unwrap();
    write(&store, |tx| add_key(tx, 1)).await.unwrap();
    write(&store, |tx| tx.session_key_for(at(0))).await.unwrap();
    let file = directory.path().join("master.key");
    (directory, file)
}

async fn opens(store: &Store) {
    let opened = store.read(|reader| {
        assert_eq!(reader.session_keys()?.len(), 1);
        let key = reader.access_key(key_id(1))?.unwrap();
        reader.access_key_secret(&key)
    });
    let opened = opened
        .await
        .unwrap_or_else(|error: StoreError| panic!("{error}"))
        .unwrap();
    assert_eq!(opened.expose(), secret(1).expose());
}

#[tokio::test]
async fn a_missing_wrong_or_exposed_master_key_stops_the_start() {
    let (directory, file) = with_a_key().await;
    let right = fs::read(&file).unwrap();
    let id = MasterKey::read_file(&file).unwrap().unwrap().id();

    fs::remove_file(&file).unwrap();
    let error = reopen(directory.path()).err().unwrap();
    assert!(matches!(error, OpenError::MasterKeyMissing { .. }));
    let text = error.to_string();
    assert!(
        text.contains(file.to_str().unwrap()) && text.contains(&id),
        "{text}"
    );
    assert!(!file.exists(), "no new key hides the loss");

    let wrong = MasterKey::generate(&*Seeded::new(50));
    wrong.write_file(&file).unwrap();
    let text = reopen(directory.path()).err().unwrap().to_string();
    assert!(text.contains(&wrong.id()) && text.contains(&id), "{text}");
    let text = reopen_with(directory.path(), &wrong, None)
        .err()
        .unwrap()
        .to_string();
    assert!(
        text.contains("KEYSTEAD_MASTER_KEY") && text.contains(&id),
        "{text}"
    );

    fs::write(&file, &right).unwrap();
    for mode in [0o640, 0o604, 0o660] {
        fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
        let error = reopen(directory.path()).err().unwrap();
        assert!(matches!(error, OpenError::MasterKeyExposed { .. }), "{error}");
        assert!(error.to_string().contains("chmod 600"), "{error}");
    }
    fs::set_permissions(&file, fs::Permissions::from_mode(0o400)).unwrap();
    opens(&reopen(directory.path()).unwrap()).await;
}

#[test]
fn key_texts() {
    let key = MasterKey::generate(&*Seeded::new(3));
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("key");
    key.write_file(&file).unwrap();
    let text = fs::read_to_string(&file).unwrap();
    let line = text.lines().nth(1).unwrap();
    for good in [text.as_str(), line, &format!("\n {line} \n")] {
        assert_eq!(MasterKey::parse(good, "test").unwrap().id(), key.id());
    }
    let short = &line[4..];
    for bad in [
        "",
        "x",
        short,
        &format!("{line}\n{line}"),
        text.lines().next().unwrap(),
    ] {
        let error = MasterKey::parse(bad, "the test").err().unwrap().to_string();
        assert!(error.starts_with("the test") && !error.contains(short), "{error}");
    }
}

#[tokio::test]
async fn the_master_key_is_exchanged_while_serving() {
    let (directory, file) = with_a_key().await;
    let before = fs::read(&file).unwrap();
    let store = reopen(directory.path()).unwrap();
    let first = store.rotate_master_key().await.unwrap();
    let second = store.rotate_master_key().await.unwrap();
    assert_ne!(first, second);
    opens(&store).await;
    write(&store, |tx| add_key(tx, 2)).await.unwrap();
    drop(store);
    assert_eq!(MasterKey::read_file(&file).unwrap().unwrap().id(), second);
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    opens(&reopen(directory.path()).unwrap()).await;
    fs::write(&file, before).unwrap();
    assert!(matches!(
        reopen(directory.path()),
        Err(OpenError::MasterKeyWrong { .. })
    ));
}

/// The states that an exchange passes through on the disk, each as a crash would leave it.
#[tokio::test]
async fn an_exchange_can_be_cut_off_anywhere() {
    for point in ["next half written", "next written", "committed", "renamed"] {
        let (directory, file) = with_a_key().await;
        let next = directory.path().join("master.key.next");
        let old = fs::read(&file).unwrap();
        let store = reopen(directory.path()).unwrap();
        let new_id = match point {
            "next half written" => {
                fs::write(&next, b"keystead-master-key-1 abc\nAAAA").unwrap();
                fs::set_permissions(&next, fs::Permissions::from_mode(0o600)).unwrap();
                None
            }
            "next written" => {
                MasterKey::generate(&*Seeded::new(60)).write_file(&next).unwrap();
                None
            }
            _ => Some(store.rotate_master_key().await.unwrap()),
        };
        drop(store);
        if point == "committed" {
            fs::rename(&file, &next).unwrap();
            fs::write(&file, &old).unwrap();
            fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
        }
        let store = reopen(directory.path()).unwrap_or_else(|error| panic!("{point}: {error}"));
        opens(&store).await;
        assert!(!next.exists(), "{point}");
        if let Some(new_id) = new_id {
            assert_eq!(
                MasterKey::read_file(&file).unwrap().unwrap().id(),
                new_id,
                "{point}"
            );
        }
        store.rotate_master_key().await.unwrap();
        opens(&store).await;
    }
}

#[tokio::test]
async fn a_key_that_was_handed_in_is_exchanged_by_naming_both() {
    let directory = tempfile::tempdir().unwrap();
    let (old, new) = (
        MasterKey::generate(&*Seeded::new(70)),
        MasterKey::generate(&*Seeded::new(71)),
    );
    let store = reopen_with(directory.path(), &old, None).unwrap();
    write(&store, furnish).await.unwrap();
    write(&store, |tx| add_key(tx, 1)).await.unwrap();
    write(&store, |tx| tx.session_key_for(at(0))).await.unwrap();
    let refused = store.rotate_master_key().await;
    assert!(matches!(refused, Err(OpenError::MasterKeyGiven { .. })));
    drop(store);
    assert!(!directory.path().join("master.key").exists());
    assert!(reopen_with(directory.path(), &new, None).is_err());
    opens(&reopen_with(directory.path(), &new, Some(&old)).unwrap()).await;
    opens(&reopen_with(directory.path(), &new, Some(&old)).unwrap()).await;
    opens(&reopen_with(directory.path(), &new, None).unwrap()).await;
    assert!(reopen_with(directory.path(), &old, None).is_err());
}
