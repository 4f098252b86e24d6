//! One role: its permissions, its description and the longest session, its tags.

use askama::Template;
use axum::extract::Path;
use keystead_wire::iam;

use super::{
    super::{
        ask::{Ask, Link},
        attachments::{Owner, Permissions},
        fields::{Form, Query},
        frame::{Frame, Section},
        moment::Moment,
        page::{Answer, page, refused_page, see},
        problem::Problem,
        tagging::Tags,
        visitor::Visitor,
    },
    owner,
};
use crate::api::Refused;

/// Session lengths to choose from, in hours.
const HOURS: [i32; 5] = [1, 2, 4, 8, 12];

/// What stands over each page of a role.
pub(super) struct Head {
    pub(super) frame: Frame,
    pub(super) crumbs: Vec<Link>,
    pub(super) owner: Owner,
    pub(super) role: iam::Role,
    tab: &'static str,
}

impl Head {
    pub(super) async fn load(visitor: &Visitor, role: &str, tab: &'static str) -> Result<Self, Refused> {
        let role_name = role.to_owned();
        let read = visitor.perform::<iam::GetRole>(iam::GetRoleRequest { role_name });
        let role = read.await?.role;
        let owner = owner(&role.role_name);
        let mut head = Self {
            frame: visitor.frame(Section::Roles, role.role_name.as_str()),
            crumbs: owner.crumbs(),
            owner,
            role,
            tab,
        };
        head.frame.add_tab(&head.tabs());
        Ok(head)
    }

    pub(super) fn tabs(&self) -> Vec<(Link, bool)> {
        let path = self.owner.path();
        let tab = |text, rest, word| (Link::new(text, format!("{path}{rest}")), self.tab == word);
        vec![
            tab("Permissions", "", "permissions"),
            tab("Trust relationships", "/trust", "trust"),
            tab("Tags", "/tags", "tags"),
            tab("Revoke sessions", "/sessions", "sessions"),
        ]
    }

    pub(super) fn created(&self) -> Moment {
        self.role.create_date.into()
    }

    pub(super) fn last_used(&self) -> Option<(Moment, &str)> {
        let used = self.role.role_last_used.as_ref()?;
        let region = used.region.as_deref().unwrap_or_default();
        Some((used.last_used_date?.into(), region))
    }

    /// The longest session, in words.
    pub(super) fn session(&self) -> String {
        let seconds = self.role.max_session_duration.unwrap_or_default();
        match (seconds / 3600, seconds % 3600 / 60) {
            (1, 0) => "1 hour".to_owned(),
            (hours, 0) => format!("{hours} hours"),
            (hours, minutes) => format!("{hours} hours {minutes} minutes"),
        }
    }
}

#[derive(Template)]
#[template(path = "role/permissions.html")]
struct PermissionsPage {
    frame: Frame,
    head: Head,
    permissions: Permissions,
    profiles: Result<Vec<iam::InstanceProfile>, Refused>,
}

/// `/console/roles/{role}`
pub(super) async fn permissions(visitor: Visitor, Path(role): Path<String>) -> Answer {
    let head = Head::load(&visitor, &role, "permissions").await?;
    let boundary = head.role.permissions_boundary.as_ref();
    let boundary = boundary.and_then(|boundary| boundary.permissions_boundary_arn.clone());
    page(PermissionsPage {
        frame: head.frame.clone(),
        permissions: Permissions::load(&visitor, head.owner.clone(), Some(boundary)).await,
        profiles: profiles(&visitor, &role).await,
        head,
    })
}

/// The instance profiles that a role is in.
pub(super) async fn profiles(visitor: &Visitor, role: &str) -> Result<Vec<iam::InstanceProfile>, Refused> {
    let listed =
        visitor.perform::<iam::ListInstanceProfilesForRole>(iam::ListInstanceProfilesForRoleRequest {
            role_name: role.to_owned(),
            ..Default::default()
        });
    Ok(listed.await?.instance_profiles)
}

#[derive(Template)]
#[template(path = "role/edit.html")]
struct EditPage {
    frame: Frame,
    head: Head,
    description: String,
    /// In seconds.
    session: i32,
    refused: Option<Refused>,
}

impl EditPage {
    async fn load(visitor: &Visitor, role: &str) -> Result<Self, Refused> {
        let head = Head::load(visitor, role, "permissions").await?;
        Ok(Self {
            frame: visitor.frame(Section::Roles, "Edit role"),
            description: head.role.description.clone().unwrap_or_default(),
            session: head.role.max_session_duration.unwrap_or(3600),
            head,
            refused: None,
        })
    }

