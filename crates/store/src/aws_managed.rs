//! AWS's own managed policies: constants of this binary, the same in every account and nobody's to change.
//!
//! Names, paths and unique ids are AWS's, so that tools which know them work. The documents mean what the
//! names promise, for the services that Keystead has or that verify by it. They are Keystead's own.

use keystead_types::{Path, PolicyArn, PolicyName, PolicyOwner, PolicyVersion, Timestamp, UniqueId};

use crate::{AttachedPolicyRecord, PolicyRecord, PolicyVersionRecord, StoreError, policy_use::UseCounts};

/// One of AWS's managed policies. It has one version, which is in force.
#[derive(Clone, Copy, Debug)]
pub struct AwsManagedPolicy {
    /// Its name.
    pub name: &'static str,
    /// Its path, such as `/job-function/`.
    pub path: &'static str,
    /// Its unique id, as on AWS.
    pub id: UniqueId,
    /// When AWS made it.
    pub created_at: Timestamp,
    /// When its document was written.
    pub updated_at: Timestamp,
    /// What it is for.
    pub description: &'static str,
    /// Its document.
    pub document: &'static str,
}

/// The unique id of AdministratorAccess, which the first start attaches to the administrator.
pub const ADMINISTRATOR_ACCESS: UniqueId = id(b"ANPAIWMBCKSKIEE64ZLYK");

/// When the documents were written last: 2026-11-25T00:00:00Z.
const WRITTEN: Timestamp = Timestamp::from_seconds(1_795_564_800);

/// All of them, by folded name.
pub const ALL: &[AwsManagedPolicy] = &[
    AwsManagedPolicy {
        name: "AdministratorAccess",
        path: "/",
        id: id(b"ANPAIWMBCKSKIEE64ZLYK"),
        created_at: Timestamp::from_seconds(1_423_247_986),
        updated_at: WRITTEN,
        description: "Everything in the account: every action on every resource.",
        document: include_str!("aws_managed/administrator_access.json"),
    },
    AwsManagedPolicy {
        name: "AWSAccountActivityAccess",
        path: "/",
        id: id(b"ANPAJQRYCWMFX5J3E333K"),
        created_at: Timestamp::from_seconds(1_423_248_078),
        updated_at: WRITTEN,
        description: "Seeing what goes on in the account: its contacts, its Regions and its bills.",
        document: include_str!("aws_managed/aws_account_activity_access.json"),
    },
    AwsManagedPolicy {
        name: "AWSAccountManagementFullAccess",
        path: "/",
        id: id(b"ANPAZKAPJZG4NJRKI5OH5"),
        created_at: Timestamp::from_seconds(1_633_044_037),
        updated_at: WRITTEN,
        description: "Managing the account: its name, contacts and Regions.",
        document: include_str!("aws_managed/aws_account_management_full_access.json"),
    },
    AwsManagedPolicy {
        name: "AWSAccountManagementReadOnlyAccess",
        path: "/",
        id: id(b"ANPAZKAPJZG4FJMX42HLT"),
        created_at: Timestamp::from_seconds(1_633_044_593),
        updated_at: WRITTEN,
        description: "Reading the account's name, contacts and Regions.",
        document: include_str!("aws_managed/aws_account_management_read_only_access.json"),
    },
    AwsManagedPolicy {
        name: "AWSAccountUsageReportAccess",
        path: "/",
        id: id(b"ANPAJLIB4VSBVO47ZSBB6"),
        created_at: Timestamp::from_seconds(1_423_248_079),
        updated_at: WRITTEN,
        description: "Seeing the account's usage reports.",
        document: include_str!("aws_managed/aws_account_usage_report_access.json"),
    },
    AwsManagedPolicy {
        name: "IAMFullAccess",
        path: "/",
        id: id(b"ANPAI7XKCFMBPM3QQRRVQ"),
        created_at: Timestamp::from_seconds(1_423_248_038),
        updated_at: WRITTEN,
        description: "Managing users, groups, roles, policies and credentials, and with them everything else in the account.",
        document: include_str!("aws_managed/iam_full_access.json"),
    },
    AwsManagedPolicy {
        name: "IAMReadOnlyAccess",
        path: "/",
        id: id(b"ANPAJKSO7NDY4T57MWDSQ"),
        created_at: Timestamp::from_seconds(1_423_248_039),
        updated_at: WRITTEN,
        description: "Reading users, groups, roles, policies and the metadata of credentials, and trying policies out.",
        document: include_str!("aws_managed/iam_read_only_access.json"),
    },
    AwsManagedPolicy {
        name: "IAMUserChangePassword",
        path: "/",
        id: id(b"ANPAJ4L4MM2A7QIEB56MS"),
        created_at: Timestamp::from_seconds(1_479_169_516),
        updated_at: WRITTEN,
        description: "Changing one's own password.",
        document: include_str!("aws_managed/iam_user_change_password.json"),
    },
    AwsManagedPolicy {
        name: "IAMUserSSHKeys",
        path: "/",
        id: id(b"ANPAJTSHUA4UXGXU7ANUA"),
        created_at: Timestamp::from_seconds(1_436_461_734),
        updated_at: WRITTEN,
        description: "Managing one's own SSH public keys.",
        document: include_str!("aws_managed/iam_user_ssh_keys.json"),
    },
    AwsManagedPolicy {
        name: "PowerUserAccess",
        path: "/",
        id: id(b"ANPAJYRXTHIB4FOVS3ZXS"),
        created_at: Timestamp::from_seconds(1_423_247_987),
        updated_at: WRITTEN,
        description: "Everything but managing identities, the organization, the account and Keystead itself.",
        document: include_str!("aws_managed/power_user_access.json"),
    },
    AwsManagedPolicy {
        name: "ReadOnlyAccess",
        path: "/",
        id: id(b"ANPAILL3HVNFSB6DCOWYQ"),
        created_at: Timestamp::from_seconds(1_423_247_988),
        updated_at: WRITTEN,
        description: "Reading everything, the contents of stores included, but no secrets.",
        document: include_str!("aws_managed/read_only_access.json"),
    },
    AwsManagedPolicy {
        name: "SecurityAudit",
        path: "/",
        id: id(b"ANPAIX2T3QCXHR2OGGCTO"),
        created_at: Timestamp::from_seconds(1_423_248_061),
        updated_at: WRITTEN,
        description: "Reading how everything is set up and who may do what, but no contents.",
        document: include_str!("aws_managed/security_audit.json"),
    },
    AwsManagedPolicy {
        name: "ViewOnlyAccess",
        path: "/job-function/",
        id: id(b"ANPAID22R6XPJATWOFDK6"),
        created_at: Timestamp::from_seconds(1_478_798_415),
        updated_at: WRITTEN,
        description: "Seeing what there is in the account, but neither contents nor the text of policies.",
        document: include_str!("aws_managed/view_only_access.json"),
    },
];

