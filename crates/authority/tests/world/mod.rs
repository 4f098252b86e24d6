//! A store in memory with two accounts, and callers who sign.

#![allow(dead_code, reason = "each test program uses a part of it")]

use std::{
    net::IpAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use keystead_authority::{Asked, Authority, Context};
use keystead_sigv4::{
    BodyHash, Expected, HeaderField, Payload, Request, ServiceKind,
    sign::{Signer, sign_header},
};
use keystead_store::{
    AccountSettings, ConsoleLinkRecord, InlinePolicyRecord, InsertRole, InsertUser, KeyOwner, Location,
    MasterKeySource, NewAccessKey, NewRole, NewUser, Options, SessionOwner, Store, StoreError, TagRecord,
    TrustPolicy, Tx,
};
use keystead_types::{
    AccessKeyId, AccessKeyStatus, AccountId, Path, Random, RequestId, SecretAccessKey, Timestamp, UniqueId,
    UniqueIdKind, limits,
};
use keystead_verifier::{Authenticated, Caller, Verifier};
use keystead_wire::{Parts, route};

/// 2026-01-02T12:00:00Z.
pub(crate) const NOW: i64 = 1_767_355_200;
/// A user of the other account.
pub(crate) const ADMIN_OF_OTHER: &str = "carol";

/// Where all requests come from.
const SOURCE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));

const HERE: u64 = 111_122_223_333;
const OTHER: u64 = 444_455_556_666;
const CHARACTERS_MAX: u32 = 2048;

pub(crate) struct World {
    store: Store,
    verifier: Arc<Verifier<Store>>,
    authority: Authority,
    random: Arc<dyn Random>,
}

/// Credentials, with what a client is told of them.
#[derive(Clone, Debug)]
pub(crate) struct Keys {
    pub(crate) id: String,
    pub(crate) secret: String,
    pub(crate) token: Option<String>,
    /// In seconds; of temporary ones.
    pub(crate) expires_at: i64,
}

/// A trust policy.
pub(crate) enum Trust<'a> {
    /// Principal, action, and what follows in the statement.
    Of(&'a str, &'a str, &'a str),
}

/// Deterministic, and never the same twice.
#[derive(Default)]
struct Counting(AtomicU64);

impl Random for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            let number = self.0.fetch_add(1, Ordering::Relaxed) + 1;
            // splitmix64: all bytes of it vary.
            let mut mixed = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
            mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            mixed ^= mixed >> 31;
            chunk.copy_from_slice(&mixed.to_le_bytes()[..chunk.len()]);
        }
    }
}

impl World {
    pub(crate) async fn new() -> Self {
        let random: Arc<dyn Random> = Arc::new(Counting::default());
        let store = Store::open(Options {
            location: Location::Memory,
            master_key: MasterKeySource::File,
            random: Arc::clone(&random),
        })
        .unwrap();
        let verifier = Arc::new(Verifier::new(
            store.clone(),
            keystead_verifier::Options::default(),
            &*random,
        ));
        let follower = Arc::downgrade(&verifier);
        store.on_commit(Box::new(move |changes| {
            let Some(verifier) = follower.upgrade() else {
                return;
            };
            for change in changes {
                verifier.forget(&change.subject, change.revision.number());
            }
        }));
        let now = Timestamp::from_seconds(NOW);
        store.refresh_session_keys(now).await.unwrap();
        let authority = Authority::new(Arc::clone(&verifier), Arc::clone(&random), [0; 32]);
        let world = Self {
            store,
            verifier,
            authority,
            random,
        };
        for account in [HERE, OTHER] {
            let account = AccountId::new(account).unwrap();
            world
                .write(move |tx| tx.insert_account(account, &AccountSettings::default(), now))
                .await;
        }
        world
    }

    /// A user with a key and, if it is given, an inline policy; carol is of the other account.
    pub(crate) async fn user(&self, name: &str, policy: Option<&str>) -> Keys {
        let account = account_of(name);
        let user = NewUser {
            account,
            id: UniqueId::generate(UniqueIdKind::User, account, &*self.random),
            name: name.parse().unwrap(),
            path: Path::default(),
            created_at: Timestamp::from_seconds(NOW),
        };
        let key = NewAccessKey {
            id: AccessKeyId::generate(account, &*self.random),
            account,
            owner: KeyOwner::User(user.id),
            status: AccessKeyStatus::Active,
            created_at: Timestamp::from_seconds(NOW),
        };
        let secret = SecretAccessKey::generate(&*self.random);
        let keys = Keys {
            id: key.id.to_string(),
            secret: secret.expose().to_owned(),
            token: None,
            expires_at: 0,
        };
        let policy = policy.map(inline);
        self.write(move |tx| {
            assert_eq!(tx.insert_user(&user)?, InsertUser::Created);
            tx.insert_access_key(&key, &secret)?;
            match &policy {
                Some(policy) => put(tx, account, user.id, policy),
                None => Ok(()),
            }
        })
        .await;
        keys
    }

