//! Random operations on groups, roles and policies: the store and a naive model answer the same.

use std::collections::{BTreeMap, BTreeSet};

use keystead_types::{PolicyVersion, UniqueId, limits};
use proptest::prelude::*;

use super::{account, at, furnish, group, group_id, inline, policy, policy_id, role, role_id, user, user_id};
use crate::{
    AccountSettings, AddUserToGroup, AttachPolicy, DeleteGroup, DeletePolicy, DeletePolicyVersion,
    DeleteRole, DeleteUser, InsertGroup, InsertPolicy, InsertPolicyVersion, InsertRole, InsertUser,
    MasterKey, PutInlinePolicy, Reader, SetDefaultPolicyVersion, SetPermissionsBoundary, StoreError, Tx,
    engine::Sqlite,
    schema::Database,
    sealing::{Keyring, insert_data_key},
    tx::Batch,
};

const QUOTA: u32 = 2;

/// A user, a group or a role, by number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Owner {
    User(u64),
    Group(u64),
    Role(u64),
}

#[derive(Clone, Debug)]
enum Step {
    Insert(Owner),
    Delete(Owner),
    Join(u64, u64),
    Leave(u64, u64),
    InsertPolicy(u64),
    DeletePolicy(u64),
    InsertVersion(u64, bool),
    SetDefault(u64, u32),
    DeleteVersion(u64, u32),
    Attach(Owner, u64),
    Detach(Owner, u64),
    SetBoundary(Owner, Option<u64>),
    PutInline(Owner, u64, u32),
    DeleteInline(Owner, u64),
}

#[derive(Default)]
struct Model {
    owners: BTreeMap<Owner, Has>,
    members: BTreeSet<(u64, u64)>,
    boundaries: BTreeMap<Owner, u64>,
    policies: BTreeMap<u64, Versions>,
    retired: BTreeSet<Owner>,
    retired_policies: BTreeSet<u64>,
}

/// What a user, group or role has.
#[derive(Default)]
struct Has {
    attached: BTreeSet<u64>,
    inline: BTreeMap<u64, u32>,
}

struct Versions {
    present: BTreeSet<u32>,
    default: u32,
    latest: u32,
}

fn step() -> impl Strategy<Value = Step> {
    let numbers = 1..4_u64;
    let owner = prop_oneof![
        numbers.clone().prop_map(Owner::User),
        numbers.clone().prop_map(Owner::Group),
        numbers.clone().prop_map(Owner::Role)
    ];
    let (pair, versions) = ((numbers.clone(), numbers.clone()), 1..8_u32);
    let boundary = proptest::option::of(numbers.clone());
    let owned = (owner.clone(), numbers.clone());
    prop_oneof![
        owner.clone().prop_map(Step::Insert),
        owner.clone().prop_map(Step::Delete),
        pair.clone().prop_map(|(group, user)| Step::Join(group, user)),
        pair.prop_map(|(group, user)| Step::Leave(group, user)),
        numbers.clone().prop_map(Step::InsertPolicy),
        numbers.clone().prop_map(Step::DeletePolicy),
        (numbers.clone(), any::<bool>()).prop_map(|(policy, default)| Step::InsertVersion(policy, default)),
        (numbers.clone(), versions.clone()).prop_map(|(policy, version)| Step::SetDefault(policy, version)),
        (numbers.clone(), versions).prop_map(|(policy, version)| Step::DeleteVersion(policy, version)),
        owned
            .clone()
            .prop_map(|(owner, policy)| Step::Attach(owner, policy)),
        owned
            .clone()
            .prop_map(|(owner, policy)| Step::Detach(owner, policy)),
        (owner.clone(), boundary).prop_map(|(owner, policy)| Step::SetBoundary(owner, policy)),
        (owner.clone(), numbers, 1..4000_u32)
            .prop_map(|(owner, name, characters)| Step::PutInline(owner, name, characters)),
        owned.prop_map(|(owner, name)| Step::DeleteInline(owner, name)),
    ]
}

impl Owner {
    fn id(self) -> UniqueId {
        match self {
            Self::User(number) => user_id(number),
            Self::Group(number) => group_id(number),
            Self::Role(number) => role_id(number),
        }
    }

    fn attached_max(self) -> u32 {
        match self {
            Self::User(_) | Self::Role(_) => QUOTA,
            Self::Group(_) => limits::ATTACHED_POLICIES_PER_GROUP,
        }
    }

