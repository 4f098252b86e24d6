use std::fmt;

macro_rules! codes {
    ($($code:ident $status:literal,)*) => {
        /// The code of an error, which clients decide by.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum ErrorCode {
            $(
                #[doc = concat!("`", stringify!($code), "`, HTTP status ", $status, ".")]
                $code,
            )*
        }

        impl ErrorCode {
            /// Every code.
            pub const ALL: &[Self] = &[$(Self::$code,)*];

            /// The code as it stands in an answer.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$code => stringify!($code),)*
                }
            }

            /// The HTTP status that goes with it.
            pub fn status(self) -> u16 {
                match self {
                    $(Self::$code => $status,)*
                }
            }
        }
    };
}

codes! {
    // Common to all operations.
    AccessDenied 403,
    ExpiredToken 403,
    IncompleteSignature 400,
    InvalidAction 400,
    InvalidClientTokenId 403,
    InvalidQueryParameter 400,
    MalformedInput 400,
    MalformedQueryString 404,
    MissingAction 400,
    MissingAuthenticationToken 403,
    ServiceUnavailable 503,
    SignatureDoesNotMatch 403,
    Throttling 400,
    UnknownOperationException 400,
    ValidationError 400,
    // Of HTTP rather than of AWS, where AWS answers with a web page or with nothing.
    BadRequest 400,
    MethodNotAllowed 302,
    NotFound 404,
    RequestEntityTooLarge 413,
    RequestHeaderSectionTooLarge 431,
    RequestTimeout 408,
    RequestUriTooLong 414,
    UnsupportedContentType 403,
    // Of single operations.
    DeleteConflict 409,
    EntityAlreadyExists 409,
    InvalidAuthenticationCode 403,
    InvalidAuthorizationMessageException 400,
    InvalidInput 400,
    InvalidParameterValue 400,
    InvalidUserType 400,
    LimitExceeded 409,
    MalformedPolicyDocument 400,
    NoSuchEntity 404,
    PackedPolicyTooLarge 400,
    PasswordPolicyViolation 400,
    ReportNotPresent 410,
    ServiceFailure 500,
    UnmodifiableEntity 400,
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Service;

    #[test]
    fn statuses_are_those_of_the_models() {
        for operation in Service::ALL.into_iter().flat_map(Service::operations) {
            for (name, status) in operation.errors {
                let code = ErrorCode::ALL.iter().find(|code| code.as_str() == *name);
                assert!(
                    code.is_none_or(|code| code.status() == *status),
                    "{operation} {name}"
                );
            }
        }
    }
}
