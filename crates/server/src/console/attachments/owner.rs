//! Users, groups and roles: the operations on the policies of each.

use std::sync::Arc;

use axum::{
    Extension,
    extract::{FromRequestParts, Path},
};
use http::request::Parts;
use keystead_wire::iam;

use super::super::{
    Shared, ask::Link, frame::Section, path, policy::document, problem::Problem, visitor::Visitor,
};
use crate::api::Refused;

/// What can have policies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum OwnerKind {
    User,
    Group,
    Role,
}

/// A user, group or role, by its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) struct Owner {
    pub(in super::super) kind: OwnerKind,
    pub(in super::super) name: String,
}

/// A managed policy, as lists of attached ones have it.
pub(in super::super) struct Attached {
    pub(in super::super) name: String,
    pub(in super::super) arn: String,
}

/// Runs the kind's operation of three that take and give the same.
macro_rules! of_kind {
    ($owner:expr, $visitor:expr, $user:ident($user_request:ident) $group:ident($group_request:ident)
        $role:ident($role_request:ident) { $($field:ident: $value:expr,)* $(..$rest:expr)? }) => {{
        let name = $owner.name.clone();
        match $owner.kind {
            OwnerKind::User => $visitor
                .perform::<iam::$user>(iam::$user_request { user_name: name, $($field: $value,)* $(..$rest)? })
                .await
                .map(Into::into),
            OwnerKind::Group => $visitor
                .perform::<iam::$group>(iam::$group_request { group_name: name, $($field: $value,)* $(..$rest)? })
                .await
                .map(Into::into),
            OwnerKind::Role => $visitor
                .perform::<iam::$role>(iam::$role_request { role_name: name, $($field: $value,)* $(..$rest)? })
                .await
                .map(Into::into),
        }
    }};
}

impl OwnerKind {
    pub(in super::super) const ALL: [Self; 3] = [Self::User, Self::Group, Self::Role];

    pub(in super::super) fn word(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Group => "group",
            Self::Role => "role",
        }
    }

    pub(in super::super) fn label(self) -> &'static str {
        match self {
            Self::User => "IAM user",
            Self::Group => "User group",
            Self::Role => "IAM role",
        }
    }

    pub(in super::super) fn section(self) -> Section {
        match self {
            Self::User => Section::Users,
            Self::Group => Section::Groups,
            Self::Role => Section::Roles,
        }
    }

    /// Whether it can have a permissions boundary.
    pub(in super::super) fn has_boundary(self) -> bool {
        self != Self::Group
    }
}

impl Owner {
    pub(in super::super) fn new(kind: OwnerKind, name: impl Into<String>) -> Self {
        Self {
            kind,
            name: name.into(),
        }
    }

    /// Its page.
    pub(in super::super) fn path(&self) -> String {
        format!("{}/{}", self.kind.section().path(), path::segment(&self.name))
    }

    /// Where its permissions are shown.
    pub(in super::super) fn shown(&self) -> String {
        match self.kind {
            OwnerKind::User | OwnerKind::Role => self.path(),
            OwnerKind::Group => self.permissions(),
        }
    }

    /// Where what can be done with its permissions begins.
    pub(in super::super) fn permissions(&self) -> String {
        format!("{}/permissions", self.path())
    }

    pub(in super::super) fn crumbs(&self) -> Vec<Link> {
        let section = self.kind.section();
        vec![
            Link::new(section.title(), section.path()),
            Link::new(self.name.as_str(), self.path()),
        ]
    }

    /// As a sentence names it.
    pub(in super::super) fn named(&self) -> String {
        format!("the {} {}", self.kind.word(), self.name)
    }

    pub(in super::super) async fn attached(&self, visitor: &Visitor) -> Result<Vec<Attached>, Refused> {
        let listed: Result<AttachedPolicies, Refused> = of_kind!(self, visitor,
            ListAttachedUserPolicies(ListAttachedUserPoliciesRequest)
            ListAttachedGroupPolicies(ListAttachedGroupPoliciesRequest)
            ListAttachedRolePolicies(ListAttachedRolePoliciesRequest) { ..Default::default() });
        let attached = listed?.0.into_iter();
        Ok(attached
            .filter_map(|policy| {
                Some(Attached {
                    name: policy.policy_name?,
                    arn: policy.policy_arn?,
                })
            })
            .collect())
    }

    pub(in super::super) async fn inline_names(&self, visitor: &Visitor) -> Result<Vec<String>, Refused> {
        let listed: Result<Names, Refused> = of_kind!(self, visitor,
            ListUserPolicies(ListUserPoliciesRequest)
            ListGroupPolicies(ListGroupPoliciesRequest)
            ListRolePolicies(ListRolePoliciesRequest) { ..Default::default() });
        Ok(listed?.0)
    }

    pub(in super::super) async fn attach(&self, visitor: &Visitor, arn: &str) -> Result<(), Refused> {
        of_kind!(self, visitor,
            AttachUserPolicy(AttachUserPolicyRequest)
            AttachGroupPolicy(AttachGroupPolicyRequest)
            AttachRolePolicy(AttachRolePolicyRequest) { policy_arn: arn.to_owned(), })
    }

    pub(super) async fn detach(&self, visitor: &Visitor, arn: &str) -> Result<(), Refused> {
        of_kind!(self, visitor,
            DetachUserPolicy(DetachUserPolicyRequest)
            DetachGroupPolicy(DetachGroupPolicyRequest)
            DetachRolePolicy(DetachRolePolicyRequest) { policy_arn: arn.to_owned(), })
    }

