//! One managed policy: its document, its tags, and deleting it.

use askama::Template;
use keystead_wire::iam;

use super::{
    super::{
        ask::{Ask, Link},
        fields::{Form, Query},
        frame::{Frame, Section},
        json_text::indented,
        moment::Moment,
        page::{Answer, page, refused_page, see},
        path,
        problem::Problem,
        tagging::Tags,
        visitor::Visitor,
    },
    crumbs, document as decoded, entities, is_aws_managed, name_of,
};
use crate::api::Refused;

/// What stands over each page of a policy.
pub(super) struct Head {
    pub(super) frame: Frame,
    pub(super) crumbs: Vec<Link>,
    pub(super) policy: iam::Policy,
    pub(super) arn: String,
    pub(super) name: String,
    /// Which of the policy's pages it is.
    tab: &'static str,
}

impl Head {
    pub(super) async fn load(visitor: &Visitor, arn: &str, tab: &'static str) -> Result<Self, Problem> {
        let policy_arn = arn.to_owned();
        let read = visitor.perform::<iam::GetPolicy>(iam::GetPolicyRequest { policy_arn });
        let mut head = Self {
            frame: visitor.frame(Section::Policies, name_of(arn)),
            crumbs: crumbs(arn),
            policy: read.await?.policy.ok_or(Problem::NotFound)?,
            arn: arn.to_owned(),
            name: name_of(arn).to_owned(),
            tab,
        };
        head.frame.add_tab(&head.tabs());
        Ok(head)
    }

    pub(super) fn is_aws_managed(&self) -> bool {
        is_aws_managed(&self.arn)
    }

    pub(super) fn default_version(&self) -> &str {
        self.policy.default_version_id.as_deref().unwrap_or_default()
    }

    pub(super) fn to(&self, rest: &str) -> String {
        path::of_policy(&self.arn, rest)
    }

    pub(super) fn tabs(&self) -> Vec<(Link, bool)> {
        let tab = |text, href: String, word| (Link::new(text, href), self.tab == word);
        vec![
            tab("Permissions", path::policy(&self.arn), "document"),
            tab("Entities attached", self.to("entities"), "entities"),
            tab("Policy versions", self.to("versions"), "versions"),
            tab("Tags", self.to("tags"), "tags"),
            tab("What does this allow?", self.to("simulate"), "simulate"),
        ]
    }

    pub(super) fn created(&self) -> Option<Moment> {
        self.policy.create_date.map(Moment::from)
    }

    pub(super) fn updated(&self) -> Option<Moment> {
        self.policy.update_date.map(Moment::from)
    }
}

/// The document of a version, as people like to read it.
pub(super) async fn version(visitor: &Visitor, arn: &str, version_id: &str) -> Result<String, Refused> {
    let read = visitor.perform::<iam::GetPolicyVersion>(iam::GetPolicyVersionRequest {
        policy_arn: arn.to_owned(),
        version_id: version_id.to_owned(),
    });
    let version = read.await?.policy_version.unwrap_or_default();
    Ok(indented(&decoded(&version.document.unwrap_or_default())))
}

#[derive(Template)]
#[template(path = "policy/document.html")]
struct DocumentPage {
    frame: Frame,
    head: Head,
    version: String,
    document: Result<String, Refused>,
}

/// `/console/policy?arn=…`, and `&version=…` for one that is not the default.
pub(super) async fn document(visitor: Visitor, query: Query) -> Answer {
    let arn = query.text("arn");
    let head = Head::load(&visitor, arn, "document").await?;
    let asked = query
        .given("version")
        .unwrap_or(head.default_version())
        .to_owned();
    page(DocumentPage {
        frame: head.frame.clone(),
        document: version(&visitor, arn, &asked).await,
        version: asked,
        head,
    })
}

#[derive(Template)]
#[template(path = "policy/tags.html")]
struct TagsPage {
    frame: Frame,
    head: Head,
    tags: Tags,
    refused: Option<Refused>,
}

impl TagsPage {
    async fn load(visitor: &Visitor, arn: &str) -> Result<Self, Problem> {
        let head = Head::load(visitor, arn, "tags").await?;
        let path = head.to("tags");
        let remove = head.to("tags/remove");
        let tags = head.policy.tags.clone().unwrap_or_default();
        Ok(Self {
            frame: head.frame.clone(),
            tags: Tags::new(tags, path, remove),
            head,
            refused: None,
        })
    }
}

