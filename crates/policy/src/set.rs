//! Policies that take part in a decision together.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::action::{ActionPattern, Actions, RequestedAction, Service};
use crate::context::Key;
use crate::guard::Guard;
use crate::index::{Bucket, Index};
use crate::pattern::Pattern;
use crate::policy::Policy;
use crate::statement::{Effect, Statement};

/// All policies of one type (the identity policies of a principal, one boundary, one level of control policies).
#[derive(Debug, Default)]
pub struct PolicySet {
    policies: Vec<Arc<Policy>>,
    index: Index,
    /// Statements for any service: `*`, `*:Name`, `NotAction`.
    general: Bucket,
    candidates: Box<[Candidate]>,
}

/// Where a statement stands: its policy's index, and its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    pub policy: u32,
    pub statement: u32,
}

/// A statement that may concern the actions of a bucket.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Candidate {
    pub place: Place,
    /// Whether it is known to name every action of the bucket.
    pub named: bool,
    pub guard: Guard,
}

/// The candidates of one action: those that name it letter by letter, those that may match it by wildcards, and those for any
/// service. A statement may be among several.
pub(crate) struct Candidates<'s> {
    pub deny: [&'s [Candidate]; 3],
    pub allow: [&'s [Candidate]; 3],
}

impl PolicySet {
    /// Indexes the policies by action. Their order is kept: a decision names a policy by its index.
    pub fn new(policies: Vec<Arc<Policy>>) -> Self {
        let mut groups: BTreeMap<Group, Vec<(Effect, Candidate)>> = BTreeMap::new();
        for (place, statement) in statements_of(&policies) {
            let guard = statement.guard();
            for (group, named) in groups_of(&statement.actions) {
                let candidate = Candidate { place, named, guard };
                groups
                    .entry(group)
                    .or_default()
                    .push((statement.effect(), candidate));
            }
        }
        let mut candidates = Vec::new();
        let mut general = Bucket::default();
        let mut named = Vec::new();
        for (group, mut members) in groups {
            // Those that deny come first; within an effect the order of the documents stays. Of a statement that comes twice the
            // one that is known to name the action is kept.
            members.sort_by_key(|(effect, candidate)| {
                (*effect == Effect::Allow, candidate.place, !candidate.named)
            });
            members.dedup_by_key(|(_, candidate)| candidate.place);
            let denies = members
                .iter()
                .filter(|(effect, _)| *effect == Effect::Deny)
                .count();
            let bucket = Bucket {
                start: short(candidates.len()),
                allows: short(candidates.len() + denies),
                end: short(candidates.len() + members.len()),
            };
            candidates.extend(members.into_iter().map(|(_, candidate)| candidate));
            match group {
                Group::General => general = bucket,
                Group::Named(name) => named.push((name, bucket)),
            }
        }
        Self {
            policies,
            index: Index::new(named),
            general,
            candidates: candidates.into(),
        }
    }

    /// The policies in the order given.
    pub fn policies(&self) -> &[Arc<Policy>] {
        &self.policies
    }

    /// Whether a condition key or a variable of any policy begins with this, in whatever case (`aws:ResourceTag/`), so that a
    /// caller need not load what nobody asks for.
    pub fn asks_for(&self, prefix: &str) -> bool {
        let mut keys = self.policies.iter().flat_map(|policy| policy.keys());
        keys.any(|name| Key::new(&name.lowered).strip_prefix(prefix).is_some())
    }

    /// About how much memory the set takes, its policies included.
    pub fn memory_bytes(&self) -> usize {
        let policies: usize = self.policies.iter().map(|policy| policy.memory_bytes()).sum();
        size_of::<Self>()
            + policies
            + self.index.memory_bytes()
            + size_of_val::<[Candidate]>(&self.candidates)
    }

    pub(crate) fn candidates(&self, action: RequestedAction<'_>) -> Candidates<'_> {
        let (exact, service) = self.index.find(action);
        let buckets = [
            exact.unwrap_or_default(),
            service.unwrap_or_default(),
            self.general,
        ];
        Candidates {
            deny: buckets.map(|bucket| self.range(bucket.start, bucket.allows)),
            allow: buckets.map(|bucket| self.range(bucket.allows, bucket.end)),
        }
    }

    pub(crate) fn statement(&self, at: Place) -> Option<(&Policy, &Statement)> {
        let policy = self.policies.get(at.policy as usize)?;
        Some((policy, policy.statements().get(at.statement as usize)?))
    }

    /// All statements in the order of the documents.
    pub(crate) fn statements(&self) -> impl Iterator<Item = (Place, &Statement)> {
        statements_of(&self.policies)
    }

    fn range(&self, start: u32, end: u32) -> &[Candidate] {
        self.candidates
            .get(start as usize..end as usize)
            .unwrap_or_default()
    }
}

/// Which requests a candidate is for.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Group {
    General,
    /// `service:name`, or a service alone for its wildcards.
    Named(Box<str>),
}

/// With each group, whether the statement names every action of it.
fn groups_of(actions: &Actions) -> Vec<(Group, bool)> {
    if actions.excluding {
        return vec![(Group::General, false)];
    }
    let group = |action: &ActionPattern| match action {
        ActionPattern::Every => (Group::General, true),
        ActionPattern::One { service, name } => (Group::Named(format!("{service}:{name}").into()), true),
        ActionPattern::Some { service, name } => {
            let all = matches!(name, Pattern::Any);
            match service {
                Service::Every => (Group::General, all),
                Service::One(service) => (Group::Named(service.clone()), all),
            }
        }
    };
    actions.named.iter().map(group).collect()
}

fn statements_of(policies: &[Arc<Policy>]) -> impl Iterator<Item = (Place, &Statement)> {
    policies.iter().enumerate().flat_map(|(policy, compiled)| {
        let numbered = compiled.statements().iter().enumerate();
        numbered.map(move |(statement, compiled)| {
            let place = Place {
                policy: short(policy),
                statement: short(statement),
            };
            (place, compiled)
        })
    })
}

/// A set never holds so many that this is not exact: a document has 131,072 characters.
fn short(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
