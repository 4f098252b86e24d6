//! Virtual MFA devices.

use keystead_store::{
    DeleteMfaDevice, EnableMfaDevice as Enabled, InsertMfaDevice, MfaDeviceFilter, MfaDeviceOwner,
    MfaDeviceRecord, Reader, StoreError, Tx,
};
use keystead_types::{AccountId, MfaDeviceArn, MfaDeviceName, PasskeyArn, Principal, Timestamp, limits};
use keystead_verifier::{Allowed, Resource};
use keystead_wire::{
    ApiError, Blob,
    iam::{
        CreateVirtualMFADevice, CreateVirtualMFADeviceRequest, CreateVirtualMFADeviceResponse,
        DeactivateMFADevice, DeactivateMFADeviceRequest, DeleteVirtualMFADevice,
        DeleteVirtualMFADeviceRequest, EnableMFADevice, EnableMFADeviceRequest, GetMFADevice,
        GetMFADeviceRequest, GetMFADeviceResponse, ListMFADevices, ListMFADevicesRequest,
        ListMFADevicesResponse, ListVirtualMFADevices, ListVirtualMFADevicesRequest,
        ListVirtualMFADevicesResponse, MFADevice, VirtualMFADevice,
    },
};

use super::{
    mfa_device_tag,
    mfa_seed::MfaSeed,
    name::{parse_name, parse_path_of_new},
    owner::Owner,
    page::{Page, PageRequest},
    tag, user,
};
use crate::{
    operation::{Change, Implemented, Read, Refusal, Scene},
    permission::{Tagged, Target},
    totp,
};

/// A device by its serial number, if there is one.
pub(crate) struct NamedDevice {
    pub(super) serial: String,
    pub(super) record: Option<MfaDeviceRecord>,
}

impl Implemented for CreateVirtualMFADevice {
    type Object = MfaDeviceArn;

    fn find(
        _: &Reader<'_>,
        input: &CreateVirtualMFADeviceRequest,
        caller: &Principal,
    ) -> Result<(Target, MfaDeviceArn), Refusal> {
        let name: MfaDeviceName = parse_name(&input.virtual_mfa_device_name, "virtualMFADeviceName")?;
        let path = parse_path_of_new(input.path.as_deref())?;
        let target = Target::made(caller.account, "mfa", &path, name.as_str())
            .with_request_tags(input.tags.as_deref());
        let account = caller.account;
        Ok((target, MfaDeviceArn { account, path, name }))
    }
}

impl Change for CreateVirtualMFADevice {
    fn change(
        tx: &mut Tx<'_>,
        _: &Allowed<Self>,
        arn: MfaDeviceArn,
        input: &CreateVirtualMFADeviceRequest,
        scene: &Scene,
    ) -> Result<CreateVirtualMFADeviceResponse, Refusal> {
        let serial = arn.to_string();
        if serial.chars().count() > limits::MFA_SERIAL_CHARACTERS_MAX {
            return Err(ApiError::mfa_serial_too_long(limits::MFA_SERIAL_CHARACTERS_MAX).into());
        }
        let tags = tag::records_of_thing(input.tags.as_deref().unwrap_or_default())?;
        let account = tx.account(arn.account)?;
        let alias = account.and_then(|account| account.alias);
        let account = alias.unwrap_or_else(|| arn.account.to_string());
        let seed = MfaSeed::generate(&*scene.random);
        let qr_code = seed.qr_code_png(arn.name.as_str(), &account)?;
        match tx.insert_mfa_device(&arn, seed.bytes(), scene.context.now)? {
            InsertMfaDevice::Created => {}
            InsertMfaDevice::SerialTaken => return Err(ApiError::mfa_device_already_exists().into()),
            InsertMfaDevice::QuotaReached(quota) => {
                return Err(ApiError::quota_exceeded("MFADevicesPerAccount", quota.into()).into());
            }
        }
        if !tags.is_empty() {
            mfa_device_tag::put(tx, &arn, &tags)?;
        }
        Ok(CreateVirtualMFADeviceResponse {
            virtual_mfa_device: VirtualMFADevice {
                serial_number: serial,
                base32_string_seed: Some(Blob(seed.base32().as_bytes().to_vec()).into()),
                qr_code_png: Some(Blob(qr_code).into()),
                user: None,
                enable_date: None,
                tags: tag::shapes(tags),
            },
        })
    }
}

