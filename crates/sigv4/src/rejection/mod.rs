//! Why a request was refused, and what AWS answers then.

mod text;

use std::fmt;

use crate::{ServiceKind, uri_encode::BadEscape};

/// Why a request was refused: one variant for each check.
///
/// `Display` writes AWS's text for the caller, and nothing where AWS sends no message. It repeats only
/// what the caller itself sent. `Debug` and [`Rejection::check`] name the check alone, fit for logs.
#[derive(Clone, PartialEq, Eq)]
pub enum Rejection {
    /// More than one of the bounds of [`limits`](crate::limits) allows; says what there is too much of.
    TooLarge(&'static str),
    /// The path is not absolute, has a malformed escape, a space or a control character, or climbs above
    /// its root.
    PathMalformed,
    /// The query ends within an escape.
    QueryEscapeTruncated,
    /// An escape of the query is not hexadecimal; holds the escape.
    QueryEscapeIllegal(String),
    /// Both an `Authorization` header and `X-Amz-Algorithm` in the query.
    BothForms,
    /// Neither of them.
    AuthenticationMissing,
    /// Neither of them, but the query parameters of the retired Signature Version 2.
    SignatureVersion2,
    /// Another scheme in the `Authorization` header; holds it.
    AlgorithmUnsupported(String),
    /// A part of the `Authorization` header without `=`.
    AuthorizationPart {
        /// The part.
        part: String,
        /// The whole header, which AWS repeats.
        authorization: String,
    },
    /// Parts of the header form are missing.
    AuthorizationIncomplete(MissingParts),
    /// Another value of `X-Amz-Algorithm`.
    QueryAlgorithmUnsupported,
    /// Parameters of the query form are missing.
    QueryIncomplete(MissingParts),
    /// `SignedHeaders` is empty in a place, or names a header twice.
    SignedHeadersMalformed,
    /// `host` is not among the signed headers.
    HostNotSigned,
    /// An `x-amz-*` header came with the request and is not signed.
    HeaderNotSigned {
        /// The header's name.
        name: String,
        /// Decides AWS's text.
        kind: ServiceKind,
    },
    /// The request's time is not in the basic format; holds what was sent.
    DateMalformed(String),
    /// The request is too old.
    Expired(Skew),
    /// The request comes from the future.
    NotYetCurrent(Skew),
    /// The same two for S3's header form, which has one answer for both.
    TimeTooSkewed,
    /// A presigned request for S3 without `X-Amz-Expires`.
    ExpiresMissing,
    /// `X-Amz-Expires` is not a number.
    ExpiresNotANumber,
    /// `X-Amz-Expires` is zero or negative.
    ExpiresNotPositive,
    /// `X-Amz-Expires` is more than a week.
    ExpiresTooLong,
    /// A presigned request for S3 after its end.
    PresignedExpired,
    /// A presigned request for S3 before its time.
    PresignedNotYetValid,
    /// The credential has not five parts; holds it.
    CredentialMalformed(String),
    /// The credential's scope is wrong; holds every way in which it is.
    ScopeWrong(Vec<ScopeError>),
    /// A session token that is repeated or not text.
    SessionTokenMalformed,
    /// The header form for S3 without `x-amz-content-sha256`.
    ContentSha256Missing,
    /// A payload mode that is unknown, or that the kind of service does not take.
    PayloadModeRefused(ServiceKind),
    /// The access key does not exist or is not active.
    AccessKeyUnknown,
    /// The body is signed, but the caller of this crate did not read it.
    BodyUnread,
    /// The body is not the one that was declared.
    BodyMismatch(ServiceKind),
    /// A signed header did not arrive; holds its name.
    SignedHeaderAbsent(String),
    /// The signature is not 64 lower-case hexadecimal characters.
    SignatureMalformed,
    /// The signature is another than the key makes.
    SignatureMismatch,
}

/// The parts of a signature that a request lacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MissingParts {
    /// `Credential`, `X-Amz-Credential`.
    pub credential: bool,
    /// `Signature`, `X-Amz-Signature`.
    pub signature: bool,
    /// `SignedHeaders`, `X-Amz-SignedHeaders`.
    pub signed_headers: bool,
    /// The time, `X-Amz-Date`.
    pub date: bool,
}

