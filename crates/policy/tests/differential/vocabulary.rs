//! The words that generated policies and requests are made of: few, so that they meet.

use crate::case::{Held, Who};

pub(crate) const OWN: &str = "111122223333";
pub(crate) const FOREIGN: &str = "444455556666";

pub(crate) const ACTIONS: [&str; 7] = [
    "s3:GetObject",
    "s3:PutObject",
    "S3:getobject",
    "iam:GetUser",
    "iam:CreateAccessKey",
    "sqs:SendMessage",
    "sts:AssumeRole",
];
pub(crate) const ACTION_PATTERNS: [&str; 16] = [
    "*",
    "*",
    "s3:*",
    "s3:Get*",
    "s3:*Object",
    "S3:getOBJECT",
    "s3:G*t?bj*",
    "s3:PutObject",
    "iam:*",
    "iam:?etUser",
    "iam:*AccessKey",
    "IAM:*key*",
    "iam:Get",
    "sqs:*",
    "sts:*",
    "sts:Assume*",
];
pub(crate) const TRUST_ACTIONS: [&str; 4] = ["sts:AssumeRole", "sts:*", "sts:TagSession", "STS:assumerole"];

pub(crate) const RESOURCES: [&str; 10] = [
    "arn:aws:s3:::bucket/key",
    "arn:aws:s3:::bucket/alice/key",
    "arn:aws:s3:::bucket/*",
    "arn:aws:s3:::bucket/red",
    "arn:aws:s3:::bucket",
    "arn:aws:iam::111122223333:user/alice",
    "arn:aws:iam::444455556666:user/bob",
    "arn:aws:sqs:eu-west-1:111122223333:queue:a",
    "arn:aws:sqs:eu-west-1:444455556666:queue",
    "*",
];
pub(crate) const RESOURCE_PATTERNS: [&str; 26] = [
    "*",
    "*",
    "*",
    "arn:aws:s3:::*",
    "arn:aws:s3:::bucket/*",
    "arn:aws:s3:::bucket/key",
    "arn:aws:s3:::buck*/k?y",
    "arn:aws:s3:::bucket",
    "arn:aws:s3:::BUCKET/*",
    "arn:aws:s3:::*e*k*",
    "arn:aws:s3:*:*:bucket/*",
    "arn:aws:s3:::bucket/${aws:username}/*",
    "arn:aws:s3:::bucket/${aws:PrincipalTag/team}",
    "arn:aws:s3:::bucket/${aws:PrincipalTag/none, 'red'}",
    "arn:aws:s3:::bucket/${*}",
    "arn:aws:s3:::bucket/k${?}y",
    "arn:aws:s3:::bucket/${aws:TagKeys}*",
    "arn:aws:iam::*:user/${AWS:UserName}",
    "arn:aws:iam::111122223333:user/*",
    "arn:aws:iam::?11122223333:user/alice",
    "arn:aws:sqs:*:*:queue*",
    "arn:aws:sqs:eu-*-1:111122223333:queue",
    "arn:aws:sqs:eu-west-1:111122223333:*:a",
    "arn:aws:sqs:*:queue:a",
    "arn:aws:sqs",
    "arn:aws:sqs:eu-west-1:444455556666",
];

/// Values of the policy, by the family of the operator.
pub(crate) const TEXTS: [&str; 16] = [
    "red",
    "RED",
    "blue",
    "r*",
    "r?d",
    "*",
    "",
    "alice",
    "true",
    "10",
    "${aws:username}",
    "${aws:PrincipalTag/team}",
    "${aws:PrincipalTag/none, 'red'}",
    "${*}",
    "x${aws:none}",
    "arn:aws:sns:*:111122223333:topic",
];
pub(crate) const NUMBERS: [&str; 8] = ["10", "10.0", "9", "11", "-1", "2.5", "0", "9007199254740993"];
pub(crate) const DATES: [&str; 9] = [
    "2026-01-31T12:00:00Z",
    "2026-01-31T14:00:00+02:00",
    "2026-01-31T11:59:59.5Z",
    "2026-01-31",
    "2026-02-01T00:00:00Z",
    "2024-02-29T23:59:59Z",
    "1769860800",
    "0",
    "-100",
];
pub(crate) const BOOLEANS: [&str; 2] = ["true", "false"];
pub(crate) const BINARIES: [&str; 4] = ["cmVk", "Ymx1ZQ==", "", "AAECAw=="];
pub(crate) const NETWORKS: [&str; 10] = [
    "203.0.113.0/24",
    "203.0.113.7",
    "203.0.113.9/31",
    "0.0.0.0/0",
    "::/0",
    "2001:db8::/32",
    "2001:db8::1",
    "198.51.100.0/22",
    "10.0.0.0/8",
    "203.0.113.7/32",
];
pub(crate) const ARNS: [&str; 9] = [
    "arn:aws:sns:eu-west-1:111122223333:topic",
    "arn:aws:sns:*:111122223333:*",
    "arn:aws:sns:*:*:topic",
    "arn:aws:sns:eu-west-?:111122223333:to*",
    "arn:aws:sqs:*:*:*",
    "arn:aws:iam::111122223333:user/${aws:username}",
    "arn:aws:iam::*:user/*",
    "arn:*:s*:*:*:*",
    "arn:aws:sns:eu-west-1:111122223333:${aws:none}",
];

