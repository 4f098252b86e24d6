//! What somebody should look after, and the lists of it.

use askama::Template;
use axum::extract::Path;
use keystead_authority::overview::{Attention, Count, KeyToLookAfter, KeysToLookAfter, UserToLookAfter};
use keystead_types::AccountId;
use keystead_wire::ApiError;

use super::super::{
    fields::Query,
    frame::{Frame, Section},
    moment::Moment,
    page::{Answer, page},
    path,
    problem::Problem,
    visitor::Visitor,
};
use crate::api::{Refused, UnderWay};

/// Entries on a page of a list.
const PER_PAGE: u32 = 20;

/// Something to be looked after.
pub(super) struct Task {
    /// How often it is found: `100+` where no more were counted.
    pub(super) number: String,
    pub(super) text: &'static str,
    /// Where those are listed, or what they did.
    pub(super) path: String,
}

/// A list of what is to be looked after.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    OldKeys,
    UnusedKeys,
    WithoutMfa,
}

impl Kind {
    fn of(word: &str) -> Option<Self> {
        match word {
            "old-keys" => Some(Self::OldKeys),
            "unused-keys" => Some(Self::UnusedKeys),
            "without-mfa" => Some(Self::WithoutMfa),
            _ => None,
        }
    }

    fn path(self) -> &'static str {
        match self {
            Self::OldKeys => "/console/attention/old-keys",
            Self::UnusedKeys => "/console/attention/unused-keys",
            Self::WithoutMfa => "/console/attention/without-mfa",
        }
    }

    fn title(self) -> &'static str {
        match self {
            Self::OldKeys => "Active access keys older than 90 days",
            Self::UnusedKeys => "Active access keys that were never used",
            Self::WithoutMfa => "Users with a password and without MFA",
        }
    }

    /// What to do about it.
    fn advice(self) -> &'static str {
        match self {
            Self::OldKeys => {
                "Rotate them: make a second key, switch to it, and delete the old one once nothing uses it."
            }
            Self::UnusedKeys => "They were made more than a day ago. Delete those that nobody needs.",
            Self::WithoutMfa => {
                "Who learns such a password can sign in with it. Ask these users to assign an MFA device."
            }
        }
    }
}

/// Reads what is to be looked after.
pub(super) async fn tasks(visitor: &Visitor) -> Result<Vec<Task>, Refused> {
    let mut read = visitor.begin_own_read("FindAttention");
    let overview = visitor.api().authority.overview();
    let found = overview
        .attention(visitor.caller(), &read.context, &mut read.asked)
        .await;
    Ok(tasks_of(&visitor.end_own_read(read, found)?, visitor.account()))
}

fn tasks_of(found: &Attention, account: AccountId) -> Vec<Task> {
    let listed = |count: Count, kind: Kind| Task {
        number: match count.more {
            true => format!("{}+", count.number),
            false => count.number.to_string(),
        },
        text: kind.title(),
        path: kind.path().to_owned(),
    };
    let root = Task {
        number: found.root_keys.to_string(),
        text: "Access keys of the root user, which should have none",
        path: format!("/console/events?user={account}"),
    };
    let tasks = [
        listed(found.old_keys, Kind::OldKeys),
        listed(found.unused_keys, Kind::UnusedKeys),
        listed(found.users_without_mfa, Kind::WithoutMfa),
        root,
    ];
    tasks.into_iter().filter(|task| task.number != "0").collect()
}

#[derive(Template)]
#[template(path = "dashboard/attention.html")]
struct AttentionPage {
    frame: Frame,
    kind: Kind,
    rows: Vec<Row>,
    is_first: bool,
    next: Option<String>,
}

struct Row {
    /// The user; `None` for root.
    user: Option<String>,
    key: Option<KeyCell>,
    /// When the key or the password was last used.
    last_use: Option<Moment>,
}

struct KeyCell {
    /// Its id, if the visitor may see it.
    id: Option<String>,
    created: Moment,
}

/// `/console/attention/{kind}?after=…`
pub(super) async fn list(visitor: Visitor, Path(kind): Path<String>, query: Query) -> Answer {
    let kind = Kind::of(&kind).ok_or(Problem::NotFound)?;
    let after = query.text("after");
    let mut read = visitor.begin_own_read("FindAttention");
    let found = match kind {
        Kind::OldKeys => keys(&visitor, &mut read, KeysToLookAfter::Old, after).await,
        Kind::UnusedKeys => keys(&visitor, &mut read, KeysToLookAfter::Unused, after).await,
        Kind::WithoutMfa => users(&visitor, &mut read, after).await,
    };
    let (rows, next) = visitor.end_own_read(read, found)?;
    page(AttentionPage {
        frame: visitor.frame(Section::Dashboard, kind.title()),
        kind,
        rows,
        is_first: after.is_empty(),
        next,
    })
}

type Rows = (Vec<Row>, Option<String>);

async fn keys(
    visitor: &Visitor,
    read: &mut UnderWay<'_>,
    which: KeysToLookAfter,
    after: &str,
) -> Result<Rows, ApiError> {
    let overview = visitor.api().authority.overview();
    let found = overview.keys_to_look_after(
        visitor.caller(),
        &read.context,
        &mut read.asked,
        which,
        after,
        PER_PAGE,
    );
    let found = found.await?;
    Ok((found.keys.into_iter().map(Row::from).collect(), found.next))
}

async fn users(visitor: &Visitor, read: &mut UnderWay<'_>, after: &str) -> Result<Rows, ApiError> {
    let overview = visitor.api().authority.overview();
    let found =
        overview.users_to_look_after(visitor.caller(), &read.context, &mut read.asked, after, PER_PAGE);
    let found = found.await?;
    Ok((found.users.into_iter().map(Row::from).collect(), found.next))
}

impl From<KeyToLookAfter> for Row {
    fn from(key: KeyToLookAfter) -> Self {
        Self {
            user: key.user.map(|name| name.to_string()),
            key: Some(KeyCell {
                id: key.id.map(|id| id.to_string()),
                created: key.created_at.into(),
            }),
            last_use: key.last_use.map(|used| used.at.into()),
        }
    }
}

impl From<UserToLookAfter> for Row {
    fn from(user: UserToLookAfter) -> Self {
        Self {
            user: Some(user.name.to_string()),
            key: None,
            last_use: user.password_last_used_at.map(Moment::from),
        }
    }
}

impl Row {
    /// Where it is looked after.
    fn path(&self) -> Option<String> {
        self.user.as_deref().map(path::security_credentials)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_in_order_is_no_task_and_what_was_not_counted_is_said() {
        let count = |number, more| Count { number, more };
        let found = Attention {
            old_keys: count(100, true),
            unused_keys: count(0, false),
            users_without_mfa: count(3, false),
            root_keys: 0,
        };
        let tasks = tasks_of(&found, "123456789012".parse().unwrap());
        let numbers: Vec<&str> = tasks.iter().map(|task| task.number.as_str()).collect();
        assert_eq!(numbers, ["100+", "3"]);
    }
}