impl Implemented for EnableMFADevice {
    type Object = Owner;

    fn find(
        reader: &Reader<'_>,
        input: &EnableMFADeviceRequest,
        caller: &Principal,
    ) -> Result<(Target, Owner), Refusal> {
        Owner::find_for_mfa(reader, Some(&input.user_name), caller)
    }
}

impl Change for EnableMFADevice {
    fn change(
        tx: &mut Tx<'_>,
        _: &Allowed<Self>,
        owner: Owner,
        input: &EnableMFADeviceRequest,
        scene: &Scene,
    ) -> Result<(), Refusal> {
        let owner = owner.mfa_device_owner()?;
        let serial = serial_of(&input.serial_number, scene.caller.account)?;
        let now = scene.context.now;
        let codes = (&*input.authentication_code1, &*input.authentication_code2);
        let verify = |device: &MfaDeviceRecord, seed: &[u8]| totp::two_codes(device, seed, now, codes);
        match tx.enable_mfa_device(&serial, owner, now, verify)? {
            Enabled::Enabled => Ok(()),
            Enabled::WrongCode => Err(Refusal::Kept(ApiError::mfa_codes_not_valid())),
            Enabled::Locked => Err(ApiError::too_many_mfa_codes().into()),
            Enabled::InUse => Err(ApiError::mfa_device_in_use().into()),
            Enabled::QuotaReached(quota) => {
                Err(ApiError::quota_exceeded("MFADevicesPerUser", quota.into()).into())
            }
            Enabled::NoUser => Err(ApiError::no_such_user(&input.user_name).into()),
            Enabled::NoDevice => Err(ApiError::no_such_mfa_device(&input.serial_number).into()),
        }
    }
}

impl Implemented for DeactivateMFADevice {
    type Object = Owner;

    fn find(
        reader: &Reader<'_>,
        input: &DeactivateMFADeviceRequest,
        caller: &Principal,
    ) -> Result<(Target, Owner), Refusal> {
        Owner::find_for_mfa(reader, input.user_name.as_deref(), caller)
    }
}

impl Change for DeactivateMFADevice {
    fn change(
        tx: &mut Tx<'_>,
        _: &Allowed<Self>,
        owner: Owner,
        input: &DeactivateMFADeviceRequest,
        scene: &Scene,
    ) -> Result<(), Refusal> {
        let (owner, account) = (owner.mfa_device_owner()?, scene.caller.account);
        let text = &input.serial_number;
        let was_there = match (passkey_of(text, account), owner) {
            // A passkey is nobody else's to be, so it is gone with this.
            (Some(passkey), MfaDeviceOwner::User(user)) => tx.delete_passkey(&passkey, user)?,
            (Some(_), MfaDeviceOwner::Root) => false,
            (None, owner) => tx.deactivate_mfa_device(&serial_of(text, account)?, owner)?,
        };
        match was_there {
            true => Ok(()),
            false => Err(ApiError::no_such_mfa_device(text).into()),
        }
    }
}

impl Implemented for DeleteVirtualMFADevice {
    type Object = NamedDevice;

    fn find(
        reader: &Reader<'_>,
        input: &DeleteVirtualMFADeviceRequest,
        caller: &Principal,
    ) -> Result<(Target, NamedDevice), Refusal> {
        NamedDevice::find(reader, &input.serial_number, caller)
    }
}

impl Change for DeleteVirtualMFADevice {
    fn change(
        tx: &mut Tx<'_>,
        _: &Allowed<Self>,
        device: NamedDevice,
        _: &DeleteVirtualMFADeviceRequest,
        _: &Scene,
    ) -> Result<(), Refusal> {
        match tx.delete_mfa_device(&device.record()?.serial)? {
            DeleteMfaDevice::Deleted => Ok(()),
            DeleteMfaDevice::InUse => Err(ApiError::mfa_device_must_be_deactivated().into()),
            DeleteMfaDevice::NoDevice => Err(ApiError::no_such_mfa_device(&device.serial).into()),
        }
    }
}

