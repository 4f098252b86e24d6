//! The tables, and the steps from each version of them to the next.
//!
//! A step never changes once it has been released: a golden test holds its text. It is written in
//! SQLite's types, which map to PostgreSQL's one to one.

use std::path::Path;

use crate::{OpenError, StoreError, engine::Sqlite};

/// `keystead` as a number: marks a file as a database of Keystead (SQLite's `application_id`).
const APPLICATION_ID: i64 = 0x6b73_7464;

/// What a database is for; decides its tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Database {
    /// Everything but the records of reads and refusals.
    Main,
    /// The records of reads and refusals.
    Audit,
}

impl Database {
    /// The steps: the first makes version 1 out of nothing. A step may have several parts.
    pub(crate) fn migrations(self) -> &'static [&'static [&'static str]] {
        const MAIN_1: &str = include_str!("schema/version_1.sql");
        const MAIN_2: &str = include_str!("schema/version_2.sql");
        const MAIN_3: &str = include_str!("schema/version_3.sql");
        const MAIN_4: &str = include_str!("schema/version_4.sql");
        const MAIN_5: &str = include_str!("schema/version_5.sql");
        // Both databases hold audit events, of the same shape.
        const AUDIT_1: &str = include_str!("schema/audit_version_1.sql");
        const AUDIT_2: &str = include_str!("schema/audit_version_2.sql");
        match self {
            Self::Main => &[
                &[MAIN_1, AUDIT_1],
                &[MAIN_2],
                &[MAIN_3],
                &[MAIN_4, AUDIT_2],
                &[MAIN_5],
            ],
            Self::Audit => &[&[AUDIT_1], &[AUDIT_2]],
        }
    }

    /// The version that this binary works with.
    pub(crate) fn version(self) -> i64 {
        self.migrations().len() as i64
    }

    /// Brings a database to this binary's version, in one transaction, and refuses a newer one.
    /// `path` is for the texts.
    pub(crate) fn migrate(self, database: &Sqlite, path: &Path) -> Result<(), OpenError> {
        let found = self.check(database, path)?;
        if found == self.version() {
            return Ok(());
        }
        database.begin_write()?;
        let result = self.apply(database, found);
        if result.is_err() {
            database.roll_back()?;
        }
        Ok(result?)
    }

    /// The version of a database, or why it cannot be used at all.
    pub(crate) fn check(self, database: &Sqlite, path: &Path) -> Result<i64, OpenError> {
        let known = self.version();
        let found = database.number("PRAGMA user_version")?;
        let application = database.number("PRAGMA application_id")?;
        let tables = database.number("SELECT count(*) FROM sqlite_schema")?;
        let new = found == 0 && application == 0 && tables == 0;
        if !new && application != APPLICATION_ID {
            return Err(OpenError::Foreign(path.to_owned()));
        }
        if found > known {
            return Err(OpenError::NewerSchema {
                path: path.to_owned(),
                found,
                known,
            });
        }
        Ok(found)
    }

    fn apply(self, database: &Sqlite, found: i64) -> Result<(), StoreError> {
        let missing = self
            .migrations()
            .iter()
            .skip(usize::try_from(found).unwrap_or_default());
        for part in missing.copied().flatten() {
            database.batch(part)?;
        }
        let version = self.version();
        database.batch(&format!(
            "PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {version};"
        ))?;
        database.commit()
    }
}
