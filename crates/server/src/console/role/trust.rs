//! Who may assume a role.

use askama::Template;
use axum::extract::Path;
use keystead_wire::iam;

use super::{
    super::{
        fields::{Form, Query},
        frame::{Frame, Section},
        json_text::indented,
        page::{Answer, page, refused_page, see},
        policy::{Editor, PolicyUse, document},
        visitor::Visitor,
    },
    detail::Head,
    owner,
    trusted::Template as TrustTemplate,
};
use crate::api::Refused;

#[derive(Template)]
#[template(path = "role/trust.html")]
struct TrustPage {
    frame: Frame,
    head: Head,
    document: String,
}

/// `/console/roles/{role}/trust`
pub(super) async fn show(visitor: Visitor, Path(role): Path<String>) -> Answer {
    let head = Head::load(&visitor, &role, "trust").await?;
    page(TrustPage {
        frame: head.frame.clone(),
        document: trust_policy(&head),
        head,
    })
}

/// The role's trust policy, as people like to read it.
fn trust_policy(head: &Head) -> String {
    let encoded = head.role.assume_role_policy_document.as_deref();
    indented(&document(encoded.unwrap_or_default()))
}

#[derive(Template)]
#[template(path = "role/edit_trust.html")]
struct EditPage {
    frame: Frame,
    head: Head,
    editor: Editor,
    refused: Option<Refused>,
}

impl EditPage {
    /// The editor, with the role's own trust policy if there is none to edit.
    async fn load(visitor: &Visitor, role: &str, editor: Option<Editor>) -> Result<Self, Refused> {
        let head = Head::load(visitor, role, "trust").await?;
        Ok(Self {
            frame: visitor.frame(Section::Roles, "Edit trust policy"),
            editor: editor.unwrap_or_else(|| Editor::new(PolicyUse::Trust, trust_policy(&head))),
            head,
            refused: None,
        })
    }

    /// The page's address.
    fn here(&self) -> String {
        format!("{}/trust/edit", self.head.owner.path())
    }
}

/// `/console/roles/{role}/trust/edit`, and `?trust=…` to begin with a template.
pub(super) async fn edit(visitor: Visitor, Path(role): Path<String>, query: Query) -> Answer {
    let template = query.given("trust").map(TrustTemplate::of);
    let editor = template.map(|template| Editor::new(PolicyUse::Trust, template.document(visitor.account())));
    page(EditPage::load(&visitor, &role, editor).await?)
}

pub(super) async fn change(visitor: Visitor, Path(role): Path<String>, form: Form) -> Answer {
    let editor = Editor::of(PolicyUse::Trust, &form);
    if form.is_checked("check") {
        return page(EditPage::load(&visitor, &role, Some(editor)).await?);
    }
    let changed = visitor
        .perform::<iam::UpdateAssumeRolePolicy>(iam::UpdateAssumeRolePolicyRequest {
            role_name: role.clone(),
            policy_document: editor.text.clone(),
        })
        .await;
    match changed {
        Ok(()) => see(&format!("{}/trust?done=trust-policy-saved", owner(&role).path())),
        Err(refused) => {
            let mut again = EditPage::load(&visitor, &role, Some(editor)).await?;
            let status = refused.status();
            again.refused = Some(refused);
            refused_page(status, again)
        }
    }
}
