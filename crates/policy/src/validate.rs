//! AWS's checks after the syntax, in the order that the recorded answers show: each goes over the whole document before the
//! next begins, so an earlier one hides later ones.

use std::collections::HashSet;

use crate::arn;
use crate::date::Instant;
use crate::document::{Document, PrincipalType, RawEffect, RawPrincipal, RawStatement, Text, Version};
use crate::malformed::{Breach, Check};
use crate::operator::Comparison;
use crate::policy::DocumentKind;
use crate::principal::Named;

type Checked = Result<(), Breach>;

/// Every check of this kind of document.
pub(crate) fn validate(document: &Document, kind: DocumentKind) -> Checked {
    match kind {
        DocumentKind::Managed | DocumentKind::Session => {
            require_version(document)?;
            validate_identity(document)
        }
        DocumentKind::Inline => validate_identity(document),
        DocumentKind::Trust => validate_trust(document),
        DocumentKind::Resource => validate_resource(document),
    }
}

fn validate_identity(document: &Document) -> Checked {
    each(document, legacy)?;
    each(document, no_principal)?;
    sids(document, true)?;
    each(document, has_actions)?;
    each(document, resources)?;
    each(document, has_resources)?;
    each(document, actions)
}

fn validate_trust(document: &Document) -> Checked {
    each(document, legacy)?;
    each(document, nothing_prohibited)?;
    each(document, trust_has_principals)?;
    each(document, principals)?;
    sids(document, true)?;
    each(document, has_actions)?;
    each(document, trust_actions)
}

/// Other services' own rules for what their policies may name are theirs.
fn validate_resource(document: &Document) -> Checked {
    each(document, legacy)?;
    each(document, resource_has_principals)?;
    each(document, principals)?;
    sids(document, false)?;
    each(document, has_actions)?;
    each(document, resources)?;
    each(document, actions)
}

fn each(document: &Document, check: fn(&RawStatement) -> Checked) -> Checked {
    document.statements.iter().try_for_each(check)
}

fn require_version(document: &Document) -> Checked {
    if document.version == Version::Current {
        return Ok(());
    }
    let text = "Policy document must be version 2012-10-17 or greater.";
    Err(Breach::new(Check::VersionRequired, text, 0))
}

/// What the older of AWS's two parsers refuses.
fn legacy(statement: &RawStatement) -> Checked {
    let refused = |check, start| Err(Breach::new(check, "The policy failed legacy parsing", start));
    if statement.effect == RawEffect::WrongCase {
        return refused(Check::EffectCase, statement.effect_start);
    }
    for condition in &statement.conditions {
        if matches!(condition.operator.comparison, Comparison::Date { .. }) {
            let bad = condition
                .values
                .iter()
                .find(|value| Instant::parse(&value.text).is_none());
            if let Some(value) = bad {
                return refused(Check::Date, value.start);
            }
        }
    }
    match texts(&statement.resource).find(|resource| arn::fails_legacy_parsing(&resource.text)) {
        Some(resource) => refused(Check::LegacyArn, resource.start),
        None => Ok(()),
    }
}

fn no_principal(statement: &RawStatement) -> Checked {
    let Some(principal) = &statement.principal else {
        return Ok(());
    };
    let text = "Policy document should not specify a principal.";
    Err(Breach::new(Check::PrincipalForbidden, text, principal.start))
}

