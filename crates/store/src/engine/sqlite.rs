use std::{path::Path, time::Duration};

use rusqlite::{
    Connection, ErrorCode, OpenFlags, ToSql,
    backup::{Backup, StepResult},
    config::DbConfig,
    params_from_iter,
    types::{ToSqlOutput, ValueRef},
};

use super::{Engine, OnRow, Row, Value};
use crate::StoreError;

/// Prepared statements kept per connection; more than there are statements.
const PREPARED_STATEMENTS_MAX: usize = 256;
/// How long a connection waits for another's lock. In WAL mode that is only ever a checkpoint's end.
const LOCK_WAIT: Duration = Duration::from_secs(5);
/// Pages of log before the committing connection copies them into the database: 16 MiB. Larger
/// spares copies of the same page; smaller keeps the pause of the commit that copies short.
const CHECKPOINT_PAGES: u32 = 4096;
/// Size to which the log file shrinks after a burst.
const LOG_BYTES_KEPT: u32 = 64 * 1024 * 1024;
/// Page cache of a connection that writes, in KiB.
const WRITER_CACHE_KIB: u32 = 32 * 1024;
/// Page cache of a connection that reads, in KiB.
const READER_CACHE_KIB: u32 = 4 * 1024;

/// A connection to an SQLite database.
pub(crate) struct Sqlite {
    connection: Connection,
}

/// How much a commit waits for the disk.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Durability {
    /// Each commit is on the disk before it is answered.
    Full,
    /// A commit survives the end of the process; the last ones may be lost with the machine.
    Process,
}

impl Sqlite {
    /// Opens a file for writing, or makes it.
    pub(crate) fn open(path: &Path, durability: Durability) -> Result<Self, StoreError> {
        let this = Self::connect(path, OpenFlags::SQLITE_OPEN_CREATE)?;
        let synchronous = match durability {
            Durability::Full => "FULL",
            Durability::Process => "NORMAL",
        };
        // FAST wipes deleted cells in the pages that a commit writes anyway, and leaves free pages
        // be: what is deleted there is ciphertext, or was in the audit record's view already.
        this.batch(&format!(
            "PRAGMA journal_mode = WAL;
             PRAGMA synchronous = {synchronous};
             PRAGMA secure_delete = FAST;
             PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES};
             PRAGMA journal_size_limit = {LOG_BYTES_KEPT};
             PRAGMA cache_size = -{WRITER_CACHE_KIB};"
        ))?;
        Ok(this)
    }

    /// Opens a file that exists for reading snapshots.
    pub(crate) fn open_for_reading(path: &Path) -> Result<Self, StoreError> {
        let this = Self::connect(path, OpenFlags::empty())?;
        this.batch(&format!(
            "PRAGMA query_only = ON; PRAGMA cache_size = -{READER_CACHE_KIB};"
        ))?;
        Ok(this)
    }

    /// Opens a file that exists for copying or checking it as a whole.
    pub(crate) fn open_for_copying(path: &Path) -> Result<Self, StoreError> {
        Self::connect(path, OpenFlags::empty())
    }

    /// Opens a database that is nowhere but in this connection.
    pub(crate) fn in_memory() -> Result<Self, StoreError> {
        Self::configured(Connection::open_in_memory().map_err(error)?)
    }

    fn connect(path: &Path, create: OpenFlags) -> Result<Self, StoreError> {
        // A connection belongs to one thread at a time, so SQLite's own mutexes are not needed. A
        // path is a path, never a URI.
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX | create;
        let connection = Connection::open_with_flags(path, flags).map_err(error)?;
        connection.busy_timeout(LOCK_WAIT).map_err(error)?;
        Self::configured(connection)
    }

    fn configured(connection: Connection) -> Result<Self, StoreError> {
        connection.set_prepared_statement_cache_capacity(PREPARED_STATEMENTS_MAX);
        // One plan for whatever is bound. SQLite would otherwise prepare most statements with an order, a bound or a
        // limit anew at each run, to see whether what is bound now is worth another plan.
        connection
            .set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)
            .map_err(error)?;
        Ok(Self { connection })
    }

    /// Runs several statements without parameters.
    pub(crate) fn batch(&self, statements: &str) -> Result<(), StoreError> {
        self.connection.execute_batch(statements).map_err(error)
    }

    /// Begins a transaction that writes.
    pub(crate) fn begin_write(&self) -> Result<(), StoreError> {
        self.execute("BEGIN IMMEDIATE", &[]).map(drop)
    }

    /// Begins a transaction that sees one snapshot.
    pub(crate) fn begin_read(&self) -> Result<(), StoreError> {
        self.execute("BEGIN", &[]).map(drop)
    }

    /// Ends the transaction, keeping what it wrote.
    pub(crate) fn commit(&self) -> Result<(), StoreError> {
        self.execute("COMMIT", &[]).map(drop)
    }

    /// Ends the transaction, if SQLite has not done so by itself already, dropping what it wrote.
    pub(crate) fn roll_back(&self) -> Result<(), StoreError> {
        if self.connection.is_autocommit() {
            return Ok(());
        }
        self.execute("ROLLBACK", &[]).map(drop)
    }

    /// One number, such as a pragma's.
    pub(crate) fn number(&self, statement: &str) -> Result<i64, StoreError> {
        self.connection
            .query_row(statement, [], |row| row.get(0))
            .map_err(error)
    }

    /// Whether SQLite finds the whole database in order. Reads all of it.
    pub(crate) fn is_sound(&self) -> Result<bool, StoreError> {
        let verdict = self
            .connection
            .query_row("PRAGMA quick_check(1)", [], |row| row.get::<_, String>(0))
            .map_err(error)?;
        Ok(verdict == "ok")
    }

    /// Replaces everything in this database by a copy of another.
    pub(crate) fn copy_from(&mut self, source: &Self) -> Result<(), StoreError> {
        let copying = Backup::new(&source.connection, &mut self.connection).map_err(error)?;
        match copying.step(-1).map_err(error)? {
            StepResult::Done => Ok(()),
            _ => Err(StoreError::unavailable("a copy was interrupted")),
        }
    }
}

