//! AWS's texts, word for word.

use std::fmt;

use crate::{
    Rejection, ServiceKind,
    date::basic_format,
    rejection::{MissingParts, ScopeError, Skew},
};

const SIGNATURE_MISMATCH: &str = "The request signature we calculated does not match the signature you \
    provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.";

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            Self::TooLarge(_) | Self::PathMalformed | Self::BothForms => "",
            Self::QueryEscapeTruncated => "Incomplete trailing escape % sequence",
            Self::QueryEscapeIllegal(escape) => {
                return write!(f, "Illegal hex character in escape % pattern: {escape}");
            }
            Self::AuthenticationMissing | Self::SignatureVersion2 | Self::QueryAlgorithmUnsupported => {
                "Request is missing Authentication Token"
            }
            Self::AlgorithmUnsupported(algorithm) => {
                return write!(f, "Unsupported AWS 'algorithm': '{algorithm}'.");
            }
            Self::AuthorizationPart { part, authorization } => {
                return write!(
                    f,
                    "'{part}' not a valid key=value pair (missing equal-sign) in Authorization header: \
                     '{authorization}'."
                );
            }
            Self::AuthorizationIncomplete(missing) => return missing.write_for_header(f),
            Self::QueryIncomplete(missing) => return missing.write_for_query(f),
            Self::HostNotSigned => {
                "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization."
            }
            Self::HeaderNotSigned {
                kind: ServiceKind::S3,
                ..
            } => "There were headers present in the request which were not signed",
            Self::HeaderNotSigned {
                kind: ServiceKind::Other,
                name,
            } => {
                return write!(f, "'{name}' must be a 'SignedHeader' in the AWS Authorization.");
            }
            Self::DateMalformed(date) => {
                return write!(
                    f,
                    "Date must be in ISO-8601 'basic format'. Got '{date}'. \
                     See http://en.wikipedia.org/wiki/ISO_8601"
                );
            }
            Self::Expired(skew) => return skew.write(f, "Signature expired", "now earlier", -1, '-'),
            Self::NotYetCurrent(skew) => {
                return skew.write(f, "Signature not yet current", "still later", 1, '+');
            }
            Self::TimeTooSkewed => {
                "The difference between the request time and the current time is too large."
            }
            Self::ExpiresMissing => {
                "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, \
                 X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters."
            }
            Self::ExpiresNotANumber => "X-Amz-Expires should be a number",
            Self::ExpiresNotPositive => "X-Amz-Expires must be non-negative",
            Self::ExpiresTooLong => {
                "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must \
                 be less than 604800 seconds"
            }
            Self::PresignedExpired => "Request has expired",
            Self::PresignedNotYetValid => "Request is not valid yet",
            Self::CredentialMalformed(credential) => {
                return write!(
                    f,
                    "Credential must have exactly 5 slash-delimited elements, e.g. \
                     keyid/date/region/service/term, got '{credential}'"
                );
            }
            Self::ScopeWrong(errors) => return write_scope_errors(f, errors),
            // AWS ends this text with a full stop for an unknown key, and without one for a bad token.
            Self::SessionTokenMalformed => "The security token included in the request is invalid",
            Self::AccessKeyUnknown => "The security token included in the request is invalid.",
            Self::ContentSha256Missing => "Missing required header for this request: x-amz-content-sha256",
            Self::PayloadModeRefused(ServiceKind::S3) => {
                "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, \
                 STREAMING-AWS4-HMAC-SHA256-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER, \
                 or a valid sha256 value."
            }
            Self::BodyMismatch(ServiceKind::S3) => {
                "The provided 'x-amz-content-sha256' header does not match what was computed."
            }
            Self::PayloadModeRefused(ServiceKind::Other)
            | Self::BodyMismatch(ServiceKind::Other)
            | Self::BodyUnread
            | Self::SignedHeadersMalformed
            | Self::SignedHeaderAbsent(_)
            | Self::SignatureMalformed
            | Self::SignatureMismatch => SIGNATURE_MISMATCH,
        };
        f.write_str(text)
    }
}

impl MissingParts {
    fn write_for_header(self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = [
            (self.credential, "Credential"),
            (self.signature, "Signature"),
            (self.signed_headers, "SignedHeaders"),
        ];
        for (_, part) in parts.iter().filter(|(missing, _)| *missing) {
            write!(f, "Authorization header requires '{part}' parameter. ")?;
        }
        if self.date {
            f.write_str(
                "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. ",
            )?;
        }
        f.write_str("Authorization=AWS4-HMAC-SHA256")
    }

    fn write_for_query(self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parameters = [
            (self.credential, "X-Amz-Credential"),
            (self.signature, "X-Amz-Signature"),
            (self.signed_headers, "X-Amz-SignedHeaders"),
            (self.date, "X-Amz-Date"),
        ];
        for (_, parameter) in parameters.iter().filter(|(missing, _)| *missing) {
            write!(f, "AWS query-string parameters must include '{parameter}'. ")?;
        }
        f.write_str("Re-examine the query-string parameters.")
    }
}

impl Skew {
    fn write(
        self,
        f: &mut fmt::Formatter<'_>,
        what: &str,
        relation: &str,
        direction: i64,
        sign: char,
    ) -> fmt::Result {
        let bound = self.now_seconds.saturating_add(direction * self.skew_seconds_max);
        write!(
            f,
            "{what}: {request} is {relation} than {bound} ({now} {sign} {minutes} min.)",
            request = basic_format(self.request_seconds),
            bound = basic_format(bound),
            now = basic_format(self.now_seconds),
            minutes = self.skew_seconds_max / 60,
        )
    }
}

fn write_scope_errors(f: &mut fmt::Formatter<'_>, errors: &[ScopeError]) -> fmt::Result {
    for (index, error) in errors.iter().enumerate() {
        if index > 0 {
            f.write_str(" ")?;
        }
        match error {
            ScopeError::Region {
                region,
                repeated: true,
            } => {
                write!(
                    f,
                    "Credential should be scoped to a valid region, not '{region}'."
                )?;
            }
            ScopeError::Region { repeated: false, .. } => {
                f.write_str("Credential should be scoped to a valid region.")?;
            }
            ScopeError::Service(service) => {
                write!(f, "Credential should be scoped to correct service: '{service}'.")?;
            }
            ScopeError::Terminator(terminator) => write!(
                f,
                "Credential should be scoped with a valid terminator: 'aws4_request', not '{terminator}'."
            )?,
            ScopeError::Date { scope, request } => write!(
                f,
                "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from \
                 HTTP: '{scope}' != '{day}', from '{request}'.",
                day = request.get(..8).unwrap_or_default(),
            )?,
        }
    }
    // AWS leaves a space behind these two even when nothing follows.
    match errors.last() {
        Some(ScopeError::Region { .. } | ScopeError::Service(_)) => f.write_str(" "),
        _ => Ok(()),
    }
}
