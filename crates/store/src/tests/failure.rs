//! Commands that fail, and a database that does.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
        mpsc,
    },
    time::{Duration, Instant},
};

use super::{add_key, at, furnish, in_memory, key_id, open, user, write};
use crate::{
    DayUseRecord, InsertAccessKey, InsertUser, LastUseRecord, Store, StoreError, Tx, UsageRecord, WriteError,
};

/// Keeps the writer busy until the sender is dropped, so that what follows shares a transaction.
async fn hold(store: &Store) -> (mpsc::Sender<()>, tokio::task::JoinHandle<()>) {
    let (release, released) = mpsc::channel::<()>();
    let released = std::sync::Mutex::new(released);
    let (began, beginning) = tokio::sync::oneshot::channel();
    let began = std::sync::Mutex::new(Some(began));
    let holder = store.clone();
    let held = tokio::spawn(async move {
        let hold = move |_: &mut Tx<'_>| {
            if let Some(began) = began.lock().unwrap().take() {
                began.send(()).unwrap();
            }
            let _ = released.lock().unwrap().recv();
            Ok::<_, StoreError>(())
        };
        holder.write(hold).await.unwrap();
    });
    beginning.await.unwrap();
    (release, held)
}

fn spawn<T: Send + 'static>(
    store: &Store,
    work: impl Fn(&mut Tx<'_>) -> Result<T, StoreError> + Send + 'static,
) -> impl Future<Output = Result<T, WriteError<StoreError>>> {
    let store = store.clone();
    let mut answer = Box::pin(async move { write(&store, work).await });
    // Polled once, it is in the queue, behind what was there before.
    let _ = futures_poll_once(answer.as_mut());
    answer
}

fn futures_poll_once<T>(
    future: std::pin::Pin<&mut (impl Future<Output = T> + ?Sized)>,
) -> std::task::Poll<T> {
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    future.poll(&mut context)
}

#[tokio::test]
async fn a_command_that_fails_after_writing_takes_no_other_with_it() {
    let store = in_memory();
    write(&store, furnish).await.unwrap();
    let refusal = StoreError::failed("on purpose");
    type Spoiler = Box<dyn Fn(&mut Tx<'_>) -> Result<(), StoreError> + Send>;
    let refuses = refusal.clone();
    let spoilers: [(Spoiler, WriteError<StoreError>, usize); 4] = [
        (
            Box::new(move |tx| {
                tx.insert_user(&user(7, "spoilt"))?;
                Err(refuses.clone())
            }),
            WriteError::Refused(refusal.clone()),
            2,
        ),
        (
            Box::new(|tx| {
                tx.insert_user(&user(7, "spoilt"))?;
                panic!("on purpose")
            }),
            WriteError::Unavailable(StoreError::failed("a command panicked")),
            2,
        ),
        (
            Box::new(|_| panic!("on purpose, before it wrote")),
            WriteError::Unavailable(StoreError::failed("a command panicked")),
            1,
        ),
        (
            Box::new(move |_| Err(refusal.clone())),
            WriteError::Refused(StoreError::failed("on purpose")),
            1,
        ),
    ];
    for (round, (spoiler, expected, runs_expected)) in spoilers.into_iter().enumerate() {
        let (first, last) = (10 + 2 * round as u64, 11 + 2 * round as u64);
        let runs = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&runs);
        let (release, held) = hold(&store).await;
        let before = spawn(&store, move |tx| {
            counted.fetch_add(1, SeqCst);
            tx.insert_user(&user(first, &format!("user{first}")))
        });
        let spoilt = spawn(&store, spoiler);
        let after = spawn(&store, move |tx| {
            tx.insert_user(&user(last, &format!("user{last}")))
        });
        drop(release);
        held.await.unwrap();
        assert_eq!(before.await.unwrap(), InsertUser::Created);
        assert_eq!(spoilt.await.unwrap_err(), expected);
        assert_eq!(after.await.unwrap(), InsertUser::Created);
        assert_eq!(runs.load(SeqCst), runs_expected, "round {round}");
        let spoilt = store.read(|reader| reader.user_by_id(super::account(), super::user_id(7)));
        assert_eq!(
            spoilt.await.unwrap_or_else(|error: StoreError| panic!("{error}")),
            None
        );
    }
}

