//! What a session token holds, as bytes: short, and read with every length checked.

use std::sync::Arc;

use keystead_types::{
    AccountId, Ancestor, FederatedUserIdentity, Identity, Path, Principal, RoleIdentity, RoleSessionIdentity,
    SecretAccessKey, Session, SessionTag, Timestamp, UniqueId, UserIdentity, limits,
};
use keystead_verifier::DirectorySession;
use zeroize::Zeroizing;

// Kinds of principals.
const ROOT: u8 = 1;
const USER: u8 = 2;
const ROLE_SESSION: u8 = 3;
const FEDERATED_BY_USER: u8 = 4;
const FEDERATED_BY_ROOT: u8 = 5;

/// Writes everything down: the secret first, what was passed last.
pub(super) fn write(
    principal: &Principal,
    session: &Session,
    secret: &SecretAccessKey,
) -> Zeroizing<Vec<u8>> {
    // Large enough for the whole, since a copy that is left behind when it grows would not be wiped.
    let mut content = Writer(Zeroizing::new(Vec::with_capacity(CONTENT_BYTES_MAX)));
    content.text(secret.expose());
    content.principal(principal);
    content.number(session.issued_at.seconds());
    content.number(session.expires_at.seconds());
    content.number(session.mfa_at.map_or(0, Timestamp::seconds));
    content.text(
        session
            .source_identity
            .as_ref()
            .map_or("", |identity| identity.as_str()),
    );
    content.number(session.ancestors.len() as i64);
    for ancestor in &session.ancestors {
        content.number(ancestor.account.number() as i64);
        content.text(ancestor.id.as_str());
        content.number(ancestor.issued_at.seconds());
    }
    content.passed(session);
    content.0
}

/// What the policies and tags of a session take in its token, in bytes.
pub(super) fn passed_bytes(session: &Session) -> usize {
    let mut content = Writer(Zeroizing::default());
    content.passed(session);
    // The three counts are there in any case.
    content.0.len() - 3
}

/// Reads what was written; `None` when it is anything else.
pub(super) fn read(content: &[u8]) -> Option<DirectorySession> {
    let mut content = Reader(content);
    let secret = SecretAccessKey::import(content.text()?).ok()?;
    let principal = content.principal()?;
    let issued_at = content.time()?;
    let expires_at = content.time()?;
    let mfa_at = content.time().map(|at| (at.seconds() > 0).then_some(at))?;
    let source_identity = match content.text()? {
        "" => None,
        identity => Some(identity.parse().ok()?),
    };
    let ancestors = content.list(limits::SESSION_ANCESTORS_MAX, |content| {
        Some(Ancestor {
            account: content.account()?,
            id: content.text()?.parse().ok()?,
            issued_at: content.time()?,
        })
    })?;
    let policy = match content.text()? {
        "" => None,
        policy => Some(Arc::from(policy)),
    };
    let policy_ids = content.list(limits::SESSION_POLICY_ARNS, |content| {
        content.text()?.parse().ok()
    })?;
    let tags = content.list(limits::SESSION_TAGS, |content| {
        Some(SessionTag {
            key: content.text()?.into(),
            value: content.text()?.into(),
            is_transitive: content.number()? == 1,
        })
    })?;
    let session = Session {
        issued_at,
        expires_at,
        mfa_at,
        source_identity,
        tags,
        policy,
        policy_ids,
        ancestors,
    };
    content.0.is_empty().then(|| DirectorySession {
        principal: Arc::new(principal),
        session: Arc::new(session),
        secret,
    })
}

/// More than a content can have: names, a path and ancestors beside what is passed.
const CONTENT_BYTES_MAX: usize = limits::SESSION_PACKED_BYTES_MAX + 2048;

struct Writer(Zeroizing<Vec<u8>>);

