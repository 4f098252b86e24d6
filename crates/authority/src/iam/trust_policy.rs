//! Trust policies: who may assume a role.
//!
//! Users, roles and sessions that a trust policy names by ARN must be there. It is stored with their unique ids, by which
//! it is decided, and shown with the ARNs that they have now. Who is gone is shown by the id; a namesake is somebody else.
//! Source: AWS's documentation of the element `Principal`.

use keystead_policy::{AwsPrincipals, DocumentKind, MalformedPolicy, Policy, counted_characters};
use keystead_store::{Reader, RoleRecord, TrustPolicy, Tx};
use keystead_types::{
    AccountId, Principal, RoleArn, RoleName, RoleSessionName, UniqueId, UniqueIdKind, UserArn, arn, limits,
};
use keystead_verifier::Allowed;
use keystead_wire::{
    ApiError,
    iam::{UpdateAssumeRolePolicy, UpdateAssumeRolePolicyRequest},
};

use super::role::{changeable, find_role};
use crate::{
    operation::{Change, Implemented, Refusal, Scene},
    permission::Target,
};

impl Implemented for UpdateAssumeRolePolicy {
    type Object = Option<RoleRecord>;

    fn find(
        reader: &Reader<'_>,
        input: &UpdateAssumeRolePolicyRequest,
        caller: &Principal,
    ) -> Result<(Target, Self::Object), Refusal> {
        find_role(reader, &input.role_name, caller)
    }
}

impl Change for UpdateAssumeRolePolicy {
    fn change(
        tx: &mut Tx<'_>,
        _: &Allowed<Self>,
        role: Option<RoleRecord>,
        input: &UpdateAssumeRolePolicyRequest,
        _: &Scene,
    ) -> Result<(), Refusal> {
        let role = changeable(role, &input.role_name)?;
        let policy = read(tx, &input.policy_document)?;
        match tx.set_trust_policy(role.account, role.id, &policy)? {
            true => Ok(()),
            false => Err(ApiError::no_such_role(&input.role_name).into()),
        }
    }
}

/// Checks a trust policy, and finds whom it names.
pub(super) fn read(reader: &Reader<'_>, document: &str) -> Result<TrustPolicy, Refusal> {
    // Checked first: what can never be stored shall not keep the writer busy with its grammar.
    if counted_characters(document) > limits::TRUST_POLICY_CHARACTERS as usize {
        let quota = limits::TRUST_POLICY_CHARACTERS.into();
        return Err(ApiError::quota_exceeded("ACLSizePerRole", quota).into());
    }
    let malformed = |malformed: MalformedPolicy| ApiError::malformed_policy(&malformed);
    Policy::parse(document, DocumentKind::Trust).map_err(malformed)?;
    let principals = AwsPrincipals::of(document).map_err(malformed)?;
    let stored: Vec<Option<String>> = principals
        .names()
        .map(|name| stored_name(reader, name))
        .collect::<Result<_, _>>()?;
    Ok(TrustPolicy {
        document: document.to_owned(),
        document_with_ids: principals.renamed(&stored),
    })
}

/// A trust policy as it is shown.
pub(super) fn shown(reader: &Reader<'_>, policy: &TrustPolicy) -> Result<String, Refusal> {
    let unreadable =
        |malformed| ApiError::service_failure(format!("a trust policy cannot be read: {malformed}"));
    let principals = AwsPrincipals::of(&policy.document_with_ids).map_err(unreadable)?;
    let shown: Vec<Option<String>> = principals
        .names()
        .map(|name| arn_now(reader, name))
        .collect::<Result<_, _>>()?;
    Ok(principals.renamed(&shown))
}

