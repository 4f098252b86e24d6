//! Who the caller is.

use keystead_types::Principal;
use keystead_wire::sts::{GetCallerIdentity, GetCallerIdentityRequest, GetCallerIdentityResponse};

use crate::operation::Answer;

impl Answer for GetCallerIdentity {
    fn answer(_: &GetCallerIdentityRequest, caller: &Principal) -> GetCallerIdentityResponse {
        GetCallerIdentityResponse {
            user_id: Some(caller.user_id()),
            account: Some(caller.account.to_string()),
            arn: Some(caller.arn()),
        }
    }
}
