//! The load: keep-alive connections, one request under way on each, from one thread that never sleeps.
//!
//! A generator that sleeps adds its own wake-ups to what it measures; this one asks the kernel again and
//! again which answers are there, and sends the next request at once.

use std::{
    io::{ErrorKind, Read, Write},
    net::{SocketAddr, TcpStream},
    time::{Duration, Instant},
};

use rustix::{
    event::{Timespec, epoll},
    fd::OwnedFd,
};

use crate::{Result, answer::Answer, stats::Latencies};

/// How long a run may go without a single answer.
const PATIENCE: Duration = Duration::from_secs(10);
const ANSWER_BYTES_MAX: usize = 64 * 1024;

/// What to send, and for how long.
pub(crate) struct Load<'a> {
    pub(crate) server: SocketAddr,
    pub(crate) connections: usize,
    /// Whole requests, sent in this order and again from the first.
    pub(crate) requests: &'a [Vec<u8>],
    /// How the body of every answer starts.
    pub(crate) expected: &'a str,
    pub(crate) until: Until,
}

/// When a run is over.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Until {
    /// After this time, with a quarter of it before that does not count.
    Elapsed(Duration),
    /// When so many answers have come, from the first on; each request is sent once at most.
    Answered(usize),
}

/// What came of it.
pub(crate) struct Outcome {
    /// Answers in a second.
    pub(crate) rate: f64,
    /// From the request's last byte handed to the kernel to the answer's last byte.
    pub(crate) latencies: Latencies,
    /// The time that counted.
    pub(crate) elapsed: Duration,
}

struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
    filled: usize,
    sent: Instant,
}

impl Load<'_> {
    /// Runs it on the calling thread. The first answer that is not as expected ends it with an error.
    pub(crate) fn run(&self) -> Result<Outcome> {
        let poll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
        let mut connections = self.connect(&poll)?;
        let mut requests = self.requests.iter().cycle();
        let (warm_up, answers_max) = match self.until {
            Until::Elapsed(time) => (time / 4, usize::MAX),
            Until::Answered(count) => (Duration::ZERO, count.min(self.requests.len())),
        };
        let mut send = |connection: &mut Connection| -> Result<()> {
            let request = requests.next().ok_or("no request to send")?;
            connection.send(request)
        };
        let begin = Instant::now();
        for connection in connections.iter_mut().take(answers_max) {
            send(connection)?;
        }
        let mut sent = connections.len().min(answers_max);
        let mut nanoseconds: Vec<u32> = Vec::with_capacity(1 << 20);
        let mut counted_from = None;
        let mut last_answer = begin;
        let mut ready = Vec::with_capacity(self.connections);
        loop {
            wait_without_sleeping(&poll, &mut ready)?;
            for event in &ready {
                let connection = connections
                    .get_mut(event.data.u64() as usize)
                    .ok_or("a stray event")?;
                if !connection.receive(self.expected)? {
                    continue;
                }
                last_answer = Instant::now();
                if last_answer - begin >= warm_up {
                    counted_from.get_or_insert(if warm_up.is_zero() { begin } else { last_answer });
                    let latency = (last_answer - connection.sent).as_nanos();
                    nanoseconds.push(u32::try_from(latency).unwrap_or(u32::MAX));
                }
                if sent < answers_max {
                    send(connection)?;
                    sent += 1;
                }
            }
            let over = match self.until {
                // A rate is that of the time between two answers.
                Until::Elapsed(time) => begin.elapsed() >= warm_up + time && nanoseconds.len() > 1,
                Until::Answered(_) => nanoseconds.len() >= answers_max,
            };
            if over {
                break;
            }
            if last_answer.elapsed() > PATIENCE {
                return Err(format!("the server did not answer for {PATIENCE:?}").into());
            }
        }
        let elapsed = last_answer - counted_from.ok_or("nothing was answered")?;
        Ok(Outcome {
            rate: nanoseconds.len() as f64 / elapsed.as_secs_f64(),
            latencies: Latencies::of(&mut nanoseconds).ok_or("nothing was answered")?,
            elapsed,
        })
    }

    fn connect(&self, poll: &OwnedFd) -> Result<Vec<Connection>> {
        let mut connections = Vec::with_capacity(self.connections);
        for number in 0..self.connections {
            let connection = Connection::open(self.server)?;
            let data = epoll::EventData::new_u64(number as u64);
            epoll::add(poll, &connection.stream, data, epoll::EventFlags::IN)?;
            connections.push(connection);
        }
        Ok(connections)
    }
}

