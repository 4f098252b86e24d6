//! Links by which a user sets a password once: for whoever has none, or has lost it.

use keystead_types::{AccountId, Timestamp, UniqueId};

use crate::{
    Reader, StoreError, Tx,
    account::{account_id, number},
    console_session::console_token_hash,
    statements,
};

/// A link as it is stored, without its token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConsoleLinkRecord {
    /// The account.
    pub account: AccountId,
    /// Whose password it sets.
    pub user: UniqueId,
    /// From when on it is refused.
    pub expires_at: Timestamp,
}

impl Reader<'_> {
    /// The link of a token.
    pub fn console_link(&self, token: &str) -> Result<Option<ConsoleLinkRecord>, StoreError> {
        let hash = console_token_hash(token);
        self.query_one(statements::CONSOLE_LINK, &[hash.as_str().into()], |row| {
            let user = row.text(1)?.parse();
            Ok(ConsoleLinkRecord {
                account: account_id(row.integer(0)?, "console_link")?,
                user: user.map_err(|_| StoreError::unreadable("console_link", "user_id"))?,
                expires_at: Timestamp::from_seconds(row.integer(2)?),
            })
        })
    }
}

impl Tx<'_> {
    /// Stores a link, in place of those that the user had.
    pub fn insert_console_link(&mut self, token: &str, link: &ConsoleLinkRecord) -> Result<(), StoreError> {
        self.delete_console_links(link.account, link.user)?;
        let hash = console_token_hash(token);
        let parameters = [
            hash.as_str().into(),
            number(link.account).into(),
            link.user.as_str().into(),
            link.expires_at.seconds().into(),
        ];
        self.execute_one(statements::INSERT_CONSOLE_LINK, &parameters)
    }

    /// Removes a user's links.
    pub fn delete_console_links(&mut self, account: AccountId, user: UniqueId) -> Result<(), StoreError> {
        let parameters = [number(account).into(), user.as_str().into()];
        self.execute(statements::DELETE_CONSOLE_LINKS, &parameters)
            .map(drop)
    }
}
