//! The list of users, with what they sign in and sign with.

use std::sync::Arc;

use askama::Template;
use axum::{Router, routing::get};
use keystead_authority::overview::{AccessKeyOverview, Last, UserOverview};
use keystead_types::{AccessKeyStatus, Timestamp};

use super::{
    Shared,
    fields::Query,
    frame::{Frame, Section},
    moment::Moment,
    page::{Answer, page},
    visitor::Visitor,
};

/// Users on a page.
const USERS_PER_PAGE: u32 = 15;
/// Groups of a user that are named; the others are counted.
const GROUPS_NAMED: usize = 3;

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new().route("/console/users", get(list))
}

#[derive(Template)]
#[template(path = "users.html")]
struct UsersPage {
    frame: Frame,
    search: String,
    /// Whether the list starts at its beginning.
    is_first: bool,
    users: Vec<UserRow>,
    next: Option<String>,
}

/// What the visitor may see of a user; `None` is what it may not.
struct UserRow {
    name: String,
    path: String,
    groups: Option<Groups>,
    keys: Option<Keys>,
    mfa_devices: Option<u32>,
    has_password: Option<bool>,
    last_activity: Last<Moment>,
}

struct Groups {
    named: Vec<String>,
    others: usize,
}

struct Keys {
    /// Each key's id, and whether it is active.
    ids: Vec<(String, bool)>,
    /// When the oldest active key was made.
    oldest_active: Option<Moment>,
    /// The last use of all of them.
    last_use: Last<Moment>,
}

/// `/console/users?search=…&after=…`
async fn list(visitor: Visitor, query: Query) -> Answer {
    let (search, after) = (query.text("search").trim(), query.text("after"));
    let mut read = visitor.begin_own_read("FindUsers");
    let found = visitor
        .api()
        .authority
        .overview()
        .users(
            visitor.caller(),
            &read.context,
            &mut read.asked,
            search,
            after,
            USERS_PER_PAGE,
        )
        .await;
    let found = visitor.end_own_read(read, found)?;
    page(UsersPage {
        frame: visitor.frame(Section::Users, "Users"),
        search: search.to_owned(),
        is_first: after.is_empty(),
        users: found.users.into_iter().map(UserRow::from).collect(),
        next: found.next,
    })
}

impl From<UserOverview> for UserRow {
    fn from(user: UserOverview) -> Self {
        Self {
            name: user.name.to_string(),
            path: user.path.to_string(),
            groups: user.groups.map(|groups| Groups {
                others: groups.len().saturating_sub(GROUPS_NAMED),
                named: groups
                    .iter()
                    .take(GROUPS_NAMED)
                    .map(ToString::to_string)
                    .collect(),
            }),
            keys: user.access_keys.as_deref().map(Keys::of),
            mfa_devices: user.mfa_devices,
            has_password: user.has_password,
            last_activity: moment(user.last_activity),
        }
    }
}

impl Keys {
    fn of(keys: &[AccessKeyOverview]) -> Self {
        let is_active = |key: &AccessKeyOverview| key.status == AccessKeyStatus::Active;
        let active = keys.iter().filter(|key| is_active(key));
        // Whoever may see the use of one key of a user may see that of all.
        let is_hidden = keys.iter().any(|key| key.last_use == Last::Hidden);
        let uses = keys.iter().filter_map(|key| match &key.last_use {
            Last::At(used) => Some(used.at),
            Last::Hidden | Last::Never => None,
        });
        Self {
            ids: keys
                .iter()
                .map(|key| (key.id.to_string(), is_active(key)))
                .collect(),
            oldest_active: active.map(|key| key.created_at).min().map(Moment::from),
            last_use: match (is_hidden, uses.max()) {
                (true, _) => Last::Hidden,
                (false, None) => Last::Never,
                (false, Some(at)) => Last::At(at.into()),
            },
        }
    }
}

fn moment(last: Last<Timestamp>) -> Last<Moment> {
    match last {
        Last::Hidden => Last::Hidden,
        Last::Never => Last::Never,
        Last::At(at) => Last::At(at.into()),
    }
}