impl Writer {
    fn passed(&mut self, session: &Session) {
        self.text(session.policy.as_deref().unwrap_or_default());
        self.number(session.policy_ids.len() as i64);
        session.policy_ids.iter().for_each(|id| self.text(id.as_str()));
        self.number(session.tags.len() as i64);
        for tag in &session.tags {
            self.text(&tag.key);
            self.text(&tag.value);
            self.number(i64::from(tag.is_transitive));
        }
    }

    fn principal(&mut self, principal: &Principal) {
        let (kind, user) = match &principal.identity {
            Identity::Root => (ROOT, None),
            Identity::User(user) => (USER, Some(user)),
            Identity::RoleSession(_) => (ROLE_SESSION, None),
            Identity::FederatedUser(federated) => match &federated.user {
                Some(user) => (FEDERATED_BY_USER, Some(user)),
                None => (FEDERATED_BY_ROOT, None),
            },
        };
        self.0.push(kind);
        self.number(principal.account.number() as i64);
        if let Some(user) = user {
            self.holder(user.id, user.name.as_str(), &user.path);
        }
        match &principal.identity {
            Identity::RoleSession(session) => {
                let role = &session.role;
                self.holder(role.id, role.name.as_str(), &role.path);
                self.text(session.session.as_str());
            }
            Identity::FederatedUser(federated) => self.text(federated.name.as_str()),
            Identity::Root | Identity::User(_) => {}
        }
    }

    fn holder(&mut self, id: UniqueId, name: &str, path: &Path) {
        self.text(id.as_str());
        self.text(name);
        self.text(path.as_str());
    }

    fn text(&mut self, text: &str) {
        self.number(text.len() as i64);
        self.0.extend_from_slice(text.as_bytes());
    }

    /// Seven bits a byte, the lowest first. There are no numbers below zero.
    fn number(&mut self, number: i64) {
        let mut rest = number.max(0) as u64;
        while rest >= 0x80 {
            self.0.push(rest as u8 | 0x80);
            rest >>= 7;
        }
        self.0.push(rest as u8);
    }
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn principal(&mut self) -> Option<Principal> {
        let (kind, rest) = self.0.split_first()?;
        self.0 = rest;
        let account = self.account()?;
        let identity = match *kind {
            ROOT => Identity::Root,
            USER => Identity::User(self.user()?),
            ROLE_SESSION => Identity::RoleSession(RoleSessionIdentity {
                role: RoleIdentity {
                    id: self.text()?.parse().ok()?,
                    name: self.text()?.parse().ok()?,
                    path: self.text()?.parse().ok()?,
                },
                session: self.text()?.parse().ok()?,
            }),
            FEDERATED_BY_USER => {
                let user = Some(self.user()?);
                let name = self.text()?.parse().ok()?;
                Identity::FederatedUser(FederatedUserIdentity { name, user })
            }
            FEDERATED_BY_ROOT => Identity::FederatedUser(FederatedUserIdentity {
                name: self.text()?.parse().ok()?,
                user: None,
            }),
            _ => return None,
        };
        Some(Principal { account, identity })
    }

    fn user(&mut self) -> Option<UserIdentity> {
        Some(UserIdentity {
            id: self.text()?.parse().ok()?,
            name: self.text()?.parse().ok()?,
            path: self.text()?.parse().ok()?,
        })
    }

    fn account(&mut self) -> Option<AccountId> {
        AccountId::new(u64::try_from(self.number()?).ok()?)
    }

    fn time(&mut self) -> Option<Timestamp> {
        self.number().map(Timestamp::from_seconds)
    }

    fn list<T>(
        &mut self,
        length_max: usize,
        mut element: impl FnMut(&mut Self) -> Option<T>,
    ) -> Option<Box<[T]>> {
        let length = usize::try_from(self.number()?).ok()?;
        if length > length_max {
            return None;
        }
        (0..length).map(|_| element(self)).collect()
    }

    fn text(&mut self) -> Option<&'a str> {
        let length = usize::try_from(self.number()?).ok()?;
        let (text, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        std::str::from_utf8(text).ok()
    }

