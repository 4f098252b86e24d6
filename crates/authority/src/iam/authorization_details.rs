//! The whole account in pages: its users, its groups, its roles, its policies and those of AWS that it uses.

use keystead_store::{
    AttachedPolicyRecord, GroupRecord, InlinePolicyRecord, PolicyFilter, PolicyRecord, PolicyScope, Reader,
    RoleRecord, Store, UserRecord,
};
use keystead_types::{AccountId, PolicyOwner, Principal, arn, limits};
use keystead_verifier::Verifier;
use keystead_wire::{
    iam::{
        AttachedPolicy, GetAccountAuthorizationDetails, GetAccountAuthorizationDetailsRequest,
        GetAccountAuthorizationDetailsResponse, GroupDetail, ManagedPolicyDetail, PolicyDetail, RoleDetail,
        UserDetail,
    },
    percent_encode,
};

use super::{
    instance_profile,
    page::{Page, PageRequest},
    permissions_boundary::{self, boundary_arn},
    policy::count,
    policy_attachment, policy_version,
    role::last_used,
    tag, trust_policy,
};
use crate::{
    operation::{Implemented, Read, Refusal, Scene},
    permission::Target,
};

impl Implemented for GetAccountAuthorizationDetails {
    type Object = ();

    fn find(
        _: &Reader<'_>,
        _: &GetAccountAuthorizationDetailsRequest,
        _: &Principal,
    ) -> Result<(Target, ()), Refusal> {
        Ok((Target::everything(), ()))
    }
}

impl Read for GetAccountAuthorizationDetails {
    fn read(
        reader: &Reader<'_>,
        (): (),
        input: &GetAccountAuthorizationDetailsRequest,
        scene: &Scene,
    ) -> Result<GetAccountAuthorizationDetailsResponse, Refusal> {
        let filter = input.filter.as_deref().unwrap_or_default();
        let filters: Vec<&str> = filter.iter().map(String::as_str).collect();
        let page = PageRequest::of::<Self>(scene, &filters, input.marker.as_deref(), input.max_items)?;
        let mut details = Details {
            reader,
            verifier: &scene.verifier,
            account: scene.caller.account,
            entries_left: page.entries_max,
            bytes_left: limits::AUTHORIZATION_DETAILS_BYTES_MAX,
            users: Vec::new(),
            groups: Vec::new(),
            roles: Vec::new(),
            policies: Vec::new(),
        };
        let next = details.fill(&Kind::wanted(&filters), &page.after)?;
        let Page { marker, is_truncated } = page.end(next);
        Ok(GetAccountAuthorizationDetailsResponse {
            user_detail_list: Some(details.users),
            group_detail_list: Some(details.groups),
            role_detail_list: Some(details.roles),
            policies: Some(details.policies),
            is_truncated,
            marker,
        })
    }
}

/// The lists, in the order in which the pages go through them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    User,
    Group,
    Role,
    LocalPolicy,
    AwsPolicy,
}

impl Kind {
    const ALL: [Self; 5] = [
        Self::User,
        Self::Group,
        Self::Role,
        Self::LocalPolicy,
        Self::AwsPolicy,
    ];

    /// What a filter asks for; without one, everything.
    fn wanted(filter: &[&str]) -> Vec<Self> {
        let wanted = |kind: &Self| filter.is_empty() || filter.contains(&kind.word());
        Self::ALL.into_iter().filter(wanted).collect()
    }

    /// The filter's word for it.
    fn word(self) -> &'static str {
        match self {
            Self::User => "User",
            Self::Group => "Group",
            Self::Role => "Role",
            Self::LocalPolicy => "LocalManagedPolicy",
            Self::AwsPolicy => "AWSManagedPolicy",
        }
    }
}

/// A page while it is filled. Entries are read one at a time, since one may be as large as a page.
struct Details<'r, 's> {
    reader: &'r Reader<'s>,
    verifier: &'r Verifier<Store>,
    account: AccountId,
    entries_left: u32,
    bytes_left: usize,
    users: Vec<UserDetail>,
    groups: Vec<GroupDetail>,
    roles: Vec<RoleDetail>,
    policies: Vec<ManagedPolicyDetail>,
}

