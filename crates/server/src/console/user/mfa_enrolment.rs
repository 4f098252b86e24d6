//! Assigning an MFA device: its name and kind; and of a virtual one its seed, once, and two of its codes.

use askama::Template;
use axum::{
    extract::Path,
    response::{IntoResponse, Response},
};
use data_encoding::BASE64;
use keystead_wire::{Blob, Sensitive, iam};
use zeroize::Zeroizing;

use super::{
    super::{
        fields::{Fields, Form, Query},
        frame::Frame,
        origin::Origin,
        page::{Answer, Page, page, refused_page, see},
        visitor::Visitor,
    },
    credentials::Begun,
    passkey,
};
use crate::api::Refused;

#[derive(Template)]
#[template(path = "user/mfa_name.html")]
struct NamePage {
    frame: Frame,
    user: String,
    begun: Begun,
    name: String,
    has_passkeys: bool,
    is_passkey: bool,
    refused: Option<Refused>,
}

impl NamePage {
    fn new(visitor: &Visitor, user: String, origin: &Origin, fields: &Fields) -> Self {
        let begun = Begun::of(fields);
        Self {
            frame: visitor.frame(begun.section(), "Assign MFA device"),
            user,
            begun,
            name: fields.text("name").trim().to_owned(),
            has_passkeys: origin.passkey_site().is_some(),
            is_passkey: fields.text("kind") == "passkey",
            refused: None,
        }
    }
}

/// Step 1: `/console/users/{user}/mfa/new`
pub(super) async fn name(visitor: Visitor, Path(user): Path<String>, origin: Origin, query: Query) -> Answer {
    page(NamePage::new(&visitor, user, &origin, &query))
}

/// Step 2, by the kind that was chosen.
pub(super) async fn create(visitor: Visitor, Path(user): Path<String>, origin: Origin, form: Form) -> Answer {
    let mut naming = NamePage::new(&visitor, user, &origin, &form);
    let created = match naming.is_passkey {
        true => passkey::begin(&visitor, &naming.user, &naming.name, naming.begun, &origin).await,
        false => create_virtual(&visitor, &naming).await,
    };
    created.or_else(|refused| {
        let status = refused.status();
        naming.refused = Some(refused);
        refused_page(status, naming)
    })
}

/// Step 2 for an app. The seed is in this answer alone: neither an address nor the store's answers have it afterwards.
#[derive(Template)]
#[template(path = "user/mfa_codes.html")]
struct CodesPage {
    frame: Frame,
    user: String,
    begun: Begun,
    serial: String,
    seed: Zeroizing<String>,
    /// The QR code, a PNG in base64.
    qr_code: Zeroizing<String>,
    refused: Option<Refused>,
}

impl CodesPage {
    fn new(visitor: &Visitor, user: String, begun: Begun, serial: String) -> Self {
        Self {
            frame: visitor.frame(begun.section(), "Set up device"),
            user,
            begun,
            serial,
            seed: Zeroizing::default(),
            qr_code: Zeroizing::default(),
            refused: None,
        }
    }
}

async fn create_virtual(visitor: &Visitor, naming: &NamePage) -> Result<Response, Refused> {
    let created = visitor
        .perform::<iam::CreateVirtualMFADevice>(iam::CreateVirtualMFADeviceRequest {
            virtual_mfa_device_name: naming.name.clone(),
            ..Default::default()
        })
        .await?;
    let device = created.virtual_mfa_device;
    let exposed = |blob: Option<&Sensitive<Blob>>| blob.map(|blob| blob.expose().0.clone());
    let seed = exposed(device.base32_string_seed.as_ref()).map(Zeroizing::new);
    let qr_code = exposed(device.qr_code_png.as_ref()).map(Zeroizing::new);
    let mut enrolling = CodesPage::new(visitor, naming.user.clone(), naming.begun, device.serial_number);
    enrolling.seed = text(seed.as_deref().map(Vec::as_slice).unwrap_or_default());
    enrolling.qr_code = Zeroizing::new(BASE64.encode(qr_code.as_deref().map_or(&[], Vec::as_slice)));
    Ok(Page(enrolling).into_response())
}

/// Base32, which is text.
fn text(seed: &[u8]) -> Zeroizing<String> {
    Zeroizing::new(String::from_utf8_lossy(seed).into_owned())
}

/// Step 3: two codes show that the app has the seed. With wrong ones the same seed is shown again, out of the form: the
/// server has no way to show it.
pub(super) async fn enable(visitor: Visitor, Path(user): Path<String>, form: Form) -> Answer {
    let serial = form.text("serial").to_owned();
    let mut enrolling = CodesPage::new(&visitor, user, Begun::of(&form), serial);
    let enabled = visitor
        .perform::<iam::EnableMFADevice>(iam::EnableMFADeviceRequest {
            user_name: enrolling.user.clone(),
            serial_number: enrolling.serial.clone(),
            authentication_code1: form.text("code1").trim().to_owned(),
            authentication_code2: form.text("code2").trim().to_owned(),
        })
        .await;
    match enabled {
        Ok(()) => see(&format!(
            "{}?done=mfa-assigned",
            enrolling.begun.back(&enrolling.user)
        )),
        Err(refused) => {
            let status = refused.status();
            enrolling.refused = Some(refused);
            enrolling.seed = Zeroizing::new(form.text("seed").to_owned());
            enrolling.qr_code = Zeroizing::new(form.text("qr-code").to_owned());
            refused_page(status, enrolling)
        }
    }
}

/// Deletes the device that was begun: it is nobody's, and its seed is lost with the page.
pub(super) async fn cancel(visitor: Visitor, Path(user): Path<String>, form: Form) -> Answer {
    visitor
        .perform::<iam::DeleteVirtualMFADevice>(iam::DeleteVirtualMFADeviceRequest {
            serial_number: form.text("serial").to_owned(),
        })
        .await?;
    see(&Begun::of(&form).back(&user))
}
