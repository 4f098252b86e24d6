//! Whom a trust policy names, and trust policies to begin with.

use keystead_types::AccountId;
use serde_json::Value;

/// Names that a list shows of one role.
const NAMES_MAX: usize = 3;

/// Whom a trust policy names, in words for a list: `Account: 123456789012`.
pub(super) fn trusted(document: &str) -> Vec<String> {
    let document: Value = serde_json::from_str(document).unwrap_or_default();
    let statements = elements(document.get("Statement"));
    let allowed = statements.filter(|statement| statement.get("Effect") == Some(&Value::from("Allow")));
    let mut names: Vec<String> = allowed.flat_map(|one| principals(one.get("Principal"))).collect();
    names.dedup();
    let more = names.len().saturating_sub(NAMES_MAX);
    names.truncate(NAMES_MAX);
    if more > 0 {
        names.push(format!("and {more} more"));
    }
    names
}

fn principals(principal: Option<&Value>) -> Vec<String> {
    let Some(Value::Object(kinds)) = principal else {
        return principal.map(|_| "Everyone".to_owned()).into_iter().collect();
    };
    let named = kinds.iter().flat_map(|(kind, names)| {
        elements(Some(names))
            .filter_map(Value::as_str)
            .map(move |name| words(kind, name))
    });
    named.collect()
}

fn words(kind: &str, name: &str) -> String {
    let of_iam = name.strip_prefix("arn:aws:iam::");
    let account = of_iam.and_then(|rest| rest.strip_suffix(":root")).unwrap_or(name);
    match kind {
        "AWS" if name == "*" => "Everyone".to_owned(),
        "AWS" if account.parse::<AccountId>().is_ok() => format!("Account: {account}"),
        "Service" => format!("Service: {name}"),
        "Federated" => format!("Identity provider: {name}"),
        _ => name.to_owned(),
    }
}

/// One element, or those of a list.
fn elements(value: Option<&Value>) -> impl Iterator<Item = &Value> {
    match value {
        Some(Value::Array(all)) => all.as_slice(),
        Some(one) => std::slice::from_ref(one),
        None => &[],
    }
    .iter()
}

/// A trust policy to begin with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Template {
    ThisAccount,
    AnotherAccount,
    MfaRequired,
}

impl Template {
    pub(super) const ALL: [Self; 3] = [Self::ThisAccount, Self::AnotherAccount, Self::MfaRequired];

    pub(super) fn of(word: &str) -> Self {
        let found = Self::ALL.into_iter().find(|template| template.word() == word);
        found.unwrap_or(Self::ThisAccount)
    }

    pub(super) fn word(self) -> &'static str {
        match self {
            Self::ThisAccount => "this-account",
            Self::AnotherAccount => "another-account",
            Self::MfaRequired => "mfa",
        }
    }

    pub(super) fn label(self) -> &'static str {
        match self {
            Self::ThisAccount => "This account",
            Self::AnotherAccount => "Another account, with external ID",
            Self::MfaRequired => "This account, with MFA",
        }
    }

    pub(super) fn explanation(self) -> &'static str {
        match self {
            Self::ThisAccount => {
                "Users and roles of this account whose own policies allow sts:AssumeRole on the role."
            }
            Self::AnotherAccount => {
                "Users and roles of another account. Third parties who act for several customers have to state the external ID that you agreed on."
            }
            Self::MfaRequired => "Users of this account who signed in with a code of their MFA device.",
        }
    }

    /// The document.
    pub(super) fn document(self, account: AccountId) -> String {
        let account = match self {
            Self::AnotherAccount => "111122223333".to_owned(),
            Self::ThisAccount | Self::MfaRequired => account.to_string(),
        };
        let condition = match self {
            Self::ThisAccount => "",
            Self::AnotherAccount => {
                ",\n      \"Condition\": {\n        \"StringEquals\": {\n          \"sts:ExternalId\": \"replace-with-the-external-id\"\n        }\n      }"
            }
            Self::MfaRequired => {
                ",\n      \"Condition\": {\n        \"Bool\": {\n          \"aws:MultiFactorAuthPresent\": \"true\"\n        }\n      }"
            }
        };
        format!(
            r#"{{
  "Version": "2012-10-17",
  "Statement": [
    {{
      "Effect": "Allow",
      "Principal": {{
        "AWS": "arn:aws:iam::{account}:root"
      }},
      "Action": "sts:AssumeRole"{condition}
    }}
  ]
}}"#
        )
    }
}

#[cfg(test)]
mod tests {
    use keystead_authority::{PolicyUse, check_policy};

    use super::*;

    #[test]
    fn a_list_says_whom_a_role_trusts() {
        let policy = |principal: &str| {
            format!(
                r#"{{"Statement": [{{"Effect": "Allow", "Principal": {principal}, "Action": "sts:AssumeRole"}}]}}"#
            )
        };
        let rows = [
            (
                r#"{"AWS": "arn:aws:iam::123456789012:root"}"#,
                vec!["Account: 123456789012"],
            ),
            (
                r#"{"AWS": ["123456789012", "arn:aws:iam::123456789012:user/a"]}"#,
                vec!["Account: 123456789012", "arn:aws:iam::123456789012:user/a"],
            ),
            (
                r#"{"Service": "ec2.amazonaws.com"}"#,
                vec!["Service: ec2.amazonaws.com"],
            ),
            (r#""*""#, vec!["Everyone"]),
            (
                r#"{"AWS": ["a", "b", "c", "d", "e"]}"#,
                vec!["a", "b", "c", "and 2 more"],
            ),
        ];
        for (principal, words) in rows {
            assert_eq!(trusted(&policy(principal)), words, "{principal}");
        }
        assert!(trusted("no JSON").is_empty());
    }

    #[test]
    fn every_template_is_a_trust_policy() {
        let account = "123456789012".parse().unwrap();
        for template in Template::ALL {
            let check = check_policy(&template.document(account), PolicyUse::Trust);
            assert!(check.is_fit(), "{template:?}: {check:?}");
            assert_eq!(Template::of(template.word()), template);
        }
    }
}
