//! Random operations: the store and a naive model answer the same.

use std::collections::{BTreeMap, BTreeSet};

use keystead_types::AccessKeyStatus;
use proptest::prelude::*;

use super::{account, at, furnish, key, key_id, secret, user, user_id};
use crate::{
    AccountSettings, DeleteUser, InsertAccessKey, InsertUser, KeyOwner, MasterKey, Reader,
    SetAccessKeyStatus, StoreError, Tx, UpdateUser,
    engine::Sqlite,
    schema::Database,
    sealing::{Keyring, insert_data_key},
    tx::Batch,
};

const NAMES: [&str; 5] = ["alice", "Alice", "bob", "BOB", "carol"];
const USERS_QUOTA: usize = 3;

#[derive(Clone, Debug)]
enum Step {
    InsertUser(u64, usize),
    RenameUser(u64, usize),
    DeleteUser(u64),
    InsertKey(u64, u64),
    SetStatus(u64, u64, AccessKeyStatus),
    DeleteKey(u64, u64),
}

#[derive(Default)]
struct Model {
    users: BTreeMap<u64, &'static str>,
    keys: BTreeMap<u64, (u64, AccessKeyStatus)>,
    retired_users: BTreeSet<u64>,
    retired_keys: BTreeSet<u64>,
}

fn step() -> impl Strategy<Value = Step> {
    let (users, keys, name) = (1..5_u64, 1..9_u64, 0..NAMES.len());
    let status = prop_oneof![Just(AccessKeyStatus::Active), Just(AccessKeyStatus::Inactive)];
    prop_oneof![
        (users.clone(), name.clone()).prop_map(|(user, name)| Step::InsertUser(user, name)),
        (users.clone(), name).prop_map(|(user, name)| Step::RenameUser(user, name)),
        users.clone().prop_map(Step::DeleteUser),
        (users.clone(), keys.clone()).prop_map(|(user, key)| Step::InsertKey(user, key)),
        (users.clone(), keys.clone(), status)
            .prop_map(|(user, key, status)| Step::SetStatus(user, key, status)),
        (users, keys).prop_map(|(user, key)| Step::DeleteKey(user, key)),
    ]
}

impl Model {
    fn holder(&self, name: &str) -> Option<u64> {
        let mut users = self.users.iter();
        users
            .find(|(_, held)| held.eq_ignore_ascii_case(name))
            .map(|(user, _)| *user)
    }

    fn keys_of(&self, user: u64) -> usize {
        self.keys.values().filter(|(owner, _)| *owner == user).count()
    }

    fn apply(&mut self, step: &Step) -> String {
        match *step {
            Step::InsertUser(user, name) => {
                let answer = if self.holder(NAMES[name]).is_some() {
                    InsertUser::NameTaken
                } else if self.users.contains_key(&user) || self.retired_users.contains(&user) {
                    InsertUser::IdTaken
                } else if self.users.len() == USERS_QUOTA {
                    InsertUser::QuotaReached
                } else {
                    self.users.insert(user, NAMES[name]);
                    InsertUser::Created
                };
                format!("{answer:?}")
            }
            Step::RenameUser(user, name) => {
                let answer = if self.holder(NAMES[name]).is_some_and(|holder| holder != user) {
                    UpdateUser::NameTaken
                } else if let Some(held) = self.users.get_mut(&user) {
                    *held = NAMES[name];
                    UpdateUser::Updated
                } else {
                    UpdateUser::NoUser
                };
                format!("{answer:?}")
            }
            Step::DeleteUser(user) => {
                let answer = if !self.users.contains_key(&user) {
                    DeleteUser::NoUser
                } else if self.keys_of(user) > 0 {
                    DeleteUser::HasAccessKeys
                } else {
                    self.users.remove(&user);
                    self.retired_users.insert(user);
                    DeleteUser::Deleted
                };
                format!("{answer:?}")
            }
            Step::InsertKey(user, key) => {
                let answer = if self.keys.contains_key(&key) || self.retired_keys.contains(&key) {
                    InsertAccessKey::IdTaken
                } else if !self.users.contains_key(&user) {
                    InsertAccessKey::NoOwner
                } else if self.keys_of(user) == 2 {
                    InsertAccessKey::QuotaReached(2)
                } else {
                    self.keys.insert(key, (user, AccessKeyStatus::Active));
                    InsertAccessKey::Created
                };
                format!("{answer:?}")
            }
            Step::SetStatus(user, key, status) => {
                let answer = match self.keys.get_mut(&key) {
                    Some((owner, held)) if *owner == user && *held == status => SetAccessKeyStatus::Unchanged,
                    Some((owner, held)) if *owner == user => {
                        *held = status;
                        SetAccessKeyStatus::Set
                    }
                    _ => SetAccessKeyStatus::NoKey,
                };
                format!("{answer:?}")
            }
            Step::DeleteKey(user, key) => {
                let has = self.keys.get(&key).is_some_and(|(owner, _)| *owner == user);
                if has {
                    self.keys.remove(&key);
                    self.retired_keys.insert(key);
                }
                format!("{has:?}")
            }
        }
    }
}

