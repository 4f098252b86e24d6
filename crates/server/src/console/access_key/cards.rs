//! A user's access keys as cards.

use askama::Template;
use axum::{extract::Path, response::Response};
use keystead_store::Statistics;
use keystead_wire::iam;

use super::super::{
    frame::{Frame, Section},
    live,
    moment::Moment,
    page::{Answer, page},
    path,
    problem::Problem,
    visitor::Visitor,
};
use crate::api::Refused;

/// Keys of a user when the account's quota may not be seen.
const QUOTA_DEFAULT: usize = 2;

/// A user's access keys.
pub(in super::super) struct AccessKeys {
    pub(in super::super) user: String,
    pub(in super::super) keys: Vec<AccessKey>,
    /// How many the user may have.
    quota: usize,
}

/// One access key.
pub(in super::super) struct AccessKey {
    pub(in super::super) id: String,
    pub(in super::super) is_active: bool,
    pub(in super::super) created: Moment,
    /// When, and for what, it was last used; a refusal where the visitor may not see it.
    pub(in super::super) last_use: Result<Option<LastUse>, Refused>,
    /// The text of the user's tag of the key's id.
    pub(in super::super) description: Option<String>,
}

/// The most recent use of a key.
pub(in super::super) struct LastUse {
    pub(in super::super) at: Moment,
    pub(in super::super) region: String,
    pub(in super::super) service: String,
}

impl AccessKeys {
    /// Reads the keys with what the visitor may see of them.
    pub(in super::super) async fn load(visitor: &Visitor, user: &str) -> Result<Self, Refused> {
        let listed = visitor
            .perform::<iam::ListAccessKeys>(iam::ListAccessKeysRequest {
                user_name: Some(user.to_owned()),
                ..Default::default()
            })
            .await?;
        let tags = visitor
            .perform::<iam::ListUserTags>(iam::ListUserTagsRequest {
                user_name: user.to_owned(),
                ..Default::default()
            })
            .await;
        let tags = tags.map(|listed| listed.tags).unwrap_or_default();
        let mut keys = Vec::with_capacity(listed.access_key_metadata.len());
        for key in listed.access_key_metadata {
            let (Some(id), Some(created)) = (key.access_key_id, key.create_date) else {
                continue;
            };
            let described = tags.iter().find(|tag| tag.key == id);
            keys.push(AccessKey {
                is_active: key.status.as_deref() == Some("Active"),
                created: created.into(),
                last_use: LastUse::load(visitor, &id).await,
                description: described
                    .map(|tag| tag.value.clone())
                    .filter(|text| !text.is_empty()),
                id,
            });
        }
        let summary = visitor.perform::<iam::GetAccountSummary>(()).await;
        let quota = summary.ok().and_then(|summary| {
            let quota = summary.summary_map?.get("AccessKeysPerUserQuota").copied()?;
            usize::try_from(quota).ok()
        });
        Ok(Self {
            user: user.to_owned(),
            keys,
            quota: quota.unwrap_or(QUOTA_DEFAULT),
        })
    }

    pub(in super::super) fn find(&self, id: &str) -> Option<&AccessKey> {
        self.keys.iter().find(|key| key.id == id)
    }

    /// Whether there may be no further key.
    pub(in super::super) fn is_full(&self) -> bool {
        self.keys.len() >= self.quota
    }

    /// The address of the list.
    pub(in super::super) fn path(&self) -> String {
        format!("{}/access-keys", path::user(&self.user))
    }
}

impl AccessKey {
    /// The address of its page.
    pub(in super::super) fn path(&self, user: &str) -> String {
        path::access_key(user, &self.id)
    }

    /// Whether it was used, as far as the visitor may see.
    pub(super) fn is_used(&self) -> bool {
        matches!(self.last_use, Ok(Some(_)))
    }
}

impl LastUse {
    async fn load(visitor: &Visitor, id: &str) -> Result<Option<Self>, Refused> {
        let used = visitor
            .perform::<iam::GetAccessKeyLastUsed>(iam::GetAccessKeyLastUsedRequest {
                access_key_id: id.to_owned(),
            })
            .await?;
        Ok(used.access_key_last_used.and_then(|used| {
            Some(Self {
                at: used.last_used_date?.into(),
                region: used.region,
                service: used.service_name,
            })
        }))
    }
}

#[derive(Template)]
#[template(path = "access_key/list.html")]
struct ListPage {
    frame: Frame,
    access_keys: AccessKeys,
}

/// `/console/users/{user}/access-keys`
pub(super) async fn list(visitor: Visitor, Path(user): Path<String>) -> Answer {
    page(ListPage {
        access_keys: AccessKeys::load(&visitor, &user).await?,
        frame: visitor.frame(Section::Users, format!("Access keys of {user}")),
    })
}

#[derive(Template)]
#[template(path = "access_key/last_uses.html")]
struct LastUses {
    access_keys: AccessKeys,
}

/// Tells the cards when their keys are used.
pub(super) async fn live(visitor: Option<Visitor>, Path(user): Path<String>) -> Response {
    let Some(visitor) = visitor else {
        return live::ended();
    };
    if AccessKeys::load(&visitor, &user).await.is_err() {
        return live::ended();
    }
    visitor.tell("last-uses", commits, move |visitor| {
        let user = user.clone();
        async move {
            let access_keys = AccessKeys::load(&visitor, &user).await.ok()?;
            LastUses { access_keys }.render().ok()
        }
    })
}

/// What changes when keys are changed or used.
pub(super) fn commits(done: &Statistics) -> u64 {
    done.commits
}

/// One key of a user's, for a page about it.
pub(super) async fn one(visitor: &Visitor, user: &str, id: &str) -> Result<AccessKey, Problem> {
    let all = AccessKeys::load(visitor, user).await?;
    let found = all.keys.into_iter().find(|key| key.id == id);
    found.ok_or(Problem::NotFound)
}
