//! A request in pieces that tests can change, and the keys they use.

use keystead_sigv4::{
    BodyHash, Expected, HeaderField, Payload, Presented, Rejection, Request, ServiceKind, SigningKey,
    present,
    sign::{Signer, sign_header, sign_query},
};

pub(crate) const ACCESS_KEY_ID: &str = "AKIDEXAMPLE";
const KNOWN_ACCESS_KEY_IDS: [&str; 2] = [ACCESS_KEY_ID, "AKIAIOSFODNN7EXAMPLE"];
pub(crate) const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
/// 2026-01-02T03:04:05Z.
pub(crate) const NOW: i64 = 1_767_323_045;

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Owned {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) headers: Vec<(String, Vec<u8>)>,
    pub(crate) body: Vec<u8>,
}

impl Owned {
    pub(crate) fn new(method: &str, path: &str, query: &str) -> Self {
        Self {
            method: method.into(),
            path: path.into(),
            query: query.into(),
            headers: Vec::new(),
            body: Vec::new(),
        }
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    pub(crate) fn body(mut self, body: &str) -> Self {
        self.body = body.into();
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(present, _)| present != name);
        self
    }

    pub(crate) fn replaced(self, name: &str, value: &str) -> Self {
        self.without(name).header(name, value)
    }

    pub(crate) fn value(&self, name: &str) -> &str {
        let (_, value) = self.headers.iter().find(|(present, _)| present == name).unwrap();
        str::from_utf8(value).unwrap()
    }

    pub(crate) fn with<T>(&self, work: impl FnOnce(&Request<'_>) -> T) -> T {
        let headers: Vec<HeaderField<'_>> = self
            .headers
            .iter()
            .map(|(name, value)| HeaderField { name, value })
            .collect();
        work(&Request {
            method: &self.method,
            path: &self.path,
            query: &self.query,
            headers: &headers,
        })
    }

    pub(crate) fn sign_header(self, signer: &Signer<'_>, payload: Payload, now: i64) -> Self {
        let body = BodyHash::of(&self.body);
        let added = self.with(|request| sign_header(request, signer, payload, body, now).unwrap());
        added
            .into_iter()
            .fold(self, |request, (name, value)| request.header(name, &value))
    }

    pub(crate) fn sign_query(
        mut self,
        signer: &Signer<'_>,
        payload: Payload,
        expires: u32,
        now: i64,
    ) -> Self {
        let body = BodyHash::of(&self.body);
        self.query = self.with(|request| sign_query(request, signer, payload, body, expires, now).unwrap());
        self
    }

    /// Presents and verifies, as a server does that knows two access keys with the secret `SECRET`.
    pub(crate) fn check(&self, expected: &Expected<'_>, now: i64) -> Result<(), Rejection> {
        self.check_with(SECRET, expected, now)
    }

    pub(crate) fn check_with(
        &self,
        secret: &str,
        expected: &Expected<'_>,
        now: i64,
    ) -> Result<(), Rejection> {
        self.with(|request| {
            let presented = present(request, expected, now)?;
            if !KNOWN_ACCESS_KEY_IDS.contains(&presented.access_key_id()) {
                return Err(presented.reject_unknown_key(BodyHash::of(&self.body)));
            }
            let key = key_for(&presented, secret);
            presented.verify(&key, BodyHash::of(&self.body)).map(|_valid| ())
        })
    }
}

pub(crate) fn key_for(presented: &Presented<'_>, secret: &str) -> SigningKey {
    let scope = presented.scope();
    SigningKey::derive(secret.as_bytes(), scope.date, scope.region, scope.service)
}

pub(crate) fn expected(service: &str, kind: ServiceKind) -> Expected<'_> {
    Expected {
        service,
        kind,
        regions: None,
        skew_seconds_max: 900,
    }
}

pub(crate) fn signer(service: &str, kind: ServiceKind) -> Signer<'_> {
    Signer {
        access_key_id: ACCESS_KEY_ID,
        secret_access_key: SECRET.as_bytes(),
        session_token: None,
        region: "us-east-1",
        service,
        kind,
    }
}

/// The signature of a request signed in the header form, or in the query form.
pub(crate) fn signature_of(request: &Owned) -> String {
    let text = match request.query.split_once("X-Amz-Signature=") {
        Some((_, signature)) => signature,
        None => request.value("authorization").split_once("Signature=").unwrap().1,
    };
    text[..64].to_owned()
}