    /// Seconds to choose from, with the length that the role has now.
    fn sessions(&self) -> Vec<(i32, String)> {
        let mut seconds: Vec<i32> = HOURS.iter().map(|hours| hours * 3600).collect();
        if !seconds.contains(&self.session) {
            seconds.push(self.session);
            seconds.sort_unstable();
        }
        let words = |seconds: i32| match seconds % 3600 {
            0 => format!("{} h", seconds / 3600),
            _ => format!("{seconds} s"),
        };
        seconds
            .into_iter()
            .map(|seconds| (seconds, words(seconds)))
            .collect()
    }

    fn is_session(&self, seconds: &i32) -> bool {
        self.session == *seconds
    }
}

/// `/console/roles/{role}/edit`
pub(super) async fn edit(visitor: Visitor, Path(role): Path<String>) -> Answer {
    page(EditPage::load(&visitor, &role).await?)
}

pub(super) async fn change(visitor: Visitor, Path(role): Path<String>, form: Form) -> Answer {
    let description = form.text("description").trim();
    let session = form.text("session").parse().ok();
    let changed = visitor
        .perform::<iam::UpdateRole>(iam::UpdateRoleRequest {
            role_name: role.clone(),
            description: Some(description.to_owned()),
            max_session_duration: session,
        })
        .await;
    match changed {
        Ok(_) => see(&format!("{}?done=role-changed", owner(&role).path())),
        Err(refused) => {
            let mut again = EditPage::load(&visitor, &role).await?;
            let status = refused.status();
            description.clone_into(&mut again.description);
            again.session = session.unwrap_or(again.session);
            again.refused = Some(refused);
            refused_page(status, again)
        }
    }
}

#[derive(Template)]
#[template(path = "role/tags.html")]
struct TagsPage {
    frame: Frame,
    head: Head,
    tags: Tags,
    refused: Option<Refused>,
}

impl TagsPage {
    async fn load(visitor: &Visitor, role: &str) -> Result<Self, Problem> {
        let head = Head::load(visitor, role, "tags").await?;
        let path = format!("{}/tags", head.owner.path());
        let remove = format!("{path}/remove");
        let tags = head.role.tags.clone().unwrap_or_default();
        Ok(Self {
            frame: head.frame.clone(),
            tags: Tags::new(tags, path, remove),
            head,
            refused: None,
        })
    }
}

/// `/console/roles/{role}/tags`
pub(super) async fn tags(visitor: Visitor, Path(role): Path<String>, query: Query) -> Answer {
    let mut tab = TagsPage::load(&visitor, &role).await?;
    tab.tags.edit(&query);
    page(tab)
}

pub(super) async fn tag(visitor: Visitor, Path(role): Path<String>, form: Form) -> Answer {
    let tags = vec![Tags::of(&form)];
    let role_name = role.clone();
    let tagged = visitor.perform::<iam::TagRole>(iam::TagRoleRequest { role_name, tags });
    match tagged.await {
        Ok(()) => see(&format!("{}/tags?done=tag-saved", owner(&role).path())),
        Err(refused) => {
            let mut again = TagsPage::load(&visitor, &role).await?;
            let status = refused.status();
            again.tags.fill(&form);
            again.refused = Some(refused);
            refused_page(status, again)
        }
    }
}

/// `/console/roles/{role}/tags/remove?key=…`
pub(super) async fn ask_untag(visitor: Visitor, Path(role): Path<String>, query: Query) -> Answer {
    removal(&visitor, &role, query.text("key")).asked()
}

pub(super) async fn untag(visitor: Visitor, Path(role): Path<String>, form: Form) -> Answer {
    let key = form.text("key");
    let untagged = visitor.perform::<iam::UntagRole>(iam::UntagRoleRequest {
        role_name: role.clone(),
        tag_keys: vec![key.to_owned()],
    });
    let done = format!("{}/tags?done=tag-removed", owner(&role).path());
    removal(&visitor, &role, key).answered(untagged.await, &done)
}

fn removal(visitor: &Visitor, role: &str, key: &str) -> Ask {
    let path = owner(role).path();
    let (action, back) = (format!("{path}/tags/remove"), format!("{path}/tags"));
    Ask::new(visitor, Section::Roles, "Remove tag", key, action, back)
        .below(role, path)
        .saying("Policies with conditions on this tag may decide otherwise without it.")
        .carrying("key", key)
}