    fn characters_max(self) -> u32 {
        match self {
            Self::User(_) => limits::USER_POLICY_CHARACTERS,
            Self::Group(_) => limits::GROUP_POLICY_CHARACTERS,
            Self::Role(_) => limits::ROLE_POLICY_CHARACTERS,
        }
    }
}

impl Model {
    fn uses(&self, policy: u64) -> (usize, usize) {
        let attached = self.owners.values().filter(|has| has.attached.contains(&policy));
        let bounded = self.boundaries.values().filter(|boundary| **boundary == policy);
        (attached.count(), bounded.count())
    }

    fn groups(&self) -> usize {
        let is_group = |owner: &&Owner| matches!(owner, Owner::Group(_));
        self.owners.keys().filter(is_group).count()
    }

    fn roles(&self) -> usize {
        let is_role = |owner: &&Owner| matches!(owner, Owner::Role(_));
        self.owners.keys().filter(is_role).count()
    }

    fn apply(&mut self, step: &Step) -> String {
        match *step {
            Step::Insert(owner) => self.insert(owner),
            Step::Delete(owner) => self.delete(owner),
            Step::Join(group, user) => {
                let answer = if self.members.contains(&(group, user)) {
                    AddUserToGroup::AlreadyMember
                } else if !self.owners.contains_key(&Owner::Group(group)) {
                    AddUserToGroup::NoGroup
                } else if !self.owners.contains_key(&Owner::User(user)) {
                    AddUserToGroup::NoUser
                } else {
                    self.members.insert((group, user));
                    AddUserToGroup::Added
                };
                format!("{answer:?}")
            }
            Step::Leave(group, user) => format!("{:?}", self.members.remove(&(group, user))),
            Step::SetBoundary(owner, policy) => {
                let can = self.owners.contains_key(&owner) && !matches!(owner, Owner::Group(_));
                let answer = if !can {
                    SetPermissionsBoundary::NoOwner
                } else if self.boundaries.get(&owner).copied() == policy {
                    SetPermissionsBoundary::Unchanged
                } else if policy.is_some_and(|policy| !self.policies.contains_key(&policy)) {
                    SetPermissionsBoundary::NoPolicy
                } else {
                    self.boundaries.remove(&owner);
                    self.boundaries.extend(policy.map(|policy| (owner, policy)));
                    SetPermissionsBoundary::Set
                };
                format!("{answer:?}")
            }
            Step::Attach(owner, policy) => {
                let known = self.policies.contains_key(&policy);
                let answer = match self.owners.get_mut(&owner) {
                    Some(has) if has.attached.contains(&policy) => AttachPolicy::AlreadyAttached,
                    _ if !known => AttachPolicy::NoPolicy,
                    None => AttachPolicy::NoOwner,
                    Some(has) if has.attached.len() == owner.attached_max() as usize => {
                        AttachPolicy::QuotaReached(owner.attached_max())
                    }
                    Some(has) => {
                        has.attached.insert(policy);
                        AttachPolicy::Attached
                    }
                };
                format!("{answer:?}")
            }
            Step::Detach(owner, policy) => {
                let has = self.owners.get_mut(&owner);
                format!("{:?}", has.is_some_and(|has| has.attached.remove(&policy)))
            }
            Step::PutInline(owner, name, characters) => {
                let answer = match self.owners.get_mut(&owner) {
                    None => PutInlinePolicy::NoOwner,
                    Some(has) => {
                        let others = has.inline.iter().filter(|(other, _)| **other != name);
                        let others: u32 = others.map(|(_, characters)| characters).sum();
                        if others + characters > owner.characters_max() {
                            PutInlinePolicy::SizeExceeded(owner.characters_max())
                        } else {
                            has.inline.insert(name, characters);
                            PutInlinePolicy::Stored
                        }
                    }
                };
                format!("{answer:?}")
            }
            Step::DeleteInline(owner, name) => {
                let has = self.owners.get_mut(&owner);
                format!("{:?}", has.is_some_and(|has| has.inline.remove(&name).is_some()))
            }
            Step::InsertPolicy(_)
            | Step::DeletePolicy(_)
            | Step::InsertVersion(..)
            | Step::SetDefault(..)
            | Step::DeleteVersion(..) => self.apply_to_policy(step),
        }
    }

