//! What an account asks of its users' passwords.

use keystead_store::{PasswordPolicyRecord, Reader, StoreError, Tx};
use keystead_types::{AccountId, Identity, Principal};
use keystead_verifier::Allowed;
use keystead_wire::{
    ApiError,
    iam::{
        DeleteAccountPasswordPolicy, GetAccountPasswordPolicy, GetAccountPasswordPolicyResponse,
        PasswordPolicy, UpdateAccountPasswordPolicy, UpdateAccountPasswordPolicyRequest,
    },
};

use super::password_rules::PasswordRules;
use crate::{
    operation::{Change, Implemented, Read, Refusal, Scene},
    permission::Target,
};

/// Characters of the shortest password when nobody says. Source: IAM's model, and a recorded answer.
const MINIMUM_LENGTH_DEFAULT: u32 = 6;

impl Implemented for GetAccountPasswordPolicy {
    type Object = ();

    fn find(reader: &Reader<'_>, (): &(), caller: &Principal) -> Result<(Target, ()), Refusal> {
        let granted = users_may_change_passwords(reader, caller)?;
        Ok((Target::everything().granted_if(granted), ()))
    }
}

impl Read for GetAccountPasswordPolicy {
    fn read(
        reader: &Reader<'_>,
        (): (),
        (): &(),
        scene: &Scene,
    ) -> Result<GetAccountPasswordPolicyResponse, Refusal> {
        let account = scene.caller.account;
        let policy = reader.password_policy(account)?;
        let policy = policy.ok_or_else(|| ApiError::no_password_policy(&account.to_string()))?;
        let number = |value: u32| i32::try_from(value).unwrap_or(i32::MAX);
        Ok(GetAccountPasswordPolicyResponse {
            password_policy: PasswordPolicy {
                minimum_password_length: Some(number(policy.minimum_password_length)),
                require_symbols: Some(policy.require_symbols),
                require_numbers: Some(policy.require_numbers),
                require_uppercase_characters: Some(policy.require_uppercase_characters),
                require_lowercase_characters: Some(policy.require_lowercase_characters),
                allow_users_to_change_password: Some(policy.allow_users_to_change_password),
                expire_passwords: Some(policy.max_password_age.is_some()),
                max_password_age: policy.max_password_age.map(number),
                password_reuse_prevention: policy.password_reuse_prevention.map(number),
                hard_expiry: policy.hard_expiry,
            },
        })
    }
}

impl Implemented for UpdateAccountPasswordPolicy {
    type Object = ();

    fn find(
        _: &Reader<'_>,
        _: &UpdateAccountPasswordPolicyRequest,
        _: &Principal,
    ) -> Result<(Target, ()), Refusal> {
        Ok((Target::everything(), ()))
    }
}

impl Change for UpdateAccountPasswordPolicy {
    fn change(
        tx: &mut Tx<'_>,
        _: &Allowed<Self>,
        (): (),
        input: &UpdateAccountPasswordPolicyRequest,
        scene: &Scene,
    ) -> Result<(), Refusal> {
        // The model has checked that they are not negative. What is not said is as if there had been no policy.
        let number = |value: Option<i32>| value.and_then(|value| u32::try_from(value).ok());
        let policy = PasswordPolicyRecord {
            minimum_password_length: number(input.minimum_password_length).unwrap_or(MINIMUM_LENGTH_DEFAULT),
            require_symbols: input.require_symbols.unwrap_or_default(),
            require_numbers: input.require_numbers.unwrap_or_default(),
            require_uppercase_characters: input.require_uppercase_characters.unwrap_or_default(),
            require_lowercase_characters: input.require_lowercase_characters.unwrap_or_default(),
            allow_users_to_change_password: input.allow_users_to_change_password.unwrap_or_default(),
            max_password_age: number(input.max_password_age),
            password_reuse_prevention: number(input.password_reuse_prevention),
            hard_expiry: input.hard_expiry,
        };
        match tx.set_password_policy(scene.caller.account, &policy)? {
            true => Ok(()),
            false => {
                let account = scene.caller.account;
                Err(ApiError::service_failure(format!("account {account} has no record")).into())
            }
        }
    }
}

impl Implemented for DeleteAccountPasswordPolicy {
    type Object = ();

    fn find(_: &Reader<'_>, (): &(), _: &Principal) -> Result<(Target, ()), Refusal> {
        Ok((Target::everything(), ()))
    }
}

impl Change for DeleteAccountPasswordPolicy {
    fn change(tx: &mut Tx<'_>, _: &Allowed<Self>, (): (), (): &(), scene: &Scene) -> Result<(), Refusal> {
        match tx.delete_password_policy(scene.caller.account)? {
            true => Ok(()),
            false => Err(ApiError::no_account_policy("PasswordPolicy").into()),
        }
    }
}

/// Whether the caller is a user of an account that lets its users change their own passwords: then it may do that,
/// and read the policy, without a policy that says so.
pub(super) fn users_may_change_passwords(
    reader: &Reader<'_>,
    caller: &Principal,
) -> Result<bool, StoreError> {
    match caller.identity {
        Identity::User(_) => Ok(reader
            .password_policy(caller.account)?
            .is_some_and(|policy| policy.allow_users_to_change_password)),
        Identity::Root | Identity::RoleSession(_) | Identity::FederatedUser(_) => Ok(false),
    }
}

/// How many former passwords a user of the account may not set again.
pub(super) fn passwords_remembered(reader: &Reader<'_>, account: AccountId) -> Result<u32, StoreError> {
    let policy = reader.password_policy(account)?;
    Ok(policy
        .and_then(|policy| policy.password_reuse_prevention)
        .unwrap_or_default())
}

/// Refuses a password that is not as the account wants it.
pub(super) fn check(
    reader: &Reader<'_>,
    account: AccountId,
    user_name: &str,
    password: &str,
) -> Result<(), Refusal> {
    match PasswordRules::of(reader, account)?.fit(password, user_name) {
        true => Ok(()),
        false => Err(ApiError::password_policy_violation().into()),
    }
}