impl Details<'_, '_> {
    /// Fills the page from the position `after`: the word of a list and a position in it. Gives back where
    /// the next page begins.
    fn fill(&mut self, kinds: &[Kind], after: &str) -> Result<Option<String>, Refusal> {
        let (word, mut after) = after.split_once(' ').unwrap_or_default();
        let is_before = |kind: &&Kind| !word.is_empty() && kind.word() != word;
        for kind in kinds.iter().skip_while(is_before) {
            let mut position = std::mem::take(&mut after).to_owned();
            loop {
                if self.is_full() {
                    return Ok(Some(format!("{} {position}", kind.word())));
                }
                match self.add_one(*kind, &position)? {
                    Some(next) => position = next,
                    None => break,
                }
            }
        }
        Ok(None)
    }

    fn is_full(&self) -> bool {
        self.entries_left == 0 || self.bytes_left == 0
    }

    /// Adds the entry after a position, and says where the one behind it begins.
    fn add_one(&mut self, kind: Kind, after: &str) -> Result<Option<String>, Refusal> {
        let (reader, account) = (self.reader, self.account);
        match kind {
            Kind::User => {
                let page = reader.users_page(account, after, "", 1)?;
                for user in &page.users {
                    let detail = self.user(user)?;
                    self.users.push(detail);
                    self.entries_left -= 1;
                }
                Ok(page.next)
            }
            Kind::Group => {
                let page = reader.groups_page(account, after, "", 1)?;
                for group in &page.groups {
                    let detail = self.group(group)?;
                    self.groups.push(detail);
                    self.entries_left -= 1;
                }
                Ok(page.next)
            }
            Kind::Role => {
                let page = reader.roles_page(account, after, "", 1)?;
                for role in &page.roles {
                    let detail = self.role(role)?;
                    self.roles.push(detail);
                    self.entries_left -= 1;
                }
                Ok(page.next)
            }
            Kind::LocalPolicy => self.add_policy(PolicyScope::Local, after),
            Kind::AwsPolicy => self.add_policy(PolicyScope::Aws, after),
        }
    }

    fn add_policy(&mut self, scope: PolicyScope, after: &str) -> Result<Option<String>, Refusal> {
        let filter = PolicyFilter {
            scope,
            path_prefix: "",
            used_for: None,
        };
        let page = self.reader.policies_page(self.account, &filter, after, 1)?;
        let in_use = |policy: &&PolicyRecord| {
            policy.owner != PolicyOwner::Aws || policy.attachment_count > 0 || policy.boundary_count > 0
        };
        for policy in page.policies.iter().filter(in_use) {
            let detail = self.policy(policy)?;
            self.policies.push(detail);
            self.entries_left -= 1;
        }
        Ok(page.next)
    }

    fn user(&mut self, user: &UserRecord) -> Result<UserDetail, Refusal> {
        let (reader, account) = (self.reader, self.account);
        let groups = reader.groups_of_user(account, user.id)?;
        let inline = self.inline(reader.inline_policies(account, user.id)?);
        let boundary = boundary_arn(reader, account, user.boundary)?;
        let tags = tag::shapes(reader.tags(account, user.id)?);
        Ok(UserDetail {
            path: Some(user.path.to_string()),
            user_name: Some(user.name.to_string()),
            user_id: Some(user.id.to_string()),
            arn: Some(arn::user(account, &user.path, &user.name)),
            create_date: Some(user.created_at),
            // AWS leaves this list out for none, other than the rest.
            user_policy_list: Some(inline).filter(|policies| !policies.is_empty()),
            group_list: Some(groups.iter().map(|group| group.name.to_string()).collect()),
            attached_managed_policies: Some(attached(&reader.attached_policies(account, user.id)?)),
            permissions_boundary: boundary.map(permissions_boundary::shape),
            tags: Some(tags.unwrap_or_default()),
        })
    }

