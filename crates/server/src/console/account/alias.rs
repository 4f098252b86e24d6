//! The account's alias, by which people sign in instead of by its id.

use keystead_wire::iam;

use super::{
    super::{
        fields::Form,
        frame::Section,
        origin::Origin,
        page::{Answer, refused_page, see},
        problem::Problem,
        visitor::Visitor,
    },
    DeletePage, SettingsPage, alias,
};
use crate::api::Refused;

/// Sets the alias; an account has one.
pub(super) async fn set(visitor: Visitor, origin: Origin, form: Form) -> Answer {
    let wanted = form.text("alias").trim().to_owned();
    let set = visitor
        .perform::<iam::CreateAccountAlias>(iam::CreateAccountAliasRequest {
            account_alias: wanted.clone(),
        })
        .await;
    match set {
        Ok(()) => see("/console/account?done=alias-set"),
        Err(refused) => {
            let status = refused.status();
            let page = SettingsPage::load(&visitor, &origin, Some((wanted, refused))).await;
            refused_page(status, page)
        }
    }
}

pub(super) async fn ask_delete(visitor: Visitor) -> Answer {
    let alias = alias(&visitor).await?.ok_or(Problem::NotFound)?;
    asking(&visitor, &alias, None).answer()
}

pub(super) async fn delete(visitor: Visitor) -> Answer {
    let alias = alias(&visitor).await?.ok_or(Problem::NotFound)?;
    let deleted = visitor
        .perform::<iam::DeleteAccountAlias>(iam::DeleteAccountAliasRequest {
            account_alias: alias.clone(),
        })
        .await;
    match deleted {
        Ok(()) => see("/console/account?done=alias-deleted"),
        Err(refused) => asking(&visitor, &alias, Some(refused)).answer(),
    }
}

fn asking(visitor: &Visitor, alias: &str, refused: Option<Refused>) -> DeletePage {
    DeletePage {
        frame: visitor.frame(Section::AccountSettings, format!("Delete account alias: {alias}")),
        text: format!(
            "Nobody can sign in with the alias {alias} any more; the account ID {} goes on working. Links with the \
             alias in them stop working, and another account may take it.",
            visitor.account()
        ),
        action: "/console/account/alias/delete",
        button: format!("Delete the alias {alias}"),
        refused,
    }
}
