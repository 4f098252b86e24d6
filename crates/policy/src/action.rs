//! `Action` and `NotAction`.

use crate::keys::Interner;
use crate::pattern::{Mode, Pattern, Special};

#[derive(Debug)]
pub(crate) struct Actions {
    /// `NotAction`.
    pub excluding: bool,
    pub named: Box<[ActionPattern]>,
}

/// An action of a policy, in lower case.
#[derive(Debug)]
pub(crate) enum ActionPattern {
    /// `*`
    Every,
    /// `service:Name`
    One { service: Box<str>, name: Box<str> },
    /// A name with wildcards.
    Some { service: Service, name: Pattern },
}

/// Services have no wildcards but `*` alone.
#[derive(Debug)]
pub(crate) enum Service {
    Every,
    One(Box<str>),
}

/// The requested action, taken apart.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RequestedAction<'a> {
    pub service: &'a str,
    pub name: &'a str,
}

impl<'a> RequestedAction<'a> {
    /// Without a colon it is nobody's action, which only `*` matches.
    pub(crate) fn parse(action: &'a str) -> Self {
        let (service, name) = action.split_once(':').unwrap_or(("", action));
        Self { service, name }
    }
}

impl Actions {
    pub(crate) fn match_action(&self, action: RequestedAction<'_>) -> bool {
        self.named.iter().any(|named| named.matches(action)) != self.excluding
    }

    /// Whether some action of this service may match.
    pub(crate) fn concern_service(&self, service: &str) -> bool {
        if !self.excluding {
            return self.named.iter().any(|named| named.concerns_service(service));
        }
        // What is excluded name by name leaves others.
        !self.named.iter().any(|named| match named {
            ActionPattern::Every => true,
            ActionPattern::Some {
                service: Service::Every,
                name,
            } => matches!(name, Pattern::Any),
            ActionPattern::Some {
                service: Service::One(own),
                name,
            } => own.eq_ignore_ascii_case(service) && matches!(name, Pattern::Any),
            ActionPattern::One { .. } => false,
        })
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        let texts: usize = self.named.iter().map(ActionPattern::memory_bytes).sum();
        texts + size_of_val::<[ActionPattern]>(&self.named)
    }
}

impl ActionPattern {
    /// An action has wildcards and no variables.
    pub(crate) fn compile(text: &str) -> Self {
        let lowered = text.to_ascii_lowercase();
        let Some((service, name)) = lowered.split_once(':') else {
            // Validation leaves `*` alone without a colon.
            return Self::Every;
        };
        let special = Special {
            wildcards: true,
            variables: false,
        };
        let one = |service: &str| match service {
            "*" => Service::Every,
            _ => Service::One(service.into()),
        };
        match (
            one(service),
            Pattern::compile(name, special, &mut Interner::default()),
        ) {
            (Service::One(service), Pattern::Literal(name)) => Self::One { service, name },
            (service, name) => Self::Some { service, name },
        }
    }

    pub(crate) fn matches(&self, action: RequestedAction<'_>) -> bool {
        match self {
            Self::Every => true,
            Self::One { service, name } => {
                name.eq_ignore_ascii_case(action.name) && service.eq_ignore_ascii_case(action.service)
            }
            Self::Some { service, name } => {
                service.is(action.service) && name.matches_literally(action.name, Mode::IgnoreCase)
            }
        }
    }

    fn concerns_service(&self, wanted: &str) -> bool {
        match self {
            Self::Every => true,
            Self::One { service, .. } => service.eq_ignore_ascii_case(wanted),
            Self::Some { service, .. } => service.is(wanted),
        }
    }

    fn memory_bytes(&self) -> usize {
        match self {
            Self::Every => 0,
            Self::One { service, name } => service.len() + name.len(),
            Self::Some { service, name } => {
                let service = match service {
                    Service::Every => 0,
                    Service::One(service) => service.len(),
                };
                service + name.memory_bytes()
            }
        }
    }
}

impl Service {
    fn is(&self, service: &str) -> bool {
        match self {
            Self::Every => true,
            Self::One(own) => own.eq_ignore_ascii_case(service),
        }
    }
}
