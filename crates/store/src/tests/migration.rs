//! Versions of the tables.

use crate::{
    Location, OpenError, Store,
    engine::{Durability, Sqlite},
    schema::Database,
    tests::{open, options},
};

/// SHA-256 of the text of each released step: a step that has been released never changes.
const RELEASED: [(Database, usize, &str); 2] = [
    (
        Database::Main,
        0,
        "d3d7799dcf7da794a2a205a69f62751c50034800388d579a00d407bdbfe73673",
    ),
    (
        Database::Audit,
        0,
        "c3f09ebcc0db9701cc66fc2d789d2a5b60d7fb16232cf2813643ecb4bf006d87",
    ),
];

#[test]
fn released_steps_never_change() {
    for (database, step, expected) in RELEASED {
        let text = database.migrations()[step].concat();
        let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, text.as_bytes());
        let hash = data_encoding::HEXLOWER.encode(hash.as_ref());
        assert_eq!(hash, expected, "{database:?}, step {step}");
    }
}

#[test]
fn a_new_database_has_the_present_version() {
    for which in [Database::Main, Database::Audit] {
        let database = Sqlite::in_memory().unwrap();
        which.migrate(&database, "new".as_ref()).unwrap();
        assert_eq!(database.number("PRAGMA user_version").unwrap(), which.version());
        which.migrate(&database, "again".as_ref()).unwrap();
    }
}

#[test]
fn a_newer_or_foreign_database_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    open(directory.path()).close();
    let path = directory.path().join("keystead.db");
    let reopen = || Store::open(options(Location::Directory(directory.path().to_owned())));

    let database = Sqlite::open(&path, Durability::Full).unwrap();
    database.batch("PRAGMA user_version = 3").unwrap();
    let error = reopen().err().unwrap();
    assert!(matches!(
        error,
        OpenError::NewerSchema {
            found: 3,
            known: 2,
            ..
        }
    ));
    assert!(error.to_string().contains("run the newer Keystead"), "{error}");

    database
        .batch("PRAGMA user_version = 0; PRAGMA application_id = 7")
        .unwrap();
    assert!(matches!(reopen().err().unwrap(), OpenError::Foreign(_)));
}