    fn number(&mut self) -> Option<i64> {
        let mut number = 0_u64;
        for shift in (0..63).step_by(7) {
            let (byte, rest) = self.0.split_first()?;
            self.0 = rest;
            number |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return i64::try_from(number).ok();
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SECRET: &str = "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY00";

    fn user() -> impl Strategy<Value = UserIdentity> {
        ("AIDA[A-Z2-7]{17}", "[A-Za-z0-9_+=,.@-]{1,64}", "/([!-~]{1,60}/)?").prop_map(|(id, name, path)| {
            UserIdentity {
                id: id.parse().unwrap(),
                name: name.parse().unwrap(),
                path: path.parse().unwrap(),
            }
        })
    }

    fn identity() -> impl Strategy<Value = Identity> {
        let role = (
            "AROA[A-Z2-7]{17}",
            "[a-z]{1,64}",
            "/([!-~]{1,60}/)?",
            "[a-z]{2,64}",
        );
        let role = role.prop_map(|(id, name, path, session)| {
            Identity::RoleSession(RoleSessionIdentity {
                role: RoleIdentity {
                    id: id.parse().unwrap(),
                    name: name.parse().unwrap(),
                    path: path.parse().unwrap(),
                },
                session: session.parse().unwrap(),
            })
        });
        let federated = ("[a-z]{2,32}", proptest::option::of(user())).prop_map(|(name, user)| {
            Identity::FederatedUser(FederatedUserIdentity {
                name: name.parse().unwrap(),
                user,
            })
        });
        prop_oneof![
            Just(Identity::Root),
            user().prop_map(Identity::User),
            role,
            federated
        ]
    }

    fn session() -> impl Strategy<Value = Session> {
        let time = || (1_i64..4_000_000_000).prop_map(Timestamp::from_seconds);
        let tag =
            ("\\PC{1,20}", "\\PC{0,20}", any::<bool>()).prop_map(|(key, value, is_transitive)| SessionTag {
                key: key.into(),
                value: value.into(),
                is_transitive,
            });
        let ancestor = ("A(ID|RO)A[A-Z2-7]{17}", 0_u64..1_000_000_000_000, time());
        let ancestor = ancestor.prop_map(|(id, account, issued_at)| Ancestor {
            account: AccountId::new(account).unwrap(),
            id: id.parse().unwrap(),
            issued_at,
        });
        use proptest::collection::vec as list;
        (
            (time(), time(), proptest::option::of(time())),
            proptest::option::of("[a-z]{2,64}"),
            (
                proptest::option::of("\\PC{1,200}"),
                list("ANPA[A-Z2-7]{17}", 0..=10),
            ),
            list(tag, 0..=50),
            list(ancestor, 0..=16),
        )
            .prop_map(|(times, source, (policy, ids), tags, ancestors)| Session {
                issued_at: times.0,
                expires_at: times.1,
                mfa_at: times.2,
                source_identity: source.map(|source| source.parse().unwrap()),
                tags: tags.into(),
                policy: policy.map(Into::into),
                policy_ids: ids.iter().map(|id| id.parse().unwrap()).collect(),
                ancestors: ancestors.into(),
            })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn what_was_written_is_read_and_nothing_shorter_or_longer(
            account in 0_u64..1_000_000_000_000,
            identity in identity(),
            session in session(),
            cut in any::<prop::sample::Index>(),
        ) {
            let principal = Principal { account: AccountId::new(account).unwrap(), identity };
            let secret = SecretAccessKey::import(SECRET).unwrap();
            let content = write(&principal, &session, &secret);
            let found = read(&content).unwrap();
            prop_assert_eq!(&*found.principal, &principal);
            prop_assert_eq!(&*found.session, &session);
            prop_assert_eq!(found.secret.expose(), SECRET);
            prop_assert!(read(&content[..cut.index(content.len())]).is_none());
            prop_assert!(read(&[&content[..], &[0]].concat()).is_none());
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = read(&bytes);
        }
    }
}
