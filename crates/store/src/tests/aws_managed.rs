//! What AWS's managed policies allow: each document is one that could be stored, and means what its name says.

use std::sync::Arc;

use keystead_policy::{
    Context, DocumentKind, Key, Policies, Policy, PolicySet, Principal, PrincipalKind, Request, Value, decide,
};
use keystead_types::limits;

use crate::aws_managed;

const ALICE: &str = "arn:aws:iam::123456789012:user/ops/alice";
const BOB: &str = "arn:aws:iam::123456789012:user/ops/bob";
const ANY: &str = "*";

/// The keys of a request of alice.
struct Alice;

impl Context for Alice {
    fn get<'a>(&'a self, key: &Key<'_>) -> Option<Value<'a>> {
        key.is("aws:username").then_some(Value::Text("alice"))
    }
}

/// Whether alice may, with this policy alone.
fn allows(policy: &PolicySet, action: &str, resource: &str) -> bool {
    let policies = Policies {
        identity: Some(policy),
        ..Policies::default()
    };
    let request = Request {
        principal: Principal {
            kind: PrincipalKind::User,
            account: "123456789012",
            arn: ALICE,
            unique_id: None,
        },
        action,
        resource,
        resource_account: None,
        context: &Alice,
    };
    decide(&policies, &request).is_allowed()
}

fn parse(document: &str) -> Policy {
    Policy::parse(document, DocumentKind::Managed).unwrap_or_else(|error| panic!("{error}: {document}"))
}

#[test]
fn each_document_could_be_stored() {
    for policy in aws_managed::ALL {
        parse(policy.document);
        let characters = keystead_policy::counted_characters(policy.document);
        assert!(
            characters <= limits::MANAGED_POLICY_CHARACTERS as usize,
            "{}",
            policy.name
        );
    }
}

#[test]
fn each_document_means_what_its_name_says() {
    let rows = [
        ("AdministratorAccess", "iam:DeleteUser", BOB, true),
        ("AdministratorAccess", "keystead:Explain", ANY, true),
        ("PowerUserAccess", "s3:DeleteBucket", "arn:aws:s3:::b", true),
        ("PowerUserAccess", "secretsmanager:GetSecretValue", ANY, true),
        ("PowerUserAccess", "iam:ListRoles", ANY, true),
        ("PowerUserAccess", "iam:CreateAccessKey", ALICE, false),
        ("PowerUserAccess", "organizations:DescribeOrganization", ANY, true),
        ("PowerUserAccess", "organizations:CreateAccount", ANY, false),
        ("PowerUserAccess", "account:CloseAccount", ANY, false),
        ("PowerUserAccess", "keystead:Explain", ANY, false),
        ("ReadOnlyAccess", "iam:GetUser", BOB, true),
        ("ReadOnlyAccess", "iam:CreateUser", BOB, false),
        ("ReadOnlyAccess", "s3:GetObject", "arn:aws:s3:::b/o", true),
        ("ReadOnlyAccess", "s3:PutObject", "arn:aws:s3:::b/o", false),
        ("ReadOnlyAccess", "secretsmanager:DescribeSecret", ANY, true),
        ("ReadOnlyAccess", "secretsmanager:GetSecretValue", ANY, false),
        ("ReadOnlyAccess", "sts:AssumeRole", ANY, false),
        ("SecurityAudit", "iam:GetAccountAuthorizationDetails", ANY, true),
        ("SecurityAudit", "iam:SimulatePrincipalPolicy", ALICE, true),
        ("SecurityAudit", "iam:AttachUserPolicy", ALICE, false),
        ("SecurityAudit", "s3:GetBucketPolicy", "arn:aws:s3:::b", true),
        ("SecurityAudit", "s3:GetObject", "arn:aws:s3:::b/o", false),
        ("SecurityAudit", "secretsmanager:GetSecretValue", ANY, false),
        ("SecurityAudit", "cloudtrail:LookupEvents", ANY, true),
        ("ViewOnlyAccess", "iam:ListUsers", ANY, true),
        ("ViewOnlyAccess", "iam:GetPolicyVersion", ANY, false),
        ("ViewOnlyAccess", "s3:ListAllMyBuckets", ANY, true),
        ("ViewOnlyAccess", "s3:GetObject", "arn:aws:s3:::b/o", false),
        ("IAMFullAccess", "iam:CreatePolicyVersion", ANY, true),
        ("IAMFullAccess", "s3:ListBucket", "arn:aws:s3:::b", false),
        ("IAMReadOnlyAccess", "iam:ListAccessKeys", BOB, true),
        ("IAMReadOnlyAccess", "iam:UpdateAccessKey", BOB, false),
        ("IAMUserChangePassword", "iam:ChangePassword", ALICE, true),
        (
            "IAMUserChangePassword",
            "iam:ChangePassword",
            "arn:aws:iam::123456789012:user/alice",
            true,
        ),
        ("IAMUserChangePassword", "iam:ChangePassword", BOB, false),
        (
            "IAMUserChangePassword",
            "iam:ChangePassword",
            "arn:aws:iam::123456789012:user/malice",
            false,
        ),
        ("IAMUserChangePassword", "iam:GetAccountPasswordPolicy", ANY, true),
        ("IAMUserSSHKeys", "iam:UploadSSHPublicKey", ALICE, true),
        ("IAMUserSSHKeys", "iam:UploadSSHPublicKey", BOB, false),
        (
            "AWSAccountManagementFullAccess",
            "account:PutContactInformation",
            ANY,
            true,
        ),
        ("AWSAccountManagementFullAccess", "iam:GetUser", ALICE, false),
        (
            "AWSAccountManagementReadOnlyAccess",
            "account:GetContactInformation",
            ANY,
            true,
        ),
        (
            "AWSAccountManagementReadOnlyAccess",
            "account:PutContactInformation",
            ANY,
            false,
        ),
        (
            "AWSAccountActivityAccess",
            "account:GetContactInformation",
            ANY,
            true,
        ),
        (
            "AWSAccountActivityAccess",
            "account:PutContactInformation",
            ANY,
            false,
        ),
        ("AWSAccountUsageReportAccess", "aws-portal:ViewUsage", ANY, true),
        (
            "AWSAccountUsageReportAccess",
            "account:GetContactInformation",
            ANY,
            false,
        ),
    ];
    for policy in aws_managed::ALL {
        let set = PolicySet::new(vec![Arc::new(parse(policy.document))]);
        let of_policy = rows.iter().filter(|row| row.0 == policy.name);
        let mut checked = 0;
        for (name, action, resource, expected) in of_policy {
            assert_eq!(
                allows(&set, action, resource),
                *expected,
                "{name}: {action} on {resource}"
            );
            checked += 1;
        }
        assert!(checked >= 2, "{} has no rows", policy.name);
    }
}
