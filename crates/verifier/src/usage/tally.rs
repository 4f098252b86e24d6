use std::{mem, sync::Arc};

use keystead_types::{AccessKeyId, Timestamp, limits};

use super::{DayRequests, KeyUsage, LastUse, SourceUse, Use};

/// The use of one key while it is counted. What each request touches lies in one piece of memory.
pub(super) struct Tally {
    id: AccessKeyId,
    last: LastUse,
    today: DayRequests,
    /// Other days, ascending.
    other_days: Vec<DayRequests>,
    /// The source of the latest request; `None` where sources are not kept for want of memory.
    recent: Option<Source>,
    others: Vec<Source>,
}

struct Source {
    fingerprint: u64,
    seen: SourceUse,
}

impl Tally {
    /// Starts with a first use, without its source.
    pub(super) fn new(id: AccessKeyId, seen: &Use<'_>) -> Self {
        Self {
            id,
            last: LastUse {
                at: seen.at,
                scope: Arc::clone(seen.scope),
            },
            today: DayRequests {
                day: seen.at.day(),
                count: 1,
            },
            other_days: Vec::new(),
            recent: None,
            others: Vec::new(),
        }
    }

    /// Goes on where a batch ended that was not written down.
    pub(super) fn resume(usage: KeyUsage, fingerprint: impl Fn(&SourceUse) -> u64) -> Self {
        let mut other_days = usage.requests;
        let today = other_days.pop().unwrap_or(DayRequests {
            day: usage.last.at.day(),
            count: 0,
        });
        let mut others: Vec<_> = usage
            .sources
            .into_iter()
            .map(|seen| Source {
                fingerprint: fingerprint(&seen),
                seen,
            })
            .collect();
        Self {
            id: usage.access_key_id,
            last: usage.last,
            today,
            other_days,
            recent: others.pop(),
            others,
        }
    }

    pub(super) fn finish(self) -> KeyUsage {
        let mut requests = self.other_days;
        add_requests(&mut requests, self.today);
        let sources = self.others.into_iter().chain(self.recent);
        KeyUsage {
            access_key_id: self.id,
            last: self.last,
            requests,
            sources: sources.map(|source| source.seen).collect(),
        }
    }

    /// What has been counted so far.
    pub(super) fn so_far(&self) -> KeyUsage {
        let mut requests = self.other_days.clone();
        add_requests(&mut requests, self.today);
        let sources = self.others.iter().chain(&self.recent);
        KeyUsage {
            access_key_id: self.id,
            last: self.last.clone(),
            requests,
            sources: sources.map(|source| source.seen.clone()).collect(),
        }
    }

    pub(super) fn id(&self) -> AccessKeyId {
        self.id
    }

    pub(super) fn last(&self) -> &LastUse {
        &self.last
    }

    /// Counts a further use, without its source.
    pub(super) fn count(&mut self, seen: &Use<'_>) {
        // Requests that run side by side may be counted out of order.
        if seen.at >= self.last.at {
            self.last.at = seen.at;
            if !Arc::ptr_eq(&self.last.scope, seen.scope) {
                self.last.scope = Arc::clone(seen.scope);
            }
        }
        self.add_requests(DayRequests {
            day: seen.at.day(),
            count: 1,
        });
    }

    /// Notes that a known source was seen again, or tells that it is not known.
    pub(super) fn touch_source(&mut self, fingerprint: u64, at: Timestamp) -> bool {
        let Some(recent) = &mut self.recent else {
            return false;
        };
        if recent.fingerprint != fingerprint {
            let known = self
                .others
                .iter_mut()
                .find(|source| source.fingerprint == fingerprint);
            let Some(source) = known else {
                return false;
            };
            mem::swap(recent, source);
        }
        recent.seen.last_used = recent.seen.last_used.max(at);
        true
    }

    /// Notes a source that is not yet known; returns the one that had to make room for it.
    pub(super) fn add_source(&mut self, fingerprint: u64, seen: SourceUse) -> Option<SourceUse> {
        let source = Source { fingerprint, seen };
        let Some(recent) = &mut self.recent else {
            self.recent = Some(source);
            return None;
        };
        if self.others.len() + 1 < limits::USAGE_SOURCES_PER_KEY {
            self.others.push(mem::replace(recent, source));
            return None;
        }
        let oldest = self
            .others
            .iter_mut()
            .min_by_key(|source| source.seen.last_used)?;
        if oldest.seen.last_used > source.seen.last_used {
            return Some(source.seen);
        }
        let displaced = mem::replace(oldest, mem::replace(recent, source));
        Some(displaced.seen)
    }

    /// Takes in an earlier record of the same key, except for the sources, which it gives back.
    pub(super) fn absorb(&mut self, earlier: KeyUsage) -> Vec<SourceUse> {
        if earlier.last.at > self.last.at {
            self.last = earlier.last;
        }
        for requests in earlier.requests {
            self.add_requests(requests);
        }
        earlier.sources
    }

    fn add_requests(&mut self, more: DayRequests) {
        if more.day == self.today.day {
            self.today.count += more.count;
        } else if more.day < self.today.day {
            add_requests(&mut self.other_days, more);
        } else {
            let past = mem::replace(&mut self.today, more);
            add_requests(&mut self.other_days, past);
        }
    }
}

fn add_requests(days: &mut Vec<DayRequests>, more: DayRequests) {
    match days.binary_search_by_key(&more.day, |requests| requests.day) {
        Ok(position) => {
            if let Some(requests) = days.get_mut(position) {
                requests.count += more.count;
            }
        }
        Err(position) => days.insert(position, more),
    }
    // A store that has refused every flush for so long would not keep these days either.
    if days.len() > limits::USAGE_DAYS_PER_KEY as usize {
        days.remove(0);
    }
}
