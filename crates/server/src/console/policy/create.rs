//! Writing a new managed policy.

use askama::Template;
use keystead_wire::iam;

use super::{
    super::{
        fields::Form,
        frame::{Frame, Section},
        page::{Answer, page, refused_page, see},
        path,
        visitor::Visitor,
    },
    Editor, PolicyUse, STARTING_DOCUMENT,
};
use crate::api::Refused;

#[derive(Template)]
#[template(path = "policy/create.html")]
struct CreatePage {
    frame: Frame,
    name: String,
    path: String,
    description: String,
    editor: Editor,
    refused: Option<Refused>,
}

/// `/console/create-policy`
pub(super) async fn write(visitor: Visitor) -> Answer {
    page(CreatePage {
        frame: visitor.frame(Section::Policies, "Create policy"),
        name: String::new(),
        path: "/".to_owned(),
        description: String::new(),
        editor: Editor::new(PolicyUse::Managed, STARTING_DOCUMENT),
        refused: None,
    })
}

pub(super) async fn create(visitor: Visitor, form: Form) -> Answer {
    let written = CreatePage {
        frame: visitor.frame(Section::Policies, "Create policy"),
        name: form.text("name").trim().to_owned(),
        path: form.given("path").unwrap_or("/").to_owned(),
        description: form.text("description").trim().to_owned(),
        editor: Editor::of(PolicyUse::Managed, &form),
        refused: None,
    };
    if form.is_checked("check") {
        return page(written);
    }
    let created = visitor
        .perform::<iam::CreatePolicy>(iam::CreatePolicyRequest {
            policy_name: written.name.clone(),
            path: Some(written.path.clone()),
            policy_document: written.editor.text.clone(),
            description: Some(written.description.clone()).filter(|text| !text.is_empty()),
            tags: None,
        })
        .await;
    match created {
        Ok(created) => {
            let arn = created.policy.and_then(|policy| policy.arn).unwrap_or_default();
            see(&format!("{}&done=policy-created", path::policy(&arn)))
        }
        Err(refused) => {
            let status = refused.status();
            let refused = Some(refused);
            refused_page(status, CreatePage { refused, ..written })
        }
    }
}
