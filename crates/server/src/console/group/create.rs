//! Making a group, and giving one another name.

use askama::Template;
use axum::extract::Path;
use keystead_wire::iam;

use super::{
    super::{
        ask::Link,
        fields::Form,
        frame::{Frame, Section},
        page::{Answer, page, refused_page, see},
        visitor::Visitor,
    },
    owner,
};
use crate::api::Refused;

#[derive(Template)]
#[template(path = "group/form.html")]
struct FormPage {
    frame: Frame,
    crumbs: Vec<Link>,
    /// Where the form goes.
    action: String,
    back: String,
    name: String,
    path: String,
    refused: Option<Refused>,
}

impl FormPage {
    fn create(visitor: &Visitor, name: &str, path: &str) -> Self {
        Self {
            frame: visitor.frame(Section::Groups, "Create group"),
            crumbs: vec![Link::new(Section::Groups.title(), Section::Groups.path())],
            action: "/console/create-group".to_owned(),
            back: Section::Groups.path().to_owned(),
            name: name.to_owned(),
            path: path.to_owned(),
            refused: None,
        }
    }

    fn rename(visitor: &Visitor, group: &str, name: &str, path: &str) -> Self {
        let owner = owner(group);
        Self {
            frame: visitor.frame(Section::Groups, "Rename group"),
            crumbs: owner.crumbs(),
            action: format!("{}/rename", owner.path()),
            back: owner.path(),
            ..Self::create(visitor, name, path)
        }
    }

    fn refused(mut self, refused: Refused) -> Answer {
        let status = refused.status();
        self.refused = Some(refused);
        refused_page(status, self)
    }
}

/// `/console/create-group`
pub(super) async fn write(visitor: Visitor) -> Answer {
    page(FormPage::create(&visitor, "", "/"))
}

pub(super) async fn create(visitor: Visitor, form: Form) -> Answer {
    let (name, path) = (form.text("name").trim(), form.given("path").unwrap_or("/"));
    let created = visitor
        .perform::<iam::CreateGroup>(iam::CreateGroupRequest {
            group_name: name.to_owned(),
            path: Some(path.to_owned()),
        })
        .await;
    match created {
        Ok(_) => see(&format!("{}?done=group-created", owner(name).path())),
        Err(refused) => FormPage::create(&visitor, name, path).refused(refused),
    }
}

/// `/console/groups/{group}/rename`
pub(super) async fn ask_rename(visitor: Visitor, Path(group): Path<String>) -> Answer {
    let read = visitor.perform::<iam::GetGroup>(iam::GetGroupRequest {
        group_name: group.clone(),
        max_items: Some(1),
        ..Default::default()
    });
    let path = read.await?.group.path;
    page(FormPage::rename(&visitor, &group, &group, &path))
}

pub(super) async fn rename(visitor: Visitor, Path(group): Path<String>, form: Form) -> Answer {
    let (name, path) = (form.text("name").trim(), form.given("path").unwrap_or("/"));
    let renamed = visitor
        .perform::<iam::UpdateGroup>(iam::UpdateGroupRequest {
            group_name: group.clone(),
            new_group_name: Some(name.to_owned()),
            new_path: Some(path.to_owned()),
        })
        .await;
    match renamed {
        Ok(()) => see(&format!("{}?done=group-renamed", owner(name).path())),
        Err(refused) => FormPage::rename(&visitor, &group, name, path).refused(refused),
    }
}
