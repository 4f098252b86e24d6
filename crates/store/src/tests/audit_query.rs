//! The audit events of changes and those of reads and refusals, as one list.

use keystead_types::{UserName, limits};

use super::{
    account, at,
    audit::{call, event, everything, principal},
    furnish, in_memory, key_id, write,
};
use crate::{AuditCaller, AuditOutcome, AuditPosition, AuditQuery, AuditRecord, Store};

/// Changes in even seconds, reads and refusals in all; several in a second.
async fn fill(store: &Store, seconds: u64) {
    write(store, furnish).await.unwrap();
    write(store, move |tx| {
        for number in (0..seconds).step_by(2) {
            let mut change = event(number);
            change.operation = ["CreateUser", "CreateAccessKey"][number as usize / 2 % 2].into();
            tx.audit(&change)?;
            tx.audit(&change)?;
        }
        Ok(())
    })
    .await
    .unwrap();
    let principal = principal();
    for number in 0..seconds {
        let mut call = call(&principal, number as i64, "GetUser");
        call.access_key = Some(key_id(number % 3));
        call.error = match number % 7 {
            0 => Some(("AccessDenied", "no")),
            1 => Some(("NoSuchEntity", "no")),
            _ => None,
        };
        store.audit_log().record(&call, || None);
    }
}

/// All pages, with whatever each of them costs.
async fn all(store: &Store, mut query: AuditQuery) -> Vec<AuditRecord> {
    let mut records = Vec::new();
    loop {
        let page = store.audit_events(query.clone()).await.unwrap();
        assert!(page.records.len() <= query.limit);
        records.extend(page.records);
        match page.next {
            Some(next) => {
                assert!(query.after.is_none_or(|before| next < before), "pages go on");
                query.after = Some(next);
            }
            None => return records,
        }
    }
}

#[tokio::test]
async fn every_filter_finds_what_looking_at_each_event_finds() {
    let store = in_memory();
    fill(&store, 60).await;
    let whole = all(
        &store,
        AuditQuery {
            limit: 200,
            ..everything()
        },
    )
    .await;
    assert_eq!(whole.len(), 60 + 60);
    assert!(whole.is_sorted_by(|later, earlier| later.position > earlier.position));

    let keys = [None, Some(key_id(1)), Some(key_id(2)), Some(key_id(9))];
    let name: UserName = "alice".parse().unwrap();
    let callers = [
        None,
        Some(AuditCaller::Id(principal().user_id())),
        Some(AuditCaller::Id("AIDAEXAMPLE".to_owned())),
        Some(AuditCaller::Name(name)),
    ];
    let operations = [None, Some("GetUser"), Some("CreateAccessKey"), Some("DeleteUser")];
    let outcomes = [None].into_iter().chain(AuditOutcome::ALL.map(Some));
    for outcome in outcomes {
        for (key, operation) in keys
            .iter()
            .flat_map(|key| operations.map(|operation| (key, operation)))
        {
            for (caller, limit) in callers.iter().zip([1, 7, 50, 200]) {
                let query = AuditQuery {
                    from: at(3),
                    until: at(57),
                    access_key: *key,
                    caller: caller.clone(),
                    operation: operation.map(str::to_owned),
                    outcome,
                    limit,
                    ..everything()
                };
                let fits = |record: &&AuditRecord| {
                    let time = record.position.time();
                    (at(3)..at(57)).contains(&time)
                        && key.is_none_or(|key| record.access_key == key.as_str())
                        && operation.is_none_or(|operation| record.operation == operation)
                        && outcome.is_none_or(|outcome| record.outcome == outcome)
                        && match caller {
                            Some(AuditCaller::Id(id)) => record.principal == *id,
                            Some(AuditCaller::Name(_)) | None => true,
                        }
                };
                let expected: Vec<_> = whole.iter().filter(fits).cloned().collect();
                assert_eq!(all(&store, query.clone()).await, expected, "{query:?}");
            }
        }
    }
}

