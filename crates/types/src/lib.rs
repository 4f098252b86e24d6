//! The vocabulary of Keystead: ids, names, ARNs, times and limits.
//!
//! Nothing here does I/O, reads a clock or draws randomness: both are handed in. Types parse on
//! construction, so a value that exists is well-formed.

mod access_key;
mod account;
pub mod arn;
mod entity_arn;
pub mod limits;
mod name;
mod passkey_arn;
mod policy_arn;
mod policy_version;
mod principal;
mod random;
mod request_id;
mod session;
mod text;
mod time;
mod unique_id;

pub use access_key::{AccessKeyId, AccessKeyStatus, InvalidAccessKey, SecretAccessKey};
pub use account::{AccountId, InvalidAccountId};
pub use entity_arn::{InvalidEntityArn, MfaDeviceArn, RoleArn, UserArn};
pub use name::{
    FederatedUserName, GroupName, InstanceProfileName, InvalidName, MfaDeviceName, Path, PolicyName,
    RoleName, RoleSessionName, SourceIdentity, UserName,
};
pub use passkey_arn::{InvalidPasskeyArn, PasskeyArn};
pub use policy_arn::{InvalidPolicyArn, PolicyArn, PolicyOwner};
pub use policy_version::{InvalidPolicyVersion, PolicyVersion};
pub use principal::{
    FederatedUserIdentity, Identity, Principal, RoleIdentity, RoleSessionIdentity, UserIdentity,
};
pub use random::Random;
pub use request_id::{InvalidRequestId, RequestId};
pub use session::{Ancestor, Session, SessionTag};
pub use text::shortened;
pub use time::{SECONDS_PER_DAY, Timestamp};
pub use unique_id::{InvalidUniqueId, UniqueId, UniqueIdKind};
