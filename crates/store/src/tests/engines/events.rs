use keystead_types::{SECONDS_PER_DAY, limits};

use super::{Case, Fixture};
use crate::{
    AuditCaller, AuditOutcome, AuditPage, AuditQuery,
    audit::Tail,
    tests::{
        at,
        audit::{event, everything, principal},
        key_id,
    },
};

pub(super) const CASES: &[Case] = &[
    ("events_are_found_by_each_index", queries),
    ("pages_of_events_follow_each_other", pages),
    ("old_events_go_and_then_the_oldest", retention),
];

fn found(fixture: &Fixture<'_>, query: &AuditQuery) -> AuditPage {
    fixture.read(|reader| reader.audit_events(query))
}

fn queries(fixture: &Fixture<'_>) {
    for number in 0..6 {
        let mut event = event(number);
        event.error = match number {
            4 => Some(("AccessDenied".into(), "no".into())),
            5 => Some(("NoSuchEntity".into(), "no".into())),
            _ => None,
        };
        fixture.write(|tx| tx.audit(&event));
    }
    let id = Some(AuditCaller::Id(principal().user_id()));
    let key = |number| Some(key_id(number));
    let name = |name: &str| Some(AuditCaller::Name(name.parse().unwrap()));
    let operation = |name: &str| Some(name.to_owned());
    let [success, denied, failed] = AuditOutcome::ALL.map(Some);
    // The numbers of the events.
    #[rustfmt::skip]
    let rows: [(_, _, _, _, &[u64]); 14] = [
        (None, None, None, None, &[5, 4, 3, 2, 1, 0]),
        (None, None, None, success, &[3, 2, 1, 0]),
        (None, None, None, denied, &[4]),
        (None, None, None, failed, &[5]),
        (key(1), None, None, None, &[5, 3, 1]),
        (key(1), None, None, success, &[3, 1]),
        (key(7), None, None, None, &[]),
        (None, id.clone(), None, None, &[5, 4, 3, 2, 1, 0]),
        (None, id.clone(), operation("CreateUser"), denied, &[4]),
        (key(0), id, None, failed, &[]),
        (None, None, operation("DeleteUser"), None, &[]),
        (None, None, operation("CreateUser"), failed, &[5]),
        (None, name("alice"), None, None, &[5, 4, 3, 2, 1, 0]),
        // Whom the calls were about is not who called.
        (None, name("bob"), None, None, &[]),
    ];
    for (access_key, caller, operation, outcome, expected) in rows {
        let query = AuditQuery {
            access_key,
            caller,
            operation,
            outcome,
            ..everything()
        };
        let page = found(fixture, &query);
        let seconds = page.records.iter().map(|record| record.position.time());
        let expected = expected.iter().map(|number| at(*number as i64));
        assert!(seconds.eq(expected), "{query:?}: {page:?}");
        assert_eq!(page.next, None, "{query:?}");
    }
    let within = AuditQuery {
        from: at(1),
        until: at(3),
        ..everything()
    };
    let page = found(fixture, &within);
    assert_eq!(page.records.len(), 2);
    assert_eq!(page.records[0].record, event(2).json(1));
    let elsewhere = AuditQuery {
        account: "210987654321".parse().unwrap(),
        ..everything()
    };
    assert_eq!(found(fixture, &elsewhere).records, []);
}

fn pages(fixture: &Fixture<'_>) {
    // Two in each second.
    for number in 0..10 {
        let mut event = event(number);
        event.time = at(number as i64 / 2);
        fixture.write(|tx| tx.audit(&event));
    }
    let mut query = AuditQuery {
        limit: 3,
        ..everything()
    };
    let mut seen = Vec::new();
    loop {
        let page = found(fixture, &query);
        assert!(page.records.len() <= 3);
        seen.extend(page.records);
        // What comes meanwhile is in nobody's way.
        fixture.write(|tx| tx.audit(&event(50)));
        match page.next {
            Some(next) => query.after = Some(next.to_string().parse().unwrap()),
            None => break,
        }
    }
    assert_eq!(seen.len(), 10);
    assert!(seen.is_sorted_by(|later, earlier| later.position > earlier.position));
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
        size = event.json(1).len() as u64 + 280;
    }
    tail.write(engine).unwrap();
    let left = || found(fixture, &everything()).records.len();
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
