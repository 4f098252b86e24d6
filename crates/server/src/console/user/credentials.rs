//! A user's security credentials: the console's password, MFA devices and access keys.

use askama::Template;
use axum::extract::Path;
use keystead_wire::iam;

use super::{
    super::{
        access_key::AccessKeys,
        fields::Fields,
        frame::{Frame, Section},
        moment::Moment,
        origin::Origin,
        page::{Answer, page},
        path,
        visitor::Visitor,
    },
    summary::{Summary, Tab, if_any},
};
use crate::api::Refused;

/// What a user signs in with. Each part is there as far as the visitor may see it.
pub(super) struct Credentials {
    pub(super) password: Result<Option<Password>, Refused>,
    pub(super) devices: Result<Vec<Device>, Refused>,
    pub(super) access_keys: Result<AccessKeys, Refused>,
}

/// A password for the console.
pub(super) struct Password {
    pub(super) created: Moment,
    /// Whether another one must be chosen at the next sign-in.
    pub(super) must_be_changed: bool,
}

/// An MFA device that is assigned to a user.
pub(super) struct Device {
    pub(super) serial: String,
    pub(super) assigned: Moment,
}

/// Where a form on credentials was begun, and so where it leads back to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Begun {
    /// On the tab of the user's page.
    AtUser,
    /// On one's own security credentials.
    AtMine,
}

impl Credentials {
    pub(super) async fn load(visitor: &Visitor, user: &str) -> Self {
        Self {
            password: Password::load(visitor, user).await,
            devices: Device::load(visitor, user).await,
            access_keys: AccessKeys::load(visitor, user).await,
        }
    }

    /// Whether the user can sign in to the console, in the words of AWS's console.
    pub(super) fn console_access(&self) -> &'static str {
        match (&self.password, &self.devices) {
            (Err(_), _) => "Not shown to you",
            (Ok(None), _) => "Disabled",
            (Ok(Some(_)), Err(_)) => "Enabled",
            (Ok(Some(_)), Ok(devices)) if devices.is_empty() => "Enabled without MFA",
            (Ok(Some(_)), Ok(_)) => "Enabled with MFA",
        }
    }

    /// When each access key was last used.
    pub(super) fn key_uses(&self) -> impl Iterator<Item = Moment> {
        let keys = self.access_keys.as_ref().map(|access_keys| &access_keys.keys);
        let keys = keys.into_iter().flatten();
        keys.filter_map(|key| Some(key.last_use.as_ref().ok()?.as_ref()?.at))
    }
}

impl Password {
    pub(super) async fn load(visitor: &Visitor, user: &str) -> Result<Option<Self>, Refused> {
        let profile = visitor
            .perform::<iam::GetLoginProfile>(iam::GetLoginProfileRequest {
                user_name: Some(user.to_owned()),
            })
            .await;
        let profile = if_any(profile)?.map(|found| found.login_profile);
        Ok(profile.map(|profile| Self {
            created: profile.create_date.into(),
            must_be_changed: profile.password_reset_required.unwrap_or_default(),
        }))
    }
}

impl Device {
    pub(super) async fn load(visitor: &Visitor, user: &str) -> Result<Vec<Self>, Refused> {
        let listed = visitor
            .perform::<iam::ListMFADevices>(iam::ListMFADevicesRequest {
                user_name: Some(user.to_owned()),
                ..Default::default()
            })
            .await?;
        let devices = listed.mfa_devices.into_iter().map(|device| Self {
            serial: device.serial_number,
            assigned: device.enable_date.into(),
        });
        Ok(devices.collect())
    }

    /// Whether it is an app that shows codes, and no passkey.
    pub(super) fn is_virtual(&self) -> bool {
        is_virtual(&self.serial)
    }

    pub(super) fn kind(&self) -> &'static str {
        if self.is_virtual() {
            "Virtual (app)"
        } else {
            "Passkey or security key"
        }
    }
}

/// Whether a serial number is a virtual device's.
pub(super) fn is_virtual(serial: &str) -> bool {
    serial.contains(":mfa/")
}

impl Begun {
    pub(super) fn of(fields: &Fields) -> Self {
        match fields.text("from") {
            "me" => Self::AtMine,
            _ => Self::AtUser,
        }
    }

    /// What a form carries of it.
    pub(super) fn word(&self) -> &'static str {
        match self {
            Self::AtUser => "user",
            Self::AtMine => "me",
        }
    }

    pub(super) fn section(self) -> Section {
        match self {
            Self::AtUser => Section::Users,
            Self::AtMine => Section::Mine,
        }
    }

    /// The page to go back to.
    pub(super) fn back(&self, user: &str) -> String {
        match self {
            Self::AtUser => path::security_credentials(user),
            Self::AtMine => Section::Mine.path().to_owned(),
        }
    }
}

#[derive(Template)]
#[template(path = "user/security_credentials.html")]
struct SecurityCredentialsPage {
    frame: Frame,
    summary: Summary,
    sign_in_url: String,
    begun: Begun,
}

/// `/console/users/{user}/security-credentials`
pub(super) async fn tab(visitor: Visitor, Path(user): Path<String>, origin: Origin) -> Answer {
    page(SecurityCredentialsPage {
        frame: visitor.frame(Section::Users, format!("{user}: security credentials")),
        summary: Summary::load(&visitor, user, Tab::SecurityCredentials).await?,
        sign_in_url: sign_in_url(&visitor, &origin),
        begun: Begun::AtUser,
    })
}

/// Where users of the visitor's account sign in.
pub(super) fn sign_in_url(visitor: &Visitor, origin: &Origin) -> String {
    format!(
        "{}{}",
        origin.as_str(),
        path::sign_in(&visitor.account().to_string())
    )
}
