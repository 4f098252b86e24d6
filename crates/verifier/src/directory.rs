use std::{error::Error, fmt, future::Future, sync::Arc};

use keystead_types::{
    AccessKeyId, AccessKeyStatus, AccountId, Principal, SecretAccessKey, Session, Timestamp, UniqueId,
};

use crate::{PermissionsSnapshot, PoliciesSnapshot};

/// Where the verifier looks up what it does not hold: a store, a replica, a test's map.
///
/// The verifier asks once per missing key however many requests wait for it, and keeps what it
/// learns until [`Verifier::forget`](crate::Verifier::forget) says that it has changed.
pub trait Directory: Send + Sync + 'static {
    /// Reads one access key.
    ///
    /// A lookup that starts after `forget(_, revision)` was called must read a snapshot of that
    /// revision or a later one; an older one is asked for again.
    fn access_key(
        &self,
        id: AccessKeyId,
    ) -> impl Future<Output = Result<Snapshot, DirectoryUnavailable>> + Send;

    /// Reads everything that decides what a user or role, which `holder` is, may do, from one snapshot.
    ///
    /// The same holds for its revision, for each subject that the holder's permissions depend on.
    fn permissions(
        &self,
        account: AccountId,
        holder: UniqueId,
    ) -> impl Future<Output = Result<PermissionsSnapshot, DirectoryUnavailable>> + Send;

    /// Reads managed policies, each in the version of the moment, from one snapshot: those that limit a session.
    ///
    /// The same holds for its revision, for each of the policies.
    fn policies(
        &self,
        account: AccountId,
        ids: &[UniqueId],
    ) -> impl Future<Output = Result<PoliciesSnapshot, DirectoryUnavailable>> + Send;

    /// Reads until when sessions of the account's root user were revoked; nothing else of root can change.
    ///
    /// The same holds for its revision, for the account.
    fn root(
        &self,
        account: AccountId,
    ) -> impl Future<Output = Result<RootSnapshot, DirectoryUnavailable>> + Send;

    /// Finds the session of the console that a token is of; `None` unless somebody is signed in with it, and always
    /// where there is no console.
    fn console_session(
        &self,
        _token: &str,
    ) -> impl Future<Output = Result<Option<DirectoryConsoleSession>, DirectoryUnavailable>> + Send {
        async { Ok(None) }
    }

    /// Opens a session token that came with the temporary key `id`; `None` for one that this directory did not
    /// make, or made for another key. Whether it has expired, or was revoked, is for the verifier to judge.
    fn session(
        &self,
        id: AccessKeyId,
        token: &str,
    ) -> impl Future<Output = Result<Option<DirectorySession>, DirectoryUnavailable>> + Send;
}

/// What a session of the console is to a verifier.
pub struct DirectoryConsoleSession {
    /// The temporary access key id that its calls are recorded under.
    pub access_key_id: AccessKeyId,
    /// Who signed in.
    pub principal: Arc<Principal>,
    /// When.
    pub issued_at: Timestamp,
    /// From when on it is refused.
    pub expires_at: Timestamp,
    /// When a second factor was checked; `None` when none was.
    pub mfa_at: Option<Timestamp>,
}

/// What the directory held about one access key at one revision.
pub struct Snapshot {
    /// The feed's revision that was read. It never goes back, not even when a directory is emptied.
    pub revision: u64,
    /// The key, or `None` when there is none of that id. Absence needs the revision as much as
    /// presence does: otherwise a key created during the lookup would stay unknown.
    pub key: Option<DirectoryKey>,
}

/// An access key with everything that a verification needs. It has no `Debug`.
pub struct DirectoryKey {
    /// Whether it may sign.
    pub status: AccessKeyStatus,
    /// Whom it stands for.
    pub principal: Arc<Principal>,
    /// The secret; dropped, and thereby wiped, as soon as the waiting requests are answered.
    pub secret: SecretAccessKey,
}

/// What the directory held about an account's root user at one revision.
pub struct RootSnapshot {
    /// The feed's revision that was read, as in [`Snapshot`].
    pub revision: u64,
    /// Sessions of root that were made before this moment are refused.
    pub not_before: Option<Timestamp>,
}

/// What a session token holds. It has no `Debug`.
pub struct DirectorySession {
    /// Whom it stands for.
    pub principal: Arc<Principal>,
    /// What it carries besides.
    pub session: Arc<Session>,
    /// The secret; dropped, and thereby wiped, as soon as the request is answered.
    pub secret: SecretAccessKey,
}

/// The directory could not answer. Never taken for "no such key": the caller should try again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DirectoryUnavailable {
    /// For the operator.
    pub reason: Arc<str>,
}

/// What a change in the directory touched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Subject {
    /// One access key: created, switched on or off, deleted.
    Key(AccessKeyId),
    /// A user, and with it the principal of each of its keys: renamed, moved, given other
    /// policies, groups or tags, deleted, its sessions revoked.
    User(UniqueId),
    /// What a group gives its members: its policies, or its name.
    Group(UniqueId),
    /// A managed policy: another version is the default one, or it is deleted.
    Policy(UniqueId),
    /// A role, and with it its sessions: given other policies, tags or another trust policy, revoked, deleted.
    Role(UniqueId),
    /// A whole account, with all its principals.
    Account(AccountId),
}

impl DirectoryUnavailable {
    /// An answer of this kind with a reason for the operator.
    pub fn new(reason: impl Into<Arc<str>>) -> Self {
        Self {
            reason: reason.into(),
        }
    }
}

impl fmt::Display for DirectoryUnavailable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the directory is unavailable: {}", self.reason)
    }
}

impl Error for DirectoryUnavailable {}
