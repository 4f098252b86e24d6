//! The policies that apply to a user, and what they come to.

use askama::Template;
use axum::extract::Path;
use keystead_wire::iam;

use super::{
    super::{
        attachments::{Owner, OwnerKind, Permissions},
        fields::Query,
        frame::{Frame, Section},
        page::{Answer, page},
        path,
        simulation::Verdict,
        visitor::Visitor,
    },
    groups::Group,
    simulation::Question,
    summary::{Summary, Tab},
};
use crate::api::Refused;

/// Policies of a user or of a group.
pub(super) struct Policies {
    pub(super) managed: Vec<ManagedPolicy>,
    /// Names of inline policies.
    pub(super) inline: Vec<String>,
}

/// A managed policy that is attached.
pub(super) struct ManagedPolicy {
    pub(super) name: String,
    pub(super) arn: String,
}

/// What a user has through a group.
struct Inherited {
    group: String,
    policies: Result<Policies, Refused>,
}

impl Policies {
    async fn of_group(visitor: &Visitor, group: &str) -> Result<Self, Refused> {
        let attached = visitor
            .perform::<iam::ListAttachedGroupPolicies>(iam::ListAttachedGroupPoliciesRequest {
                group_name: group.to_owned(),
                ..Default::default()
            })
            .await?;
        let inline = visitor
            .perform::<iam::ListGroupPolicies>(iam::ListGroupPoliciesRequest {
                group_name: group.to_owned(),
                ..Default::default()
            })
            .await?;
        Ok(Self::new(attached.attached_policies, inline.policy_names))
    }

    fn new(attached: Option<Vec<iam::AttachedPolicy>>, inline: Vec<String>) -> Self {
        let managed = attached
            .unwrap_or_default()
            .into_iter()
            .map(|policy| ManagedPolicy {
                name: policy.policy_name.unwrap_or_default(),
                arn: policy.policy_arn.unwrap_or_default(),
            });
        Self {
            managed: managed.collect(),
            inline,
        }
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
    let verdicts = match &summary.about {
        Ok(about) if question.is_asked() => Some(question.put(&visitor, &about.arn).await),
        _ => None,
    };
    page(PermissionsPage {
        frame: visitor.frame(Section::Users, summary.name.clone()),
        summary,
        permissions,
        inherited,
        question,
        verdicts,
    })
}
