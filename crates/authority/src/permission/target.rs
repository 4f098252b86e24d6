use keystead_types::{AccountId, MfaDeviceArn, Path, UniqueId, arn};
use keystead_verifier::{Action, Resource, TrustPolicy};
use keystead_wire::iam::Tag;

use super::table::ResourceType;

/// What an operation is done to, and what the request brings to its decision.
pub(crate) struct Target {
    pub(crate) resource: Resource,
    /// What it becomes, where it is renamed or moved. AWS: who does that needs the permission on both.
    pub(crate) becomes: Option<Resource>,
    pub(crate) facts: Facts,
    /// What must be allowed besides the operation's own action.
    pub(crate) also: Vec<Action>,
    /// The trust policy of the role that is to be assumed.
    pub(crate) trust: Option<TrustPolicy>,
    /// The account lets its users do this, unless a policy denies it.
    pub(crate) is_granted: bool,
    /// Nothing of the kind is there, and nobody is to learn that: everybody is denied.
    pub(crate) is_hidden: bool,
}

/// The values of an operation's own condition keys. Which of them count, the operation's row says.
#[derive(Default)]
pub(crate) struct Facts {
    /// Keys and values, as they were sent.
    pub(crate) request_tags: Vec<(String, String)>,
    /// Keys of tags that are named without a value.
    pub(crate) tag_keys: Vec<String>,
    /// The policy that is attached or detached.
    pub(crate) policy_arn: Option<String>,
    /// The boundary that the request sets or, where it sets none, that the entity has.
    pub(crate) permissions_boundary: Option<String>,
    /// What is said when a role is assumed, and what the session is to be called.
    pub(crate) external_id: Option<String>,
    pub(crate) role_session_name: Option<String>,
    /// Who is said to stand behind the session, or does by the caller's own.
    pub(crate) source_identity: Option<String>,
    pub(crate) transitive_tag_keys: Vec<String>,
    /// The service for which a role is made.
    pub(crate) aws_service_name: Option<String>,
    /// The step of a passkey's registration.
    pub(crate) register_security_key: Option<&'static str>,
    /// Whose tags are the resource's.
    pub(crate) tagged: Option<Tagged>,
}

/// What has tags that policies can ask for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Tagged {
    User(UniqueId),
    Policy(UniqueId),
    Role(UniqueId),
    InstanceProfile(UniqueId),
    MfaDevice(MfaDeviceArn),
}

impl Target {
    /// A target that brings nothing along.
    pub(crate) fn new(resource: Resource) -> Self {
        Self {
            resource,
            becomes: None,
            facts: Facts::default(),
            also: Vec::new(),
            trust: None,
            is_granted: false,
            is_hidden: false,
        }
    }

    /// The account's root user.
    pub(crate) fn root(account: AccountId) -> Self {
        Self::new(Resource::new(Some(account), arn::root(account)))
    }

    /// What has no resource of its own; policies call it `*`.
    pub(crate) fn everything() -> Self {
        Self::new(Resource::everything())
    }

    /// What is not there, in such a way that nobody learns it.
    pub(crate) fn nowhere() -> Self {
        Self {
            is_hidden: true,
            ..Self::everything()
        }
    }

    /// All entities of a kind: `user`, `group`, `role` or `policy`.
    pub(crate) fn all(account: AccountId, kind: &'static str) -> Self {
        Self::new(Resource::new(
            Some(account),
            format!("arn:aws:iam::{account}:{kind}/"),
        ))
    }

    /// An entity that is to be made. Denials call it by its ARN.
    pub(crate) fn made(account: AccountId, kind: &'static str, path: &Path, name: &str) -> Self {
        Self::new(Resource::new(
            Some(account),
            format!("arn:aws:iam::{account}:{kind}{path}{name}"),
        ))
    }

