//! Many at once.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicU64, Ordering::SeqCst},
};

use keystead_types::{MfaDeviceArn, limits};
use keystead_verifier::Directory;

use super::{
    Seeded, add_key, at, furnish, group, group_id, in_memory, inline, key_id, open, policy, policy_id, role,
    role_id, user_id, write,
};
use crate::{
    AccountSettings, Changes, CheckMfaCode, DeleteRole, EnableMfaDevice, InsertAccessKey, InsertRole,
    KeyOwner, MfaDeviceOwner, MfaDeviceRecord, MfaMatch, PolicyEntityFilter, PolicyUse, Revision, Store,
    StoreError, Subject, WriteError, tests::account,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_keys_with_sixty_four_writers() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    write(&store, furnish).await.unwrap();
    let writers: Vec<_> = (0..64)
        .map(|number| {
            let store = store.clone();
            tokio::spawn(async move {
                let mut made = 0;
                for attempt in 0..10 {
                    let id = number * 10 + attempt;
                    let answer = write(&store, move |tx| add_key(tx, id)).await.unwrap();
                    if answer == InsertAccessKey::Created {
                        made += 1;
                        let user = move |tx: &mut crate::Tx<'_>| {
                            let page = tx.access_keys_page(account(), KeyOwner::User(user_id(1)), "", 9)?;
                            assert!(page.access_keys.len() <= 2);
                            tx.delete_access_key(account(), KeyOwner::User(user_id(1)), key_id(id))
                        };
                        assert!(write(&store, user).await.unwrap());
                    } else {
                        assert_eq!(answer, InsertAccessKey::QuotaReached(2));
                    }
                }
                made
            })
        })
        .collect();
    let mut made = 0;
    for writer in writers {
        made += writer.await.unwrap();
    }
    assert!(made >= 2);
    let statistics = store.statistics();
    assert!(
        statistics.commits < statistics.commands,
        "commits are shared: {statistics:?}"
    );
    assert_eq!(statistics.batches.iter().sum::<u64>(), statistics.commits);
}

/// Many join and leave, attach and detach, put and delete at once: no count exceeds its quota, and each is
/// what there is in the end.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn counts_of_groups_and_policies_with_many_writers() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    write(&store, furnish).await.unwrap();
    write(&store, |tx| {
        for number in 1..=12 {
            tx.insert_group(&group(number, &format!("g{number}")))?;
            tx.insert_policy(&policy(number, &format!("p{number}")))?;
        }
        Ok(())
    })
    .await
    .unwrap();
    let alice = user_id(1);
    let writers: Vec<_> = (0..48_u64)
        .map(|writer| {
            let store = store.clone();
            tokio::spawn(async move {
                for round in 0..8 {
                    let number = 1 + (writer + round) % 12;
                    let (group, policy) = (group_id(number), policy_id(number));
                    let inline = inline(&format!("i{number}"), number);
                    let work = move |tx: &mut crate::Tx<'_>| {
                        match (writer + round) % 6 {
                            0 | 1 => {
                                tx.add_user_to_group(account(), group, alice)?;
                                tx.attach_policy(account(), group, policy)?;
                            }
                            2 => {
                                tx.attach_policy(account(), alice, policy)?;
                                tx.set_permissions_boundary(account(), alice, Some(policy))?;
                            }
                            3 => {
                                tx.put_inline_policy(account(), alice, &inline, 300)?;
                            }
                            4 => {
                                tx.remove_user_from_group(account(), group, alice)?;
                                tx.detach_policy(account(), alice, policy)?;
                            }
                            _ => {
                                tx.delete_inline_policy(account(), alice, &inline.name)?;
                                tx.insert_policy_version(account(), policy, "{}", true, at(1))?;
                            }
                        }
                        check_counts(tx)
                    };
                    write(&store, work).await.unwrap();
                }
            })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }
    store.read(check_counts).await.unwrap();
}

