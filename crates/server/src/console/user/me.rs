//! One's own security credentials.

use askama::Template;
use http::StatusCode;
use keystead_authority::PasswordRules;
use keystead_wire::iam;

use super::{
    super::{
        fields::Form,
        frame::{Frame, Section},
        moment::Moment,
        origin::Origin,
        page::{Answer, page, refused_page, see},
        problem::Problem,
        visitor::Visitor,
    },
    credentials::{Begun, Credentials, sign_in_url},
    my_sessions::{self, MySession},
    summary::About,
};
use crate::api::Refused;

#[derive(Template)]
#[template(path = "user/me.html")]
struct MePage {
    frame: Frame,
    user: String,
    arn: String,
    user_id: String,
    sign_in_url: String,
    credentials: Credentials,
    begun: Begun,
    sessions: Vec<MySession>,
    /// When the user last signed in to the console, if that may be seen.
    signed_in: Option<Option<Moment>>,
}

/// `/console/me`
pub(super) async fn me(visitor: Visitor, origin: Origin) -> Answer {
    let about = About::load(&visitor, visitor.name()).await;
    let principal = visitor.caller().principal();
    page(MePage {
        frame: visitor.frame(Section::Mine, Section::Mine.title()),
        user: visitor.name().to_owned(),
        arn: principal.arn(),
        user_id: principal.user_id(),
        sign_in_url: sign_in_url(&visitor, &origin),
        credentials: Credentials::load(&visitor, visitor.name()).await,
        begun: Begun::AtMine,
        sessions: my_sessions::load(&visitor).await?,
        signed_in: about.ok().map(|about| about.signed_in),
    })
}

#[derive(Template)]
#[template(path = "user/my_password.html")]
struct MyPasswordPage {
    frame: Frame,
    rules: PasswordRules,
    wrong: Option<&'static str>,
    refused: Option<Refused>,
}

impl MyPasswordPage {
    async fn new(visitor: &Visitor) -> Result<Self, Problem> {
        Ok(Self {
            frame: visitor.frame(Section::Mine, "Change password"),
            rules: visitor.password_rules().await?,
            wrong: None,
            refused: None,
        })
    }
}

/// `/console/me/password`
pub(super) async fn ask_password(visitor: Visitor) -> Answer {
    page(MyPasswordPage::new(&visitor).await?)
}

pub(super) async fn change_password(visitor: Visitor, form: Form) -> Answer {
    let mut asking = MyPasswordPage::new(&visitor).await?;
    let new_password = match form.new_password() {
        Ok(password) => String::clone(&password).into(),
        Err(wrong) => {
            asking.wrong = Some(wrong);
            return refused_page(StatusCode::BAD_REQUEST, asking);
        }
    };
    let changed = visitor
        .perform::<iam::ChangePassword>(iam::ChangePasswordRequest {
            old_password: form.text("old").to_owned().into(),
            new_password,
        })
        .await;
    match changed {
        Ok(()) => see("/console/me?done=password-changed"),
        Err(refused) => {
            let status = refused.status();
            asking.refused = Some(refused);
            refused_page(status, asking)
        }
    }
}
