//! Everything that Keystead remembers: accounts, users, groups, roles, policies, access keys, their use, and who did what.
//!
//! One set of portable SQL statements over an embedded SQLite. [`Store::write`] carries a closure to
//! the one thread that writes, which puts all that wait into one durable transaction;
//! [`Store::read`] runs one on a snapshot. The functions of [`Tx`] and [`Reader`] stand with their
//! records. What changes is appended to a feed, in the same transaction, and told to whoever
//! listens before the change is answered.

mod access_key;
mod account;
mod attention;
mod audit;
pub mod aws_managed;
mod backup;
mod console_link;
mod console_session;
mod credential_report;
mod data_dir;
mod directory;
mod engine;
mod error;
mod feed;
mod group;
mod group_member;
mod inline_policy;
mod instance_profile;
mod login_profile;
mod memory;
mod mfa_code;
mod mfa_device;
mod page;
mod passkey;
mod password_policy;
mod permissions;
mod permissions_boundary;
mod policy;
mod policy_attachment;
mod policy_entity;
mod policy_page;
mod policy_use;
mod policy_version;
mod readers;
mod readiness;
mod retention;
mod role;
mod role_usage;
mod schema;
mod sealing;
mod session_revocation;
mod session_token;
mod statements;
mod statistics;
mod store;
mod tag;
#[cfg(test)]
mod tests;
mod tx;
mod usage;
mod user;
mod writer;

pub use access_key::{
    AccessKeyPage, AccessKeyRecord, InsertAccessKey, KeyOwner, NewAccessKey, SetAccessKeyStatus,
};
pub use account::{AccessKeysCounted, AccountRecord, AccountSettings, SetAlias};
pub use attention::ActiveKeys;
pub use audit::{
    AuditCaller, AuditElements, AuditEnd, AuditEvent, AuditLog, AuditOutcome, AuditPage, AuditPosition,
    AuditQuery, AuditRecord, Call, InvalidPosition,
};
pub use backup::{BackupError, restore};
pub use console_link::ConsoleLinkRecord;
pub use console_session::{ConsoleSessionRecord, ConsoleSessionState};
pub use credential_report::{CredentialKeyRecord, CredentialPage, CredentialRecord};
pub use data_dir::is_data_directory;
pub use error::{OpenError, StoreError, WriteError};
pub use feed::{Change, Changes, Revision};
pub use group::{DeleteGroup, GroupPage, GroupRecord, InsertGroup, NewGroup, UpdateGroup};
pub use group_member::AddUserToGroup;
pub use inline_policy::{InlinePolicyNamePage, InlinePolicyRecord, PutInlinePolicy};
pub use instance_profile::{
    DeleteInstanceProfile, InsertInstanceProfile, InstanceProfilePage, InstanceProfileRecord,
    NewInstanceProfile, PutRoleIntoInstanceProfile,
};
pub use keystead_verifier::Subject;
pub use login_profile::{InsertLoginProfile, LoginProfileRecord, SetPassword};
pub use mfa_code::{CheckMfaCode, EnableMfaDevice, MfaMatch};
pub use mfa_device::{
    DeleteMfaDevice, InsertMfaDevice, MfaAssignment, MfaDeviceFilter, MfaDeviceOwner, MfaDevicePage,
    MfaDeviceRecord,
};
pub use passkey::{InsertPasskey, PasskeyRecord};
pub use password_policy::PasswordPolicyRecord;
pub use permissions::{
    AppliedPolicyRecord, AppliedPolicySource, RolePermissionsRecord, UserPermissionsRecord,
};
pub use permissions_boundary::SetPermissionsBoundary;
pub use policy::{DeletePolicy, InsertPolicy, NewPolicy, PolicyRecord};
pub use policy_attachment::{AttachPolicy, AttachedPolicyRecord};
pub use policy_entity::{PolicyEntity, PolicyEntityFilter, PolicyEntityPage};
pub use policy_page::{PolicyFilter, PolicyPage, PolicyScope};
pub use policy_use::PolicyUse;
pub use policy_version::{
    DeletePolicyVersion, InsertPolicyVersion, PolicyVersionRecord, SetDefaultPolicyVersion,
};
pub use role::{DeleteRole, InsertRole, NewRole, RolePage, RoleRecord, TrustPolicy};
pub use role_usage::{RoleLastUseRecord, RoleUsageRecord};
pub use sealing::{MasterKey, MasterKeySource};
pub use session_revocation::SessionOwner;
pub use session_token::packed_bytes;
pub use statistics::{BATCH_SIZE_CLASSES, Statistics};
pub use store::{Location, Options, Store};
pub use tag::{PutTags, TagRecord, folded_tag_key};
pub use tx::{Reader, Tx};
pub use usage::{DayUseRecord, LastUseRecord, SourceUseRecord, UsageRecord};
pub use user::{DeleteUser, InsertUser, NewUser, UpdateUser, UserPage, UserRecord};
pub use writer::OnCommit;
