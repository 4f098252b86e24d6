//! What can be done with an MFA device that is assigned.

use askama::Template;
use axum::extract::Path;
use keystead_wire::iam;

use super::{
    super::{
        ask::Ask,
        fields::{Fields, Form, Query},
        frame::Frame,
        page::{Answer, page, refused_page, see},
        path,
        visitor::Visitor,
    },
    credentials::{Begun, is_virtual},
};
use crate::api::Refused;

#[derive(Template)]
#[template(path = "user/mfa_resync.html")]
struct ResyncPage {
    frame: Frame,
    user: String,
    begun: Begun,
    serial: String,
    refused: Option<Refused>,
}

impl ResyncPage {
    fn new(visitor: &Visitor, user: String, fields: &Fields) -> Self {
        let begun = Begun::of(fields);
        Self {
            frame: visitor.frame(begun.section(), "Resync MFA device"),
            user,
            begun,
            serial: fields.text("serial").to_owned(),
            refused: None,
        }
    }
}

/// `/console/users/{user}/mfa/resync?serial=…`
pub(super) async fn ask_resync(visitor: Visitor, Path(user): Path<String>, query: Query) -> Answer {
    page(ResyncPage::new(&visitor, user, &query))
}

pub(super) async fn resync(visitor: Visitor, Path(user): Path<String>, form: Form) -> Answer {
    let mut asking = ResyncPage::new(&visitor, user, &form);
    let resynced = visitor
        .perform::<iam::ResyncMFADevice>(iam::ResyncMFADeviceRequest {
            user_name: asking.user.clone(),
            serial_number: asking.serial.clone(),
            authentication_code1: form.text("code1").trim().to_owned(),
            authentication_code2: form.text("code2").trim().to_owned(),
        })
        .await;
    match resynced {
        Ok(()) => see(&format!("{}?done=mfa-resynced", asking.begun.back(&asking.user))),
        Err(refused) => {
            let status = refused.status();
            asking.refused = Some(refused);
            refused_page(status, asking)
        }
    }
}

/// `/console/users/{user}/mfa/remove?serial=…`
pub(super) async fn ask_remove(visitor: Visitor, Path(user): Path<String>, query: Query) -> Answer {
    removal(&visitor, &user, &query).asked()
}

pub(super) async fn remove(visitor: Visitor, Path(user): Path<String>, form: Form) -> Answer {
    let removed = remove_device(&visitor, &user, form.text("serial")).await;
    let done = format!("{}?done=mfa-removed", Begun::of(&form).back(&user));
    removal(&visitor, &user, &form).answered(removed, &done)
}

/// Takes a device from a user, and deletes it when it is a virtual one: nobody could use it again.
pub(super) async fn remove_device(visitor: &Visitor, user: &str, serial: &str) -> Result<(), Refused> {
    visitor
        .perform::<iam::DeactivateMFADevice>(iam::DeactivateMFADeviceRequest {
            user_name: Some(user.to_owned()),
            serial_number: serial.to_owned(),
        })
        .await?;
    if !is_virtual(serial) {
        return Ok(());
    }
    visitor
        .perform::<iam::DeleteVirtualMFADevice>(iam::DeleteVirtualMFADeviceRequest {
            serial_number: serial.to_owned(),
        })
        .await
}

fn removal(visitor: &Visitor, user: &str, fields: &Fields) -> Ask {
    let (begun, serial) = (Begun::of(fields), fields.text("serial"));
    let (action, back) = (format!("{}/mfa/remove", path::user(user)), begun.back(user));
    Ask::new(visitor, begun.section(), "Remove MFA device", serial, action, back)
        .saying(match is_virtual(serial) {
            true => format!(
                "{user} can no longer sign in with this device. To use the same app again, assign a new device and scan \
                 its QR code."
            ),
            false => format!(
                "{user} can no longer sign in with this passkey. Delete it from the device or password manager as well: \
                 it opens nothing any more."
            ),
        })
        .carrying("serial", serial)
        .carrying("from", begun.word())
}
