use keystead_types::{AccountId, UniqueId, limits};
use keystead_verifier::Subject;

use crate::{Reader, StoreError, Tx, account::number, statements};

/// A tag as it is stored. A user's keys are unique without regard to case, a policy's as they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TagRecord {
    /// Its key, as given last.
    pub key: String,
    /// Its value.
    pub value: String,
}

/// Answer of [`Tx::put_user_tags`] and [`Tx::put_policy_tags`]. Anything but `Stored` wrote nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PutTags {
    /// They are stored.
    Stored,
    /// There would be more than [`limits::TAGS_PER_USER`] or [`limits::TAGS_PER_POLICY`].
    QuotaReached,
    /// There is no such user or policy.
    NoOwner,
}

/// A tag's key in lower case: equal for two keys exactly when a user may not have both.
pub fn folded_tag_key(key: &str) -> String {
    key.to_lowercase()
}

impl Reader<'_> {
    /// The tags of a user, ordered by folded key; at most [`limits::TAGS_PER_USER`], which the count on the
    /// user guards.
    pub fn user_tags(&self, account: AccountId, user: UniqueId) -> Result<Vec<TagRecord>, StoreError> {
        self.tags(account, user)
    }

    /// The tags of a customer managed policy, ordered by key; at most [`limits::TAGS_PER_POLICY`].
    pub fn policy_tags(&self, account: AccountId, policy: UniqueId) -> Result<Vec<TagRecord>, StoreError> {
        self.tags(account, policy)
    }

    fn tags(&self, account: AccountId, owner: UniqueId) -> Result<Vec<TagRecord>, StoreError> {
        let parameters = [number(account).into(), owner.as_str().into()];
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
        self.put_tags(account, user, &USER_TAGS, tags)
    }

    /// Adds tags to a customer managed policy, and replaces those with the same keys. The keys given must
    /// differ from each other.
    pub fn put_policy_tags(
        &mut self,
        account: AccountId,
        policy: UniqueId,
        tags: &[TagRecord],
    ) -> Result<PutTags, StoreError> {
        self.put_tags(account, policy, &POLICY_TAGS, tags)
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
        self.remove_tags(account, user, &USER_TAGS, keys)?;
        Ok(true)
    }

    /// Removes the tags with these keys; keys that the policy does not have are passed over. `false` when
    /// there is no such customer managed policy.
    pub fn remove_policy_tags(
        &mut self,
        account: AccountId,
        policy: UniqueId,
        keys: &[String],
    ) -> Result<bool, StoreError> {
        if self.customer_policy(account, policy)?.is_none() {
            return Ok(false);
        }
        self.remove_tags(account, policy, &POLICY_TAGS, keys)?;
        Ok(true)
    }

    fn put_tags(
        &mut self,
        account: AccountId,
        owner: UniqueId,
        rules: &TagRules,
        tags: &[TagRecord],
    ) -> Result<PutTags, StoreError> {
        let present = self.tags(account, owner)?;
        let present: Vec<_> = present.iter().map(|tag| (rules.compared)(&tag.key)).collect();
        let given = tags.iter().map(|tag| (rules.compared)(&tag.key));
        let added = given.filter(|key| !present.contains(key)).count();
        if !self.count_tags(account, owner, rules, added as i64)? {
            return Ok(if (rules.exists)(self, account, owner)? {
                PutTags::QuotaReached
            } else {
                PutTags::NoOwner
            });
        }
        for tag in tags {
            self.put_tag(account, owner, rules, tag)?;
        }
        self.tags_changed(owner, rules)?;
        Ok(PutTags::Stored)
    }

    fn remove_tags(
        &mut self,
        account: AccountId,
        owner: UniqueId,
        rules: &TagRules,
        keys: &[String],
    ) -> Result<(), StoreError> {
        let mut removed = 0;
        for key in keys {
            let compared = (rules.compared)(key);
            let parameters = [
                number(account).into(),
                owner.as_str().into(),
                compared.as_str().into(),
            ];
            removed += self.execute(statements::DELETE_TAG, &parameters)? as i64;
        }
        if removed > 0 {
            self.count_tags(account, owner, rules, -removed)?;
            self.tags_changed(owner, rules)?;
        }
        Ok(())
    }

    fn put_tag(
        &mut self,
        account: AccountId,
        owner: UniqueId,
        rules: &TagRules,
        tag: &TagRecord,
    ) -> Result<(), StoreError> {
        let compared = (rules.compared)(&tag.key);
        let (account, owner) = (number(account), owner.as_str());
        let (key, value) = (tag.key.as_str(), tag.value.as_str());
        let parameters = [
            key.into(),
            value.into(),
            account.into(),
            owner.into(),
            compared.as_str().into(),
        ];
        if self.execute(statements::UPDATE_TAG, &parameters)? == 0 {
            let parameters = [
                account.into(),
                owner.into(),
                compared.as_str().into(),
                key.into(),
                value.into(),
            ];
            self.execute_one(statements::INSERT_TAG, &parameters)?;
        }
        Ok(())
    }

    fn count_tags(
        &mut self,
        account: AccountId,
        owner: UniqueId,
        rules: &TagRules,
        added: i64,
    ) -> Result<bool, StoreError> {
        let parameters = [
            added.into(),
            number(account).into(),
            owner.as_str().into(),
            (rules.tags_max as i64).into(),
        ];
        Ok(self.execute(rules.count, &parameters)? > 0)
    }

    fn tags_changed(&mut self, owner: UniqueId, rules: &TagRules) -> Result<(), StoreError> {
        match rules.subject {
            Some(subject) => self.change(subject(owner)),
            None => Ok(()),
        }
    }
}

/// How tags of one kind of owners are told apart and counted.
struct TagRules {
    compared: fn(&str) -> String,
    count: &'static str,
    tags_max: usize,
    exists: fn(&Reader<'_>, AccountId, UniqueId) -> Result<bool, StoreError>,
    /// Who must forget the tags: a user's decide what it may do, a policy's are held by nobody.
    subject: Option<fn(UniqueId) -> Subject>,
}

const USER_TAGS: TagRules = TagRules {
    compared: folded_tag_key,
    count: statements::COUNT_USER_TAGS,
    tags_max: limits::TAGS_PER_USER,
    exists: |reader, account, user| Ok(reader.user_by_id(account, user)?.is_some()),
    subject: Some(Subject::User),
};

/// AWS was seen to tell keys of policies apart by case.
const POLICY_TAGS: TagRules = TagRules {
    compared: str::to_owned,
    count: statements::COUNT_POLICY_TAGS,
    tags_max: limits::TAGS_PER_POLICY,
    exists: |reader, account, policy| Ok(reader.customer_policy(account, policy)?.is_some()),
    subject: None,
};