fn check_counts(reader: &crate::Reader<'_>) -> Result<(), StoreError> {
    let (user, alice) = (reader.user_by_id(account(), user_id(1))?.unwrap(), user_id(1));
    let groups = reader.groups_of_user(account(), alice)?;
    assert_eq!(user.group_count as usize, groups.len());
    assert!(user.group_count <= limits::GROUPS_PER_USER);
    let attached = reader.attached_policies(account(), alice)?;
    assert_eq!(user.attached_policy_count as usize, attached.len());
    assert!(user.attached_policy_count <= limits::ATTACHED_POLICIES_PER_USER);
    let inline = reader.inline_policies(account(), alice)?;
    assert_eq!(user.inline_policy_count as usize, inline.len());
    assert!(300 * user.inline_policy_count <= limits::USER_POLICY_CHARACTERS);
    let mut versions = 0;
    for number in 1..=12 {
        let group = reader.group_by_id(account(), group_id(number))?.unwrap();
        let members = reader.members_page(account(), group.id, "", 9)?.users;
        assert_eq!(group.member_count as usize, members.len());
        let policy = reader.policy_by_id(account(), policy_id(number))?.unwrap();
        let all = PolicyEntityFilter {
            kind: None,
            path_prefix: "",
            used_for: Some(PolicyUse::Attachment),
        };
        let used = reader
            .policy_entities_page(account(), policy.id, &all, "", 99)?
            .entities;
        assert_eq!(policy.attachment_count as usize, used.len());
        assert_eq!(policy.boundary_count, u32::from(user.boundary == Some(policy.id)));
        assert!(policy.version_count <= limits::VERSIONS_PER_POLICY);
        versions += policy.version_count;
    }
    assert_eq!(reader.account(account())?.unwrap().policy_version_count, versions);
    Ok(())
}

/// One code of a device with many who send it, and many devices for one user: one passes, and eight are enabled.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_code_with_many_writers() {
    let store = in_memory();
    write(&store, furnish).await.unwrap();
    let device = |number: u64| MfaDeviceArn {
        account: account(),
        path: "/".parse().unwrap(),
        name: format!("m{number}").parse().unwrap(),
    };
    let alice = MfaDeviceOwner::User(user_id(1));
    let matches = |step| move |_: &MfaDeviceRecord, _: &[u8]| Some(MfaMatch { step, drift_steps: 0 });
    let enablers: Vec<_> = (0..16)
        .map(|number| {
            let (store, device) = (store.clone(), device(number));
            tokio::spawn(async move {
                let enable = move |tx: &mut crate::Tx<'_>| {
                    tx.insert_mfa_device(&device, b"seed", at(0))?;
                    tx.enable_mfa_device(&device, alice, at(0), matches(1))
                };
                (number, write(&store, enable).await.unwrap())
            })
        })
        .collect();
    let mut enabled = Vec::new();
    for enabler in enablers {
        match enabler.await.unwrap() {
            (number, EnableMfaDevice::Enabled) => enabled.push(number),
            (_, answer) => assert_eq!(
                answer,
                EnableMfaDevice::QuotaReached(limits::MFA_DEVICES_PER_USER)
            ),
        }
    }
    assert_eq!(enabled.len(), limits::MFA_DEVICES_PER_USER as usize);
    let checkers: Vec<_> = (0..32)
        .map(|_| {
            let (store, device) = (store.clone(), device(enabled[0]));
            let check = move |tx: &mut crate::Tx<'_>| tx.check_mfa_code(&device, alice, at(9), matches(5));
            tokio::spawn(async move { write(&store, check).await.unwrap() })
        })
        .collect();
    let mut answers = Vec::new();
    for checker in checkers {
        answers.push(checker.await.unwrap());
    }
    let count = |wanted| answers.iter().filter(|answer| **answer == wanted).count();
    assert_eq!(count(CheckMfaCode::Accepted), 1);
    assert_eq!(count(CheckMfaCode::WrongCode), limits::MFA_FAILURES_MAX as usize);
    assert_eq!(
        count(CheckMfaCode::Locked),
        31 - limits::MFA_FAILURES_MAX as usize
    );
}