/// Sends one request on a connection of its own and hands the answer to `take`.
pub(crate) fn exchange<T>(
    server: SocketAddr,
    request: &[u8],
    take: impl FnOnce(&Answer<'_>) -> Result<T>,
) -> Result<T> {
    let mut stream = TcpStream::connect(server)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.write_all(request)?;
    let mut bytes = Vec::new();
    let mut piece = [0; 4096];
    loop {
        let length = stream.read(&mut piece)?;
        if length == 0 {
            return Err("the server closed without an answer".into());
        }
        bytes.extend_from_slice(&piece[..length]);
        if let Some(answer) = Answer::read(&bytes)? {
            return take(&answer);
        }
    }
}

fn wait_without_sleeping(poll: &OwnedFd, ready: &mut Vec<epoll::Event>) -> Result<()> {
    let at_once = Timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    ready.clear();
    epoll::wait(poll, rustix::buffer::spare_capacity(ready), Some(&at_once))?;
    Ok(())
}

impl Connection {
    fn open(server: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(server)?;
        stream.set_nodelay(true)?;
        stream.set_nonblocking(true)?;
        Ok(Self {
            stream,
            buffer: vec![0; ANSWER_BYTES_MAX],
            filled: 0,
            sent: Instant::now(),
        })
    }

    fn send(&mut self, request: &[u8]) -> Result<()> {
        // A request is far smaller than the socket's buffer: a short write is an error.
        let written = self.stream.write(request)?;
        self.sent = Instant::now();
        if written == request.len() {
            Ok(())
        } else {
            Err("the kernel took only a part of a request".into())
        }
    }

    /// Reads what is there; true when that completes the answer.
    fn receive(&mut self, expected: &str) -> Result<bool> {
        let room = self.buffer.get_mut(self.filled..).unwrap_or_default();
        match self.stream.read(room) {
            Ok(0) => return Err("the server closed a connection, or an answer is too long".into()),
            Ok(length) => self.filled += length,
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(false),
            Err(error) => return Err(error.into()),
        }
        let Some(answer) = Answer::read(&self.buffer[..self.filled])? else {
            return Ok(false);
        };
        answer.expect(expected)?;
        if answer.len() != self.filled {
            return Err("bytes after the answer".into());
        }
        self.filled = 0;
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use std::{net::TcpListener, thread};

    use super::*;

    /// Answers so many requests of four bytes on one connection, each in two pieces, with `status`.
    fn server(answers: usize, status: &'static str) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = [0; 4];
            for _ in 0..answers {
                stream.read_exact(&mut request).unwrap();
                stream
                    .write_all(format!("HTTP/1.1 {status}\r\nContent-Le").as_bytes())
                    .unwrap();
                stream.write_all(b"ngth: 2\r\n\r\nok").unwrap();
            }
        });
        address
    }

    fn load(server: SocketAddr, requests: &[Vec<u8>]) -> Result<Outcome> {
        let until = Until::Answered(50);
        Load {
            server,
            connections: 1,
            requests,
            expected: "o",
            until,
        }
        .run()
    }

    #[test]
    fn sends_each_request_once() {
        let requests = vec![b"ping".to_vec(); 20];
        let outcome = load(server(20, "200 OK"), &requests).unwrap();
        assert!(outcome.rate > 0.0 && outcome.latencies.p50 <= outcome.latencies.p999);
    }

    #[test]
    fn a_wrong_or_missing_answer_ends_the_run() {
        let requests = vec![b"ping".to_vec(); 20];
        assert!(load(server(20, "503 No"), &requests).is_err());
        assert!(load(server(3, "200 OK"), &requests).is_err());
    }
}
