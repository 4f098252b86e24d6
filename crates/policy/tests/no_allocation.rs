//! A decision allocates nothing, whatever its policies ask for.

use std::net::IpAddr;
use std::sync::Arc;

use keystead_policy::{
    Context, Decision, DocumentKind, Key, MalformedPolicy, Outcome, Policies, Policy, PolicySet, Principal,
    PrincipalKind, Request, ResourceRule, Value, decide,
};

/// Every operator, typed values for each, more variables than are kept, more missing keys than there is room for.
const STATEMENTS: &str = r#"
    {"Effect":"Deny","Action":"s3:*Object?","Resource":"arn:aws:s3:::*/a*b*c*${aws:username}*?","Condition":{
        "StringEquals":{"text":"other"},"StringEqualsIgnoreCase":{"text":"É"}}},
    {"Effect":"Deny","NotAction":["iam:*","s3:Get*"],"NotResource":"arn:aws:s3:::${none}/*"},
    {"Effect":"Allow","Action":"s3:Get*","Resource":"arn:aws:s3:::*/${text}-${number}-${truth}-${date}-${address}-${text}"},
    {"Effect":"Allow","Action":"s3:Get*","Resource":"arn:*:s3:*:*:b*/${none, 'x'}*","Condition":{
        "StringLike":{"date":"20*","address":"192.0.?.1","number":"-*"},
        "StringEqualsIgnoreCase":{"text":"${aws:UserName}"}}},
    {"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*","Condition":{
        "StringNotEquals":{"m1":"x","m2":"x","m3":"x","m4":"x","m5":"x","m6":"x","m7":"x","m8":"x","m9":"x"},
        "ForAllValues:StringLike":{"list":["a*","b${aws:username}"]},
        "ForAnyValue:StringNotEqualsIgnoreCase":{"list":"A1"},
        "NumericLessThan":{"number":"1.5"},"NumericNotEquals":{"text":"1","date":"1"},
        "DateGreaterThan":{"date":"2020-01-01T00:00:00Z"},"DateLessThanIfExists":{"m1":"2020"},
        "Bool":{"truth":"true"},"BinaryEquals":{"binary":"Zm9vYmFy"},
        "IpAddress":{"address":["192.0.2.0/24","2001:db8::/32"]},"NotIpAddress":{"address":"10.0.0.0/8"},
        "ArnLike":{"arn":"arn:aws:iam::*:role/*${aws:username}*"},"Null":{"m1":"true","text":"false"}}}"#;

struct Keys;

impl Context for Keys {
    fn get<'a>(&'a self, key: &Key<'_>) -> Option<Value<'a>> {
        Some(match key.as_str() {
            "aws:username" | "text" => Value::Text("alice"),
            "number" => Value::Integer(-7),
            "truth" => Value::Bool(true),
            "date" => Value::Date(1_706_702_400),
            "address" => Value::Address(IpAddr::from([192, 0, 2, 1])),
            "list" => Value::List(&["a1", "balice"]),
            "binary" => Value::Text("Zm9vYmFy"),
            "arn" => Value::Text("arn:aws:iam::111122223333:role/x/alice-1"),
            _ => return None,
        })
    }
}

fn set(statements: &str, kind: DocumentKind) -> Result<PolicySet, MalformedPolicy> {
    let text = format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#);
    Ok(PolicySet::new(vec![Arc::new(Policy::parse(&text, kind)?)]))
}

#[test]
fn a_decision_allocates_nothing() {
    let identity = set(STATEMENTS, DocumentKind::Managed).unwrap();
    let all = set(
        r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#,
        DocumentKind::Managed,
    )
    .unwrap();
    let resource = set(
        r#"{"Effect":"Allow","Principal":{"AWS":["AIDACKCEVSQ6C2EXAMPLE","111122223333"]},"Action":"*","Resource":"*"},
           {"Effect":"Deny","NotPrincipal":{"AWS":["111122223333","arn:aws:iam::111122223333:user/alice"]},"Action":"*","Resource":"*"}"#,
        DocumentKind::Resource,
    )
    .unwrap();
    let policies = Policies {
        identity: Some(&identity),
        boundary: None,
        session: Some(&all),
        resource: Some(&resource),
        resource_rule: ResourceRule::MustAllow,
        service_control: &[&all, &all],
        resource_control: &[&all],
    };
    let only_identity = Policies {
        identity: Some(&identity),
        ..Policies::default()
    };
    let long = format!("arn:aws:s3:::b/{}", "abc".repeat(500));
    let requests = [
        ("s3:GetObject", "arn:aws:s3:::b/x", Outcome::Allowed),
        ("S3:GETOBJECT", long.as_str(), Outcome::Allowed),
        (
            "s3:GetObjects",
            "arn:aws:s3:::c/alice--7-true-2024-01-31T12:00:00Z-192.0.2.1-alice",
            Outcome::Allowed,
        ),
        ("s3:GetObjects", "arn:aws:s3:::c/y", Outcome::ImplicitDeny),
        ("iam:GetUser", "*", Outcome::ImplicitDeny),
    ];
    for (action, resource, expected) in requests {
        let request = Request {
            principal: Principal {
                kind: PrincipalKind::User,
                account: "111122223333",
                arn: "arn:aws:iam::111122223333:user/alice",
                unique_id: Some("AIDACKCEVSQ6C2EXAMPLE"),
            },
            action,
            resource,
            resource_account: None,
            context: &Keys,
        };
        let mut decided: Vec<Decision<'_>> = Vec::with_capacity(2);
        let counted = allocation_counter::measure(|| {
            decided.push(decide(&only_identity, &request));
            decided.push(decide(&policies, &request));
        });
        assert_eq!(counted.count_total, 0, "{action} {resource}");
        assert_eq!(decided[0].outcome, expected, "{action} {resource}");
        assert_eq!(decided[1].outcome, Outcome::Allowed, "{action} {resource}");
    }
}
