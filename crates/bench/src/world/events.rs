//! Who did what: the audit events of a world.

use std::{borrow::Cow, net::IpAddr, sync::Arc};

use keystead_store::{AuditElements, AuditEvent, Call, Store};
use keystead_types::{Principal, RequestId, SECONDS_PER_DAY, Timestamp};

use super::{BUSY_USER, EVENT_DAYS, ORDINARY_USER, World, entities::keys_of};
use crate::{
    Result,
    data_directory::{blocking, write},
    random::{Seeded, drawn},
    requests::REGION,
};

/// Events of the ordinary user, more than a page shows.
const EVENTS_OF_ORDINARY_USER: usize = 50;
/// Events that are written together.
const EVENTS_PER_WRITE: usize = 5_000;
const USER_AGENT: &str = "aws-cli/2.31.9 md/awscrt#0.27.6 ua/2.1 os/linux md/arch#x86_64 lang/python#3.13.7";
const DENIAL: &str =
    "is not authorized to perform the operation because no identity-based policy allows the action";

/// What is called most.
pub(crate) const FREQUENT_OPERATION: &str = "GetUser";
/// What is seldom called by anybody, and by the busy user in a large world as by others.
pub(crate) const RARE_OPERATION: &str = "ListVirtualMFADevices";

const READS: [&str; 6] = [
    FREQUENT_OPERATION,
    FREQUENT_OPERATION,
    "ListUsers",
    "ListAccessKeys",
    "GetAccountSummary",
    "ListAttachedUserPolicies",
];
const CHANGES: [&str; 4] = ["TagUser", "UpdateAccessKey", "PutUserPolicy", "AttachUserPolicy"];

/// One event, before it is written.
#[derive(Clone, Copy)]
struct Told {
    number: usize,
    user: usize,
    time: Timestamp,
    operation: &'static str,
    is_change: bool,
    error: Option<(&'static str, &'static str)>,
}

pub(super) fn fill(store: &Store, world: World) -> Result<()> {
    let principals = (0..world.size.users).map(|user| world.principal(user).map(Arc::new));
    let principals: Arc<[Arc<Principal>]> = principals.collect::<Result<_>>()?;
    for first in (0..world.size.events).step_by(EVENTS_PER_WRITE) {
        let numbers = first..world.size.events.min(first + EVENTS_PER_WRITE);
        let told: Vec<Told> = numbers.map(|number| Told::of(world, number)).collect();
        let (changes, others): (Vec<_>, Vec<_>) = told
            .into_iter()
            .partition(|told| told.is_change && told.error.is_none());
        for told in others {
            told.record(store, world, &principals[told.user]);
        }
        let principals = Arc::clone(&principals);
        write(store, move |tx| {
            for told in &changes {
                tx.audit(&told.event(world, &principals[told.user]))?;
            }
            Ok(true)
        })?;
        blocking(store.audit_log().flush())??;
    }
    Ok(())
}

impl Told {
    /// Of the world's events the one with this number, in the order of time. A fifth is denied, a twentieth fails.
    fn of(world: World, number: usize) -> Self {
        let size = world.size;
        let seconds = EVENT_DAYS * SECONDS_PER_DAY;
        let drawn = drawn(number as u64);
        let is_change = drawn.is_multiple_of(5);
        let operation = match (drawn >> 8) as usize {
            drawn if drawn % 5000 == 17 => RARE_OPERATION,
            drawn if is_change => CHANGES[drawn % CHANGES.len()],
            drawn => READS[drawn % READS.len()],
        };
        let of_ordinary_user = (size.events / EVENTS_OF_ORDINARY_USER).max(1);
        let user = match number {
            _ if number.is_multiple_of(of_ordinary_user) => ORDINARY_USER,
            _ if number % 3 == 1 => BUSY_USER,
            _ => 2 + (drawn >> 24) as usize % (size.users - 2),
        };
        Self {
            number,
            user,
            time: Timestamp::from_seconds(
                world.until.seconds() - seconds
                    + (seconds as i128 * number as i128 / size.events as i128) as i64,
            ),
            operation,
            is_change,
            error: match (drawn >> 40) % 20 {
                0..4 => Some(("AccessDenied", DENIAL)),
                4 => Some(("NoSuchEntity", "The user with the given name cannot be found.")),
                _ => None,
            },
        }
    }

    /// Hands a read or a refusal to the log of those.
    fn record(self, store: &Store, world: World, principal: &Arc<Principal>) {
        let call = Call {
            time: self.time,
            request_id: self.id(1),
            account: world.account,
            principal: Some(principal),
            session: None,
            access_key: Some(world.key_id(self.user, self.which_key())),
            event_source: "iam.amazonaws.com",
            operation: self.operation,
            region: REGION,
            source: self.source(),
            user_agent: USER_AGENT,
            error: self.error,
            response_elements: None,
            read_only: !self.is_change,
        };
        store.audit_log().record(&call, || self.parameters());
    }

    /// The event of a change.
    fn event(self, world: World, principal: &Arc<Principal>) -> AuditEvent {
        AuditEvent {
            time: self.time,
            event_id: self.id(0),
            request_id: self.id(1),
            account: world.account,
            principal: Some(Arc::clone(principal)),
            session: None,
            access_key: Some(world.key_id(self.user, self.which_key())),
            event_source: "iam.amazonaws.com".into(),
            operation: self.operation.into(),
            region: REGION.into(),
            source_address: Cow::Owned(self.source().to_string()),
            user_agent: USER_AGENT.into(),
            error: None,
            request_parameters: self.parameters(),
            response_elements: None,
            read_only: false,
        }
    }

    /// Nearly everybody has one key in use.
    fn which_key(self) -> usize {
        match self.number % 16 {
            15 => keys_of(self.user) - 1,
            _ => 0,
        }
    }

    fn source(self) -> IpAddr {
        let number = self.user as u32 % (1 << 16);
        IpAddr::from((0x0a00_0000 | number).to_be_bytes())
    }

    fn parameters(self) -> Option<AuditElements> {
        let user = World::user_name(self.user);
        AuditElements::new(format!(r#"{{"userName":"{user}"}}"#))
    }

    fn id(self, which: u64) -> RequestId {
        RequestId::generate(&Seeded::new(self.number as u64 * 2 + which))
    }
}
