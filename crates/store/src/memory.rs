//! Going back to a marked state: how a test suite gets a fresh server without starting one.

use std::sync::PoisonError;

use crate::{
    Revision, Store, StoreError, Subject, Tx,
    engine::{Engine, Sqlite},
    feed::SHARD,
    sealing::Keyring,
    statements,
    tx::Batch,
    writer::Listeners,
};

impl Store {
    /// Marks what is stored now as what [`Store::reset`] goes back to. For a store in memory only.
    pub async fn mark_reset_point(&self) -> Result<(), StoreError> {
        self.refuse_directory()?;
        let reset_point = self.shared.reset_point.clone();
        self.alone(move |database, _, _| {
            let mut copy = Sqlite::in_memory()?;
            copy.copy_from(database)?;
            *reset_point.lock().unwrap_or_else(PoisonError::into_inner) = Some(copy);
            Ok(())
        })
        .await
    }

    /// Goes back to the marked state, and forgets all audit records of reads and refusals. The feed goes
    /// on: it tells that every account has changed, so that no verifier holds on to anything.
    pub async fn reset(&self) -> Result<Revision, StoreError> {
        self.refuse_directory()?;
        self.audit_log().remove_all().await?;
        let reset_point = self.shared.reset_point.clone();
        self.alone(move |database, keyring, listeners| {
            let point = reset_point.lock().unwrap_or_else(PoisonError::into_inner);
            let point = point
                .as_ref()
                .ok_or_else(|| StoreError::failed("there is no marked state to go back to"))?;
            go_back(database, point, keyring, listeners)
        })
        .await
    }

    fn refuse_directory(&self) -> Result<(), StoreError> {
        match self.shared.directory {
            Some(_) => Err(StoreError::failed("only a store in memory can be reset")),
            None => Ok(()),
        }
    }
}

fn go_back(
    database: &mut Sqlite,
    point: &Sqlite,
    keyring: &Keyring,
    listeners: &Listeners,
) -> Result<Revision, StoreError> {
    let before = Batch::begin(database)?.revision();
    let mut accounts = account_ids(database, keyring)?;
    database.copy_from(point)?;
    accounts.extend(account_ids(database, keyring)?);
    accounts.sort_unstable();
    accounts.dedup();

    database.begin_write()?;
    let told = || {
        let marked = Batch::begin(database)?.revision();
        let (from, to) = (marked.number() as i64, before.number() as i64);
        database.execute(statements::DELETE_CHANGES, &[SHARD.into(), to.into()])?;
        database.execute(statements::ADVANCE_FEED, &[to.into(), SHARD.into(), from.into()])?;
        let mut batch = Batch::begin(database)?;
        let mut tx = Tx::new(database, keyring, &mut batch);
        for account in accounts {
            tx.change(Subject::Account(account))?;
        }
        batch.finish(database)?;
        database.commit()?;
        Ok(batch)
    };
    match told() {
        Ok(batch) => {
            listeners.tell(&batch.changes);
            Ok(batch.revision())
        }
        Err(error) => {
            database.roll_back()?;
            Err(error)
        }
    }
}

fn account_ids(database: &Sqlite, keyring: &Keyring) -> Result<Vec<keystead_types::AccountId>, StoreError> {
    let reader = crate::Reader::new(database, keyring)?;
    let accounts = reader.accounts_page(None, u32::MAX)?;
    Ok(accounts.into_iter().map(|account| account.id).collect())
}
