//! A sign-in that is not finished, and its last step: another password.

use std::sync::Arc;

use askama::Template;
use axum::extract::{FromRequestParts, State};
use http::{StatusCode, request::Parts};
use keystead_store::ConsoleSessionState;
use keystead_types::AccountId;
use zeroize::Zeroizing;

use super::{
    super::{
        Shared, assets, cookie,
        fields::{Form, Query},
        origin::Origin,
        page::{Answer, page, refused_page},
        problem::{Problem, SignInFirst},
        visitor::extension,
    },
    explained, failed, go_on, next,
};
use crate::{api::Visit, environment::now};

/// The half finished sign-in that a browser is in. Without one, it is sent to begin.
pub(super) struct HalfDone {
    pub(super) token: Zeroizing<String>,
    account: AccountId,
    pub(super) user: String,
    state: ConsoleSessionState,
    /// The serial numbers of the user's devices that show codes.
    pub(super) devices: Vec<String>,
    /// The origins that the user's passkeys work at.
    pub(super) passkey_origins: Vec<String>,
}

impl HalfDone {
    /// Goes on if this is what is waited for.
    pub(super) fn waiting_for(self, state: ConsoleSessionState) -> Result<Self, Problem> {
        match self.state == state {
            true => Ok(self),
            false => Err(Problem::NotSignedIn(SignInFirst::default())),
        }
    }
}

impl FromRequestParts<Arc<Shared>> for HalfDone {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, shared: &Arc<Shared>) -> Result<Self, Problem> {
        let begin = || Problem::NotSignedIn(SignInFirst::default());
        let origin = extension::<Origin>(parts)?;
        let token = cookie::token(&parts.headers, &origin).ok_or_else(begin)?;
        let found = shared.api.authority.sign_in().pending(token, now()).await;
        let found = found.map_err(failed)?.ok_or_else(begin)?;
        Ok(Self {
            token: Zeroizing::new(token.to_owned()),
            account: found.account,
            user: found.user,
            state: found.state,
            devices: found.devices,
            passkey_origins: found.passkey_origins,
        })
    }
}

/// The form for another password, which a link has too.
#[derive(Template)]
#[template(path = "sign_in/new_password.html")]
pub(super) struct NewPasswordPage {
    pub(super) assets: &'static str,
    pub(super) user: String,
    /// Where the form goes, which is a link's own address for a link.
    pub(super) action: String,
    pub(super) next: String,
    pub(super) is_welcome: bool,
    /// Which passwords may be chosen.
    pub(super) rules: String,
    pub(super) wrong: Option<String>,
}

impl NewPasswordPage {
    async fn new(
        shared: &Shared,
        half_done: HalfDone,
        next: String,
        wrong: Option<String>,
    ) -> Result<Self, Problem> {
        Ok(Self {
            assets: assets::version(),
            rules: rules(shared, half_done.account).await?,
            user: half_done.user,
            action: "/console/sign-in/password".to_owned(),
            next,
            is_welcome: false,
            wrong,
        })
    }
}

/// Which passwords the account takes, in words.
pub(super) async fn rules(shared: &Shared, account: AccountId) -> Result<String, Problem> {
    let rules = shared.api.authority.sign_in().password_rules(account).await;
    Ok(rules.map_err(failed)?.to_string())
}

/// `/console/sign-in/password`
pub(super) async fn ask_password(
    State(shared): State<Arc<Shared>>,
    half_done: HalfDone,
    query: Query,
) -> Answer {
    let half_done = half_done.waiting_for(ConsoleSessionState::PasswordRequired)?;
    page(NewPasswordPage::new(&shared, half_done, next(&query), None).await?)
}

pub(super) async fn with_new_password(
    State(shared): State<Arc<Shared>>,
    half_done: HalfDone,
    origin: Origin,
    visit: Visit,
    form: Form,
) -> Answer {
    let password = match form.new_password() {
        Ok(password) => password,
        Err(wrong) => {
            let again = NewPasswordPage::new(&shared, half_done, next(&form), Some(wrong.to_owned())).await?;
            return refused_page(StatusCode::BAD_REQUEST, again);
        }
    };
    let context = shared.api.context_of(&visit);
    let sign_in = shared.api.authority.sign_in();
    let progress = sign_in.with_new_password(&half_done.token, password, &context);
    match progress.await {
        Ok(progress) => go_on(&progress, &next(&form), &origin),
        Err(refusal) => {
            let (status, wrong) = explained(refusal, &visit)?;
            let again = NewPasswordPage::new(&shared, half_done, next(&form), Some(wrong)).await?;
            refused_page(status, again)
        }
    }
}
