//! Whose account an access key belongs to.

use keystead_store::Reader;
use keystead_types::{AccessKeyId, Principal};
use keystead_wire::{
    ApiError,
    sts::{GetAccessKeyInfo, GetAccessKeyInfoRequest, GetAccessKeyInfoResponse},
};

use crate::{
    operation::{Implemented, Read, Refusal, Scene},
    permission::Target,
};

impl Implemented for GetAccessKeyInfo {
    type Object = ();

    fn find(_: &Reader<'_>, _: &GetAccessKeyInfoRequest, _: &Principal) -> Result<(Target, ()), Refusal> {
        Ok((Target::everything(), ()))
    }
}

impl Read for GetAccessKeyInfo {
    fn read(
        reader: &Reader<'_>,
        (): (),
        input: &GetAccessKeyInfoRequest,
        _: &Scene,
    ) -> Result<GetAccessKeyInfoResponse, Refusal> {
        let id: AccessKeyId = input
            .access_key_id
            .parse()
            .map_err(|_| ApiError::access_key_info_unknown())?;
        // AWS reads the account out of an id of the present format, whether there is such a key or not.
        // An imported id can look like one and belong to another account.
        let known = reader.access_key(id)?.map(|key| key.account);
        let account = known.or_else(|| id.embedded_account());
        let account = account.ok_or_else(ApiError::access_key_info_unknown)?;
        Ok(GetAccessKeyInfoResponse {
            account: Some(account.to_string()),
        })
    }
}
