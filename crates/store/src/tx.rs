use std::{
    cell::{Cell, RefCell},
    ops::{ControlFlow, Deref},
};

use keystead_verifier::Subject;

use crate::{
    Change, Revision, StoreError,
    audit::Tail,
    engine::{Engine, Row, Value},
    feed::SHARD,
    sealing::Keyring,
    statements,
};

/// One snapshot of the store. Its functions stand with the records that they read.
pub struct Reader<'a> {
    engine: &'a dyn Engine,
    pub(crate) keyring: &'a Keyring,
    revision: Revision,
    /// The first failure of the database itself, whatever the caller makes of it.
    failure: RefCell<Option<StoreError>>,
}

/// A transaction: a [`Reader`] that sees its own writes, and writes.
///
/// Several commands share one transaction of the database, so a command decides first and writes
/// last: what refuses before it has written costs the others nothing.
pub struct Tx<'a> {
    reader: Reader<'a>,
    pub(crate) batch: &'a mut Batch,
    wrote: Cell<bool>,
}

/// What the commands of one database transaction did together.
#[derive(Default)]
pub(crate) struct Batch {
    first: Revision,
    pub(crate) changes: Vec<Change>,
    /// Where the audit events end, if this batch has touched them.
    pub(crate) audit_tail: Option<Tail>,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(engine: &'a dyn Engine, keyring: &'a Keyring) -> Result<Self, StoreError> {
        let mut reader = Self {
            engine,
            keyring,
            revision: Revision::default(),
            failure: RefCell::new(None),
        };
        reader.revision = read_revision(engine)?;
        Ok(reader)
    }

    /// The last change that this snapshot holds.
    pub fn revision(&self) -> Revision {
        self.revision
    }

    pub(crate) fn query(
        &self,
        statement: &str,
        parameters: &[Value<'_>],
        mut row: impl FnMut(&dyn Row) -> Result<ControlFlow<()>, StoreError>,
    ) -> Result<(), StoreError> {
        // A row that cannot be read is the caller's to report; it says nothing against the database.
        let mut unreadable = None;
        let result = self.engine.query(statement, parameters, &mut |found| {
            row(found).or_else(|error| {
                unreadable = Some(error);
                Ok(ControlFlow::Break(()))
            })
        });
        self.note(result)?;
        unreadable.map_or(Ok(()), Err)
    }

    /// The only row of an answer, or none.
    pub(crate) fn query_one<T>(
        &self,
        statement: &str,
        parameters: &[Value<'_>],
        row: impl Fn(&dyn Row) -> Result<T, StoreError>,
    ) -> Result<Option<T>, StoreError> {
        let mut only = None;
        self.query(statement, parameters, |found| {
            only = Some(row(found)?);
            Ok(ControlFlow::Break(()))
        })?;
        Ok(only)
    }

    /// All rows of an answer that the statement itself bounds.
    pub(crate) fn query_all<T>(
        &self,
        statement: &str,
        parameters: &[Value<'_>],
        row: impl Fn(&dyn Row) -> Result<T, StoreError>,
    ) -> Result<Vec<T>, StoreError> {
        let mut all = Vec::new();
        self.query(statement, parameters, |found| {
            all.push(row(found)?);
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(all)
    }

    fn note<T>(&self, result: Result<T, StoreError>) -> Result<T, StoreError> {
        if let Err(error) = &result {
            self.failure.borrow_mut().get_or_insert_with(|| error.clone());
        }
        result
    }
}

impl<'a> Tx<'a> {
    pub(crate) fn new(engine: &'a dyn Engine, keyring: &'a Keyring, batch: &'a mut Batch) -> Self {
        let reader = Reader {
            engine,
            keyring,
            revision: batch.revision(),
            failure: RefCell::new(None),
        };
        Self {
            reader,
            batch,
            wrote: Cell::new(false),
        }
    }

    /// The last change, this transaction's own included.
    pub fn revision(&self) -> Revision {
        self.batch.revision()
    }

    /// What the transaction has changed so far, for all of its commands; nobody has been told of it yet.
    pub fn changed_subjects(&self) -> impl Iterator<Item = &Subject> {
        self.batch.changes.iter().map(|change| &change.subject)
    }

    /// Runs a statement that changes rows, and tells how many.
    pub(crate) fn execute(&mut self, statement: &str, parameters: &[Value<'_>]) -> Result<u64, StoreError> {
        let rows = self
            .reader
            .note(self.reader.engine.execute(statement, parameters))?;
        if rows > 0 {
            self.wrote.set(true);
        }
        Ok(rows)
    }

    /// Runs a statement that must change exactly one row: what was decided before said that it would.
    pub(crate) fn execute_one(
        &mut self,
        statement: &str,
        parameters: &[Value<'_>],
    ) -> Result<(), StoreError> {
        match self.execute(statement, parameters)? {
            1 => Ok(()),
            rows => self.reader.note(Err(StoreError::failed(format!(
                "{rows} rows instead of one: {statement}"
            )))),
        }
    }

    /// Runs several statements of one matter; it counts as having written.
    pub(crate) fn with_engine<T>(
        &mut self,
        work: impl FnOnce(&dyn Engine) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.wrote.set(true);
        self.reader.note(work(self.reader.engine))
    }

    /// Whether anything was written.
    pub(crate) fn wrote(&self) -> bool {
        self.wrote.get()
    }

    /// The first failure of the database in this transaction.
    pub(crate) fn failure(&self) -> Option<StoreError> {
        self.reader.failure.borrow().clone()
    }
}

impl<'a> Deref for Tx<'a> {
    type Target = Reader<'a>;

    fn deref(&self) -> &Reader<'a> {
        &self.reader
    }
}

impl Batch {
    /// Starts from what the database holds.
    pub(crate) fn begin(engine: &dyn Engine) -> Result<Self, StoreError> {
        let first = read_revision(engine)?;
        Ok(Self {
            first,
            ..Self::default()
        })
    }

    /// The last change, with those of this batch.
    pub(crate) fn revision(&self) -> Revision {
        Revision(self.first.0 + self.changes.len() as u64)
    }

    /// Writes down, once for all commands, how far the feed and the audit events have come.
    pub(crate) fn finish(&self, engine: &dyn Engine) -> Result<(), StoreError> {
        if !self.changes.is_empty() {
            let (from, to) = (self.first.0 as i64, self.revision().0 as i64);
            let rows = engine.execute(statements::ADVANCE_FEED, &[to.into(), SHARD.into(), from.into()])?;
            if rows != 1 {
                return Err(StoreError::failed("another writer advanced the feed"));
            }
        }
        if let Some(tail) = self.audit_tail {
            tail.write(engine)?;
        }
        Ok(())
    }
}

fn read_revision(engine: &dyn Engine) -> Result<Revision, StoreError> {
    let mut revision = None;
    engine.query(statements::FEED_REVISION, &[SHARD.into()], &mut |row| {
        revision = Some(Revision(row.integer(0)? as u64));
        Ok(ControlFlow::Break(()))
    })?;
    revision.ok_or_else(|| StoreError::failed("the feed has no row"))
}
