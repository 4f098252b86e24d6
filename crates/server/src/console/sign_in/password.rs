//! The first step: account, user name and password.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use http::HeaderMap;
use zeroize::Zeroizing;

use super::{
    super::{
        Shared, assets, cookie,
        fields::{Form, Query},
        notice,
        origin::Origin,
        page::{Answer, page, refused_page, see},
        visitor::Visitor,
    },
    explained, failed, go_on, next,
};
use crate::api::Visit;

#[derive(Template)]
#[template(path = "sign_in/password.html")]
struct SignInPage {
    assets: &'static str,
    account: String,
    user: String,
    next: String,
    notice: Option<&'static str>,
    wrong: Option<String>,
}

/// `/console/sign-in?next=…`
pub(super) async fn ask(visitor: Option<Visitor>, State(shared): State<Arc<Shared>>, query: Query) -> Answer {
    let next = next(&query);
    if visitor.is_some() {
        return see(&next);
    }
    page(SignInPage {
        assets: assets::version(),
        account: match query.given("account") {
            Some(account) => account.to_owned(),
            None => shared.api.account.to_string(),
        },
        user: query.text("user").to_owned(),
        next,
        notice: notice::text(query.text("done")),
        wrong: None,
    })
}

pub(super) async fn sign_in(
    State(shared): State<Arc<Shared>>,
    origin: Origin,
    visit: Visit,
    headers: HeaderMap,
    form: Form,
) -> Answer {
    let context = shared.api.context_of(&visit);
    let password = Zeroizing::new(form.text("password").to_owned());
    let (account, user) = (form.text("account"), form.text("user"));
    let sign_in = shared.api.authority.sign_in();
    let progress = sign_in.with_password(account, user, password, &context).await;
    match progress {
        Ok(progress) => {
            // Whoever was signed in with this browser before is not any more.
            if let Some(before) = cookie::token(&headers, &origin) {
                sign_in.sign_out(before, &context).await.map_err(failed)?;
            }
            go_on(&progress, &next(&form), &origin)
        }
        Err(refusal) => {
            let (status, wrong) = explained(refusal, &visit)?;
            refused_page(
                status,
                SignInPage {
                    assets: assets::version(),
                    account: account.to_owned(),
                    user: user.to_owned(),
                    next: next(&form),
                    notice: None,
                    wrong: Some(wrong),
                },
            )
        }
    }
}
