//! The policies and requests of the measurement of decisions.

/// What a request is expected to come to.
pub(crate) struct Asked {
    pub(crate) name: &'static str,
    pub(crate) action: &'static str,
    pub(crate) resource: &'static str,
    pub(crate) is_allowed: bool,
}

pub(crate) const USER_NAME: &str = "alice";
pub(crate) const USER_ARN: &str = "arn:aws:iam::111122223333:user/alice";
/// The address that requests come from.
pub(crate) const ADDRESS: [u8; 4] = [203, 0, 113, 7];

pub(crate) const ASKED: [Asked; 4] = [
    Asked {
        name: "allow",
        action: "s3:GetObject",
        resource: "arn:aws:s3:::reports/2026/01.csv",
        is_allowed: true,
    },
    Asked {
        name: "no match",
        action: "sqs:SendMessage",
        resource: "arn:aws:sqs:eu-west-1:111122223333:jobs",
        is_allowed: false,
    },
    Asked {
        name: "variable",
        action: "iam:CreateAccessKey",
        resource: "arn:aws:iam::111122223333:user/alice",
        is_allowed: true,
    },
    Asked {
        name: "last statement, conditions and variable",
        action: "s3:PutObject",
        resource: "arn:aws:s3:::home/alice/notes.txt",
        is_allowed: true,
    },
];

/// Five statements as one finds them on a user.
const TYPICAL: [&str; 5] = [
    r#"{"Effect":"Deny","Action":["iam:DeleteUser","s3:DeleteBucket"],"Resource":"*",
        "Condition":{"BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}}}"#,
    r#"{"Effect":"Allow","Action":["iam:GetAccountSummary","iam:ListUsers"],"Resource":"*"}"#,
    r#"{"Effect":"Allow","Action":["s3:GetObject","s3:ListBucket"],
        "Resource":["arn:aws:s3:::reports","arn:aws:s3:::reports/*"]}"#,
    r#"{"Effect":"Allow","Action":["iam:CreateAccessKey","iam:DeleteAccessKey","iam:ListAccessKeys","iam:UpdateAccessKey"],
        "Resource":"arn:aws:iam::*:user/${aws:username}"}"#,
    r#"{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::home/${aws:username}/*",
        "Condition":{"Bool":{"aws:SecureTransport":"true"},"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}}}"#,
];

/// Services of the statements that fill the large set; `s3` and `iam`, which requests ask for, among them.
pub(crate) const SERVICES: [&str; 15] = [
    "s3", "iam", "sqs", "sns", "ec2", "kms", "logs", "rds", "ecs", "ecr", "ssm", "glue", "lambda",
    "dynamodb", "athena",
];
/// Statements of the large set, and how many of them stand in one policy.
const LARGE: usize = 200;
const STATEMENTS_OF_A_POLICY: usize = 20;

/// One policy of five statements.
pub(crate) fn typical() -> Vec<String> {
    vec![document(&TYPICAL)]
}

/// Ten policies, 200 statements; the last five are those of the typical set.
pub(crate) fn large() -> Vec<String> {
    let mut statements: Vec<String> = (0..LARGE - TYPICAL.len()).map(filler).collect();
    statements.extend(TYPICAL.iter().map(|statement| (*statement).to_owned()));
    statements.chunks(STATEMENTS_OF_A_POLICY).map(document).collect()
}

/// Which service and team a statement of the large set is about.
pub(crate) fn filler_of(number: usize) -> (&'static str, usize) {
    (SERVICES[number % SERVICES.len()], number / SERVICES.len())
}

/// How many such statements there are.
#[cfg(feature = "peers")]
pub(crate) const FILLERS: usize = LARGE - TYPICAL.len();

fn filler(number: usize) -> String {
    let (service, team) = filler_of(number);
    // ARNs of S3 and IAM have no region.
    let region = if ["s3", "iam"].contains(&service) { "" } else { "*" };
    let kind = if service == "iam" { "user/" } else { "" };
    format!(
        r#"{{"Effect":"Allow","Action":["{service}:Get*","{service}:List*"],"Resource":"arn:aws:{service}:{region}:*:{kind}team-{team}/*"}}"#
    )
}

fn document(statements: &[impl AsRef<str>]) -> String {
    let statements: Vec<&str> = statements.iter().map(AsRef::as_ref).collect();
    format!(
        r#"{{"Version":"2012-10-17","Statement":[{}]}}"#,
        statements.join(",")
    )
}
