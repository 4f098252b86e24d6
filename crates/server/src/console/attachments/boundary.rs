//! The permissions boundary.

use askama::Template;

use super::{
    super::{
        ask::{Ask, Link},
        fields::{Fields, Form, Query},
        frame::Frame,
        page::{Answer, page, refused_page, see},
        problem::Problem,
        visitor::Visitor,
    },
    Owner,
    choice::Choice,
};
use crate::api::Refused;

#[derive(Template)]
#[template(path = "attachments/boundary.html")]
struct BoundaryPage {
    frame: Frame,
    crumbs: Vec<Link>,
    owner: Owner,
    choice: Choice,
    refused: Option<Refused>,
}

impl BoundaryPage {
    async fn load(visitor: &Visitor, owner: Owner, query: &Query, sent: &Fields) -> Result<Self, Refused> {
        Ok(Self {
            frame: visitor.frame(owner.kind.section(), "Set permissions boundary"),
            crumbs: owner.crumbs(),
            choice: Choice::load(visitor, query, sent).await?,
            owner,
            refused: None,
        })
    }

    /// The page's address.
    fn here(&self) -> String {
        format!("{}/boundary", self.owner.permissions())
    }
}

/// `…/permissions/boundary?search=…&scope=…&after=…`
pub(super) async fn choose(visitor: Visitor, owner: Owner, query: Query) -> Answer {
    page(BoundaryPage::load(&visitor, owner, &query, &query).await?)
}

pub(super) async fn set(visitor: Visitor, owner: Owner, query: Query, form: Form) -> Answer {
    match owner.set_boundary(&visitor, form.text("arn")).await {
        Ok(()) => see(&format!("{}?done=boundary-set", owner.shown())),
        Err(problem) => {
            let refused = problem.into_refused()?;
            let mut again = BoundaryPage::load(&visitor, owner, &query, &form).await?;
            let status = refused.status();
            again.refused = Some(refused);
            refused_page(status, again)
        }
    }
}

/// `…/permissions/boundary/remove`
pub(super) async fn ask_remove(visitor: Visitor, owner: Owner) -> Answer {
    asking(&visitor, &owner).await?.asked()
}

pub(super) async fn remove(visitor: Visitor, owner: Owner) -> Answer {
    let asking = asking(&visitor, &owner).await?;
    let removed = match owner.remove_boundary(&visitor).await {
        Ok(()) => Ok(()),
        Err(problem) => Err(problem.into_refused()?),
    };
    asking.answered(removed, &format!("{}?done=boundary-removed", owner.shown()))
}

async fn asking(visitor: &Visitor, owner: &Owner) -> Result<Ask, Problem> {
    let boundary = owner.boundary(visitor).await?.ok_or(Problem::NotFound)?;
    let words = format!(
        "Without a boundary {} may do all that its policies allow. Removing it can give more permissions.",
        owner.named()
    );
    let action = format!("{}/boundary/remove", owner.permissions());
    let button = "Remove boundary";
    let asked = Ask::new(
        visitor,
        owner.kind.section(),
        button,
        boundary,
        action,
        owner.shown(),
    );
    Ok(asked.below(&owner.name, owner.path()).saying(words))
}
