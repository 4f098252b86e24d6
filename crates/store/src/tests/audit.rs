//! Audit records: their shape, and the log of reads and refusals.

use std::sync::Arc;

use keystead_types::{Identity, Principal, RequestId, Timestamp, UserIdentity, limits};
use serde_json::{Value as Json, json};

use super::{Seeded, account, at, furnish, in_memory, key_id, open, user_id, write};
use crate::{
    AuditElements, AuditEvent, AuditLog, AuditPage, AuditQuery, AuditRecord, Call, Changes, Revision, Store,
    StoreError, Subject, Tx,
    retention::{Retention, STEP_RECORDS},
};

pub(crate) fn principal() -> Arc<Principal> {
    Arc::new(Principal {
        account: account(),
        identity: Identity::User(UserIdentity {
            id: user_id(1),
            name: "alice".parse().unwrap(),
            path: "/ops/".parse().unwrap(),
        }),
    })
}

pub(crate) fn event(number: u64) -> AuditEvent {
    AuditEvent {
        time: at(number as i64),
        event_id: RequestId::generate(&*Seeded::new(number)),
        request_id: RequestId::generate(&*Seeded::new(100 + number)),
        account: account(),
        principal: Some(principal()),
        session: None,
        access_key: Some(key_id(number % 2)),
        event_source: "iam.amazonaws.com".into(),
        operation: "CreateUser".into(),
        region: "us-east-1".into(),
        source_address: "192.0.2.1".into(),
        user_agent: "aws-cli/2".into(),
        error: None,
        request_parameters: elements(&json!({"userName": "bob"})),
        response_elements: elements(&json!({"user": {"userName": "bob"}})),
        read_only: false,
    }
}

fn elements(json: &Json) -> Option<AuditElements> {
    Some(AuditElements::new(json.to_string()).unwrap())
}

pub(crate) fn call<'a>(principal: &'a Arc<Principal>, seconds: i64, operation: &'a str) -> Call<'a> {
    Call {
        time: at(seconds),
        request_id: RequestId::generate(&*Seeded::new(1)),
        account: account(),
        principal: Some(principal),
        session: None,
        access_key: Some(key_id(1)),
        event_source: "iam.amazonaws.com",
        operation,
        region: "eu-west-1",
        source: [192, 0, 2, 7].into(),
        user_agent: "aws-cli/2",
        error: None,
        response_elements: None,
        read_only: true,
    }
}

pub(crate) fn everything() -> AuditQuery {
    AuditQuery {
        account: account(),
        from: Timestamp::from_seconds(0),
        until: at(1_000_000),
        after: None,
        arrived_after: None,
        access_key: None,
        caller: None,
        operation: None,
        outcome: None,
        limit: usize::MAX,
    }
}

/// All pages from the first.
async fn all<F: Future<Output = Result<AuditPage, StoreError>>>(
    page: impl Fn(AuditQuery) -> F,
) -> Vec<AuditRecord> {
    let (mut query, mut records) = (everything(), Vec::new());
    loop {
        let found = page(query.clone()).await.unwrap();
        records.extend(found.records);
        match found.next {
            Some(next) => query.after = Some(next),
            None => return records,
        }
    }
}

/// The records of reads and refusals.
async fn logged(log: &AuditLog) -> Vec<AuditRecord> {
    all(|query| log.events(query)).await
}

/// The records of changes.
async fn of_changes(store: &Store) -> Vec<AuditRecord> {
    all(|query| store.read(move |reader| reader.audit_events(&query))).await
}

async fn counts(store: &Store) -> Vec<(String, u64)> {
    let records = logged(store.audit_log()).await;
    let count = |record: &AuditRecord| {
        let json: Json = serde_json::from_str(&record.record).unwrap();
        json["count"].as_u64().unwrap_or(1)
    };
    let mut counts: Vec<_> = records
        .iter()
        .map(|record| (record.operation.clone(), count(record)))
        .collect();
    counts.sort();
    counts
}

