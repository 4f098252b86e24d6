//! The second factor: a code of an app, or a passkey.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use keystead_authority::SignInRefusal;
use keystead_store::ConsoleSessionState;

use super::{
    super::{
        Shared, assets,
        fields::{Form, Query},
        origin::Origin,
        page::{Answer, page, refused_page},
        problem::Problem,
    },
    explained, failed, go_on,
    half_done::HalfDone,
    next,
};
use crate::api::Visit;

#[derive(Template)]
#[template(path = "sign_in/second_factor.html")]
struct SecondFactorPage {
    assets: &'static str,
    user: String,
    devices: Vec<String>,
    /// What the browser asks for a passkey with, as JSON, if one of the user's works here.
    passkey: Option<String>,
    /// Where else passkeys of the user's work.
    passkey_origins: Vec<String>,
    next: String,
    wrong: Option<String>,
}

impl SecondFactorPage {
    async fn new(
        shared: &Shared,
        half_done: HalfDone,
        origin: &Origin,
        visit: &Visit,
        next: String,
        wrong: Option<String>,
    ) -> Result<Self, Problem> {
        let site = origin.passkey_site();
        let mut passkey_origins = half_done.passkey_origins;
        let mut passkey = None;
        if let Some(site) = site.filter(|_| !passkey_origins.is_empty()) {
            let context = shared.api.context_of(visit);
            let sign_in = shared.api.authority.sign_in();
            let asked = sign_in.ask_passkey(&half_done.token, &site, &context).await;
            passkey = asked.map_err(failed)?;
            passkey_origins.retain(|origin| origin != site.origin());
        }
        passkey_origins.dedup();
        Ok(Self {
            assets: assets::version(),
            user: half_done.user,
            devices: half_done.devices,
            passkey,
            passkey_origins,
            next,
            wrong,
        })
    }
}

/// `/console/sign-in/mfa`
pub(super) async fn ask(
    State(shared): State<Arc<Shared>>,
    half_done: HalfDone,
    origin: Origin,
    visit: Visit,
    query: Query,
) -> Answer {
    let half_done = half_done.waiting_for(ConsoleSessionState::SecondFactorRequired)?;
    page(SecondFactorPage::new(&shared, half_done, &origin, &visit, next(&query), None).await?)
}

pub(super) async fn with_code(
    State(shared): State<Arc<Shared>>,
    half_done: HalfDone,
    origin: Origin,
    visit: Visit,
    form: Form,
) -> Answer {
    let context = shared.api.context_of(&visit);
    let (serial, code) = (form.given("device"), form.text("code"));
    let sign_in = shared.api.authority.sign_in();
    match sign_in.with_code(&half_done.token, serial, code, &context).await {
        Ok(progress) => go_on(&progress, &next(&form), &origin),
        Err(refusal) => again(&shared, half_done, &origin, &visit, next(&form), refusal).await,
    }
}

/// `/console/sign-in/passkey`
pub(super) async fn with_passkey(
    State(shared): State<Arc<Shared>>,
    half_done: HalfDone,
    origin: Origin,
    visit: Visit,
    form: Form,
) -> Answer {
    let site = origin.passkey_site().ok_or(Problem::NotFound)?;
    let context = shared.api.context_of(&visit);
    let sign_in = shared.api.authority.sign_in();
    let answered = sign_in.with_passkey(&half_done.token, &site, form.text("answer"), &context);
    match answered.await {
        Ok(progress) => go_on(&progress, &next(&form), &origin),
        Err(refusal) => again(&shared, half_done, &origin, &visit, next(&form), refusal).await,
    }
}

/// The page once more, with what was wrong.
async fn again(
    shared: &Shared,
    half_done: HalfDone,
    origin: &Origin,
    visit: &Visit,
    next: String,
    refusal: SignInRefusal,
) -> Answer {
    let (status, wrong) = explained(refusal, visit)?;
    let again = SecondFactorPage::new(shared, half_done, origin, visit, next, Some(wrong)).await?;
    refused_page(status, again)
}
