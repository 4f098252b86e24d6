//! Tags of virtual MFA devices.

use keystead_store::{PutTags, Reader, TagRecord, Tx};
use keystead_types::{MfaDeviceArn, Principal};
use keystead_verifier::Allowed;
use keystead_wire::{
    ApiError,
    iam::{
        ListMFADeviceTags, ListMFADeviceTagsRequest, ListMFADeviceTagsResponse, TagMFADevice,
        TagMFADeviceRequest, UntagMFADevice, UntagMFADeviceRequest,
    },
};

use super::{
    mfa_device::NamedDevice,
    page::{Page, PageRequest},
    tag,
};
use crate::{
    operation::{Change, Implemented, Read, Refusal, Scene},
    permission::Target,
};

impl Implemented for TagMFADevice {
    type Object = NamedDevice;

    fn find(
        reader: &Reader<'_>,
        input: &TagMFADeviceRequest,
        caller: &Principal,
    ) -> Result<(Target, NamedDevice), Refusal> {
        let (target, device) = NamedDevice::find(reader, &input.serial_number, caller)?;
        Ok((target.with_request_tags(Some(&input.tags)), device))
    }
}

impl Change for TagMFADevice {
    fn change(
        tx: &mut Tx<'_>,
        _: &Allowed<Self>,
        device: NamedDevice,
        input: &TagMFADeviceRequest,
        _: &Scene,
    ) -> Result<(), Refusal> {
        put(tx, &device.record()?.serial, &tag::records_of_thing(&input.tags)?)
    }
}

impl Implemented for UntagMFADevice {
    type Object = NamedDevice;

    fn find(
        reader: &Reader<'_>,
        input: &UntagMFADeviceRequest,
        caller: &Principal,
    ) -> Result<(Target, NamedDevice), Refusal> {
        let (target, device) = NamedDevice::find(reader, &input.serial_number, caller)?;
        Ok((target.with_tag_keys(&input.tag_keys), device))
    }
}

impl Change for UntagMFADevice {
    fn change(
        tx: &mut Tx<'_>,
        _: &Allowed<Self>,
        device: NamedDevice,
        input: &UntagMFADeviceRequest,
        _: &Scene,
    ) -> Result<(), Refusal> {
        match tx.remove_mfa_device_tags(&device.record()?.serial, &input.tag_keys)? {
            true => Ok(()),
            false => Err(ApiError::no_such_mfa_device(&device.serial).into()),
        }
    }
}

impl Implemented for ListMFADeviceTags {
    type Object = NamedDevice;

    fn find(
        reader: &Reader<'_>,
        input: &ListMFADeviceTagsRequest,
        caller: &Principal,
    ) -> Result<(Target, NamedDevice), Refusal> {
        NamedDevice::find(reader, &input.serial_number, caller)
    }
}

impl Read for ListMFADeviceTags {
    fn read(
        reader: &Reader<'_>,
        device: NamedDevice,
        input: &ListMFADeviceTagsRequest,
        scene: &Scene,
    ) -> Result<ListMFADeviceTagsResponse, Refusal> {
        let record = device.record()?;
        let filters = [device.serial.as_str()];
        let page = PageRequest::of::<Self>(scene, &filters, input.marker.as_deref(), input.max_items)?;
        let (tags, next) = tag::cut(reader.mfa_device_tags(&record.serial)?, &page);
        let Page { marker, is_truncated } = page.end(next);
        Ok(ListMFADeviceTagsResponse {
            tags,
            is_truncated,
            marker,
        })
    }
}

/// Gives a device tags.
pub(super) fn put(tx: &mut Tx<'_>, serial: &MfaDeviceArn, tags: &[TagRecord]) -> Result<(), Refusal> {
    match tx.put_mfa_device_tags(serial, tags)? {
        PutTags::Stored => Ok(()),
        PutTags::QuotaReached => Err(ApiError::too_many_tags().into()),
        PutTags::NoOwner => Err(ApiError::no_such_mfa_device(&serial.to_string()).into()),
    }
}
