use crate::{Operation, iam, sts};

/// An AWS service that Keystead speaks. Closed on purpose: a request is for one of these or for none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Service {
    /// Identity and Access Management.
    Iam,
    /// Security Token Service.
    Sts,
}

impl Service {
    /// Every service.
    pub const ALL: [Self; 2] = [Self::Iam, Self::Sts];

    /// The service's name in a credential scope and before the colon of an action.
    pub fn signing_name(self) -> &'static str {
        match self {
            Self::Iam => "iam",
            Self::Sts => "sts",
        }
    }

    /// The only API version of the service, as the parameter `Version` names it.
    pub fn version(self) -> &'static str {
        match self {
            Self::Iam => iam::VERSION,
            Self::Sts => sts::VERSION,
        }
    }

    /// The XML namespace of the service's answers.
    pub fn namespace(self) -> &'static str {
        match self {
            Self::Iam => "https://iam.amazonaws.com/doc/2010-05-08/",
            Self::Sts => "https://sts.amazonaws.com/doc/2011-06-15/",
        }
    }

    /// Where AWS describes the service's API.
    pub fn documentation(self) -> &'static str {
        match self {
            Self::Iam => "https://docs.aws.amazon.com/IAM/latest/APIReference/",
            Self::Sts => "https://docs.aws.amazon.com/STS/latest/APIReference/",
        }
    }

    /// `eventSource` of an audit record.
    pub fn event_source(self) -> &'static str {
        match self {
            Self::Iam => "iam.amazonaws.com",
            Self::Sts => "sts.amazonaws.com",
        }
    }

    /// Every operation of the service's model, by name.
    pub fn operations(self) -> &'static [&'static Operation] {
        match self {
            Self::Iam => iam::OPERATIONS,
            Self::Sts => sts::OPERATIONS,
        }
    }

    /// The operation of this name.
    pub fn operation(self, name: &str) -> Option<&'static Operation> {
        let operations = self.operations();
        let index = operations
            .binary_search_by(|operation| operation.name.cmp(name))
            .ok()?;
        operations.get(index).copied()
    }

    pub(crate) fn of_version(version: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|service| service.version() == version)
    }

    /// The service with this signing name.
    pub fn of_signing_name(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|service| service.signing_name() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_is_found_by_its_name_and_no_other() {
        for (service, count) in [(Service::Iam, 180), (Service::Sts, 11)] {
            assert_eq!(service.operations().len(), count);
            for operation in service.operations() {
                assert_eq!(service.operation(operation.name), Some(*operation));
                assert_eq!(operation.service, service);
            }
        }
        for name in ["", "listusers", "ListUsers ", "GetCallerIdentity"] {
            assert_eq!(Service::Iam.operation(name), None, "{name:?}");
        }
    }
}
