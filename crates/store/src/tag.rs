use keystead_types::{AccountId, UniqueId, limits};
use keystead_verifier::Subject;

use crate::{Reader, StoreError, Tx, account::number, statements};

/// A tag as it is stored. Keys are unique per user without regard to case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TagRecord {
    /// Its key, as given last.
    pub key: String,
    /// Its value.
    pub value: String,
}

/// Answer of [`Tx::put_user_tags`]. Anything but `Stored` wrote nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PutTags {
    /// They are stored.
    Stored,
    /// The user would have more than [`limits::TAGS_PER_USER`] tags.
    QuotaReached,
    /// There is no such user.
    NoUser,
}

/// A tag's key in lower case: equal for two keys exactly when a user may not have both.
pub fn folded_tag_key(key: &str) -> String {
    key.to_lowercase()
}

impl Reader<'_> {
    /// The tags of a user, ordered by folded key; at most [`limits::TAGS_PER_USER`], which the count on the
    /// user guards.
    pub fn user_tags(&self, account: AccountId, user: UniqueId) -> Result<Vec<TagRecord>, StoreError> {
        let parameters = [number(account).into(), user.as_str().into()];
        self.query_all(statements::TAGS, &parameters, |row| {
            Ok(TagRecord {
                key: row.text(0)?.to_owned(),
                value: row.text(1)?.to_owned(),
            })
        })
    }
}

impl Tx<'_> {
    /// Adds tags to a user, and replaces those with the same keys. The keys given must differ from
    /// each other, case aside.
    pub fn put_user_tags(
        &mut self,
        account: AccountId,
        user: UniqueId,
        tags: &[TagRecord],
    ) -> Result<PutTags, StoreError> {
        let present = self.user_tags(account, user)?;
        let present: Vec<_> = present.iter().map(|tag| folded_tag_key(&tag.key)).collect();
        let folded = tags.iter().map(|tag| folded_tag_key(&tag.key));
        let added = folded.filter(|key| !present.contains(key)).count();
        if !self.count_tags(account, user, added as i64)? {
            return Ok(match self.user_by_id(account, user)? {
                Some(_) => PutTags::QuotaReached,
                None => PutTags::NoUser,
            });
        }
        for tag in tags {
            self.put_user_tag(account, user, tag)?;
        }
        self.change(Subject::User(user))?;
        Ok(PutTags::Stored)
    }

    /// Removes the tags with these keys, case aside; keys that the user does not have are passed
    /// over. `false` when there is no such user.
    pub fn remove_user_tags(
        &mut self,
        account: AccountId,
        user: UniqueId,
        keys: &[String],
    ) -> Result<bool, StoreError> {
        if self.user_by_id(account, user)?.is_none() {
            return Ok(false);
        }
        let mut removed = 0;
        for key in keys {
            let folded = folded_tag_key(key);
            let parameters = [
                number(account).into(),
                user.as_str().into(),
                folded.as_str().into(),
            ];
            removed += self.execute(statements::DELETE_TAG, &parameters)? as i64;
        }
        if removed > 0 {
            self.count_tags(account, user, -removed)?;
            self.change(Subject::User(user))?;
        }
        Ok(true)
    }

    fn put_user_tag(
        &mut self,
        account: AccountId,
        user: UniqueId,
        tag: &TagRecord,
    ) -> Result<(), StoreError> {
        let folded = folded_tag_key(&tag.key);
        let (account, user) = (number(account), user.as_str());
        let (key, value) = (tag.key.as_str(), tag.value.as_str());
        let parameters = [
            key.into(),
            value.into(),
            account.into(),
            user.into(),
            folded.as_str().into(),
        ];
        if self.execute(statements::UPDATE_TAG, &parameters)? == 0 {
            let parameters = [
                account.into(),
                user.into(),
                folded.as_str().into(),
                key.into(),
                value.into(),
            ];
            self.execute_one(statements::INSERT_TAG, &parameters)?;
        }
        Ok(())
    }

    fn count_tags(&mut self, account: AccountId, user: UniqueId, added: i64) -> Result<bool, StoreError> {
        let parameters = [
            added.into(),
            number(account).into(),
            user.as_str().into(),
            (limits::TAGS_PER_USER as i64).into(),
        ];
        Ok(self.execute(statements::COUNT_TAGS, &parameters)? > 0)
    }
}