/// Policies of identities and roles allow letters and digits; those of some services allow more.
fn sids(document: &Document, alphanumeric: bool) -> Checked {
    let sids = || {
        document
            .statements
            .iter()
            .filter_map(|statement| statement.sid.as_ref())
    };
    let strange = sids().find(|sid| !sid.text.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    if let Some(sid) = strange.filter(|_| alphanumeric) {
        let text = "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*";
        return Err(Breach::new(Check::SidCharacters, text, sid.start));
    }
    let mut seen = HashSet::new();
    let again = sids().find(|sid| !sid.text.is_empty() && !seen.insert(sid.text.as_str()));
    match again {
        Some(sid) => {
            let text = "Statement IDs (SID) in a single policy must be unique.";
            Err(Breach::new(Check::SidUnique, text, sid.start))
        }
        None => Ok(()),
    }
}

fn has_actions(statement: &RawStatement) -> Checked {
    if texts(&statement.action).next().is_some() {
        return Ok(());
    }
    let text = "Policy statement must contain actions.";
    Err(Breach::new(Check::ActionsMissing, text, statement.start))
}

fn resources(statement: &RawStatement) -> Checked {
    for resource in texts(&statement.resource) {
        if let Some((check, text)) = arn::fault(&resource.text) {
            return Err(Breach::new(check, text, resource.start));
        }
    }
    Ok(())
}

fn has_resources(statement: &RawStatement) -> Checked {
    if texts(&statement.resource).next().is_some() {
        return Ok(());
    }
    let text = "Policy statement must contain resources.";
    Err(Breach::new(Check::ResourcesMissing, text, statement.start))
}

fn actions(statement: &RawStatement) -> Checked {
    for action in texts(&statement.action) {
        let (check, text) = match action.text.split_once(':') {
            None if action.text == "*" => continue,
            None => (
                Check::ActionVendorMissing,
                "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.".to_owned(),
            ),
            Some((_, name)) if name.contains(':') => (
                Check::ActionColons,
                "Actions/Condition can contain only one colon.".to_owned(),
            ),
            Some((vendor, _)) if vendor == "*" || is_vendor(vendor) => continue,
            Some((vendor, _)) => (Check::ActionVendor, format!("Vendor {vendor} is not valid")),
        };
        return Err(Breach::new(check, text, action.start));
    }
    Ok(())
}

fn is_vendor(vendor: &str) -> bool {
    vendor
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.'))
}

fn nothing_prohibited(statement: &RawStatement) -> Checked {
    let resource = statement
        .resource
        .as_ref()
        .map(|either| (either.not, either.start, "Resource"));
    let principal = statement
        .principal
        .as_ref()
        .filter(|either| either.not)
        .map(|either| (true, either.start, "Principal"));
    match resource.or(principal) {
        Some((not, start, name)) => {
            let not = if not { "Not" } else { "" };
            Err(Breach::new(
                Check::FieldForbidden,
                format!("Has prohibited field {not}{name}"),
                start,
            ))
        }
        None => Ok(()),
    }
}

fn trust_has_principals(statement: &RawStatement) -> Checked {
    let text = "Invalid principal in policy: com.amazon.balsa.error.InvalidPolicyException: \
                The passed in policy has a statement with no principals!";
    has_principals(statement, text)
}

fn resource_has_principals(statement: &RawStatement) -> Checked {
    has_principals(statement, "Missing required field Principal")
}

fn has_principals(statement: &RawStatement, text: &str) -> Checked {
    match &statement.principal {
        Some(either) if !either.value.is_empty() => Ok(()),
        _ => Err(Breach::new(Check::PrincipalMissing, text, statement.start)),
    }
}

/// Whether a principal exists is for whoever keeps principals to say.
fn principals(statement: &RawStatement) -> Checked {
    let named = statement.principal.iter().flat_map(|either| &either.value);
    for RawPrincipal { kind, name } in named {
        let (valid, element) = match kind {
            PrincipalType::Everyone => (true, ""),
            PrincipalType::Aws => (Named::aws(&name.text).is_some(), "AWS"),
            PrincipalType::Service => (!name.text.is_empty(), "Service"),
            PrincipalType::Federated => (!name.text.is_empty(), "Federated"),
            PrincipalType::CanonicalUser => (!name.text.is_empty(), "CanonicalUser"),
        };
        if !valid {
            let text = format!("Invalid principal in policy: \"{element}\":\"{}\"", name.text);
            return Err(Breach::new(Check::Principal, text, name.start));
        }
    }
    Ok(())
}

fn trust_actions(statement: &RawStatement) -> Checked {
    const NAMES: [&str; 6] = [
        "assumerole",
        "assumerolewithsaml",
        "assumerolewithwebidentity",
        "setcontext",
        "setsourceidentity",
        "tagsession",
    ];
    let of_sts = |action: &&Text| {
        let lowered = action.text.to_ascii_lowercase();
        let name = lowered.strip_prefix("sts:");
        name.is_some_and(|name| name.contains(['*', '?']) || NAMES.contains(&name))
    };
    match texts(&statement.action).find(|action| !of_sts(action)) {
        Some(action) => {
            let text = "AssumeRole policy may only specify STS AssumeRole actions.";
            Err(Breach::new(Check::TrustAction, text, action.start))
        }
        None => Ok(()),
    }
}

fn texts(either: &Option<crate::document::Either<Vec<Text>>>) -> impl Iterator<Item = &Text> {
    either.iter().flat_map(|either| &either.value)
}

#[cfg(test)]
mod tests;