    /// A role of the first account, at the path `/ops/`; its ARN.
    pub(crate) async fn role(&self, name: &str, trust: Trust<'_>, policies: &[&str]) -> String {
        self.role_of_hours(name, 1, trust, policies).await
    }

    pub(crate) async fn role_of_hours(
        &self,
        name: &str,
        hours: u32,
        trust: Trust<'_>,
        policies: &[&str],
    ) -> String {
        let account = AccountId::new(HERE).unwrap();
        let Trust::Of(principal, action, rest) = trust;
        let document = format!(
            r#"{{"Version": "2012-10-17", "Statement": {{"Effect": "Allow", "Principal": {principal}, "Action": "{action}"{rest}}}}}"#
        );
        let role = NewRole {
            account,
            id: UniqueId::generate(UniqueIdKind::Role, account, &*self.random),
            name: name.parse().unwrap(),
            path: "/ops/".parse().unwrap(),
            description: None,
            trust_policy: TrustPolicy {
                document_with_ids: document.clone(),
                document,
            },
            session_seconds_max: hours * 3600,
            created_at: Timestamp::from_seconds(NOW),
        };
        let policies: Vec<InlinePolicyRecord> = policies
            .iter()
            .enumerate()
            .map(|(number, document)| InlinePolicyRecord {
                name: format!("p{number}").parse().unwrap(),
                ..inline(document)
            })
            .collect();
        self.write(move |tx| {
            assert_eq!(tx.insert_role(&role)?, InsertRole::Created);
            policies
                .iter()
                .try_for_each(|policy| put(tx, account, role.id, policy))
        })
        .await;
        format!("arn:aws:iam::{HERE}:role/ops/{name}")
    }

    pub(crate) async fn tag_role(&self, name: &str, key: &str, value: &str) {
        let account = AccountId::new(HERE).unwrap();
        let name = name.parse().unwrap();
        let tag = TagRecord {
            key: key.to_owned(),
            value: value.to_owned(),
        };
        self.write(move |tx| {
            let role = tx.role_by_name(account, &name)?.unwrap();
            tx.put_tags(account, role.id, std::slice::from_ref(&tag))
                .map(|_| ())
        })
        .await;
    }

    /// Ends all sessions of a user, those of this second included.
    pub(crate) async fn revoke_user(&self, name: &str) {
        let account = account_of(name);
        let name = name.parse().unwrap();
        self.write(move |tx| {
            let user = tx.user_by_name(account, &name)?.unwrap();
            let next = Timestamp::from_seconds(NOW + 1);
            tx.revoke_sessions(account, SessionOwner::User(user.id), next)
        })
        .await;
    }

    /// Assumes a role as `ci`.
    pub(crate) async fn assume(
        &self,
        by: &Keys,
        role: &str,
        parameters: &[(&str, &str)],
    ) -> Result<Keys, String> {
        let mut asked = vec![("RoleArn", role), ("RoleSessionName", "ci")];
        asked.extend(parameters);
        let answer = self.call(by, "AssumeRole", &asked).await?;
        let part = |name: &str| {
            let rest = answer.split_once(&format!("<{name}>")).unwrap().1;
            rest.split_once("</").unwrap().0.to_owned()
        };
        let expiration = part("Expiration");
        let ends = (NOW..NOW + 48 * 3600).find(|at| Timestamp::from_seconds(*at).to_string() == expiration);
        Ok(Keys {
            id: part("AccessKeyId"),
            secret: part("SecretAccessKey"),
            token: Some(part("SessionToken")),
            expires_at: ends.unwrap(),
        })
    }

    /// Sends a signed request, and gives back the body of its answer, or the error's code and text.
    pub(crate) async fn call(
        &self,
        by: &Keys,
        action: &str,
        parameters: &[(&str, &str)],
    ) -> Result<String, String> {
        let (service, version) = match action {
            "AssumeRole" | "GetCallerIdentity" | "GetSessionToken" => ("sts", "2011-06-15"),
            _ => ("iam", "2010-05-08"),
        };
        let mut body = format!("Action={action}&Version={version}");
        for (name, value) in parameters {
            body.push_str(&format!("&{name}={}", escaped(value)));
        }
        let caller = self.caller(by, service, &body).await?;
        let call = route(&Parts {
            method: "POST",
            path: "/",
            query: "",
            content_type: Some("application/x-www-form-urlencoded"),
            target: None,
            scope_service: Some(service),
            body: body.as_bytes(),
        });
        let call = call.map_err(|unrouted| unrouted.error.to_string())?;
        let context = self.context();
        let done = self
            .authority
            .run(&call, &caller, &context, &mut Asked::default())
            .await;
        done.map(|done| String::from_utf8(done.answer.body).unwrap())
            .map_err(|error| error.to_string())
    }

