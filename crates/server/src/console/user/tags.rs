//! A user's tags.

use askama::Template;
use axum::extract::Path;
use keystead_wire::iam;

use super::{
    super::{
        ask::Ask,
        fields::{Form, Query},
        frame::{Frame, Section},
        page::{Answer, page, refused_page, see},
        path,
        visitor::Visitor,
    },
    summary::{Summary, Tab},
};
use crate::api::Refused;

#[derive(Template)]
#[template(path = "user/tags.html")]
struct TagsPage {
    frame: Frame,
    summary: Summary,
    tags: Result<Vec<iam::Tag>, Refused>,
    /// What stands in the form.
    key: String,
    value: String,
    /// Whether the form is for a tag that there is.
    is_edited: bool,
    refused: Option<Refused>,
}

impl TagsPage {
    async fn load(visitor: &Visitor, user: String) -> Result<Self, Refused> {
        let listed = visitor
            .perform::<iam::ListUserTags>(iam::ListUserTagsRequest {
                user_name: user.clone(),
                ..Default::default()
            })
            .await;
        Ok(Self {
            frame: visitor.frame(Section::Users, format!("{user}: tags")),
            tags: listed.map(|listed| listed.tags),
            key: String::new(),
            value: String::new(),
            is_edited: false,
            refused: None,
            summary: Summary::load(visitor, user, Tab::Tags).await?,
        })
    }
}

/// `/console/users/{user}/tags?edit=…`
pub(super) async fn tab(visitor: Visitor, Path(user): Path<String>, query: Query) -> Answer {
    let mut tab = TagsPage::load(&visitor, user).await?;
    let edited = tab
        .tags
        .iter()
        .flatten()
        .find(|tag| tag.key == query.text("edit"));
    if let Some(tag) = edited.cloned() {
        (tab.key, tab.value, tab.is_edited) = (tag.key, tag.value, true);
    }
    page(tab)
}

/// Adds a tag, or gives one that there is another value.
pub(super) async fn set(visitor: Visitor, Path(user): Path<String>, form: Form) -> Answer {
    let tag = iam::Tag {
        key: form.text("key").trim().to_owned(),
        value: form.text("value").trim().to_owned(),
    };
    let tagged = visitor
        .perform::<iam::TagUser>(iam::TagUserRequest {
            user_name: user.clone(),
            tags: vec![tag.clone()],
        })
        .await;
    match tagged {
        Ok(()) => see(&format!("{}?done=tag-saved", Tab::Tags.path(&user))),
        Err(refused) => {
            let mut tab = TagsPage::load(&visitor, user).await?;
            let status = refused.status();
            (tab.key, tab.value, tab.refused) = (tag.key, tag.value, Some(refused));
            refused_page(status, tab)
        }
    }
}

/// `/console/users/{user}/tags/remove?key=…`
pub(super) async fn ask_remove(visitor: Visitor, Path(user): Path<String>, query: Query) -> Answer {
    removal(&visitor, &user, query.text("key")).asked()
}

pub(super) async fn remove(visitor: Visitor, Path(user): Path<String>, form: Form) -> Answer {
    let key = form.text("key");
    let removed = visitor
        .perform::<iam::UntagUser>(iam::UntagUserRequest {
            user_name: user.clone(),
            tag_keys: vec![key.to_owned()],
        })
        .await;
    let done = format!("{}?done=tag-removed", Tab::Tags.path(&user));
    removal(&visitor, &user, key).answered(removed, &done)
}

fn removal(visitor: &Visitor, user: &str, key: &str) -> Ask {
    let (action, back) = (format!("{}/tags/remove", path::user(user)), Tab::Tags.path(user));
    Ask::new(visitor, Section::Users, "Remove tag", key, action, back)
        .below(user, path::user(user))
        .below("Tags", Tab::Tags.path(user))
        .saying("Policies with conditions on this tag may decide otherwise without it.")
        .carrying("key", key)
}
