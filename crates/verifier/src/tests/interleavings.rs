//! Random interleavings of requests, lookups, changes, announcements and cancellations, step by step.
//!
//! The promise: a request is judged by a state of the directory that held at some moment between the
//! last change announced before it came in and its answer. A key that was revoked, and announced as
//! revoked, before a request came in verifies nothing.

use std::{
    collections::HashMap,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, Waker},
};

use keystead_types::{AccessKeyId, AccessKeyStatus, AccountId, UniqueId};
use parking_lot::Mutex;

use super::support::{By, NOON, Signed, active, key, user_id, verifier};
use crate::{
    Authenticated, Directory, DirectoryKey, DirectorySession, DirectoryUnavailable, Failure,
    PermissionsSnapshot, PoliciesSnapshot, RootSnapshot, Snapshot, Subject, Verifier,
};

const KEYS: u32 = 3;
const UNAVAILABLE: &str = "a roll of the dice";
const REGIONS: [&str; 2] = ["us-east-1", "home"];

/// A key at one revision: whether it may sign, and its user's name.
#[derive(Clone, Debug, PartialEq)]
struct State {
    status: Option<AccessKeyStatus>,
    name: String,
}

/// The directory with all that it ever held: the states of each key by revision.
#[derive(Default)]
struct World {
    history: HashMap<AccessKeyId, Vec<State>>,
    lookups: Vec<Lookup>,
}

enum Lookup {
    Asked(AccessKeyId),
    Read(Snapshot),
    Answered(Option<Result<Snapshot, DirectoryUnavailable>>),
}

#[derive(Clone, Default)]
struct Shared(Arc<Mutex<World>>);

impl World {
    fn revision(&self) -> u64 {
        self.history.values().map(Vec::len).max().unwrap_or_default() as u64 - 1
    }

    fn states(&self, id: AccessKeyId, from: u64) -> &[State] {
        &self.history[&id][from as usize..]
    }

    fn snapshot(&self, id: AccessKeyId, revision: u64) -> Snapshot {
        let state = &self.history[&id][revision as usize];
        let number = number_of(id);
        Snapshot {
            revision,
            key: state.status.map(|status| DirectoryKey {
                status,
                ..active(number, &state.name)
            }),
        }
    }
}

impl Directory for Shared {
    async fn access_key(&self, id: AccessKeyId) -> Result<Snapshot, DirectoryUnavailable> {
        let ticket = {
            let mut world = self.0.lock();
            world.lookups.push(Lookup::Asked(id));
            world.lookups.len() - 1
        };
        std::future::poll_fn(|_| match &mut self.0.lock().lookups[ticket] {
            Lookup::Answered(answer) => Poll::Ready(answer.take().expect("polled once")),
            Lookup::Asked(_) | Lookup::Read(_) => Poll::Pending,
        })
        .await
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

struct Task<'a> {
    id: AccessKeyId,
    announced_at_start: u64,
    future: Pin<Box<dyn Future<Output = Result<Authenticated, Failure>> + 'a>>,
}

/// xorshift64: the run is repeated by its seed.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % sides as u64) as usize
    }
}

fn number_of(id: AccessKeyId) -> u32 {
    id.as_str()[4..].parse().unwrap()
}

fn poll(task: &mut Task<'_>) -> Poll<Result<Authenticated, Failure>> {
    task.future.as_mut().poll(&mut Context::from_waker(Waker::noop()))
}

/// One step of the world itself: a change, of which the verifier is not told yet.
fn change(world: &mut World, dice: &mut Dice) -> Subject {
    let changed = key(dice.roll(KEYS as usize) as u32);
    let rename = dice.roll(3) == 0;
    let revision = world.revision() + 1;
    for (id, states) in &mut world.history {
        let mut state = states.last().cloned().expect("never empty");
        if *id == changed && rename {
            state.name = format!("name-{revision}");
        } else if *id == changed {
            let statuses = [
                None,
                Some(AccessKeyStatus::Active),
                Some(AccessKeyStatus::Inactive),
            ];
            state.status = statuses[dice.roll(3)];
        }
        states.push(state);
    }
    if rename {
        Subject::User(user_id(number_of(changed)))
    } else {
        Subject::Key(changed)
    }
}

/// One step of a lookup: it reads its snapshot, or it answers.
fn advance_lookup(world: &mut World, dice: &mut Dice) {
    if world.lookups.is_empty() {
        return;
    }
    let ticket = dice.roll(world.lookups.len());
    let next = match &mut world.lookups[ticket] {
        Lookup::Asked(id) => {
            let id = *id;
            // A replica may lag behind its own feed.
            let lag = if dice.roll(4) == 0 { dice.roll(3) as u64 } else { 0 };
            Lookup::Read(world.snapshot(id, world.revision().saturating_sub(lag)))
        }
        Lookup::Read(_) if dice.roll(10) == 0 => {
            Lookup::Answered(Some(Err(DirectoryUnavailable::new(UNAVAILABLE))))
        }
        Lookup::Read(snapshot) => Lookup::Answered(Some(Ok(Snapshot {
            revision: snapshot.revision,
            key: snapshot.key.take(),
        }))),
        Lookup::Answered(_) => return,
    };
    world.lookups[ticket] = next;
}

