//! The floor of CreateAccessKey: its statements in the store itself, without HTTP, signature or XML.
//!
//! Runs as a child process, so that slowed syncs can be loaded into it as into the server.

use std::{
    path::Path,
    process::{Command, Stdio},
    sync::Arc,
    time::{Instant, SystemTime, UNIX_EPOCH},
};

use clap::Args;
use keystead_store::{
    AuditElements, AuditEvent, InsertAccessKey, KeyOwner, NewAccessKey, Revision, Store, StoreError, Tx,
    WriteError,
};
use keystead_types::{
    AccessKeyId, AccessKeyStatus, AccountId, Principal, Random, RequestId, SecretAccessKey, Timestamp,
    UserName,
};

use crate::{
    Result, data_directory, dataset,
    machine::SERVER_CORE,
    process,
    random::Seeded,
    requests::{Credentials, REGION},
    shim::SlowSyncs,
    stats::Latencies,
    turns::Run,
};

/// What the child is to do.
#[derive(Args, Clone, Debug)]
pub(crate) struct Floor {
    data: std::path::PathBuf,
    /// The administrator's key, which every transaction looks up.
    administrator: String,
    /// The first of the spare users' slots.
    first: usize,
    /// Keys to create.
    count: usize,
    /// Keys created at a time.
    width: usize,
    /// Each by a caller of its own, instead of all in one command.
    #[arg(long)]
    callers: bool,
}

impl Floor {
    pub(crate) fn new(
        data: &Path,
        administrator: &Credentials,
        first: usize,
        count: usize,
        width: usize,
        callers: bool,
    ) -> Self {
        let administrator = administrator.access_key_id.clone();
        Self {
            data: data.to_owned(),
            administrator,
            first,
            count,
            width,
            callers,
        }
    }

    /// Runs it in a child on the server's core.
    pub(crate) fn measure(&self, slow_syncs: Option<&SlowSyncs>) -> Result<Run> {
        let mut child = Command::new(std::env::current_exe()?);
        child.arg("commit-floor").arg(&self.data).arg(&self.administrator);
        child.args([self.first, self.count, self.width].map(|number| number.to_string()));
        if self.callers {
            child.arg("--callers");
        }
        if let Some(syncs) = slow_syncs {
            syncs.load_into(&mut child);
        }
        child.stdin(Stdio::null()).stdout(Stdio::piped());
        let output = process::spawn(child, Some(SERVER_CORE))?.wait_with_output()?;
        let text = String::from_utf8(output.stdout)?;
        let figures: Vec<f64> = text
            .split_whitespace()
            .filter_map(|word| word.parse().ok())
            .collect();
        match figures.as_slice() {
            [rate, p50, p99, p999] => {
                let latencies = Latencies {
                    p50: *p50 as u32,
                    p99: *p99 as u32,
                    p999: *p999 as u32,
                };
                Ok(Run {
                    rate: *rate,
                    latencies,
                    busy: 1.0,
                })
            }
            _ => Err(format!("the store alone failed: {}", output.status).into()),
        }
    }

    /// The child's part: prints the rate and the percentiles.
    pub(crate) fn run(&self) -> Result<()> {
        let (rate, Latencies { p50, p99, p999 }) = self.create()?;
        println!("{rate} {p50} {p99} {p999}");
        Ok(())
    }

    fn create(&self) -> Result<(f64, Latencies)> {
        let store = data_directory::open(&self.data)?;
        let scene = Arc::new(Scene::new(data_directory::account(&store)?, &self.administrator)?);
        let slots: Vec<usize> = (self.first..self.first + self.count).collect();
        let begin = Instant::now();
        let mut nanoseconds = data_directory::blocking(async {
            if self.callers {
                self.by_callers(&store, &scene, &slots).await
            } else {
                together(&store, &scene, &slots, self.width).await
            }
        })??;
        let rate = self.count as f64 / begin.elapsed().as_secs_f64();
        Ok((
            rate,
            Latencies::of(&mut nanoseconds).ok_or("nothing was created")?,
        ))
    }

    async fn by_callers(&self, store: &Store, scene: &Arc<Scene>, slots: &[usize]) -> Result<Vec<u32>> {
        let mut callers = tokio::task::JoinSet::new();
        for slots in slots.chunks(slots.len().div_ceil(self.width)) {
            let (store, scene, slots) = (store.clone(), Arc::clone(scene), slots.to_vec());
            callers.spawn(async move { together(&store, &scene, &slots, 1).await });
        }
        let mut nanoseconds = Vec::new();
        for caller in callers.join_all().await {
            nanoseconds.extend(caller?);
        }
        Ok(nanoseconds)
    }
}