    fn insert(&mut self, owner: Owner) -> String {
        let there = self.owners.contains_key(&owner);
        let taken = self.retired.contains(&owner);
        let no_room = match owner {
            Owner::User(_) => false,
            Owner::Group(_) => self.groups() == QUOTA as usize,
            Owner::Role(_) => self.roles() == QUOTA as usize,
        };
        if !there && !taken && !no_room {
            self.owners.insert(owner, Has::default());
        }
        // Each number has a name of its own.
        match owner {
            Owner::User(_) if there => format!("{:?}", InsertUser::NameTaken),
            Owner::User(_) if taken => format!("{:?}", InsertUser::IdTaken),
            Owner::User(_) => format!("{:?}", InsertUser::Created),
            Owner::Group(_) if there => format!("{:?}", InsertGroup::NameTaken),
            Owner::Group(_) if taken => format!("{:?}", InsertGroup::IdTaken),
            Owner::Group(_) if no_room => format!("{:?}", InsertGroup::QuotaReached(QUOTA)),
            Owner::Group(_) => format!("{:?}", InsertGroup::Created),
            Owner::Role(_) if there => format!("{:?}", InsertRole::NameTaken),
            Owner::Role(_) if taken => format!("{:?}", InsertRole::IdTaken),
            Owner::Role(_) if no_room => format!("{:?}", InsertRole::QuotaReached(QUOTA)),
            Owner::Role(_) => format!("{:?}", InsertRole::Created),
        }
    }

    fn delete(&mut self, owner: Owner) -> String {
        let is_member = |(group, user): &(u64, u64)| match owner {
            Owner::User(number) => *user == number,
            Owner::Group(number) => *group == number,
            Owner::Role(_) => false,
        };
        let has_members = self.members.iter().any(is_member);
        let (attached, inline) = match self.owners.get(&owner) {
            Some(has) => (!has.attached.is_empty(), !has.inline.is_empty()),
            None => {
                return match owner {
                    Owner::User(_) => format!("{:?}", DeleteUser::NoUser),
                    Owner::Group(_) => format!("{:?}", DeleteGroup::NoGroup),
                    Owner::Role(_) => format!("{:?}", DeleteRole::NoRole),
                };
            }
        };
        if !attached && !inline && !has_members {
            self.owners.remove(&owner);
            self.boundaries.remove(&owner);
            self.retired.insert(owner);
        }
        match owner {
            Owner::User(_) if attached => format!("{:?}", DeleteUser::HasAttachedPolicies),
            Owner::User(_) if inline => format!("{:?}", DeleteUser::HasInlinePolicies),
            Owner::User(_) if has_members => format!("{:?}", DeleteUser::InGroups),
            Owner::User(_) => format!("{:?}", DeleteUser::Deleted),
            Owner::Group(_) if has_members => format!("{:?}", DeleteGroup::HasMembers),
            Owner::Group(_) if attached => format!("{:?}", DeleteGroup::HasAttachedPolicies),
            Owner::Group(_) if inline => format!("{:?}", DeleteGroup::HasInlinePolicies),
            Owner::Group(_) => format!("{:?}", DeleteGroup::Deleted),
            Owner::Role(_) if attached => format!("{:?}", DeleteRole::HasAttachedPolicies),
            Owner::Role(_) if inline => format!("{:?}", DeleteRole::HasInlinePolicies),
            Owner::Role(_) => format!("{:?}", DeleteRole::Deleted),
        }
    }

