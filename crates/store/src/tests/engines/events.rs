use keystead_types::{SECONDS_PER_DAY, limits};

use super::{Case, Fixture};
use crate::{
    AuditFilter, AuditQuery,
    audit::{Tail, events},
    tests::{
        account, at,
        audit::{event, principal},
        key_id,
    },
};

pub(super) const CASES: &[Case] = &[
    ("events_are_found_by_each_index", queries),
    ("old_events_go_and_then_the_oldest", retention),
];

fn query(filter: AuditFilter) -> AuditQuery {
    AuditQuery {
        from: at(0),
        until: at(100),
        filter,
        limit: 10,
    }
}

fn queries(fixture: &Fixture<'_>) {
    for number in 0..4 {
        fixture.write(|tx| tx.audit(&event(number)));
    }
    let user = principal().user_id();
    let rows = [
        (AuditFilter::All, 4),
        (AuditFilter::AccessKey(account(), key_id(1)), 2),
        (AuditFilter::Principal(account(), user), 4),
        (AuditFilter::Operation(account(), "CreateUser".to_owned()), 4),
        (AuditFilter::Operation(account(), "DeleteUser".to_owned()), 0),
    ];
    for (filter, expected) in rows {
        let found = fixture.read(|reader| reader.audit_events(&query(filter.clone())));
        assert_eq!(found.len(), expected, "{filter:?}");
        assert_eq!(found, events(fixture.engine(), &query(filter)).unwrap());
    }
    let latest = AuditQuery {
        limit: 1,
        until: at(3),
        ..query(AuditFilter::All)
    };
    let found = fixture.read(|reader| reader.audit_events(&latest));
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].record, event(2).json(1));
}

fn retention(fixture: &Fixture<'_>) {
    let engine = fixture.engine();
    let day = |day: i64| at(day * SECONDS_PER_DAY);
    let mut tail = Tail::read(engine).unwrap();
    let mut size = 0;
    for number in 0..5 {
        let mut event = event(number);
        event.time = day(number as i64);
        tail.append(engine, &event, 1).unwrap();
        size = event.json(1).len() as u64 + 250;
    }
    tail.write(engine).unwrap();
    let left = || {
        let all = AuditQuery {
            until: day(99),
            ..query(AuditFilter::All)
        };
        events(engine, &all).unwrap().len()
    };
    let step = |now, bytes_max| {
        let mut tail = Tail::read(engine).unwrap();
        tail.remove_old(engine, now, bytes_max).unwrap();
        tail.write(engine).unwrap();
        left()
    };
    assert_eq!(
        step(day(limits::AUDIT_RETENTION_DAYS), u64::MAX),
        5,
        "exactly 90 days are kept"
    );
    assert_eq!(step(day(limits::AUDIT_RETENTION_DAYS + 2), u64::MAX), 3);
    assert_eq!(step(day(5), 3 * size), 3);
    assert_eq!(step(day(5), 3 * size - 1), 2);
    assert_eq!(step(day(5), 0), 0);
    assert!(!fixture.write(|tx| tx.remove_old_audit_events(day(5), 0)));
}
