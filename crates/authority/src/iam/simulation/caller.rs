use keystead_policy::{Principal, PrincipalKind};
use keystead_store::{RoleRecord, TagRecord, UserRecord};
use keystead_types::{AccountId, arn};
use keystead_wire::ApiError;

use super::account_in;

/// AWS's user id of who is nobody in particular.
const NOBODY: &str = "STUB_PRINCIPAL_FOR_POLICY_SIMULATOR";

/// Who makes the simulated requests.
pub(super) struct Caller {
    pub(super) account: String,
    /// `None` for nobody in particular.
    pub(super) arn: Option<String>,
    pub(super) name: Option<String>,
    pub(super) user_id: String,
    /// What a policy may name it by beside its ARN.
    pub(super) unique_id: Option<String>,
    /// Whether its requests would be those of a role's sessions.
    pub(super) is_role: bool,
    /// Keys in lower case.
    pub(super) tags: Vec<(String, String)>,
}

impl Caller {
    /// Nobody in particular, of an account.
    pub(super) fn nobody(account: AccountId) -> Self {
        Self {
            account: account.to_string(),
            arn: None,
            name: None,
            user_id: NOBODY.to_owned(),
            unique_id: None,
            is_role: false,
            tags: Vec::new(),
        }
    }

    /// A user that may not exist. Nothing is known of it but its ARN, which AWS takes for its id too.
    pub(super) fn of_arn(arn: &str) -> Result<Self, ApiError> {
        let unfit = ApiError::simulated_caller_unfit;
        let rest = arn.strip_prefix("arn:aws:iam::").ok_or_else(unfit)?;
        let account = account_in(arn).ok_or_else(unfit)?;
        let (_, entity) = rest.split_once(':').ok_or_else(unfit)?;
        let path_and_name = entity.strip_prefix("user/").ok_or_else(unfit)?;
        let name = path_and_name.rsplit('/').next().unwrap_or_default();
        if name.is_empty() {
            return Err(unfit());
        }
        Ok(Self {
            account: account.to_owned(),
            arn: Some(arn.to_owned()),
            name: Some(name.to_owned()),
            user_id: arn.to_owned(),
            unique_id: None,
            is_role: false,
            tags: Vec::new(),
        })
    }

    /// A user of this account, with everything that its own requests are decided by.
    pub(super) fn of_user(user: &UserRecord, tags: &[TagRecord]) -> Self {
        Self {
            account: user.account.to_string(),
            arn: Some(arn::user(user.account, &user.path, &user.name)),
            name: Some(user.name.to_string()),
            user_id: user.id.to_string(),
            unique_id: Some(user.id.to_string()),
            is_role: false,
            tags: lowered(tags),
        }
    }

    /// A role of this account, in a session that has no name.
    pub(super) fn of_role(role: &RoleRecord, tags: &[TagRecord]) -> Self {
        Self {
            account: role.account.to_string(),
            arn: Some(arn::role(role.account, &role.path, &role.name)),
            name: None,
            user_id: role.id.to_string(),
            unique_id: Some(role.id.to_string()),
            is_role: true,
            tags: lowered(tags),
        }
    }

    /// Who a policy may name.
    pub(super) fn principal(&self) -> Principal<'_> {
        let arn = self.arn.as_deref().unwrap_or_default();
        let unique_id = self.unique_id.as_deref();
        let (kind, arn, unique_id) = match self.is_role {
            true => {
                let kind = PrincipalKind::RoleSession {
                    role_arn: arn,
                    role_id: unique_id.unwrap_or_default(),
                };
                (kind, "", None)
            }
            false => (PrincipalKind::User, arn, unique_id),
        };
        Principal {
            kind,
            account: &self.account,
            arn,
            unique_id,
        }
    }

    /// What conditions may ask of it.
    pub(super) fn texts(&self) -> impl Iterator<Item = &str> {
        let tags = self.tags.iter().map(|(_, value)| value.as_str());
        let known = self.arn.as_deref().into_iter().chain(self.name.as_deref());
        tags.chain(known).chain([self.user_id.as_str()])
    }
}

/// Tags with their keys in lower case.
fn lowered(tags: &[TagRecord]) -> Vec<(String, String)> {
    tags.iter()
        .map(|tag| (tag.key.to_ascii_lowercase(), tag.value.clone()))
        .collect()
}