/// Many make roles and go, all at once: no more than the quota, and all of them counted.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_roles_quota_with_many_writers() {
    let store = in_memory();
    write(&store, furnish).await.unwrap();
    let settings = AccountSettings {
        roles_quota: 5,
        ..AccountSettings::default()
    };
    write(&store, move |tx| tx.set_account_settings(account(), &settings))
        .await
        .unwrap();
    let writers: Vec<_> = (0..40)
        .map(|number| {
            let store = store.clone();
            tokio::spawn(async move {
                let role = role(number, &format!("r{number}"));
                let insert = move |tx: &mut crate::Tx<'_>| tx.insert_role(&role);
                let answer = write(&store, insert).await.unwrap();
                if answer == InsertRole::Created && number % 2 == 0 {
                    let delete = move |tx: &mut crate::Tx<'_>| tx.delete_role(account(), role_id(number));
                    assert_eq!(write(&store, delete).await.unwrap(), DeleteRole::Deleted);
                }
                let counted = store.read(|reader| {
                    let roles = reader.roles_page(account(), "", "", 99)?.roles.len();
                    let count = reader.account(account())?.unwrap().role_count;
                    Ok::<_, StoreError>((roles, count as usize))
                });
                let (roles, count) = counted.await.unwrap();
                assert!(roles == count && count <= 5, "{roles}, {count}");
            })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_feed_is_gapless_and_told_before_the_answer() {
    let store = in_memory();
    let told = Arc::new(Mutex::new(Vec::new()));
    let highest = Arc::new(AtomicU64::new(0));
    let (listener, listened) = (Arc::clone(&told), Arc::clone(&highest));
    store.on_commit(Box::new(move |changes| {
        listener.lock().unwrap().extend_from_slice(changes);
        listened.store(changes.last().unwrap().revision.number(), SeqCst);
    }));
    write(&store, furnish).await.unwrap();
    let writers: Vec<_> = (2..40)
        .map(|number| {
            let (store, highest) = (store.clone(), Arc::clone(&highest));
            tokio::spawn(async move {
                let user = super::user(number, &format!("user{number}"));
                let (_, revision) = store
                    .write(move |tx| tx.insert_user(&user).map_err(WriteError::<()>::from))
                    .await
                    .unwrap();
                assert!(
                    highest.load(SeqCst) >= revision.number(),
                    "answered before it was told"
                );
            })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }
    let told = told.lock().unwrap().clone();
    let revisions: Vec<_> = told.iter().map(|change| change.revision.number()).collect();
    assert_eq!(revisions, (1..=revisions.len() as u64).collect::<Vec<_>>());
    let read = store.read(|reader| reader.changes_after(Revision::default(), 1000));
    assert_eq!(
        read.await.unwrap_or_else(|error: StoreError| panic!("{error}")),
        Changes::Following(told)
    );
}

#[tokio::test]
async fn a_reader_sees_what_was_answered_and_one_snapshot() {
    let directory = tempfile::tempdir().unwrap();
    for store in [in_memory(), open(directory.path())] {
        write(&store, furnish).await.unwrap();
        for number in 1..=2 {
            let (_, revision) = store.write(move |tx| add_key(tx, number)).await.unwrap();
            let snapshot = store.access_key(key_id(number)).await.unwrap();
            assert_eq!(snapshot.revision, revision.number());
            let key = snapshot.key.unwrap();
            assert_eq!(key.secret.expose(), super::secret(number).expose());
            assert_eq!(key.principal.user_id(), user_id(1).to_string());
        }
        let unknown = store.access_key(key_id(9)).await.unwrap();
        assert!(unknown.key.is_none());
    }
}

#[tokio::test]
async fn a_reset_goes_back_and_the_feed_goes_on() {
    let store = in_memory();
    write(&store, furnish).await.unwrap();
    write(&store, |tx| add_key(tx, 1)).await.unwrap();
    assert!(store.reset().await.is_err(), "nothing is marked");
    store.mark_reset_point().await.unwrap();
    let told = Arc::new(Mutex::new(Vec::new()));
    let listener = Arc::clone(&told);
    store.on_commit(Box::new(move |changes| {
        listener.lock().unwrap().extend_from_slice(changes)
    }));
    for round in 0..3 {
        write(&store, |tx| {
            tx.delete_access_key(account(), KeyOwner::User(user_id(1)), key_id(1))
        })
        .await
        .unwrap();
        let (_, before) = store.write(|tx| add_key(tx, 2)).await.unwrap();
        let after = store.reset().await.unwrap();
        assert_eq!(after.number(), before.number() + 1, "round {round}");
        let last = *told.lock().unwrap().last().unwrap();
        assert_eq!(
            (last.subject, last.revision),
            (Subject::Account(account()), after)
        );
        assert!(store.access_key(key_id(1)).await.unwrap().key.is_some());
        assert!(store.access_key(key_id(2)).await.unwrap().key.is_none());
        let follow = move |reader: &crate::Reader<'_>| reader.changes_after(before, 9);
        let changes: Result<_, StoreError> = store.read(follow).await;
        assert_eq!(changes.unwrap(), Changes::Following(vec![last]));
    }
    let directory = tempfile::tempdir().unwrap();
    let durable = open(directory.path());
    assert!(durable.mark_reset_point().await.is_err() && durable.reset().await.is_err());
}

#[tokio::test]
async fn server_keys_survive_and_randomness_differs() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    let key = write(&store, |tx| tx.server_key_or_new("marker")).await.unwrap();
    drop(store);
    let store = Store::open(crate::Options {
        random: Seeded::new(5),
        ..super::options(crate::Location::Directory(directory.path().to_owned()))
    })
    .unwrap();
    let again = write(&store, |tx| tx.server_key_or_new("marker")).await.unwrap();
    assert_eq!(key, again);
}