impl Implemented for ListMFADevices {
    type Object = Owner;

    fn find(
        reader: &Reader<'_>,
        input: &ListMFADevicesRequest,
        caller: &Principal,
    ) -> Result<(Target, Owner), Refusal> {
        Owner::find_for_mfa(reader, input.user_name.as_deref(), caller)
    }
}

impl Read for ListMFADevices {
    fn read(
        reader: &Reader<'_>,
        owner: Owner,
        input: &ListMFADevicesRequest,
        scene: &Scene,
    ) -> Result<ListMFADevicesResponse, Refusal> {
        let (account, user_name, of) = (scene.caller.account, owner.name()?, owner.mfa_device_owner()?);
        let devices = enabled_of(reader, account, of)?;
        let user_id = match of {
            MfaDeviceOwner::Root => String::new(),
            MfaDeviceOwner::User(id) => id.to_string(),
        };
        let filters = [user_id.as_str()];
        let page = PageRequest::of::<Self>(scene, &filters, input.marker.as_deref(), input.max_items)?;
        // A serial number can be too long for a marker, so the position is a count; nobody has more than 8 devices.
        let listed: usize = page.after.parse().unwrap_or_default();
        let end = listed.saturating_add(page.entries_max as usize);
        let next = (end < devices.len()).then(|| end.to_string());
        let devices = devices.into_iter().skip(listed).take(page.entries_max as usize);
        let mfa_devices = devices.map(|(serial_number, enable_date)| MFADevice {
            user_name: user_name.clone(),
            serial_number,
            enable_date,
        });
        let Page { marker, is_truncated } = page.end(next);
        Ok(ListMFADevicesResponse {
            mfa_devices: mfa_devices.collect(),
            is_truncated,
            marker,
        })
    }
}

impl Implemented for ListVirtualMFADevices {
    type Object = ();

    fn find(
        _: &Reader<'_>,
        _: &ListVirtualMFADevicesRequest,
        _: &Principal,
    ) -> Result<(Target, ()), Refusal> {
        Ok((Target::everything(), ()))
    }
}

impl Read for ListVirtualMFADevices {
    fn read(
        reader: &Reader<'_>,
        (): (),
        input: &ListVirtualMFADevicesRequest,
        scene: &Scene,
    ) -> Result<ListVirtualMFADevicesResponse, Refusal> {
        let account = scene.caller.account;
        let status = input.assignment_status.as_deref().unwrap_or("Any");
        let filter = match status {
            "Assigned" => MfaDeviceFilter::Assigned,
            "Unassigned" => MfaDeviceFilter::Unassigned,
            _ => MfaDeviceFilter::Any,
        };
        let filters = [status];
        let page = PageRequest::of::<Self>(scene, &filters, input.marker.as_deref(), input.max_items)?;
        // Positions are serial numbers without what all of the account begin with: the rest fits into a marker.
        let start = format!("arn:aws:iam::{account}:mfa/");
        let after = match page.after.as_str() {
            "" => String::new(),
            position => format!("{start}{position}"),
        };
        let found = reader.mfa_devices_page(account, filter, &after, page.entries_max)?;
        let shapes = found
            .devices
            .into_iter()
            .map(|device| shape(reader, device, scene));
        let next = found
            .next
            .as_deref()
            .and_then(|serial| serial.strip_prefix(&start));
        let Page { marker, is_truncated } = page.end(next.map(str::to_owned));
        Ok(ListVirtualMFADevicesResponse {
            virtual_mfa_devices: shapes.collect::<Result<_, _>>()?,
            is_truncated,
            marker,
        })
    }
}

impl Implemented for GetMFADevice {
    type Object = Owner;

    fn find(
        reader: &Reader<'_>,
        input: &GetMFADeviceRequest,
        caller: &Principal,
    ) -> Result<(Target, Owner), Refusal> {
        Owner::find_for_mfa(reader, input.user_name.as_deref(), caller)
    }
}

