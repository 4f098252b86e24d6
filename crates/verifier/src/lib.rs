//! Who signed a request, and whether they may do what it asks.
//!
//! A service that receives requests signed with AWS Signature Version 4 gives them to a [`Verifier`]
//! and gets back [`Authenticated`], the proof of who signed; [`decide`] turns that into [`Allowed`], the
//! proof that the principal may do one thing to one resource. Neither can be made in another way.
//!
//! The verifier knows no database. It states what it must look up as a [`Directory`], asks it once
//! for a key however many requests wait, and holds the *prepared signing keys* of up to a million
//! keys in less than 160 bytes each, never their secrets. A directory that changes says so with
//! [`Verifier::forget`]; a request that comes in after that is judged by the new state, always.
//!
//! Nothing here reads a clock or draws randomness: both are handed in.
//!
//! # Example
//!
//! A directory of one key:
//!
//! ```
//! use std::{net::IpAddr, sync::Arc};
//!
//! use keystead_sigv4::{
//!     BodyHash, Expected, HeaderField, Payload, Request, ServiceKind,
//!     sign::{Signer, sign_header},
//! };
//! use keystead_types::{
//!     AccessKeyId, AccessKeyStatus, AccountId, Identity, Principal, Random, SecretAccessKey, Timestamp,
//!     UniqueId,
//! };
//! use keystead_verifier::{
//!     Action, Allowed, Caller, Circumstances, Directory, DirectoryKey, DirectorySession,
//!     DirectoryUnavailable, Options, PermissionsSnapshot, PoliciesSnapshot, Resource, RootSnapshot, Snapshot, Verifier,
//!     Wanted, decide,
//! };
//!
//! const ID: &str = "AKIAIOSFODNN7EXAMPLE";
//! const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
//!
//! struct OneKey(Arc<Principal>);
//!
//! impl Directory for OneKey {
//!     async fn access_key(&self, id: AccessKeyId) -> Result<Snapshot, DirectoryUnavailable> {
//!         let key = (id.as_str() == ID).then(|| DirectoryKey {
//!             status: AccessKeyStatus::Active,
//!             principal: Arc::clone(&self.0),
//!             secret: SecretAccessKey::import(SECRET).expect("a legal secret"),
//!         });
//!         // It never changes, so one revision is enough.
//!         Ok(Snapshot { revision: 0, key })
//!     }
//!
//!     async fn permissions(
//!         &self,
//!         _: AccountId,
//!         _: UniqueId,
//!     ) -> Result<PermissionsSnapshot, DirectoryUnavailable> {
//!         // There is no user and no role; root needs no policies.
//!         Ok(PermissionsSnapshot { revision: 0, permissions: None })
//!     }
//!
//!     async fn policies(
//!         &self,
//!         _: AccountId,
//!         _: &[UniqueId],
//!     ) -> Result<PoliciesSnapshot, DirectoryUnavailable> {
//!         Ok(PoliciesSnapshot { revision: 0, policies: Vec::new() })
//!     }
//!
//!     async fn root(&self, _: AccountId) -> Result<RootSnapshot, DirectoryUnavailable> {
//!         Ok(RootSnapshot { revision: 0, not_before: None })
//!     }
//!
//!     async fn session(
//!         &self,
//!         _: AccessKeyId,
//!         _: &str,
//!     ) -> Result<Option<DirectorySession>, DirectoryUnavailable> {
//!         // It makes no temporary credentials.
//!         Ok(None)
//!     }
//! }
//!
//! /// For an example only: a real one asks the operating system.
//! struct NotRandom;
//!
//! impl Random for NotRandom {
//!     fn fill(&self, bytes: &mut [u8]) {
//!         bytes.fill(4);
//!     }
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let account = AccountId::new(123_456_789_012).ok_or("no account id")?;
//! let root = Principal { account, identity: Identity::Root };
//! let verifier = Verifier::new(OneKey(Arc::new(root)), Options::default(), &NotRandom);
//!
//! // What a client sends: here it signs itself.
//! let now = Timestamp::from_seconds(1_767_322_800);
//! let body = b"Action=ListUsers&Version=2010-05-08";
//! let host = HeaderField { name: "host", value: b"127.0.0.1:7450" };
//! let unsigned = Request { method: "POST", path: "/", query: "", headers: &[host] };
//! let signer = Signer {
//!     access_key_id: ID,
//!     secret_access_key: SECRET.as_bytes(),
//!     session_token: None,
//!     region: "us-east-1",
//!     service: "iam",
//!     kind: ServiceKind::Other,
//! };
//! let added = sign_header(&unsigned, &signer, Payload::Body, BodyHash::of(body), now.seconds())
//!     .map_err(|rejection| rejection.to_string())?;
//! let mut headers = vec![host];
//! headers.extend(added.iter().map(|(name, value)| HeaderField { name, value: value.as_bytes() }));
//!
//! // What the service does with it.
//! let request = Request { headers: &headers, ..unsigned };
//! let expected = Expected {
//!     service: "iam",
//!     kind: ServiceKind::Other,
//!     regions: None,
//!     skew_seconds_max: 15 * 60,
//! };
//! let caller = Caller { source: IpAddr::from([127, 0, 0, 1]), user_agent: "example" };
//! let authenticated = verifier.authenticate(&request, body, &expected, caller, now).await?;
//! assert_eq!(authenticated.principal().arn(), "arn:aws:iam::123456789012:root");
//!
//! let permissions = verifier.permissions(&authenticated).await?;
//! let circumstances = Circumstances {
//!     now,
//!     source: caller.source,
//!     secure_transport: false,
//!     user_agent: caller.user_agent.into(),
//!     referer: None,
//!     one_time_code: false,
//! };
//! let users = Resource::new(Some(account), "arn:aws:iam::123456789012:user/");
//! let wanted = Wanted {
//!     action: Action::new("iam:ListUsers"),
//!     resource: &users,
//!     trust: None,
//!     is_granted: false,
//!     keys: &(),
//!     region: "us-east-1",
//! };
//! struct ListUsers;
//! let _proof: Allowed<ListUsers> = decide(&authenticated, &permissions, &circumstances, wanted, &[])?;
//!
//! // Another body under the same signature is refused.
//! let other = b"Action=DeleteUser&UserName=alice&Version=2010-05-08";
//! assert!(verifier.authenticate(&request, other, &expected, caller, now).await.is_err());
//! # Ok(())
//! # }
//! ```

#![deny(missing_docs)]

mod authenticated;
mod cache;
mod circumstances;
mod decide;
mod decided;
mod directory;
mod failure;
mod flight;
mod generations;
mod limiter;
mod permissions;
mod resource;
mod seed;
mod session;
mod trust;
pub mod usage;
mod verifier;
mod watermark;

#[cfg(test)]
mod tests;

pub use authenticated::Authenticated;
pub use cache::CacheStatistics;
pub use circumstances::{Circumstances, ServiceKeys};
pub use decide::{Action, Allowed, Wanted, decide};
pub use decided::{Decided, DecidingStatement, Denied};
pub use directory::{
    Directory, DirectoryConsoleSession, DirectoryKey, DirectorySession, DirectoryUnavailable, RootSnapshot,
    Snapshot, Subject,
};
pub use failure::{Failure, UnknownKey};
pub use keystead_policy::{Effect, Outcome};
pub use permissions::{
    DirectoryPermissions, DirectoryPolicy, Holder, Permissions, PermissionsSnapshot, PoliciesSnapshot,
    PolicyName, UnreadablePolicy,
};
pub use resource::Resource;
pub use trust::TrustPolicy;
pub use usage::UsageRecorder;
pub use verifier::{Caller, Options, Statistics, Verifier};