    fn apply_to_policy(&mut self, step: &Step) -> String {
        let full = self.policies.len() == QUOTA as usize;
        match *step {
            Step::InsertPolicy(number) => {
                let answer = if self.policies.contains_key(&number) {
                    InsertPolicy::NameTaken
                } else if self.retired_policies.contains(&number) {
                    InsertPolicy::IdTaken
                } else if full {
                    InsertPolicy::QuotaReached(QUOTA)
                } else {
                    let first = Versions {
                        present: BTreeSet::from([1]),
                        default: 1,
                        latest: 1,
                    };
                    self.policies.insert(number, first);
                    InsertPolicy::Created
                };
                format!("{answer:?}")
            }
            Step::DeletePolicy(number) => {
                let used = self.uses(number) != (0, 0);
                let answer = match self.policies.get(&number) {
                    None => DeletePolicy::NoPolicy,
                    Some(_) if used => DeletePolicy::InUse,
                    Some(policy) if policy.present.len() > 1 => DeletePolicy::HasVersions,
                    Some(_) => {
                        self.policies.remove(&number);
                        self.retired_policies.insert(number);
                        DeletePolicy::Deleted
                    }
                };
                format!("{answer:?}")
            }
            Step::InsertVersion(number, default) => {
                let answer = match self.policies.get_mut(&number) {
                    None => InsertPolicyVersion::NoPolicy,
                    Some(policy) if policy.present.len() == 5 => InsertPolicyVersion::TooMany,
                    Some(policy) => {
                        policy.latest += 1;
                        policy.present.insert(policy.latest);
                        policy.default = if default { policy.latest } else { policy.default };
                        InsertPolicyVersion::Created(PolicyVersion::new(policy.latest).unwrap())
                    }
                };
                format!("{answer:?}")
            }
            Step::SetDefault(number, version) => {
                let answer = match self.policies.get_mut(&number) {
                    None => SetDefaultPolicyVersion::NoPolicy,
                    Some(policy) if policy.default == version => SetDefaultPolicyVersion::Unchanged,
                    Some(policy) if !policy.present.contains(&version) => SetDefaultPolicyVersion::NoVersion,
                    Some(policy) => {
                        policy.default = version;
                        SetDefaultPolicyVersion::Set
                    }
                };
                format!("{answer:?}")
            }
            Step::DeleteVersion(number, version) => {
                let answer = match self.policies.get_mut(&number) {
                    None => DeletePolicyVersion::NoPolicy,
                    Some(policy) if policy.default == version => DeletePolicyVersion::IsDefault,
                    Some(policy) if !policy.present.contains(&version) => DeletePolicyVersion::NoVersion,
                    Some(policy) => {
                        policy.present.remove(&version);
                        DeletePolicyVersion::Deleted
                    }
                };
                format!("{answer:?}")
            }
            _ => unreachable!("not a step of a policy"),
        }
    }
}

fn apply(tx: &mut Tx<'_>, step: &Step) -> Result<String, StoreError> {
    let version = |number| PolicyVersion::new(number).unwrap();
    let account = account();
    Ok(match *step {
        Step::Insert(Owner::User(number)) => {
            format!("{:?}", tx.insert_user(&user(number, &format!("u{number}")))?)
        }
        Step::Insert(Owner::Group(number)) => {
            format!("{:?}", tx.insert_group(&group(number, &format!("g{number}")))?)
        }
        Step::Insert(Owner::Role(number)) => {
            format!("{:?}", tx.insert_role(&role(number, &format!("r{number}")))?)
        }
        Step::Delete(Owner::Role(number)) => format!("{:?}", tx.delete_role(account, role_id(number))?),
        Step::Delete(Owner::User(number)) => format!("{:?}", tx.delete_user(account, user_id(number))?),
        Step::Delete(Owner::Group(number)) => format!("{:?}", tx.delete_group(account, group_id(number))?),
        Step::Join(group, user) => {
            format!(
                "{:?}",
                tx.add_user_to_group(account, group_id(group), user_id(user))?
            )
        }
        Step::Leave(group, user) => {
            format!(
                "{:?}",
                tx.remove_user_from_group(account, group_id(group), user_id(user))?
            )
        }
        Step::InsertPolicy(number) => {
            format!("{:?}", tx.insert_policy(&policy(number, &format!("p{number}")))?)
        }
        Step::DeletePolicy(number) => format!("{:?}", tx.delete_policy(account, policy_id(number))?),
        Step::InsertVersion(policy, default) => {
            let answer = tx.insert_policy_version(account, policy_id(policy), "{}", default, at(1))?;
            format!("{answer:?}")
        }
        Step::SetDefault(policy, number) => {
            let answer = tx.set_default_policy_version(account, policy_id(policy), version(number))?;
            format!("{answer:?}")
        }
        Step::DeleteVersion(policy, number) => {
            let answer = tx.delete_policy_version(account, policy_id(policy), version(number))?;
            format!("{answer:?}")
        }
        Step::Attach(owner, policy) => {
            format!("{:?}", tx.attach_policy(account, owner.id(), policy_id(policy))?)
        }
        Step::Detach(owner, policy) => {
            format!("{:?}", tx.detach_policy(account, owner.id(), policy_id(policy))?)
        }
        Step::SetBoundary(owner, policy) => {
            let policy = policy.map(policy_id);
            format!("{:?}", tx.set_permissions_boundary(account, owner.id(), policy)?)
        }
        Step::PutInline(owner, name, characters) => {
            let policy = inline(&format!("i{name}"), name);
            format!(
                "{:?}",
                tx.put_inline_policy(account, owner.id(), &policy, characters)?
            )
        }
        Step::DeleteInline(owner, name) => {
            let name = inline(&format!("i{name}"), name).name;
            format!("{:?}", tx.delete_inline_policy(account, owner.id(), &name)?)
        }
    })
}

