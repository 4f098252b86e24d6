//! What one policy set says about a request, on its own.

use crate::action::RequestedAction;
use crate::keys::{Lookup, Missing};
use crate::policy::Policy;
use crate::principal::Reach;
use crate::request::Request;
use crate::resource::RequestedResource;
use crate::set::{Candidate, Place, PolicySet};
use crate::statement::{Effect, Statement};

/// The statements that decide: of those that match, the first of each effect; of those that allow, the first of those that
/// reach furthest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Verdict {
    pub deny: Option<Place>,
    pub allow: Option<Grant>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Grant {
    pub statement: Place,
    pub reach: Reach,
}

/// What all sets of a decision are asked.
#[derive(Clone, Copy)]
pub(crate) struct Question<'q> {
    pub request: &'q Request<'q>,
    pub action: RequestedAction<'q>,
    pub resource: RequestedResource<'q>,
    /// Whether the caller has a permissions boundary.
    pub bounded: bool,
}

/// Whose policies a set holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Holder {
    /// The caller, its session or its organisation: statements need not say whom they are about.
    Caller,
    /// The resource: a statement that names nobody allows nobody, and denies everyone.
    Resource,
}

impl<'q> Question<'q> {
    pub(crate) fn new(request: &'q Request<'q>, bounded: bool) -> Self {
        Self {
            request,
            action: RequestedAction::parse(request.action),
            resource: RequestedResource::parse(request.resource),
            bounded,
        }
    }

    pub(crate) fn ask<'p, M: Missing<'p>>(
        self,
        set: &'p PolicySet,
        holder: Holder,
        missing: &mut M,
    ) -> Verdict {
        let candidates = set.candidates(self.action, self.resource);
        let admitted = |candidate: &&Candidate| candidate.guard.admits(self.resource);
        let mut verdict = Verdict::default();
        // `for_each`, because a `for` over a chain asks again at each step which of its links it is in.
        candidates.lists(Effect::Deny).for_each(|list| {
            let before = |candidate: &&Candidate| verdict.deny.is_none_or(|found| candidate.place < found);
            let found = list
                .iter()
                .take_while(before)
                .filter(admitted)
                .find(|candidate| self.ask_one(set, candidate, holder, missing).is_some());
            if let Some(found) = found {
                verdict.deny = Some(found.place);
            }
        });
        if verdict.deny.is_some() {
            return verdict;
        }
        candidates.lists(Effect::Allow).for_each(|list| {
            for candidate in list {
                let statement = candidate.place;
                let best = verdict.allow.filter(|found| found.statement < statement);
                if best.is_some_and(|found| found.reach == Reach::Caller) {
                    break;
                }
                if !admitted(&candidate) {
                    continue;
                }
                let Some(reach) = self.ask_one(set, candidate, holder, missing) else {
                    continue;
                };
                let better = |found: Grant| {
                    reach > found.reach || (reach == found.reach && statement < found.statement)
                };
                if verdict.allow.is_none_or(better) {
                    verdict.allow = Some(Grant { statement, reach });
                }
            }
        });
        verdict
    }

    /// For a candidate whose guard admits the resource.
    fn ask_one<'p, M: Missing<'p>>(
        self,
        set: &'p PolicySet,
        candidate: &Candidate,
        holder: Holder,
        missing: &mut M,
    ) -> Option<Reach> {
        let (policy, statement) = set.statement(candidate.place)?;
        (candidate.named || statement.match_action(self.action)).then_some(())?;
        self.reach(policy, statement, holder, missing)
    }

    /// How far the statement reaches the caller; `None` where it does not match.
    pub(crate) fn matches<'p, M: Missing<'p>>(
        self,
        policy: &'p Policy,
        statement: &'p Statement,
        holder: Holder,
        missing: &mut M,
    ) -> Option<Reach> {
        statement.match_action(self.action).then_some(())?;
        self.reach(policy, statement, holder, missing)
    }

    /// The same for a statement whose action matches.
    fn reach<'p, M: Missing<'p>>(
        self,
        policy: &'p Policy,
        statement: &'p Statement,
        holder: Holder,
        missing: &mut M,
    ) -> Option<Reach> {
        let denies = statement.effect == Effect::Deny;
        let reach = match &statement.principals {
            Some(principals) => principals.reach(&self.request.principal, denies, self.bounded)?,
            None => (holder == Holder::Caller || denies).then_some(Reach::Caller)?,
        };
        let mut lookup = Lookup {
            context: self.request.context,
            keys: policy.keys(),
            missing,
        };
        let matches = statement.match_resource(self.resource.text, &mut lookup)
            && statement.match_conditions(&mut lookup);
        matches.then_some(reach)
    }
}

#[cfg(test)]
mod tests;
