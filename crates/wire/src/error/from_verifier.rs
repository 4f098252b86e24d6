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
            Failure::SessionExpired => Self::new(ErrorCode::ExpiredToken, failure.to_string()),
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

impl From<&Denied> for ApiError {
    fn from(denied: &Denied) -> Self {
        Self::new(ErrorCode::AccessDenied, denied.to_string())
    }
}

#[cfg(test)]
mod tests {
    use keystead_verifier::{DirectoryUnavailable, UnknownKey};

    use super::*;

    #[test]
    fn the_caller_reads_the_text_and_the_operator_the_check() {
        let rejected = Failure::Rejected;
        let invalid = "The security token included in the request is invalid.";
        let unsigned = "Request is missing Authentication Token";
        let escape = "Incomplete trailing escape % sequence";
        let rows = [
            (
                rejected(Rejection::AuthenticationMissing),
                "MissingAuthenticationToken",
                403,
                Some(unsigned),
            ),
            (rejected(Rejection::BothForms), "SignatureDoesNotMatch", 403, None),
            (
                rejected(Rejection::QueryEscapeTruncated),
                "MalformedQueryString",
                404,
                Some(escape),
            ),
            (rejected(Rejection::PathMalformed), "BadRequest", 400, None),
            (
                Failure::UnknownKey(UnknownKey::Absent),
                "InvalidClientTokenId",
                403,
                Some(invalid),
            ),
            (
                Failure::UnknownKey(UnknownKey::Inactive),
                "InvalidClientTokenId",
                403,
                Some(invalid),
            ),
        ];
        for (failure, code, status, message) in rows {
            let check = failure.check();
            let error = ApiError::from(failure);
            assert_eq!((error.code().as_str(), error.status()), (code, status), "{check}");
            assert_eq!((error.message(), error.operator()), (message, Some(check)));
        }
    }

    #[test]
    fn what_is_not_the_signatures_fault() {
        let throttled = ApiError::from(Failure::Throttled {
            failed_check: "signature",
        });
        assert_eq!(throttled.to_string(), "Throttling: Rate exceeded");
        assert_eq!(throttled.status(), 400);
        assert!(
            throttled
                .operator()
                .is_some_and(|detail| detail.ends_with(": signature"))
        );
        let unavailable = ApiError::from(Failure::DirectoryUnavailable(DirectoryUnavailable::new(
            "disk full",
        )));
        assert_eq!(
            (unavailable.code(), unavailable.status()),
            (ErrorCode::ServiceFailure, 503)
        );
        assert!(
            unavailable
                .operator()
                .is_some_and(|detail| detail.ends_with("disk full"))
        );
        assert!(!unavailable.to_string().contains("disk"));
    }
}