/// A request's time that is too far from now. All times in seconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Skew {
    /// The request's time.
    pub request_seconds: i64,
    /// The verifier's time.
    pub now_seconds: i64,
    /// The difference that was allowed.
    pub skew_seconds_max: i64,
}

/// One way in which a scope is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ScopeError {
    /// The region is malformed or not one of those expected.
    Region {
        /// The region sent.
        region: String,
        /// Whether AWS repeats it: IAM does, newer services such as STS do not.
        repeated: bool,
    },
    /// The service is another; holds the one expected.
    Service(String),
    /// The last part is not `aws4_request`; holds it.
    Terminator(String),
    /// The day is not that of the request's time.
    Date {
        /// The day of the scope.
        scope: String,
        /// The request's time in basic format.
        request: String,
    },
}

/// The error codes of AWS that a rejection is answered with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Code {
    /// `400` without a body: refused before any protocol is known.
    BadRequest,
    /// `MalformedQueryString`.
    MalformedQueryString,
    /// `MissingAuthenticationToken`.
    MissingAuthenticationToken,
    /// `IncompleteSignature`.
    IncompleteSignature,
    /// `SignatureDoesNotMatch`.
    SignatureDoesNotMatch,
    /// `InvalidClientTokenId`.
    InvalidClientTokenId,
    /// `AccessDenied`; S3 only.
    AccessDenied,
    /// `RequestTimeTooSkewed`; S3 only.
    RequestTimeTooSkewed,
    /// `AuthorizationQueryParametersError`; S3 only.
    AuthorizationQueryParametersError,
    /// `InvalidRequest`; S3 only.
    InvalidRequest,
    /// `InvalidArgument`; S3 only.
    InvalidArgument,
    /// `XAmzContentSHA256Mismatch`; S3 only.
    XAmzContentSha256Mismatch,
}

impl Rejection {
    /// Every name that [`Rejection::check`] gives.
    pub const CHECKS: [&'static str; 34] = [
        "access-key-known",
        "algorithm",
        "amz-headers-signed",
        "authentication-present",
        "authorization-syntax",
        "body-hash",
        "body-read",
        "content-sha256-present",
        "credential-parts",
        "date-format",
        "expires-value",
        "host-signed",
        "limits",
        "not-in-the-future",
        "not-too-old",
        "one-form",
        "path",
        "payload-mode",
        "presigned-not-expired",
        "presigned-not-in-the-future",
        "query-escapes",
        "required-parts",
        "scope",
        "scope-date",
        "scope-region",
        "scope-service",
        "scope-terminator",
        "session-token-syntax",
        "signature",
        "signature-syntax",
        "signature-version-2",
        "signed-headers-present",
        "signed-headers-syntax",
        "time-skew",
    ];

