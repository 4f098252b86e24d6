use std::fmt;

use crate::{Decode, Encode, Service};

/// What AWS's model says about one operation.
pub struct Operation {
    /// Its service.
    pub service: Service,
    /// Its name: the parameter `Action`, and the action of a policy after the service's name.
    pub name: &'static str,
    /// The element around its output, or `None` when it has no output.
    pub result_wrapper: Option<&'static str>,
    /// Codes and HTTP statuses of the errors that the model lists. Any operation can answer with
    /// the errors common to all besides.
    pub errors: &'static [(&'static str, u16)],
    /// The lists of the output that a page cuts, empty when the answer has no pages.
    pub pages: &'static [&'static str],
    /// Whether a request must be signed. Only two operations of STS take an unsigned one.
    pub signed: bool,
}

/// An operation as a type: what it takes, what it gives.
pub trait Operate {
    /// The input. `()` for an operation that takes none.
    type Input: Decode + Encode + Send + 'static;
    /// The output. `()` for an operation that gives none.
    type Output: Encode + Send + 'static;
    /// What the model says about it.
    const OPERATION: &'static Operation;
}

impl Operation {
    /// Whether the operation only reads, which its name tells.
    pub fn is_read_only(&self) -> bool {
        const READING: [&str; 5] = ["Get", "List", "Simulate", "Generate", "Decode"];
        READING.iter().any(|prefix| self.name.starts_with(prefix))
    }
}

impl PartialEq for Operation {
    fn eq(&self, other: &Self) -> bool {
        (self.service, self.name) == (other.service, other.name)
    }
}

impl Eq for Operation {}

impl fmt::Display for Operation {
    /// `iam:CreateUser`, as policies write it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.service.signing_name(), self.name)
    }
}

impl fmt::Debug for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Declares the operations of one service: a type each, and the table of all, sorted by name.
macro_rules! operations {
    ($service:ident; $($name:ident($input:ty) -> $output:ty {
        $(result: $result:literal,)? $(unsigned: $unsigned:tt,)? errors: $errors:expr, pages: $pages:expr $(,)?
    })*) => {
        $(
            #[doc = concat!("The operation `", stringify!($name), "`.")]
            #[derive(Clone, Copy, Debug)]
            pub struct $name;

            impl $crate::Operate for $name {
                type Input = $input;
                type Output = $output;
                const OPERATION: &'static $crate::Operation = &$crate::Operation {
                    service: $crate::Service::$service,
                    name: stringify!($name),
                    result_wrapper: $crate::operation::first(&[$($result)?]),
                    errors: $errors,
                    pages: $pages,
                    signed: $crate::operation::first(&[$(stringify!($unsigned))?]).is_none(),
                };
            }
        )*

        /// Every operation of the service, by name.
        pub static OPERATIONS: &[&$crate::Operation] = &[$(<$name as $crate::Operate>::OPERATION,)*];
    };
}
pub(crate) use operations;

/// What an optional part of the `operations` macro gave, if it was there.
pub(crate) const fn first(given: &[&'static str]) -> Option<&'static str> {
    match given {
        [first, ..] => Some(first),
        [] => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{iam, sts};

    #[test]
    fn an_operation_carries_the_facts_of_its_model() {
        let create = iam::CreateAccessKey::OPERATION;
        assert_eq!(create.to_string(), "iam:CreateAccessKey");
        assert_eq!(create.result_wrapper, Some("CreateAccessKeyResult"));
        assert_eq!(
            create.errors,
            [
                ("NoSuchEntity", 404),
                ("LimitExceeded", 409),
                ("ServiceFailure", 500)
            ]
        );
        assert!(create.signed && create.pages.is_empty() && !create.is_read_only());
        assert_eq!(iam::DeleteAccessKey::OPERATION.result_wrapper, None);
        assert_eq!(iam::ListAccessKeys::OPERATION.pages, ["AccessKeyMetadata"]);
        assert!(sts::GetCallerIdentity::OPERATION.is_read_only());
    }

    #[test]
    fn two_operations_take_an_unsigned_request() {
        let unsigned: Vec<&str> = Service::ALL
            .into_iter()
            .flat_map(Service::operations)
            .filter(|operation| !operation.signed)
            .map(|operation| operation.name)
            .collect();
        assert_eq!(unsigned, ["AssumeRoleWithSAML", "AssumeRoleWithWebIdentity"]);
    }
}
