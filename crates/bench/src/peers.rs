//! Two verifiers of others, for the comparison in process.

use std::{
    future::Future,
    hint::black_box,
    pin::pin,
    task::{Context, Poll, Waker},
    time::Duration,
};

use bytes::Bytes;
use chrono::{DateTime, NaiveDate, Utc};
use scratchstack_aws_principal::User;
use scratchstack_aws_signature::{
    GetSigningKeyRequest, GetSigningKeyResponse, KSecretKey, NO_ADDITIONAL_SIGNED_HEADERS, SignatureOptions,
    service_for_signing_key_fn, sigv4_validate_request,
};

use crate::{
    Result, machine,
    requests::{Credentials, REGION, Signed},
};

/// Requests that are made ready at a time, outside the measured time: both verifiers consume theirs.
const READY: usize = 64;

/// Processor time that scratchstack takes for `count` verifications; every one must succeed.
/// `prepared`: the derived key is at hand, as its key service may cache it.
pub(crate) fn scratchstack(
    signed: &Signed,
    credentials: &Credentials,
    seconds: i64,
    prepared: bool,
    count: usize,
) -> Result<Duration> {
    let user = User::new("aws", "123456789012", "/", "alice")?;
    let secret: KSecretKey = credentials
        .secret_access_key
        .parse()
        .map_err(|_| "not a secret of 40 characters")?;
    let day = NaiveDate::parse_from_str(&signed.date, "%Y%m%d")?;
    let response = move |date: NaiveDate, service: &str| {
        let key = secret.to_ksigning(date, REGION, service);
        GetSigningKeyResponse::builder()
            .principal(user.clone())
            .signing_key(key)
            .build()
    };
    let ready = response(day, signed.service)?;
    let find = move |request: GetSigningKeyRequest| {
        let answer = if prepared {
            Ok(ready.clone())
        } else {
            response(request.request_date(), request.service())
        };
        async move { Ok(answer?) }
    };
    let mut keys = service_for_signing_key_fn(find);
    let now = DateTime::<Utc>::from_timestamp(seconds, 0).ok_or("a time out of range")?;
    let options = if signed.service == "s3" {
        SignatureOptions::S3
    } else {
        SignatureOptions::default()
    };
    let request = http_request(signed, Bytes::from(signed.body.clone()))?;
    timed(count, &request, |request| {
        let required = &NO_ADDITIONAL_SIGNED_HEADERS;
        let verified =
            sigv4_validate_request(request, REGION, signed.service, &mut keys, now, required, options);
        black_box(finished(verified)??);
        Ok(())
    })
}

/// An S3 service of s3s, with or without a check of signatures.
pub(crate) struct S3s {
    service: s3s::service::S3Service,
    signs: bool,
}

struct Nothing;

impl s3s::S3 for Nothing {}

impl S3s {
    pub(crate) fn new(credentials: Option<&Credentials>) -> Self {
        let mut builder = s3s::service::S3ServiceBuilder::new(Nothing);
        if let Some(Credentials {
            access_key_id,
            secret_access_key,
        }) = credentials
        {
            let secret = secret_access_key.as_str();
            builder.set_auth(s3s::auth::SimpleAuth::from_single(access_key_id.as_str(), secret));
        }
        Self {
            service: builder.build(),
            signs: credentials.is_some(),
        }
    }

    /// Processor time of `count` whole calls. A verification is a signed call less an unsigned one.
    pub(crate) fn calls(&self, signed: &Signed, count: usize) -> Result<Duration> {
        let mut request = http_request(signed, Bytes::new())?;
        if !self.signs {
            request.headers_mut().remove("authorization");
        }
        timed(count, &request, |request| {
            let answer = finished(self.service.call(request.map(s3s::Body::from)))?;
            let answer = answer.map_err(|error| format!("s3s failed: {error:?}"))?;
            // The operation behind the signature is not there; a refused signature would be 403.
            if answer.status() == http::StatusCode::NOT_IMPLEMENTED {
                Ok(())
            } else {
                Err(format!("s3s answered {}", answer.status()).into())
            }
        })
    }
}

fn timed(
    count: usize,
    request: &http::Request<Bytes>,
    mut call: impl FnMut(http::Request<Bytes>) -> Result<()>,
) -> Result<Duration> {
    let mut time = Duration::ZERO;
    for _ in 0..count.div_ceil(READY) {
        let requests: Vec<_> = (0..READY).map(|_| request.clone()).collect();
        let begin = machine::thread_time();
        requests.into_iter().try_for_each(&mut call)?;
        time += machine::thread_time() - begin;
    }
    Ok(time * u32::try_from(count)? / u32::try_from(count.div_ceil(READY) * READY)?)
}

fn http_request(signed: &Signed, body: Bytes) -> Result<http::Request<Bytes>> {
    let mut request = http::Request::builder().method(signed.method).uri(signed.path);
    for (name, value) in &signed.headers {
        request = request.header(*name, value);
    }
    Ok(request.body(body)?)
}

/// The value of a future that never waits.
fn finished<T>(future: impl Future<Output = T>) -> Result<T> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => Ok(value),
        Poll::Pending => Err("a verifier waited for something".into()),
    }
}