    /// The failed check's short name, for operators: logs, metrics, explanations.
    pub fn check(&self) -> &'static str {
        match self {
            Self::TooLarge(_) => "limits",
            Self::PathMalformed => "path",
            Self::QueryEscapeTruncated | Self::QueryEscapeIllegal(_) => "query-escapes",
            Self::BothForms => "one-form",
            Self::AuthenticationMissing => "authentication-present",
            Self::SignatureVersion2 => "signature-version-2",
            Self::AlgorithmUnsupported(_) | Self::QueryAlgorithmUnsupported => "algorithm",
            Self::AuthorizationPart { .. } => "authorization-syntax",
            Self::AuthorizationIncomplete(_) | Self::QueryIncomplete(_) => "required-parts",
            Self::SignedHeadersMalformed => "signed-headers-syntax",
            Self::HostNotSigned => "host-signed",
            Self::HeaderNotSigned { .. } => "amz-headers-signed",
            Self::DateMalformed(_) => "date-format",
            Self::Expired(_) => "not-too-old",
            Self::NotYetCurrent(_) => "not-in-the-future",
            Self::TimeTooSkewed => "time-skew",
            Self::ExpiresMissing
            | Self::ExpiresNotANumber
            | Self::ExpiresNotPositive
            | Self::ExpiresTooLong => "expires-value",
            Self::PresignedExpired => "presigned-not-expired",
            Self::PresignedNotYetValid => "presigned-not-in-the-future",
            Self::CredentialMalformed(_) => "credential-parts",
            Self::ScopeWrong(errors) => errors.first().map_or("scope", ScopeError::check),
            Self::SessionTokenMalformed => "session-token-syntax",
            Self::ContentSha256Missing => "content-sha256-present",
            Self::PayloadModeRefused(_) => "payload-mode",
            Self::AccessKeyUnknown => "access-key-known",
            Self::BodyUnread => "body-read",
            Self::BodyMismatch(_) => "body-hash",
            Self::SignedHeaderAbsent(_) => "signed-headers-present",
            Self::SignatureMalformed => "signature-syntax",
            Self::SignatureMismatch => "signature",
        }
    }

    /// The error code that AWS answers with.
    pub fn code(&self) -> Code {
        match self {
            Self::TooLarge(_) | Self::PathMalformed => Code::BadRequest,
            Self::QueryEscapeTruncated | Self::QueryEscapeIllegal(_) => Code::MalformedQueryString,
            Self::AuthenticationMissing | Self::SignatureVersion2 | Self::QueryAlgorithmUnsupported => {
                Code::MissingAuthenticationToken
            }
            Self::AlgorithmUnsupported(_)
            | Self::AuthorizationPart { .. }
            | Self::AuthorizationIncomplete(_)
            | Self::QueryIncomplete(_)
            | Self::DateMalformed(_)
            | Self::CredentialMalformed(_) => Code::IncompleteSignature,
            Self::HeaderNotSigned {
                kind: ServiceKind::S3,
                ..
            }
            | Self::PresignedExpired
            | Self::PresignedNotYetValid => Code::AccessDenied,
            Self::TimeTooSkewed => Code::RequestTimeTooSkewed,
            Self::ExpiresMissing
            | Self::ExpiresNotANumber
            | Self::ExpiresNotPositive
            | Self::ExpiresTooLong => Code::AuthorizationQueryParametersError,
            Self::SessionTokenMalformed | Self::AccessKeyUnknown => Code::InvalidClientTokenId,
            Self::ContentSha256Missing => Code::InvalidRequest,
            Self::PayloadModeRefused(ServiceKind::S3) => Code::InvalidArgument,
            Self::BodyMismatch(ServiceKind::S3) => Code::XAmzContentSha256Mismatch,
            Self::BothForms
            | Self::SignedHeadersMalformed
            | Self::HostNotSigned
            | Self::HeaderNotSigned {
                kind: ServiceKind::Other,
                ..
            }
            | Self::Expired(_)
            | Self::NotYetCurrent(_)
            | Self::ScopeWrong(_)
            | Self::PayloadModeRefused(ServiceKind::Other)
            | Self::BodyUnread
            | Self::BodyMismatch(ServiceKind::Other)
            | Self::SignedHeaderAbsent(_)
            | Self::SignatureMalformed
            | Self::SignatureMismatch => Code::SignatureDoesNotMatch,
        }
    }
}

impl ScopeError {
    fn check(&self) -> &'static str {
        match self {
            Self::Region { .. } => "scope-region",
            Self::Service(_) => "scope-service",
            Self::Terminator(_) => "scope-terminator",
            Self::Date { .. } => "scope-date",
        }
    }
}

