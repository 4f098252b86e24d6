use std::{net::IpAddr, sync::Arc};

use keystead_types::{AccessKeyId, Timestamp, limits, shortened};

use crate::{authenticated::Scope, seed::Seed};

/// What was seen of one access key since the last flush, to be merged into what is written down.
#[derive(Clone, Debug)]
pub struct KeyUsage {
    pub(super) access_key_id: AccessKeyId,
    pub(super) last: LastUse,
    pub(super) requests: Vec<DayRequests>,
    pub(super) sources: Vec<SourceUse>,
}

/// The most recent use of an access key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastUse {
    pub(super) at: Timestamp,
    pub(super) scope: Arc<Scope>,
}

/// How many requests a key signed on one day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DayRequests {
    /// Days since 1970-01-01, as [`Timestamp::day`] counts them.
    pub day: i64,
    /// Verified requests.
    pub count: u64,
}

/// Where and for what a key was used: one distinct (service, region, source address, user agent).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceUse {
    scope: Arc<Scope>,
    address: IpAddr,
    user_agent: Box<str>,
    pub(super) last_used: Timestamp,
}

/// One verified use, as the recorder is told of it.
#[derive(Clone, Copy)]
pub(crate) struct Use<'a> {
    pub(crate) scope: &'a Arc<Scope>,
    pub(crate) address: IpAddr,
    pub(crate) user_agent: &'a str,
    pub(crate) at: Timestamp,
}

impl KeyUsage {
    /// The key.
    pub fn access_key_id(&self) -> AccessKeyId {
        self.access_key_id
    }

    /// Its most recent use.
    pub fn last(&self) -> &LastUse {
        &self.last
    }

    /// Requests by day, to be added to what is written down; the days ascend.
    pub fn requests(&self) -> &[DayRequests] {
        &self.requests
    }

    /// Distinct sources, at most [`limits::USAGE_SOURCES_PER_KEY`], in no order.
    pub fn sources(&self) -> &[SourceUse] {
        &self.sources
    }
}

impl LastUse {
    /// When, in whole seconds.
    pub fn at(&self) -> Timestamp {
        self.at
    }

    /// The service of the credential scope, such as `iam`.
    pub fn service(&self) -> &str {
        &self.scope.service
    }

    /// The region of the credential scope, as the client signed it.
    pub fn region(&self) -> &str {
        &self.scope.region
    }
}

impl SourceUse {
    pub(super) fn new(seen: &Use<'_>) -> Self {
        Self {
            scope: Arc::clone(seen.scope),
            address: seen.address,
            user_agent: kept_user_agent(seen.user_agent).into(),
            last_used: seen.at,
        }
    }

    /// The service of the credential scope.
    pub fn service(&self) -> &str {
        &self.scope.service
    }

    /// The region of the credential scope.
    pub fn region(&self) -> &str {
        &self.scope.region
    }

    /// Where the requests came from.
    pub fn address(&self) -> IpAddr {
        self.address
    }

    /// The client's user agent, its first [`limits::USER_AGENT_BYTES_MAX`] bytes.
    pub fn user_agent(&self) -> &str {
        &self.user_agent
    }

    /// The last time that it was seen.
    pub fn last_used(&self) -> Timestamp {
        self.last_used
    }

    /// Memory that it takes, in bytes.
    pub(super) fn bytes(&self) -> usize {
        size_of::<Self>() + self.user_agent.len()
    }

    pub(super) fn as_use(&self) -> Use<'_> {
        Use {
            scope: &self.scope,
            address: self.address,
            user_agent: &self.user_agent,
            at: self.last_used,
        }
    }
}

impl Use<'_> {
    /// Tells sources apart by a number: to compare texts of a key that was not used lately would
    /// fetch them from memory, at more than all the rest of counting. Two sources that share a number,
    /// once in 2^64, are shown as one.
    pub(super) fn fingerprint(&self, seed: &Seed) -> u64 {
        let address = match self.address {
            IpAddr::V4(address) => address.to_ipv6_mapped().octets(),
            IpAddr::V6(address) => address.octets(),
        };
        let Scope { service, region, .. } = &**self.scope;
        // The lengths part the texts.
        let lengths = [service.len(), region.len()].map(usize::to_le_bytes);
        seed.hash_all(&[
            &address,
            lengths.as_flattened(),
            service.as_bytes(),
            region.as_bytes(),
            kept_user_agent(self.user_agent).as_bytes(),
        ])
    }
}

/// The part of a user agent that is kept.
fn kept_user_agent(user_agent: &str) -> &str {
    shortened(user_agent, limits::USER_AGENT_BYTES_MAX)
}