/// Condition keys, each with values of its type and of others.
pub(crate) fn keys() -> Vec<(&'static str, Vec<Held>)> {
    let text = |text: &str| Held::Text(text.to_owned());
    let list = |items: &[&str]| Held::List(items.iter().map(|item| (*item).to_owned()).collect());
    vec![
        (
            "aws:username",
            vec![text("alice"), text("bob"), text("*"), text("r*")],
        ),
        (
            "aws:PrincipalTag/team",
            vec![
                text("red"),
                text("RED"),
                text("r?d"),
                text("blue"),
                text("${aws:username}"),
            ],
        ),
        (
            "aws:TagKeys",
            vec![
                list(&[]),
                list(&["red"]),
                list(&["red", "blue"]),
                list(&["RED", "alice", "10"]),
            ],
        ),
        (
            "app:numbers",
            vec![
                list(&["10", "9"]),
                list(&["10"]),
                list(&["2.5", "word"]),
                list(&[]),
            ],
        ),
        (
            "app:dates",
            vec![
                list(&["2026-01-31", "1769860800"]),
                list(&["2026-02-01T00:00:00Z"]),
            ],
        ),
        (
            "app:arns",
            vec![list(&[
                "arn:aws:sns:eu-west-1:111122223333:topic",
                "arn:aws:sqs:eu-west-1:111122223333:q",
            ])],
        ),
        (
            "app:addresses",
            vec![list(&["203.0.113.7", "2001:db8::1"]), list(&["203.0.113.8"])],
        ),
        (
            "s3:max-keys",
            vec![
                Held::Integer(10),
                Held::Integer(-1),
                Held::Integer(9_007_199_254_740_992),
                text("10.0"),
                text("2.50"),
                text("ten"),
            ],
        ),
        (
            "aws:CurrentTime",
            vec![
                Held::Date(1_769_860_800),
                Held::Date(1_769_860_799),
                Held::Date(-100),
                text("2026-01-31T12:00:00Z"),
                text("never"),
            ],
        ),
        (
            "aws:SecureTransport",
            vec![Held::Bool(true), Held::Bool(false), text("true"), text("no")],
        ),
        (
            "aws:SourceIp",
            [
                "203.0.113.7",
                "203.0.113.8",
                "10.1.2.3",
                "2001:db8::1",
                "::1",
                "::ffff:203.0.113.7",
            ]
            .map(|address| Held::Address(address.to_owned()))
            .into(),
        ),
        (
            "aws:SourceArn",
            vec![
                text("arn:aws:sns:eu-west-1:111122223333:topic"),
                text("arn:aws:iam::111122223333:user/alice"),
                text("arn:aws:sns:a:b:c:d:e"),
                text("topic"),
            ],
        ),
        (
            "app:digest",
            vec![text("cmVk"), text("Ymx1ZQ=="), text("AAECAw=="), text("!!!!")],
        ),
        ("aws:none", vec![text("red")]),
    ]
}

/// The callers.
pub(crate) fn callers() -> Vec<Who> {
    let user = |account: &str, name: &str, id: &str| Who::User {
        account: account.to_owned(),
        arn: format!("arn:aws:iam::{account}:user/{name}"),
        id: id.to_owned(),
    };
    let role = |account: &str, id: &str| Who::RoleSession {
        account: account.to_owned(),
        arn: format!("arn:aws:sts::{account}:assumed-role/Deploy/ci"),
        role: format!("arn:aws:iam::{account}:role/ops/Deploy"),
        role_id: id.to_owned(),
    };
    let root = |account: &str| Who::Root {
        account: account.to_owned(),
        arn: format!("arn:aws:iam::{account}:root"),
    };
    vec![
        user(OWN, "alice", "AIDAQAAAAAAAAALICE23"),
        user(OWN, "alice", "AIDAQAAAAAAAAALICE23"),
        user(FOREIGN, "bob", "AIDAQAAAAAAAABOBBB23"),
        role(OWN, "AROAQAAAAAADEPLOY234"),
        role(OWN, "AROAQAAAAAADEPLOY234"),
        role(FOREIGN, "AROAQAAAAAFDEPLOY234"),
        Who::FederatedUser {
            account: OWN.to_owned(),
            arn: format!("arn:aws:sts::{OWN}:federated-user/fay"),
            user: format!("arn:aws:iam::{OWN}:user/alice"),
            user_id: "AIDAQAAAAAAAAALICE23".to_owned(),
        },
        root(OWN),
        root(FOREIGN),
        Who::Service {
            name: "lambda.amazonaws.com".to_owned(),
        },
        Who::Federated {
            provider: "accounts.google.com".to_owned(),
        },
        Who::Anonymous,
    ]
}

/// Entries of a Principal element, with their kind.
pub(crate) const PRINCIPALS: [(&str, &str); 21] = [
    ("AWS", "*"),
    ("AWS", "111122223333"),
    ("AWS", "arn:aws:iam::111122223333:root"),
    ("AWS", "444455556666"),
    ("AWS", "arn:aws:iam::444455556666:root"),
    ("AWS", "arn:aws:iam::111122223333:user/alice"),
    ("AWS", "arn:aws:iam::111122223333:user/Alice"),
    ("AWS", "AIDAQAAAAAAAAALICE23"),
    ("AWS", "arn:aws:iam::444455556666:user/bob"),
    ("AWS", "arn:aws:iam::111122223333:role/ops/Deploy"),
    ("AWS", "arn:aws:iam::111122223333:role/Deploy"),
    ("AWS", "AROAQAAAAAADEPLOY234"),
    ("AWS", "arn:aws:sts::111122223333:assumed-role/Deploy/ci"),
    ("AWS", "arn:aws:sts::111122223333:assumed-role/Deploy/other"),
    ("AWS", "arn:aws:iam::444455556666:role/ops/Deploy"),
    ("AWS", "arn:aws:sts::444455556666:assumed-role/Deploy/ci"),
    ("AWS", "arn:aws:sts::111122223333:federated-user/fay"),
    ("Service", "lambda.amazonaws.com"),
    ("Service", "ec2.amazonaws.com"),
    ("Federated", "accounts.google.com"),
    (
        "CanonicalUser",
        "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be",
    ),
];
