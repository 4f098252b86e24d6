//! Making a role.

use askama::Template;
use keystead_wire::iam;

use super::{
    super::{
        fields::{Form, Query},
        frame::{Frame, Section},
        page::{Answer, page, refused_page, see},
        policy::{Editor, PolicyUse},
        visitor::Visitor,
    },
    owner,
    trusted::Template as TrustTemplate,
};
use crate::api::Refused;

#[derive(Template)]
#[template(path = "role/create.html")]
struct CreatePage {
    frame: Frame,
    /// The template that the trust policy began with.
    template: TrustTemplate,
    name: String,
    path: String,
    description: String,
    editor: Editor,
    refused: Option<Refused>,
}

impl CreatePage {
    fn is_from(&self, template: &TrustTemplate) -> bool {
        self.template == *template
    }
}

/// `/console/create-role?trust=…`
pub(super) async fn write(visitor: Visitor, query: Query) -> Answer {
    let template = TrustTemplate::of(query.text("trust"));
    page(CreatePage {
        frame: visitor.frame(Section::Roles, "Create role"),
        template,
        name: String::new(),
        path: "/".to_owned(),
        description: String::new(),
        editor: Editor::new(PolicyUse::Trust, template.document(visitor.account())),
        refused: None,
    })
}

pub(super) async fn create(visitor: Visitor, form: Form) -> Answer {
    let written = CreatePage {
        frame: visitor.frame(Section::Roles, "Create role"),
        template: TrustTemplate::of(form.text("trust")),
        name: form.text("name").trim().to_owned(),
        path: form.given("path").unwrap_or("/").to_owned(),
        description: form.text("description").trim().to_owned(),
        editor: Editor::of(PolicyUse::Trust, &form),
        refused: None,
    };
    if form.is_checked("check") {
        return page(written);
    }
    let created = visitor
        .perform::<iam::CreateRole>(iam::CreateRoleRequest {
            role_name: written.name.clone(),
            path: Some(written.path.clone()),
            assume_role_policy_document: written.editor.text.clone(),
            description: Some(written.description.clone()).filter(|text| !text.is_empty()),
            ..Default::default()
        })
        .await;
    match created {
        Ok(_) => see(&format!("{}?done=role-created", owner(&written.name).path())),
        Err(refused) => {
            let status = refused.status();
            let refused = Some(refused);
            refused_page(status, CreatePage { refused, ..written })
        }
    }
}
