//! Takes any bytes for the parts of a policy and of a request, puts them together so that they are valid JSON, and decides. The fuzz
//! target runs this, and on stable toolchains a test of `crates/policy` does.

use std::sync::Arc;

use keystead_policy::{
    Context, DocumentKind, Key, Policies, Policy, PolicySet, Principal, PrincipalKind, Request, Value,
    decide, explain,
};
use serde_json::json;

const OPERATORS: [&str; 27] = [
    "StringEquals",
    "StringNotEquals",
    "StringEqualsIgnoreCase",
    "StringNotEqualsIgnoreCase",
    "StringLike",
    "StringNotLike",
    "NumericEquals",
    "NumericNotEquals",
    "NumericLessThan",
    "NumericLessThanEquals",
    "NumericGreaterThan",
    "NumericGreaterThanEquals",
    "DateEquals",
    "DateNotEquals",
    "DateLessThan",
    "DateLessThanEquals",
    "DateGreaterThan",
    "DateGreaterThanEquals",
    "Bool",
    "BinaryEquals",
    "IpAddress",
    "NotIpAddress",
    "ArnEquals",
    "ArnLike",
    "ArnNotEquals",
    "ArnNotLike",
    "Null",
];

/// Each line of `bytes` is a part: an operator (its first byte), a pattern of actions, one of resources, a value of the policy, the
/// action, the resource, and a value of the request, which is also that of every variable.
///
/// False when the policy is refused.
///
/// # Panics
///
/// When a decision and its explanation differ.
pub(crate) fn decide_on(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    let mut lines = text.split('\n');
    let mut part = || lines.next().unwrap_or_default();
    let chosen = usize::from(part().bytes().next().unwrap_or_default());
    let (actions, resources, wanted, action, resource, held) =
        (part(), part(), part(), part(), part(), part());
    let operator = match (chosen / OPERATORS.len(), OPERATORS[chosen % OPERATORS.len()]) {
        (_, "Null") | (0, _) => OPERATORS[chosen % OPERATORS.len()].to_owned(),
        (1, name) => format!("{name}IfExists"),
        (2, name) => format!("ForAllValues:{name}"),
        (_, name) => format!("ForAnyValue:{name}"),
    };
    let document = json!({
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Allow",
            "Principal": "*",
            "Action": format!("s3:{actions}"),
            "Resource": format!("arn:aws:s3:::{resources}"),
            "Condition": { operator: { "key": wanted } },
        },
    });
    let Ok(policy) = Policy::parse(&document.to_string(), DocumentKind::Resource) else {
        return false;
    };
    let set = PolicySet::new(vec![Arc::new(policy)]);
    let policies = Policies {
        resource: Some(&set),
        ..Policies::default()
    };
    let items = [held, wanted];
    let contexts = [
        Everywhere(Value::Text(held)),
        Everywhere(Value::List(&items)),
        Everywhere(Value::Integer(chosen as i64 - 100)),
    ];
    for context in &contexts {
        let request = Request {
            principal: Principal {
                kind: PrincipalKind::Anonymous,
                account: "",
                arn: "",
                unique_id: None,
            },
            action: &format!("s3:{action}"),
            resource: &format!("arn:aws:s3:::{resource}"),
            resource_account: None,
            context,
        };
        assert_eq!(explain(&policies, &request).decision, decide(&policies, &request));
    }
    true
}

/// Every key has this value.
struct Everywhere<'v>(Value<'v>);

impl Context for Everywhere<'_> {
    fn get<'a>(&'a self, _: &Key<'_>) -> Option<Value<'a>> {
        Some(self.0)
    }
}