    /// The document of an inline policy.
    pub(super) async fn inline(&self, visitor: &Visitor, policy: &str) -> Result<String, Refused> {
        let read: Result<Document, Refused> = of_kind!(self, visitor,
            GetUserPolicy(GetUserPolicyRequest)
            GetGroupPolicy(GetGroupPolicyRequest)
            GetRolePolicy(GetRolePolicyRequest) { policy_name: policy.to_owned(), });
        Ok(document(&read?.0))
    }

    pub(in super::super) async fn put_inline(
        &self,
        visitor: &Visitor,
        policy: &str,
        document: &str,
    ) -> Result<(), Refused> {
        of_kind!(self, visitor,
        PutUserPolicy(PutUserPolicyRequest)
        PutGroupPolicy(PutGroupPolicyRequest)
        PutRolePolicy(PutRolePolicyRequest) {
            policy_name: policy.to_owned(),
            policy_document: document.to_owned(),
        })
    }

    pub(super) async fn delete_inline(&self, visitor: &Visitor, policy: &str) -> Result<(), Refused> {
        of_kind!(self, visitor,
            DeleteUserPolicy(DeleteUserPolicyRequest)
            DeleteGroupPolicy(DeleteGroupPolicyRequest)
            DeleteRolePolicy(DeleteRolePolicyRequest) { policy_name: policy.to_owned(), })
    }

    /// The ARN of its permissions boundary; groups have none.
    pub(super) async fn boundary(&self, visitor: &Visitor) -> Result<Option<String>, Refused> {
        let boundary = match self.kind {
            OwnerKind::User => {
                let user_name = Some(self.name.clone());
                let user = visitor.perform::<iam::GetUser>(iam::GetUserRequest { user_name });
                user.await?.user.permissions_boundary
            }
            OwnerKind::Role => {
                let role_name = self.name.clone();
                let role = visitor.perform::<iam::GetRole>(iam::GetRoleRequest { role_name });
                role.await?.role.permissions_boundary
            }
            OwnerKind::Group => None,
        };
        Ok(boundary.and_then(|boundary| boundary.permissions_boundary_arn))
    }

    pub(super) async fn set_boundary(&self, visitor: &Visitor, arn: &str) -> Result<(), Problem> {
        let (name, permissions_boundary) = (self.name.clone(), arn.to_owned());
        let set = match self.kind {
            OwnerKind::User => {
                visitor
                    .perform::<iam::PutUserPermissionsBoundary>(iam::PutUserPermissionsBoundaryRequest {
                        user_name: name,
                        permissions_boundary,
                    })
                    .await
            }
            OwnerKind::Role => {
                visitor
                    .perform::<iam::PutRolePermissionsBoundary>(iam::PutRolePermissionsBoundaryRequest {
                        role_name: name,
                        permissions_boundary,
                    })
                    .await
            }
            OwnerKind::Group => return Err(Problem::NotFound),
        };
        Ok(set?)
    }

    pub(super) async fn remove_boundary(&self, visitor: &Visitor) -> Result<(), Problem> {
        let name = self.name.clone();
        let removed = match self.kind {
            OwnerKind::User => {
                let input = iam::DeleteUserPermissionsBoundaryRequest { user_name: name };
                visitor.perform::<iam::DeleteUserPermissionsBoundary>(input).await
            }
            OwnerKind::Role => {
                let input = iam::DeleteRolePermissionsBoundaryRequest { role_name: name };
                visitor.perform::<iam::DeleteRolePermissionsBoundary>(input).await
            }
            OwnerKind::Group => return Err(Problem::NotFound),
        };
        Ok(removed?)
    }
}

/// What the operations of the three kinds answer, as one type.
struct AttachedPolicies(Vec<iam::AttachedPolicy>);
struct Names(Vec<String>);
struct Document(String);

macro_rules! one_type {
    ($($answer:ident => $one:ident($field:ident);)*) => {$(
        impl From<iam::$answer> for $one {
            fn from(answer: iam::$answer) -> Self {
                Self(answer.$field.into())
            }
        }
    )*};
    (lists $($answer:ident;)*) => {$(
        impl From<iam::$answer> for AttachedPolicies {
            fn from(answer: iam::$answer) -> Self {
                Self(answer.attached_policies.unwrap_or_default())
            }
        }
    )*};
}

one_type! { lists
    ListAttachedUserPoliciesResponse;
    ListAttachedGroupPoliciesResponse;
    ListAttachedRolePoliciesResponse;
}

one_type! {
    ListUserPoliciesResponse => Names(policy_names);
    ListGroupPoliciesResponse => Names(policy_names);
    ListRolePoliciesResponse => Names(policy_names);
    GetUserPolicyResponse => Document(policy_document);
    GetGroupPolicyResponse => Document(policy_document);
    GetRolePolicyResponse => Document(policy_document);
}

impl FromRequestParts<Arc<Shared>> for Owner {
    type Rejection = Problem;

    /// From the address: its routes carry the kind, and its name is the address's first parameter.
    async fn from_request_parts(parts: &mut Parts, shared: &Arc<Shared>) -> Result<Self, Problem> {
        let Extension(kind) = Extension::<OwnerKind>::from_request_parts(parts, shared)
            .await
            .map_err(|_| Problem::NotFound)?;
        let Path(name) = Path::<String>::from_request_parts(parts, shared)
            .await
            .map_err(|_| Problem::NotFound)?;
        Ok(Self { kind, name })
    }
}