#[test]
fn a_record_has_cloudtrails_members() {
    let mut refused = event(1);
    refused.error = Some(("AccessDenied".into(), "no".into()));
    refused.response_elements = None;
    refused.user_agent = "ä".repeat(limits::USER_AGENT_BYTES_MAX).into();
    let record: Json = serde_json::from_str(&refused.json(3)).unwrap();
    let expected = json!({
        "eventVersion": "1.11",
        "userIdentity": {
            "type": "IAMUser",
            "principalId": user_id(1).to_string(),
            "arn": "arn:aws:iam::123456789012:user/ops/alice",
            "accountId": "123456789012",
            "accessKeyId": key_id(1).to_string(),
            "userName": "alice",
        },
        "eventTime": at(1).to_string(),
        "eventSource": "iam.amazonaws.com",
        "eventName": "CreateUser",
        "awsRegion": "us-east-1",
        "sourceIPAddress": "192.0.2.1",
        "userAgent": "ä".repeat(limits::USER_AGENT_BYTES_MAX / 2),
        "errorCode": "AccessDenied",
        "errorMessage": "no",
        "requestParameters": {"userName": "bob"},
        "responseElements": null,
        "requestID": refused.request_id.to_string(),
        "eventID": refused.event_id.to_string(),
        "readOnly": false,
        "eventType": "AwsApiCall",
        "managementEvent": true,
        "recipientAccountId": "123456789012",
        "eventCategory": "Management",
        "count": 3,
    });
    assert_eq!(record, expected);

    let mut root = event(1);
    root.principal = Some(Arc::new(Principal {
        account: account(),
        identity: Identity::Root,
    }));
    let record: Json = serde_json::from_str(&root.json(1)).unwrap();
    let expected = json!({
        "type": "Root",
        "principalId": "123456789012",
        "arn": "arn:aws:iam::123456789012:root",
        "accountId": "123456789012",
        "accessKeyId": key_id(1).to_string(),
    });
    assert_eq!((&record["userIdentity"], record.get("count")), (&expected, None));
    root.principal = None;
    root.access_key = None;
    let record: Json = serde_json::from_str(&root.json(1)).unwrap();
    assert_eq!(record["userIdentity"], json!({"type": "Unknown"}));
}

#[tokio::test]
async fn calls_are_single_then_merged_then_dropped() {
    let store = in_memory();
    let log = store.audit_log();
    let principal = principal();
    let singles = limits::AUDIT_SINGLE_RECORDS_PER_SECOND;
    let mut parameters_made = 0;
    for _ in 0..singles + 500 {
        log.record(&call(&principal, 0, "GetUser"), || {
            parameters_made += 1;
            None
        });
    }
    assert_eq!(
        parameters_made,
        singles + 1,
        "a call that is only counted costs no JSON"
    );
    let mut refused = call(&principal, 0, "GetUser");
    refused.error = Some(("AccessDenied", "no"));
    log.record(&refused, || None);
    log.record(&call(&principal, 0, "ListUsers"), || None);
    // A new second has singles of its own.
    log.record(&call(&principal, 1, "GetUser"), || None);
    let counts = counts(&store).await;
    let of = |name: &'static str| counts.iter().filter(move |(operation, _)| operation == name);
    assert_eq!(of("GetUser").count() as u32, singles + 3);
    assert_eq!(of("GetUser").map(|(_, count)| count).max(), Some(&500));
    assert_eq!(of("ListUsers").count(), 1);
    let statistics = store.statistics();
    assert_eq!((statistics.audit_merged, statistics.audit_dropped), (499, 0));

    let distinct = limits::AUDIT_MERGED_RECORDS_PER_SECOND;
    for number in 0..singles + distinct + 10 {
        log.record(&call(&principal, 2, &format!("Operation{number}")), || None);
    }
    log.flush().await.unwrap();
    let after = store.statistics();
    assert_eq!(after.audit_dropped, 10);
    assert_eq!(
        after.audit_records + after.audit_dropped,
        statistics.audit_records + u64::from(singles + distinct) + 10
    );
}

