//! Who did what: the audit events of the caller's account.

use keystead_store::{
    AuditCaller, AuditEnd, AuditOutcome, AuditPosition, AuditQuery, AuditRecord, Store, StoreError,
};
use keystead_types::{AccessKeyId, AccountId, Timestamp, UserName};
use keystead_verifier::{Action, Authenticated};
use keystead_wire::ApiError;
use serde::Deserialize;

use super::Overview;
use crate::{Asked, Context, operation::Refusal};

/// CloudTrail's action for the same. It is decided on `*`, as on AWS.
const LOOKUP_EVENTS: Action = Action::new("cloudtrail:LookupEvents");

/// Which events are wanted. All that is given must hold.
#[derive(Clone, Debug, Default)]
pub struct EventFilter {
    /// The id of the key that signed.
    pub access_key: Option<String>,
    /// Who called: a user's name, a user's unique id, a role's session as `AROA…:NAME`, or the account's id for root.
    /// A user who is there is found under every name that it had; one who is gone, under the name of each call.
    pub user: Option<String>,
    /// The operation's name.
    pub operation: Option<String>,
    /// How the call ended.
    pub outcome: Option<AuditOutcome>,
    /// Not before this moment.
    pub from: Option<Timestamp>,
    /// Before this moment.
    pub until: Option<Timestamp>,
    /// Recorded since then: a page's `end`.
    pub arrived_after: Option<AuditEnd>,
}

/// A page of events, latest first.
#[derive(Clone, Debug)]
pub struct EventPage {
    /// The events.
    pub events: Vec<Event>,
    /// Where to look further back, if there may be more: a page can be short, or empty, and still have this.
    pub next: Option<String>,
    /// How far events had been recorded.
    pub end: AuditEnd,
}

/// A call, as it was recorded.
#[derive(Clone, Debug)]
pub struct Event {
    /// When it came.
    pub time: Timestamp,
    /// The event's own id.
    pub id: String,
    /// The id that the call was answered with.
    pub request_id: String,
    /// The operation.
    pub operation: String,
    /// The service, such as `iam.amazonaws.com`.
    pub source: String,
    /// Who called.
    pub caller: EventCaller,
    /// The key that signed, or was claimed to.
    pub access_key: Option<String>,
    /// The region that the call was signed for; empty when that is not known.
    pub region: String,
    /// The client's address.
    pub address: String,
    /// The client's name for itself.
    pub user_agent: String,
    /// How it ended.
    pub outcome: AuditOutcome,
    /// The code of the error that it was answered with.
    pub error_code: Option<String>,
    /// The error's text.
    pub error_message: Option<String>,
    /// Calls that this event stands for.
    pub count: u64,
    /// The whole record, as JSON in CloudTrail's shape, with what was asked and answered.
    pub record: String,
}

/// Who called.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EventCaller {
    /// CloudTrail's word: `IAMUser`, `Root`, `AssumedRole`, `FederatedUser`; `Unknown` when it was not established.
    #[serde(rename = "type")]
    pub kind: String,
    /// A user's unique id, `AROA…:NAME` of a role's session, or the account's id for root.
    pub principal_id: Option<String>,
    /// Its ARN, as it was then.
    pub arn: Option<String>,
    /// A user's name, as it was then.
    pub user_name: Option<String>,
}

impl Overview<'_> {
    /// Events of the caller's account, latest first, as `filter` has them and after the position `after` (a page's
    /// `next`, or nothing). Events that come meanwhile do not move positions.
    ///
    /// # Errors
    ///
    /// AccessDenied without `cloudtrail:LookupEvents`, a position that no page gave, or the store's failure.
    pub async fn events(
        &self,
        caller: &Authenticated,
        context: &Context,
        asked: &mut Asked,
        filter: &EventFilter,
        after: Option<&str>,
        limit: usize,
    ) -> Result<EventPage, ApiError> {
        self.authority
            .allow(LOOKUP_EVENTS, caller, context, asked)
            .await?;
        let after = after.map(str::parse).transpose();
        let after = after.map_err(|_| ApiError::invalid_marker())?;
        let found = page(
            self.authority.store(),
            caller.principal().account,
            filter,
            after,
            limit,
        )
        .await;
        found.map_err(|error| Refusal::Store(error).into())
    }
}

