//! Passwords for the console. The store keeps hashes that it is given (argon2id, in the PHC string format) and
//! compares none: hashing takes long, and happens where nobody waits for it.

use keystead_types::{AccountId, Timestamp, UniqueId, limits};
use zeroize::Zeroizing;

use crate::{Reader, StoreError, Tx, account::number, statements};

/// A login profile as it is stored, without the password's hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LoginProfileRecord {
    /// When it was made.
    pub created_at: Timestamp,
    /// When its password was last set; `created_at` until then.
    pub changed_at: Timestamp,
    /// Whether the user must set another password at the next sign-in.
    pub password_reset_required: bool,
}

/// Answer of [`Tx::insert_login_profile`]. Anything but `Created` wrote nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InsertLoginProfile {
    /// It is stored.
    Created,
    /// The user has one already.
    AlreadyExists,
    /// There is no such user.
    NoUser,
}

/// Answer of [`Tx::set_password`]. Anything but `Set` wrote nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SetPassword {
    /// It is set; the one before it is among the former ones.
    Set,
    /// The password is no longer the one that it was to replace.
    Replaced,
    /// The user has no login profile.
    NoLoginProfile,
}

impl Reader<'_> {
    /// A user's login profile.
    pub fn login_profile(
        &self,
        account: AccountId,
        user: UniqueId,
    ) -> Result<Option<LoginProfileRecord>, StoreError> {
        let parameters = [number(account).into(), user.as_str().into()];
        self.query_one(statements::LOGIN_PROFILE, &parameters, |row| {
            Ok(LoginProfileRecord {
                created_at: Timestamp::from_seconds(row.integer(0)?),
                changed_at: Timestamp::from_seconds(row.integer(1)?),
                password_reset_required: row.integer(2)? != 0,
            })
        })
    }

    /// The hash of a user's password.
    pub fn password_hash(
        &self,
        account: AccountId,
        user: UniqueId,
    ) -> Result<Option<Zeroizing<String>>, StoreError> {
        let parameters = [number(account).into(), user.as_str().into()];
        self.query_one(statements::PASSWORD_HASH, &parameters, |row| {
            Ok(Zeroizing::new(row.text(0)?.to_owned()))
        })
    }

    /// The hashes of up to `limit` passwords that a user had before the present one, latest first; no more than
    /// [`limits::PASSWORDS_REMEMBERED_MAX`] are kept.
    pub fn former_password_hashes(
        &self,
        account: AccountId,
        user: UniqueId,
        limit: u32,
    ) -> Result<Vec<Zeroizing<String>>, StoreError> {
        let parameters = [
            number(account).into(),
            user.as_str().into(),
            i64::from(limit).into(),
        ];
        self.query_all(statements::FORMER_PASSWORDS, &parameters, |row| {
            Ok(Zeroizing::new(row.text(1)?.to_owned()))
        })
    }
}

impl Tx<'_> {
    /// Gives a user who has none a password.
    pub fn insert_login_profile(
        &mut self,
        account: AccountId,
        user: UniqueId,
        password_hash: &str,
        reset_required: bool,
        now: Timestamp,
    ) -> Result<InsertLoginProfile, StoreError> {
        let (number, id) = (number(account), user.as_str());
        if self.execute(statements::COUNT_LOGIN_PROFILE, &[number.into(), id.into()])? == 0 {
            return Ok(match self.user_by_id(account, user)? {
                Some(_) => InsertLoginProfile::AlreadyExists,
                None => InsertLoginProfile::NoUser,
            });
        }
        let parameters = [
            number.into(),
            id.into(),
            password_hash.into(),
            reset_required.into(),
            now.seconds().into(),
        ];
        self.execute_one(statements::INSERT_LOGIN_PROFILE, &parameters)?;
        Ok(InsertLoginProfile::Created)
    }

    /// Sets another password. `replaces` is the hash that was compared with what the user gave as the old
    /// password, which may have changed since; `None` replaces whichever it is.
    pub fn set_password(
        &mut self,
        account: AccountId,
        user: UniqueId,
        replaces: Option<&str>,
        password_hash: &str,
        reset_required: bool,
        now: Timestamp,
    ) -> Result<SetPassword, StoreError> {
        let Some(present) = self.password_hash(account, user)? else {
            return Ok(SetPassword::NoLoginProfile);
        };
        if replaces.is_some_and(|replaced| replaced != present.as_str()) {
            return Ok(SetPassword::Replaced);
        }
        self.remember_password(account, user, &present)?;
        let parameters = [
            password_hash.into(),
            reset_required.into(),
            now.seconds().into(),
            number(account).into(),
            user.as_str().into(),
        ];
        self.execute_one(statements::SET_PASSWORD, &parameters)?;
        Ok(SetPassword::Set)
    }

    /// Says whether a user must set another password at the next sign-in; `false` when it has no login profile.
    pub fn set_password_reset_required(
        &mut self,
        account: AccountId,
        user: UniqueId,
        required: bool,
    ) -> Result<bool, StoreError> {
        let parameters = [required.into(), number(account).into(), user.as_str().into()];
        Ok(self.execute(statements::SET_PASSWORD_RESET_REQUIRED, &parameters)? > 0)
    }

    /// Takes a user's password away, and forgets those before it; `false` when it has none.
    pub fn delete_login_profile(&mut self, account: AccountId, user: UniqueId) -> Result<bool, StoreError> {
        let parameters = [number(account).into(), user.as_str().into()];
        if self.execute(statements::DELETE_LOGIN_PROFILE, &parameters)? == 0 {
            return Ok(false);
        }
        self.execute(statements::DELETE_FORMER_PASSWORDS, &parameters)?;
        self.end_console_sessions(account, user, None)?;
        self.execute_one(statements::UNCOUNT_LOGIN_PROFILE, &parameters)?;
        Ok(true)
    }

    /// Notes that a user signed in with its password. A later use stays; a user who is gone is passed over.
    pub fn note_password_use(
        &mut self,
        account: AccountId,
        user: UniqueId,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let parameters = [at.seconds().into(), number(account).into(), user.as_str().into()];
        self.execute(statements::SET_PASSWORD_LAST_USED, &parameters)?;
        Ok(())
    }

    fn remember_password(
        &mut self,
        account: AccountId,
        user: UniqueId,
        hash: &str,
    ) -> Result<(), StoreError> {
        let (account, id) = (number(account), user.as_str());
        let latest = [account.into(), id.into(), 1.into()];
        let latest = self.query_one(statements::FORMER_PASSWORDS, &latest, |row| row.integer(0))?;
        let next = latest.unwrap_or_default() + 1;
        let parameters = [account.into(), id.into(), next.into(), hash.into()];
        self.execute_one(statements::INSERT_FORMER_PASSWORD, &parameters)?;
        let last_forgotten = next - i64::from(limits::PASSWORDS_REMEMBERED_MAX);
        let parameters = [account.into(), id.into(), last_forgotten.into()];
        self.execute(statements::FORGET_FORMER_PASSWORDS, &parameters)?;
        Ok(())
    }
}
