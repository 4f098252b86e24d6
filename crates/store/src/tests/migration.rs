//! Versions of the tables.

use std::ops::ControlFlow;

use keystead_verifier::Directory;

use super::{
    Seeded, account, at, key_id, open, options, policy, postgres::Server, role, role_id, user, user_id, write,
};
use crate::{
    AccountSettings, ActiveKeys, InsertPolicy, Location, MasterKey, OpenError, Reader, Store, StoreError,
    TagRecord, Tx, UserRecord,
    aws_managed::ADMINISTRATOR_ACCESS,
    engine::{Durability, Engine, Sqlite},
    schema::Database,
    sealing::Keyring,
    tx::Batch,
};

/// SHA-256 of the text of each released step: a step that has been released never changes.
const RELEASED: [(Database, usize, &str); 7] = [
    (
        Database::Main,
        0,
        "d3d7799dcf7da794a2a205a69f62751c50034800388d579a00d407bdbfe73673",
    ),
    (
        Database::Main,
        1,
        "163a9c70e93a03299b7dddaf7300fa48a309a2771c3e10c10cad734489787979",
    ),
    (
        Database::Main,
        2,
        "a9d456841e115d53e0d1c23abdfafd0c08f717183673007b94b654abe102fe73",
    ),
    (
        Database::Main,
        3,
        "699b0eae5fe01f8fefa0a5e7672f0c4dc3aa723f81670fdbcaf768a532ee9ea5",
    ),
    (
        Database::Main,
        4,
        "b28bbf70cd3a4b0c855d40faabb5bd6e667483c36b3f2beb42239f83bf880e1d",
    ),
    (
        Database::Audit,
        0,
        "c3f09ebcc0db9701cc66fc2d789d2a5b60d7fb16232cf2813643ecb4bf006d87",
    ),
    (
        Database::Audit,
        1,
        "e5d2f60d76b9c038534d759f2a3335794b8b39f2163a4c03debf2634a89ee913",
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
    database.batch("PRAGMA user_version = 6").unwrap();
    let error = reopen().err().unwrap();
    assert!(matches!(
        error,
        OpenError::NewerSchema {
            found: 6,
            known: 5,
            ..
        }
    ));
    assert!(error.to_string().contains("run the newer Keystead"), "{error}");

    database
        .batch("PRAGMA user_version = 0; PRAGMA application_id = 7")
        .unwrap();
    assert!(matches!(reopen().err().unwrap(), OpenError::Foreign(_)));
}

/// What a Keystead of version 1 wrote: an account with an administrator, number 1, and two other users.
const OF_VERSION_1: [&str; 6] = [
    "INSERT INTO account (id, alias, created_at, users_quota, access_keys_quota, access_keys_counted, \
     user_count, root_key_count, root_active_key_count) \
     VALUES (123456789012, 'acme', 1800000000, 70, 3, 'active', 3, 0, 0)",
    "INSERT INTO iam_user (account, id, name, folded_name, path, administrator, created_at, key_count, \
     active_key_count, tag_count) VALUES (123456789012, 'ID1', 'Admin', 'admin', '/', 1, 1800000000, 0, 0, 1)",
    "INSERT INTO iam_user (account, id, name, folded_name, path, administrator, created_at, key_count, \
     active_key_count, tag_count) VALUES (123456789012, 'ID2', 'bob', 'bob', '/ops/', 0, 1800000000, 0, 0, 0)",
    "INSERT INTO iam_user (account, id, name, folded_name, path, administrator, created_at, key_count, \
     active_key_count, tag_count) VALUES (123456789012, 'ID3', 'second', 'second', '/', 1, 1800000000, 0, 0, 0)",
    "INSERT INTO iam_user_tag (account, user_id, folded_key, tag_key, tag_value) \
     VALUES (123456789012, 'ID1', 'team', 'Team', 'blue')",
    "UPDATE feed SET revision = 4",
];

/// The commands of version 1, with the unique ids of the tests.
fn of_version_1() -> Vec<String> {
    let with_ids = |text: &&str| {
        (1..=3).fold((*text).to_owned(), |text, number| {
            text.replace(&format!("'ID{number}'"), &format!("'{}'", user_id(number)))
        })
    };
    OF_VERSION_1.iter().map(with_ids).collect()
}

/// What became of it.
fn check_migrated(reader: &Reader<'_>) -> Result<(), StoreError> {
    let user = |number| reader.user_by_id(account(), user_id(number)).map(Option::unwrap);
    for (number, attached) in [(1, true), (2, false), (3, true)] {
        assert_eq!(
            reader.is_attached(account(), user_id(number), ADMINISTRATOR_ACCESS)?,
            attached
        );
        assert_eq!(user(number)?.attached_policy_count, u32::from(attached));
        let permissions = reader.user_permissions(account(), user_id(number))?.unwrap();
        assert_eq!(permissions.policies.len(), usize::from(attached));
    }
    let UserRecord {
        name,
        path,
        group_count,
        boundary,
        created_at,
        ..
    } = user(2)?;
    assert_eq!(
        (name.as_str(), path.as_str(), created_at),
        ("bob", "/ops/", at(0))
    );
    assert_eq!((group_count, boundary), (0, None));
    let policy = reader.policy_by_id(account(), ADMINISTRATOR_ACCESS)?.unwrap();
    assert_eq!((policy.attachment_count, policy.boundary_count), (2, 0));
    let tag = TagRecord {
        key: "Team".to_owned(),
        value: "blue".to_owned(),
    };
    assert_eq!(reader.tags(account(), user_id(1))?, [tag]);
    let UserRecord {
        has_login_profile,
        mfa_device_count,
        password_last_used_at,
        sessions_not_before,
        ..
    } = user(1)?;
    assert_eq!((has_login_profile, mfa_device_count), (false, 0));
    assert_eq!((password_last_used_at, sessions_not_before), (None, None));
    let found = reader.account(account())?.unwrap();
    let defaults = AccountSettings::default();
    assert_eq!(
        (found.settings.users_quota, found.settings.access_keys_quota),
        (70, 3)
    );
    assert_eq!(found.settings.groups_quota, defaults.groups_quota);
    assert_eq!(found.settings.policies_quota, defaults.policies_quota);
    assert_eq!(
        found.settings.attached_policies_quota,
        defaults.attached_policies_quota
    );
    assert_eq!(
        (found.group_count, found.policy_count, found.policy_version_count),
        (0, 0, 0)
    );
    assert_eq!(
        (found.settings.roles_quota, found.settings.instance_profiles_quota),
        (defaults.roles_quota, defaults.instance_profiles_quota)
    );
    assert_eq!(
        found.settings.role_attached_policies_quota,
        defaults.role_attached_policies_quota
    );
    assert_eq!(
        (
            found.role_count,
            found.instance_profile_count,
            found.mfa_device_count
        ),
        (0, 0, 0)
    );
    assert_eq!(
        (found.root_sessions_not_before, found.credential_report_at),
        (None, None)
    );
    Ok(())
}

/// What must work on it.
fn go_on(tx: &mut Tx<'_>) -> Result<(), StoreError> {
    assert!(tx.detach_policy(account(), user_id(3), ADMINISTRATOR_ACCESS)?);
    let left = tx.policy_by_id(account(), ADMINISTRATOR_ACCESS)?.unwrap();
    assert_eq!(left.attachment_count, 1);
    assert_eq!(tx.insert_policy(&policy(1, "keys"))?, InsertPolicy::Created);
    tx.attach_policy(account(), user_id(2), super::policy_id(1))?;
    tx.insert_user(&user(4, "new"))?;
    tx.insert_role(&role(1, "ops"))?;
    tx.attach_policy(account(), role_id(1), super::policy_id(1))?;
    tx.insert_login_profile(account(), user_id(2), "hash", true, at(1))?;
    assert_eq!(tx.account(account())?.unwrap().role_count, 1);
    Ok(())
}

#[tokio::test]
async fn an_administrator_of_version_1_has_the_policy_attached() {
    let steps = Database::Main.migrations();
    for version in 1..steps.len() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("keystead.db");
        let database = Sqlite::open(&path, Durability::Full).unwrap();
        for part in steps[0] {
            database.batch(part).unwrap();
        }
        for command in of_version_1() {
            database.batch(&command).unwrap();
        }
        for part in steps[1..version].concat() {
            database.batch(part).unwrap();
        }
        database
            .batch(&format!(
                "PRAGMA application_id = 1802728548; PRAGMA user_version = {version}"
            ))
            .unwrap();
        drop(database);
        crate::data_dir::ensure_private_file(&path).unwrap();
        for reopened in [false, true] {
            let store = open(directory.path());
            if !reopened {
                store.read(check_migrated).await.unwrap();
                write(&store, go_on).await.unwrap();
                write(&store, |tx| super::add_key(tx, 1)).await.unwrap();
            }
            let key = store.access_key(key_id(1)).await.unwrap().key.unwrap();
            assert_eq!(key.principal.user_id(), user_id(1).to_string());
            store.close();
        }
    }
}

