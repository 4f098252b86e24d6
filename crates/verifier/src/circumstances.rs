use std::{net::IpAddr, sync::Arc};

use keystead_policy::{Context, Key, Value};
use keystead_types::{Identity, Principal, Timestamp};

use crate::Permissions;

/// What a request brings with it besides its caller and its parameters, as the server knows it.
#[derive(Clone, Debug)]
pub struct Circumstances {
    /// When it came.
    pub now: Timestamp,
    /// The client's address: the socket's, or what a trusted proxy states.
    pub source: IpAddr,
    /// Whether the client's connection is encrypted, up to here or to a trusted proxy.
    pub secure_transport: bool,
    /// Its `User-Agent`, empty when there was none.
    pub user_agent: Arc<str>,
    /// Its `Referer`, if it had one.
    pub referer: Option<Arc<str>>,
    /// Whether it brought a one-time code of the caller's, and the code was checked.
    pub one_time_code: bool,
}

/// Keys that belong to the service and to what is asked: `iam:PolicyARN`, `aws:RequestTag/…`.
///
/// They are asked only for keys that the verifier does not answer itself, so that no parameter of a
/// request passes for a fact about its caller.
pub trait ServiceKeys {
    /// The value of a key, or `None` where the request has none.
    fn get<'a>(&'a self, key: &Key<'_>) -> Option<Value<'a>>;
}

/// A request without keys of its own.
impl ServiceKeys for () {
    fn get<'a>(&'a self, _: &Key<'_>) -> Option<Value<'a>> {
        None
    }
}

/// All condition keys of one request.
pub(crate) struct RequestKeys<'a> {
    pub(crate) permissions: &'a Permissions,
    pub(crate) circumstances: &'a Circumstances,
    /// The region that the service is in.
    pub(crate) region: &'a str,
    pub(crate) resource_account: &'a str,
    pub(crate) service: &'a dyn ServiceKeys,
}

impl Context for RequestKeys<'_> {
    fn get<'a>(&'a self, key: &Key<'_>) -> Option<Value<'a>> {
        let Some(name) = key.strip_prefix("aws:") else {
            return self.service.get(key);
        };
        let Circumstances {
            now,
            source,
            secure_transport,
            user_agent,
            referer,
            one_time_code,
        } = self.circumstances;
        let session = self.permissions.session().map(|session| &**session);
        let mfa_at = match one_time_code {
            true => Some(*now),
            false => session.and_then(|session| session.mfa_at),
        };
        let principal: &Principal = self.permissions.principal();
        Some(match name {
            "currenttime" => Value::Date(now.seconds()),
            "epochtime" => Value::Integer(now.seconds()),
            "sourceip" => Value::Address(*source),
            "securetransport" => Value::Bool(*secure_transport),
            "useragent" => Value::Text(user_agent),
            "referer" => Value::Text(referer.as_deref()?),
            "requestedregion" => Value::Text(self.region),
            "resourceaccount" => Value::Text(self.resource_account),
            "principalarn" => Value::Text(self.permissions.principal_arn()),
            "principalaccount" => Value::Text(self.permissions.held().account_text()),
            "principaltype" => Value::Text(match principal.identity {
                Identity::Root => "Account",
                Identity::User(_) => "User",
                Identity::RoleSession(_) => "AssumedRole",
                Identity::FederatedUser(_) => "FederatedUser",
            }),
            "userid" => Value::Text(&self.permissions.named().user_id),
            // AWS: absent, not false, for a long-term key.
            "multifactorauthpresent" if session.is_some() || mfa_at.is_some() => {
                Value::Bool(mfa_at.is_some())
            }
            "multifactorauthage" => Value::Integer(now.seconds() - mfa_at?.seconds()),
            "tokenissuetime" => Value::Date(session?.issued_at.seconds()),
            "sourceidentity" => Value::Text(session?.source_identity.as_ref()?.as_str()),
            "username" => Value::Text(principal.user()?.name.as_str()),
            "principalisawsservice" | "viaawsservice" => Value::Bool(false),
            _ => match name.strip_prefix("principaltag/") {
                Some(tag) => Value::Text(self.permissions.tag(tag)?),
                None if IDENTITY_KEYS.contains(&name) => return None,
                None => return self.service.get(key),
            },
        })
    }
}

/// Keys that say something about a caller and have no value for this one: a long-term key has no session, and
/// whatever a service answers for them would be an impersonation.
const IDENTITY_KEYS: [&str; 12] = [
    "assumedroot",
    "calledvia",
    "calledviafirst",
    "calledvialast",
    "federatedprovider",
    "multifactorauthpresent",
    "principalorgid",
    "principalorgpaths",
    "principalservicename",
    "principalservicenameslist",
    "sourceaccount",
    "sourcearn",
];
