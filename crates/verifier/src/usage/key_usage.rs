use std::{net::IpAddr, sync::Arc};

use keystead_types::{AccessKeyId, Timestamp, limits};

use crate::authenticated::Scope;

/// What was seen of one access key since the last flush, to be merged into what is written down.
#[derive(Clone, Debug)]
pub struct KeyUsage {
    access_key_id: AccessKeyId,
    last: LastUse,
    requests: Vec<DayRequests>,
    sources: Vec<SourceUse>,
}

/// The most recent use of an access key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastUse {
    at: Timestamp,
    scope: Arc<Scope>,
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
    last_used: Timestamp,
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
    /// Starts with a first use, without its source.
    pub(crate) fn new(access_key_id: AccessKeyId, scope: &Arc<Scope>, at: Timestamp) -> Self {
        Self {
            access_key_id,
            last: LastUse {
                at,
                scope: Arc::clone(scope),
            },
            requests: vec![DayRequests {
                day: at.day(),
                count: 1,
            }],
            sources: Vec::new(),
        }
    }

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

    /// Counts a further use of the key, without its source.
    pub(crate) fn count(&mut self, scope: &Arc<Scope>, at: Timestamp) {
        self.last.update(scope, at);
        self.add_requests(DayRequests {
            day: at.day(),
            count: 1,
        });
    }

    /// Notes that a known source was seen again, or tells that it is not known.
    pub(crate) fn touch_source(&mut self, seen: &Use<'_>) -> bool {
        let Some(position) = self.sources.iter().position(|source| source.is(seen)) else {
            return false;
        };
        if let Some(source) = self.sources.get_mut(position) {
            source.last_used = source.last_used.max(seen.at);
            // The cache's own copy makes the next comparison one of pointers.
            if !Arc::ptr_eq(&source.scope, seen.scope) {
                source.scope = Arc::clone(seen.scope);
            }
        }
        // A client sends its requests in a row: it is looked for first next time.
        self.sources.swap(0, position);
        true
    }

    /// Notes a source that is not yet known; returns the one that had to make room for it.
    pub(crate) fn add_source(&mut self, source: SourceUse) -> Option<SourceUse> {
        if self.sources.len() < limits::USAGE_SOURCES_PER_KEY {
            self.sources.push(source);
            return None;
        }
        let oldest = self.sources.iter_mut().min_by_key(|source| source.last_used)?;
        if oldest.last_used > source.last_used {
            return Some(source);
        }
        Some(std::mem::replace(oldest, source))
    }

    /// Takes in an earlier record of the same key, except for the sources, which it gives back.
    pub(crate) fn absorb(&mut self, earlier: KeyUsage) -> Vec<SourceUse> {
        self.last.update(&earlier.last.scope, earlier.last.at);
        for requests in earlier.requests {
            self.add_requests(requests);
        }
        earlier.sources
    }

    fn add_requests(&mut self, more: DayRequests) {
        if let Some(today) = self.requests.last_mut()
            && today.day == more.day
        {
            today.count += more.count;
            return;
        }
        match self
            .requests
            .binary_search_by_key(&more.day, |requests| requests.day)
        {
            Ok(position) => {
                if let Some(requests) = self.requests.get_mut(position) {
                    requests.count += more.count;
                }
            }
            Err(position) => self.requests.insert(position, more),
        }
        // A store that has refused every flush for so long would not keep these days either.
        if self.requests.len() > limits::USAGE_DAYS_PER_KEY as usize {
            self.requests.remove(0);
        }
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

    fn update(&mut self, scope: &Arc<Scope>, at: Timestamp) {
        // Requests that run side by side may be counted out of order.
        if at < self.at {
            return;
        }
        self.at = at;
        if !Arc::ptr_eq(&self.scope, scope) {
            self.scope = Arc::clone(scope);
        }
    }
}

impl SourceUse {
    pub(crate) fn new(seen: &Use<'_>) -> Self {
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
    pub(crate) fn bytes(&self) -> usize {
        size_of::<Self>() + self.user_agent.len()
    }

    pub(crate) fn as_use(&self) -> Use<'_> {
        Use {
            scope: &self.scope,
            address: self.address,
            user_agent: &self.user_agent,
            at: self.last_used,
        }
    }

    fn is(&self, seen: &Use<'_>) -> bool {
        let same_scope = Arc::ptr_eq(&self.scope, seen.scope)
            || (self.scope.service == seen.scope.service && self.scope.region == seen.scope.region);
        same_scope && self.address == seen.address && *self.user_agent == *kept_user_agent(seen.user_agent)
    }
}

/// The part of a user agent that is kept.
fn kept_user_agent(user_agent: &str) -> &str {
    let mut end = user_agent.len().min(limits::USER_AGENT_BYTES_MAX);
    while !user_agent.is_char_boundary(end) {
        end -= 1;
    }
    user_agent.get(..end).unwrap_or_default()
}
