//! The policies that apply to a user, and what they come to.

use askama::Template;
use axum::extract::Path;

use super::{
    super::{
        attachments::{Attached, Owner, OwnerKind, Permissions},
        fields::Query,
        frame::{Frame, Section},
        page::{Answer, page},
        path,
        simulation::{Verdict, wrong_action},
        visitor::Visitor,
    },
    groups::Group,
    simulation::Question,
    summary::{Summary, Tab},
};
use crate::api::Refused;

/// Policies of a group.
struct Policies {
    managed: Vec<Attached>,
    /// Names of inline policies.
    inline: Vec<String>,
}

/// What a user has through a group.
struct Inherited {
    group: String,
    policies: Result<Policies, Refused>,
}

impl Policies {
    async fn of_group(visitor: &Visitor, group: &str) -> Result<Self, Refused> {
        let group = Owner::new(OwnerKind::Group, group);
        Ok(Self {
            managed: group.attached(visitor).await?,
            inline: group.inline_names(visitor).await?,
        })
    }

    fn is_empty(&self) -> bool {
        self.managed.is_empty() && self.inline.is_empty()
    }
}

impl Inherited {
    async fn load(visitor: &Visitor, user: &str) -> Result<Vec<Self>, Refused> {
        let mut inherited = Vec::new();
        for group in Group::load(visitor, user).await? {
            inherited.push(Self {
                policies: Policies::of_group(visitor, &group.name).await,
                group: group.name,
            });
        }
        Ok(inherited)
    }

    fn path(&self) -> String {
        format!("/console/groups/{}", path::segment(&self.group))
    }
}

#[derive(Template)]
#[template(path = "user/permissions.html")]
struct PermissionsPage {
    frame: Frame,
    summary: Summary,
    permissions: Permissions,
    inherited: Result<Vec<Inherited>, Refused>,
    question: Question,
    /// What is wrong with the question.
    wrong: Option<String>,
    verdicts: Option<Result<Vec<Verdict>, Refused>>,
}

/// `/console/users/{user}?actions=…&resource=…`
pub(super) async fn tab(visitor: Visitor, Path(user): Path<String>, query: Query) -> Answer {
    let owner = Owner::new(OwnerKind::User, user.as_str());
    let inherited = Inherited::load(&visitor, &user).await;
    let summary = Summary::load(&visitor, user, Tab::Permissions).await?;
    let boundary = summary.about.as_ref().ok().map(|about| about.boundary.clone());
    let permissions = Permissions::load(&visitor, owner, boundary).await;
    let question = Question::of(&query);
    let wrong = wrong_action(&question.actions);
    let verdicts = match &summary.about {
        Ok(about) if question.is_asked() && wrong.is_none() => Some(question.put(&visitor, &about.arn).await),
        _ => None,
    };
    page(PermissionsPage {
        frame: visitor.frame(Section::Users, format!("{}: permissions", summary.name)),
        summary,
        permissions,
        inherited,
        question,
        wrong,
        verdicts,
    })
}
