//! Amazon Resource Names of what Keystead holds.

use crate::{
    AccountId, FederatedUserName, GroupName, InstanceProfileName, MfaDeviceName, Path, PolicyName, RoleName,
    RoleSessionName, UserName,
};

/// `arn:aws:iam::ACCOUNT:user/path/name`.
pub fn user(account: AccountId, path: &Path, name: &UserName) -> String {
    format!("arn:aws:iam::{account}:user{path}{name}")
}

/// `arn:aws:iam::ACCOUNT:group/path/name`.
pub fn group(account: AccountId, path: &Path, name: &GroupName) -> String {
    format!("arn:aws:iam::{account}:group{path}{name}")
}

/// `arn:aws:iam::ACCOUNT:policy/path/name`; [`PolicyArn`](crate::PolicyArn) reads and writes all of them.
pub fn policy(account: AccountId, path: &Path, name: &PolicyName) -> String {
    format!("arn:aws:iam::{account}:policy{path}{name}")
}

/// `arn:aws:iam::ACCOUNT:role/path/name`.
pub fn role(account: AccountId, path: &Path, name: &RoleName) -> String {
    format!("arn:aws:iam::{account}:role{path}{name}")
}

/// `arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION`: without the role's path, as on AWS.
pub fn assumed_role(account: AccountId, role: &RoleName, session: &RoleSessionName) -> String {
    format!("arn:aws:sts::{account}:assumed-role/{role}/{session}")
}

/// `arn:aws:sts::ACCOUNT:federated-user/NAME`.
pub fn federated_user(account: AccountId, name: &FederatedUserName) -> String {
    format!("arn:aws:sts::{account}:federated-user/{name}")
}

/// `arn:aws:iam::ACCOUNT:instance-profile/path/name`.
pub fn instance_profile(account: AccountId, path: &Path, name: &InstanceProfileName) -> String {
    format!("arn:aws:iam::{account}:instance-profile{path}{name}")
}

/// `arn:aws:iam::ACCOUNT:mfa/path/name`, the serial number of a virtual MFA device.
pub fn mfa(account: AccountId, path: &Path, name: &MfaDeviceName) -> String {
    format!("arn:aws:iam::{account}:mfa{path}{name}")
}

/// `arn:aws:iam::ACCOUNT:root`.
pub fn root(account: AccountId) -> String {
    format!("arn:aws:iam::{account}:root")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_stands_between() {
        let account = AccountId::new(123_456_789_012).unwrap();
        let name = "alice".parse().unwrap();
        assert_eq!(
            user(account, &Path::default(), &name),
            "arn:aws:iam::123456789012:user/alice"
        );
        assert_eq!(
            user(account, &"/ops/eu/".parse().unwrap(), &name),
            "arn:aws:iam::123456789012:user/ops/eu/alice"
        );
        assert_eq!(
            group(account, &"/ops/".parse().unwrap(), &"operators".parse().unwrap()),
            "arn:aws:iam::123456789012:group/ops/operators"
        );
        assert_eq!(
            policy(account, &Path::default(), &"keys".parse().unwrap()),
            "arn:aws:iam::123456789012:policy/keys"
        );
        assert_eq!(
            role(account, &"/ops/".parse().unwrap(), &"deployer".parse().unwrap()),
            "arn:aws:iam::123456789012:role/ops/deployer"
        );
        assert_eq!(
            instance_profile(account, &"/ops/".parse().unwrap(), &"machines".parse().unwrap()),
            "arn:aws:iam::123456789012:instance-profile/ops/machines"
        );
    }
}