    fn group(&mut self, group: &GroupRecord) -> Result<GroupDetail, Refusal> {
        let (reader, account) = (self.reader, self.account);
        let inline = self.inline(reader.inline_policies(account, group.id)?);
        Ok(GroupDetail {
            path: Some(group.path.to_string()),
            group_name: Some(group.name.to_string()),
            group_id: Some(group.id.to_string()),
            arn: Some(arn::group(account, &group.path, &group.name)),
            create_date: Some(group.created_at),
            group_policy_list: Some(inline),
            attached_managed_policies: Some(attached(&reader.attached_policies(account, group.id)?)),
        })
    }

    fn role(&mut self, role: &RoleRecord) -> Result<RoleDetail, Refusal> {
        let (reader, account) = (self.reader, self.account);
        let trust_policy = trust_policy::shown(reader, &role.trust_policy)?;
        self.spend(trust_policy.len());
        let profiles = match role.instance_profile_count {
            0 => Vec::new(),
            count => {
                let found = reader.instance_profiles_of_role_page(account, role.id, "", count)?;
                found.instance_profiles
            }
        };
        let mut instance_profile_list = Vec::with_capacity(profiles.len());
        for profile in &profiles {
            let (profile, bytes) = instance_profile::shape(reader, profile)?;
            self.spend(bytes);
            instance_profile_list.push(profile);
        }
        let inline = self.inline(reader.inline_policies(account, role.id)?);
        let boundary = boundary_arn(reader, account, role.boundary)?;
        let tags = tag::shapes(reader.tags(account, role.id)?);
        Ok(RoleDetail {
            path: Some(role.path.to_string()),
            role_name: Some(role.name.to_string()),
            role_id: Some(role.id.to_string()),
            arn: Some(arn::role(account, &role.path, &role.name)),
            create_date: Some(role.created_at),
            assume_role_policy_document: Some(percent_encode(&trust_policy)),
            instance_profile_list: Some(instance_profile_list),
            role_policy_list: Some(inline),
            attached_managed_policies: Some(attached(&reader.attached_policies(account, role.id)?)),
            permissions_boundary: boundary.map(permissions_boundary::shape),
            tags: Some(tags.unwrap_or_default()),
            role_last_used: Some(last_used(reader, self.verifier, role)?),
        })
    }

    fn policy(&mut self, policy: &PolicyRecord) -> Result<ManagedPolicyDetail, Refusal> {
        let versions = self.reader.policy_versions(self.account, policy.id)?;
        self.spend(versions.iter().map(|version| version.document.len()).sum());
        let shape = |version| policy_version::with_document(version, policy.default_version);
        Ok(ManagedPolicyDetail {
            policy_name: Some(policy.name.to_string()),
            policy_id: Some(policy.id.to_string()),
            arn: Some(policy.arn().to_string()),
            path: Some(policy.path.to_string()),
            default_version_id: Some(policy.default_version.to_string()),
            attachment_count: count(policy.attachment_count),
            permissions_boundary_usage_count: count(policy.boundary_count),
            is_attachable: Some(true),
            description: policy.description.clone(),
            create_date: Some(policy.created_at),
            update_date: Some(policy.updated_at),
            policy_version_list: Some(versions.iter().map(shape).collect()),
        })
    }

    fn inline(&mut self, policies: Vec<InlinePolicyRecord>) -> Vec<PolicyDetail> {
        self.spend(policies.iter().map(|policy| policy.document.len()).sum());
        policies
            .into_iter()
            .map(|policy| PolicyDetail {
                policy_name: Some(policy.name.to_string()),
                policy_document: Some(percent_encode(&policy.document)),
            })
            .collect()
    }

    fn spend(&mut self, bytes: usize) {
        self.bytes_left = self.bytes_left.saturating_sub(bytes);
    }
}

fn attached(policies: &[AttachedPolicyRecord]) -> Vec<AttachedPolicy> {
    policies.iter().map(policy_attachment::shape).collect()
}
