//! One lookup for all who wait, whoever of them gives up.

use std::{
    future::Future,
    pin::{Pin, pin},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    task::{Context, Poll, Waker},
};

use keystead_types::{AccessKeyId, AccountId, UniqueId};

use super::support::{By, Counting, NOON, active, key, verifier};
use crate::{
    Directory, DirectorySession, DirectoryUnavailable, PermissionsSnapshot, PoliciesSnapshot, RootSnapshot,
    Snapshot, flight::Flights,
};

/// A directory whose answers wait for a word.
#[derive(Clone, Default)]
struct Gate {
    open: Arc<AtomicBool>,
    asked: Arc<AtomicU64>,
    answered: Arc<AtomicU64>,
    unavailable: bool,
}

impl Directory for Gate {
    async fn access_key(&self, _: AccessKeyId) -> Result<Snapshot, DirectoryUnavailable> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        std::future::poll_fn(|_| match self.open.load(Ordering::SeqCst) {
            true => Poll::Ready(()),
            false => Poll::Pending,
        })
        .await;
        self.answered.fetch_add(1, Ordering::SeqCst);
        if self.unavailable {
            return Err(DirectoryUnavailable::new("gone"));
        }
        Ok(Snapshot {
            revision: 0,
            key: Some(active(1, "alice")),
        })
    }

    async fn permissions(
        &self,
        _: AccountId,
        _: UniqueId,
    ) -> Result<PermissionsSnapshot, DirectoryUnavailable> {
        Ok(PermissionsSnapshot {
            revision: 0,
            permissions: None,
        })
    }

    async fn root(&self, _: AccountId) -> Result<RootSnapshot, DirectoryUnavailable> {
        Ok(RootSnapshot {
            revision: 0,
            not_before: None,
        })
    }

    async fn policies(&self, _: AccountId, _: &[UniqueId]) -> Result<PoliciesSnapshot, DirectoryUnavailable> {
        Ok(PoliciesSnapshot {
            revision: 0,
            policies: Vec::new(),
        })
    }

    async fn session(
        &self,
        _: AccessKeyId,
        _: &str,
    ) -> Result<Option<DirectorySession>, DirectoryUnavailable> {
        Ok(None)
    }
}

fn poll<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

#[test]
fn all_who_wait_share_one_lookup() {
    for unavailable in [false, true] {
        let gate = Gate {
            unavailable,
            ..Gate::default()
        };
        let verifier = verifier(gate.clone());
        let regions = ["us-east-1", "eu-central-1", "home"];
        let signed = regions.map(|region| {
            By {
                region,
                ..By::default()
            }
            .sign()
        });
        let mut waiting: Vec<_> = (0..30)
            .map(|number| Box::pin(signed[number % 3].authenticate(&verifier, NOON)))
            .collect();
        for future in &mut waiting {
            assert!(poll(future.as_mut()).is_pending());
        }
        gate.open.store(true, Ordering::SeqCst);
        for future in &mut waiting {
            let Poll::Ready(outcome) = poll(future.as_mut()) else {
                panic!("it waits for nothing");
            };
            assert_eq!(outcome.is_ok(), !unavailable);
        }
        assert_eq!(gate.asked.load(Ordering::SeqCst), 1);
        assert_eq!(verifier.statistics().directory_lookups, 1);
    }
}

#[test]
fn a_cancelled_leader_strands_nobody() {
    let gate = Gate::default();
    let verifier = verifier(gate.clone());
    let signed = By::default().sign();
    let mut waiting: Vec<_> = (0..5)
        .map(|_| Box::pin(signed.authenticate(&verifier, NOON)))
        .collect();
    for _ in 0..4 {
        for future in &mut waiting {
            assert!(poll(future.as_mut()).is_pending());
        }
        drop(waiting.remove(0));
    }
    gate.open.store(true, Ordering::SeqCst);
    assert!(matches!(poll(waiting[0].as_mut()), Poll::Ready(Ok(_))));
    assert_eq!(gate.asked.load(Ordering::SeqCst), 5, "each leader asked");
    assert_eq!(gate.answered.load(Ordering::SeqCst), 1);
}

#[test]
fn lookups_that_everyone_gave_up_leave_nothing() {
    let verifier = verifier(Gate::default());
    for number in 0..100 {
        let id = format!("AKIA{number:016}");
        let signed = By {
            id: &id,
            ..By::default()
        }
        .sign();
        let mut one = pin!(signed.authenticate(&verifier, NOON));
        assert!(poll(one.as_mut()).is_pending());
        assert_eq!(verifier.flights_under_way(), 1);
    }
    assert_eq!(verifier.flights_under_way(), 0);
}

#[test]
fn who_leaves_at_the_same_moment_leaves_nothing_either() {
    let flights = Flights::<AccessKeyId, Snapshot>::new(&Counting::default());
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| (0..5000).for_each(|_| drop(flights.board(key(1)))));
        }
    });
    assert_eq!(flights.under_way(), 0);
}
