//! What is wrong with a policy document, before anybody asks for it to be stored.

use keystead_policy::{Check, DocumentKind, Policy, counted_characters};
use keystead_types::limits;

/// What a document is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PolicyUse {
    /// A managed policy.
    Managed,
    /// A policy that belongs to one user, group or role.
    Inline,
    /// The trust policy of a role.
    Trust,
}

/// What was found about a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyCheck {
    /// Its length as the quota counts it: in characters without white space.
    pub characters: usize,
    /// The quota for one document. Inline policies have one for all of their owner together.
    pub characters_max: Option<usize>,
    /// The first thing that is wrong with it.
    pub fault: Option<PolicyFault>,
}

/// What is wrong with a document, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyFault {
    /// In the words of the operations that store documents.
    pub text: String,
    /// The rule that is broken, where those words leave it open.
    pub rule: Option<&'static str>,
    /// Counted from 1.
    pub line: u32,
    /// Counted from 1, in characters.
    pub column: u32,
}

/// Reads a document as the operation does that would store it. What depends on other things than the document, such as
/// whether a principal exists, only that operation finds.
pub fn check_policy(text: &str, purpose: PolicyUse) -> PolicyCheck {
    let (kind, characters_max) = match purpose {
        PolicyUse::Managed => (DocumentKind::Managed, Some(limits::MANAGED_POLICY_CHARACTERS)),
        PolicyUse::Inline => (DocumentKind::Inline, None),
        PolicyUse::Trust => (DocumentKind::Trust, Some(limits::TRUST_POLICY_CHARACTERS)),
    };
    let fault = Policy::parse(text, kind).err().map(|malformed| {
        let position = malformed.position();
        PolicyFault {
            text: malformed.to_string(),
            rule: rule(malformed.check()),
            line: position.line,
            column: position.column,
        }
    });
    PolicyCheck {
        characters: counted_characters(text),
        characters_max: characters_max.map(|max| max as usize),
        fault,
    }
}

impl PolicyCheck {
    /// Whether the document is longer than its quota.
    pub fn is_too_long(&self) -> bool {
        self.characters_max.is_some_and(|max| self.characters > max)
    }

    /// Whether nothing is wrong with it.
    pub fn is_fit(&self) -> bool {
        self.fault.is_none() && !self.is_too_long()
    }
}

/// The rules that AWS has one text for.
fn rule(check: Check) -> Option<&'static str> {
    Some(match check {
        Check::Json => "The text is not JSON from here on.",
        Check::Nesting => "It is nested deeper than a policy can be.",
        Check::DuplicateKey => "The same key is there twice.",
        Check::ElementType => "The value is of the wrong type here.",
        Check::UnknownElement => "There is no such element; upper and lower case count.",
        Check::VersionUnknown => "Version is \"2012-10-17\" or \"2008-10-17\".",
        Check::StatementMissing => "There is no statement.",
        Check::Effect => "Effect is \"Allow\" or \"Deny\".",
        Check::BothForms => "An element and its Not form exclude each other.",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIT: &str =
        r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}"#;

    #[test]
    fn a_document_is_read_as_what_it_is_for() {
        let managed = check_policy(FIT, PolicyUse::Managed);
        assert!(managed.is_fit(), "{managed:?}");
        assert_eq!(managed.characters_max, Some(6144));
        assert!(check_policy(FIT, PolicyUse::Inline).is_fit());
        assert!(!check_policy(FIT, PolicyUse::Trust).is_fit());
    }

    #[test]
    fn a_fault_has_a_place_and_a_rule() {
        let found = check_policy("{\n  \"Version\": \"2012-10-17\",,\n}", PolicyUse::Managed);
        let fault = found.fault.unwrap();
        assert_eq!((fault.line, fault.text.as_str()), (2, "Syntax errors in policy."));
        assert!(fault.rule.is_some());
    }

    #[test]
    fn what_is_longer_than_the_quota_is_not_fit() {
        let long = FIT.replace(
            r#""Action": "*""#,
            &format!(r#""Action": "s3:{}""#, "a".repeat(6200)),
        );
        let found = check_policy(&long, PolicyUse::Managed);
        assert!(found.is_too_long() && !found.is_fit());
        assert!(found.fault.is_none(), "{found:?}");
    }
}