/// By which name a principal is stored; `None` for the one that it has in the document.
fn stored_name(reader: &Reader<'_>, name: &str) -> Result<Option<String>, Refusal> {
    let unknown = || ApiError::unknown_principal(name);
    if let Ok(user) = name.parse::<UserArn>() {
        let found = reader.user_by_name(user.account, &user.name)?;
        let found = found.filter(|found| found.path == user.path && found.name == user.name);
        return Ok(Some(found.ok_or_else(unknown)?.id.to_string()));
    }
    if let Ok(role) = name.parse::<RoleArn>() {
        let found = reader.role_by_name(role.account, &role.name)?;
        let found = found.filter(|found| found.path == role.path);
        return Ok(Some(found.ok_or_else(unknown)?.id.to_string()));
    }
    if let Some((account, role, session)) = session(name) {
        let found = reader.role_by_name(account, &role)?;
        return Ok(Some(format!("{}:{session}", found.ok_or_else(unknown)?.id)));
    }
    let stays = is_without_record(name) || arn_now(reader, name)?.is_some();
    stays.then_some(None).ok_or_else(|| unknown().into())
}

/// The ARN of the user, role or session that a unique id stands for, if it is still there.
fn arn_now(reader: &Reader<'_>, name: &str) -> Result<Option<String>, Refusal> {
    let (id, session) = match name.split_once(':') {
        Some((id, session)) => (id, Some(session)),
        None => (name, None),
    };
    let Ok(id) = id.parse::<UniqueId>() else {
        return Ok(None);
    };
    let Some(account) = id.embedded_account() else {
        return Ok(None);
    };
    Ok(match (id.kind(), session) {
        (UniqueIdKind::User, None) => reader
            .user_by_id(account, id)?
            .map(|user| arn::user(account, &user.path, &user.name)),
        (UniqueIdKind::Role, session) => reader.role_by_id(account, id)?.and_then(|role| match session {
            None => Some(arn::role(account, &role.path, &role.name)),
            Some(session) => {
                let session = session.parse().ok()?;
                Some(arn::assumed_role(account, &role.name, &session))
            }
        }),
        _ => None,
    })
}

/// The parts of `arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION`.
fn session(name: &str) -> Option<(AccountId, RoleName, RoleSessionName)> {
    let (account, session) = name.strip_prefix("arn:aws:sts::")?.split_once(':')?;
    let (role, session) = session.strip_prefix("assumed-role/")?.split_once('/')?;
    Some((account.parse().ok()?, role.parse().ok()?, session.parse().ok()?))
}

/// Everyone, an account, or a federated user, who is there by its name alone. Accounts need not be of this server:
/// nobody calls from one that is not.
fn is_without_record(name: &str) -> bool {
    let account = |text: &str| text.parse::<AccountId>().is_ok();
    let of_iam = name.strip_prefix("arn:aws:iam::");
    let of_sts = name.strip_prefix("arn:aws:sts::");
    name == "*"
        || account(name)
        || of_iam
            .and_then(|rest| rest.strip_suffix(":root"))
            .is_some_and(account)
        || of_sts
            .and_then(|rest| rest.split_once(":federated-user/"))
            .is_some_and(|(owner, _)| account(owner))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_has_no_record() {
        for name in [
            "*",
            "123456789012",
            "arn:aws:iam::123456789012:root",
            "arn:aws:sts::123456789012:federated-user/f",
        ] {
            assert!(is_without_record(name), "{name}");
        }
        for name in [
            "",
            "12345678901",
            "arn:aws:iam::aws:root",
            "arn:aws-cn:iam::123456789012:root",
            "arn:aws:iam::123456789012:user/root",
            "arn:aws:sts::x:federated-user/f",
        ] {
            assert!(!is_without_record(name), "{name}");
        }
    }

    #[test]
    fn the_parts_of_a_session() {
        let (account, role, name) = session("arn:aws:sts::123456789012:assumed-role/r/s@x").unwrap();
        assert_eq!(
            (account.to_string().as_str(), role.as_str(), name.as_str()),
            ("123456789012", "r", "s@x")
        );
        for name in [
            "arn:aws:sts::123456789012:assumed-role/r",
            "arn:aws:sts::123456789012:assumed-role/r/",
            "arn:aws:sts::123456789012:assumed-role/r/s/t",
            "arn:aws:iam::123456789012:assumed-role/r/s",
        ] {
            assert!(session(name).is_none(), "{name}");
        }
    }
}
