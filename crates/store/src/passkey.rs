//! Passkeys of users, and what the browser of a session was asked about one.

use keystead_types::{AccessKeyId, AccountId, PasskeyArn, Timestamp, UniqueId, limits};

use crate::{Reader, StoreError, Tx, account::number, engine::Row, statements};

/// A passkey as it is stored. Nothing of it is secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PasskeyRecord {
    /// Its ARN, which is its serial number.
    pub serial: PasskeyArn,
    /// Whose it is.
    pub user: UniqueId,
    /// Since when.
    pub enabled_at: Timestamp,
    /// Where the console was when it was registered, such as `https://keys.example.com`: it works there alone.
    pub origin: String,
    /// Its public key, and how far it has counted: JSON for whoever checks what it signed.
    pub credential: String,
}

/// Answer of [`Tx::insert_passkey`]. Anything but `Created` wrote nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InsertPasskey {
    /// It is stored.
    Created,
    /// It is registered already, perhaps for somebody else.
    AlreadyRegistered,
    /// The user has as many MFA devices as there may be: this number.
    QuotaReached(u32),
    /// There is no such user.
    NoUser,
}

impl Reader<'_> {
    /// A user's passkeys, by serial number; at most [`limits::MFA_DEVICES_PER_USER`].
    pub fn passkeys_of(&self, account: AccountId, user: UniqueId) -> Result<Vec<PasskeyRecord>, StoreError> {
        let parameters = [number(account).into(), user.as_str().into()];
        self.query_all(statements::PASSKEYS_OF_USER, &parameters, record)
    }

    /// What the browser of a console session was asked about a passkey and has not answered.
    pub fn passkey_asked(&self, session: AccessKeyId) -> Result<Option<String>, StoreError> {
        let parameters = [session.as_str().into()];
        let asked = self.query_one(statements::PASSKEY_ASKED, &parameters, |row| {
            Ok(row.optional_text(0)?.map(str::to_owned))
        })?;
        Ok(asked.flatten())
    }
}

impl Tx<'_> {
    /// Stores a passkey as one more MFA device of its user. `credential_id` is its own id in base64.
    pub fn insert_passkey(
        &mut self,
        passkey: &PasskeyRecord,
        credential_id: &str,
    ) -> Result<InsertPasskey, StoreError> {
        let registered =
            self.query_one(statements::PASSKEY_OF_CREDENTIAL, &[credential_id.into()], |_| {
                Ok(())
            })?;
        if registered.is_some() {
            return Ok(InsertPasskey::AlreadyRegistered);
        }
        let (of, account) = (passkey.serial.account, number(passkey.serial.account));
        let quota = limits::MFA_DEVICES_PER_USER;
        let counted = [
            account.into(),
            passkey.user.as_str().into(),
            i64::from(quota).into(),
        ];
        if self.execute(statements::COUNT_MFA_DEVICE_OF_USER, &counted)? == 0 {
            return Ok(match self.user_by_id(of, passkey.user)? {
                Some(_) => InsertPasskey::QuotaReached(quota),
                None => InsertPasskey::NoUser,
            });
        }
        self.execute_one(statements::COUNT_MFA_DEVICE_IN_USE, &[1.into(), account.into()])?;
        let serial = passkey.serial.to_string();
        let parameters = [
            account.into(),
            passkey.user.as_str().into(),
            serial.as_str().into(),
            passkey.enabled_at.seconds().into(),
            passkey.origin.as_str().into(),
            credential_id.into(),
            passkey.credential.as_str().into(),
        ];
        self.execute_one(statements::INSERT_PASSKEY, &parameters)?;
        Ok(InsertPasskey::Created)
    }

    /// Stores how far a passkey has counted; `false` when it is not there any more.
    pub fn set_passkey_credential(
        &mut self,
        passkey: &PasskeyRecord,
        credential: &str,
    ) -> Result<bool, StoreError> {
        let serial = passkey.serial.to_string();
        let parameters = [
            credential.into(),
            number(passkey.serial.account).into(),
            passkey.user.as_str().into(),
            serial.as_str().into(),
        ];
        Ok(self.execute(statements::SET_PASSKEY_CREDENTIAL, &parameters)? > 0)
    }

    /// Removes a user's passkey; `false` when the user has none of that serial number. Sessions that it was used
    /// for stay.
    pub fn delete_passkey(&mut self, serial: &PasskeyArn, user: UniqueId) -> Result<bool, StoreError> {
        let (account, text) = (number(serial.account), serial.to_string());
        let parameters = [account.into(), user.as_str().into(), text.as_str().into()];
        if self.execute(statements::DELETE_PASSKEY, &parameters)? == 0 {
            return Ok(false);
        }
        self.execute_one(
            statements::UNCOUNT_MFA_DEVICE_OF_USER,
            &[account.into(), user.as_str().into()],
        )?;
        self.execute_one(
            statements::COUNT_MFA_DEVICE_IN_USE,
            &[(-1).into(), account.into()],
        )?;
        Ok(true)
    }

    /// Remembers what the browser of a console session is asked about a passkey, in place of what it was asked
    /// before; nothing once it has answered. `false` when there is no such session.
    pub fn set_passkey_asked(
        &mut self,
        session: AccessKeyId,
        asked: Option<&str>,
    ) -> Result<bool, StoreError> {
        let parameters = [asked.into(), session.as_str().into()];
        Ok(self.execute(statements::SET_PASSKEY_ASKED, &parameters)? > 0)
    }
}

fn record(row: &dyn Row) -> Result<PasskeyRecord, StoreError> {
    let unreadable = |column| StoreError::unreadable("iam_passkey", column);
    Ok(PasskeyRecord {
        serial: row.text(0)?.parse().map_err(|_| unreadable("arn"))?,
        user: row.text(1)?.parse().map_err(|_| unreadable("user_id"))?,
        enabled_at: Timestamp::from_seconds(row.integer(2)?),
        origin: row.text(3)?.to_owned(),
        credential: row.text(4)?.to_owned(),
    })
}