impl Read for GetMFADevice {
    fn read(
        reader: &Reader<'_>,
        owner: Owner,
        input: &GetMFADeviceRequest,
        scene: &Scene,
    ) -> Result<GetMFADeviceResponse, Refusal> {
        let (user_name, owner) = (owner.name()?, owner.mfa_device_owner()?);
        let devices = enabled_of(reader, scene.caller.account, owner)?;
        let found = devices
            .into_iter()
            .find(|(serial, _)| *serial == input.serial_number);
        let (serial_number, enabled_at) =
            found.ok_or_else(|| ApiError::no_such_mfa_device(&input.serial_number))?;
        Ok(GetMFADeviceResponse {
            user_name: Some(user_name),
            serial_number,
            enable_date: Some(enabled_at),
            certifications: None,
        })
    }
}

impl NamedDevice {
    /// Finds a device. What is no serial number of the account's is a device that is not there.
    pub(super) fn find(
        reader: &Reader<'_>,
        serial: &str,
        caller: &Principal,
    ) -> Result<(Target, Self), Refusal> {
        let account = caller.account;
        let parsed = serial.parse().ok();
        let own = parsed.filter(|arn: &MfaDeviceArn| arn.account == account);
        let record = match &own {
            Some(arn) => reader.mfa_device(arn)?,
            None => None,
        };
        let arn = match &own {
            Some(arn) => arn.to_string(),
            None => format!("arn:aws:iam::{account}:mfa/{serial}"),
        };
        let tagged = record
            .as_ref()
            .map(|device| Tagged::MfaDevice(device.serial.clone()));
        let target = Target::new(Resource::new(Some(account), arn)).with_tags_of(tagged);
        let serial = serial.to_owned();
        Ok((target, Self { serial, record }))
    }

    pub(super) fn record(&self) -> Result<&MfaDeviceRecord, ApiError> {
        self.record
            .as_ref()
            .ok_or_else(|| ApiError::no_such_mfa_device(&self.serial))
    }
}

/// The serial numbers of an owner's devices, and since when they are: virtual ones before passkeys, which root has none
/// of.
fn enabled_of(
    reader: &Reader<'_>,
    account: AccountId,
    owner: MfaDeviceOwner,
) -> Result<Vec<(String, Timestamp)>, StoreError> {
    let devices = reader.mfa_devices_of(account, owner)?.into_iter();
    let mut enabled: Vec<_> = devices
        .filter_map(|device| Some((device.serial.to_string(), device.assignment?.enabled_at)))
        .collect();
    if let MfaDeviceOwner::User(user) = owner {
        let passkeys = reader.passkeys_of(account, user)?.into_iter();
        enabled.extend(passkeys.map(|passkey| (passkey.serial.to_string(), passkey.enabled_at)));
    }
    Ok(enabled)
}

/// A serial number of a passkey of the account.
fn passkey_of(text: &str, account: AccountId) -> Option<PasskeyArn> {
    let serial = text.parse().ok();
    serial.filter(|serial: &PasskeyArn| serial.account == account)
}

/// A serial number of a virtual device of the account.
pub(super) fn serial_of(text: &str, account: AccountId) -> Result<MfaDeviceArn, ApiError> {
    let serial = text.parse().ok();
    serial
        .filter(|serial: &MfaDeviceArn| serial.account == account)
        .ok_or_else(|| ApiError::no_such_mfa_device(text))
}

/// A device as the list of all shows it: AWS says nothing of one that is nobody's but its serial number.
fn shape(reader: &Reader<'_>, device: MfaDeviceRecord, scene: &Scene) -> Result<VirtualMFADevice, Refusal> {
    let user = match device.assignment.map(|held| held.owner) {
        Some(MfaDeviceOwner::Root) => Some(user::root_shape(reader, scene)?),
        Some(MfaDeviceOwner::User(id)) => {
            let user = reader.user_by_id(device.serial.account, id)?;
            user.as_ref().map(user::shape)
        }
        None => None,
    };
    Ok(VirtualMFADevice {
        serial_number: device.serial.to_string(),
        base32_string_seed: None,
        qr_code_png: None,
        user,
        enable_date: device.assignment.map(|held| held.enabled_at),
        tags: None,
    })
}
