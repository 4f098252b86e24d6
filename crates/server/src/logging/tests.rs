use std::io::{self, Write};
use std::sync::Arc;
use std::time::{Duration, Instant};

use keystead_types::RequestId;
use parking_lot::Mutex;
use tracing::subscriber::with_default;

use super::lines::one_line;
use super::*;
use crate::metrics::Metrics;

/// A sink that can be looked into.
#[derive(Clone, Default)]
struct Captured(Arc<Mutex<Vec<u8>>>);

impl Captured {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().clone()).unwrap()
    }
}

impl Write for Captured {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What the log holds after `work`.
fn logged(format: LogFormat, level: LogLevel, work: impl FnOnce()) -> String {
    let captured = Captured::default();
    let (writer, lines) = lines::start(captured.clone()).unwrap();
    with_default(subscriber(LogSettings { format, level }, lines), work);
    drop(writer);
    captured.text()
}

struct Zero;

impl keystead_types::Random for Zero {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(0);
    }
}

fn line<'a>(operation: &'a str, caller: Option<&'a dyn std::fmt::Display>) -> RequestLine<'a> {
    RequestLine {
        request_id: RequestId::generate(&Zero),
        source: "192.0.2.7".parse().unwrap(),
        service: "iam",
        operation,
        access_key_id: Some("AKIAIOSFODNN7EXAMPLE"),
        caller,
        status: 403,
        code: Some("SignatureDoesNotMatch"),
        check: Some("signature"),
        detail: None,
        elapsed: Duration::from_micros(12),
    }
}

fn request_log() -> RequestLog {
    RequestLog::new(Metrics::new("0", Vec::new(), &[]))
}

#[test]
fn no_text_forges_a_line() {
    let rows: [(&str, &str); 6] = [
        ("plain\n", "plain\n"),
        ("a\nb\r\n", "a\\u000ab\\u000d\n"),
        ("\u{1b}[31mred\u{7f}\n", "\\u001b[31mred\\u007f\n"),
        ("c1 \u{85}\u{9b}\n", "c1 \\u0085\\u009b\n"),
        ("turned \u{202e}txt\n", "turned \\u202etxt\n"),
        ("Grüße, 世界\n", "Grüße, 世界\n"),
    ];
    for (event, expected) in rows {
        assert_eq!(String::from_utf8(one_line(event.as_bytes())).unwrap(), expected);
    }
    assert!(one_line(&[b'x'; 100_000]).len() < 17_000);

    for format in [LogFormat::Text, LogFormat::Json] {
        let text = logged(format, LogLevel::Info, || {
            let caller = "arn\nERROR forged";
            tracing::info!(name = %caller, "message\nERROR forged");
            request_log().change(&line("Create\nERROR forged", Some(&caller)));
        });
        assert_eq!(text.lines().count(), 2, "{text}");
        assert!(!text.lines().any(|line| line.starts_with("ERROR")), "{text}");
    }
}

#[test]
fn json_lines() {
    let text = logged(LogFormat::Json, LogLevel::Info, || {
        request_log().refusal(&line("CreateUser", None), Instant::now());
    });
    for part in [
        r#""level":"INFO""#,
        r#""message":"refused""#,
        r#""request_id":"00000000-0000-4000-8000-000000000000""#,
        r#""source":"192.0.2.7""#,
        r#""check":"signature""#,
        r#""microseconds":12"#,
    ] {
        assert!(text.contains(part), "{part} {text}");
    }
    assert!(!text.contains("caller") && !text.contains("detail"), "{text}");
}

#[test]
fn levels() {
    for (level, lines) in [
        (LogLevel::Error, 1),
        (LogLevel::Warn, 1),
        (LogLevel::Info, 3),
        (LogLevel::Debug, 4),
        (LogLevel::Trace, 5),
    ] {
        let text = logged(LogFormat::Text, level, || {
            let log = request_log();
            log.read(&line("GetUser", None));
            log.change(&line("CreateUser", None));
            log.refusal(&line("CreateUser", None), Instant::now());
            log.fault(&line("CreateUser", None), Instant::now());
            tracing::debug!(target: "h2::codec", "a library's line");
        });
        assert_eq!(text.lines().count(), lines, "{level:?} {text}");
    }
}

#[test]
fn a_flood_of_refusals_is_summed_up_and_silences_no_fault() {
    let text = logged(LogFormat::Text, LogLevel::Info, || {
        let log = request_log();
        let (first, second) = (
            Instant::now() + Duration::from_secs(10),
            Instant::now() + Duration::from_secs(12),
        );
        for _ in 0..250 {
            log.refusal(&line("CreateUser", None), first);
        }
        log.fault(&line("DeleteUser", None), first);
        let arn = "arn:aws:iam::123456789012:user/alice";
        let proven = RequestLine {
            caller: Some(&arn),
            ..line("GetUser", None)
        };
        log.refusal(&proven, first);
        for _ in 0..100 {
            log.refusal(&line("CreateUser", None), second);
            // One that took long does not begin the second anew.
            log.refusal(&line("CreateUser", None), first);
        }
        log.flush();
    });
    for (part, lines) in [
        ("refused request_id", 201),
        ("user/alice", 1),
        ("failed request_id", 1),
        ("suppressed lines=150 outcome=\"unauthenticated\"", 1),
        ("suppressed lines=100 outcome=\"unauthenticated\"", 1),
    ] {
        let found = text.lines().filter(|line| line.contains(part)).count();
        assert_eq!(found, lines, "{part}\n{text}");
    }
}

#[test]
fn a_reader_that_stops_does_not_stop_the_server() {
    /// Blocks until the test lets go.
    struct Stuck(Arc<Mutex<()>>, Captured);
    impl Write for Stuck {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let _go = self.0.lock();
            self.1.write(bytes)
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let gate = Arc::new(Mutex::new(()));
    let captured = Captured::default();
    let held = gate.lock();
    let (writer, lines) = lines::start(Stuck(Arc::clone(&gate), captured.clone())).unwrap();
    for _ in 0..10_000 {
        (&lines).write_all(b"line\n").unwrap();
    }
    drop(held);
    drop(writer);
    let text = captured.text();
    assert!(text.contains("log lines were dropped"));
    assert!((8192..10_000).contains(&text.lines().filter(|text| *text == "line").count()));
}
