//! Lists of managed policies: the account's own first, then AWS's.

use keystead_types::AccountId;

use crate::{
    PolicyRecord, Reader, StoreError,
    account::number,
    aws_managed,
    engine::Row,
    page::{Scan, leaves_out},
    policy::policy_record,
    policy_use::PolicyUse,
    statements,
};

/// Which managed policies are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PolicyFilter<'a> {
    /// Whose.
    pub scope: PolicyScope,
    /// What their paths start with; `""` for any.
    pub path_prefix: &'a str,
    /// What something of the account uses them for; `None` for all, used or not.
    pub used_for: Option<PolicyUse>,
}

/// Whose managed policies are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PolicyScope {
    /// The account's and AWS's.
    All,
    /// AWS's own.
    Aws,
    /// The account's.
    Local,
}

/// A page of managed policies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyPage {
    /// The policies; none when all that were looked at are filtered out.
    pub policies: Vec<PolicyRecord>,
    /// Where the next page starts, if there may be more.
    pub next: Option<String>,
}

/// Where a page starts: among whose policies, and after which folded name.
enum Position<'a> {
    Local(&'a str),
    Aws(&'a str),
}

impl Reader<'_> {
    /// Up to `limit` policies by folded name, the account's before AWS's, after the position `after` (a page's
    /// `next`, or `""`). Bounded as [`Reader::users_page`] is.
    pub fn policies_page(
        &self,
        account: AccountId,
        filter: &PolicyFilter<'_>,
        after: &str,
        limit: u32,
    ) -> Result<PolicyPage, StoreError> {
        let position = Position::read(after);
        let (mut policies, aws_after) = match (position, filter.scope) {
            (Position::Aws(after), _) => (Vec::new(), after),
            (Position::Local(_), PolicyScope::Aws) => (Vec::new(), ""),
            (Position::Local(after), PolicyScope::All | PolicyScope::Local) => {
                let (policies, next) = self.local_policies(account, filter, after, limit)?;
                if let Some(next) = next {
                    let next = Some(Position::Local(&next).to_string());
                    return Ok(PolicyPage { policies, next });
                }
                (policies, "")
            }
        };
        if filter.scope == PolicyScope::Local {
            return Ok(PolicyPage { policies, next: None });
        }
        let uses = self.aws_policy_uses(account)?;
        let mut last = aws_after.to_owned();
        for policy in aws_managed::ALL {
            let folded = policy.name.to_ascii_lowercase();
            if folded.as_str() <= aws_after {
                continue;
            }
            let policy = policy.record(uses.of(policy.id))?;
            if !filter.wants(&policy) {
                continue;
            }
            if policies.len() == limit as usize {
                let next = Some(Position::Aws(&last).to_string());
                return Ok(PolicyPage { policies, next });
            }
            policies.push(policy);
            last = folded;
        }
        Ok(PolicyPage { policies, next: None })
    }

    fn local_policies(
        &self,
        account: AccountId,
        filter: &PolicyFilter<'_>,
        after: &str,
        limit: u32,
    ) -> Result<(Vec<PolicyRecord>, Option<String>), StoreError> {
        let scan = Scan {
            statement: statements::POLICIES_AFTER,
            parameters: &[number(account).into(), after.into()],
            limit,
            filtered: leaves_out(filter.path_prefix) || filter.used_for.is_some(),
        };
        let read = |row: &dyn Row| {
            let policy = policy_record(row)?;
            Ok((policy.name.folded(), policy))
        };
        self.scan(&scan, read, |policy| filter.wants(policy))
    }
}

impl PolicyFilter<'_> {
    fn wants(&self, policy: &PolicyRecord) -> bool {
        policy.path.as_str().starts_with(self.path_prefix)
            && match self.used_for {
                None => true,
                Some(PolicyUse::Attachment) => policy.attachment_count > 0,
                Some(PolicyUse::Boundary) => policy.boundary_count > 0,
            }
    }
}

impl<'a> Position<'a> {
    fn read(text: &'a str) -> Self {
        match text.split_once('/') {
            Some(("aws", name)) => Self::Aws(name),
            Some((_, name)) => Self::Local(name),
            None => Self::Local(""),
        }
    }
}

impl std::fmt::Display for Position<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Local(name) => write!(f, "local/{name}"),
            Self::Aws(name) => write!(f, "aws/{name}"),
        }
    }
}