impl Engine for Sqlite {
    fn execute(&self, statement: &str, parameters: &[Value<'_>]) -> Result<u64, StoreError> {
        let mut prepared = self.connection.prepare_cached(statement).map_err(error)?;
        let rows = prepared.execute(params_from_iter(parameters)).map_err(error)?;
        Ok(rows as u64)
    }

    fn query(&self, statement: &str, parameters: &[Value<'_>], row: OnRow<'_>) -> Result<(), StoreError> {
        let mut prepared = self.connection.prepare_cached(statement).map_err(error)?;
        let mut rows = prepared.query(params_from_iter(parameters)).map_err(error)?;
        while let Some(found) = rows.next().map_err(error)? {
            if row(&SqliteRow(found))?.is_break() {
                break;
            }
        }
        Ok(())
    }
}

impl ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Integer(value) => ValueRef::Integer(*value),
            Self::Text(value) => ValueRef::Text(value.as_bytes()),
            Self::Blob(value) => ValueRef::Blob(value),
            Self::Null => ValueRef::Null,
        }))
    }
}

struct SqliteRow<'a>(&'a rusqlite::Row<'a>);

impl SqliteRow<'_> {
    fn mismatch(column: usize) -> StoreError {
        StoreError::Unreadable(format!("column {column} of an answer has another type").into())
    }
}

impl Row for SqliteRow<'_> {
    fn integer(&self, column: usize) -> Result<i64, StoreError> {
        let value = self.0.get_ref(column).map_err(error)?;
        value.as_i64().map_err(|_| Self::mismatch(column))
    }

    fn text(&self, column: usize) -> Result<&str, StoreError> {
        let value = self.0.get_ref(column).map_err(error)?;
        value.as_str().map_err(|_| Self::mismatch(column))
    }

    fn blob(&self, column: usize) -> Result<&[u8], StoreError> {
        let value = self.0.get_ref(column).map_err(error)?;
        value.as_blob().map_err(|_| Self::mismatch(column))
    }

    fn optional_text(&self, column: usize) -> Result<Option<&str>, StoreError> {
        let value = self.0.get_ref(column).map_err(error)?;
        value.as_str_or_null().map_err(|_| Self::mismatch(column))
    }

    fn optional_integer(&self, column: usize) -> Result<Option<i64>, StoreError> {
        let value = self.0.get_ref(column).map_err(error)?;
        value.as_i64_or_null().map_err(|_| Self::mismatch(column))
    }
}

/// Sorts SQLite's errors: what the disk or the machine did may pass, the rest is a defect.
fn error(error: rusqlite::Error) -> StoreError {
    let passing = matches!(
        error.sqlite_error_code(),
        Some(
            ErrorCode::DiskFull
                | ErrorCode::SystemIoFailure
                | ErrorCode::ReadOnly
                | ErrorCode::CannotOpen
                | ErrorCode::OutOfMemory
                | ErrorCode::DatabaseBusy
                | ErrorCode::DatabaseLocked
                | ErrorCode::DatabaseCorrupt
                | ErrorCode::NotADatabase
                | ErrorCode::FileLockingProtocolFailed
        )
    );
    let text = match &error {
        // SQLite's message may quote values of a violated constraint's row in future versions; the
        // extended code says the same without any.
        rusqlite::Error::SqliteFailure(failure, _) => failure.to_string(),
        other => other.to_string(),
    };
    if passing {
        StoreError::unavailable(text)
    } else {
        StoreError::failed(text)
    }
}

#[cfg(test)]
mod tests {
    use std::ops::ControlFlow;

    use rusqlite::StatementStatus;

    use super::*;
    use crate::{schema::Database, statements};

    #[test]
    fn statements_are_prepared_once_whatever_is_bound() {
        let sqlite = Sqlite::in_memory().unwrap();
        Database::Main.migrate(&sqlite, Path::new("memory")).unwrap();
        for (name, statement) in statements::ALL {
            if !statement.starts_with("SELECT") {
                continue;
            }
            let numbers = (1..).take_while(|number| statement.contains(&format!("${number}")));
            let parameters = numbers.count();
            for bound in 1..=3 {
                let parameters = vec![Value::Integer(bound); parameters];
                let read = sqlite.query(statement, &parameters, &mut |_| Ok(ControlFlow::Continue(())));
                read.unwrap();
            }
            let prepared = sqlite.connection.prepare_cached(statement).unwrap();
            assert_eq!(prepared.get_status(StatementStatus::RePrepare), 0, "{name}");
            assert_eq!(prepared.get_status(StatementStatus::Run), 3, "{name}");
        }
    }
}
