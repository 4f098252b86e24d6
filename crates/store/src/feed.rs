//! The change feed: what changed, in the order in which it was committed, without gaps.
//!
//! Each function of [`Tx`] that changes what a verifier may hold writes its feed row by itself, so
//! that none can be forgotten.

use std::{fmt, ops::ControlFlow};

use keystead_types::{UniqueId, UniqueIdKind};
use keystead_verifier::Subject;

use crate::{Reader, StoreError, Tx, retention::STEP_RECORDS, statements};

/// The one shard there is, while one process writes.
pub(crate) const SHARD: i64 = 0;

/// How far the feed has come: the number of changes ever committed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Revision(pub(crate) u64);

/// One committed change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    /// Its place: one more than that of the change before it.
    pub revision: Revision,
    /// What it touched: whoever holds that reads it anew.
    pub subject: Subject,
}

/// Answer of [`Reader::changes_after`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Changes {
    /// The changes that follow, in order; empty when there are none yet.
    Following(Vec<Change>),
    /// Some that follow are no longer kept: whoever follows must forget everything it holds.
    Gone,
}

impl Revision {
    /// The revision as a number.
    pub fn number(self) -> u64 {
        self.0
    }
}

impl Reader<'_> {
    /// Up to `limit` changes that were committed after `revision`.
    pub fn changes_after(&self, revision: Revision, limit: u32) -> Result<Changes, StoreError> {
        if revision > self.revision() {
            return Ok(Changes::Gone);
        }
        let parameters = [SHARD.into(), (revision.0 as i64).into(), i64::from(limit).into()];
        let mut changes = Vec::new();
        self.query(statements::CHANGES_AFTER, &parameters, |row| {
            let subject = read_subject(row.text(1)?, row.text(2)?)
                .ok_or_else(|| StoreError::unreadable("change", "subject"))?;
            let revision = Revision(row.integer(0)? as u64);
            changes.push(Change { revision, subject });
            Ok(ControlFlow::Continue(()))
        })?;
        let gap = match changes.first() {
            Some(first) => first.revision.0 != revision.0 + 1,
            None => limit > 0 && revision < self.revision(),
        };
        Ok(if gap {
            Changes::Gone
        } else {
            Changes::Following(changes)
        })
    }
}

impl Tx<'_> {
    /// Appends a change to the feed.
    pub(crate) fn change(&mut self, subject: Subject) -> Result<(), StoreError> {
        let revision = Revision(self.revision().0 + 1);
        let (kind, text) = columns(&subject);
        let parameters = [
            SHARD.into(),
            (revision.0 as i64).into(),
            kind.into(),
            text.as_str().into(),
        ];
        self.execute_one(statements::INSERT_CHANGE, &parameters)?;
        self.batch.changes.push(Change { revision, subject });
        Ok(())
    }

    /// Appends that an entity's own record, or what hangs on it, has changed, if a verifier may hold any of it.
    pub(crate) fn entity_changed(&mut self, id: UniqueId) -> Result<(), StoreError> {
        match subject(id) {
            Some(subject) => self.change(subject),
            None => Ok(()),
        }
    }

    /// One step of forgetting all changes but the latest `kept_max`; tells whether more are left to forget.
    pub(crate) fn forget_old_changes(&mut self, kept_max: u64) -> Result<bool, StoreError> {
        let oldest = self.query_one(statements::OLDEST_CHANGE, &[SHARD.into()], |row| row.integer(0))?;
        let Some(oldest) = oldest else { return Ok(false) };
        let beyond = self.revision().0.saturating_sub(kept_max) as i64;
        let last = beyond.min(oldest - 1 + i64::from(STEP_RECORDS));
        if last >= oldest {
            self.execute(statements::DELETE_CHANGES, &[SHARD.into(), last.into()])?;
        }
        Ok(last < beyond)
    }
}

impl fmt::Display for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

fn subject(id: UniqueId) -> Option<Subject> {
    match id.kind() {
        UniqueIdKind::Group => Some(Subject::Group(id)),
        UniqueIdKind::User => Some(Subject::User(id)),
        UniqueIdKind::Policy => Some(Subject::Policy(id)),
        UniqueIdKind::Role => Some(Subject::Role(id)),
        UniqueIdKind::InstanceProfile => None,
    }
}

fn columns(subject: &Subject) -> (&'static str, String) {
    match subject {
        Subject::Key(id) => ("access_key", id.to_string()),
        Subject::User(id) => ("user", id.to_string()),
        Subject::Group(id) => ("group", id.to_string()),
        Subject::Policy(id) => ("policy", id.to_string()),
        Subject::Role(id) => ("role", id.to_string()),
        Subject::Account(id) => ("account", id.to_string()),
    }
}

fn read_subject(kind: &str, subject: &str) -> Option<Subject> {
    match kind {
        "access_key" => subject.parse().ok().map(Subject::Key),
        "user" => subject.parse().ok().map(Subject::User),
        "group" => subject.parse().ok().map(Subject::Group),
        "policy" => subject.parse().ok().map(Subject::Policy),
        "role" => subject.parse().ok().map(Subject::Role),
        "account" => subject.parse().ok().map(Subject::Account),
        _ => None,
    }
}
