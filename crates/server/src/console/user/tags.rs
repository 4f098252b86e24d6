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
        tagging::Tags,
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
    tags: Result<Tags, Refused>,
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
        let (address, remove) = (
            Tab::Tags.path(&user),
            format!("{}/tags/remove", path::user(&user)),
        );
        Ok(Self {
            frame: visitor.frame(Section::Users, format!("{user}: tags")),
            tags: listed.map(|listed| Tags::new(listed.tags, address, remove)),
            refused: None,
            summary: Summary::load(visitor, user, Tab::Tags).await?,
        })
    }
}

/// `/console/users/{user}/tags?edit=…`
pub(super) async fn tab(visitor: Visitor, Path(user): Path<String>, query: Query) -> Answer {
    let mut tab = TagsPage::load(&visitor, user).await?;
    if let Ok(tags) = &mut tab.tags {
        tags.edit(&query);
    }
    page(tab)
}

/// Adds a tag, or gives one that there is another value.
pub(super) async fn set(visitor: Visitor, Path(user): Path<String>, form: Form) -> Answer {
    let tagged = visitor
        .perform::<iam::TagUser>(iam::TagUserRequest {
            user_name: user.clone(),
            tags: vec![Tags::of(&form)],
        })
        .await;
    match tagged {
        Ok(()) => see(&format!("{}?done=tag-saved", Tab::Tags.path(&user))),
        Err(refused) => {
            let mut tab = TagsPage::load(&visitor, user).await?;
            let status = refused.status();
            if let Ok(tags) = &mut tab.tags {
                tags.fill(&form);
            }
            tab.refused = Some(refused);
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
