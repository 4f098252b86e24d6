use keystead_types::{AccountId, PolicyName, UniqueId, UniqueIdKind, limits};

use crate::{Reader, StoreError, Tx, account::number, engine::Row, page::Scan, statements};

/// An inline policy as it is stored. Names are compared as they are, within one user, group or role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InlinePolicyRecord {
    /// Its name.
    pub name: PolicyName,
    /// Its document, as submitted.
    pub document: String,
}

/// A page of the names of one owner's inline policies, by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InlinePolicyNamePage {
    /// The names.
    pub names: Vec<PolicyName>,
    /// Where the next page starts, if there is more.
    pub next: Option<String>,
}

/// Answer of [`Tx::put_inline_policy`]. Anything but `Stored` wrote nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PutInlinePolicy {
    /// It is stored.
    Stored,
    /// The owner's inline policies would have more characters than they may, all together: this number.
    SizeExceeded(u32),
    /// There is no such user, group or role.
    NoOwner,
}

impl Reader<'_> {
    /// One inline policy of a user, group or role.
    pub fn inline_policy(
        &self,
        account: AccountId,
        owner: UniqueId,
        name: &PolicyName,
    ) -> Result<Option<InlinePolicyRecord>, StoreError> {
        let parameters = [
            number(account).into(),
            owner.as_str().into(),
            name.as_str().into(),
        ];
        self.query_one(statements::INLINE_POLICY, &parameters, inline_policy_record)
    }

    /// All inline policies of a user, group or role, by name. The sum of characters on the owner bounds them.
    pub fn inline_policies(
        &self,
        account: AccountId,
        owner: UniqueId,
    ) -> Result<Vec<InlinePolicyRecord>, StoreError> {
        let parameters = [number(account).into(), owner.as_str().into()];
        self.query_all(statements::INLINE_POLICIES, &parameters, inline_policy_record)
    }

    /// Up to `limit` names of the inline policies of a user, group or role, after the position `after` (a page's
    /// `next`, or `""`).
    pub fn inline_policy_names_page(
        &self,
        account: AccountId,
        owner: UniqueId,
        after: &str,
        limit: u32,
    ) -> Result<InlinePolicyNamePage, StoreError> {
        let scan = Scan {
            statement: statements::INLINE_POLICY_NAMES_AFTER,
            parameters: &[number(account).into(), owner.as_str().into(), after.into()],
            limit,
            filtered: false,
        };
        let read = |row: &dyn Row| Ok((row.text(0)?.to_owned(), name(row)?));
        let (names, next) = self.scan(&scan, read, |_| true)?;
        Ok(InlinePolicyNamePage { names, next })
    }
}

impl Tx<'_> {
    /// Gives a user, group or role an inline policy, in place of its one of that name. `characters` is how many of
    /// the document's count: all but white space.
    pub fn put_inline_policy(
        &mut self,
        account: AccountId,
        owner: UniqueId,
        policy: &InlinePolicyRecord,
        characters: u32,
    ) -> Result<PutInlinePolicy, StoreError> {
        let Some(rules) = InlineRules::of(owner) else {
            return Ok(PutInlinePolicy::NoOwner);
        };
        let present = self.inline_characters(account, owner, &policy.name)?;
        let added = i64::from(characters) - present.unwrap_or_default();
        if !self.count_inline(account, owner, &rules, i64::from(present.is_none()), added)? {
            return Ok(if self.has_policies_of_its_own(account, owner)? {
                PutInlinePolicy::SizeExceeded(rules.characters_max)
            } else {
                PutInlinePolicy::NoOwner
            });
        }
        let (account, id) = (number(account), owner.as_str());
        let (name, document) = (policy.name.as_str(), policy.document.as_str());
        let characters = i64::from(characters);
        if present.is_some() {
            let parameters = [
                document.into(),
                characters.into(),
                account.into(),
                id.into(),
                name.into(),
            ];
            self.execute_one(statements::UPDATE_INLINE_POLICY, &parameters)?;
        } else {
            let parameters = [
                account.into(),
                id.into(),
                name.into(),
                document.into(),
                characters.into(),
            ];
            self.execute_one(statements::INSERT_INLINE_POLICY, &parameters)?;
        }
        self.entity_changed(owner)?;
        Ok(PutInlinePolicy::Stored)
    }

    /// Deletes an inline policy of a user, group or role; `false` when it has none of that name.
    pub fn delete_inline_policy(
        &mut self,
        account: AccountId,
        owner: UniqueId,
        name: &PolicyName,
    ) -> Result<bool, StoreError> {
        let present = self.inline_characters(account, owner, name)?;
        let (Some(characters), Some(rules)) = (present, InlineRules::of(owner)) else {
            return Ok(false);
        };
        let parameters = [
            number(account).into(),
            owner.as_str().into(),
            name.as_str().into(),
        ];
        self.execute_one(statements::DELETE_INLINE_POLICY, &parameters)?;
        self.count_inline(account, owner, &rules, -1, -characters)?;
        self.entity_changed(owner)?;
        Ok(true)
    }

    fn inline_characters(
        &self,
        account: AccountId,
        owner: UniqueId,
        name: &PolicyName,
    ) -> Result<Option<i64>, StoreError> {
        let parameters = [
            number(account).into(),
            owner.as_str().into(),
            name.as_str().into(),
        ];
        self.query_one(statements::INLINE_POLICY, &parameters, |row| row.integer(2))
    }

    fn count_inline(
        &mut self,
        account: AccountId,
        owner: UniqueId,
        rules: &InlineRules,
        policies: i64,
        characters: i64,
    ) -> Result<bool, StoreError> {
        let parameters = [
            policies.into(),
            characters.into(),
            number(account).into(),
            owner.as_str().into(),
            i64::from(rules.characters_max).into(),
        ];
        Ok(self.execute(rules.count, &parameters)? > 0)
    }
}

/// How inline policies of one kind of owners are counted.
struct InlineRules {
    count: &'static str,
    characters_max: u32,
}

impl InlineRules {
    fn of(owner: UniqueId) -> Option<Self> {
        match owner.kind() {
            UniqueIdKind::Group => Some(Self {
                count: statements::COUNT_GROUP_INLINE,
                characters_max: limits::GROUP_POLICY_CHARACTERS,
            }),
            UniqueIdKind::User => Some(Self {
                count: statements::COUNT_USER_INLINE,
                characters_max: limits::USER_POLICY_CHARACTERS,
            }),
            UniqueIdKind::Role => Some(Self {
                count: statements::COUNT_ROLE_INLINE,
                characters_max: limits::ROLE_POLICY_CHARACTERS,
            }),
            UniqueIdKind::Policy | UniqueIdKind::InstanceProfile => None,
        }
    }
}

fn inline_policy_record(row: &dyn Row) -> Result<InlinePolicyRecord, StoreError> {
    Ok(InlinePolicyRecord {
        name: name(row)?,
        document: row.text(1)?.to_owned(),
    })
}

fn name(row: &dyn Row) -> Result<PolicyName, StoreError> {
    let unreadable = |_| StoreError::unreadable("iam_inline_policy", "name");
    row.text(0)?.parse().map_err(unreadable)
}
