use keystead_types::{AccountId, UniqueId, UniqueIdKind, limits};

use crate::{Reader, StoreError, Tx, account::number, statements};

/// A tag as it is stored. The keys of a user or role are unique without regard to case, those of anything else
/// as they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TagRecord {
    /// Its key, as given last.
    pub key: String,
    /// Its value.
    pub value: String,
}

/// Answer of [`Tx::put_tags`]. Anything but `Stored` wrote nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PutTags {
    /// They are stored.
    Stored,
    /// There would be more than the owner may have, such as [`limits::TAGS_PER_USER`].
    QuotaReached,
    /// There is no such entity, or it can have no tags.
    NoOwner,
}

/// A tag's key in lower case: equal for two keys exactly when a user or role may not have both.
pub fn folded_tag_key(key: &str) -> String {
    key.to_lowercase()
}

impl Reader<'_> {
    /// The tags of a user, customer managed policy, role or instance profile, ordered by key, or by folded key
    /// where case is disregarded. The count on the owner bounds them.
    pub fn tags(&self, account: AccountId, owner: UniqueId) -> Result<Vec<TagRecord>, StoreError> {
        self.tags_of(account, owner.as_str())
    }

    /// The tags of whatever has this text as its key in its table.
    pub(crate) fn tags_of(&self, account: AccountId, owner: &str) -> Result<Vec<TagRecord>, StoreError> {
        let parameters = [number(account).into(), owner.into()];
        self.query_all(statements::TAGS, &parameters, |row| {
            Ok(TagRecord {
                key: row.text(0)?.to_owned(),
                value: row.text(1)?.to_owned(),
            })
        })
    }

    /// Whether there is an entity of this unique id.
    fn is_there(&self, account: AccountId, id: UniqueId) -> Result<bool, StoreError> {
        Ok(match id.kind() {
            UniqueIdKind::Group => self.group_by_id(account, id)?.is_some(),
            UniqueIdKind::User => self.user_by_id(account, id)?.is_some(),
            UniqueIdKind::Policy => self.customer_policy(account, id)?.is_some(),
            UniqueIdKind::Role => self.role_by_id(account, id)?.is_some(),
            UniqueIdKind::InstanceProfile => self.instance_profile_by_id(account, id)?.is_some(),
        })
    }
}

impl Tx<'_> {
    /// Adds tags to a user, customer managed policy, role or instance profile, and replaces those with the
    /// same keys. The keys given must differ from each other, for users and roles in more than case.
    pub fn put_tags(
        &mut self,
        account: AccountId,
        owner: UniqueId,
        tags: &[TagRecord],
    ) -> Result<PutTags, StoreError> {
        let Some(rules) = TagRules::of(owner) else {
            return Ok(PutTags::NoOwner);
        };
        if !self.put_tags_of(account, owner.as_str(), &rules, tags)? {
            return Ok(if self.is_there(account, owner)? {
                PutTags::QuotaReached
            } else {
                PutTags::NoOwner
            });
        }
        self.tags_changed(owner, &rules)?;
        Ok(PutTags::Stored)
    }

    /// Removes the tags with these keys, for users and roles case aside; keys that the owner does not have are
    /// passed over. `false` when there is no such entity, or it can have no tags.
    pub fn remove_tags(
        &mut self,
        account: AccountId,
        owner: UniqueId,
        keys: &[String],
    ) -> Result<bool, StoreError> {
        let Some(rules) = TagRules::of(owner) else {
            return Ok(false);
        };
        if !self.is_there(account, owner)? {
            return Ok(false);
        }
        if self.remove_tags_of(account, owner.as_str(), &rules, keys)? {
            self.tags_changed(owner, &rules)?;
        }
        Ok(true)
    }

    /// Stores tags of whatever has the text `owner` as its key in its table; `false`, and nothing written, when
    /// there would be too many, or there is no such thing.
    pub(crate) fn put_tags_of(
        &mut self,
        account: AccountId,
        owner: &str,
        rules: &TagRules,
        tags: &[TagRecord],
    ) -> Result<bool, StoreError> {
        let present = self.tags_of(account, owner)?;
        let present: Vec<_> = present.iter().map(|tag| (rules.compared)(&tag.key)).collect();
        let given = tags.iter().map(|tag| (rules.compared)(&tag.key));
        let added = given.filter(|key| !present.contains(key)).count();
        if !self.count_tags(account, owner, rules, added as i64)? {
            return Ok(false);
        }
        for tag in tags {
            self.put_tag(account, owner, rules, tag)?;
        }
        Ok(true)
    }

    /// Removes tags of whatever has the text `owner` as its key in its table; tells whether it had any of them.
    pub(crate) fn remove_tags_of(
        &mut self,
        account: AccountId,
        owner: &str,
        rules: &TagRules,
        keys: &[String],
    ) -> Result<bool, StoreError> {
        let mut removed = 0;
        for key in keys {
            let compared = (rules.compared)(key);
            let parameters = [number(account).into(), owner.into(), compared.as_str().into()];
            removed += self.execute(statements::DELETE_TAG, &parameters)? as i64;
        }
        if removed > 0 {
            self.count_tags(account, owner, rules, -removed)?;
        }
        Ok(removed > 0)
    }

    fn put_tag(
        &mut self,
        account: AccountId,
        owner: &str,
        rules: &TagRules,
        tag: &TagRecord,
    ) -> Result<(), StoreError> {
        let compared = (rules.compared)(&tag.key);
        let account = number(account);
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
        owner: &str,
        rules: &TagRules,
        added: i64,
    ) -> Result<bool, StoreError> {
        let parameters = [
            added.into(),
            number(account).into(),
            owner.into(),
            (rules.tags_max as i64).into(),
        ];
        Ok(self.execute(rules.count, &parameters)? > 0)
    }

    fn tags_changed(&mut self, owner: UniqueId, rules: &TagRules) -> Result<(), StoreError> {
        if rules.told {
            self.entity_changed(owner)?;
        }
        Ok(())
    }
}

/// How tags of one kind of owners are told apart and counted.
pub(crate) struct TagRules {
    compared: fn(&str) -> String,
    count: &'static str,
    tags_max: usize,
    /// Whether verifiers must forget them: those of a user or role decide what it may do, the others are held by
    /// nobody.
    told: bool,
}

impl TagRules {
    /// AWS disregards case in the keys of users and roles alone.
    fn of(owner: UniqueId) -> Option<Self> {
        let of_principal = |count, tags_max| Self {
            compared: folded_tag_key,
            count,
            tags_max,
            told: true,
        };
        match owner.kind() {
            UniqueIdKind::User => Some(of_principal(statements::COUNT_USER_TAGS, limits::TAGS_PER_USER)),
            UniqueIdKind::Role => Some(of_principal(statements::COUNT_ROLE_TAGS, limits::TAGS_PER_ROLE)),
            UniqueIdKind::Policy => Some(Self::of_thing(
                statements::COUNT_POLICY_TAGS,
                limits::TAGS_PER_POLICY,
            )),
            UniqueIdKind::InstanceProfile => Some(Self::of_thing(
                statements::COUNT_INSTANCE_PROFILE_TAGS,
                limits::TAGS_PER_INSTANCE_PROFILE,
            )),
            UniqueIdKind::Group => None,
        }
    }

    /// The rules for what is no principal.
    pub(crate) const fn of_thing(count: &'static str, tags_max: usize) -> Self {
        Self {
            compared: str::to_owned,
            count,
            tags_max,
            told: false,
        }
    }
}
