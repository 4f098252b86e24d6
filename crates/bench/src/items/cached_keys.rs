//! Memory that the verifier takes for each key that it holds prepared.

use std::{
    net::{IpAddr, Ipv4Addr},
    process::Command,
    sync::Arc,
};

use keystead_sigv4::{Expected, HeaderField, Request, ServiceKind};
use keystead_types::{
    AccessKeyId, AccessKeyStatus, AccountId, Identity, Path, Principal, SecretAccessKey, Timestamp, UniqueId,
    UniqueIdKind, UserIdentity,
};
use keystead_verifier::{
    Caller, Directory, DirectoryKey, DirectorySession, DirectoryUnavailable, Options, PermissionsSnapshot,
    PoliciesSnapshot, RootSnapshot, Snapshot, Verifier,
};

use crate::{
    Context, Result, machine,
    random::Seeded,
    requests::{self, Credentials},
    stats::Spread,
    table::{Goal, Row, Table},
};

const BYTES_PER_KEY_MAX: f64 = 160.0;
/// Recorded use is taken out every so many keys: it is bounded, and no part of the cache.
const KEYS_PER_DRAIN: usize = 10_000;

/// Each round in a process of its own, whose memory nothing else has used.
pub(crate) fn measure(context: &Context, table: &mut Table) -> Result<()> {
    let keys = context.keys_max;
    let mut rounds = Vec::new();
    for _ in 0..context.rounds.min(3) {
        let mut child = Command::new(std::env::current_exe()?);
        let output = child.args(["cached-keys", &keys.to_string()]).output()?;
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
        }
        rounds.push(String::from_utf8(output.stdout)?.trim().parse()?);
    }
    let bytes = Spread::of(rounds).ok_or("no round")?;
    let row = Row::new(
        format!("memory per cached key, {keys} keys of as many users"),
        bytes.show(1.0, 0),
    );
    table.push(row.goal(Goal::AtMost(BYTES_PER_KEY_MAX), bytes.median, " B"));
    Ok(())
}

/// Fills a verifier with `count` keys and prints how much resident memory each of them took.
pub(crate) fn fill(count: usize) -> Result<()> {
    let random = Seeded::new(1);
    let account = AccountId::new(123_456_789_012).ok_or("no account id")?;
    let options = Options {
        cached_keys_max: count,
        ..Options::default()
    };
    let verifier = Verifier::new(
        Generated {
            account,
            random: Seeded::new(2),
        },
        options,
        &random,
    );
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    let now = requests::now_seconds()?;
    // The first keys bring in what is paid once.
    let warm_up = count / 100;
    let mut before = 0;
    for number in 0..count + warm_up {
        if number == warm_up {
            before = machine::resident_bytes(std::process::id())?;
        }
        let id = AccessKeyId::generate(account, &random);
        runtime.block_on(authenticate(&verifier, id, now))?;
        if number % KEYS_PER_DRAIN == 0 {
            verifier
                .usage()
                .drain()
                .into_iter()
                .for_each(|drained| drained.commit());
        }
    }
    let grown = machine::resident_bytes(std::process::id())?.saturating_sub(before);
    println!("{}", grown as f64 / count as f64);
    Ok(())
}

async fn authenticate(verifier: &Verifier<Generated>, id: AccessKeyId, now: i64) -> Result<()> {
    let credentials = Credentials {
        access_key_id: id.to_string(),
        secret_access_key: secret_of(id).expose().to_owned(),
    };
    let form = "Action=GetCallerIdentity&Version=2011-06-15";
    let signed = requests::form_post(&credentials, "sts", "127.0.0.1:7450", form, now);
    let headers: Vec<_> = signed
        .headers
        .iter()
        .map(|(name, value)| HeaderField {
            name,
            value: value.as_bytes(),
        })
        .collect();
    let request = Request {
        method: signed.method,
        path: signed.path,
        query: "",
        headers: &headers,
    };
    let expected = Expected {
        service: "sts",
        kind: ServiceKind::Other,
        regions: None,
        skew_seconds_max: 900,
    };
    let caller = Caller {
        source: IpAddr::V4(Ipv4Addr::LOCALHOST),
        user_agent: "keystead-bench",
    };
    let body = signed.body.as_bytes();
    match verifier
        .authenticate(&request, body, &expected, caller, Timestamp::from_seconds(now))
        .await
    {
        Ok(_) => Ok(()),
        Err(failure) => Err(format!("a right signature was refused: {}", failure.check()).into()),
    }
}

/// A directory in which every id exists, each of a user of its own.
struct Generated {
    account: AccountId,
    random: Seeded,
}

impl Directory for Generated {
    async fn access_key(&self, id: AccessKeyId) -> std::result::Result<Snapshot, DirectoryUnavailable> {
        let account = self.account;
        let name = id
            .as_str()
            .parse()
            .map_err(|_| DirectoryUnavailable::new("not a name"))?;
        let user = UserIdentity {
            id: UniqueId::generate(UniqueIdKind::User, account, &self.random),
            name,
            path: Path::default(),
        };
        let key = DirectoryKey {
            status: AccessKeyStatus::Active,
            principal: Arc::new(Principal {
                account,
                identity: Identity::User(user),
            }),
            secret: secret_of(id),
        };
        Ok(Snapshot {
            revision: 1,
            key: Some(key),
        })
    }

    async fn permissions(
        &self,
        _: AccountId,
        _: UniqueId,
    ) -> std::result::Result<PermissionsSnapshot, DirectoryUnavailable> {
        Ok(PermissionsSnapshot {
            revision: 0,
            permissions: None,
        })
    }

    async fn root(&self, _: AccountId) -> std::result::Result<RootSnapshot, DirectoryUnavailable> {
        Ok(RootSnapshot {
            revision: 0,
            not_before: None,
        })
    }

    async fn policies(
        &self,
        _: AccountId,
        _: &[UniqueId],
    ) -> std::result::Result<PoliciesSnapshot, DirectoryUnavailable> {
        Ok(PoliciesSnapshot {
            revision: 0,
            policies: Vec::new(),
        })
    }

    async fn session(
        &self,
        _: AccessKeyId,
        _: &str,
    ) -> std::result::Result<Option<DirectorySession>, DirectoryUnavailable> {
        Ok(None)
    }
}

/// A secret of the usual 40 characters.
fn secret_of(id: AccessKeyId) -> SecretAccessKey {
    let legal = SecretAccessKey::import(&id.as_str().repeat(2));
    legal.unwrap_or_else(|_| SecretAccessKey::generate(&Seeded::new(0)))
}