#[test]
fn an_administrator_of_version_1_has_the_policy_attached_on_postgresql() {
    let Some(server) = Server::start() else { return };
    let postgres = server.connect("version_1");
    let [first, later @ ..] = Database::Main.migrations() else {
        panic!("a step is not tested")
    };
    for part in *first {
        postgres.create(part);
    }
    for command in of_version_1() {
        postgres.execute(&command, &[]).unwrap();
    }
    for part in later.concat() {
        postgres.create(part);
    }
    let random = Seeded::new(7);
    let (keyring, _) = Keyring::generate(&MasterKey::generate(&*random), random).unwrap();
    check_migrated(&Reader::new(&postgres, &keyring).unwrap()).unwrap();
    let mut batch = Batch::begin(&postgres).unwrap();
    go_on(&mut Tx::new(&postgres, &keyring, &mut batch)).unwrap();
    batch.finish(&postgres).unwrap();
}

/// Records of version 1, which says nowhere but in the record how a call ended.
const EVENTS_OF_VERSION_1: [(&str, i64); 4] = [
    (
        r#"{"eventName":"GetUser","userAgent":"a \"errorCode\":\"AccessDenied\" b","requestParameters":null}"#,
        0,
    ),
    (
        r#"{"eventName":"GetUser","errorCode":"AccessDenied","errorMessage":"no"}"#,
        1,
    ),
    (
        r#"{"eventName":"GetUser","errorCode":"NoSuchEntity","errorMessage":"\"errorCode\":\"AccessDenied\""}"#,
        2,
    ),
    (
        r#"{"eventName":"GetUser","errorCode":"InvalidClientTokenId","errorMessage":"no"}"#,
        2,
    ),
];

