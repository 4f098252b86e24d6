//! A whole authentication with temporary credentials, against one with a long-term key.

use std::{
    future::Future,
    net::IpAddr,
    pin::pin,
    sync::Arc,
    task::{Context as TaskContext, Poll, Waker},
    time::Duration,
};

use keystead_sigv4::{
    BodyHash, Expected, HeaderField, Payload, Request, ServiceKind,
    sign::{Signer, sign_header},
};
use keystead_types::{
    AccessKeyId, AccessKeyStatus, AccountId, Identity, Path, Principal, RoleIdentity, RoleSessionIdentity,
    SecretAccessKey, Session, Timestamp, UniqueId, UniqueIdKind, UserIdentity,
};
use keystead_verifier::{
    Caller, Directory, DirectoryKey, DirectoryPermissions, DirectorySession, DirectoryUnavailable, Holder,
    Options, PermissionsSnapshot, PoliciesSnapshot, RootSnapshot, Snapshot, Verifier,
};

use crate::{
    Context, Result,
    in_process::{Case, take_rounds},
    machine,
    random::Seeded,
    requests::{self, REGION},
    table::{Goal, Row, Table},
};

const SECRET: &str = "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY00";
const BODY: &str = "Action=GetCallerIdentity&Version=2011-06-15";
/// As long as the token of a role's session without policies and tags.
const TOKEN_CHARACTERS: usize = 240;

pub(crate) fn measure(context: &Context, table: &mut Table) -> Result<()> {
    table.note("Temporary credentials: authenticate, held; floor: the same request with a long-term key");
    let seconds = requests::now_seconds()?;
    let directory = One::new(seconds)?;
    let long_term = Signed::new(&directory.key, None, seconds)?;
    let token = "t".repeat(TOKEN_CHARACTERS);
    let temporary = Signed::new(&directory.temporary, Some(&token), seconds)?;
    let verifier = Verifier::new(directory, Options::default(), &Seeded::new(1));
    let mut cases = [
        Case::new(
            "long-term",
            Box::new(|count| long_term.authenticate(&verifier, count)),
        ),
        Case::new(
            "temporary",
            Box::new(|count| temporary.authenticate(&verifier, count)),
        ),
    ];
    take_rounds(context.rounds, &mut cases)?;
    let [floor, case] = &cases;
    let row = Row::new("authenticate with temporary credentials, held", case.show()?);
    table.push(
        row.floor(floor.show()?)
            .ratio(case.ratio_to(floor)?, Some(Goal::AtMost(2.0))),
    );
    Ok(())
}

/// A request and who signed it.
struct Signed {
    headers: Vec<(&'static str, String)>,
    seconds: i64,
}

impl Signed {
    fn new(id: &AccessKeyId, token: Option<&str>, seconds: i64) -> Result<Self> {
        let mut headers = vec![
            ("host", "127.0.0.1:7450".to_owned()),
            ("content-type", "application/x-www-form-urlencoded".to_owned()),
        ];
        let signer = Signer {
            access_key_id: id.as_str(),
            secret_access_key: SECRET.as_bytes(),
            session_token: token,
            region: REGION,
            service: "sts",
            kind: ServiceKind::Other,
        };
        let fields = fields(&headers);
        let hash = BodyHash::of(BODY.as_bytes());
        let added = sign_header(&request(&fields), &signer, Payload::Body, hash, seconds)
            .map_err(|rejection| rejection.to_string())?;
        headers.extend(added);
        Ok(Self { headers, seconds })
    }

