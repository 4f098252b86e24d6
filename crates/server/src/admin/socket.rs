use std::{
    fs, io,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use keystead_store::Store;
use keystead_types::Random;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{UnixListener, UnixStream},
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
/// How long a command may take to arrive.
const COMMAND_TIMEOUT: Duration = Duration::from_secs(10);

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
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let listener = UnixListener::bind(&path)?;
        // Between the two calls the directory itself, 0700, keeps others out.
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600))?;
        Ok(Self { listener, path })
    }

    /// Serves commands, one at a time, until it is dropped.
    pub async fn serve(self, store: Store, random: Arc<dyn Random>) {
        loop {
            match self.listener.accept().await {
                Ok((stream, _)) => {
                    if let Err(error) = answer(stream, &store, &random).await {
                        tracing::warn!(%error, "an administration command was not answered");
                    }
                }
                Err(error) => {
                    tracing::warn!(%error, "the admin socket could not accept");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            }
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

async fn answer(stream: UnixStream, store: &Store, random: &Arc<dyn Random>) -> io::Result<()> {
    let peer = stream.peer_cred()?.uid();
    let (read, mut write) = stream.into_split();
    let reply = if peer == 0 || peer == rustix::process::geteuid().as_raw() {
        let mut line = String::new();
        let mut limited = BufReader::new(read.take(COMMAND_BYTES_MAX));
        timeout(COMMAND_TIMEOUT, limited.read_line(&mut line))
            .await
            .map_err(io::Error::other)??;
        match serde_json::from_str::<Command>(&line) {
            Ok(command) => {
                tracing::info!(?command, peer, "administration");
                execute(command, store, random).await
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
    write.write_all(&line).await
}
