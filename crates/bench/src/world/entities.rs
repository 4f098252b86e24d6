//! Users, keys, groups, policies and roles.

use keystead_store::{
    AccountSettings, AddUserToGroup, AttachPolicy, DayUseRecord, InlinePolicyRecord, InsertAccessKey,
    InsertGroup, InsertLoginProfile, InsertPolicy, InsertRole, InsertUser, KeyOwner, LastUseRecord,
    NewAccessKey, NewGroup, NewPolicy, NewRole, NewUser, PutInlinePolicy, PutTags, SourceUseRecord, Store,
    StoreError, TagRecord, TrustPolicy, Tx, UsageRecord,
};
use keystead_types::{AccessKeyStatus, Path as UserPath, SECONDS_PER_DAY, Timestamp, UniqueIdKind, limits};

use super::{KEYS_PER_USER, World};
use crate::{
    Result,
    data_directory::{blocking, write},
    dataset::key,
};

const USERS_PER_TRANSACTION: usize = 500;
/// Groups that every user is in.
const GROUPS_PER_USER: usize = 2;
const DAYS_OF_USE: i64 = 30;

/// As long as a real one. Nobody signs in with it.
const PASSWORD_HASH: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$bm90IGEgcmVhbCBzYWx0$bm90IHRoZSBoYXNoIG9mIGFueSBwYXNzd29yZCBhdCBhbGw";

const INLINE_POLICY: &str = r#"{"Version": "2012-10-17", "Statement": [
{"Sid": "Own", "Effect": "Allow", "Action": ["iam:GetUser", "iam:ListAccessKeys"], "Resource": "arn:aws:iam::*:user/${aws:username}"},
{"Sid": "Here", "Effect": "Deny", "Action": "iam:*", "Resource": "*", "Condition": {"NotIpAddress": {"aws:SourceIp": "10.0.0.0/8"}}}
]}"#;

const TRUST_POLICY: &str = r#"{"Version": "2012-10-17", "Statement": [
{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ec2.amazonaws.com"}}
]}"#;

type Stored = std::result::Result<bool, StoreError>;

pub(super) fn fill(store: &Store, world: World) -> Result<()> {
    let size = world.size;
    write(store, move |tx| {
        // The users, and the administrator of the first start.
        let settings = AccountSettings {
            users_quota: size.users as u32 + 1,
            ..AccountSettings::default()
        };
        Ok(tx.set_account_settings(world.account, &settings)?
            && (0..size.policies)
                .try_fold(true, |stored, number| Ok(policy(tx, world, number)? && stored))?
            && (0..size.groups).try_fold(true, |stored, number| Ok(group(tx, world, number)? && stored))?
            && (0..size.roles).try_fold(true, |stored, number| Ok(role(tx, world, number)? && stored))?)
    })?;
    for first in (0..size.users).step_by(USERS_PER_TRANSACTION) {
        let numbers = first..size.users.min(first + USERS_PER_TRANSACTION);
        write(store, move |tx| {
            let mut numbers = numbers.clone();
            numbers.try_fold(true, |stored, number| Ok(user(tx, world, number)? && stored))
        })?;
    }
    let uses: Vec<_> = (0..size.users).filter_map(|user| usage(world, user)).collect();
    for uses in uses.chunks(limits::USAGE_RECORDS_PER_WRITE_MAX) {
        blocking(store.add_usage(uses.to_vec()))??;
    }
    Ok(())
}

fn policy(tx: &mut Tx<'_>, world: World, number: usize) -> Stored {
    let policy = NewPolicy {
        account: world.account,
        id: world.id(UniqueIdKind::Policy, number),
        name: named(&World::policy_name(number))?,
        path: UserPath::default(),
        description: Some("Reads and writes one bucket".to_owned()),
        document: format!(
            r#"{{"Version": "2012-10-17", "Statement": {{"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": "arn:aws:s3:::bucket-{number}/*"}}}}"#
        ),
        created_at: long_ago(world),
    };
    Ok(tx.insert_policy(&policy)? == InsertPolicy::Created)
}

fn group(tx: &mut Tx<'_>, world: World, number: usize) -> Stored {
    let id = world.id(UniqueIdKind::Group, number);
    let group = NewGroup {
        account: world.account,
        id,
        name: named(&World::group_name(number))?,
        path: UserPath::default(),
        created_at: long_ago(world),
    };
    let policy = world.id(UniqueIdKind::Policy, number % world.size.policies);
    Ok(tx.insert_group(&group)? == InsertGroup::Created
        && tx.attach_policy(world.account, id, policy)? == AttachPolicy::Attached)
}

