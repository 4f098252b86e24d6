//! What the records promise, on each engine; and that the tests ran every statement on each.

mod access_keys;
mod accounts;
mod attachments;
mod attention;
mod boundaries;
mod console_sessions;
mod events;
mod groups;
mod inline_policies;
mod instance_profiles;
mod login_profiles;
mod members;
mod mfa_devices;
mod passkeys;
mod permissions;
mod policies;
mod policy_versions;
mod roles;
mod sessions;
mod usage;
mod users;

use std::{cell::RefCell, collections::BTreeSet, path::Path};

use keystead_types::UniqueId;

use super::{Seeded, account, furnish, group_id, postgres::Server, role_id, user_id};
use crate::{
    AccountRecord, Change, GroupRecord, MasterKey, PolicyRecord, Reader, RoleRecord, StoreError, Subject, Tx,
    UserRecord,
    engine::{Engine, OnRow, Sqlite, Value},
    schema::Database,
    sealing::Keyring,
    statements,
    tx::Batch,
};

/// A case: what must hold on every engine, starting from an account with one user.
type Case = (&'static str, fn(&Fixture<'_>));

/// A database with the store's tables.
pub(super) struct Fixture<'a> {
    engine: &'a dyn Engine,
    keyring: Keyring,
}

/// Notes each statement that passes.
struct Noting<'a> {
    engine: &'a dyn Engine,
    seen: &'a RefCell<BTreeSet<String>>,
}

fn cases() -> Vec<Case> {
    [
        accounts::CASES,
        users::CASES,
        access_keys::CASES,
        groups::CASES,
        members::CASES,
        policies::CASES,
        policy_versions::CASES,
        attachments::CASES,
        boundaries::CASES,
        inline_policies::CASES,
        permissions::CASES,
        usage::CASES,
        roles::CASES,
        instance_profiles::CASES,
        sessions::CASES,
        mfa_devices::CASES,
        passkeys::CASES,
        login_profiles::CASES,
        console_sessions::CASES,
        events::CASES,
        attention::CASES,
    ]
    .concat()
}

#[test]
fn every_case_holds_and_every_statement_runs_on_sqlite() {
    let seen = RefCell::default();
    for case in cases() {
        let sqlite = Sqlite::in_memory().unwrap();
        Database::Main.migrate(&sqlite, Path::new("memory")).unwrap();
        run(case, &sqlite, &seen, "SQLite");
    }
    all_seen(&seen.into_inner(), "SQLite");
}

#[test]
fn every_case_holds_and_every_statement_runs_on_postgresql() {
    let Some(server) = Server::start() else { return };
    let seen = RefCell::default();
    for case in cases() {
        let postgres = server.connect(case.0);
        for part in Database::Main.migrations().concat() {
            postgres.create(part);
        }
        run(case, &postgres, &seen, "PostgreSQL");
    }
    all_seen(&seen.into_inner(), "PostgreSQL");
}

fn run((name, case): Case, engine: &dyn Engine, seen: &RefCell<BTreeSet<String>>, on: &str) {
    eprintln!("{on}: {name}");
    let random = Seeded::new(7);
    let master = MasterKey::generate(&*random);
    let (keyring, row) = Keyring::generate(&master, random).unwrap();
    let engine = Noting { engine, seen };
    crate::sealing::insert_data_key(&engine, &row).unwrap();
    assert_eq!(crate::sealing::sealed_data_keys(&engine).unwrap().len(), 1);
    crate::sealing::store_data_keys(&engine, &[row]).unwrap();
    let fixture = Fixture {
        engine: &engine,
        keyring,
    };
    fixture.write(furnish);
    case(&fixture);
}

fn all_seen(seen: &BTreeSet<String>, on: &str) {
    let missing: Vec<_> = statements::ALL
        .iter()
        .filter(|(_, text)| !seen.contains(*text))
        .map(|(name, _)| name)
        .collect();
    assert!(missing.is_empty(), "never run on {on}: {missing:?}");
}

/// What a command appended to the feed.
pub(super) fn subjects(changes: &[Change]) -> Vec<Subject> {
    changes.iter().map(|change| change.subject).collect()
}

impl Fixture<'_> {
    /// Runs one command in a transaction of its own.
    pub(super) fn write<T>(&self, work: impl FnOnce(&mut Tx<'_>) -> Result<T, StoreError>) -> T {
        self.write_and_listen(work).0
    }

    /// The same, with what it appended to the feed.
    pub(super) fn write_and_listen<T>(
        &self,
        work: impl FnOnce(&mut Tx<'_>) -> Result<T, StoreError>,
    ) -> (T, Vec<Change>) {
        self.engine.execute("BEGIN", &[]).unwrap();
        let mut batch = Batch::begin(self.engine).unwrap();
        let mut tx = Tx::new(self.engine, &self.keyring, &mut batch);
        let value = work(&mut tx).unwrap();
        assert_eq!(tx.failure(), None);
        batch.finish(self.engine).unwrap();
        self.engine.execute("COMMIT", &[]).unwrap();
        (value, batch.changes)
    }

    /// A command that must refuse: it may not have written.
    pub(super) fn refused<T>(&self, work: impl FnOnce(&mut Tx<'_>) -> Result<T, StoreError>) -> T {
        self.write(|tx| {
            let value = work(tx)?;
            assert!(!tx.wrote(), "a refusal wrote something");
            Ok(value)
        })
    }

    pub(super) fn read<T>(&self, work: impl FnOnce(&Reader<'_>) -> Result<T, StoreError>) -> T {
        work(&Reader::new(self.engine, &self.keyring).unwrap()).unwrap()
    }

    /// The user with this number, who is there.
    pub(super) fn user(&self, number: u64) -> UserRecord {
        self.read(|reader| reader.user_by_id(account(), user_id(number)))
            .unwrap()
    }

    /// The group with this number, which is there.
    pub(super) fn group(&self, number: u64) -> GroupRecord {
        self.read(|reader| reader.group_by_id(account(), group_id(number)))
            .unwrap()
    }

    /// The role with this number, which is there.
    pub(super) fn role(&self, number: u64) -> RoleRecord {
        self.read(|reader| reader.role_by_id(account(), role_id(number)))
            .unwrap()
    }

    /// The managed policy with this unique id, which is there.
    pub(super) fn policy(&self, id: UniqueId) -> PolicyRecord {
        self.read(|reader| reader.policy_by_id(account(), id)).unwrap()
    }

    /// The account.
    pub(super) fn account(&self) -> AccountRecord {
        self.read(|reader| reader.account(account())).unwrap()
    }

    pub(super) fn engine(&self) -> &dyn Engine {
        self.engine
    }
}

impl Engine for Noting<'_> {
    fn execute(&self, statement: &str, parameters: &[Value<'_>]) -> Result<u64, StoreError> {
        self.seen.borrow_mut().insert(statement.to_owned());
        self.engine.execute(statement, parameters)
    }

    fn query(&self, statement: &str, parameters: &[Value<'_>], row: OnRow<'_>) -> Result<(), StoreError> {
        self.seen.borrow_mut().insert(statement.to_owned());
        self.engine.query(statement, parameters, row)
    }
}
