//! Attaching managed policies, and detaching one.

use askama::Template;

use super::{
    super::{
        ask::{Ask, Link},
        fields::{Fields, Form, Query},
        frame::Frame,
        page::{Answer, page, refused_page, see},
        path,
        visitor::Visitor,
    },
    Owner,
    choice::Choice,
};
use crate::api::Refused;

#[derive(Template)]
#[template(path = "attachments/attach.html")]
struct AttachPage {
    frame: Frame,
    crumbs: Vec<Link>,
    owner: Owner,
    choice: Choice,
    refused: Option<Refused>,
    /// The policies that were attached before one was refused.
    attached: Vec<String>,
}

impl AttachPage {
    async fn load(visitor: &Visitor, owner: Owner, query: &Query, sent: &Fields) -> Result<Self, Refused> {
        Ok(Self {
            frame: visitor.frame(owner.kind.section(), "Attach policies"),
            crumbs: owner.crumbs(),
            choice: Choice::load(visitor, query, sent).await?,
            owner,
            refused: None,
            attached: Vec::new(),
        })
    }

    /// The page's address.
    fn here(&self) -> String {
        format!("{}/attach", self.owner.permissions())
    }
}

/// `…/permissions/attach?search=…&scope=…&after=…`
pub(super) async fn choose(visitor: Visitor, owner: Owner, query: Query) -> Answer {
    page(AttachPage::load(&visitor, owner, &query, &query).await?)
}

/// Attaches each policy that is checked.
pub(super) async fn attach(visitor: Visitor, owner: Owner, query: Query, form: Form) -> Answer {
    let mut attached = Vec::new();
    for arn in form.all("arn") {
        if let Err(refused) = owner.attach(&visitor, arn).await {
            let mut again = AttachPage::load(&visitor, owner, &query, &form).await?;
            let status = refused.status();
            again.refused = Some(refused);
            again.attached = attached;
            return refused_page(status, again);
        }
        attached.push(arn.to_owned());
    }
    match attached.is_empty() {
        true => see(&format!("{}/attach", owner.permissions())),
        false => see(&format!("{}?done=policies-attached", owner.shown())),
    }
}

/// `…/permissions/detach?arn=…`
pub(super) async fn ask_detach(visitor: Visitor, owner: Owner, query: Query) -> Answer {
    asking(&visitor, &owner, query.text("arn")).asked()
}

pub(super) async fn detach(visitor: Visitor, owner: Owner, form: Form) -> Answer {
    let arn = form.text("arn");
    let detached = owner.detach(&visitor, arn).await;
    let done = format!("{}?done=policy-detached", owner.shown());
    asking(&visitor, &owner, arn).answered(detached, &done)
}

fn asking(visitor: &Visitor, owner: &Owner, arn: &str) -> Ask {
    let action = format!("{}/detach", owner.permissions());
    let words = format!(
        "What {} may do by this policy alone is refused from the next request on. The policy itself stays.",
        owner.named()
    );
    let name = arn.rsplit('/').next().unwrap_or(arn);
    let policy = format!("{name} ({arn})");
    Ask::new(
        visitor,
        owner.kind.section(),
        "Detach policy",
        policy,
        action,
        owner.shown(),
    )
    .below(&owner.name, owner.path())
    .below("Policy", path::policy(arn))
    .saying(words)
    .carrying("arn", arn)
}