/// Creates keys, `width` in each command, one command after the other.
async fn together(store: &Store, scene: &Arc<Scene>, slots: &[usize], width: usize) -> Result<Vec<u32>> {
    let mut nanoseconds = Vec::new();
    for slots in slots.chunks(width) {
        let (scene, slots) = (Arc::clone(scene), slots.to_vec());
        let begin = Instant::now();
        let work = move |tx: &mut Tx<'_>| {
            slots
                .iter()
                .try_for_each(|slot| scene.create_access_key(tx, *slot))
        };
        let written: std::result::Result<((), Revision), WriteError<StoreError>> = store.write(work).await;
        let latency = u32::try_from(begin.elapsed().as_nanos()).unwrap_or(u32::MAX);
        match written {
            Ok(_) => nanoseconds.push(latency),
            Err(WriteError::Refused(error) | WriteError::Unavailable(error)) => return Err(error.into()),
        }
    }
    Ok(nanoseconds)
}

/// What every creation shares.
struct Scene {
    account: AccountId,
    administrator: AccessKeyId,
    random: Seeded,
    now: Timestamp,
}

impl Scene {
    fn new(account: AccountId, administrator: &str) -> Result<Self> {
        let administrator = administrator.parse().map_err(|_| "not an access key id")?;
        let now = SystemTime::now().duration_since(UNIX_EPOCH)?;
        Ok(Self {
            account,
            administrator,
            // Another seed for each process: ids are never used twice.
            random: Seeded::new(now.as_nanos() as u64),
            now: Timestamp::from_seconds(i64::try_from(now.as_secs())?),
        })
    }

    /// What CreateAccessKey does in its transaction: the caller, the user, the key, the audit event.
    fn create_access_key(&self, tx: &mut Tx<'_>, slot: usize) -> std::result::Result<(), StoreError> {
        let gone = || StoreError::Failed("the data set is not as it was loaded".into());
        let key = tx.access_key(self.administrator)?.ok_or_else(gone)?;
        let caller = tx.principal_of(&key)?.ok_or_else(gone)?;
        let name: UserName = dataset::spare_user(slot).parse().map_err(|_| gone())?;
        let user = tx.user_by_name(self.account, &name)?.ok_or_else(gone)?;
        let key = NewAccessKey {
            id: AccessKeyId::generate(self.account, &self.random),
            account: self.account,
            owner: KeyOwner::User(user.id),
            status: AccessKeyStatus::Active,
            created_at: self.now,
        };
        let secret = SecretAccessKey::generate(&self.random);
        if tx.insert_access_key(&key, &secret)? != InsertAccessKey::Created {
            return Err(gone());
        }
        tx.audit(&self.event(caller, &name, key.id))
    }

    fn event(&self, principal: Principal, user: &UserName, created: AccessKeyId) -> AuditEvent {
        let random: &dyn Random = &self.random;
        AuditEvent {
            time: self.now,
            event_id: RequestId::generate(random),
            request_id: RequestId::generate(random),
            account: self.account,
            principal: Some(Arc::new(principal)),
            session: None,
            access_key: Some(self.administrator),
            event_source: "iam.amazonaws.com".into(),
            operation: "CreateAccessKey".into(),
            region: REGION.into(),
            source_address: "127.0.0.1".into(),
            user_agent: crate::requests::USER_AGENT.into(),
            error: None,
            request_parameters: AuditElements::new(
                serde_json::json!({ "userName": user.as_str() }).to_string(),
            ),
            response_elements: AuditElements::new(
                serde_json::json!({ "accessKey": {
                "userName": user.as_str(),
                "accessKeyId": created.as_str(),
                "status": "Active",
                "createDate": self.now.to_string(),
            } })
                .to_string(),
            ),
            read_only: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fills_both_places_of_each_user_and_no_third() {
        let directory = tempfile::tempdir().unwrap();
        let dataset = dataset::tests::loaded(directory.path(), 1, 40);
        let administrator = dataset.sample(1).next().unwrap();
        let floor = |first, callers| Floor::new(directory.path(), &administrator, first, 40, 8, callers);
        assert!(floor(0, false).create().unwrap().0 > 0.0);
        assert!(floor(0, true).create().unwrap().0 > 0.0);
        assert!(floor(0, false).create().is_err());
    }
}