/// `/console/policy/tags?arn=…`
pub(super) async fn tags(visitor: Visitor, query: Query) -> Answer {
    let mut tab = TagsPage::load(&visitor, query.text("arn")).await?;
    tab.tags.edit(&query);
    page(tab)
}

pub(super) async fn tag(visitor: Visitor, query: Query, form: Form) -> Answer {
    let arn = query.text("arn");
    let tagged = visitor.perform::<iam::TagPolicy>(iam::TagPolicyRequest {
        policy_arn: arn.to_owned(),
        tags: vec![Tags::of(&form)],
    });
    match tagged.await {
        Ok(()) => see(&format!("{}&done=tag-saved", path::of_policy(arn, "tags"))),
        Err(refused) => {
            let mut again = TagsPage::load(&visitor, arn).await?;
            let status = refused.status();
            again.tags.fill(&form);
            again.refused = Some(refused);
            refused_page(status, again)
        }
    }
}

/// `/console/policy/tags/remove?arn=…&key=…`
pub(super) async fn ask_untag(visitor: Visitor, query: Query) -> Answer {
    removal(&visitor, query.text("arn"), query.text("key")).asked()
}

pub(super) async fn untag(visitor: Visitor, query: Query, form: Form) -> Answer {
    let (arn, key) = (query.text("arn"), form.text("key"));
    let untagged = visitor.perform::<iam::UntagPolicy>(iam::UntagPolicyRequest {
        policy_arn: arn.to_owned(),
        tag_keys: vec![key.to_owned()],
    });
    let done = format!("{}&done=tag-removed", path::of_policy(arn, "tags"));
    removal(&visitor, arn, key).answered(untagged.await, &done)
}

fn removal(visitor: &Visitor, arn: &str, key: &str) -> Ask {
    let (action, back) = (path::of_policy(arn, "tags/remove"), path::of_policy(arn, "tags"));
    Ask::new(visitor, Section::Policies, "Remove tag", key, action, back)
        .below(name_of(arn), path::policy(arn))
        .saying("Policies with conditions on this tag may decide otherwise without it.")
        .carrying("key", key)
}

/// `/console/policy/delete?arn=…`
pub(super) async fn ask_delete(visitor: Visitor, query: Query) -> Answer {
    asking(&visitor, query.text("arn")).await?.asked()
}

pub(super) async fn delete(visitor: Visitor, query: Query) -> Answer {
    let arn = query.text("arn");
    let asking = asking(&visitor, arn).await?;
    let policy_arn = arn.to_owned();
    let deleted = visitor.perform::<iam::DeletePolicy>(iam::DeletePolicyRequest { policy_arn });
    asking.answered(deleted.await, "/console/policies?done=policy-deleted")
}

async fn asking(visitor: &Visitor, arn: &str) -> Result<Ask, Problem> {
    let (action, back) = (path::of_policy(arn, "delete"), path::policy(arn));
    let mut ask = Ask::new(
        visitor,
        Section::Policies,
        "Delete policy",
        name_of(arn),
        action,
        &back,
    )
    .below(name_of(arn), back)
    .saying(arn)
    .saying("Deleting is final: the policy and its document are gone.");
    let listed = visitor.perform::<iam::ListPolicyVersions>(iam::ListPolicyVersionsRequest {
        policy_arn: arn.to_owned(),
        ..Default::default()
    });
    // Who may not see what is in the way reads the operation's own refusal.
    let versions = listed.await.ok().and_then(|listed| listed.versions);
    for version in versions.unwrap_or_default() {
        if version.is_default_version != Some(true) {
            let id = version.version_id.unwrap_or_default();
            let href = format!("{}&version={id}", path::of_policy(arn, "versions/delete"));
            ask.in_the_way.push(Link::new(format!("Version {id}"), href));
        }
    }
    if let Ok(entities) = entities::Entities::load(visitor, arn, None).await {
        ask.in_the_way.extend(entities.in_the_way(arn));
    }
    Ok(ask)
}
