//! What the verifier refuses, as the caller gets to read it. The texts are the verifier's own.

use keystead_sigv4::{Rejection, rejection::Code};
use keystead_verifier::{Denied, Failure};

use super::{ApiError, ErrorCode};

impl From<Failure> for ApiError {
    fn from(failure: Failure) -> Self {
        let check = failure.check();
        let error = match &failure {
            Failure::Rejected(rejection) => return rejection.into(),
            Failure::UnknownKey(_) | Failure::SessionToken => {
                Self::new(ErrorCode::InvalidClientTokenId, failure.to_string())
            }
            Failure::Throttled { failed_check } => {
                return Self::throttling().for_operator(format!("{check}: {failed_check}"));
            }
            Failure::DirectoryUnavailable(unavailable) => {
                return Self::service_unavailable(unavailable.to_string());
            }
        };
        error.for_operator(check)
    }
}

impl From<&Rejection> for ApiError {
    fn from(rejection: &Rejection) -> Self {
        let code = match rejection.code() {
            Code::BadRequest => ErrorCode::BadRequest,
            Code::MalformedQueryString => ErrorCode::MalformedQueryString,
            Code::MissingAuthenticationToken => ErrorCode::MissingAuthenticationToken,
            Code::IncompleteSignature | Code::AuthorizationQueryParametersError => {
                ErrorCode::IncompleteSignature
            }
            Code::InvalidClientTokenId => ErrorCode::InvalidClientTokenId,
            Code::AccessDenied => ErrorCode::AccessDenied,
            // The last four are S3's, which is none of the services here.
            Code::SignatureDoesNotMatch
            | Code::RequestTimeTooSkewed
            | Code::InvalidRequest
            | Code::InvalidArgument
            | Code::XAmzContentSha256Mismatch => ErrorCode::SignatureDoesNotMatch,
        };
        let message = Some(rejection.to_string()).filter(|message| !message.is_empty());
        Self {
            code,
            status: code.status(),
            message: message.map(Into::into),
            operator: Some(rejection.check().into()),
        }
    }
}

impl From<Denied> for ApiError {
    fn from(denied: Denied) -> Self {
        Self::new(ErrorCode::AccessDenied, denied.to_string())
    }
}

#[cfg(test)]
mod tests {
    use keystead_verifier::{DirectoryUnavailable, UnknownKey};

    use super::*;

    #[test]
    fn the_caller_reads_the_text_and_the_operator_the_check() {
        let invalid = "The security token included in the request is invalid.";
        let rows = [
            (
                Failure::Rejected(Rejection::AuthenticationMissing),
                "MissingAuthenticationToken",
                403,
                Some("Request is missing Authentication Token"),
                "authentication-present",
            ),
            (
                Failure::Rejected(Rejection::BothForms),
                "SignatureDoesNotMatch",
                403,
                None,
                "one-form",
            ),
            (
                Failure::Rejected(Rejection::QueryEscapeTruncated),
                "MalformedQueryString",
                404,
                Some("Incomplete trailing escape % sequence"),
                "query-escapes",
            ),
            (
                Failure::Rejected(Rejection::PathMalformed),
                "BadRequest",
                400,
                None,
                "path",
            ),
            (
                Failure::UnknownKey(UnknownKey::Absent),
                "InvalidClientTokenId",
                403,
                Some(invalid),
                "access-key-absent",
            ),
            (
                Failure::UnknownKey(UnknownKey::Inactive),
                "InvalidClientTokenId",
                403,
                Some(invalid),
                "access-key-inactive",
            ),
            (
                Failure::Throttled {
                    failed_check: "signature",
                },
                "Throttling",
                400,
                Some("Rate exceeded"),
                "throttled: signature",
            ),
            (
                Failure::DirectoryUnavailable(DirectoryUnavailable::new("disk full")),
                "ServiceFailure",
                503,
                Some("The request has failed due to a temporary failure of the server."),
                "the directory of access keys is unavailable: disk full",
            ),
        ];
        for (failure, code, status, message, operator) in rows {
            let error = ApiError::from(failure);
            assert_eq!(
                (error.code().as_str(), error.status()),
                (code, status),
                "{operator}"
            );
            assert_eq!((error.message(), error.operator()), (message, Some(operator)));
        }
    }
}
