//! One statement, compiled, and whether it matches a request.

use crate::action::{ActionPattern, Actions, RequestedAction};
use crate::arn;
use crate::condition::Condition;
use crate::document::{Either, PrincipalType, RawEffect, RawPrincipal, RawStatement, Text};
use crate::guard::Guard;
use crate::keys::{Interner, Lookup, Missing};
use crate::malformed::Span;
use crate::pattern::{Mode, Pattern};
use crate::principal::{Named, Principals};

/// `Allow` or `Deny`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Effect {
    /// Allows what matches, where nothing denies it.
    Allow,
    /// Denies what matches, whatever allows it.
    Deny,
}

/// One compiled statement.
#[derive(Debug)]
pub struct Statement {
    sid: Option<Box<str>>,
    pub(crate) effect: Effect,
    span: Span,
    pub(crate) principals: Option<Principals>,
    pub(crate) actions: Actions,
    /// `None` in trust policies: there is only the role.
    pub(crate) resources: Option<Resources>,
    conditions: Box<[Condition]>,
}

#[derive(Debug)]
pub(crate) struct Resources {
    /// `NotResource`.
    pub excluding: bool,
    pub named: Box<[Pattern]>,
}

impl Statement {
    /// The `Sid`, if it has one.
    pub fn sid(&self) -> Option<&str> {
        self.sid.as_deref()
    }

    /// Whether it allows or denies.
    pub fn effect(&self) -> Effect {
        self.effect
    }

    /// Where the statement stands in its document.
    pub fn span(&self) -> Span {
        self.span
    }

    pub(crate) fn compile(raw: &RawStatement, span: Span, variables: bool, keys: &mut Interner) -> Self {
        let principals = raw.principal.as_ref().map(|either| Principals {
            excluding: either.not,
            named: either.value.iter().filter_map(compile_principal).collect(),
        });
        let resources = raw
            .resource
            .as_ref()
            .map(|either| Resources::compile(either, variables, keys));
        let conditions = raw.conditions.iter().map(|condition| {
            let values: Vec<&str> = condition.values.iter().map(|value| value.text.as_str()).collect();
            Condition::compile(condition.operator, &condition.key, &values, variables, keys)
        });
        Self {
            sid: raw.sid.as_ref().map(|sid| sid.text.as_str().into()),
            effect: match raw.effect {
                RawEffect::Allow => Effect::Allow,
                // Validation has refused the wrong case; of two ways to be wrong, denying is the safe one.
                RawEffect::Deny | RawEffect::WrongCase => Effect::Deny,
            },
            span,
            principals,
            actions: Actions {
                excluding: raw.action.as_ref().is_some_and(|either| either.not),
                named: raw
                    .action
                    .iter()
                    .flat_map(|either| &either.value)
                    .map(|action| ActionPattern::compile(&action.text))
                    .collect(),
            },
            conditions: conditions.collect(),
            resources,
        }
    }

    /// What is cheap to see of its resources.
    pub(crate) fn guard(&self) -> Guard {
        match &self.resources {
            Some(resources) if !resources.excluding => Guard::of(&resources.named),
            _ => Guard::default(),
        }
    }

    pub(crate) fn match_action(&self, action: RequestedAction<'_>) -> bool {
        self.actions.match_action(action)
    }

    pub(crate) fn match_resource<'r, 'p: 'r, M: Missing<'p>>(
        &'p self,
        resource: &str,
        lookup: &mut Lookup<'r, 'p, M>,
    ) -> bool {
        match &self.resources {
            Some(resources) => resources.matches(resource, lookup),
            None => true,
        }
    }

    pub(crate) fn match_conditions<'r, 'p: 'r, M: Missing<'p>>(
        &'p self,
        lookup: &mut Lookup<'r, 'p, M>,
    ) -> bool {
        if M::ALL {
            let failed = self
                .conditions
                .iter()
                .filter(|condition| !condition.holds(lookup));
            return failed.count() == 0;
        }
        self.conditions.iter().all(|condition| condition.holds(lookup))
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        let principals = self.principals.as_ref().map_or(0, |principals| {
            let texts: usize = principals.named.iter().map(Named::memory_bytes).sum();
            texts + size_of_val::<[Named]>(&principals.named)
        });
        let resources = self.resources.as_ref().map_or(0, |resources| {
            let texts: usize = resources.named.iter().map(Pattern::memory_bytes).sum();
            texts + size_of_val::<[Pattern]>(&resources.named)
        });
        let conditions: usize = self.conditions.iter().map(Condition::memory_bytes).sum();
        let sid = self.sid.as_ref().map_or(0, |sid| sid.len());
        size_of::<Self>() + sid + principals + self.actions.memory_bytes() + resources + conditions
    }
}

impl Resources {
    fn compile(either: &Either<Vec<Text>>, variables: bool, keys: &mut Interner) -> Self {
        let named = either.value.iter().map(|resource| {
            let arn = arn::expanded(&resource.text);
            Pattern::compile_resource(&arn, variables, keys)
        });
        Self {
            excluding: either.not,
            named: named.collect(),
        }
    }

    /// A `NotResource` with a variable that has no value matches no resource, rather than all others.
    fn matches<'r, 'p: 'r, M: Missing<'p>>(&'p self, resource: &str, lookup: &mut Lookup<'r, 'p, M>) -> bool {
        let mut named = self.named.iter();
        if self.excluding {
            named.all(|pattern| pattern.has_value(lookup) && !pattern.matches(resource, Mode::Arn, lookup))
        } else {
            named.any(|pattern| pattern.matches(resource, Mode::Arn, lookup))
        }
    }
}

fn compile_principal(raw: &RawPrincipal) -> Option<Named> {
    let name = raw.name.text.as_str();
    match raw.kind {
        PrincipalType::Everyone => Some(Named::Everyone),
        PrincipalType::Aws => Named::aws(name),
        PrincipalType::Service => Some(Named::Service(name.into())),
        PrincipalType::Federated => Some(Named::Federated(name.into())),
        PrincipalType::CanonicalUser => Some(Named::CanonicalUser),
    }
}