async fn page(
    store: &Store,
    account: AccountId,
    filter: &EventFilter,
    after: Option<AuditPosition>,
    limit: usize,
) -> Result<EventPage, StoreError> {
    let access_key: Option<AccessKeyId> = match &filter.access_key {
        None => None,
        Some(id) => match id.parse() {
            Ok(id) => Some(id),
            // No call is recorded with an id that no key can have.
            Err(_) => {
                return Ok(EventPage {
                    events: Vec::new(),
                    next: None,
                    end: AuditEnd::default(),
                });
            }
        },
    };
    let who = match &filter.user {
        Some(user) => Some(who(store, account, user).await?),
        None => None,
    };
    let query = AuditQuery {
        account,
        from: filter.from.unwrap_or(Timestamp::from_seconds(0)),
        until: filter.until.unwrap_or(Timestamp::from_seconds(i64::MAX)),
        after,
        arrived_after: filter.arrived_after,
        access_key,
        caller: who,
        operation: filter.operation.clone(),
        outcome: filter.outcome,
        limit,
    };
    let found = store.audit_events(query).await?;
    let events = found.records.into_iter().map(Event::read);
    Ok(EventPage {
        events: events.collect::<Result<_, _>>()?,
        next: found.next.map(|position| position.to_string()),
        end: found.end,
    })
}

/// Who is meant by a name or an id.
async fn who(store: &Store, account: AccountId, text: &str) -> Result<AuditCaller, StoreError> {
    let Ok(name) = text.parse::<UserName>() else {
        // A session's id has a colon, which no name has.
        return Ok(AuditCaller::Id(text.to_owned()));
    };
    let looked_up = name.clone();
    let user = store
        .read(move |reader| reader.user_by_name(account, &looked_up))
        .await?;
    Ok(match user {
        Some(user) => AuditCaller::Id(user.id.to_string()),
        None if is_id(text) => AuditCaller::Id(text.to_owned()),
        None => AuditCaller::Name(name),
    })
}

/// Whether it is a user's unique id, or an account's.
fn is_id(text: &str) -> bool {
    text.parse::<keystead_types::UniqueId>().is_ok() || text.parse::<AccountId>().is_ok()
}

impl Event {
    fn read(stored: AuditRecord) -> Result<Self, StoreError> {
        /// The members that have a field of their own.
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Record {
            user_identity: EventCaller,
            event_source: String,
            aws_region: String,
            #[serde(rename = "sourceIPAddress")]
            source_ip_address: String,
            user_agent: String,
            error_code: Option<String>,
            error_message: Option<String>,
            #[serde(rename = "requestID")]
            request_id: String,
            #[serde(rename = "eventID")]
            event_id: String,
            #[serde(default = "one")]
            count: u64,
        }

        let record: Record = serde_json::from_str(&stored.record)
            .map_err(|_| StoreError::Unreadable("an audit event is not in CloudTrail's shape".into()))?;
        Ok(Self {
            time: stored.position.time(),
            id: record.event_id,
            request_id: record.request_id,
            operation: stored.operation,
            source: record.event_source,
            caller: record.user_identity,
            access_key: Some(stored.access_key).filter(|key| !key.is_empty()),
            region: record.aws_region,
            address: record.source_ip_address,
            user_agent: record.user_agent,
            outcome: stored.outcome,
            error_code: record.error_code,
            error_message: record.error_message,
            count: record.count,
            record: stored.record,
        })
    }
}

fn one() -> u64 {
    1
}
