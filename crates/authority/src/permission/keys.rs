use keystead_policy::{Key, Value};
use keystead_verifier::ServiceKeys;

use super::{
    table::Row,
    target::{Facts, Tagged},
};

/// The family of a resource's tags.
const RESOURCE_TAG: &str = "aws:resourcetag/";
/// The same by IAM's older name, for users and roles.
const IAM_RESOURCE_TAG: &str = "iam:resourcetag/";

/// The condition keys of one operation, as far as its row has them.
pub(super) struct OperationKeys<'a> {
    row: &'a Row,
    facts: &'a Facts,
    tag_keys: Vec<&'a str>,
    transitive_tag_keys: Vec<&'a str>,
    /// Keys in lower case.
    resource_tags: Vec<(String, String)>,
}

impl<'a> OperationKeys<'a> {
    /// `resource_tags` have their keys in lower case.
    pub(super) fn new(row: &'a Row, facts: &'a Facts, resource_tags: Vec<(String, String)>) -> Self {
        let of_tags = facts.request_tags.iter().map(|(key, _)| key.as_str());
        let named = facts.tag_keys.iter().map(String::as_str);
        Self {
            row,
            facts,
            tag_keys: of_tags.chain(named).collect(),
            transitive_tag_keys: facts.transitive_tag_keys.iter().map(String::as_str).collect(),
            resource_tags,
        }
    }
}

impl ServiceKeys for OperationKeys<'_> {
    fn get<'a>(&'a self, key: &Key<'_>) -> Option<Value<'a>> {
        let name = key.as_str();
        let is_principal = matches!(self.facts.tagged, Some(Tagged::User(_) | Tagged::Role(_)));
        let older = || name.strip_prefix(IAM_RESOURCE_TAG).filter(|_| is_principal);
        if let Some(tag) = name.strip_prefix(RESOURCE_TAG).or_else(older) {
            let mut tags = self.resource_tags.iter();
            return tags
                .find(|(key, _)| key == tag)
                .map(|(_, value)| Value::Text(value));
        }
        if !self.row.has_key(name) {
            return None;
        }
        if let Some(tag) = name.strip_prefix("aws:requesttag/") {
            let mut tags = self.facts.request_tags.iter();
            return tags
                .find(|(key, _)| key.eq_ignore_ascii_case(tag))
                .map(|(_, value)| Value::Text(value));
        }
        match name {
            "aws:tagkeys" => list(&self.tag_keys),
            "sts:externalid" => self.facts.external_id.as_deref().map(Value::Text),
            "sts:rolesessionname" => self.facts.role_session_name.as_deref().map(Value::Text),
            "sts:sourceidentity" => self.facts.source_identity.as_deref().map(Value::Text),
            "sts:transitivetagkeys" => list(&self.transitive_tag_keys),
            "iam:awsservicename" => self.facts.aws_service_name.as_deref().map(Value::Text),
            "iam:registersecuritykey" => self.facts.register_security_key.map(Value::Text),
            "iam:policyarn" => self.facts.policy_arn.as_deref().map(Value::Text),
            "iam:permissionsboundary" => self.facts.permissions_boundary.as_deref().map(Value::Text),
            _ => None,
        }
    }
}

/// A key with several values, which is absent where there are none.
fn list<'a>(values: &'a [&'a str]) -> Option<Value<'a>> {
    (!values.is_empty()).then_some(Value::List(values))
}