fn judge(world: &World, task: &Task<'_>, outcome: &Result<Authenticated, Failure>, seed: u64) {
    let states = world.states(task.id, task.announced_at_start);
    let is_active = |state: &&State| state.status == Some(AccessKeyStatus::Active);
    let justified = match outcome {
        Ok(authenticated) => {
            let name = authenticated.principal().user().unwrap().name.to_string();
            states.iter().filter(is_active).any(|state| state.name == name)
        }
        Err(Failure::UnknownKey(_)) => states.iter().any(|state| !is_active(&state)),
        Err(Failure::DirectoryUnavailable(unavailable)) => *unavailable.reason == *UNAVAILABLE,
        Err(failure) => panic!("seed {seed}: {failure:?}"),
    };
    assert!(justified, "seed {seed}: {outcome:?} from {states:?}");
}

fn run(seed: u64, requests: &[(AccessKeyId, Signed)]) {
    let mut dice = Dice(seed);
    let shared = Shared::default();
    for number in 0..KEYS {
        let state = State {
            status: Some(AccessKeyStatus::Active),
            name: "first".to_owned(),
        };
        shared.0.lock().history.insert(key(number), vec![state]);
    }
    let verifier = verifier(shared.clone());
    let mut tasks: Vec<Task<'_>> = Vec::new();
    let mut unannounced = Vec::new();
    let mut announced = 0;
    for _ in 0..120 {
        match dice.roll(8) {
            0 | 1 => {
                let (id, signed) = &requests[dice.roll(requests.len())];
                tasks.push(Task {
                    id: *id,
                    announced_at_start: announced,
                    future: Box::pin(signed.authenticate(&verifier, NOON)),
                });
            }
            2 | 3 => advance_lookup(&mut shared.0.lock(), &mut dice),
            4 => unannounced.push(change(&mut shared.0.lock(), &mut dice)),
            5 if !unannounced.is_empty() => {
                announced += 1;
                verifier.forget(&unannounced.remove(0), announced);
            }
            6 if !tasks.is_empty() && dice.roll(4) == 0 => {
                let cancelled = dice.roll(tasks.len());
                drop(tasks.swap_remove(cancelled));
            }
            _ if !tasks.is_empty() => {
                let polled = dice.roll(tasks.len());
                if let Poll::Ready(outcome) = poll(&mut tasks[polled]) {
                    let task = tasks.swap_remove(polled);
                    judge(&shared.0.lock(), &task, &outcome, seed);
                }
            }
            _ => {}
        }
    }
    for subject in unannounced {
        announced += 1;
        verifier.forget(&subject, announced);
    }
    finish(tasks, &shared, &verifier, &mut dice, seed);
    at_rest(&shared, &verifier, requests, seed);
}

/// Lets everything that still waits come to its end.
fn finish(
    mut tasks: Vec<Task<'_>>,
    shared: &Shared,
    verifier: &Verifier<Shared>,
    dice: &mut Dice,
    seed: u64,
) {
    let mut rounds = 0;
    while !tasks.is_empty() {
        rounds += 1;
        assert!(rounds < 100_000, "seed {seed}: somebody is stranded");
        advance_lookup(&mut shared.0.lock(), dice);
        tasks.retain_mut(|task| match poll(task) {
            Poll::Pending => true,
            Poll::Ready(outcome) => {
                judge(&shared.0.lock(), task, &outcome, seed);
                false
            }
        });
    }
    assert_eq!(verifier.flights_under_way(), 0, "seed {seed}");
}

/// When all is announced and nothing is under way, the answer is exactly what the directory holds.
fn at_rest(shared: &Shared, verifier: &Verifier<Shared>, requests: &[(AccessKeyId, Signed)], seed: u64) {
    let announced_at_start = shared.0.lock().revision();
    for (id, signed) in requests {
        let mut task = Task {
            id: *id,
            announced_at_start,
            future: Box::pin(signed.authenticate(verifier, NOON)),
        };
        let mut dice = Dice(seed);
        let outcome = loop {
            if let Poll::Ready(outcome) = poll(&mut task) {
                break outcome;
            }
            advance_lookup(&mut shared.0.lock(), &mut dice);
        };
        judge(&shared.0.lock(), &task, &outcome, seed);
    }
}

#[test]
fn no_request_is_judged_by_a_state_from_before_it_came_in() {
    let requests: Vec<_> = (0..KEYS)
        .flat_map(|number| REGIONS.map(|region| (number, region)))
        .map(|(number, region)| {
            let id = key(number);
            let by = By {
                id: id.as_str(),
                region,
                ..By::default()
            };
            (id, by.sign())
        })
        .collect();
    for seed in 1..=1500 {
        run(seed * 0x9e37_79b9, &requests);
    }
}