fn role(tx: &mut Tx<'_>, world: World, number: usize) -> Stored {
    let id = world.id(UniqueIdKind::Role, number);
    let role = NewRole {
        account: world.account,
        id,
        name: named(&World::role_name(number))?,
        path: UserPath::default(),
        description: Some("Deploys one service".to_owned()),
        trust_policy: TrustPolicy {
            document: TRUST_POLICY.to_owned(),
            document_with_ids: TRUST_POLICY.to_owned(),
        },
        session_seconds_max: 3600,
        created_at: long_ago(world),
    };
    let policy = world.id(UniqueIdKind::Policy, number % world.size.policies);
    Ok(tx.insert_role(&role)? == InsertRole::Created
        && tx.attach_policy(world.account, id, policy)? == AttachPolicy::Attached)
}

/// A user with one key or two, a policy of its own, an attached one and two groups. Every third has a password.
fn user(tx: &mut Tx<'_>, world: World, number: usize) -> Stored {
    let (account, id) = (world.account, world.id(UniqueIdKind::User, number));
    let user = NewUser {
        account,
        id,
        name: named(&World::user_name(number))?,
        path: UserPath::default(),
        created_at: long_ago(world),
    };
    let inline = InlinePolicyRecord {
        name: named("own-credentials")?,
        document: INLINE_POLICY.to_owned(),
    };
    let tag = |key: &str, value: String| TagRecord {
        key: key.to_owned(),
        value,
    };
    let tags = [
        tag("team", World::group_name(number % world.size.groups)),
        tag("cost-center", format!("{}", 1000 + number % 40)),
    ];
    let attached = world.id(UniqueIdKind::Policy, number % world.size.policies);
    let mut stored = tx.insert_user(&user)? == InsertUser::Created
        && tx.put_inline_policy(account, id, &inline, INLINE_POLICY.len() as u32)? == PutInlinePolicy::Stored
        && tx.attach_policy(account, id, attached)? == AttachPolicy::Attached
        && tx.put_tags(account, id, &tags)? == PutTags::Stored;
    for group in 0..GROUPS_PER_USER {
        let group = world.id(UniqueIdKind::Group, (number + group) % world.size.groups);
        stored &= tx.add_user_to_group(account, group, id)? == AddUserToGroup::Added;
    }
    if number.is_multiple_of(3) {
        let made = tx.insert_login_profile(account, id, PASSWORD_HASH, false, long_ago(world))?;
        stored &= made == InsertLoginProfile::Created;
    }
    for which in 0..keys_of(number) {
        let (id, secret) = key(account, number * KEYS_PER_USER + which);
        let key = NewAccessKey {
            id,
            account,
            owner: KeyOwner::User(user.id),
            status: AccessKeyStatus::Active,
            created_at: match which {
                0 => long_ago(world),
                _ => days_before(world, 40),
            },
        };
        stored &= tx.insert_access_key(&key, &secret)? == InsertAccessKey::Created;
    }
    Ok(stored)
}

/// What a user's first key was used for; every seventh was never used.
fn usage(world: World, user: usize) -> Option<UsageRecord> {
    if user % 7 == 6 {
        return None;
    }
    let at = days_before(world, (user % 5) as i64);
    let today = at.seconds() / SECONDS_PER_DAY;
    let days = (0..DAYS_OF_USE).map(|ago| DayUseRecord {
        day: today - ago,
        requests: 1 + (user as u64 + ago as u64) % 90,
    });
    let sources = (0..3).map(|which| SourceUseRecord {
        service: "iam".to_owned(),
        region: "us-east-1".to_owned(),
        source_address: format!("10.{which}.{}.{}", user / 256, user % 256),
        user_agent: "aws-cli/2.31.9".to_owned(),
        last_used_at: at,
    });
    Some(UsageRecord {
        access_key: world.key_id(user, 0),
        last: LastUseRecord {
            at,
            service: "iam".to_owned(),
            region: "us-east-1".to_owned(),
        },
        days: days.collect(),
        sources: sources.collect(),
    })
}

/// How many keys a user has.
pub(super) fn keys_of(user: usize) -> usize {
    1 + (user + 1) % KEYS_PER_USER
}

/// When most was made: long enough ago that keys count as old.
fn long_ago(world: World) -> Timestamp {
    days_before(world, 200)
}

fn days_before(world: World, days: i64) -> Timestamp {
    Timestamp::from_seconds(world.until.seconds() - days * SECONDS_PER_DAY)
}

fn named<T: std::str::FromStr>(name: &str) -> std::result::Result<T, StoreError> {
    name.parse()
        .map_err(|_| StoreError::Failed("the loader made an invalid name".into()))
}
