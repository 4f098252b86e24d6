//! Reads HTTP/1.1 answers, strictly: what is not exactly an expected answer ends the run.

use crate::Result;

/// One answer at the start of a buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Answer<'a> {
    pub(crate) status: u16,
    /// Everything up to and including the empty line.
    pub(crate) head: &'a [u8],
    pub(crate) body: &'a [u8],
}

impl<'a> Answer<'a> {
    /// The answer at the start of `buffer`, or `None` while it is incomplete.
    ///
    /// Takes `HTTP/1.1` with exactly one `Content-Length`; any other framing is an error.
    pub(crate) fn read(buffer: &'a [u8]) -> Result<Option<Self>> {
        let Some(end) = buffer.windows(4).position(|window| window == b"\r\n\r\n") else {
            return Ok(None);
        };
        let (head, rest) = buffer.split_at(end + 4);
        let status = status(head).ok_or("an answer without a status line")?;
        let mut length = None;
        for (name, value) in headers(head) {
            if name.eq_ignore_ascii_case(b"transfer-encoding") {
                return Err("an answer with a transfer encoding".into());
            }
            if name.eq_ignore_ascii_case(b"content-length")
                && length
                    .replace(number(value).ok_or("a content length that is no number")?)
                    .is_some()
            {
                return Err("an answer with two lengths".into());
            }
        }
        let length = length.ok_or("an answer without a length")?;
        Ok(rest.get(..length).map(|body| Self { status, head, body }))
    }

    /// Its headers, in order.
    pub(crate) fn headers(&self) -> impl Iterator<Item = (&'a [u8], &'a [u8])> {
        headers(self.head)
    }

    /// All of its bytes.
    pub(crate) fn len(&self) -> usize {
        self.head.len() + self.body.len()
    }

    /// An error that shows the answer, unless it is a 200 whose body starts with `expected`.
    pub(crate) fn expect(&self, expected: &str) -> Result<()> {
        if self.status == 200 && self.body.starts_with(expected.as_bytes()) {
            return Ok(());
        }
        let body = String::from_utf8_lossy(self.body);
        Err(format!("expected 200 {expected}, got {} {body}", self.status).into())
    }
}

fn status(head: &[u8]) -> Option<u16> {
    let code = head.strip_prefix(b"HTTP/1.1 ")?.get(..3)?;
    number(code).and_then(|code| u16::try_from(code).ok())
}

fn headers(head: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    let lines = head
        .split(|byte| *byte == b'\n')
        .skip(1)
        .map(<[u8]>::trim_ascii_end);
    lines
        .filter(|line| !line.is_empty())
        .map(|line| match line.iter().position(|byte| *byte == b':') {
            Some(colon) => (&line[..colon], line[colon + 1..].trim_ascii()),
            None => (line, &b""[..]),
        })
}

fn number(digits: &[u8]) -> Option<usize> {
    // `parse` alone would take a plus sign.
    let plain = digits.iter().all(u8::is_ascii_digit);
    plain
        .then(|| std::str::from_utf8(digits).ok()?.parse().ok())
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    const FULL: &[u8] = b"HTTP/1.1 200 OK\r\nA: b\r\nCONTENT-length: 5\r\n\r\n<a>x<HTTP";

    #[test]
    fn waits_for_the_whole_answer() {
        let complete = FULL.len() - 4;
        for length in 0..complete {
            assert_eq!(Answer::read(&FULL[..length]).unwrap(), None, "{length}");
        }
        let answer = Answer::read(FULL).unwrap().unwrap();
        assert_eq!(
            (answer.status, answer.body, answer.len()),
            (200, &b"<a>x<"[..], complete)
        );
        answer.expect("<a>").unwrap();
        assert!(answer.expect("<b>").is_err());
    }

    #[test]
    fn refuses_other_framing() {
        let rows = [
            "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n",
            "HTTP/1.1 2x0 OK\r\nContent-Length: 0\r\n\r\n",
            "HTTP/1.1 200 OK\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: +1\r\n\r\nx",
            "HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\nx",
            "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\nx",
        ];
        for text in rows {
            assert!(Answer::read(text.as_bytes()).is_err(), "{text:?}");
        }
    }
}
