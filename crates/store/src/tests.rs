//! The store against its promises. What every engine must do runs on SQLite and on PostgreSQL.

mod audit;
mod audit_query;
mod aws_managed;
mod backup;
mod concurrency;
mod durability;
mod engines;
mod failure;
mod migration;
mod model;
mod permissions_model;
mod plans;
mod postgres;
mod sealing;
mod statements;

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};

use keystead_types::{
    AccessKeyId, AccessKeyStatus, AccountId, Random, SecretAccessKey, Timestamp, UniqueId, UniqueIdKind,
};

use crate::{
    AccountSettings, InlinePolicyRecord, InsertAccessKey, InsertUser, KeyOwner, Location, MasterKeySource,
    NewAccessKey, NewGroup, NewInstanceProfile, NewPolicy, NewRole, NewUser, Options, Store, StoreError,
    TrustPolicy, Tx, WriteError,
};

/// A repeatable stream of bytes (splitmix64).
pub(crate) struct Seeded(AtomicU64);

impl Seeded {
    pub(crate) fn new(seed: u64) -> Arc<Self> {
        Arc::new(Self(AtomicU64::new(seed)))
    }
}

impl Random for Seeded {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            let mut value = self.0.fetch_add(0x9e37_79b9_7f4a_7c15, Relaxed);
            value = (value ^ value >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            value = (value ^ value >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
            chunk.copy_from_slice(&(value ^ value >> 31).to_le_bytes()[..chunk.len()]);
        }
    }
}

pub(crate) fn account() -> AccountId {
    AccountId::new(123_456_789_012).unwrap()
}

pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(1_800_000_000 + seconds)
}

pub(crate) fn user_id(number: u64) -> UniqueId {
    UniqueId::generate(UniqueIdKind::User, account(), &*Seeded::new(number))
}

pub(crate) fn key_id(number: u64) -> AccessKeyId {
    AccessKeyId::generate(account(), &*Seeded::new(number))
}

pub(crate) fn secret(number: u64) -> SecretAccessKey {
    SecretAccessKey::generate(&*Seeded::new(number))
}

pub(crate) fn user(number: u64, name: &str) -> NewUser {
    NewUser {
        account: account(),
        id: user_id(number),
        name: name.parse().unwrap(),
        path: "/".parse().unwrap(),
        created_at: at(0),
    }
}

pub(crate) fn group_id(number: u64) -> UniqueId {
    UniqueId::generate(UniqueIdKind::Group, account(), &*Seeded::new(number))
}

pub(crate) fn group(number: u64, name: &str) -> NewGroup {
    NewGroup {
        account: account(),
        id: group_id(number),
        name: name.parse().unwrap(),
        path: "/".parse().unwrap(),
        created_at: at(0),
    }
}

pub(crate) fn policy_id(number: u64) -> UniqueId {
    UniqueId::generate(UniqueIdKind::Policy, account(), &*Seeded::new(number))
}

pub(crate) fn policy(number: u64, name: &str) -> NewPolicy {
    NewPolicy {
        account: account(),
        id: policy_id(number),
        name: name.parse().unwrap(),
        path: "/".parse().unwrap(),
        description: None,
        document: document(number),
        created_at: at(0),
    }
}

pub(crate) fn role_id(number: u64) -> UniqueId {
    UniqueId::generate(UniqueIdKind::Role, account(), &*Seeded::new(number))
}

pub(crate) fn role(number: u64, name: &str) -> NewRole {
    NewRole {
        account: account(),
        id: role_id(number),
        name: name.parse().unwrap(),
        path: "/".parse().unwrap(),
        description: None,
        trust_policy: trust_policy(number),
        session_seconds_max: 3600,
        created_at: at(0),
    }
}

pub(crate) fn trust_policy(number: u64) -> TrustPolicy {
    TrustPolicy {
        document: document(number),
        document_with_ids: format!("with ids: {}", document(number)),
    }
}

pub(crate) fn instance_profile_id(number: u64) -> UniqueId {
    UniqueId::generate(UniqueIdKind::InstanceProfile, account(), &*Seeded::new(number))
}

pub(crate) fn instance_profile(number: u64, name: &str) -> NewInstanceProfile {
    NewInstanceProfile {
        account: account(),
        id: instance_profile_id(number),
        name: name.parse().unwrap(),
        path: "/".parse().unwrap(),
        created_at: at(0),
    }
}

/// A document that can be told from others; the store does not read it.
pub(crate) fn document(number: u64) -> String {
    format!("{{\"Version\": \"2012-10-17\", \"Id\": \"{number}\"}}")
}

pub(crate) fn inline(name: &str, number: u64) -> InlinePolicyRecord {
    InlinePolicyRecord {
        name: name.parse().unwrap(),
        document: document(number),
    }
}

pub(crate) fn key(number: u64, owner: KeyOwner) -> NewAccessKey {
    NewAccessKey {
        id: key_id(number),
        account: account(),
        owner,
        status: AccessKeyStatus::Active,
        created_at: at(number as i64),
    }
}

/// An account with one user, number 1, called alice.
pub(crate) fn furnish(tx: &mut Tx<'_>) -> Result<(), StoreError> {
    assert!(tx.insert_account(account(), &AccountSettings::default(), at(0))?);
    assert_eq!(tx.insert_user(&user(1, "alice"))?, InsertUser::Created);
    Ok(())
}

/// Gives user 1 a key.
pub(crate) fn add_key(tx: &mut Tx<'_>, number: u64) -> Result<InsertAccessKey, StoreError> {
    tx.insert_access_key(&key(number, KeyOwner::User(user_id(1))), &secret(number))
}

pub(crate) fn options(location: Location) -> Options {
    Options {
        location,
        master_key: MasterKeySource::File,
        random: Seeded::new(1),
    }
}

pub(crate) fn open(directory: &Path) -> Store {
    Store::open(options(Location::Directory(directory.to_owned()))).unwrap()
}

pub(crate) fn in_memory() -> Store {
    Store::open(options(Location::Memory)).unwrap()
}

pub(crate) async fn write<T: Send + 'static>(
    store: &Store,
    work: impl Fn(&mut Tx<'_>) -> Result<T, StoreError> + Send + 'static,
) -> Result<T, WriteError<StoreError>> {
    store.write(work).await.map(|(value, _)| value)
}
