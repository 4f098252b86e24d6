//! Servers under measurement, as child processes.

use std::{
    io::{BufRead, BufReader, Read},
    net::SocketAddr,
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};

use crate::{Result, machine, shim::SlowSyncs};

const PATIENCE: Duration = Duration::from_secs(60);

/// A running server; it is stopped when dropped.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: SocketAddr,
}

/// What a server runs with, besides its arguments.
#[derive(Clone, Copy, Default)]
pub(crate) struct Surroundings<'a> {
    pub(crate) environment: &'a [(&'a str, &'a str)],
    pub(crate) core: Option<usize>,
    pub(crate) slow_syncs: Option<&'a SlowSyncs>,
}

impl Server {
    /// Starts `program` and waits for its line `listening on http://ADDRESS`.
    ///
    /// What it logs goes to `/dev/null`: written by the server as always, kept by nobody.
    pub(crate) fn start(program: &Path, arguments: &[&str], surroundings: Surroundings<'_>) -> Result<Self> {
        let mut command = Command::new(program);
        command
            .args(arguments)
            .envs(surroundings.environment.iter().copied());
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        if let Some(syncs) = surroundings.slow_syncs {
            syncs.load_into(&mut command);
        }
        let mut child = spawn(command, surroundings.core)?;
        let stdout = child.stdout.take().ok_or("the server has no standard output")?;
        let mut lines = BufReader::new(stdout);
        let address = loop {
            let mut line = String::new();
            if lines.read_line(&mut line)? == 0 {
                let status = child.wait()?;
                return Err(format!("{} {} ended: {status}", program.display(), arguments.join(" ")).into());
            }
            if let Some(address) = line.trim_end().strip_prefix("listening on http://") {
                break address.parse()?;
            }
        };
        // Ends with the server; a full pipe would stop it.
        thread::spawn(move || lines.read_to_end(&mut Vec::new()));
        Ok(Self { child, address })
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Ends it as an operator would, so that it writes down what is pending.
    pub(crate) fn stop(mut self) -> Result<()> {
        let id = Pid::from_child(&self.child);
        kill_process(id, Signal::TERM)?;
        let begin = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait()? {
                return if status.success() {
                    Ok(())
                } else {
                    Err(format!("the server ended: {status}").into())
                };
            }
            if begin.elapsed() > PATIENCE {
                return Err(format!("the server did not stop within {PATIENCE:?}").into());
            }
            thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Both fail only when it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Starts `command` on one core. A child inherits the cores of the thread that starts it.
pub(crate) fn spawn(mut command: Command, core: Option<usize>) -> Result<Child> {
    thread::scope(|scope| {
        let starter = scope.spawn(move || -> Result<Child> {
            if let Some(core) = core {
                machine::pin(core)?;
            }
            command
                .spawn()
                .map_err(|error| format!("cannot start {:?}: {error}", command.get_program()).into())
        });
        starter.join().map_err(|_| "the starting thread failed")?
    })
}

/// Runs `work` on a thread of its own that is kept on one core.
pub(crate) fn on_core<T: Send>(core: usize, work: impl FnOnce() -> Result<T> + Send) -> Result<T> {
    thread::scope(|scope| {
        let worker = scope.spawn(|| {
            machine::pin(core)?;
            work()
        });
        worker.join().map_err(|_| "a measuring thread failed")?
    })
}
