use std::fmt::Write as _;
use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, channel, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use tracing_subscriber::fmt::MakeWriter;

/// Lines that may wait to be written. Beyond it lines are dropped and counted: a log that nobody
/// reads must not stop the server.
const LINES_WAITING_MAX: usize = 8192;
/// Longest line, in bytes.
const LINE_BYTES_MAX: usize = 16 * 1024;
/// How long the end of the process waits for the last lines.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(1);

/// The thread that writes the log. Dropping it waits, not for ever, until all lines are written.
#[must_use = "dropping it ends the log"]
pub struct LogWriter {
    queue: SyncSender<Message>,
    closed: Receiver<()>,
}

enum Message {
    Line(Vec<u8>),
    Close,
}

/// Where formatted lines go.
#[derive(Clone)]
pub(super) struct Lines {
    queue: SyncSender<Message>,
    dropped: Arc<AtomicU64>,
}

/// The process's standard error, without a lock held while it waits.
pub(super) struct StandardError;

impl Write for StandardError {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        io::stderr().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

/// Starts the thread that writes to `sink`.
pub(super) fn start(mut sink: impl Write + Send + 'static) -> io::Result<(LogWriter, Lines)> {
    let (queue, waiting) = sync_channel(LINES_WAITING_MAX);
    let (close, closed) = channel();
    let dropped = Arc::new(AtomicU64::new(0));
    let lines = Lines {
        queue: queue.clone(),
        dropped: Arc::clone(&dropped),
    };
    thread::Builder::new().name("log".to_owned()).spawn(move || {
        while let Ok(Message::Line(line)) = waiting.recv() {
            // There is nowhere to say that the log itself cannot be written.
            let _ = sink.write_all(&line);
            let dropped = dropped.swap(0, Ordering::Relaxed);
            if dropped > 0 {
                let _ = writeln!(
                    sink,
                    "{dropped} log lines were dropped: nobody takes them fast enough"
                );
            }
        }
        let _ = sink.flush();
        let _ = close.send(());
    })?;
    Ok((LogWriter { queue, closed }, lines))
}

impl Drop for LogWriter {
    fn drop(&mut self) {
        let until = Instant::now() + CLOSE_TIMEOUT;
        // `send` would wait for ever behind a reader that has stopped.
        while let Err(TrySendError::Full(_)) = self.queue.try_send(Message::Close) {
            if Instant::now() >= until {
                return;
            }
            thread::sleep(Duration::from_millis(1));
        }
        // Whether the lines are written or the time is up, the process may end now.
        let _ = self
            .closed
            .recv_timeout(until.saturating_duration_since(Instant::now()));
    }
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = &'a Lines;

    fn make_writer(&'a self) -> Self::Writer {
        self
    }
}

impl Write for &Lines {
    /// Takes one event, which the formatter hands over whole.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.queue.try_send(Message::Line(one_line(bytes))).is_err() {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Makes one line of an event, whatever texts it holds: control characters, which could forge a line or
/// drive a terminal, and marks that turn the direction of writing, are shown as `\uXXXX`.
pub(super) fn one_line(event: &[u8]) -> Vec<u8> {
    let event = String::from_utf8_lossy(event);
    let text = event.strip_suffix('\n').unwrap_or(&event);
    let mut line = String::with_capacity(text.len() + 1);
    for character in text.chars() {
        if line.len() >= LINE_BYTES_MAX {
            line.push('…');
            break;
        }
        if is_harmless(character) {
            line.push(character);
        } else {
            // Writing to a string does not fail.
            let _ = write!(line, "\\u{:04x}", u32::from(character));
        }
    }
    line.push('\n');
    line.into_bytes()
}

fn is_harmless(character: char) -> bool {
    !character.is_control()
        && !matches!(character, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}
