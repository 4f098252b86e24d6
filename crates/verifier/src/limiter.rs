use std::net::IpAddr;

use keystead_types::{Random, Timestamp, limits};
use parking_lot::Mutex;

use crate::seed::{Seed, shard_of};

/// Counts the failures of each (source, access key id) in the current minute, in fixed memory.
///
/// It decides on nothing but the wording of a failure: a valid signature never comes here. A pair is
/// known by its keyed hash. Whoever invents pairs can push out counters of less frequent failures, which
/// then start again, and gains nothing else.
pub(crate) struct FailureLimiter {
    seed: Seed,
    groups: Box<[Mutex<Group>]>,
    per_minute_max: u32,
}

type Group = [Counter; GROUP_COUNTERS];

#[derive(Clone, Copy, Default)]
struct Counter {
    pair: u64,
    minute: u32,
    failures: u32,
}

const GROUP_COUNTERS: usize = 8;

impl FailureLimiter {
    pub(crate) fn new(per_minute_max: u32, random: &dyn Random) -> Self {
        let groups = limits::FAILURE_COUNTERS_MAX / GROUP_COUNTERS;
        Self {
            seed: Seed::draw(random),
            groups: (0..groups).map(|_| Mutex::default()).collect(),
            per_minute_max,
        }
    }

    /// Starts every count anew.
    pub(crate) fn clear(&self) {
        for group in &self.groups {
            *group.lock() = Group::default();
        }
    }

    /// Counts a failure; tells whether it is one too many in this minute.
    pub(crate) fn is_too_many(&self, source: IpAddr, access_key_id: &str, now: Timestamp) -> bool {
        let pair = self
            .seed
            .hash_all(&[&subscriber(source), access_key_id.as_bytes()]);
        let minute = now.seconds().div_euclid(60) as u32;
        let Some(group) = self.groups.get(shard_of(pair, self.groups.len())) else {
            return false;
        };
        let mut group = group.lock();
        let known = group
            .iter()
            .position(|counter| counter.pair == pair && counter.minute == minute);
        let failures = match known.and_then(|position| group.get_mut(position)) {
            Some(counter) => {
                counter.failures = counter.failures.saturating_add(1);
                counter.failures
            }
            None => {
                let first = Counter {
                    pair,
                    minute,
                    failures: 1,
                };
                let least = group
                    .iter_mut()
                    .min_by_key(|counter| (counter.minute == minute, counter.failures));
                if let Some(counter) = least {
                    *counter = first;
                }
                1
            }
        };
        failures > self.per_minute_max
    }
}

/// Who stands behind an address: an IPv6 network of 64 bits is one subscriber's, and an IPv4 address
/// is itself in whichever form the socket shows it.
fn subscriber(source: IpAddr) -> [u8; 16] {
    match source.to_canonical() {
        IpAddr::V4(address) => address.to_ipv6_mapped().octets(),
        IpAddr::V6(address) => {
            let network = u128::from(address) >> 64 << 64;
            network.to_be_bytes()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::support::Counting;

    fn limiter(per_minute_max: u32) -> FailureLimiter {
        FailureLimiter::new(per_minute_max, &Counting::default())
    }

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn the_first_beyond_the_maximum_is_too_many_until_the_minute_ends() {
        let limiter = limiter(limits::FAILURES_PER_MINUTE_MAX);
        let source = address("192.0.2.1");
        let at = Timestamp::from_seconds;
        for _ in 0..limits::FAILURES_PER_MINUTE_MAX {
            assert!(!limiter.is_too_many(source, "AKIAA", at(120)));
        }
        assert!(limiter.is_too_many(source, "AKIAA", at(179)));
        assert!(!limiter.is_too_many(source, "AKIAB", at(179)), "another key");
        assert!(
            !limiter.is_too_many(address("192.0.2.2"), "AKIAA", at(179)),
            "another source"
        );
        assert!(!limiter.is_too_many(source, "AKIAA", at(180)), "the next minute");
    }

    #[test]
    fn one_subscriber_has_one_counter() {
        let rows = [
            ("2001:db8::1", "2001:db8::ffff:1:2:3", true),
            ("2001:db8::1", "2001:db8:0:1::1", false),
            ("192.0.2.1", "::ffff:192.0.2.1", true),
            ("192.0.2.1", "192.0.2.2", false),
            ("::1", "0.0.0.1", false),
        ];
        for (one, other, same) in rows {
            let limiter = limiter(1);
            let now = Timestamp::from_seconds(0);
            assert!(!limiter.is_too_many(address(one), "AKIA", now));
            assert_eq!(
                limiter.is_too_many(address(other), "AKIA", now),
                same,
                "{one} {other}"
            );
        }
    }

    #[test]
    fn invented_pairs_cost_no_memory_and_touch_nobody() {
        let limiter = limiter(2);
        let now = Timestamp::from_seconds(0);
        let persistent = address("192.0.2.1");
        for _ in 0..3 {
            limiter.is_too_many(persistent, "AKIA", now);
        }
        for number in 0..200_000_u32 {
            let throttled = limiter.is_too_many(address("198.51.100.1"), &number.to_string(), now);
            assert!(!throttled, "{number}");
        }
        // Its counter is higher than any of the flood's, so it was not pushed out.
        assert!(limiter.is_too_many(persistent, "AKIA", now));
        assert_eq!(
            limiter.groups.len() * GROUP_COUNTERS,
            limits::FAILURE_COUNTERS_MAX
        );
    }
}
