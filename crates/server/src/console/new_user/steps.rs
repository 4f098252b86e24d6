//! What is done for a user that has just been made, one operation after the other.

use keystead_wire::{Sensitive, iam};

use super::{super::visitor::Visitor, Typed};
use crate::api::Refused;

/// Something that was done, or was refused.
pub(super) struct Step {
    pub(super) text: String,
    pub(super) refused: Option<Refused>,
}

impl Step {
    pub(super) fn done(text: String) -> Self {
        Self { text, refused: None }
    }

    fn of<T>(result: Result<T, Refused>, done: String, undone: String) -> Self {
        match result {
            Ok(_) => Self::done(done),
            Err(refused) => Self {
                text: undone,
                refused: Some(refused),
            },
        }
    }
}

/// Sets the password; whether that was done.
pub(super) async fn set_password(
    visitor: &Visitor,
    typed: &Typed,
    password: &Sensitive<String>,
    steps: &mut Vec<Step>,
) -> bool {
    let set = visitor
        .perform::<iam::CreateLoginProfile>(iam::CreateLoginProfileRequest {
            user_name: Some(typed.name.clone()),
            password: Some(password.clone()),
            password_reset_required: Some(typed.must_change),
        })
        .await;
    let is_set = set.is_ok();
    steps.push(Step::of(
        set,
        "Console password set".to_owned(),
        "Console password not set".to_owned(),
    ));
    is_set
}

/// Adds the user to its groups.
pub(super) async fn join_groups(visitor: &Visitor, typed: &Typed, steps: &mut Vec<Step>) {
    for group in &typed.groups {
        let joined = visitor
            .perform::<iam::AddUserToGroup>(iam::AddUserToGroupRequest {
                group_name: group.clone(),
                user_name: typed.name.clone(),
            })
            .await;
        steps.push(Step::of(
            joined,
            format!("Added to the group {group}"),
            format!("Not added to the group {group}"),
        ));
    }
}

/// Attaches the policies to the user.
pub(super) async fn attach_policies(visitor: &Visitor, typed: &Typed, steps: &mut Vec<Step>) {
    for policy in &typed.policies {
        let attached = visitor
            .perform::<iam::AttachUserPolicy>(iam::AttachUserPolicyRequest {
                user_name: typed.name.clone(),
                policy_arn: policy.clone(),
            })
            .await;
        steps.push(Step::of(
            attached,
            format!("Policy {policy} attached"),
            format!("Policy {policy} not attached"),
        ));
    }
}