#[tokio::test]
async fn an_answer_that_ignores_a_failed_statement_is_not_committed() {
    let store = in_memory();
    write(&store, furnish).await.unwrap();
    let answer = write(&store, |tx| {
        tx.insert_user(&user(2, "bob"))?;
        let _ = tx.execute("INSERT INTO nowhere VALUES (1)", &[]);
        Ok(())
    });
    assert!(matches!(
        answer.await,
        Err(WriteError::Unavailable(StoreError::Failed(_)))
    ));
    assert_eq!(
        write(&store, |tx| tx.insert_user(&user(2, "bob"))).await.unwrap(),
        InsertUser::Created
    );
}

#[tokio::test]
async fn a_full_disk_refuses_writes_keeps_reads_and_passes() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    write(&store, furnish).await.unwrap();
    write(&store, |tx| add_key(tx, 1)).await.unwrap();
    let limit = |pages: &'static str| {
        let work = move |database: &mut crate::engine::Sqlite, _: &_, _: &_| database.number(pages).map(drop);
        store.alone(work)
    };
    let fill = |number| {
        write(&store, move |tx| {
            let big = crate::NewUser {
                path: format!("/{}/", "p".repeat(500)).parse().unwrap(),
                ..user(number, &format!("user{number}"))
            };
            tx.insert_user(&big)
        })
    };
    limit("PRAGMA max_page_count = 1").await.unwrap();
    let mut stored = 2;
    let error = loop {
        match fill(stored).await {
            Ok(_) => stored += 1,
            Err(error) => break error,
        }
    };
    assert!(
        matches!(error, WriteError::Unavailable(StoreError::Unavailable(_))),
        "{error}"
    );
    assert!(
        matches!(fill(stored).await, Err(WriteError::Unavailable(_))),
        "it is still full"
    );
    let users = store.read(|reader| reader.users_page(super::account(), "", "", 1000));
    let users = users
        .await
        .unwrap_or_else(|error: StoreError| panic!("{error}"))
        .users;
    assert_eq!(
        users.len() as u64,
        stored - 1,
        "what was answered is there, and nothing else"
    );
    let refused = write(&store, |tx| tx.insert_user(&user(1, "ALICE"))).await;
    assert_eq!(
        refused.unwrap(),
        InsertUser::NameTaken,
        "who writes nothing needs no room"
    );

    limit("PRAGMA max_page_count = 1000000").await.unwrap();
    assert_eq!(fill(stored).await.unwrap(), InsertUser::Created);
    assert_eq!(
        write(&store, |tx| add_key(tx, 2)).await.unwrap(),
        InsertAccessKey::Created
    );
}

#[tokio::test]
async fn readiness_follows_the_last_write_and_finds_out_by_itself_that_it_passed() {
    let store = in_memory();
    write(&store, furnish).await.unwrap();
    let start = Instant::now();
    let ready = |milliseconds| store.ready_at(start + Duration::from_millis(milliseconds));
    let protect = |protected: &'static str| {
        let work = move |database: &mut crate::engine::Sqlite, _: &_, _: &_| database.batch(protected);
        store.alone(work)
    };
    protect("PRAGMA query_only = ON").await.unwrap();
    assert_eq!(ready(0).await, Ok(()), "nobody has tried to write");
    assert!(write(&store, |tx| add_key(tx, 1)).await.is_err());
    let rollbacks = || store.statistics().rollbacks;
    let before = rollbacks();
    for (milliseconds, probes) in [(0, 1), (999, 1), (1000, 2), (1500, 2)] {
        let answer = ready(milliseconds).await;
        assert!(matches!(answer, Err(StoreError::Unavailable(_))), "{answer:?}");
        assert_eq!(rollbacks() - before, probes, "at {milliseconds} ms");
    }
    protect("PRAGMA query_only = OFF").await.unwrap();
    assert!(ready(1999).await.is_err());
    assert_eq!(ready(2000).await, Ok(()));
    assert_eq!(ready(2001).await, Ok(()));

    protect("PRAGMA query_only = ON").await.unwrap();
    assert!(write(&store, |tx| add_key(tx, 1)).await.is_err());
    protect("PRAGMA query_only = OFF").await.unwrap();
    write(&store, |tx| add_key(tx, 1)).await.unwrap();
    assert_eq!(ready(2002).await, Ok(()), "a write that succeeds is proof enough");
    store.close();
    assert!(ready(9000).await.is_err());
}

