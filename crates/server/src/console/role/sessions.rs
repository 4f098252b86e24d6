//! Revoking the sessions of a role.

use askama::Template;
use axum::extract::Path;
use keystead_types::Timestamp;

use super::{
    super::{
        frame::Frame,
        page::{Answer, page, refused_page, see},
        visitor::Visitor,
    },
    detail::Head,
    owner,
};
use crate::{api::Refused, environment::now};

/// The inline policy that AWS's console makes for it.
const POLICY_NAME: &str = "AWSRevokeOlderSessions";

#[derive(Template)]
#[template(path = "role/sessions.html")]
struct SessionsPage {
    frame: Frame,
    head: Head,
    policy_name: &'static str,
    refused: Option<Refused>,
}

impl SessionsPage {
    async fn load(visitor: &Visitor, role: &str) -> Result<Self, Refused> {
        let head = Head::load(visitor, role, "sessions").await?;
        Ok(Self {
            frame: head.frame.clone(),
            head,
            policy_name: POLICY_NAME,
            refused: None,
        })
    }
}

/// `/console/roles/{role}/sessions`
pub(super) async fn show(visitor: Visitor, Path(role): Path<String>) -> Answer {
    page(SessionsPage::load(&visitor, &role).await?)
}

/// Denies everything to sessions that began before now.
pub(super) async fn revoke(visitor: Visitor, Path(role): Path<String>) -> Answer {
    let owner = owner(&role);
    match owner.put_inline(&visitor, POLICY_NAME, &document(now())).await {
        Ok(()) => see(&format!("{}/sessions?done=role-sessions-revoked", owner.path())),
        Err(refused) => {
            let mut again = SessionsPage::load(&visitor, &role).await?;
            let status = refused.status();
            again.refused = Some(refused);
            refused_page(status, again)
        }
    }
}

/// The policy as AWS's console writes it. Source: "Revoke IAM role temporary security credentials" in the user guide.
fn document(before: Timestamp) -> String {
    format!(
        r#"{{
  "Version": "2012-10-17",
  "Statement": [
    {{
      "Effect": "Deny",
      "Action": [
        "*"
      ],
      "Resource": [
        "*"
      ],
      "Condition": {{
        "DateLessThan": {{
          "aws:TokenIssueTime": "{before}"
        }}
      }}
    }}
  ]
}}"#
    )
}

#[cfg(test)]
mod tests {
    use keystead_authority::{PolicyUse, check_policy};

    use super::*;

    #[test]
    fn the_policy_is_one() {
        let document = document(Timestamp::from_seconds(1_700_000_000));
        let check = check_policy(&document, PolicyUse::Inline);
        assert!(check.is_fit(), "{check:?}");
        assert!(document.contains(r#""aws:TokenIssueTime": "2023-11-14T22:13:20Z""#));
    }
}