#[tokio::test]
async fn a_page_where_little_fits_ends_early_and_says_where_to_look_further() {
    let store = in_memory();
    write(&store, furnish).await.unwrap();
    let principal = principal();
    // What one of the keys does, the other never does.
    for number in 0..4 * i64::from(limits::AUDIT_PAGE_RECORDS_SCANNED_MAX) {
        let operation = ["GetUser", "ListUsers"][number as usize % 2];
        let mut call = call(&principal, number, operation);
        call.access_key = Some(key_id(number as u64 % 2));
        store.audit_log().record(&call, || None);
    }
    let rows = [
        AuditQuery {
            caller: Some(AuditCaller::Name("nobody".parse().unwrap())),
            ..everything()
        },
        AuditQuery {
            access_key: Some(key_id(0)),
            operation: Some("ListUsers".to_owned()),
            ..everything()
        },
    ];
    for rare in rows {
        let page = store.audit_events(rare.clone()).await.unwrap();
        assert_eq!(page.records, [], "{rare:?}");
        assert!(page.next.is_some(), "{rare:?}");
        assert_eq!(all(&store, rare).await, []);
    }
}

#[tokio::test]
async fn what_is_rare_is_found_among_much_of_something_else() {
    let store = in_memory();
    let rare = i64::from(limits::AUDIT_PAGE_RECORDS_SCANNED_MAX) * 3;
    fill(&store, rare as u64).await;
    let mut events = Vec::new();
    for time in [0, rare] {
        let mut event = event(time as u64);
        event.operation = "DeleteUser".into();
        events.push(event);
    }
    write(&store, move |tx| {
        events.iter().try_for_each(|event| tx.audit(event))
    })
    .await
    .unwrap();
    let query = AuditQuery {
        caller: Some(AuditCaller::Id(principal().user_id())),
        operation: Some("DeleteUser".to_owned()),
        outcome: Some(AuditOutcome::Success),
        ..everything()
    };
    let page = store.audit_events(query).await.unwrap();
    let times = page.records.iter().map(|record| record.position.time());
    assert!(times.eq([at(rare), at(0)]), "{page:?}");
    assert_eq!(page.next, None);
}

#[tokio::test]
async fn large_records_make_a_page_short() {
    let store = in_memory();
    write(&store, furnish).await.unwrap();
    let text = format!("\"{}\"", "x".repeat(limits::AUDIT_ELEMENTS_BYTES_MAX - 2));
    write(&store, move |tx| {
        for number in 0..30 {
            let mut large = event(number);
            large.request_parameters = crate::AuditElements::new(text.clone());
            tx.audit(&large)?;
        }
        Ok(())
    })
    .await
    .unwrap();
    let query = AuditQuery {
        limit: 30,
        ..everything()
    };
    let page = store.audit_events(query.clone()).await.unwrap();
    assert!((5..15).contains(&page.records.len()), "{}", page.records.len());
    assert!(page.next.is_some());
    assert_eq!(all(&store, query).await.len(), 30);
}

#[tokio::test]
async fn what_has_arrived_since_is_told_apart_whatever_its_time() {
    let store = in_memory();
    fill(&store, 20).await;
    let before = store.audit_events(everything()).await.unwrap();
    let end = before.end.to_string().parse().unwrap();
    assert_eq!(before.end, end);
    let since = AuditQuery {
        arrived_after: Some(end),
        limit: 50,
        ..everything()
    };
    assert_eq!(all(&store, since.clone()).await, []);
    // Both are earlier than the latest that is known.
    write(&store, |tx| tx.audit(&event(5))).await.unwrap();
    let principal = principal();
    store
        .audit_log()
        .record(&call(&principal, 7, "GetGroup"), || None);
    let arrived = store.audit_events(since.clone()).await.unwrap();
    let operations: Vec<&str> = arrived
        .records
        .iter()
        .map(|record| record.operation.as_str())
        .collect();
    assert_eq!(operations, ["GetGroup", "CreateUser"]);
    let later = AuditQuery {
        arrived_after: Some(arrived.end),
        ..since
    };
    assert_eq!(all(&store, later).await, []);
}

#[tokio::test]
async fn another_account_has_events_of_its_own() {
    let store = in_memory();
    fill(&store, 5).await;
    let query = AuditQuery {
        account: "210987654321".parse().unwrap(),
        ..everything()
    };
    assert_ne!(query.account, account());
    assert_eq!(all(&store, query).await, []);
}

#[test]
fn a_position_reads_as_it_was_written() {
    for text in ["1800000000.0.17", "-5.1.0"] {
        assert_eq!(text.parse::<AuditPosition>().unwrap().to_string(), text);
    }
    for text in [
        "",
        "1",
        "1.2",
        "1.x.2",
        "1.0.2.3",
        "1.300.2",
        "99999999999999999999.0.0",
    ] {
        assert!(text.parse::<AuditPosition>().is_err(), "{text}");
    }
}
