//! Deactivate, activate, delete, describe: each asked on a page that names the key.

use askama::Template;
use axum::extract::Path;
use http::StatusCode;
use keystead_wire::iam;

use super::{
    super::{
        fields::{Fields, Form, Query},
        frame::{Frame, Section},
        page::{Answer, page, refused_page, see},
        path,
        visitor::Visitor,
    },
    cards::{AccessKey, one},
};
use crate::api::Refused;

/// What is asked about a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asked {
    Deactivate,
    Activate,
    Delete,
    Describe,
}

impl Asked {
    fn title(self) -> &'static str {
        match self {
            Self::Deactivate => "Deactivate access key",
            Self::Activate => "Activate access key",
            Self::Delete => "Delete access key",
            Self::Describe => "Edit description",
        }
    }

    /// The last part of the page's address.
    fn word(self) -> &'static str {
        match self {
            Self::Deactivate => "deactivate",
            Self::Activate => "activate",
            Self::Delete => "delete",
            Self::Describe => "description",
        }
    }
}

#[derive(Template)]
#[template(path = "access_key/ask.html")]
struct AskPage {
    frame: Frame,
    user: String,
    key: AccessKey,
    asked: Asked,
    /// Whether the answer leads back to a rotation.
    rotating: Option<String>,
    /// Why it was not done.
    wrong: Option<&'static str>,
    refused: Option<Refused>,
}

impl AskPage {
    async fn new(
        visitor: &Visitor,
        (user, id): (String, String),
        asked: Asked,
        fields: &Fields,
    ) -> Result<Self, super::super::problem::Problem> {
        Ok(Self {
            frame: visitor.frame(Section::Users, format!("{}: {id}", asked.title())),
            key: one(visitor, &user, &id).await?,
            user,
            asked,
            rotating: fields.given("rotating").map(str::to_owned),
            wrong: None,
            refused: None,
        })
    }

    fn back(&self) -> String {
        back(&self.user, self.rotating.as_deref())
    }
}

type Named = Path<(String, String)>;

pub(super) async fn ask_deactivate(visitor: Visitor, Path(named): Named, query: Query) -> Answer {
    page(AskPage::new(&visitor, named, Asked::Deactivate, &query).await?)
}

pub(super) async fn ask_activate(visitor: Visitor, Path(named): Named, query: Query) -> Answer {
    page(AskPage::new(&visitor, named, Asked::Activate, &query).await?)
}

pub(super) async fn ask_delete(visitor: Visitor, Path(named): Named, query: Query) -> Answer {
    page(AskPage::new(&visitor, named, Asked::Delete, &query).await?)
}

pub(super) async fn ask_description(visitor: Visitor, Path(named): Named, query: Query) -> Answer {
    page(AskPage::new(&visitor, named, Asked::Describe, &query).await?)
}

pub(super) async fn deactivate(visitor: Visitor, Path(named): Named, form: Form) -> Answer {
    set_status(&visitor, named, Asked::Deactivate, &form).await
}

pub(super) async fn activate(visitor: Visitor, Path(named): Named, form: Form) -> Answer {
    set_status(&visitor, named, Asked::Activate, &form).await
}

async fn set_status(visitor: &Visitor, named: (String, String), asked: Asked, form: &Form) -> Answer {
    let (status, done) = match asked {
        Asked::Activate => ("Active", "access-key-activated"),
        _ => ("Inactive", "access-key-deactivated"),
    };
    let set = visitor
        .perform::<iam::UpdateAccessKey>(iam::UpdateAccessKeyRequest {
            user_name: Some(named.0.clone()),
            access_key_id: named.1.clone(),
            status: status.to_owned(),
        })
        .await;
    finish(visitor, named, asked, form, set, done).await
}

/// Deletes a key that is inactive, and whose id was typed.
pub(super) async fn delete(visitor: Visitor, Path(named): Named, form: Form) -> Answer {
    let mut asking = AskPage::new(&visitor, named.clone(), Asked::Delete, &form).await?;
    asking.wrong = match (asking.key.is_active, form.text("confirm").trim() == named.1) {
        (true, _) => Some("An active key is not deleted here. Deactivate it first."),
        (false, false) => Some("That is not the access key's ID."),
        (false, true) => None,
    };
    if asking.wrong.is_some() {
        return refused_page(StatusCode::BAD_REQUEST, asking);
    }
    let deleted = visitor
        .perform::<iam::DeleteAccessKey>(iam::DeleteAccessKeyRequest {
            user_name: Some(named.0.clone()),
            access_key_id: named.1.clone(),
        })
        .await;
    // What described the key goes with it; that the visitor may not remove it is no reason to keep the key.
    if deleted.is_ok() && asking.key.description.is_some() {
        let untagged = visitor
            .perform::<iam::UntagUser>(iam::UntagUserRequest {
                user_name: named.0.clone(),
                tag_keys: vec![named.1.clone()],
            })
            .await;
        drop(untagged);
    }
    finish(
        &visitor,
        named,
        Asked::Delete,
        &form,
        deleted,
        "access-key-deleted",
    )
    .await
}

/// Sets or removes a key's description.
pub(super) async fn describe(visitor: Visitor, Path(named): Named, form: Form) -> Answer {
    let (user_name, id) = named.clone();
    let described = match form.given("description") {
        Some(text) => {
            let tag = iam::Tag {
                key: id,
                value: text.to_owned(),
            };
            let tags = vec![tag];
            visitor
                .perform::<iam::TagUser>(iam::TagUserRequest { user_name, tags })
                .await
        }
        None => {
            let tag_keys = vec![id];
            visitor
                .perform::<iam::UntagUser>(iam::UntagUserRequest { user_name, tag_keys })
                .await
        }
    };
    finish(
        &visitor,
        named,
        Asked::Describe,
        &form,
        described,
        "access-key-described",
    )
    .await
}

async fn finish(
    visitor: &Visitor,
    named: (String, String),
    asked: Asked,
    form: &Form,
    result: Result<(), Refused>,
    done: &str,
) -> Answer {
    match result {
        // It was deactivated to be deleted.
        Ok(()) if form.is_checked("deleting") => {
            let (user, id) = &named;
            let rotating = form
                .given("rotating")
                .map(|key| format!("&rotating={}", path::segment(key)));
            let page = format!("{}/delete", path::access_key(user, id));
            see(&format!("{page}?done={done}{}", rotating.unwrap_or_default()))
        }
        Ok(()) => see(&format!("{}?done={done}", back(&named.0, form.given("rotating")))),
        Err(refused) => {
            let mut asking = AskPage::new(visitor, named, asked, form).await?;
            let status = refused.status();
            asking.refused = Some(refused);
            refused_page(status, asking)
        }
    }
}

/// Where one came from: the user's security credentials, or the rotation of a key.
fn back(user: &str, rotating: Option<&str>) -> String {
    match rotating {
        Some(id) => format!("{}/rotate", path::access_key(user, id)),
        None => path::security_credentials(user),
    }
}
