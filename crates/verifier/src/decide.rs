use std::{error::Error, fmt, sync::Arc};

use keystead_types::{AccessKeyId, Principal};

use crate::{
    Authenticated,
    resource::{Resource, UserResource},
};

/// What a request does, in IAM's words: `iam:CreateUser`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Action {
    service: &'static str,
    operation: &'static str,
}

/// Proof that the rules let a principal do one thing to one resource. Only [`decide`] makes one,
/// and a write asks for it.
#[derive(Clone, Debug)]
pub struct Allowed {
    access_key_id: AccessKeyId,
    principal: Arc<Principal>,
    action: Action,
    resource: Resource,
}

/// The rules do not let the principal do it. `Display` is AWS's text for the caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denied {
    caller_arn: String,
    action: Action,
    resource: Resource,
}

/// Decides whether the caller may do `action` to `resource`.
///
/// The rules until policies exist: root and administrators may do everything within their own
/// account. Any other user may do GetCallerIdentity, and on itself GetUser and the five operations
/// on access keys. Everything else is denied, as is whatever lies in another account.
pub fn decide(caller: &Authenticated, action: Action, resource: &Resource) -> Result<Allowed, Denied> {
    check(caller.principal(), action, resource)?;
    Ok(Allowed {
        access_key_id: caller.access_key_id(),
        principal: Arc::clone(caller.principal()),
        action,
        resource: resource.clone(),
    })
}

impl Action {
    /// The action that an operation of a service needs, such as `("iam", "CreateUser")`.
    pub const fn new(service: &'static str, operation: &'static str) -> Self {
        Self { service, operation }
    }

    /// The service's prefix, such as `iam`.
    pub fn service(self) -> &'static str {
        self.service
    }

    /// The operation's name, such as `CreateUser`.
    pub fn operation(self) -> &'static str {
        self.operation
    }
}

impl Allowed {
    /// The key that signed the request; a write looks at its status again.
    pub fn access_key_id(&self) -> AccessKeyId {
        self.access_key_id
    }

    /// Who was allowed.
    pub fn principal(&self) -> &Arc<Principal> {
        &self.principal
    }

    /// What was allowed.
    pub fn action(&self) -> Action {
        self.action
    }

    /// On what it was allowed.
    pub fn resource(&self) -> &Resource {
        &self.resource
    }

    /// Decides anew for the caller as the write's own transaction sees it: since the request was
    /// let in, the caller may have lost its rights or its key may have passed to someone else.
    pub fn still_holds(&self, fresh: &Principal) -> Result<(), Denied> {
        if self.principal.account != fresh.account || self.principal.user_id() != fresh.user_id() {
            return Err(Denied::new(fresh, self.action, &self.resource));
        }
        check(fresh, self.action, &self.resource)
    }
}

impl Denied {
    fn new(principal: &Principal, action: Action, resource: &Resource) -> Self {
        Self {
            caller_arn: principal.arn(),
            action,
            resource: resource.clone(),
        }
    }

    /// The ARN of the caller that was denied.
    pub fn caller_arn(&self) -> &str {
        &self.caller_arn
    }

    /// What was denied.
    pub fn action(&self) -> Action {
        self.action
    }

    /// On what it was denied.
    pub fn resource(&self) -> &Resource {
        &self.resource
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.service, self.operation)
    }
}

impl fmt::Display for Denied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            caller_arn,
            action,
            resource,
        } = self;
        match resource {
            // AWS: the one text without a colon and without a reason.
            Resource::AccessKey { .. } => write!(
                f,
                "User: {caller_arn} is not authorized to perform {action} on resource: {resource}"
            ),
            _ => write!(
                f,
                "User: {caller_arn} is not authorized to perform: {action} on resource: {resource} \
                 because no identity-based policy allows the {action} action"
            ),
        }
    }
}

impl Error for Denied {}

fn check(principal: &Principal, action: Action, resource: &Resource) -> Result<(), Denied> {
    if is_allowed(principal, action, resource) {
        Ok(())
    } else {
        Err(Denied::new(principal, action, resource))
    }
}

fn is_allowed(principal: &Principal, action: Action, resource: &Resource) -> bool {
    // AWS: nobody can be denied to ask who they are.
    if (action.service, action.operation) == ("sts", "GetCallerIdentity") {
        return true;
    }
    if resource
        .account()
        .is_some_and(|account| account != principal.account)
    {
        return false;
    }
    if let Resource::AccessKey { owner, .. } = resource {
        return owner
            .as_ref()
            .is_some_and(|owner| is_allowed(principal, action, owner));
    }
    match principal.user() {
        None => true,
        Some(user) if user.administrator => true,
        Some(user) => {
            let itself = matches!(
                resource,
                Resource::User(UserResource { id: Some(id), .. }) if *id == user.id
            );
            itself && action.service == "iam" && SELF_SERVICE.contains(&action.operation)
        }
    }
}

/// What every user may do to itself.
const SELF_SERVICE: [&str; 6] = [
    "CreateAccessKey",
    "DeleteAccessKey",
    "GetAccessKeyLastUsed",
    "GetUser",
    "ListAccessKeys",
    "UpdateAccessKey",
];

#[cfg(test)]
mod tests;
