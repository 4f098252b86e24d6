//! Assigning a passkey: the browser makes it, and says what came of it.

use askama::Template;
use axum::{
    extract::Path,
    response::{IntoResponse, Response},
};
use keystead_wire::{EnablePasskey, Operate};

use super::{
    super::{
        fields::Form,
        frame::Frame,
        origin::Origin,
        page::{Answer, Page, refused_page, see},
        visitor::Visitor,
    },
    credentials::Begun,
};
use crate::api::Refused;

#[derive(Template)]
#[template(path = "user/mfa_passkey.html")]
struct PasskeyPage {
    frame: Frame,
    user: String,
    begun: Begun,
    /// What the browser makes the passkey with, as JSON; nothing once that was refused.
    options: Option<String>,
    refused: Option<Refused>,
}

impl PasskeyPage {
    fn new(visitor: &Visitor, user: &str, begun: Begun) -> Self {
        Self {
            frame: visitor.frame(begun.section(), "Set up device"),
            user: user.to_owned(),
            begun,
            options: None,
            refused: None,
        }
    }
}

/// Step 2 for a passkey.
pub(super) async fn begin(
    visitor: &Visitor,
    user: &str,
    name: &str,
    begun: Begun,
    origin: &Origin,
) -> Result<Response, Refused> {
    let site = origin.passkey_site();
    let passkeys = visitor.api().authority.passkeys(site.as_ref());
    let mut read = visitor.begin_own_read("BeginPasskey");
    let options = passkeys
        .begin(user, name, visitor.caller(), &read.context, &mut read.asked)
        .await;
    let options = visitor.end_own_read(read, options)?;
    let making = PasskeyPage {
        options: Some(options),
        ..PasskeyPage::new(visitor, user, begun)
    };
    Ok(Page(making).into_response())
}

/// Step 3: `/console/users/{user}/mfa/passkey`. What was asked, the session remembers.
pub(super) async fn register(
    visitor: Visitor,
    Path(user): Path<String>,
    origin: Origin,
    form: Form,
) -> Answer {
    let site = origin.passkey_site();
    let passkeys = visitor.api().authority.passkeys(site.as_ref());
    let mut under_way = visitor.begin(EnablePasskey::OPERATION);
    let registered = passkeys
        .register(
            &user,
            form.text("answer"),
            visitor.caller(),
            &under_way.context,
            &mut under_way.asked,
        )
        .await;
    let begun = Begun::of(&form);
    match visitor.end(under_way, registered) {
        Ok(()) => see(&format!("{}?done=passkey-assigned", begun.back(&user))),
        Err(refused) => {
            let status = refused.status();
            let mut making = PasskeyPage::new(&visitor, &user, begun);
            making.refused = Some(refused);
            refused_page(status, making)
        }
    }
}
