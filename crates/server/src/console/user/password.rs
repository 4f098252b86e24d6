//! The password with which a user signs in to the console, set by somebody who may.

use askama::Template;
use axum::extract::Path;
use http::StatusCode;
use keystead_authority::PasswordRules;
use keystead_wire::iam;

use super::{
    super::{
        ask::Ask,
        fields::{Fields, Form, Query},
        frame::Frame,
        page::{Answer, page, refused_page, see},
        path,
        problem::Problem,
        visitor::Visitor,
    },
    credentials::{Begun, Password},
};
use crate::api::Refused;

#[derive(Template)]
#[template(path = "user/password.html")]
struct PasswordPage {
    frame: Frame,
    user: String,
    begun: Begun,
    /// Whether the user has none yet.
    is_first: bool,
    must_be_changed: bool,
    rules: PasswordRules,
    wrong: Option<&'static str>,
    refused: Option<Refused>,
}

impl PasswordPage {
    async fn new(visitor: &Visitor, user: String, fields: &Fields, is_first: bool) -> Result<Self, Problem> {
        let begun = Begun::of(fields);
        let title = if is_first {
            "Enable console access"
        } else {
            "Change console password"
        };
        Ok(Self {
            frame: visitor.frame(begun.section(), title),
            user,
            begun,
            is_first,
            must_be_changed: fields.is_checked("must-be-changed"),
            rules: visitor.password_rules().await?,
            wrong: None,
            refused: None,
        })
    }
}

/// `/console/users/{user}/password`
pub(super) async fn ask(visitor: Visitor, Path(user): Path<String>, query: Query) -> Answer {
    let is_first = is_first(Password::load(&visitor, &user).await)?;
    let mut asking = PasswordPage::new(&visitor, user, &query, is_first).await?;
    asking.must_be_changed = is_first;
    page(asking)
}

/// Whether there is no password yet. Who may not see that is taken to want to change one.
fn is_first(found: Result<Option<Password>, Refused>) -> Result<bool, Refused> {
    match found {
        Err(refused) if !refused.is_denied() => Err(refused),
        found => Ok(matches!(found, Ok(None))),
    }
}

pub(super) async fn set(visitor: Visitor, Path(user): Path<String>, form: Form) -> Answer {
    let is_first = form.is_checked("first");
    let mut asking = PasswordPage::new(&visitor, user, &form, is_first).await?;
    let password = match form.new_password() {
        Ok(password) => Some(String::clone(&password).into()),
        Err(wrong) => {
            asking.wrong = Some(wrong);
            return refused_page(StatusCode::BAD_REQUEST, asking);
        }
    };
    let must_be_changed = Some(asking.must_be_changed);
    let set = if is_first {
        let created = visitor
            .perform::<iam::CreateLoginProfile>(iam::CreateLoginProfileRequest {
                user_name: Some(asking.user.clone()),
                password,
                password_reset_required: must_be_changed,
            })
            .await;
        created.map(|_| "password-created")
    } else {
        let updated = visitor
            .perform::<iam::UpdateLoginProfile>(iam::UpdateLoginProfileRequest {
                user_name: asking.user.clone(),
                password,
                password_reset_required: must_be_changed,
            })
            .await;
        updated.map(|()| "password-changed")
    };
    match set {
        Ok(done) => see(&format!("{}?done={done}", asking.begun.back(&asking.user))),
        Err(refused) => {
            let status = refused.status();
            asking.refused = Some(refused);
            refused_page(status, asking)
        }
    }
}

pub(super) async fn ask_remove(visitor: Visitor, Path(user): Path<String>, query: Query) -> Answer {
    removal(&visitor, &user, Begun::of(&query)).asked()
}

pub(super) async fn remove(visitor: Visitor, Path(user): Path<String>, form: Form) -> Answer {
    let begun = Begun::of(&form);
    let removed = visitor
        .perform::<iam::DeleteLoginProfile>(iam::DeleteLoginProfileRequest {
            user_name: Some(user.clone()),
        })
        .await;
    let done = format!("{}?done=password-removed", begun.back(&user));
    removal(&visitor, &user, begun).answered(removed, &done)
}

fn removal(visitor: &Visitor, user: &str, begun: Begun) -> Ask {
    let (action, back) = (format!("{}/password/remove", path::user(user)), begun.back(user));
    Ask::new(visitor, begun.section(), "Disable console access", user, action, back)
        .saying(format!(
            "The console password of {user} is deleted, so {user} can no longer sign in to the console. Access keys go on \
             working."
        ))
        .carrying("from", begun.word())
}