fn apply(tx: &mut Tx<'_>, step: &Step) -> Result<String, StoreError> {
    let owner = |number| KeyOwner::User(user_id(number));
    Ok(match *step {
        Step::InsertUser(number, name) => format!("{:?}", tx.insert_user(&user(number, NAMES[name]))?),
        Step::RenameUser(number, name) => {
            let name = NAMES[name].parse().unwrap();
            format!(
                "{:?}",
                tx.update_user(account(), user_id(number), &name, &"/".parse().unwrap())?
            )
        }
        Step::DeleteUser(number) => format!("{:?}", tx.delete_user(account(), user_id(number))?),
        Step::InsertKey(user, number) => {
            format!(
                "{:?}",
                tx.insert_access_key(&key(number, owner(user)), &secret(number))?
            )
        }
        Step::SetStatus(user, number, status) => {
            let answer = tx.set_access_key_status(account(), owner(user), key_id(number), status, at(1))?;
            format!("{answer:?}")
        }
        Step::DeleteKey(user, number) => {
            format!(
                "{:?}",
                tx.delete_access_key(account(), owner(user), key_id(number))?
            )
        }
    })
}

fn check(reader: &Reader<'_>, model: &Model) -> Result<(), StoreError> {
    let page = reader.users_page(account(), "", "", 100)?;
    let names: Vec<_> = page.users.iter().map(|user| user.name.to_string()).collect();
    let mut expected: Vec<_> = model.users.values().map(|name| (*name).to_owned()).collect();
    expected.sort_by_key(|name| name.to_lowercase());
    assert_eq!(names, expected);
    assert_eq!(
        reader.account(account())?.unwrap().user_count as usize,
        model.users.len()
    );
    for number in model.users.keys() {
        let user = reader.user_by_id(account(), user_id(*number))?.unwrap();
        let keys = reader
            .access_keys_page(account(), KeyOwner::User(user.id), "", 100)?
            .access_keys;
        let active = keys
            .iter()
            .filter(|key| key.status == AccessKeyStatus::Active)
            .count();
        let expected = (model.keys_of(*number), model.keys_of(*number), active);
        assert_eq!(
            (
                keys.len(),
                user.key_count as usize,
                user.active_key_count as usize
            ),
            expected
        );
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]
    #[test]
    fn the_store_answers_as_the_model_does(steps in proptest::collection::vec(step(), 1..60)) {
        let database = Sqlite::in_memory().unwrap();
        Database::Main.migrate(&database, "memory".as_ref()).unwrap();
        let random = super::Seeded::new(1);
        let (keyring, row) = Keyring::generate(&MasterKey::generate(&*random), random).unwrap();
        insert_data_key(&database, &row).unwrap();
        let mut batch = Batch::begin(&database).unwrap();
        let mut tx = Tx::new(&database, &keyring, &mut batch);
        furnish(&mut tx).unwrap();
        let settings = AccountSettings { users_quota: USERS_QUOTA as u32, ..AccountSettings::default() };
        tx.set_account_settings(account(), &settings).unwrap();
        let mut model = Model::default();
        model.users.insert(1, "alice");
        for step in steps {
            prop_assert_eq!(apply(&mut tx, &step).unwrap(), model.apply(&step), "{:?}", step);
            check(&tx, &model).unwrap();
        }
    }
}
