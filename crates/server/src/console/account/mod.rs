//! Account settings: the alias, what passwords must be like, the credential report, and the quotas.

mod alias;
mod password_policy;
mod report;

use std::{collections::BTreeMap, sync::Arc};

use askama::Template;
use axum::{
    Router,
    routing::{get, post},
};
use keystead_wire::iam;

use super::{
    Shared,
    frame::{Frame, Section},
    origin::Origin,
    page::{Answer, page, refused_page},
    path,
    visitor::Visitor,
};
use crate::api::Refused;
use password_policy::PolicyFields;

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/console/account", get(settings))
        .route("/console/account/alias", post(alias::set))
        .route(
            "/console/account/alias/delete",
            get(alias::ask_delete).post(alias::delete),
        )
        .route(
            "/console/account/password-policy",
            get(password_policy::edit).post(password_policy::save),
        )
        .route(
            "/console/account/password-policy/delete",
            get(password_policy::ask_delete).post(password_policy::delete),
        )
        .route("/console/account/credential-report", post(report::download))
}

/// How much there is of something, and how much there may be.
struct Quota {
    what: &'static str,
    used: Option<i32>,
    quota: i32,
}

/// What is counted: the words for it, its entry in the account's summary, and that of its quota.
const QUOTAS: [(&str, Option<&str>, &str); 13] = [
    ("Users", Some("Users"), "UsersQuota"),
    ("Groups", Some("Groups"), "GroupsQuota"),
    ("Roles", Some("Roles"), "RolesQuota"),
    (
        "Instance profiles",
        Some("InstanceProfiles"),
        "InstanceProfilesQuota",
    ),
    ("Customer managed policies", Some("Policies"), "PoliciesQuota"),
    (
        "Policy versions",
        Some("PolicyVersionsInUse"),
        "PolicyVersionsInUseQuota",
    ),
    ("Versions of a policy", None, "VersionsPerPolicyQuota"),
    ("Access keys of a user", None, "AccessKeysPerUserQuota"),
    ("Groups of a user", None, "GroupsPerUserQuota"),
    (
        "Policies attached to a user",
        None,
        "AttachedPoliciesPerUserQuota",
    ),
    (
        "Policies attached to a group",
        None,
        "AttachedPoliciesPerGroupQuota",
    ),
    (
        "Policies attached to a role",
        None,
        "AttachedPoliciesPerRoleQuota",
    ),
    ("Characters of a managed policy", None, "PolicySizeQuota"),
];

#[derive(Template)]
#[template(path = "account/settings.html")]
struct SettingsPage {
    frame: Frame,
    alias: Result<Option<String>, Refused>,
    sign_in_url: String,
    policy: Result<Option<PolicyFields>, Refused>,
    quotas: Result<Vec<Quota>, Refused>,
    /// An alias that was not accepted, and why.
    refused: Option<(String, Refused)>,
}

/// A deletion that is asked about.
#[derive(Template)]
#[template(path = "account/delete.html")]
struct DeletePage {
    frame: Frame,
    /// What happens.
    text: String,
    /// Where the form goes.
    action: &'static str,
    button: String,
    refused: Option<Refused>,
}

/// `/console/account`
async fn settings(visitor: Visitor, origin: Origin) -> Answer {
    page(SettingsPage::load(&visitor, &origin, None).await)
}

impl SettingsPage {
    async fn load(visitor: &Visitor, origin: &Origin, refused: Option<(String, Refused)>) -> Self {
        let alias = alias(visitor).await;
        Self {
            frame: visitor.frame(Section::AccountSettings, "Account settings"),
            sign_in_url: sign_in_url(visitor, origin, &alias),
            alias,
            policy: PolicyFields::load(visitor).await,
            quotas: summary(visitor).await.map(|summary| quotas(&summary)),
            refused,
        }
    }
}

impl DeletePage {
    fn answer(self) -> Answer {
        match &self.refused {
            None => page(self),
            Some(refused) => refused_page(refused.status(), self),
        }
    }
}

/// The account's alias.
pub(super) async fn alias(visitor: &Visitor) -> Result<Option<String>, Refused> {
    let listed = visitor
        .perform::<iam::ListAccountAliases>(iam::ListAccountAliasesRequest::default())
        .await?;
    Ok(listed.account_aliases.into_iter().next())
}

/// Where users of the account sign in, by its alias if the visitor may see one.
pub(super) fn sign_in_url(
    visitor: &Visitor,
    origin: &Origin,
    alias: &Result<Option<String>, Refused>,
) -> String {
    let account = match alias {
        Ok(Some(alias)) => alias.clone(),
        _ => visitor.account().to_string(),
    };
    format!("{}{}", origin.as_str(), path::sign_in(&account))
}

/// What the account has, and how much of it.
pub(super) async fn summary(visitor: &Visitor) -> Result<BTreeMap<String, i32>, Refused> {
    let summary = visitor.perform::<iam::GetAccountSummary>(()).await?;
    Ok(summary.summary_map.unwrap_or_default())
}

fn quotas(summary: &BTreeMap<String, i32>) -> Vec<Quota> {
    let row = |(what, used, quota): (&'static str, Option<&str>, &str)| {
        Some(Quota {
            what,
            used: used.and_then(|used| summary.get(used).copied()),
            quota: summary.get(quota).copied()?,
        })
    };
    QUOTAS.into_iter().filter_map(row).collect()
}
