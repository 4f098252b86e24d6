//! The versions of a managed policy.

use askama::Template;
use keystead_wire::iam;

use super::{
    super::{
        ask::Ask,
        fields::{Form, Query},
        frame::{Frame, Section},
        moment::Moment,
        page::{Answer, page, refused_page, see},
        path,
        problem::Problem,
        visitor::Visitor,
    },
    Editor, PolicyUse,
    detail::{Head, version},
    name_of,
};
use crate::api::Refused;

/// Versions that a policy can have.
const VERSIONS_MAX: usize = 5;

#[derive(Template)]
#[template(path = "policy/versions.html")]
struct VersionsPage {
    frame: Frame,
    head: Head,
    versions: Result<Vec<VersionRow>, Refused>,
}

struct VersionRow {
    id: String,
    is_default: bool,
    created: Option<Moment>,
}

impl VersionsPage {
    fn is_full(&self) -> bool {
        self.versions
            .as_ref()
            .is_ok_and(|rows| rows.len() >= VERSIONS_MAX)
    }
}

/// `/console/policy/versions?arn=…`
pub(super) async fn list(visitor: Visitor, query: Query) -> Answer {
    let arn = query.text("arn");
    let head = Head::load(&visitor, arn, "versions").await?;
    let listed = visitor
        .perform::<iam::ListPolicyVersions>(iam::ListPolicyVersionsRequest {
            policy_arn: arn.to_owned(),
            ..Default::default()
        })
        .await;
    let row = |version: iam::PolicyVersion| VersionRow {
        id: version.version_id.unwrap_or_default(),
        is_default: version.is_default_version == Some(true),
        created: version.create_date.map(Moment::from),
    };
    page(VersionsPage {
        frame: head.frame.clone(),
        head,
        versions: listed.map(|listed| listed.versions.unwrap_or_default().into_iter().map(row).collect()),
    })
}

#[derive(Template)]
#[template(path = "policy/edit.html")]
struct EditPage {
    frame: Frame,
    head: Head,
    editor: Editor,
    set_as_default: bool,
    refused: Option<Refused>,
}

impl EditPage {
    async fn load(visitor: &Visitor, arn: &str, editor: Editor) -> Result<Self, Problem> {
        let head = Head::load(visitor, arn, "versions").await?;
        Ok(Self {
            frame: visitor.frame(Section::Policies, "Edit policy"),
            head,
            editor,
            set_as_default: true,
            refused: None,
        })
    }
}

/// `/console/policy/versions/create?arn=…`: begins with the default version, or with the one of `&version=…`.
pub(super) async fn write(visitor: Visitor, query: Query) -> Answer {
    let arn = query.text("arn");
    let empty = Editor::new(PolicyUse::Managed, String::new());
    let mut edit = EditPage::load(&visitor, arn, empty).await?;
    let from = query.given("version").unwrap_or(edit.head.default_version());
    edit.editor.text = version(&visitor, arn, from).await?;
    page(edit)
}

pub(super) async fn create(visitor: Visitor, query: Query, form: Form) -> Answer {
    let arn = query.text("arn");
    let editor = Editor::of(PolicyUse::Managed, &form);
    let set_as_default = form.is_checked("default");
    let created = match form.is_checked("check") {
        true => None,
        false => {
            let input = iam::CreatePolicyVersionRequest {
                policy_arn: arn.to_owned(),
                policy_document: editor.text.clone(),
                set_as_default: Some(set_as_default),
            };
            Some(visitor.perform::<iam::CreatePolicyVersion>(input).await)
        }
    };
    if let Some(Ok(_)) = created {
        return see(&format!(
            "{}&done=policy-version-created",
            path::of_policy(arn, "versions")
        ));
    }
    let mut again = EditPage::load(&visitor, arn, editor).await?;
    again.set_as_default = set_as_default;
    match created.and_then(Result::err) {
        None => page(again),
        Some(refused) => {
            let status = refused.status();
            again.refused = Some(refused);
            refused_page(status, again)
        }
    }
}

/// `/console/policy/versions/default?arn=…&version=…`
pub(super) async fn ask_default(visitor: Visitor, query: Query) -> Answer {
    let words =
        "The policy means what this version says from the next request on, for everybody it is attached to.";
    asking(&visitor, &query, "Set as default", "default")
        .saying(words)
        .asked()
}

pub(super) async fn set_default(visitor: Visitor, query: Query) -> Answer {
    let set = visitor.perform::<iam::SetDefaultPolicyVersion>(iam::SetDefaultPolicyVersionRequest {
        policy_arn: query.text("arn").to_owned(),
        version_id: query.text("version").to_owned(),
    });
    let done = format!(
        "{}&done=policy-version-set",
        path::of_policy(query.text("arn"), "versions")
    );
    asking(&visitor, &query, "Set as default", "default").answered(set.await, &done)
}

/// `/console/policy/versions/delete?arn=…&version=…`
pub(super) async fn ask_delete(visitor: Visitor, query: Query) -> Answer {
    let words = "Deleting is final: the version's document is gone.";
    asking(&visitor, &query, "Delete version", "delete")
        .saying(words)
        .asked()
}

pub(super) async fn delete(visitor: Visitor, query: Query) -> Answer {
    let deleted = visitor.perform::<iam::DeletePolicyVersion>(iam::DeletePolicyVersionRequest {
        policy_arn: query.text("arn").to_owned(),
        version_id: query.text("version").to_owned(),
    });
    let done = format!(
        "{}&done=policy-version-deleted",
        path::of_policy(query.text("arn"), "versions")
    );
    asking(&visitor, &query, "Delete version", "delete").answered(deleted.await, &done)
}

fn asking(visitor: &Visitor, query: &Query, button: &str, word: &str) -> Ask {
    let (arn, version) = (query.text("arn"), query.text("version"));
    let subject = format!("{version} of {}", name_of(arn));
    let action = path::of_policy(arn, &format!("versions/{word}"));
    let action = format!("{action}&version={}", path::segment(version));
    let back = path::of_policy(arn, "versions");
    Ask::new(visitor, Section::Policies, button, subject, action, back)
        .below(name_of(arn), path::policy(arn))
        .saying(arn)
}
