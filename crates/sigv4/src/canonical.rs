use std::borrow::Cow;

use crate::{
    BodyHash, HeaderField, Payload, Rejection, Request, Scope, ServiceKind, SigningKey,
    date::BasicDate,
    scan,
    sha256::{self, Sha256},
    signed_headers::{SignedHeader, SignedHeaders},
    uri_encode::{self, Plus, is_unreserved},
};

/// The canonical request as it is written. Eight blocks hold most of them whole.
type Text = Sha256<8>;

/// Everything that a signature is computed over.
pub(crate) struct Signed<'a> {
    pub(crate) request: &'a Request<'a>,
    /// The canonical path.
    pub(crate) path: &'a str,
    /// Whether the query holds the signature, which cannot cover itself.
    pub(crate) omit_signature: bool,
    pub(crate) signed_headers: &'a SignedHeaders<'a>,
    pub(crate) payload: Payload,
    pub(crate) body: BodyHash,
    pub(crate) date: &'a BasicDate,
    pub(crate) scope: Scope<'a>,
}

impl Signed<'_> {
    /// The signature that `key` makes, in hex.
    pub(crate) fn signature(&self, key: &SigningKey) -> Result<[u8; 64], Rejection> {
        let canonical = sha256::to_hex(&self.canonical_request()?);
        let mut text = key.begin();
        text.write(b"AWS4-HMAC-SHA256\n");
        text.write(self.date);
        text.write(b"\n");
        text.write(self.scope.date.as_bytes());
        text.write(b"/");
        text.write(self.scope.region.as_bytes());
        text.write(b"/");
        text.write(self.scope.service.as_bytes());
        text.write(b"/aws4_request\n");
        text.write(&canonical);
        Ok(sha256::to_hex(&sha256::to_bytes(key.end(&mut text))))
    }

    /// The SHA-256 of the canonical request.
    fn canonical_request(&self) -> Result<[u8; 32], Rejection> {
        let mut out = Text::new();
        out.write(self.request.method.as_bytes());
        out.write(b"\n");
        out.write(self.path.as_bytes());
        out.write(b"\n");
        if !self.request.query.is_empty() {
            write_query(self.request.query, self.omit_signature, &mut out);
        }
        out.write(b"\n");
        for header in self.signed_headers.iter(self.request.headers) {
            self.write_header(&header, &mut out)?;
        }
        out.write(b"\n");
        out.write(self.signed_headers.text().as_bytes());
        out.write(b"\n");
        self.write_payload(&mut out)?;
        Ok(sha256::to_bytes(out.finish()))
    }

    fn write_header(&self, header: &SignedHeader<'_, '_>, out: &mut Text) -> Result<(), Rejection> {
        out.write(header.name.as_bytes());
        out.write(b":");
        match (header.first, self.body) {
            (Some(first), _) => {
                write_value(first.value, out);
                if self.signed_headers.repeated() {
                    self.write_repetitions(first, out);
                }
            }
            // HTTP/2 and chunked framing carry the length without the header.
            (None, BodyHash::Sha256 { length, .. }) if header.name == "content-length" => {
                out.write(length.to_string().as_bytes());
            }
            (None, _) => return Err(Rejection::SignedHeaderAbsent(header.name.to_owned())),
        }
        out.write(b"\n");
        Ok(())
    }

    /// Writes the values of the headers that have the name of `first`, but not its own.
    #[cold]
    fn write_repetitions(&self, first: &HeaderField<'_>, out: &mut Text) {
        let same_name = self
            .request
            .headers
            .iter()
            .filter(|field| field.name == first.name);
        for field in same_name.skip(1) {
            out.write(b",");
            write_value(field.value, out);
        }
    }

    fn write_payload(&self, out: &mut Text) -> Result<(), Rejection> {
        match (self.payload, self.body) {
            (Payload::Declared(digest), _) | (Payload::Body, BodyHash::Sha256 { digest, .. }) => {
                out.write(&sha256::to_hex(&digest));
            }
            (Payload::Body, BodyHash::Unread) => return Err(Rejection::BodyUnread),
            (
                Payload::Unsigned
                | Payload::StreamingSigned
                | Payload::StreamingSignedTrailer
                | Payload::StreamingUnsignedTrailer,
                _,
            ) => out.write(self.payload.word().unwrap_or_default().as_bytes()),
        }
        Ok(())
    }
}

/// The canonical path of a service kind. Its escapes must have been checked.
pub(crate) fn canonical_path(path: &str, kind: ServiceKind) -> Cow<'_, str> {
    if matches!(path, "" | "/") {
        return Cow::Borrowed("/");
    }
    match kind {
        ServiceKind::S3 => canonical_path_of_s3(path),
        ServiceKind::Other => canonical_path_of_other(path),
    }
}

