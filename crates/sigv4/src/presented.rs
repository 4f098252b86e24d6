use std::borrow::Cow;

use subtle::ConstantTimeEq;

use crate::{
    BodyHash, Form, Payload, Rejection, Request, Scope, ServiceKind, SigningKey,
    canonical::{Signed, canonical_path},
    date::BasicDate,
    sha256,
    signed_headers::SignedHeaders,
};

/// A request's credentials, found well-formed, timely and in scope, but not yet verified.
///
/// Everything that the signature stands for is taken from here and from nowhere else: a second look at the
/// request could see another credential.
pub struct Presented<'a> {
    pub(crate) request: Request<'a>,
    pub(crate) kind: ServiceKind,
    pub(crate) form: Form,
    pub(crate) access_key_id: &'a str,
    pub(crate) scope: Scope<'a>,
    pub(crate) date: BasicDate,
    pub(crate) session_token: Option<Cow<'a, str>>,
    pub(crate) signed_headers: SignedHeaders<'a>,
    /// As sent.
    pub(crate) signature: &'a [u8],
    pub(crate) payload: Payload,
}

/// The proof that a request carries the signature of a key. Only [`Presented::verify`] makes it.
#[derive(Debug)]
#[must_use]
pub struct SignatureValid(());

impl<'a> Presented<'a> {
    /// The id of the access key that claims to have signed.
    pub fn access_key_id(&self) -> &'a str {
        self.access_key_id
    }

    /// The scope, which decides the [`SigningKey`].
    pub fn scope(&self) -> Scope<'a> {
        self.scope
    }

    /// The session token. It must be intact, current and that of the access key; the caller checks it.
    pub fn session_token(&self) -> Option<&str> {
        self.session_token.as_deref()
    }

    /// How the body takes part in the signature.
    pub fn payload(&self) -> Payload {
        self.payload
    }

    /// Where the signature stood.
    pub fn form(&self) -> Form {
        self.form
    }

    /// Checks the signature, in constant time, and the body against what was declared of it.
    ///
    /// `key` is that of the access key's secret for [`Presented::scope`]. In the streaming modes this checks
    /// the seed signature: the chunks remain to be checked.
    pub fn verify(&self, key: &SigningKey, body: BodyHash) -> Result<SignatureValid, Rejection> {
        let path = canonical_path(self.request.path, self.kind);
        if !self.is_signature(&path, key, body)? {
            // Some clients of S3 sign the path as they send it, without the escapes that it should have.
            let sent_otherwise = self.kind == ServiceKind::S3 && path != self.request.path;
            if !sent_otherwise || !self.is_signature(self.request.path, key, body)? {
                return Err(match sha256::from_hex(self.signature) {
                    Some(_) => Rejection::SignatureMismatch,
                    None => Rejection::SignatureMalformed,
                });
            }
        }
        match (self.payload, body) {
            (Payload::Declared(declared), BodyHash::Sha256 { digest, .. }) if declared != digest => {
                Err(Rejection::BodyMismatch(self.kind))
            }
            (Payload::Body | Payload::Declared(_), BodyHash::Unread) => Err(Rejection::BodyUnread),
            (Payload::Body | Payload::Declared(_), BodyHash::Sha256 { .. })
            | (
                Payload::Unsigned
                | Payload::StreamingSigned
                | Payload::StreamingSignedTrailer
                | Payload::StreamingUnsignedTrailer,
                _,
            ) => Ok(SignatureValid(())),
        }
    }

    fn is_signature(&self, path: &str, key: &SigningKey, body: BodyHash) -> Result<bool, Rejection> {
        let signed = Signed {
            request: &self.request,
            path,
            omit_signature: self.form == Form::Query,
            signed_headers: &self.signed_headers,
            payload: self.payload,
            body,
            date: &self.date,
            scope: self.scope,
        };
        Ok(are_equal(&signed.signature(key)?, self.signature))
    }

    /// The answer for an access key that is unknown or inactive. It costs what [`Presented::verify`] costs, so
    /// that the time of the answer does not tell whether a key exists.
    pub fn reject_unknown_key(&self, body: BodyHash) -> Rejection {
        let key = SigningKey::NOBODY;
        let _ = std::hint::black_box(self.verify(&key, body));
        Rejection::AccessKeyUnknown
    }
}

/// Compares in a time that does not depend on where the two differ. Only lower-case hex can be equal.
fn are_equal(computed: &[u8; 64], claimed: &[u8]) -> bool {
    let Some((claimed, [])) = claimed.split_first_chunk::<64>() else {
        return false;
    };
    let (computed, claimed) = (computed.as_chunks::<8>().0, claimed.as_chunks::<8>().0);
    let differing = computed
        .iter()
        .zip(claimed)
        .fold(0, |differing, (computed, claimed)| {
            differing | (u64::from_ne_bytes(*computed) ^ u64::from_ne_bytes(*claimed))
        });
    bool::from(differing.ct_eq(&0))
}