fn check(reader: &Reader<'_>, model: &Model) -> Result<(), StoreError> {
    let found = reader.account(account())?.unwrap();
    assert_eq!(found.group_count as usize, model.groups());
    assert_eq!(found.role_count as usize, model.roles());
    assert_eq!(found.policy_count as usize, model.policies.len());
    let versions = model.policies.values().map(|policy| policy.present.len());
    assert_eq!(found.policy_version_count as usize, versions.sum::<usize>());
    for (owner, has) in &model.owners {
        let attached = reader.attached_policies(account(), owner.id())?;
        let attached: BTreeSet<_> = attached.iter().map(|policy| policy.id).collect();
        assert_eq!(
            attached,
            has.attached.iter().map(|policy| policy_id(*policy)).collect()
        );
        let inline = reader.inline_policies(account(), owner.id())?;
        assert_eq!(inline.len(), has.inline.len());
        let boundary = model.boundaries.get(owner).map(|policy| policy_id(*policy));
        let counts = match *owner {
            Owner::User(number) => {
                let user = reader.user_by_id(account(), owner.id())?.unwrap();
                assert_eq!(user.boundary, boundary);
                let permissions = reader.user_permissions(account(), user.id)?.unwrap();
                let groups = model.members.iter().filter(|(_, user)| *user == number);
                assert_eq!(permissions.groups.len(), groups.count());
                assert_eq!(permissions.boundary.is_some(), boundary.is_some());
                (user.attached_policy_count, user.inline_policy_count)
            }
            Owner::Group(number) => {
                let group = reader.group_by_id(account(), owner.id())?.unwrap();
                let members = model.members.iter().filter(|(group, _)| *group == number);
                assert_eq!(group.member_count as usize, members.count());
                (group.attached_policy_count, group.inline_policy_count)
            }
            Owner::Role(_) => {
                let permissions = reader.role_permissions(account(), owner.id())?.unwrap();
                let (role, policies) = (permissions.role, permissions.policies.len());
                assert_eq!(role.boundary, boundary);
                assert_eq!(permissions.boundary.is_some(), boundary.is_some());
                assert_eq!(policies, has.attached.len() + has.inline.len());
                (role.attached_policy_count, role.inline_policy_count)
            }
        };
        assert_eq!(counts, (has.attached.len() as u32, has.inline.len() as u32));
    }
    for (number, versions) in &model.policies {
        let policy = reader.policy_by_id(account(), policy_id(*number))?.unwrap();
        let counts = (policy.attachment_count as usize, policy.boundary_count as usize);
        assert_eq!(counts, model.uses(*number));
        assert_eq!(policy.default_version.number(), versions.default);
        assert_eq!(policy.version_count as usize, versions.present.len());
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]
    #[test]
    fn the_store_answers_about_permissions_as_the_model_does(
        steps in proptest::collection::vec(step(), 1..120)
    ) {
        let database = Sqlite::in_memory().unwrap();
        Database::Main.migrate(&database, "memory".as_ref()).unwrap();
        let random = super::Seeded::new(1);
        let (keyring, row) = Keyring::generate(&MasterKey::generate(&*random), random).unwrap();
        insert_data_key(&database, &row).unwrap();
        let mut batch = Batch::begin(&database).unwrap();
        let mut tx = Tx::new(&database, &keyring, &mut batch);
        furnish(&mut tx).unwrap();
        tx.update_user(account(), user_id(1), &"u1".parse().unwrap(), &"/".parse().unwrap()).unwrap();
        let settings = AccountSettings {
            groups_quota: QUOTA,
            policies_quota: QUOTA,
            attached_policies_quota: QUOTA,
            roles_quota: QUOTA,
            role_attached_policies_quota: QUOTA,
            ..AccountSettings::default()
        };
        tx.set_account_settings(account(), &settings).unwrap();
        let mut model = Model::default();
        model.owners.insert(Owner::User(1), Has::default());
        for step in steps {
            prop_assert_eq!(apply(&mut tx, &step).unwrap(), model.apply(&step), "{:?}", step);
            check(&tx, &model).unwrap();
        }
    }
}
