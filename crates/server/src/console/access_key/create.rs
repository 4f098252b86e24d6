//! The walk that makes an access key: what it is for, what it is called, and the pair, once.

use askama::Template;
use axum::{
    extract::Path,
    response::{IntoResponse, Response},
};
use http::StatusCode;
use keystead_wire::{Sensitive, Service, checked, iam};

use super::{
    super::{
        fields::{Form, Query},
        frame::{Frame, Section},
        origin::Origin,
        page::{Answer, page, refused_page},
        path,
        problem::Problem,
        visitor::{REGION, Visitor},
    },
    cards::AccessKeys,
    use_case::UseCase,
};
use crate::api::Refused;

/// What is said of a description that no tag can have.
const NO_DESCRIPTION: &str =
    "A description has at most 256 letters, digits, spaces and _ . : / = + - @, and nothing else.";

/// What the steps of the walk hand on.
struct Walk {
    user: String,
    /// The key that the new one is to replace, if the walk is part of a rotation.
    replaces: Option<String>,
    use_case: Option<UseCase>,
}

impl Walk {
    fn new(user: String, fields: &super::super::fields::Fields) -> Self {
        Self {
            user,
            replaces: fields.given("replaces").map(str::to_owned),
            use_case: UseCase::of(fields.text("use")),
        }
    }

    /// The address of the walk's first step.
    fn path(&self) -> String {
        format!("{}/access-keys/new", path::user(&self.user))
    }

    /// Where the walk began.
    fn back(&self) -> String {
        match &self.replaces {
            Some(id) => format!("{}/rotate", path::access_key(&self.user, id)),
            None => path::security_credentials(&self.user),
        }
    }

    fn is_for(&self, case: &UseCase) -> bool {
        self.use_case == Some(*case)
    }

    fn frame(&self, visitor: &Visitor, title: &str) -> Frame {
        visitor.frame(Section::Users, title)
    }
}

#[derive(Template)]
#[template(path = "access_key/choose.html")]
struct ChoosePage {
    frame: Frame,
    walk: Walk,
    /// Why the walk does not go on.
    missing: Option<&'static str>,
}

/// Step 1: `/console/users/{user}/access-keys/new`
pub(super) async fn choose(visitor: Visitor, Path(user): Path<String>, query: Query) -> Answer {
    let walk = Walk::new(user, &query);
    page(ChoosePage {
        frame: walk.frame(&visitor, "Access key best practices & alternatives"),
        walk,
        missing: None,
    })
}

#[derive(Template)]
#[template(path = "access_key/describe.html")]
struct DescribePage {
    frame: Frame,
    walk: Walk,
    description: String,
    /// What is wrong with it.
    wrong: Option<&'static str>,
    /// The keys that there are now. They stand in the form, so that a form that is sent again makes no further key.
    known: String,
    refused: Option<Refused>,
}

/// Step 2: `/console/users/{user}/access-keys/new/tag`
pub(super) async fn describe(visitor: Visitor, Path(user): Path<String>, query: Query) -> Answer {
    let walk = Walk::new(user, &query);
    let missing = match walk.use_case {
        None => Some("Choose what the key is for."),
        Some(case) if case.alternative().is_some() && !query.is_checked("understood") => {
            Some("Confirm that you have read the recommendation.")
        }
        Some(_) => None,
    };
    if missing.is_some() {
        let frame = walk.frame(&visitor, "Access key best practices & alternatives");
        let choose = ChoosePage { frame, walk, missing };
        return refused_page(StatusCode::BAD_REQUEST, choose);
    }
    let keys = AccessKeys::load(&visitor, &walk.user).await?;
    page(DescribePage {
        frame: walk.frame(&visitor, "Set description tag"),
        walk,
        description: String::new(),
        wrong: None,
        known: known(&keys),
        refused: None,
    })
}

#[derive(Template)]
#[template(path = "access_key/retrieve.html")]
struct RetrievePage {
    frame: Frame,
    walk: Walk,
    id: String,
    secret: Sensitive<String>,
    endpoint: String,
    region: &'static str,
    /// Why the description is not set; the key is there all the same.
    undescribed: Option<Refused>,
}

#[derive(Template)]
#[template(path = "access_key/changed.html")]
struct ChangedPage {
    frame: Frame,
    walk: Walk,
}

/// Step 3: makes the key and shows the pair, the only time.
pub(super) async fn create(
    visitor: Visitor,
    Path(user): Path<String>,
    origin: Origin,
    form: Form,
) -> Result<Response, Problem> {
    let walk = Walk::new(user, &form);
    let keys = AccessKeys::load(&visitor, &walk.user).await?;
    if known(&keys) != form.text("known") {
        let frame = walk.frame(&visitor, "The secret cannot be shown again");
        return refused_page(StatusCode::CONFLICT, ChangedPage { frame, walk });
    }
    let description = form.text("description").trim().to_owned();
    // Looked at before the key is made: its secret is not to be lost beside an error.
    if !is_description(&description) {
        let again = DescribePage {
            frame: walk.frame(&visitor, "Set description tag"),
            walk,
            description,
            wrong: Some(NO_DESCRIPTION),
            known: known(&keys),
            refused: None,
        };
        return refused_page(StatusCode::BAD_REQUEST, again);
    }
    let created = visitor
        .perform::<iam::CreateAccessKey>(iam::CreateAccessKeyRequest {
            user_name: Some(walk.user.clone()),
        })
        .await;
    let key = match created {
        Ok(created) => created.access_key,
        Err(refused) => {
            return refused_page(
                refused.status(),
                DescribePage {
                    frame: walk.frame(&visitor, "Set description tag"),
                    walk,
                    description,
                    wrong: None,
                    known: known(&keys),
                    refused: Some(refused),
                },
            );
        }
    };
    let undescribed = match description.is_empty() {
        true => None,
        false => {
            let tag = iam::Tag {
                key: key.access_key_id.clone(),
                value: description,
            };
            let tagged = visitor
                .perform::<iam::TagUser>(iam::TagUserRequest {
                    user_name: walk.user.clone(),
                    tags: vec![tag],
                })
                .await;
            tagged.err()
        }
    };
    let page = RetrievePage {
        frame: walk.frame(&visitor, "Retrieve access keys"),
        walk,
        id: key.access_key_id,
        secret: key.secret_access_key,
        endpoint: origin.as_str().to_owned(),
        region: REGION,
        undescribed,
    };
    Ok(super::super::page::Page(page).into_response())
}

/// Whether a tag can have this value.
fn is_description(text: &str) -> bool {
    let tagging = iam::TagUserRequest {
        user_name: "user".to_owned(),
        tags: vec![iam::Tag {
            key: "key".to_owned(),
            value: text.to_owned(),
        }],
    };
    checked(Service::Iam, &tagging).is_ok()
}

/// The ids of a user's keys, as a form carries them.
fn known(keys: &AccessKeys) -> String {
    let mut ids: Vec<&str> = keys.keys.iter().map(|key| key.id.as_str()).collect();
    ids.sort_unstable();
    ids.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_description_is_what_a_tag_can_have() {
        let long = "a".repeat(257);
        for (text, is_one) in [
            ("", true),
            ("build server: s3/eu = @home_1+2-3.", true),
            ("Schlüssel für Zürich", true),
            ("a;b", false),
            ("<b>", false),
            (&long[1..], true),
            (&long, false),
        ] {
            assert_eq!(is_description(text), is_one, "{text}");
        }
    }
}