/// Whether a path has nothing that could be encoded.
fn is_plain(path: &str) -> bool {
    path.bytes().all(|byte| is_unreserved(byte) || byte == b'/')
}

/// Each segment decoded and encoded; empty ones and dots remain.
fn canonical_path_of_s3(path: &str) -> Cow<'_, str> {
    if is_plain(path) || path.split('/').all(uri_encode::is_canonical) {
        return Cow::Borrowed(path);
    }
    let mut canonical = String::with_capacity(path.len() * 2);
    for (index, segment) in path.split('/').enumerate() {
        if index > 0 {
            canonical.push('/');
        }
        uri_encode::encode(uri_encode::decode(segment, Plus::Plus), &mut canonical);
    }
    Cow::Owned(canonical)
}

/// Dot segments removed, runs of `/` collapsed; then encoded once more, with the escapes that are there.
fn canonical_path_of_other(path: &str) -> Cow<'_, str> {
    let normal = !path.contains("//") && !path.contains("/.");
    if normal && is_plain(path) {
        return Cow::Borrowed(path);
    }
    let mut segments: Vec<&str> = Vec::new();
    let mut ends_in_directory = true;
    for segment in path.split('/') {
        ends_in_directory = matches!(segment, "" | "." | "..");
        match segment {
            "" | "." => {}
            ".." => drop(segments.pop()),
            _ => segments.push(segment),
        }
    }
    let mut canonical = String::with_capacity(path.len() * 2);
    for segment in &segments {
        canonical.push('/');
        uri_encode::encode(segment.bytes(), &mut canonical);
    }
    if ends_in_directory {
        canonical.push('/');
    }
    Cow::Owned(canonical)
}

/// Writes the query's parameters, each encoded anew, sorted by name and then by value.
fn write_query(query: &str, omit_signature: bool, out: &mut Text) {
    let canonical = parameters(query)
        .all(|(name, value)| uri_encode::is_canonical(name) && uri_encode::is_canonical(value));
    if !canonical {
        let mut encoded = String::with_capacity(query.len() * 2);
        for (name, value) in parameters(query) {
            uri_encode::encode(uri_encode::decode(name, Plus::Space), &mut encoded);
            encoded.push('=');
            uri_encode::encode(uri_encode::decode(value, Plus::Space), &mut encoded);
            encoded.push('&');
        }
        return write_sorted(&encoded, omit_signature, out);
    }
    write_sorted(query, omit_signature, out);
}

/// Writes a query whose names and values are canonical.
fn write_sorted(query: &str, omit_signature: bool, out: &mut Text) {
    let mut few = [("", ""); 16];
    let mut many = Vec::new();
    let count = parameters(query).count();
    let sorted = if let Some(few) = few.get_mut(..count) {
        for (slot, parameter) in few.iter_mut().zip(parameters(query)) {
            *slot = parameter;
        }
        few
    } else {
        many.extend(parameters(query));
        many.as_mut_slice()
    };
    // The first signature is the one that counts; the sort must not move another before it.
    let counted = parameters(query).find(|(name, _)| omit_signature && *name == "X-Amz-Signature");
    sorted.sort_unstable();
    let mut to_omit = counted;
    let mut first = true;
    for parameter in sorted.iter() {
        if to_omit == Some(*parameter) {
            to_omit = None;
            continue;
        }
        if !first {
            out.write(b"&");
        }
        first = false;
        out.write(parameter.0.as_bytes());
        out.write(b"=");
        out.write(parameter.1.as_bytes());
    }
}

/// A query's names and values, as sent. Empty parameters are skipped, a missing value is empty.
pub(crate) fn parameters(query: &str) -> impl Iterator<Item = (&str, &str)> {
    scan::split(query, b'&')
        .filter(|parameter| !parameter.is_empty())
        .map(|parameter| scan::split_once(parameter, b'=').unwrap_or((parameter, "")))
}

/// Writes a header's value: outer white space removed, inner runs of it made one space.
fn write_value(value: &[u8], out: &mut Text) {
    if !scan::has_space_or_control(value) {
        out.write(value);
        return;
    }
    let value = value.trim_ascii();
    // White space that is doubled or no space. No early exit: that lets the loop take many bytes at once.
    let pairs = value.iter().zip(value.iter().skip(1));
    let irregular = pairs.fold(false, |found, (byte, next)| {
        found | ((*byte | *next) == b' ') | (*next < b' ')
    });
    if !irregular {
        out.write(value);
        return;
    }
    let words = value
        .split(u8::is_ascii_whitespace)
        .filter(|word| !word.is_empty());
    for (index, word) in words.enumerate() {
        if index > 0 {
            out.write(b" ");
        }
        out.write(word);
    }
}
