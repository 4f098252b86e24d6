use std::time::Duration;

use super::*;

fn metrics() -> Metrics {
    let label = |operation, class| OperationLabel {
        service: "iam",
        operation,
        class,
    };
    Metrics::new(
        "0.1.0",
        vec![
            label("GetUser", OperationClass::Read),
            label("CreateUser", OperationClass::Write),
        ],
        &["signature", "skew"],
    )
}

/// The value of the line that starts with `name`.
fn value(page: &str, name: &str) -> Option<String> {
    page.lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(' '))
        .map(str::to_owned)
}

#[test]
fn requests_by_operation_and_outcome() {
    let metrics = metrics();
    metrics.request(Some(0), Outcome::Success, Duration::from_micros(20));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| metrics.request(Some(1), Outcome::Success, Duration::from_micros(700)));
        }
    });
    metrics.request(Some(1), Outcome::Denied, Duration::from_micros(5));
    metrics.request(None, Outcome::Invalid, Duration::ZERO);
    metrics.request(Some(99), Outcome::Invalid, Duration::ZERO);
    let page = metrics.render();
    let rows = [
        (
            r#"keystead_requests_total{service="iam",operation="GetUser",outcome="success"}"#,
            Some("1"),
        ),
        (
            r#"keystead_requests_total{service="iam",operation="GetUser",outcome="failed"}"#,
            None,
        ),
        (
            r#"keystead_requests_total{service="iam",operation="CreateUser",outcome="success"}"#,
            Some("4"),
        ),
        (
            r#"keystead_requests_total{service="iam",operation="CreateUser",outcome="denied"}"#,
            Some("1"),
        ),
        (
            r#"keystead_requests_total{service="unknown",operation="unknown",outcome="invalid"}"#,
            Some("2"),
        ),
        (
            r#"keystead_request_duration_seconds_count{class="write"}"#,
            Some("5"),
        ),
        (
            r#"keystead_request_duration_seconds_bucket{le="0.0005",class="write"}"#,
            Some("1"),
        ),
        (
            r#"keystead_request_duration_seconds_bucket{le="0.001",class="write"}"#,
            Some("5"),
        ),
        (
            r#"keystead_request_duration_seconds_bucket{le="+Inf",class="read"}"#,
            Some("3"),
        ),
    ];
    for (name, expected) in rows {
        assert_eq!(value(&page, name).as_deref(), expected, "{name}\n{page}");
    }
    assert!(page.ends_with("# EOF\n"));
}

#[test]
fn failures_outside_the_list_share_a_label() {
    let metrics = metrics();
    metrics.authentication_failed("signature");
    metrics.authentication_failed("made up\n");
    metrics.authentication_failed("other");
    let page = metrics.render();
    assert_eq!(
        value(
            &page,
            r#"keystead_authentication_failures_total{check="signature"}"#
        )
        .unwrap(),
        "1"
    );
    assert_eq!(
        value(&page, r#"keystead_authentication_failures_total{check="skew"}"#).unwrap(),
        "0"
    );
    assert_eq!(
        value(&page, r#"keystead_authentication_failures_total{check="other"}"#).unwrap(),
        "2"
    );
    assert!(!page.contains("made up"));
}
