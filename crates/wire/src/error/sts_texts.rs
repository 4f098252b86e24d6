//! `(code, message)` of what STS refuses, one row per situation. AWS's own words wherever AWS's words are known.

use super::{ApiError, ErrorCode, texts::texts};

texts! {
    /// A session token that is none for what is asked, such as one without a one-time code for IAM.
    session_token_unfit() => InvalidClientTokenId "The security token included in the request is invalid";
    /// Temporary credentials asked for what only long-term ones get.
    not_with_session_credentials(operation: &str) => AccessDenied "Cannot call {operation} with session credentials";
    /// Root asked for a role. AWS lets no root do that.
    not_assumed_by_root() => AccessDenied "Roles may not be assumed by root accounts.";
    /// Something else where the ARN of a role belongs.
    malformed_role_arn(text: &str) => ValidationError "{text} is invalid";
    /// More seconds than the role allows.
    role_session_too_long() => ValidationError
        "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.";
    /// More seconds than a session gets that another role's session asks for.
    chained_session_too_long() => ValidationError
        "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.";
    /// The tag key of a session that has it already and passes it on.
    transitive_tag_conflict() => InvalidParameterValue
        "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session.";
    /// A transitive tag key without its tag.
    transitive_tag_not_passed() => InvalidParameterValue
        "The specified transitive tag key must be included in the requested tags.";
    /// The same tag of a session twice, regardless of case.
    duplicate_session_tag_keys() => InvalidParameterValue
        "Duplicate tag keys found. Please note that Tag keys are case insensitive.";
    /// More tags than a session may have, those that it inherits included.
    too_many_session_tags(limit: usize) => InvalidParameterValue
        "A session must not have more than {limit} tags, those that it inherits included.";
    /// Another source identity than the one that the calling session has.
    source_identity_cannot_change() => AccessDenied
        "The source identity of the calling session cannot be changed.";
    /// Session policies and tags that do not fit into a session token; `percent` of what does.
    packed_policy_too_large(percent: i32) => PackedPolicyTooLarge
        "Packed policy consumes {percent}% of allotted space, please use smaller policy.";
    /// More managed session policies than there may be.
    too_many_session_policies(limit: usize) => ValidationError
        "A session must not have more than {limit} managed policies.";
    /// Sessions that were made one from another, too many in a row.
    chain_too_long(limit: usize) => ValidationError
        "A session must not depend on more than {limit} users and roles.";
    /// Context assertions, which no provider here issues.
    provided_contexts_unsupported() => ValidationError "ProvidedContexts are not supported.";
    /// One of the serial number and the code is missing.
    mfa_incomplete() => AccessDenied
        "MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code.";
    /// A device that is not the caller's.
    mfa_not_valid() => AccessDenied
        "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is valid and associated with this user.";
    /// A code that is not the device's, or is used up.
    mfa_code_not_valid() => AccessDenied "MultiFactorAuthentication failed with invalid MFA one time pass code.";
    /// A message that this server did not encode, or not for the caller's account.
    invalid_authorization_message() => InvalidAuthorizationMessageException
        "The authorization message is invalid or was not encoded for this account.";
}