    /// Who signs with these credentials.
    pub(crate) async fn caller(
        &self,
        by: &Keys,
        service: &'static str,
        body: &str,
    ) -> Result<Authenticated, String> {
        let mut headers = vec![
            ("host", "127.0.0.1:7450".to_owned()),
            ("content-type", "application/x-www-form-urlencoded".to_owned()),
        ];
        let signer = Signer {
            access_key_id: &by.id,
            secret_access_key: by.secret.as_bytes(),
            session_token: by.token.as_deref(),
            region: "us-east-1",
            service,
            kind: ServiceKind::Other,
        };
        let hash = BodyHash::of(body.as_bytes());
        let added = sign_header(&request(&fields(&headers)), &signer, Payload::Body, hash, NOW).unwrap();
        headers.extend(added);
        let fields = fields(&headers);
        let expected = Expected {
            service,
            kind: ServiceKind::Other,
            regions: None,
            skew_seconds_max: 900,
        };
        let client = Caller {
            source: SOURCE,
            user_agent: "test",
        };
        let now = Timestamp::from_seconds(NOW);
        let signed = request(&fields);
        let caller = self
            .verifier
            .authenticate(&signed, body.as_bytes(), &expected, client, now);
        caller
            .await
            .map_err(|failure| keystead_wire::ApiError::from(failure).to_string())
    }

    /// A world with an administrator who has a password, and with a password policy if its parameters are given; the
    /// administrator's key.
    pub(crate) async fn with_password(user: &str, password: &str, policy: &[(&str, &str)]) -> (Self, Keys) {
        let everything = r#"{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}"#;
        let world = Self::new().await;
        let admin = world.user(user, Some(everything)).await;
        let profile = [("UserName", user), ("Password", password)];
        world.call(&admin, "CreateLoginProfile", &profile).await.unwrap();
        if !policy.is_empty() {
            let set = world.call(&admin, "UpdateAccountPasswordPolicy", policy).await;
            set.unwrap();
        }
        (world, admin)
    }

    /// Whether somebody is signed in to the console with a token.
    pub(crate) async fn is_signed_in(&self, token: &str, at: i64) -> bool {
        let at = Timestamp::from_seconds(at);
        let found = self.verifier.authenticate_console(token, "us-east-1", at).await;
        found.is_ok_and(|caller| caller.is_console())
    }

    /// A link by which a user sets a password; its token.
    pub(crate) async fn link(&self, name: &str) -> String {
        let (account, name) = (account_of(name), name.parse().unwrap());
        self.write(move |tx| {
            let user = tx.user_by_name(account, &name)?.unwrap();
            let link = ConsoleLinkRecord {
                account,
                user: user.id,
                expires_at: Timestamp::from_seconds(NOW + limits::CONSOLE_LINK_SECONDS),
            };
            tx.insert_console_link("token of a link", &link)
        })
        .await;
        "token of a link".to_owned()
    }

    pub(crate) fn context(&self) -> Context {
        self.context_at(NOW)
    }

    pub(crate) fn context_at(&self, at: i64) -> Context {
        Context {
            request_id: RequestId::generate(&*self.random),
            now: Timestamp::from_seconds(at),
            source: SOURCE,
            user_agent: "test".into(),
            referer: None,
            secure_transport: false,
        }
    }

    pub(crate) fn authority(&self) -> &Authority {
        &self.authority
    }

    pub(crate) fn random(&self) -> &dyn Random {
        &*self.random
    }

    pub(crate) fn verifier(&self) -> &Verifier<Store> {
        &self.verifier
    }

    pub(crate) fn store(&self) -> &Store {
        &self.store
    }

    pub(crate) async fn write<T: Send + 'static>(
        &self,
        work: impl Fn(&mut Tx<'_>) -> Result<T, StoreError> + Send + 'static,
    ) {
        assert!(self.store.write(work).await.is_ok());
    }
}

fn put(
    tx: &mut Tx<'_>,
    account: AccountId,
    owner: UniqueId,
    policy: &InlinePolicyRecord,
) -> Result<(), StoreError> {
    tx.put_inline_policy(account, owner, policy, CHARACTERS_MAX / 8)
        .map(|_| ())
}

fn inline(document: &str) -> InlinePolicyRecord {
    InlinePolicyRecord {
        name: "p".parse().unwrap(),
        document: document.to_owned(),
    }
}

fn account_of(user: &str) -> AccountId {
    AccountId::new(if user == ADMIN_OF_OTHER { OTHER } else { HERE }).unwrap()
}

fn escaped(text: &str) -> String {
    let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    text.bytes()
        .map(|byte| match unreserved(byte) {
            true => char::from(byte).to_string(),
            false => format!("%{byte:02X}"),
        })
        .collect()
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
