//! Who the caller is.

use keystead_types::Principal;
use keystead_verifier::Resource;
use keystead_wire::sts::{GetCallerIdentity, GetCallerIdentityRequest, GetCallerIdentityResponse};

use crate::operation::Answer;

impl Answer for GetCallerIdentity {
    const RESOURCE: Resource = Resource::Everything;

    fn answer(_: &GetCallerIdentityRequest, caller: &Principal) -> GetCallerIdentityResponse {
        GetCallerIdentityResponse {
            user_id: Some(caller.user_id()),
            account: Some(caller.account.to_string()),
            arn: Some(caller.arn()),
        }
    }
}