/// Runs `work` while the log's thread writes nothing.
async fn while_held<T>(log: &AuditLog, work: impl FnOnce() -> T) -> T {
    let (release, released) = std::sync::mpsc::channel::<()>();
    let (began, beginning) = tokio::sync::oneshot::channel();
    let hold = log.with_database(move |_| {
        began.send(()).unwrap();
        let _ = released.recv();
        Ok(())
    });
    let work = async {
        beginning.await.unwrap();
        let value = work();
        drop(release);
        value
    };
    let (held, value) = tokio::join!(hold, work);
    held.unwrap();
    value
}

#[tokio::test]
async fn a_flood_without_signatures_crowds_out_nobody_else() {
    let store = in_memory();
    let log = store.audit_log();
    let flood = limits::AUDIT_SINGLE_RECORDS_PER_SECOND + limits::AUDIT_MERGED_RECORDS_PER_SECOND + 1000;
    let principal = principal();
    for n in 0..flood {
        let mut claimed = call(&principal, 0, "GetUser");
        claimed.principal = None;
        claimed.access_key = Some(key_id(n as u64));
        claimed.error = Some(("InvalidClientTokenId", "no"));
        log.record(&claimed, || None);
    }
    log.record(&call(&principal, 0, "ListUsers"), || None);
    let recorded = logged(log).await;
    let proven = recorded.iter().filter(|record| record.operation == "ListUsers");
    assert_eq!(proven.count(), 1);
    // Beyond the single ones, an invented key id makes no record of its own.
    assert_eq!(recorded.len() as u32, limits::AUDIT_SINGLE_RECORDS_PER_SECOND + 2);
}

#[tokio::test]
async fn neither_a_late_call_nor_a_flush_begins_a_second_anew() {
    let store = in_memory();
    let log = store.audit_log();
    let principal = principal();
    let record = |seconds| log.record(&call(&principal, seconds, "GetUser"), || None);
    let singles = u64::from(limits::AUDIT_SINGLE_RECORDS_PER_SECOND);
    while_held(log, || {
        (0..singles).for_each(|_| record(5));
        for _ in 0..50 {
            record(4);
            record(5);
        }
    })
    .await;
    log.flush().await.unwrap();
    let statistics = store.statistics();
    assert_eq!(
        (statistics.audit_records, statistics.audit_merged),
        (singles + 1, 99)
    );
    while_held(log, || (0..10).for_each(|_| record(5))).await;
    log.flush().await.unwrap();
    let statistics = store.statistics();
    assert_eq!(
        (statistics.audit_records, statistics.audit_merged),
        (singles + 2, 108)
    );
    // A clock that was set back by an hour does not merge all calls until it has caught up.
    while_held(log, || (0..10).for_each(|_| record(-3600))).await;
    log.flush().await.unwrap();
    assert_eq!(store.statistics().audit_records, singles + 12);
}