impl Code {
    /// The code as AWS writes it; empty for a bare `400`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::BadRequest => "",
            Self::MalformedQueryString => "MalformedQueryString",
            Self::MissingAuthenticationToken => "MissingAuthenticationToken",
            Self::IncompleteSignature => "IncompleteSignature",
            Self::SignatureDoesNotMatch => "SignatureDoesNotMatch",
            Self::InvalidClientTokenId => "InvalidClientTokenId",
            Self::AccessDenied => "AccessDenied",
            Self::RequestTimeTooSkewed => "RequestTimeTooSkewed",
            Self::AuthorizationQueryParametersError => "AuthorizationQueryParametersError",
            Self::InvalidRequest => "InvalidRequest",
            Self::InvalidArgument => "InvalidArgument",
            Self::XAmzContentSha256Mismatch => "XAmzContentSHA256Mismatch",
        }
    }
}

impl From<BadEscape<'_>> for Rejection {
    /// A malformed escape in the query.
    fn from(bad: BadEscape<'_>) -> Self {
        match bad {
            BadEscape::Truncated => Self::QueryEscapeTruncated,
            BadEscape::Illegal(escape) => Self::QueryEscapeIllegal(escape.to_owned()),
        }
    }
}

impl fmt::Debug for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Rejection({})", self.check())
    }
}

impl std::error::Error for Rejection {}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// One rejection of each variant, and one of each way in which a scope is wrong.
    fn all() -> Vec<Rejection> {
        let text = String::new;
        let missing = MissingParts {
            credential: true,
            signature: true,
            signed_headers: true,
            date: true,
        };
        let skew = Skew {
            request_seconds: 0,
            now_seconds: 0,
            skew_seconds_max: 0,
        };
        let scope = |error| Rejection::ScopeWrong(vec![error]);
        vec![
            Rejection::TooLarge(""),
            Rejection::PathMalformed,
            Rejection::QueryEscapeTruncated,
            Rejection::QueryEscapeIllegal(text()),
            Rejection::BothForms,
            Rejection::AuthenticationMissing,
            Rejection::SignatureVersion2,
            Rejection::AlgorithmUnsupported(text()),
            Rejection::AuthorizationPart {
                part: text(),
                authorization: text(),
            },
            Rejection::AuthorizationIncomplete(missing),
            Rejection::QueryAlgorithmUnsupported,
            Rejection::QueryIncomplete(missing),
            Rejection::SignedHeadersMalformed,
            Rejection::HostNotSigned,
            Rejection::HeaderNotSigned {
                name: text(),
                kind: ServiceKind::S3,
            },
            Rejection::DateMalformed(text()),
            Rejection::Expired(skew),
            Rejection::NotYetCurrent(skew),
            Rejection::TimeTooSkewed,
            Rejection::ExpiresMissing,
            Rejection::ExpiresNotANumber,
            Rejection::ExpiresNotPositive,
            Rejection::ExpiresTooLong,
            Rejection::PresignedExpired,
            Rejection::PresignedNotYetValid,
            Rejection::CredentialMalformed(text()),
            Rejection::ScopeWrong(Vec::new()),
            scope(ScopeError::Region {
                region: text(),
                repeated: true,
            }),
            scope(ScopeError::Service(text())),
            scope(ScopeError::Terminator(text())),
            scope(ScopeError::Date {
                scope: text(),
                request: text(),
            }),
            Rejection::SessionTokenMalformed,
            Rejection::ContentSha256Missing,
            Rejection::PayloadModeRefused(ServiceKind::S3),
            Rejection::AccessKeyUnknown,
            Rejection::BodyUnread,
            Rejection::BodyMismatch(ServiceKind::S3),
            Rejection::SignedHeaderAbsent(text()),
            Rejection::SignatureMalformed,
            Rejection::SignatureMismatch,
        ]
    }

    #[test]
    fn every_check_is_in_the_list() {
        let given: BTreeSet<_> = all().iter().map(Rejection::check).collect();
        assert_eq!(given, BTreeSet::from(Rejection::CHECKS));
        assert_eq!(given.len(), Rejection::CHECKS.len(), "no name stands there twice");
    }
}
