//! Accounts as they come to be: users with keys, groups and policies, and the audit events of what they did. Two of
//! different sizes have some users, groups and policies in common, so that pages about these show the same in both.

mod entities;
mod events;

pub(crate) use events::{FREQUENT_OPERATION, RARE_OPERATION};

use std::path::PathBuf;

use keystead_types::{
    AccessKeyId, AccountId, Identity, Path as UserPath, Principal, SECONDS_PER_DAY, Timestamp, UniqueId,
    UniqueIdKind, UserIdentity, UserName,
};

use crate::{
    Context, Result,
    data_directory::{self, account, open},
    dataset::{Scattered, key},
    requests::now_seconds,
};

/// Changes when worlds are filled otherwise than before.
const LOADER_VERSION: u32 = 1;
/// The events of a world lie in the days before it was filled.
const EVENT_DAYS: i64 = 30;
/// A world is filled anew before any of its events is so old that the server would remove it.
const PERIOD_SECONDS: i64 = 30 * SECONDS_PER_DAY;

/// A user who has as much in a large world as in a small one, its events included.
pub(crate) const ORDINARY_USER: usize = 0;
/// A user with a third of all events.
pub(crate) const BUSY_USER: usize = 1;
/// Access keys that a user can have; not all have so many.
const KEYS_PER_USER: usize = 2;

/// How much there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Size {
    pub(crate) users: usize,
    pub(crate) groups: usize,
    pub(crate) policies: usize,
    pub(crate) roles: usize,
    pub(crate) events: usize,
}

/// What a world is made from. Everything in it follows from this.
#[derive(Clone, Copy, Debug)]
pub(crate) struct World {
    pub(crate) account: AccountId,
    pub(crate) size: Size,
    /// The moment after the last event.
    pub(crate) until: Timestamp,
}

impl World {
    /// The world of a size, and its directory: a kept one, or a new one.
    pub(crate) fn of(context: &Context, size: Size) -> Result<(Self, PathBuf)> {
        let period = now_seconds()? / PERIOD_SECONDS;
        let world = |account| Self {
            account,
            size,
            until: Timestamp::from_seconds(period * PERIOD_SECONDS),
        };
        let name = format!("world-{}-users-{}-events-{period}", size.users, size.events);
        let directory = data_directory::kept(context, &name, LOADER_VERSION, |fresh| {
            eprintln!(
                "  filling a world of {} users and {} events",
                size.users, size.events
            );
            let store = open(fresh)?;
            let world = world(account(&store)?);
            entities::fill(&store, world)?;
            events::fill(&store, world)
        })?;
        Ok((world(account(&open(&directory)?)?), directory))
    }

    /// What a user is called.
    pub(crate) fn user_name(number: usize) -> String {
        const FIRST: [&str; 20] = [
            "ada",
            "alan",
            "barbara",
            "claude",
            "donald",
            "edsger",
            "frances",
            "grace",
            "hedy",
            "ivan",
            "jean",
            "katherine",
            "leslie",
            "margaret",
            "niklaus",
            "ole",
            "radia",
            "shafi",
            "tony",
            "whitfield",
        ];
        const LAST: [&str; 25] = [
            "lovelace",
            "turing",
            "liskov",
            "shannon",
            "knuth",
            "dijkstra",
            "allen",
            "hopper",
            "lamarr",
            "sutherland",
            "bartik",
            "johnson",
            "lamport",
            "hamilton",
            "wirth",
            "dahl",
            "perlman",
            "goldwasser",
            "hoare",
            "diffie",
            "backus",
            "church",
            "floyd",
            "karp",
            "milner",
        ];
        let (first, last) = (FIRST[number % 20], LAST[number / 20 % 25]);
        match number / 500 {
            0 => format!("{first}.{last}"),
            more => format!("{first}{more}.{last}"),
        }
    }

    /// What a group is called.
    pub(crate) fn group_name(number: usize) -> String {
        format!("team-{number:03}")
    }

    /// What a policy is called.
    pub(crate) fn policy_name(number: usize) -> String {
        format!("bucket-access-{number:03}")
    }

    /// What a role is called.
    pub(crate) fn role_name(number: usize) -> String {
        format!("deploy-{number:03}")
    }

    /// A user's key; the second one is there for every other user.
    pub(crate) fn key_id(self, user: usize, which: usize) -> AccessKeyId {
        key(self.account, user * KEYS_PER_USER + which).0
    }

    /// The moment at this share of the time that the events take.
    pub(crate) fn moment(self, share: f64) -> Timestamp {
        let seconds = EVENT_DAYS * SECONDS_PER_DAY;
        let before = ((1.0 - share) * seconds as f64) as i64;
        Timestamp::from_seconds(self.until.seconds() - before)
    }

    fn id(self, kind: UniqueIdKind, number: usize) -> UniqueId {
        UniqueId::generate(kind, self.account, &Scattered(number))
    }

    fn principal(self, user: usize) -> Result<Principal> {
        let name: UserName = Self::user_name(user).parse().map_err(|_| "an invalid name")?;
        Ok(Principal {
            account: self.account,
            identity: Identity::User(UserIdentity {
                id: self.id(UniqueIdKind::User, user),
                name,
                path: UserPath::default(),
            }),
        })
    }
}

#[cfg(test)]
mod tests {
    use keystead_store::{AccountSettings, AuditCaller, AuditQuery};

    use super::*;
    use crate::data_directory::{blocking, write};

    #[test]
    fn users_have_names_of_their_own() {
        let names = (0..5000).map(World::user_name);
        assert_eq!(names.collect::<std::collections::HashSet<_>>().len(), 5000);
    }

    #[test]
    fn what_a_small_world_is_to_have_is_there() {
        let directory = tempfile::tempdir().unwrap();
        let store = open(directory.path()).unwrap();
        let world = World {
            account: AccountId::new(123_456_789_012).unwrap(),
            size: Size {
                users: 10,
                groups: 3,
                policies: 3,
                roles: 2,
                events: 100,
            },
            until: Timestamp::from_seconds(1_767_225_600),
        };
        let account = world.account;
        write(&store, move |tx| {
            tx.insert_account(account, &AccountSettings::default(), world.until)
        })
        .unwrap();
        entities::fill(&store, world).unwrap();
        events::fill(&store, world).unwrap();
        let events = |caller| {
            let query = AuditQuery {
                account,
                from: world.moment(0.0),
                until: world.until,
                after: None,
                arrived_after: None,
                access_key: None,
                caller,
                operation: None,
                outcome: None,
                limit: usize::MAX,
            };
            blocking(store.audit_events(query)).unwrap().unwrap().records
        };
        assert_eq!(events(None).len(), 100);
        let ordinary = world.id(UniqueIdKind::User, ORDINARY_USER).to_string();
        assert_eq!(events(Some(AuditCaller::Id(ordinary))).len(), 50);
        let read = store.read(move |reader| {
            let users = reader.users_page(account, "", "", 100)?.users;
            let used = reader.access_key_last_use(account, world.key_id(ORDINARY_USER, 0))?;
            Ok::<_, keystead_store::StoreError>((users, used))
        });
        let (users, used) = blocking(read).unwrap().unwrap();
        assert_eq!(users.len(), 10);
        assert!(
            users
                .iter()
                .all(|user| user.key_count > 0 && user.group_count == 2)
        );
        assert!(used.is_some());
    }
}