#[tokio::test]
async fn a_record_and_what_waits_have_a_bounded_size() {
    let store = in_memory();
    let log = store.audit_log();
    let principal = principal();
    let long = "ä".repeat(100_000);
    let long = long.as_str();
    let mut longest = call(&principal, 0, long);
    (longest.region, longest.user_agent, longest.error) = (long, long, Some((long, long)));
    log.record(&longest, || None);
    let mut events = logged(log).await;
    let record: Json = serde_json::from_str(&events.remove(0).record).unwrap();
    for (name, bytes_max) in [
        ("eventName", limits::AUDIT_NAME_BYTES_MAX),
        ("awsRegion", limits::AUDIT_NAME_BYTES_MAX),
        ("errorCode", limits::AUDIT_NAME_BYTES_MAX),
        ("errorMessage", limits::AUDIT_ERROR_MESSAGE_BYTES_MAX),
        ("userAgent", limits::USER_AGENT_BYTES_MAX),
    ] {
        assert_eq!(
            record[name].as_str().unwrap(),
            "ä".repeat(bytes_max / 2),
            "{name}"
        );
    }

    let text = |bytes: usize| format!("\"{}\"", "x".repeat(bytes - 2));
    let bytes = limits::AUDIT_ELEMENTS_BYTES_MAX;
    assert_eq!(AuditElements::new(text(bytes + 1)), None);
    assert_eq!(AuditElements::new("{".to_owned()), None);
    let big = AuditElements::new(text(bytes));
    let count = (limits::AUDIT_WAITING_BYTES_MAX / 2 / bytes) as u64 + 20;
    while_held(log, || {
        for number in 0..count {
            log.record(&call(&principal, number as i64, "GetUser"), || big.clone());
        }
    })
    .await;
    log.flush().await.unwrap();
    let statistics = store.statistics();
    assert_eq!(statistics.audit_records - 1 + statistics.audit_dropped, count);
    assert!((15..30).contains(&statistics.audit_dropped), "{statistics:?}");
}

#[tokio::test]
async fn what_was_recorded_is_there_after_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    write(&store, furnish).await.unwrap();
    let principal = principal();
    store.audit_log().record(&call(&principal, 0, "GetUser"), || {
        elements(&json!({"userName": "a"}))
    });
    write(&store, |tx| tx.audit(&event(1))).await.unwrap();
    store.close();
    let closed = store.audit_log().flush().await;
    assert!(closed.is_err());
    drop(store);

    let store = open(directory.path());
    assert_eq!(counts(&store).await, [("GetUser".to_owned(), 1)]);
    let changes = of_changes(&store).await;
    assert_eq!(changes.len(), 1);
    assert_eq!(changes[0].record, event(1).json(1));
    store
        .maintain(at(limits::AUDIT_RETENTION_DAYS * 86_400 + 10))
        .await
        .unwrap();
    assert_eq!(counts(&store).await, []);
    let changes = of_changes(&store).await;
    assert_eq!(changes, []);
}

#[tokio::test]
async fn housekeeping_goes_on_until_nothing_is_left_to_remove() {
    let store = in_memory();
    write(&store, furnish).await.unwrap();
    let many = 3 * u64::from(STEP_RECORDS) + 7;
    let fill = move |tx: &mut Tx<'_>| {
        for number in 0..many {
            tx.audit(&event(number))?;
            tx.change(Subject::Key(key_id(1)))?;
        }
        Ok(tx.revision())
    };
    let revision = write(&store, fill).await.unwrap();
    let principal = principal();
    for number in 0..many {
        store
            .audit_log()
            .record(&call(&principal, number as i64, "GetUser"), || None);
    }
    let retention = Retention {
        audit_bytes_max: 10_000,
        changes_max: 3,
    };
    store.maintain_within(retention, at(0)).await.unwrap();
    store.audit_log().flush().await.unwrap();
    store.maintain_within(retention, at(0)).await.unwrap();

    let read = store.read(move |reader| {
        let kept = Revision(revision.number() - 3);
        Ok::<_, StoreError>((
            reader.changes_after(kept, 10)?,
            reader.changes_after(Revision(kept.number() - 1), 10)?,
        ))
    });
    let (kept, gone) = read.await.unwrap();
    let events = of_changes(&store).await;
    let reads = logged(store.audit_log()).await;
    for kept in [&events, &reads] {
        let bytes: usize = kept.iter().map(|event| event.record.len()).sum();
        assert!((5_000..10_000).contains(&bytes), "{bytes}");
    }
    assert!(matches!(kept, Changes::Following(changes) if changes.len() == 3));
    assert_eq!(gone, Changes::Gone);
}