    fn authenticate(&self, verifier: &Verifier<One>, count: usize) -> Result<Duration> {
        let expected = Expected {
            service: "sts",
            kind: ServiceKind::Other,
            regions: None,
            skew_seconds_max: 900,
        };
        let caller = Caller {
            source: IpAddr::from([127, 0, 0, 1]),
            user_agent: requests::USER_AGENT,
        };
        let now = Timestamp::from_seconds(self.seconds);
        let fields = fields(&self.headers);
        let request = request(&fields);
        let once = || {
            let authenticating = verifier.authenticate(&request, BODY.as_bytes(), &expected, caller, now);
            let mut context = TaskContext::from_waker(Waker::noop());
            match pin!(authenticating).as_mut().poll(&mut context) {
                Poll::Ready(Ok(_)) => Ok(()),
                Poll::Ready(Err(failure)) => Err(format!("a right request was refused: {}", failure.check())),
                Poll::Pending => Err("this directory answers at once".to_owned()),
            }
        };
        once()?;
        let begin = machine::thread_time();
        for _ in 0..count {
            once()?;
        }
        Ok(machine::thread_time() - begin)
    }
}

/// A user with a key, and a role with a session.
struct One {
    account: AccountId,
    key: AccessKeyId,
    temporary: AccessKeyId,
    user: UserIdentity,
    role: RoleIdentity,
    session: Arc<Session>,
}

impl One {
    fn new(seconds: i64) -> Result<Self> {
        let random = Seeded::new(2);
        let account = AccountId::new(123_456_789_012).ok_or("no account id")?;
        let name = |_| "not a name";
        Ok(Self {
            account,
            key: AccessKeyId::generate(account, &random),
            temporary: AccessKeyId::generate_temporary(account, &random),
            user: UserIdentity {
                id: UniqueId::generate(UniqueIdKind::User, account, &random),
                name: "alice".parse().map_err(name)?,
                path: Path::default(),
            },
            role: RoleIdentity {
                id: UniqueId::generate(UniqueIdKind::Role, account, &random),
                name: "deployer".parse().map_err(name)?,
                path: Path::default(),
            },
            session: Arc::new(Session {
                issued_at: Timestamp::from_seconds(seconds),
                expires_at: Timestamp::from_seconds(seconds + 3600),
                mfa_at: None,
                source_identity: None,
                tags: Box::default(),
                policy: None,
                policy_ids: Box::default(),
                ancestors: [keystead_types::Ancestor {
                    account,
                    id: UniqueId::generate(UniqueIdKind::User, account, &random),
                    issued_at: Timestamp::from_seconds(seconds),
                }]
                .into(),
            }),
        })
    }

    fn secret() -> std::result::Result<SecretAccessKey, DirectoryUnavailable> {
        SecretAccessKey::import(SECRET).map_err(|_| DirectoryUnavailable::new("not a secret"))
    }
}

impl Directory for One {
    async fn access_key(&self, _: AccessKeyId) -> std::result::Result<Snapshot, DirectoryUnavailable> {
        let key = DirectoryKey {
            status: AccessKeyStatus::Active,
            principal: Arc::new(Principal {
                account: self.account,
                identity: Identity::User(self.user.clone()),
            }),
            secret: Self::secret()?,
        };
        Ok(Snapshot {
            revision: 1,
            key: Some(key),
        })
    }

    async fn permissions(
        &self,
        account: AccountId,
        _: UniqueId,
    ) -> std::result::Result<PermissionsSnapshot, DirectoryUnavailable> {
        let permissions = DirectoryPermissions {
            account,
            holder: Holder::Role(self.role.clone()),
            not_before: None,
            tags: Vec::new(),
            groups: Vec::new(),
            policies: Vec::new(),
            boundary: None,
        };
        Ok(PermissionsSnapshot {
            revision: 1,
            permissions: Some(permissions),
        })
    }

    async fn root(&self, _: AccountId) -> std::result::Result<RootSnapshot, DirectoryUnavailable> {
        Ok(RootSnapshot {
            revision: 1,
            not_before: None,
        })
    }

    async fn policies(
        &self,
        _: AccountId,
        _: &[UniqueId],
    ) -> std::result::Result<PoliciesSnapshot, DirectoryUnavailable> {
        Ok(PoliciesSnapshot {
            revision: 1,
            policies: Vec::new(),
        })
    }

    async fn session(
        &self,
        _: AccessKeyId,
        _: &str,
    ) -> std::result::Result<Option<DirectorySession>, DirectoryUnavailable> {
        let session = RoleSessionIdentity {
            role: self.role.clone(),
            session: "build"
                .parse()
                .map_err(|_| DirectoryUnavailable::new("not a name"))?,
        };
        Ok(Some(DirectorySession {
            principal: Arc::new(Principal {
                account: self.account,
                identity: Identity::RoleSession(session),
            }),
            session: Arc::clone(&self.session),
            secret: Self::secret()?,
        }))
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