#[tokio::test]
async fn a_full_queue_is_refused_at_once() {
    let store = in_memory();
    write(&store, furnish).await.unwrap();
    let (release, held) = hold(&store).await;
    let max = keystead_types::limits::WRITE_QUEUE_MAX;
    let waiting: Vec<_> = (0..max).map(|_| spawn(&store, |_| Ok(()))).collect();
    let refused = write(&store, |_| Ok(())).await;
    assert!(matches!(
        refused,
        Err(WriteError::Unavailable(StoreError::Unavailable(_)))
    ));
    drop(release);
    held.await.unwrap();
    for answer in waiting {
        answer.await.unwrap();
    }
    write(&store, |_| Ok(())).await.unwrap();
}

#[tokio::test]
async fn use_is_merged_as_a_whole_or_not_at_all() {
    let store = in_memory();
    write(&store, furnish).await.unwrap();
    write(&store, |tx| add_key(tx, 1).and_then(|_| add_key(tx, 2)))
        .await
        .unwrap();
    let used = |number, requests| UsageRecord {
        access_key: key_id(number),
        last: LastUseRecord {
            at: at(0),
            service: "iam".to_owned(),
            region: "us-east-1".to_owned(),
        },
        days: vec![DayUseRecord {
            day: at(0).day(),
            requests,
        }],
        sources: Vec::new(),
    };
    store.add_usage(vec![used(1, 1)]).await.unwrap();
    // The second record fails after the first was merged.
    let spoil = "ALTER TABLE iam_access_key_usage_day ADD COLUMN more INTEGER CHECK (requests < 1000)";
    let spoil = move |database: &mut crate::engine::Sqlite, _: &_, _: &_| database.batch(spoil);
    store.alone(spoil).await.unwrap();
    let both = vec![used(1, 1), used(2, 1000)];
    store.add_usage(both).await.unwrap_err();
    let days = store.read(|reader| reader.access_key_days(super::account(), key_id(1)));
    let days = days.await.unwrap_or_else(|error: StoreError| panic!("{error}"));
    assert_eq!(days, used(1, 1).days);

    let most = keystead_types::limits::USAGE_RECORDS_PER_WRITE_MAX;
    store.add_usage(vec![used(1, 1); most]).await.unwrap();
    store.add_usage(vec![used(1, 1); most + 1]).await.unwrap_err();
}

#[tokio::test]
async fn a_secret_that_does_not_open_is_kept_and_counted() {
    use keystead_verifier::Directory;
    let store = in_memory();
    write(&store, furnish).await.unwrap();
    write(&store, |tx| add_key(tx, 1)).await.unwrap();
    let spoil = "UPDATE iam_access_key SET sealed_secret = $1 WHERE id = $2";
    let spoilt =
        |tx: &mut Tx<'_>| tx.execute(spoil, &[[1_u8; 70].as_slice().into(), key_id(1).as_str().into()]);
    write(&store, move |tx| spoilt(tx)).await.unwrap();
    let error = store.access_key(key_id(1)).await.err().unwrap();
    assert!(error.reason.contains(key_id(1).as_str()), "{error}");
    assert_eq!(store.statistics().unopened, 1);
    let kept = store.read(|reader| reader.access_key(key_id(1))).await;
    assert!(
        kept.unwrap_or_else(|error: StoreError| panic!("{error}"))
            .is_some()
    );
}
