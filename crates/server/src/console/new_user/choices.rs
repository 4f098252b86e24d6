//! The groups and policies that a user can be given.

use keystead_wire::iam;

use super::super::visitor::Visitor;
use crate::api::Refused;

/// Choices that a form shows; further ones are typed.
const SHOWN: i32 = 50;

/// What can be chosen.
pub(super) struct Choices {
    pub(super) choices: Vec<Choice>,
    /// Whether there is more than is shown.
    pub(super) has_more: bool,
    /// What was chosen and is not shown, for the field of further ones.
    pub(super) typed: String,
}

/// Something that can be chosen.
pub(super) struct Choice {
    /// What the form sends.
    pub(super) value: String,
    pub(super) name: String,
    pub(super) is_chosen: bool,
}

impl Choices {
    /// The groups of the account.
    pub(super) async fn groups(visitor: &Visitor, chosen: &[String]) -> Result<Self, Refused> {
        let listed = visitor
            .perform::<iam::ListGroups>(iam::ListGroupsRequest {
                max_items: Some(SHOWN),
                ..Default::default()
            })
            .await?;
        let named = listed
            .groups
            .into_iter()
            .map(|group| (group.group_name.clone(), group.group_name));
        Ok(Self::new(named, listed.marker.is_some(), chosen))
    }

    /// The policies that can be attached.
    pub(super) async fn policies(visitor: &Visitor, chosen: &[String]) -> Result<Self, Refused> {
        let listed = visitor
            .perform::<iam::ListPolicies>(iam::ListPoliciesRequest {
                max_items: Some(SHOWN),
                ..Default::default()
            })
            .await?;
        let named = listed
            .policies
            .unwrap_or_default()
            .into_iter()
            .filter_map(|policy| policy.arn.zip(policy.policy_name));
        Ok(Self::new(named, listed.marker.is_some(), chosen))
    }

    fn new(named: impl Iterator<Item = (String, String)>, has_more: bool, chosen: &[String]) -> Self {
        let choices: Vec<Choice> = named
            .map(|(value, name)| Choice {
                is_chosen: chosen.contains(&value),
                value,
                name,
            })
            .collect();
        let is_shown = |wanted: &&String| choices.iter().any(|choice| choice.value == **wanted);
        let typed: Vec<&str> = chosen
            .iter()
            .filter(|wanted| !is_shown(wanted))
            .map(String::as_str)
            .collect();
        Self {
            typed: typed.join(" "),
            has_more: has_more || !typed.is_empty(),
            choices,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_typed_stays_in_the_form() {
        let named = [("a", "A"), ("b", "B")].map(|(value, name)| (value.to_owned(), name.to_owned()));
        let chosen = ["b".to_owned(), "c".to_owned()];
        let choices = Choices::new(named.into_iter(), false, &chosen);
        let is_chosen: Vec<bool> = choices.choices.iter().map(|choice| choice.is_chosen).collect();
        assert_eq!(is_chosen, [false, true]);
        assert_eq!(choices.typed, "c");
        assert!(choices.has_more);
    }
}
