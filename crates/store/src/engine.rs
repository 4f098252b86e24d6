//! What the statements need of a database. SQLite implements it here, PostgreSQL in the tests, so
//! that every statement is known to run on both.

mod sqlite;

use std::ops::ControlFlow;

pub(crate) use sqlite::{Durability, Sqlite};

use crate::StoreError;

/// A database connection with a transaction open on it. Calls block.
pub(crate) trait Engine {
    /// Runs a statement that changes rows, and tells how many.
    fn execute(&self, statement: &str, parameters: &[Value<'_>]) -> Result<u64, StoreError>;

    /// Runs a statement that reads rows, and hands each to `row` until it breaks off.
    fn query(&self, statement: &str, parameters: &[Value<'_>], row: OnRow<'_>) -> Result<(), StoreError>;
}

/// What is done with each row of an answer; `Break` wants no more.
pub(crate) type OnRow<'a> = &'a mut dyn FnMut(&dyn Row) -> Result<ControlFlow<()>, StoreError>;

/// A parameter of a statement: `$1` is the first.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Value<'a> {
    Integer(i64),
    Text(&'a str),
    Blob(&'a [u8]),
    Null,
}

/// A row of an answer. Columns count from zero; a column of another type is an error.
pub(crate) trait Row {
    fn integer(&self, column: usize) -> Result<i64, StoreError>;
    fn text(&self, column: usize) -> Result<&str, StoreError>;
    fn blob(&self, column: usize) -> Result<&[u8], StoreError>;
    fn optional_text(&self, column: usize) -> Result<Option<&str>, StoreError>;
    fn optional_integer(&self, column: usize) -> Result<Option<i64>, StoreError>;
}

impl From<i64> for Value<'_> {
    fn from(value: i64) -> Self {
        Self::Integer(value)
    }
}

impl From<bool> for Value<'_> {
    fn from(value: bool) -> Self {
        Self::Integer(value.into())
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(value: &'a str) -> Self {
        Self::Text(value)
    }
}

impl<'a> From<&'a [u8]> for Value<'a> {
    fn from(value: &'a [u8]) -> Self {
        Self::Blob(value)
    }
}

impl From<Option<i64>> for Value<'_> {
    fn from(value: Option<i64>) -> Self {
        value.map_or(Self::Null, Self::Integer)
    }
}

impl<'a> From<Option<&'a str>> for Value<'a> {
    fn from(value: Option<&'a str>) -> Self {
        value.map_or(Self::Null, Self::Text)
    }
}
