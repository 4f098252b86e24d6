//! Who wants to do what to which resource.

use crate::context::Context;

/// One action on one resource. A call that acts on several resources is several requests, all of which must be allowed.
#[derive(Clone, Copy)]
pub struct Request<'a> {
    /// Who asks.
    pub principal: Principal<'a>,
    /// `service:Name`, in any case.
    pub action: &'a str,
    /// The ARN, or `*` for an action that names no resource.
    pub resource: &'a str,
    /// The account that owns the resource. `None`: the account in the resource's ARN, and where it has none, the caller's own.
    pub resource_account: Option<&'a str>,
    /// The values of the condition keys.
    pub context: &'a dyn Context,
}

/// The verified caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Principal<'a> {
    /// What kind of caller this is.
    pub kind: PrincipalKind<'a>,
    /// The caller's account, twelve digits; empty for callers without one. An empty account is never the resource's.
    pub account: &'a str,
    /// The caller's own ARN: of the user, of the session (`arn:aws:sts::A:assumed-role/R/S`), of the account's root; else empty.
    pub arn: &'a str,
    /// The user's unique id (`AIDA…`); `None` for callers that are not an IAM user.
    pub unique_id: Option<&'a str>,
}

/// The kinds of caller that policies tell apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PrincipalKind<'a> {
    /// The root user of an account, or a session of it.
    Root,
    /// An IAM user, by its own key or a `GetSessionToken` session.
    User,
    /// A session of a role, however it was assumed.
    RoleSession {
        /// The role's ARN, with its path.
        role_arn: &'a str,
        /// The role's unique id (`AROA…`).
        role_id: &'a str,
    },
    /// A `GetFederationToken` session.
    FederatedUser {
        /// The ARN of the IAM user (or root user) that made the session.
        user_arn: &'a str,
        /// That user's unique id (`AIDA…`; the account for root).
        user_id: &'a str,
    },
    /// An AWS service.
    Service {
        /// `lambda.amazonaws.com`
        name: &'a str,
    },
    /// A caller with a token of an identity provider and no AWS identity yet (AssumeRoleWithWebIdentity, …WithSAML).
    Federated {
        /// The provider's ARN, or its name for the providers without one (`accounts.google.com`).
        provider: &'a str,
    },
    /// An unsigned request.
    Anonymous,
}
