//! The editor of policy documents, which says what is wrong with one while it is written.

use askama::Template;
use keystead_authority::{PolicyCheck, PolicyUse, check_policy};

use super::super::{
    fields::{Fields, Form},
    page::{Answer, page},
    visitor::Visitor,
};

/// What stands in the editor of a new policy.
pub(in super::super) const STARTING_DOCUMENT: &str = r#"{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Allow",
      "Action": "iam:ListUsers",
      "Resource": "*"
    }
  ]
}"#;

/// A document that is edited.
pub(in super::super) struct Editor {
    purpose: PolicyUse,
    pub(in super::super) text: String,
}

impl Editor {
    pub(in super::super) fn new(purpose: PolicyUse, text: impl Into<String>) -> Self {
        Self {
            purpose,
            text: text.into(),
        }
    }

    /// What a form's editor was sent with. Browsers end lines with two characters, of which a document needs one.
    pub(in super::super) fn of(purpose: PolicyUse, form: &Fields) -> Self {
        Self::new(purpose, form.text("document").replace("\r\n", "\n"))
    }

    pub(in super::super) fn check(&self) -> PolicyCheck {
        check_policy(&self.text, self.purpose)
    }

    pub(in super::super) fn label(&self) -> &'static str {
        match self.purpose {
            PolicyUse::Trust => "Trust policy",
            PolicyUse::Managed | PolicyUse::Inline => "Policy document",
        }
    }

    /// What the document is for, as the form says it.
    pub(in super::super) fn word(&self) -> &'static str {
        match self.purpose {
            PolicyUse::Managed => "managed",
            PolicyUse::Inline => "inline",
            PolicyUse::Trust => "trust",
        }
    }
}

#[derive(Template)]
#[template(path = "policy/finding.html")]
struct Finding {
    check: PolicyCheck,
}

/// `/console/policies/validate`: the part of a page that says what is wrong with the document in its editor.
pub(super) async fn validate(_: Visitor, form: Form) -> Answer {
    let purpose = match form.text("use") {
        "inline" => PolicyUse::Inline,
        "trust" => PolicyUse::Trust,
        _ => PolicyUse::Managed,
    };
    let check = Editor::of(purpose, &form).check();
    page(Finding { check })
}