/// The policy with exactly this ARN.
pub fn by_arn(arn: &PolicyArn) -> Option<&'static AwsManagedPolicy> {
    ALL.iter().find(|policy| {
        arn.owner == PolicyOwner::Aws && arn.name.as_str() == policy.name && arn.path.as_str() == policy.path
    })
}

/// The policy with this unique id.
pub fn by_id(id: UniqueId) -> Option<&'static AwsManagedPolicy> {
    ALL.iter().find(|policy| policy.id == id)
}

impl AwsManagedPolicy {
    /// The policy as an account sees it that uses it so often.
    pub(crate) fn record(&self, counts: UseCounts) -> Result<PolicyRecord, StoreError> {
        Ok(PolicyRecord {
            owner: PolicyOwner::Aws,
            id: self.id,
            name: self.name()?,
            path: self.path()?,
            description: Some(self.description.to_owned()),
            created_at: self.created_at,
            updated_at: self.updated_at,
            default_version: PolicyVersion::FIRST,
            latest_version: PolicyVersion::FIRST,
            version_count: 1,
            attachment_count: counts.attachments,
            boundary_count: counts.boundaries,
            tag_count: 0,
        })
    }

    pub(crate) fn versions(&self) -> Vec<PolicyVersionRecord> {
        vec![PolicyVersionRecord {
            version: PolicyVersion::FIRST,
            document: self.document.to_owned(),
            created_at: self.updated_at,
        }]
    }

    pub(crate) fn attached(&self) -> Result<AttachedPolicyRecord, StoreError> {
        Ok(AttachedPolicyRecord {
            id: self.id,
            arn: PolicyArn {
                owner: PolicyOwner::Aws,
                path: self.path()?,
                name: self.name()?,
            },
            version: PolicyVersion::FIRST,
        })
    }

    fn name(&self) -> Result<PolicyName, StoreError> {
        self.name.parse().map_err(|_| self.malformed())
    }

    fn path(&self) -> Result<Path, StoreError> {
        self.path.parse().map_err(|_| self.malformed())
    }

    fn malformed(&self) -> StoreError {
        StoreError::failed(format!("the AWS-managed policy {} is malformed", self.name))
    }
}

/// An id that is a constant: one that is none fails the build.
#[expect(clippy::panic, reason = "evaluated by the compiler")]
const fn id(characters: &[u8; UniqueId::LENGTH]) -> UniqueId {
    match UniqueId::from_ascii(characters) {
        Ok(id) => id,
        Err(_) => panic!("not a unique id"),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn ids_and_names_are_unique_and_in_order() {
        let names: Vec<_> = ALL
            .iter()
            .map(|policy| policy.name.to_ascii_lowercase())
            .collect();
        assert!(names.is_sorted_by(|one, next| one < next), "{names:?}");
        let ids: BTreeSet<_> = ALL.iter().map(|policy| policy.id).collect();
        assert_eq!(ids.len(), ALL.len());
        for policy in ALL {
            let record = policy.record(UseCounts::default()).unwrap();
            assert_eq!(by_arn(&record.arn()).map(|found| found.id), Some(policy.id));
            assert_eq!(by_id(policy.id).map(|found| found.name), Some(policy.name));
            assert!(policy.created_at <= policy.updated_at, "{}", policy.name);
        }
        assert_eq!(
            by_id(ADMINISTRATOR_ACCESS).map(|policy| policy.name),
            Some("AdministratorAccess")
        );
    }
}
