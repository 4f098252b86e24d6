/// One header of a request.
#[derive(Clone, Copy)]
pub struct HeaderField<'a> {
    /// The name, in lower case. HTTP/2's `:authority` is given as `host`.
    pub name: &'a str,
    /// The value, byte for byte as received.
    pub value: &'a [u8],
}

/// A request as it came over the wire, before anything decoded, merged or re-ordered it.
///
/// A proxy in front must not have rewritten path, query, host or any signed header.
#[derive(Clone, Copy)]
pub struct Request<'a> {
    /// The method as sent: a token, as HTTP defines it.
    pub method: &'a str,
    /// The path, percent-encoded as sent and without the query. Empty means `/`.
    pub path: &'a str,
    /// The query, percent-encoded as sent and without `?`. Empty when there is none.
    pub query: &'a str,
    /// All headers, in order of arrival.
    pub headers: &'a [HeaderField<'a>],
}

/// How a service's requests are canonicalised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServiceKind {
    /// S3 and what follows it (`s3-object-lambda`, `s3-outposts`, `s3express`): the path is encoded once
    /// and not normalised, the payload may be declared, unsigned or streamed, presigned requests expire.
    S3,
    /// Every other service: the path is normalised and encoded twice, the body is always signed.
    Other,
}

/// What a service expects of the requests that are signed for it.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a> {
    /// The signing name that the scope must carry, such as `iam`.
    pub service: &'a str,
    /// How the service's requests are canonicalised.
    pub kind: ServiceKind,
    /// The regions that a scope may name; `None` accepts every well-formed one.
    pub regions: Option<&'a [&'a str]>,
    /// How far the request's time may be from now, both ways, in seconds. AWS: 900 for IAM, STS and S3.
    pub skew_seconds_max: i64,
}

/// Where a request carries its signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// In the `Authorization` header.
    Header,
    /// In the query: a presigned URL.
    Query,
}

/// The scope that a signature is limited to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scope<'a> {
    /// The day of signing, `YYYYMMDD`; equal to that of the request's timestamp.
    pub date: &'a str,
    /// The region.
    pub region: &'a str,
    /// The service's signing name.
    pub service: &'a str,
}
