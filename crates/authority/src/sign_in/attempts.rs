//! How many sign-ins failed lately, by address and by user, in bounded memory.

use std::{collections::HashMap, net::IpAddr};

use keystead_types::{AccountId, Timestamp, limits};
use parking_lot::Mutex;

/// What failures are counted for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Counted {
    /// One address.
    Source(IpAddr),
    /// One user of an account, in lower case, whether or not there is one.
    User(AccountId, String),
}

/// Counters at a time. Beyond that, all are forgotten but those of the present minute that are full already.
const COUNTERS_MAX: usize = 65_536;

/// Failures of the present minute.
#[derive(Default)]
pub(super) struct Attempts(Mutex<Minute>);

#[derive(Default)]
struct Minute {
    minute: i64,
    failures: HashMap<Counted, u32>,
}

impl Attempts {
    /// Counts an attempt of each, unless one of them failed too often in this minute; tells whether it may be made.
    /// Attempts count as failures until they succeed, so that many at once are bounded too.
    pub(super) fn begin(&self, counted: &[Counted], now: Timestamp) -> bool {
        let may = !self.are_too_many(counted, now);
        if may {
            self.count(counted, now);
        }
        may
    }

    /// Takes back the count of an attempt that succeeded.
    pub(super) fn succeeded(&self, counted: &[Counted], now: Timestamp) {
        let mut minute = self.0.lock();
        if minute.minute != minute_of(now) {
            return;
        }
        for counted in counted {
            if let Some(failures) = minute.failures.get_mut(counted) {
                *failures = failures.saturating_sub(1);
            }
        }
    }

    fn are_too_many(&self, counted: &[Counted], now: Timestamp) -> bool {
        let minute = self.0.lock();
        minute.minute == minute_of(now)
            && counted.iter().any(|counted| {
                let failures = minute.failures.get(counted).copied();
                failures.unwrap_or_default() >= limits::SIGN_IN_FAILURES_PER_MINUTE
            })
    }

    /// Starts every count anew.
    pub(super) fn clear(&self) {
        *self.0.lock() = Minute::default();
    }

    fn count(&self, counted: &[Counted], now: Timestamp) {
        let mut minute = self.0.lock();
        if minute.minute != minute_of(now) {
            *minute = Minute {
                minute: minute_of(now),
                failures: HashMap::new(),
            };
        }
        if minute.failures.len() + counted.len() > COUNTERS_MAX {
            minute
                .failures
                .retain(|_, failures| *failures >= limits::SIGN_IN_FAILURES_PER_MINUTE);
        }
        for counted in counted {
            *minute.failures.entry(counted.clone()).or_default() += 1;
        }
    }
}

fn minute_of(time: Timestamp) -> i64 {
    time.seconds().div_euclid(60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minute_has_so_many_failures_of_each() {
        let attempts = Attempts::default();
        let source = |last| Counted::Source(IpAddr::from([192, 0, 2, last]));
        let at = Timestamp::from_seconds;
        for _ in 0..limits::SIGN_IN_FAILURES_PER_MINUTE {
            assert!(attempts.begin(&[source(1)], at(60)));
        }
        assert!(!attempts.begin(&[source(2), source(1)], at(119)));
        assert!(attempts.begin(&[source(2)], at(119)));
        attempts.succeeded(&[source(1)], at(119));
        assert!(attempts.begin(&[source(1)], at(119)), "one of them succeeded");
        assert!(!attempts.begin(&[source(1)], at(119)));
        assert!(attempts.begin(&[source(1)], at(120)), "another minute");
    }

    #[test]
    fn a_flood_of_names_forgets_no_full_counter() {
        let attempts = Attempts::default();
        let now = Timestamp::from_seconds(0);
        let account = AccountId::new(123_456_789_012).unwrap();
        let user = |number: usize| Counted::User(account, format!("user {number}"));
        for _ in 0..limits::SIGN_IN_FAILURES_PER_MINUTE {
            attempts.count(&[user(0)], now);
        }
        for number in 1..=2 * COUNTERS_MAX {
            attempts.count(&[user(number)], now);
        }
        assert!(attempts.0.lock().failures.len() <= COUNTERS_MAX);
        assert!(attempts.are_too_many(&[user(0)], now));
    }
}
