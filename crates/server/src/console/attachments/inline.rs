//! Inline policies: the editor, and deleting one.

use askama::Template;

use super::{
    super::{
        ask::{Ask, Link},
        fields::{Form, Query},
        frame::Frame,
        json_text::indented,
        page::{Answer, page, refused_page, see},
        policy::{Editor, PolicyUse, STARTING_DOCUMENT},
        visitor::Visitor,
    },
    Owner,
};
use crate::api::Refused;

#[derive(Template)]
#[template(path = "attachments/inline.html")]
struct InlinePage {
    frame: Frame,
    crumbs: Vec<Link>,
    owner: Owner,
    /// The policy that is edited; none while a new one is written.
    edited: Option<String>,
    name: String,
    editor: Editor,
    refused: Option<Refused>,
}

impl InlinePage {
    fn new(visitor: &Visitor, owner: Owner, edited: Option<String>, editor: Editor) -> Self {
        let title = match edited {
            Some(_) => "Edit inline policy",
            None => "Create inline policy",
        };
        Self {
            frame: visitor.frame(owner.kind.section(), title),
            crumbs: owner.crumbs(),
            owner,
            name: edited.clone().unwrap_or_default(),
            edited,
            editor,
            refused: None,
        }
    }
}

/// `…/permissions/inline`, and `?name=…` for one that is there.
pub(super) async fn edit(visitor: Visitor, owner: Owner, query: Query) -> Answer {
    let edited = query.given("name").map(str::to_owned);
    let text = match &edited {
        Some(name) => indented(&owner.inline(&visitor, name).await?),
        None => STARTING_DOCUMENT.to_owned(),
    };
    let editor = Editor::new(PolicyUse::Inline, text);
    page(InlinePage::new(&visitor, owner, edited, editor))
}

pub(super) async fn put(visitor: Visitor, owner: Owner, form: Form) -> Answer {
    let edited = form.given("edited").map(str::to_owned);
    let name = edited.as_deref().unwrap_or(form.text("name").trim()).to_owned();
    let editor = Editor::of(PolicyUse::Inline, &form);
    let put = match form.is_checked("check") {
        true => None,
        false => Some(owner.put_inline(&visitor, &name, &editor.text).await),
    };
    let done = format!("{}?done=inline-policy-saved", owner.shown());
    let mut again = InlinePage::new(&visitor, owner, edited, editor);
    again.name = name;
    match put {
        None => page(again),
        Some(Ok(())) => see(&done),
        Some(Err(refused)) => {
            let status = refused.status();
            again.refused = Some(refused);
            refused_page(status, again)
        }
    }
}

/// `…/permissions/inline/delete?name=…`
pub(super) async fn ask_delete(visitor: Visitor, owner: Owner, query: Query) -> Answer {
    asking(&visitor, &owner, query.text("name")).asked()
}

pub(super) async fn delete(visitor: Visitor, owner: Owner, form: Form) -> Answer {
    let name = form.text("name");
    let deleted = owner.delete_inline(&visitor, name).await;
    let done = format!("{}?done=inline-policy-deleted", owner.shown());
    asking(&visitor, &owner, name).answered(deleted, &done)
}

fn asking(visitor: &Visitor, owner: &Owner, name: &str) -> Ask {
    let action = format!("{}/inline/delete", owner.permissions());
    let words = format!(
        "Deleting is final: the document is part of {} and is nowhere else.",
        owner.named()
    );
    let button = "Delete inline policy";
    Ask::new(visitor, owner.kind.section(), button, name, action, owner.shown())
        .below(&owner.name, owner.path())
        .saying(words)
        .carrying("name", name)
}
