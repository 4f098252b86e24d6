//! A PostgreSQL server for the length of a test, and the store's engine on it.

use std::{
    cell::RefCell,
    error::Error,
    os::unix::fs::chown,
    path::{Path, PathBuf},
    process::Command,
};

use postgres::{
    Client, NoTls,
    types::{IsNull, ToSql, Type, private::BytesMut, to_sql_checked},
};

use crate::{
    StoreError,
    engine::{Engine, OnRow, Row, Value},
};

const PROGRAMS: &str = "/usr/lib/postgresql/15/bin";

/// A server with an empty cluster, reached through a socket in a temporary directory.
pub(crate) struct Server {
    directory: tempfile::TempDir,
}

pub(crate) struct Postgres(RefCell<Client>);

impl Server {
    /// Starts a server; `None` when the person who runs the tests has said why it is to be skipped.
    pub(crate) fn start() -> Option<Self> {
        if !Path::new(PROGRAMS).join("initdb").exists() {
            let Ok(reason) = std::env::var("KEYSTEAD_SKIP_POSTGRES") else {
                panic!(
                    "{PROGRAMS} is missing: install Debian's postgresql-15, or set KEYSTEAD_SKIP_POSTGRES to \
                     the reason why the statements are not run on PostgreSQL"
                );
            };
            eprintln!("PostgreSQL skipped: {reason}");
            return None;
        }
        let directory = tempfile::Builder::new().prefix("ks-pg-").tempdir().unwrap();
        if rustix::process::geteuid().is_root() {
            let number = |flag| {
                let output = Command::new("id").args([flag, "postgres"]).output().unwrap();
                String::from_utf8(output.stdout).unwrap().trim().parse().unwrap()
            };
            chown(directory.path(), Some(number("-u")), Some(number("-g"))).unwrap();
        }
        let server = Self { directory };
        let data = server.data();
        let data = data.to_str().unwrap();
        run(
            "initdb",
            &[
                "-D",
                data,
                "-U",
                "keystead",
                "-A",
                "trust",
                "-E",
                "UTF8",
                "--no-locale",
                "--no-sync",
            ],
        );
        let socket = server.directory.path().display();
        let options = format!("-k {socket} -c listen_addresses='' -c fsync=off");
        let log = server.directory.path().join("log");
        run(
            "pg_ctl",
            &[
                "start",
                "-w",
                "-s",
                "-D",
                data,
                "-l",
                log.to_str().unwrap(),
                "-o",
                &options,
            ],
        );
        Some(server)
    }

    /// A connection to an empty schema.
    pub(crate) fn connect(&self, schema: &str) -> Postgres {
        let socket = self.directory.path().display();
        let mut client =
            Client::connect(&format!("host={socket} user=keystead dbname=postgres"), NoTls).unwrap();
        client
            .batch_execute(&format!(
                "CREATE SCHEMA \"{schema}\"; SET search_path TO \"{schema}\""
            ))
            .unwrap();
        Postgres(RefCell::new(client))
    }

    fn data(&self) -> PathBuf {
        self.directory.path().join("data")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        run(
            "pg_ctl",
            &[
                "stop",
                "-s",
                "-m",
                "immediate",
                "-D",
                self.data().to_str().unwrap(),
            ],
        );
    }
}

/// Runs one of the server's programs; it refuses to be run by root.
fn run(program: &str, arguments: &[&str]) {
    let program = Path::new(PROGRAMS).join(program);
    let mut command = if rustix::process::geteuid().is_root() {
        let mut command = Command::new("setpriv");
        command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups"]);
        command.arg(&program);
        command
    } else {
        Command::new(&program)
    };
    // Not `output()`: the server inherits the pipes and would keep them open.
    let status = command
        .args(arguments)
        .current_dir("/")
        .stdout(std::process::Stdio::null())
        .status()
        .unwrap();
    assert!(status.success(), "{} {arguments:?}", program.display());
}

impl Postgres {
    /// Makes the tables: the same text, with PostgreSQL's types.
    pub(crate) fn create(&self, tables: &str) {
        let tables = tables
            .replace(") STRICT, WITHOUT ROWID", ")")
            .replace(" INTEGER", " bigint")
            .replace(" TEXT", " text COLLATE \"C\"")
            .replace(" BLOB", " bytea");
        self.0.borrow_mut().batch_execute(&tables).unwrap();
    }
}

impl Engine for Postgres {
    fn execute(&self, statement: &str, parameters: &[Value<'_>]) -> Result<u64, StoreError> {
        let parameters: Vec<_> = parameters
            .iter()
            .map(|value| value as &(dyn ToSql + Sync))
            .collect();
        let result = self.0.borrow_mut().execute(statement, &parameters);
        result.map_err(|error| failed(statement, &error))
    }

    fn query(&self, statement: &str, parameters: &[Value<'_>], row: OnRow<'_>) -> Result<(), StoreError> {
        let parameters: Vec<_> = parameters
            .iter()
            .map(|value| value as &(dyn ToSql + Sync))
            .collect();
        let rows = self.0.borrow_mut().query(statement, &parameters);
        for found in rows.map_err(|error| failed(statement, &error))? {
            if row(&PostgresRow(&found))?.is_break() {
                break;
            }
        }
        Ok(())
    }
}

fn failed(statement: &str, error: &postgres::Error) -> StoreError {
    StoreError::failed(format!(
        "{statement}: {error}: {:?}",
        error.source().map(ToString::to_string)
    ))
}

impl ToSql for Value<'_> {
    fn to_sql(&self, kind: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        match self {
            Self::Integer(value) => value.to_sql_checked(kind, out),
            Self::Text(value) => value.to_sql_checked(kind, out),
            Self::Blob(value) => value.to_sql_checked(kind, out),
            Self::Null => Ok(IsNull::Yes),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

struct PostgresRow<'a>(&'a postgres::Row);

impl PostgresRow<'_> {
    fn get<'b, T: postgres::types::FromSql<'b>>(&'b self, column: usize) -> Result<T, StoreError> {
        self.0
            .try_get(column)
            .map_err(|error| StoreError::failed(error.to_string()))
    }
}

impl Row for PostgresRow<'_> {
    fn integer(&self, column: usize) -> Result<i64, StoreError> {
        self.get(column)
    }

    fn text(&self, column: usize) -> Result<&str, StoreError> {
        self.get(column)
    }

    fn blob(&self, column: usize) -> Result<&[u8], StoreError> {
        self.get(column)
    }

    fn optional_text(&self, column: usize) -> Result<Option<&str>, StoreError> {
        self.get(column)
    }

    fn optional_integer(&self, column: usize) -> Result<Option<i64>, StoreError> {
        self.get(column)
    }
}