    /// An entity that is there, or a name that nothing has: who may not touch it learns no difference
    /// but the path.
    pub(crate) fn named(account: AccountId, kind: &'static str, path: Option<&Path>, name: &str) -> Self {
        let path = path.map_or("/", Path::as_str);
        let resource = Resource::new(
            Some(account),
            format!("arn:aws:iam::{account}:{kind}{path}{name}"),
        );
        Self::new(resource.named(kind, name))
    }

    /// The entity will have this path and name.
    #[must_use]
    pub(crate) fn and_new(mut self, kind: &'static str, path: &Path, name: &str) -> Self {
        let new = self
            .resource
            .account()
            .map(|account| Self::made(account, kind, path, name).resource);
        self.becomes = new.filter(|new| new.arn() != self.resource.arn());
        self
    }

    #[must_use]
    pub(crate) fn with_request_tags(mut self, tags: Option<&[Tag]>) -> Self {
        let tags = tags.unwrap_or_default().iter();
        self.facts.request_tags = tags.map(|tag| (tag.key.clone(), tag.value.clone())).collect();
        self
    }

    #[must_use]
    pub(crate) fn with_session_tags<'t>(mut self, tags: impl Iterator<Item = (&'t str, &'t str)>) -> Self {
        let tags = tags.map(|(key, value)| (key.to_owned(), value.to_owned()));
        self.facts.request_tags = tags.collect();
        self
    }

    #[must_use]
    pub(crate) fn with_tag_keys(mut self, keys: &[String]) -> Self {
        self.facts.tag_keys = keys.to_vec();
        self
    }

    #[must_use]
    pub(crate) fn with_policy_arn(mut self, arn: &str) -> Self {
        self.facts.policy_arn = Some(arn.to_owned());
        self
    }

    #[must_use]
    pub(crate) fn with_boundary(mut self, arn: Option<String>) -> Self {
        self.facts.permissions_boundary = arn;
        self
    }

    #[must_use]
    pub(crate) fn with_aws_service_name(mut self, service: &str) -> Self {
        self.facts.aws_service_name = Some(service.to_owned());
        self
    }

    #[must_use]
    pub(crate) fn with_register_security_key(mut self, step: &'static str) -> Self {
        self.facts.register_security_key = Some(step);
        self
    }

    #[must_use]
    pub(crate) fn granted_if(mut self, is_granted: bool) -> Self {
        self.is_granted = is_granted;
        self
    }

    #[must_use]
    pub(crate) fn with_tags_of(mut self, tagged: Option<Tagged>) -> Self {
        self.facts.tagged = tagged;
        self
    }
}

impl Facts {
    pub(crate) fn has_request_tags(&self) -> bool {
        !self.request_tags.is_empty()
    }
}

impl ResourceType {
    /// Whether an ARN is of this type.
    pub(super) fn fits(self, arn: &str) -> bool {
        let Some(start) = self.resource_start() else {
            return arn == "*";
        };
        let resource = arn.splitn(6, ':').nth(5).unwrap_or_default();
        // An operation on the caller's own user is one on root where root calls.
        resource.starts_with(start) || (self == Self::User && resource == "root")
    }

    /// How the last part of such an ARN begins.
    fn resource_start(self) -> Option<&'static str> {
        Some(match self {
            Self::Everything => return None,
            Self::AccessReport => "access-report/",
            Self::DelegationRequest => "delegation-request/",
            Self::FederatedUser => "federated-user/",
            Self::Group | Self::Groups => "group/",
            Self::InstanceProfile => "instance-profile/",
            Self::Mfa => "mfa/",
            Self::OidcProvider => "oidc-provider/",
            Self::Policies | Self::Policy => "policy/",
            Self::Role | Self::Roles => "role/",
            Self::RoleTemplate => "role-template/",
            Self::RootUser => "root",
            Self::SamlProvider => "saml-provider/",
            Self::ServerCertificate => "server-certificate/",
            Self::SmsMfa => "sms-mfa/",
            Self::User | Self::Users => "user/",
        })
    }
}
