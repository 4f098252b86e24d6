//! What a credential report says, page by page. Its content is kept nowhere: it is read anew for each who asks.

use keystead_types::{AccountId, Timestamp, limits};

use crate::{
    AccessKeyRecord, KeyOwner, LastUseRecord, LoginProfileRecord, Reader, StoreError, Tx, UserRecord,
    account::number, statements,
};

/// A user's credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CredentialRecord {
    /// The user; knows of its MFA devices, and when its password was last used.
    pub user: UserRecord,
    /// Its password.
    pub login_profile: Option<LoginProfileRecord>,
    /// Its access keys, oldest first.
    pub access_keys: Vec<CredentialKeyRecord>,
}

/// An access key, and what it was last used for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CredentialKeyRecord {
    /// The key.
    pub access_key: AccessKeyRecord,
    /// Its most recent use that has been written down.
    pub last_use: Option<LastUseRecord>,
}

/// A page of users' credentials, by the users' folded names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CredentialPage {
    /// The users.
    pub users: Vec<CredentialRecord>,
    /// Where the next page starts, if there is more.
    pub next: Option<String>,
}

impl Reader<'_> {
    /// The credentials of up to `limit` users, after the position `after` (a page's `next`, or `""`).
    pub fn credentials_page(
        &self,
        account: AccountId,
        after: &str,
        limit: u32,
    ) -> Result<CredentialPage, StoreError> {
        let page = self.users_page(account, after, "", limit)?;
        let users = page.users.into_iter().map(|user| self.credentials(user));
        Ok(CredentialPage {
            users: users.collect::<Result<_, _>>()?,
            next: page.next,
        })
    }

    /// The access keys of a user or of root with their most recent uses, oldest first; as many as there may be
    /// of any status.
    pub fn credential_keys(
        &self,
        account: AccountId,
        owner: KeyOwner,
    ) -> Result<Vec<CredentialKeyRecord>, StoreError> {
        let limit = limits::ACCESS_KEYS_PER_USER_OF_ANY_STATUS;
        let page = self.access_keys_page(account, owner, "", limit)?;
        let with_use = |access_key: AccessKeyRecord| {
            Ok(CredentialKeyRecord {
                access_key,
                last_use: self.access_key_last_use(account, access_key.id)?,
            })
        };
        page.access_keys.into_iter().map(with_use).collect()
    }

    fn credentials(&self, user: UserRecord) -> Result<CredentialRecord, StoreError> {
        // What the user's record says spares the statements that would find nothing.
        Ok(CredentialRecord {
            login_profile: match user.has_login_profile {
                true => self.login_profile(user.account, user.id)?,
                false => None,
            },
            access_keys: match user.key_count {
                0 => Vec::new(),
                _ => self.credential_keys(user.account, KeyOwner::User(user.id))?,
            },
            user,
        })
    }
}

impl Tx<'_> {
    /// Notes that a credential report was asked for; `false` when there is no such account. Nobody's permissions
    /// change, so no feed row is written.
    pub fn note_credential_report(&mut self, account: AccountId, now: Timestamp) -> Result<bool, StoreError> {
        let parameters = [now.seconds().into(), number(account).into()];
        Ok(self.execute(statements::SET_CREDENTIAL_REPORT, &parameters)? > 0)
    }
}
