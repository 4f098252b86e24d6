//! A link by which a password is set once.

use std::sync::Arc;

use axum::extract::{Path, State};
use http::StatusCode;
use keystead_authority::LinkOwner;

use super::{
    super::{
        Shared, assets,
        fields::Form,
        page::{Answer, page, refused_page, see},
        path,
        problem::Problem,
    },
    explained, failed,
    half_done::{NewPasswordPage, rules},
};
use crate::{api::Visit, environment::now};

/// `/console/welcome/{token}`
pub(super) async fn ask(State(shared): State<Arc<Shared>>, Path(token): Path<String>) -> Answer {
    let owner = open(&shared, &token).await?;
    page(form_of(&shared, owner, &token, None).await?)
}

pub(super) async fn set_password(
    State(shared): State<Arc<Shared>>,
    Path(token): Path<String>,
    visit: Visit,
    form: Form,
) -> Answer {
    let owner = open(&shared, &token).await?;
    let password = match form.new_password() {
        Ok(password) => password,
        Err(wrong) => {
            let again = form_of(&shared, owner, &token, Some(wrong.to_owned())).await?;
            return refused_page(StatusCode::BAD_REQUEST, again);
        }
    };
    let used = shared.api.authority.sign_in().use_link(&token, password, now());
    match used.await {
        Ok(LinkOwner { account, user }) => {
            let user = path::segment(&user);
            see(&format!(
                "/console/sign-in?account={account}&user={user}&done=password-set"
            ))
        }
        Err(refusal) => {
            let (status, wrong) = explained(refusal, &visit)?;
            refused_page(status, form_of(&shared, owner, &token, Some(wrong)).await?)
        }
    }
}

/// Whose password the link sets, if it is still good.
async fn open(shared: &Shared, token: &str) -> Result<LinkOwner, Problem> {
    let found = shared.api.authority.sign_in().open_link(token, now()).await;
    found.map_err(failed)?.ok_or(Problem::LinkUsed)
}

async fn form_of(
    shared: &Shared,
    owner: LinkOwner,
    token: &str,
    wrong: Option<String>,
) -> Result<NewPasswordPage, Problem> {
    Ok(NewPasswordPage {
        assets: assets::version(),
        rules: rules(shared, owner.account).await?,
        user: owner.user,
        action: format!("/console/welcome/{}", path::segment(token)),
        next: String::new(),
        is_welcome: true,
        wrong,
    })
}
