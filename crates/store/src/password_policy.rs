use keystead_types::AccountId;
use keystead_verifier::Subject;

use crate::{
    Reader, StoreError, Tx,
    account::{count, number},
    engine::Row,
    statements,
};

/// What an account asks of its users' passwords. The members are those of UpdateAccountPasswordPolicy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PasswordPolicyRecord {
    /// Characters that a password has at least.
    pub minimum_password_length: u32,
    /// Whether one must be a symbol.
    pub require_symbols: bool,
    /// Whether one must be a digit.
    pub require_numbers: bool,
    /// Whether one must be an upper case letter.
    pub require_uppercase_characters: bool,
    /// Whether one must be a lower case letter.
    pub require_lowercase_characters: bool,
    /// Whether users may change their own passwords without a policy that says so.
    pub allow_users_to_change_password: bool,
    /// Days after which a password expires.
    pub max_password_age: Option<u32>,
    /// Former passwords that may not be set again.
    pub password_reuse_prevention: Option<u32>,
    /// Whether a user whose password has expired needs an administrator to set another.
    pub hard_expiry: Option<bool>,
}

impl Reader<'_> {
    /// The account's password policy, if it has set one.
    pub fn password_policy(&self, account: AccountId) -> Result<Option<PasswordPolicyRecord>, StoreError> {
        self.query_one(statements::PASSWORD_POLICY, &[number(account).into()], record)
    }
}

impl Tx<'_> {
    /// Sets the account's password policy, in place of the one before; `false` when there is no such account.
    pub fn set_password_policy(
        &mut self,
        account: AccountId,
        policy: &PasswordPolicyRecord,
    ) -> Result<bool, StoreError> {
        if self.account(account)?.is_none() {
            return Ok(false);
        }
        let number = number(account);
        self.execute(statements::DELETE_PASSWORD_POLICY, &[number.into()])?;
        let parameters = [
            number.into(),
            i64::from(policy.minimum_password_length).into(),
            policy.require_symbols.into(),
            policy.require_numbers.into(),
            policy.require_uppercase_characters.into(),
            policy.require_lowercase_characters.into(),
            policy.allow_users_to_change_password.into(),
            policy.max_password_age.map(i64::from).into(),
            policy.password_reuse_prevention.map(i64::from).into(),
            policy.hard_expiry.map(i64::from).into(),
        ];
        self.execute_one(statements::INSERT_PASSWORD_POLICY, &parameters)?;
        // It decides who may change a password.
        self.change(Subject::Account(account))?;
        Ok(true)
    }

    /// Deletes the account's password policy; `false` when it has none.
    pub fn delete_password_policy(&mut self, account: AccountId) -> Result<bool, StoreError> {
        if self.execute(statements::DELETE_PASSWORD_POLICY, &[number(account).into()])? == 0 {
            return Ok(false);
        }
        self.change(Subject::Account(account))?;
        Ok(true)
    }
}

fn record(row: &dyn Row) -> Result<PasswordPolicyRecord, StoreError> {
    let counted = |number: i64, column| count(number, "iam_password_policy", column);
    let optional = |column, name| {
        let number = row.optional_integer(column)?;
        number.map(|number| counted(number, name)).transpose()
    };
    Ok(PasswordPolicyRecord {
        minimum_password_length: counted(row.integer(0)?, "minimum_password_length")?,
        require_symbols: row.integer(1)? != 0,
        require_numbers: row.integer(2)? != 0,
        require_uppercase_characters: row.integer(3)? != 0,
        require_lowercase_characters: row.integer(4)? != 0,
        allow_users_to_change_password: row.integer(5)? != 0,
        max_password_age: optional(6, "max_password_age")?,
        password_reuse_prevention: optional(7, "password_reuse_prevention")?,
        hard_expiry: row.optional_integer(8)?.map(|number| number != 0),
    })
}
