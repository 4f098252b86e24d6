//! Policies that take part in a decision together.

use std::collections::{BTreeMap, BTreeSet};
use std::iter;
use std::sync::Arc;

use crate::action::{ActionPattern, Actions, RequestedAction, Service};
use crate::context::Key;
use crate::guard::Guard;
use crate::index::{Bucket, Entry, Index, Wildcards};
use crate::pattern::Pattern;
use crate::policy::Policy;
use crate::resource::RequestedResource;
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

/// A statement that concerns the actions of a bucket.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Candidate {
    pub place: Place,
    /// Whether it is known to match every action of the bucket; where not, its actions are yet to be looked at.
    pub named: bool,
    pub guard: Guard,
}

/// The candidates of one action: those that name it letter by letter, those that match it by wildcards of its service, and
/// those for any service. A statement may be among several.
pub(crate) struct Candidates<'s, 'q> {
    set: &'s PolicySet,
    action: RequestedAction<'q>,
    resource: RequestedResource<'q>,
    exact: Bucket,
    wildcards: &'s [Wildcards],
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
        let mut entries = Vec::new();
        let mut services: BTreeMap<Box<str>, Vec<Wildcards>> = BTreeMap::new();
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
                Group::Action(name) => entries.push((name, Entry::Action(bucket))),
                Group::Wildcards { service, names } => {
                    let names = names.into();
                    services
                        .entry(service)
                        .or_default()
                        .push(Wildcards { names, bucket });
                }
            }
        }
        let services = services.into_iter();
        entries.extend(services.map(|(service, wildcards)| (service, Entry::Service(wildcards.into()))));
        Self {
            policies,
            index: Index::new(entries),
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

    pub(crate) fn candidates<'q>(
        &self,
        action: RequestedAction<'q>,
        resource: RequestedResource<'q>,
    ) -> Candidates<'_, 'q> {
        let (exact, wildcards) = self.index.find(action);
        Candidates {
            set: self,
            action,
            resource,
            exact,
            wildcards,
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

    fn part(&self, bucket: Bucket, effect: Effect) -> &[Candidate] {
        let (start, end) = match effect {
            Effect::Deny => (bucket.start, bucket.allows),
            Effect::Allow => (bucket.allows, bucket.end),
        };
        self.candidates
            .get(start as usize..end as usize)
            .unwrap_or_default()
    }
}

impl<'s> Candidates<'s, '_> {
    /// Those of this effect, list by list; each list is in the order of the documents.
    pub(crate) fn lists(&self, effect: Effect) -> impl Iterator<Item = &'s [Candidate]> {
        let Self {
            set,
            action,
            resource,
            exact,
            wildcards,
        } = *self;
        // Of a statement that shares its wildcards with no other the guard is looked at first, which is quicker than names.
        let may_match = move |list: &[Candidate]| match list {
            [] => false,
            [only] => only.guard.admits(resource),
            _ => true,
        };
        let by_wildcards = wildcards.iter().filter_map(move |of_service| {
            let list = set.part(of_service.bucket, effect);
            (may_match(list) && of_service.match_name(action.name)).then_some(list)
        });
        iter::once(set.part(exact, effect))
            .chain(by_wildcards)
            .chain(iter::once(set.part(set.general, effect)))
    }
}

/// Which requests a candidate is for.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Group {
    General,
    /// `service:name`
    Action(Box<str>),
    Wildcards {
        service: Box<str>,
        names: Vec<Pattern>,
    },
}

/// With each group, whether the statement matches every action of it. A statement is in one group of wildcards for each service,
/// so that it is asked once for them, however many match.
fn groups_of(actions: &Actions) -> Vec<(Group, bool)> {
    if actions.excluding {
        return vec![(Group::General, false)];
    }
    let mut groups = Vec::new();
    let mut wildcards: BTreeMap<Box<str>, BTreeSet<Pattern>> = BTreeMap::new();
    for action in &actions.named {
        match action {
            ActionPattern::Every => groups.push((Group::General, true)),
            ActionPattern::One { service, name } => {
                groups.push((Group::Action(format!("{service}:{name}").into()), true));
            }
            ActionPattern::Some { service, name } => match service {
                Service::Every => groups.push((Group::General, matches!(name, Pattern::Any))),
                Service::One(service) => {
                    let names = wildcards.entry(service.clone()).or_default();
                    names.insert(name.clone());
                }
            },
        }
    }
    groups.extend(wildcards.into_iter().map(|(service, names)| {
        let names = names.into_iter().collect();
        (Group::Wildcards { service, names }, true)
    }));
    groups
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
