//! One access key: what it is used for, by whom, and how much.

use askama::Template;
use axum::extract::Path;
use keystead_authority::overview::KeyUse;

use super::{
    super::{
        frame::{Frame, Section},
        moment::Moment,
        page::{Answer, page},
        visitor::Visitor,
    },
    cards::{AccessKey, one},
    chart::Chart,
};
use crate::{api::Refused, environment::now};

/// What is known of a key's use.
pub(super) struct Usage {
    pub(super) chart: Chart,
    /// Latest first.
    pub(super) sources: Vec<Source>,
}

/// Where and for what a key was used.
pub(super) struct Source {
    pub(super) at: Moment,
    pub(super) service: String,
    pub(super) region: String,
    pub(super) address: String,
    pub(super) user_agent: String,
}

impl Usage {
    /// Reads the use of a user's key.
    pub(super) async fn load(visitor: &Visitor, user: &str, id: &str) -> Result<Self, Refused> {
        let mut read = visitor.begin_own_read("GetAccessKeyUse");
        let authority = &visitor.api().authority;
        let found = authority
            .overview()
            .key_use(visitor.caller(), &read.context, &mut read.asked, user, id)
            .await;
        let KeyUse { days, sources, .. } = visitor.end_own_read(read, found)?;
        let days: Vec<(i64, u64)> = days.iter().map(|day| (day.day, day.requests)).collect();
        let sources = sources.into_iter().map(|source| Source {
            at: source.last_used_at.into(),
            service: source.service,
            region: source.region,
            address: source.source_address,
            user_agent: source.user_agent,
        });
        Ok(Self {
            chart: Chart::new(now().day(), &days),
            sources: sources.collect(),
        })
    }
}

#[derive(Template)]
#[template(path = "access_key/detail.html")]
struct DetailPage {
    frame: Frame,
    user: String,
    key: AccessKey,
    usage: Result<Usage, Refused>,
}

/// `/console/users/{user}/access-keys/{id}`
pub(super) async fn detail(visitor: Visitor, Path((user, id)): Path<(String, String)>) -> Answer {
    let key = one(&visitor, &user, &id).await?;
    page(DetailPage {
        frame: visitor.frame(Section::Users, format!("Access key {id}")),
        usage: Usage::load(&visitor, &user, &id).await,
        user,
        key,
    })
}
