//! What SQLite looks through to answer: an index, never a whole table.

use std::ops::ControlFlow;

use crate::{
    engine::{Engine, Sqlite, Value},
    schema::Database,
    statements,
};

/// The steps of a statement's plan. What its parameters are does not change it.
fn plan(database: Database, statement: &str) -> Vec<String> {
    let sqlite = Sqlite::in_memory().unwrap();
    database.migrate(&sqlite, "memory".as_ref()).unwrap();
    let mut steps = Vec::new();
    let explained = format!("EXPLAIN QUERY PLAN {statement}");
    let numbers = (1..).take_while(|number| statement.contains(&format!("${number}")));
    let parameters = vec![Value::Integer(0); numbers.count()];
    let read = sqlite.query(&explained, &parameters, &mut |row| {
        steps.push(row.text(3)?.to_owned());
        Ok(ControlFlow::Continue(()))
    });
    read.unwrap();
    steps
}

#[test]
fn pages_of_events_are_read_off_an_index() {
    #[rustfmt::skip]
    let rows = [
        (statements::AUDIT_EVENTS_OF_OUTCOME, statements::AUDIT_PLACES_OF_OUTCOME, "outcome"),
        (statements::AUDIT_EVENTS_OF_ACCESS_KEY, statements::AUDIT_PLACES_OF_ACCESS_KEY, "access_key"),
        (statements::AUDIT_EVENTS_OF_PRINCIPAL, statements::AUDIT_PLACES_OF_PRINCIPAL, "principal"),
        (statements::AUDIT_EVENTS_OF_OPERATION, statements::AUDIT_PLACES_OF_OPERATION, "operation"),
    ];
    for (events, places, column) in rows {
        let index = format!(
            "INDEX audit_event_of_{column} \
             (account=? AND {column}=? AND time>? AND (time,sequence)<(?,?))"
        );
        let (reads_events, reads_nothing_else) = (
            format!("SEARCH audit_event USING {index}"),
            format!("SEARCH audit_event USING COVERING {index}"),
        );
        for database in [Database::Main, Database::Audit] {
            assert_eq!(plan(database, events), [reads_events.as_str()], "{column}");
            assert_eq!(plan(database, places), [reads_nothing_else.as_str()], "{column}");
        }
    }
}

#[test]
fn groups_of_a_user_are_read_from_the_user_on() {
    let steps = [
        "SEARCH m USING COVERING INDEX iam_group_of_member (account=? AND user_id=?)",
        "SEARCH g USING PRIMARY KEY (account=? AND id=?)",
        "USE TEMP B-TREE FOR ORDER BY",
    ];
    assert_eq!(plan(Database::Main, statements::GROUPS_OF_USER), steps);
}

#[test]
fn users_are_searched_in_the_index_of_names() {
    let step =
        "SEARCH iam_user USING COVERING INDEX sqlite_autoindex_iam_user_2 (account=? AND folded_name>?)";
    assert_eq!(plan(Database::Main, statements::USER_NAMES_AFTER), [step]);
}

#[test]
fn what_needs_attention_is_read_off_indexes_of_nothing_else() {
    #[rustfmt::skip]
    let rows = [
        (
            statements::ACTIVE_ACCESS_KEYS_AFTER,
            "SEARCH iam_access_key USING INDEX iam_active_access_key \
             (account=? AND used=? AND (created_at,id)>(?,?) AND created_at<?)",
        ),
        (
            statements::ACTIVE_ACCESS_KEY_IDS,
            "SEARCH iam_access_key USING COVERING INDEX iam_active_access_key (account=? AND used=? AND created_at<?)",
        ),
        (
            statements::USERS_WITHOUT_MFA,
            "SEARCH iam_user USING COVERING INDEX iam_user_without_mfa (account=?)",
        ),
        (
            statements::USERS_WITHOUT_MFA_AFTER,
            "SEARCH iam_user USING INDEX iam_user_without_mfa (account=? AND folded_name>?)",
        ),
    ];
    for (statement, step) in rows {
        assert_eq!(plan(Database::Main, statement), [step]);
    }
}