/// The commands that wrote them.
fn events_of_version_1() -> impl Iterator<Item = String> {
    let numbered = EVENTS_OF_VERSION_1.iter().enumerate();
    numbered.map(|(number, (record, _))| {
        format!(
            "INSERT INTO audit_event (time, sequence, account, access_key, principal, operation, bytes, record) \
             VALUES (1800000000, {number}, 123456789012, '', '', 'GetUser', 300, '{record}')"
        )
    })
}

fn check_outcomes(engine: &dyn Engine) {
    let mut outcomes = Vec::new();
    let statement = "SELECT outcome FROM audit_event ORDER BY sequence";
    let read = engine.query(statement, &[], &mut |row| {
        outcomes.push(row.integer(0)?);
        Ok(ControlFlow::Continue(()))
    });
    read.unwrap();
    assert!(
        outcomes
            .into_iter()
            .eq(EVENTS_OF_VERSION_1.map(|(_, outcome)| outcome))
    );
}

#[test]
fn how_an_older_call_ended_is_read_from_its_record() {
    let [first, later @ ..] = Database::Audit.migrations() else {
        panic!("there is no first step")
    };
    let sqlite = Sqlite::in_memory().unwrap();
    first.iter().for_each(|part| sqlite.batch(part).unwrap());
    events_of_version_1().for_each(|command| sqlite.batch(&command).unwrap());
    for part in later.concat() {
        sqlite.batch(part).unwrap();
    }
    check_outcomes(&sqlite);

    let Some(server) = Server::start() else { return };
    let postgres = server.connect("audit_version_1");
    first.iter().for_each(|part| postgres.create(part));
    for command in events_of_version_1() {
        postgres.execute(&command, &[]).unwrap();
    }
    for part in later.concat() {
        postgres.create(part);
    }
    check_outcomes(&postgres);
}

/// Keys 1 and 2 of version 3, of which the second was used.
fn keys_of_version_3() -> Vec<String> {
    let key = |number| {
        format!(
            "INSERT INTO iam_access_key (id, account, user_id, status, data_key, sealed_secret, created_revision, \
             created_at, status_changed_at) VALUES ('{}', 123456789012, '', 'Active', 1, '', {number}, 1800000000, \
             1800000000)",
            key_id(number)
        )
    };
    let usage = format!(
        "INSERT INTO iam_access_key_usage (account, access_key, last_used_at, service, region) \
         VALUES (123456789012, '{}', 1800000000, 'iam', 'us-east-1')",
        key_id(2)
    );
    vec![key(1), key(2), usage]
}

fn check_used(engine: &dyn Engine) {
    let random = Seeded::new(7);
    let (keyring, _) = Keyring::generate(&MasterKey::generate(&*random), random).unwrap();
    let reader = Reader::new(engine, &keyring).unwrap();
    let page = |wanted| reader.active_keys_page(account(), wanted, at(1), "", 9).unwrap();
    let ids = |wanted| {
        page(wanted)
            .access_keys
            .into_iter()
            .map(|key| key.id)
            .collect::<Vec<_>>()
    };
    assert_eq!(ids(ActiveKeys::NeverUsed), [key_id(1)]);
    assert_eq!(ids(ActiveKeys::Any).len(), 2);
}

#[test]
fn keys_that_an_older_version_saw_used_are_used() {
    let steps = Database::Main.migrations();
    let (before, after) = (steps[..3].concat(), steps[3..].concat());
    let sqlite = Sqlite::in_memory().unwrap();
    before.iter().for_each(|part| sqlite.batch(part).unwrap());
    for command in keys_of_version_3() {
        // SQLite's types are strict.
        sqlite.batch(&command.replace("1, '',", "1, x'',")).unwrap();
    }
    after.iter().for_each(|part| sqlite.batch(part).unwrap());
    check_used(&sqlite);

    let Some(server) = Server::start() else { return };
    let postgres = server.connect("version_3");
    before.iter().for_each(|part| postgres.create(part));
    for command in keys_of_version_3() {
        postgres.execute(&command, &[]).unwrap();
    }
    after.iter().for_each(|part| postgres.create(part));
    check_used(&postgres);
}
