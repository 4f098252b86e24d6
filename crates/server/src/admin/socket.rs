use std::{
    fs, io,
    os::unix::fs::{DirBuilderExt, PermissionsExt},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use keystead_store::Store;
use keystead_types::Random;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{UnixListener, UnixStream},
    sync::Mutex,
    task::JoinSet,
    time::timeout,
};

use super::{
    execute::execute,
    protocol::{Command, Reply},
};

/// The socket's name in the data directory.
pub const SOCKET_NAME: &str = "admin.sock";

/// Longest command, in bytes.
const COMMAND_BYTES_MAX: u64 = 64 * 1024;
/// How long a command may take to arrive, and its reply to be taken.
const CLIENT_TIMEOUT: Duration = Duration::from_secs(10);
/// Clients that are listened to at once; further ones wait.
const CLIENTS_MAX: usize = 16;

/// The admin socket of a running server. Its file goes when it is dropped.
pub struct AdminSocket {
    listener: UnixListener,
    path: PathBuf,
}

impl AdminSocket {
    /// Binds the socket in a data directory that this process has locked: one that is there already
    /// was left behind by a process that is gone.
    pub fn bind(data: &Path) -> io::Result<Self> {
        let path = data.join(SOCKET_NAME);
        // A socket is made with the mode that the process happens to give files. Whatever the data directory
        // lets others do, nobody can reach it before it has its own mode and is moved to its place.
        let private = data.join(".bind");
        remove_if_there(fs::remove_dir_all(&private))?;
        fs::DirBuilder::new().mode(0o700).create(&private)?;
        let unready = private.join("s");
        let listener = UnixListener::bind(&unready)?;
        fs::set_permissions(&unready, fs::Permissions::from_mode(0o600))?;
        fs::rename(&unready, &path)?;
        fs::remove_dir(&private)?;
        Ok(Self { listener, path })
    }

    /// Serves commands until it is dropped. They run one at a time; a client that is slow to say what it
    /// wants keeps no other waiting.
    pub async fn serve(self, store: Store, random: Arc<dyn Random>) {
        let operator = Arc::new(Operator {
            store,
            random,
            turn: Mutex::new(()),
        });
        let mut clients = JoinSet::new();
        loop {
            while clients.len() >= CLIENTS_MAX {
                clients.join_next().await;
            }
            match self.listener.accept().await {
                Ok((stream, _)) => {
                    let operator = Arc::clone(&operator);
                    clients.spawn(async move {
                        if let Err(error) = operator.answer(stream).await {
                            tracing::warn!(%error, "an administration command was not answered");
                        }
                    });
                }
                Err(error) => {
                    tracing::warn!(%error, "the admin socket could not accept");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            }
            while clients.try_join_next().is_some() {}
        }
    }
}

impl Drop for AdminSocket {
    fn drop(&mut self) {
        // Gone already is as good.
        let _ = fs::remove_file(&self.path);
    }
}

/// Hands a command to the server that owns the data directory; `None` when there is none.
pub async fn ask(data: &Path, command: &Command) -> io::Result<Option<Reply>> {
    let stream = match UnixStream::connect(data.join(SOCKET_NAME)).await {
        Ok(stream) => stream,
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused
            ) =>
        {
            return Ok(None);
        }
        Err(error) => return Err(error),
    };
    let (read, mut write) = stream.into_split();
    let mut line = serde_json::to_vec(command)?;
    line.push(b'\n');
    write.write_all(&line).await?;
    let mut reply = String::new();
    BufReader::new(read).read_line(&mut reply).await?;
    if reply.is_empty() {
        return Err(io::Error::new(
            io::ErrorKind::UnexpectedEof,
            "the server closed the admin socket",
        ));
    }
    Ok(Some(serde_json::from_str(&reply)?))
}

/// What runs commands.
struct Operator {
    store: Store,
    random: Arc<dyn Random>,
    turn: Mutex<()>,
}

impl Operator {
    async fn answer(&self, stream: UnixStream) -> io::Result<()> {
        let peer = stream.peer_cred()?.uid();
        let (read, mut write) = stream.into_split();
        let reply = if peer == 0 || peer == rustix::process::geteuid().as_raw() {
            let mut line = String::new();
            let mut limited = BufReader::new(read.take(COMMAND_BYTES_MAX));
            timeout(CLIENT_TIMEOUT, limited.read_line(&mut line))
                .await
                .map_err(io::Error::other)??;
            match serde_json::from_str::<Command>(&line) {
                Ok(command) => {
                    let _turn = self.turn.lock().await;
                    tracing::info!(?command, peer, "administration");
                    execute(command, &self.store, &self.random).await
                }
                Err(error) => Reply::Failed {
                    reason: format!("the server does not know this command: {error}"),
                },
            }
        } else {
            Reply::Failed {
                reason: "only the server's own user and root may administer it".to_owned(),
            }
        };
        let mut line = serde_json::to_vec(&reply)?;
        line.push(b'\n');
        timeout(CLIENT_TIMEOUT, write.write_all(&line))
            .await
            .map_err(io::Error::other)?
    }
}

fn remove_if_there(removed: io::Result<()>) -> io::Result<()> {
    match removed {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use keystead_store::{Location, MasterKey, MasterKeySource, Options};

    use super::*;
    use crate::environment::SystemRandom;

    #[tokio::test]
    async fn a_silent_client_keeps_nobody_waiting() {
        let data = tempfile::tempdir().unwrap();
        let random: Arc<dyn Random> = Arc::new(SystemRandom);
        let store = Store::open(Options {
            location: Location::Memory,
            master_key: MasterKeySource::Given {
                key: MasterKey::generate(&*random),
                previous: None,
                origin: "this test".to_owned(),
            },
            random: Arc::clone(&random),
        })
        .unwrap();
        // What a process left behind that was killed.
        fs::create_dir(data.path().join(".bind")).unwrap();
        fs::write(data.path().join(".bind/s"), "").unwrap();
        fs::write(data.path().join(SOCKET_NAME), "").unwrap();

        let socket = AdminSocket::bind(data.path()).unwrap();
        let mode = fs::metadata(data.path().join(SOCKET_NAME))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(fs::read_dir(data.path()).unwrap().count(), 1);
        let serving = tokio::spawn(socket.serve(store, random));
        let _silent = UnixStream::connect(data.path().join(SOCKET_NAME)).await.unwrap();
        let reply = timeout(
            CLIENT_TIMEOUT / 2,
            ask(data.path(), &Command::ListRootKeys { account: None }),
        )
        .await;
        assert!(reply.unwrap().unwrap().is_some());

        serving.abort();
        assert!(serving.await.unwrap_err().is_cancelled());
        assert!(!data.path().join(SOCKET_NAME).exists());
    }
}
