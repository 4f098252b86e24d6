use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use keystead_sigv4::{
    BodyHash, Expected, HeaderField, Payload, Request, ServiceKind,
    sign::{Signer, sign_header},
};
use keystead_types::{
    AccessKeyId, AccessKeyStatus, AccountId, Identity, Path, Principal, Random, SECONDS_PER_DAY,
    SecretAccessKey, Session, Timestamp, UniqueId, UserIdentity,
};
use parking_lot::Mutex;

use crate::{
    Authenticated, Caller, Directory, DirectoryKey, DirectoryPermissions, DirectoryPolicy, DirectorySession,
    DirectoryUnavailable, Failure, Holder, Options, PermissionsSnapshot, PoliciesSnapshot, PolicyName,
    RootSnapshot, Snapshot, Verifier, authenticated::Scope,
};

/// Deterministic "randomness": no two fills are equal.
#[derive(Default)]
pub(crate) struct Counting(AtomicU64);

impl Random for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            let number = self.0.fetch_add(1, Ordering::Relaxed) + 1;
            let mixed = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
            chunk.copy_from_slice(&mixed.to_le_bytes()[..chunk.len()]);
        }
    }
}

pub(crate) const SECRET: &str = "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY00";
/// 2026-01-02T00:00:00Z.
pub(crate) const MIDNIGHT: i64 = 1_767_312_000;
pub(crate) const NOON: i64 = MIDNIGHT + SECONDS_PER_DAY / 2;

pub(crate) fn key(number: u32) -> AccessKeyId {
    format!("AKIA{number:016}").parse().unwrap()
}

pub(crate) fn user_id(number: u32) -> UniqueId {
    let digits: String = format!("{number:06}")
        .bytes()
        .map(|digit| char::from(digit - b'0' + b'A'))
        .collect();
    format!("AIDAAAAAAAAAAAA{digits}").parse().unwrap()
}

pub(crate) fn account() -> AccountId {
    AccountId::new(123_456_789_012).unwrap()
}

pub(crate) fn principal(user: u32, name: &str) -> Arc<Principal> {
    Arc::new(Principal {
        account: account(),
        identity: Identity::User(user_identity(user, name)),
    })
}

pub(crate) fn holder(user: u32, name: &str) -> Holder {
    Holder::User(user_identity(user, name))
}

pub(crate) fn user_identity(user: u32, name: &str) -> UserIdentity {
    UserIdentity {
        id: user_id(user),
        name: name.parse().unwrap(),
        path: Path::default(),
    }
}

pub(crate) fn active(user: u32, name: &str) -> DirectoryKey {
    DirectoryKey {
        status: AccessKeyStatus::Active,
        principal: principal(user, name),
        secret: SecretAccessKey::import(SECRET).unwrap(),
    }
}

pub(crate) fn copy_of(key: &DirectoryKey) -> DirectoryKey {
    DirectoryKey {
        status: key.status,
        principal: Arc::clone(&key.principal),
        secret: key.secret.clone(),
    }
}

/// What a session token opens to.
type Opens = (Arc<Principal>, Arc<Session>);

/// A directory that answers at once, and counts.
#[derive(Default)]
pub(crate) struct Map {
    pub(crate) keys: Mutex<HashMap<AccessKeyId, DirectoryKey>>,
    /// Users and roles.
    pub(crate) users: Mutex<HashMap<UniqueId, DirectoryPermissions>>,
    pub(crate) policies: Mutex<HashMap<UniqueId, DirectoryPolicy>>,
    pub(crate) sessions: Mutex<HashMap<(AccessKeyId, String), Opens>>,
    pub(crate) root_not_before: Mutex<Option<Timestamp>>,
    /// Tokens that were opened.
    pub(crate) opened: AtomicU64,
    pub(crate) revision: AtomicU64,
    pub(crate) unavailable: AtomicBool,
}

impl Map {
    /// Key 1 is alice's, key 2 bob's and inactive.
    pub(crate) fn with_two_keys() -> Self {
        let map = Self::default();
        map.keys.lock().insert(key(1), active(1, "alice"));
        let inactive = DirectoryKey {
            status: AccessKeyStatus::Inactive,
            ..active(2, "bob")
        };
        map.keys.lock().insert(key(2), inactive);
        map
    }

    /// Changes a key and returns the change's revision.
    pub(crate) fn change(&self, id: AccessKeyId, key: Option<DirectoryKey>) -> u64 {
        let mut keys = self.keys.lock();
        match key {
            Some(key) => keys.insert(id, key),
            None => keys.remove(&id),
        };
        self.revision.fetch_add(1, Ordering::SeqCst) + 1
    }
}

impl Directory for Map {
    async fn access_key(&self, id: AccessKeyId) -> Result<Snapshot, DirectoryUnavailable> {
        if self.unavailable.load(Ordering::SeqCst) {
            return Err(DirectoryUnavailable::new("the disk is full"));
        }
        let keys = self.keys.lock();
        Ok(Snapshot {
            revision: self.revision.load(Ordering::SeqCst),
            key: keys.get(&id).map(copy_of),
        })
    }

    async fn permissions(
        &self,
        _: AccountId,
        user: UniqueId,
    ) -> Result<PermissionsSnapshot, DirectoryUnavailable> {
        if self.unavailable.load(Ordering::SeqCst) {
            return Err(DirectoryUnavailable::new("the disk is full"));
        }
        let users = self.users.lock();
        Ok(PermissionsSnapshot {
            revision: self.revision.load(Ordering::SeqCst),
            permissions: users.get(&user).cloned(),
        })
    }

