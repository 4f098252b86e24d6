//! Takes any bytes for a policy document. The fuzz target runs this, and on stable toolchains a test of `crates/policy` does.

use std::sync::Arc;

use keystead_policy::{
    DocumentKind, Policies, Policy, PolicySet, Principal, PrincipalKind, Request, counted_characters, decide,
    explain,
};

const KINDS: [DocumentKind; 5] = [
    DocumentKind::Managed,
    DocumentKind::Inline,
    DocumentKind::Session,
    DocumentKind::Trust,
    DocumentKind::Resource,
];

/// Reads `bytes` as a document of each kind and says how many kinds accept it. What is accepted must also decide; what is refused must say why and where.
///
/// # Panics
///
/// When a decision and its explanation differ, or a place is outside of the document.
pub(crate) fn read(bytes: &[u8]) -> usize {
    let text = String::from_utf8_lossy(bytes);
    assert!(counted_characters(&text) <= text.chars().count());
    let lines = 1 + text.matches('\n').count();
    let mut accepted = 0;
    for kind in KINDS {
        match Policy::parse(&text, kind) {
            Ok(policy) => {
                accepted += 1;
                for statement in policy.statements() {
                    let span = statement.span();
                    assert!(span.start < span.end && span.end.line as usize <= lines);
                    let _ = (statement.sid(), statement.effect());
                }
                drop((
                    policy.context_keys(),
                    policy.grants_service("s3"),
                    policy.memory_bytes(),
                ));
                decide_by(policy);
            }
            // Every text can be written.
            Err(error) => {
                drop((error.to_string(), error.check()));
                let position = error.position();
                assert!((1..=lines).contains(&(position.line as usize)) && position.column >= 1);
            }
        }
    }
    accepted
}

/// Puts one request to the policy, as every type of policy at once.
fn decide_by(policy: Policy) {
    let set = PolicySet::new(vec![Arc::new(policy)]);
    let policies = Policies {
        identity: Some(&set),
        boundary: Some(&set),
        session: Some(&set),
        resource: Some(&set),
        service_control: &[&set],
        resource_control: &[&set],
        ..Policies::default()
    };
    let request = Request {
        principal: Principal {
            kind: PrincipalKind::User,
            account: "111122223333",
            arn: "arn:aws:iam::111122223333:user/alice",
            unique_id: Some("AIDAQAAAAAAAAAALICE23"),
        },
        action: "s3:GetObject",
        resource: "arn:aws:s3:::bucket/key",
        resource_account: None,
        context: &(),
    };
    let explanation = explain(&policies, &request);
    assert_eq!(explanation.decision, decide(&policies, &request));
    let _ = (set.asks_for("aws:"), set.memory_bytes());
}
