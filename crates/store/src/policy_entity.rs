//! Who uses a managed policy.

use keystead_types::{AccountId, UniqueId, UniqueIdKind, limits};

use crate::{
    GroupRecord, Reader, RoleRecord, StoreError, UserRecord, account::number, engine::Value,
    policy_use::PolicyUse, statements,
};

/// Which users of a policy are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PolicyEntityFilter<'a> {
    /// Of what kind; `None` for all.
    pub kind: Option<UniqueIdKind>,
    /// What their paths start with; `""` for any.
    pub path_prefix: &'a str,
    /// What they use the policy for; `None` for either.
    pub used_for: Option<PolicyUse>,
}

/// A user, group or role that uses a managed policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PolicyEntity {
    /// A group that it is attached to.
    Group(GroupRecord),
    /// A user that it is attached to, or whose permissions boundary it is.
    User(UserRecord),
    /// A role that it is attached to, or whose permissions boundary it is.
    Role(RoleRecord),
}

/// A page of those that use a managed policy: first whom it is attached to, groups before users before roles, then whose
/// permissions boundary alone it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyEntityPage {
    /// They.
    pub entities: Vec<PolicyEntity>,
    /// Where the next page starts, if there may be more.
    pub next: Option<String>,
}

/// Where a page starts: among which uses, and after which unique id.
struct Position<'a> {
    usage: PolicyUse,
    after: &'a str,
}

impl Reader<'_> {
    /// Up to `limit` users, groups and roles that use a policy of `account` or of AWS, after the position `after` (a
    /// page's `next`, or `""`). Bounded as [`Reader::users_page`] is.
    pub fn policy_entities_page(
        &self,
        account: AccountId,
        policy: UniqueId,
        filter: &PolicyEntityFilter<'_>,
        after: &str,
        limit: u32,
    ) -> Result<PolicyEntityPage, StoreError> {
        let start = Position::read(after);
        let (mut entities, mut scanned) = (Vec::new(), 0);
        let uses = [PolicyUse::Attachment, PolicyUse::Boundary];
        for usage in uses.into_iter().skip_while(|usage| *usage != start.usage) {
            if filter.used_for.is_some_and(|wanted| wanted != usage) {
                continue;
            }
            let mut last = if usage == start.usage { start.after } else { "" }.to_owned();
            let rows_max = limits::PAGE_ROWS_SCANNED_MAX - scanned;
            for id in self.ids_that_use(account, policy, usage, filter.kind, &last, rows_max + 1)? {
                if entities.len() == limit as usize || scanned == limits::PAGE_ROWS_SCANNED_MAX {
                    let next = Position { usage, after: &last };
                    return Ok(PolicyEntityPage {
                        entities,
                        next: Some(next.to_string()),
                    });
                }
                scanned += 1;
                if let Some(entity) = self.policy_entity(account, id)?
                    && entity.path().starts_with(filter.path_prefix)
                    && !self.was_listed(account, policy, usage, filter, id)?
                {
                    entities.push(entity);
                }
                last = id.to_string();
            }
        }
        Ok(PolicyEntityPage { entities, next: None })
    }

    fn ids_that_use(
        &self,
        account: AccountId,
        policy: UniqueId,
        usage: PolicyUse,
        kind: Option<UniqueIdKind>,
        after: &str,
        rows_max: u32,
    ) -> Result<Vec<UniqueId>, StoreError> {
        // The ids of a kind lie between its prefix and the next one; all begin with an A.
        let (first, end) = match kind {
            Some(UniqueIdKind::Group) => ("AGPA", "AGPB"),
            Some(UniqueIdKind::User) => ("AIDA", "AIDB"),
            Some(UniqueIdKind::Role) => ("AROA", "AROB"),
            Some(UniqueIdKind::Policy | UniqueIdKind::InstanceProfile) => return Ok(Vec::new()),
            None => ("", "B"),
        };
        let read = |row: &dyn crate::engine::Row| {
            let unreadable = |_| StoreError::unreadable("iam_policy_attachment", "owner_id");
            row.text(0)?.parse().map_err(unreadable)
        };
        let (account, policy): (Value<'_>, Value<'_>) = (number(account).into(), policy.as_str().into());
        match usage {
            PolicyUse::Attachment => {
                let after = after.max(first);
                let parameters = [
                    account,
                    policy,
                    after.into(),
                    end.into(),
                    i64::from(rows_max).into(),
                ];
                self.query_all(statements::ATTACHED_TO, &parameters, read)
            }
            PolicyUse::Boundary => {
                let mut ids: Vec<UniqueId> = Vec::new();
                // In the order of the unique ids.
                for (bounded, statement) in [
                    (UniqueIdKind::User, statements::USERS_BOUNDED_BY),
                    (UniqueIdKind::Role, statements::ROLES_BOUNDED_BY),
                ] {
                    if kind.is_none_or(|wanted| wanted == bounded) {
                        let rows_max = i64::from(rows_max) - ids.len() as i64;
                        let parameters = [account, policy, after.into(), rows_max.into()];
                        ids.extend(self.query_all(statement, &parameters, read)?);
                    }
                }
                Ok(ids)
            }
        }
    }

    /// Whether both uses are listed, and it came with the first.
    fn was_listed(
        &self,
        account: AccountId,
        policy: UniqueId,
        usage: PolicyUse,
        filter: &PolicyEntityFilter<'_>,
        id: UniqueId,
    ) -> Result<bool, StoreError> {
        let twice = usage == PolicyUse::Boundary && filter.used_for.is_none();
        Ok(twice && self.is_attached(account, id, policy)?)
    }

    fn policy_entity(&self, account: AccountId, id: UniqueId) -> Result<Option<PolicyEntity>, StoreError> {
        Ok(match id.kind() {
            UniqueIdKind::Group => self.group_by_id(account, id)?.map(PolicyEntity::Group),
            UniqueIdKind::User => self.user_by_id(account, id)?.map(PolicyEntity::User),
            UniqueIdKind::Role => self.role_by_id(account, id)?.map(PolicyEntity::Role),
            UniqueIdKind::Policy | UniqueIdKind::InstanceProfile => None,
        })
    }
}

impl PolicyEntity {
    fn path(&self) -> &str {
        match self {
            Self::Group(group) => group.path.as_str(),
            Self::User(user) => user.path.as_str(),
            Self::Role(role) => role.path.as_str(),
        }
    }
}

impl<'a> Position<'a> {
    fn read(text: &'a str) -> Self {
        let (usage, after) = match text.split_once('/') {
            Some(("boundary", after)) => (PolicyUse::Boundary, after),
            Some((_, after)) => (PolicyUse::Attachment, after),
            None => (PolicyUse::Attachment, ""),
        };
        Self { usage, after }
    }
}

impl std::fmt::Display for Position<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let usage = match self.usage {
            PolicyUse::Attachment => "attachment",
            PolicyUse::Boundary => "boundary",
        };
        write!(f, "{usage}/{}", self.after)
    }
}