    async fn root(&self, _: AccountId) -> Result<RootSnapshot, DirectoryUnavailable> {
        Ok(RootSnapshot {
            revision: self.revision.load(Ordering::SeqCst),
            not_before: *self.root_not_before.lock(),
        })
    }

    async fn policies(
        &self,
        _: AccountId,
        ids: &[UniqueId],
    ) -> Result<PoliciesSnapshot, DirectoryUnavailable> {
        let policies = self.policies.lock();
        Ok(PoliciesSnapshot {
            revision: self.revision.load(Ordering::SeqCst),
            policies: ids.iter().filter_map(|id| policies.get(id).cloned()).collect(),
        })
    }

    async fn session(
        &self,
        id: AccessKeyId,
        token: &str,
    ) -> Result<Option<DirectorySession>, DirectoryUnavailable> {
        self.opened.fetch_add(1, Ordering::SeqCst);
        let sessions = self.sessions.lock();
        let found = sessions.get(&(id, token.to_owned()));
        Ok(found.map(|(principal, session)| DirectorySession {
            principal: Arc::clone(principal),
            session: Arc::clone(session),
            secret: SecretAccessKey::import(SECRET).unwrap(),
        }))
    }
}

/// Permissions of alice (user 1) with these inline documents and nothing else.
pub(crate) fn permissions(documents: &[&str]) -> DirectoryPermissions {
    DirectoryPermissions {
        account: account(),
        holder: holder(1, "alice"),
        not_before: None,
        tags: Vec::new(),
        groups: Vec::new(),
        policies: documents.iter().map(|document| inline(document)).collect(),
        boundary: None,
    }
}

pub(crate) fn inline(document: &str) -> DirectoryPolicy {
    DirectoryPolicy {
        name: PolicyName::Inline {
            owner_kind: "user",
            owner: "alice".into(),
            name: "p".into(),
        },
        document: document.into(),
    }
}

/// Version `version` of managed policy `number`.
pub(crate) fn managed(number: u32, version: u32, document: &str) -> DirectoryPolicy {
    DirectoryPolicy {
        name: PolicyName::Managed {
            arn: format!("arn:aws:iam::{}:policy/p{number}", account()).into(),
            id: policy_id(number),
            version,
        },
        document: document.into(),
    }
}

pub(crate) fn policy_id(number: u32) -> UniqueId {
    user_id(number).as_str().replace("AIDA", "ANPA").parse().unwrap()
}

pub(crate) fn group_id(number: u32) -> UniqueId {
    user_id(number).as_str().replace("AIDA", "AGPA").parse().unwrap()
}

/// A caller that was authenticated, whoever it is.
pub(crate) fn caller(principal: Arc<Principal>) -> Authenticated {
    let scope = Scope {
        date: "20260101".into(),
        region: "eu-central-1".into(),
        service: "iam".into(),
    };
    Authenticated::assertion(key(1), principal, Arc::new(scope))
}

pub(crate) fn verifier<D: Directory>(directory: D) -> Verifier<D> {
    Verifier::new(directory, Options::default(), &Counting::default())
}

/// A signed request of GetCallerIdentity.
pub(crate) struct Signed {
    pub(crate) service: &'static str,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: &'static [u8],
}

/// Who signs, and for what.
#[derive(Clone, Copy)]
pub(crate) struct By<'a> {
    pub(crate) id: &'a str,
    pub(crate) secret: &'a str,
    pub(crate) token: Option<&'a str>,
    pub(crate) region: &'a str,
    pub(crate) service: &'static str,
    pub(crate) at: i64,
}

impl Default for By<'_> {
    fn default() -> Self {
        Self {
            id: "AKIA0000000000000001",
            secret: SECRET,
            token: None,
            region: "us-east-1",
            service: "sts",
            at: NOON,
        }
    }
}

impl By<'_> {
    pub(crate) fn sign(self) -> Signed {
        let body = b"Action=GetCallerIdentity&Version=2011-06-15";
        let mut headers = vec![
            ("host", "127.0.0.1:7450".to_owned()),
            ("content-type", "application/x-www-form-urlencoded".to_owned()),
        ];
        let fields = fields(&headers);
        let request = request(&fields);
        let signer = Signer {
            access_key_id: self.id,
            secret_access_key: self.secret.as_bytes(),
            session_token: self.token,
            region: self.region,
            service: self.service,
            kind: ServiceKind::Other,
        };
        let added = sign_header(&request, &signer, Payload::Body, BodyHash::of(body), self.at).unwrap();
        headers.extend(added);
        Signed {
            service: self.service,
            headers,
            body,
        }
    }
}

impl Signed {
    pub(crate) async fn authenticate<D: Directory>(
        &self,
        verifier: &Verifier<D>,
        now: i64,
    ) -> Result<Authenticated, Failure> {
        let fields = fields(&self.headers);
        let expected = Expected {
            service: self.service,
            kind: ServiceKind::Other,
            regions: None,
            skew_seconds_max: 900,
        };
        let caller = Caller {
            source: IpAddr::from([192, 0, 2, 1]),
            user_agent: "aws-cli/2.0",
        };
        let now = Timestamp::from_seconds(now);
        verifier
            .authenticate(&request(&fields), self.body, &expected, caller, now)
            .await
    }
}

fn fields<'a>(headers: &'a [(&'static str, String)]) -> Vec<HeaderField<'a>> {
    let field = |(name, value): &'a (&'static str, String)| HeaderField {
        name,
        value: value.as_bytes(),
    };
    headers.iter().map(field).collect()
}

fn request<'a>(headers: &'a [HeaderField<'a>]) -> Request<'a> {
    Request {
        method: "POST",
        path: "/",
        query: "",
        headers,
    }
}
