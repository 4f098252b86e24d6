//! Whom a managed policy is attached to, or bounds.

use askama::Template;
use keystead_wire::iam;

use super::{
    super::{
        ask::Link,
        attachments::{Owner, OwnerKind},
        fields::{Form, Query},
        frame::Frame,
        page::{Answer, page, refused_page, see},
        path,
        problem::Problem,
        visitor::Visitor,
    },
    detail::Head,
};
use crate::api::Refused;

/// Users, groups and roles that have a policy.
pub(super) struct Entities {
    pub(super) attached: Vec<Owner>,
    /// Whom it is the permissions boundary of.
    pub(super) bounded: Vec<Owner>,
    next: Option<String>,
}

impl Entities {
    /// Reads a page of them.
    pub(super) async fn load(visitor: &Visitor, arn: &str, after: Option<&str>) -> Result<Self, Refused> {
        let listed = Self::used(visitor, arn, "PermissionsPolicy", after).await?;
        // A boundary is of few entities; further ones are listed by the API.
        let (bounded, _) = Self::used(visitor, arn, "PermissionsBoundary", None).await?;
        Ok(Self {
            attached: listed.0,
            bounded,
            next: listed.1,
        })
    }

    async fn used(
        visitor: &Visitor,
        arn: &str,
        usage: &str,
        after: Option<&str>,
    ) -> Result<(Vec<Owner>, Option<String>), Refused> {
        let listed = visitor
            .perform::<iam::ListEntitiesForPolicy>(iam::ListEntitiesForPolicyRequest {
                policy_arn: arn.to_owned(),
                policy_usage_filter: Some(usage.to_owned()),
                marker: after.map(str::to_owned),
                max_items: Some(50),
                ..Default::default()
            })
            .await?;
        let owners = |kind, names: Vec<Option<String>>| {
            let names = names.into_iter().flatten();
            names.map(move |name| Owner::new(kind, name))
        };
        let users = listed.policy_users.unwrap_or_default().into_iter();
        let groups = listed.policy_groups.unwrap_or_default().into_iter();
        let roles = listed.policy_roles.unwrap_or_default().into_iter();
        let all = owners(OwnerKind::User, users.map(|user| user.user_name).collect())
            .chain(owners(
                OwnerKind::Group,
                groups.map(|group| group.group_name).collect(),
            ))
            .chain(owners(
                OwnerKind::Role,
                roles.map(|role| role.role_name).collect(),
            ));
        Ok((all.collect(), listed.marker))
    }

    /// What has to be taken away before the policy can be deleted.
    pub(super) fn in_the_way(&self, arn: &str) -> Vec<Link> {
        let attached = self.attached.iter().map(|owner| {
            let href = format!("{}/detach?arn={}", owner.permissions(), path::segment(arn));
            Link::new(format!("It is attached to {}", owner.named()), href)
        });
        let bounded = self.bounded.iter().map(|owner| {
            let href = format!("{}/boundary/remove", owner.permissions());
            Link::new(format!("It is the boundary of {}", owner.named()), href)
        });
        attached.chain(bounded).collect()
    }
}

#[derive(Template)]
#[template(path = "policy/entities.html")]
struct EntitiesPage {
    frame: Frame,
    head: Head,
    entities: Result<Entities, Refused>,
    kind: String,
    name: String,
    refused: Option<Refused>,
}

impl EntitiesPage {
    async fn load(visitor: &Visitor, arn: &str, after: Option<&str>) -> Result<Self, Problem> {
        let head = Head::load(visitor, arn, "entities").await?;
        Ok(Self {
            frame: head.frame.clone(),
            entities: Entities::load(visitor, arn, after).await,
            head,
            kind: String::new(),
            name: String::new(),
            refused: None,
        })
    }

    fn next(&self) -> Option<String> {
        let after = self.entities.as_ref().ok()?.next.as_deref()?;
        Some(format!(
            "{}&after={}",
            self.head.to("entities"),
            path::segment(after)
        ))
    }

    fn detach(&self, owner: &Owner) -> String {
        let arn = path::segment(&self.head.arn);
        format!("{}/detach?arn={arn}", owner.permissions())
    }

    fn is_of_kind(&self, kind: &OwnerKind) -> bool {
        self.kind == kind.word()
    }
}

/// `/console/policy/entities?arn=…&after=…`
pub(super) async fn list(visitor: Visitor, query: Query) -> Answer {
    let after = query.given("after");
    page(EntitiesPage::load(&visitor, query.text("arn"), after).await?)
}

/// Attaches the policy to the user, group or role that is named.
pub(super) async fn attach(visitor: Visitor, query: Query, form: Form) -> Answer {
    let (arn, kind, name) = (query.text("arn"), form.text("kind"), form.text("name").trim());
    let owner_kind = OwnerKind::ALL.into_iter().find(|known| known.word() == kind);
    let owner = Owner::new(owner_kind.ok_or(Problem::NotFound)?, name);
    match owner.attach(&visitor, arn).await {
        Ok(()) => see(&format!(
            "{}&done=policies-attached",
            path::of_policy(arn, "entities")
        )),
        Err(refused) => {
            let mut again = EntitiesPage::load(&visitor, arn, None).await?;
            let status = refused.status();
            kind.clone_into(&mut again.kind);
            name.clone_into(&mut again.name);
            again.refused = Some(refused);
            refused_page(status, again)
        }
    }
}
