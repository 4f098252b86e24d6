//! Many at once.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicU64, Ordering::SeqCst},
};

use keystead_verifier::Directory;

use super::{Seeded, add_key, furnish, in_memory, key_id, open, user_id, write};
use crate::{
    Changes, InsertAccessKey, KeyOwner, Revision, Store, StoreError, Subject, WriteError, tests::account,
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
