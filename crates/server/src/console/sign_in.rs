//! Signing in and out, and setting a password by a link.

use std::sync::Arc;

use askama::Template;
use axum::{
    Router,
    extract::{Path, State},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use http::{HeaderMap, StatusCode, header};
use keystead_authority::{Progress, SessionToken, SignIn, SignInRefusal};
use keystead_store::ConsoleSessionState;
use zeroize::Zeroizing;

use super::{
    Shared, assets, cookie,
    fields::{Fields, Form, Query},
    notice,
    origin::Origin,
    page::{Answer, page, refused_page, see},
    problem::Problem,
    visitor::Visitor,
};
use crate::{api::Visit, environment::now};

/// AWS's words, for whatever is wrong of what was given.
const INCORRECT: &str = "Your authentication information is incorrect. Please try again.";

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/console/sign-in", get(ask).post(with_password))
        .route("/console/sign-in/code", get(ask_code).post(with_code))
        .route(
            "/console/sign-in/password",
            get(ask_password).post(with_new_password),
        )
        .route("/console/sign-out", post(sign_out))
        .route("/console/welcome/{token}", get(welcome).post(use_link))
}

#[derive(Template, Default)]
#[template(path = "sign_in/password.html")]
struct SignInPage {
    assets: &'static str,
    account: String,
    user: String,
    next: String,
    notice: Option<&'static str>,
    wrong: Option<String>,
}

#[derive(Template)]
#[template(path = "sign_in/code.html")]
struct CodePage {
    assets: &'static str,
    user: String,
    devices: Vec<String>,
    next: String,
    wrong: Option<String>,
}

#[derive(Template)]
#[template(path = "sign_in/new_password.html")]
struct NewPasswordPage {
    assets: &'static str,
    user: String,
    /// Where the form goes, which is a link's own address for a link.
    action: String,
    next: String,
    is_welcome: bool,
    wrong: Option<String>,
}

/// `/console/sign-in?next=…`
async fn ask(visitor: Option<Visitor>, State(shared): State<Arc<Shared>>, query: Query) -> Answer {
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

async fn with_password(
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

/// The half finished sign-in that a browser is in.
struct HalfDone {
    token: Zeroizing<String>,
    user: String,
    state: ConsoleSessionState,
    devices: Vec<String>,
}

impl HalfDone {
    async fn find(sign_in: &SignIn, headers: &HeaderMap, origin: &Origin) -> Result<Self, Problem> {
        let begin = || Problem::NotSignedIn { next: None };
        let token = cookie::token(headers, origin).ok_or_else(begin)?;
        let found = sign_in.pending(token, now()).await.map_err(failed)?;
        let found = found.ok_or_else(begin)?;
        Ok(Self {
            token: Zeroizing::new(token.to_owned()),
            user: found.user,
            state: found.state,
            devices: found.devices,
        })
    }
}

async fn ask_code(
    State(shared): State<Arc<Shared>>,
    origin: Origin,
    headers: HeaderMap,
    query: Query,
) -> Answer {
    let half_done = HalfDone::find(shared.api.authority.sign_in(), &headers, &origin).await?;
    if half_done.state != ConsoleSessionState::CodeRequired {
        return Err(Problem::NotSignedIn { next: None });
    }
    page(CodePage {
        assets: assets::version(),
        user: half_done.user,
        devices: half_done.devices,
        next: next(&query),
        wrong: None,
    })
}

async fn with_code(
    State(shared): State<Arc<Shared>>,
    origin: Origin,
    visit: Visit,
    headers: HeaderMap,
    form: Form,
) -> Answer {
    let sign_in = shared.api.authority.sign_in();
    let half_done = HalfDone::find(sign_in, &headers, &origin).await?;
    let context = shared.api.context_of(&visit);
    let (serial, code) = (form.given("device"), form.text("code"));
    match sign_in.with_code(&half_done.token, serial, code, &context).await {
        Ok(progress) => go_on(&progress, &next(&form), &origin),
        Err(refusal) => {
            let (status, wrong) = explained(refusal, &visit)?;
            refused_page(
                status,
                CodePage {
                    assets: assets::version(),
                    user: half_done.user,
                    devices: half_done.devices,
                    next: next(&form),
                    wrong: Some(wrong),
                },
            )
        }
    }
}

async fn ask_password(
    State(shared): State<Arc<Shared>>,
    origin: Origin,
    headers: HeaderMap,
    query: Query,
) -> Answer {
    let half_done = HalfDone::find(shared.api.authority.sign_in(), &headers, &origin).await?;
    if half_done.state != ConsoleSessionState::PasswordRequired {
        return Err(Problem::NotSignedIn { next: None });
    }
    page(new_password(half_done.user, next(&query), None))
}

async fn with_new_password(
    State(shared): State<Arc<Shared>>,
    origin: Origin,
    visit: Visit,
    headers: HeaderMap,
    form: Form,
) -> Answer {
    let sign_in = shared.api.authority.sign_in();
    let half_done = HalfDone::find(sign_in, &headers, &origin).await?;
    let again = |status, wrong| {
        refused_page(
            status,
            new_password(half_done.user.clone(), next(&form), Some(wrong)),
        )
    };
    let Some(password) = repeated(&form) else {
        return again(StatusCode::BAD_REQUEST, DIFFERENT.to_owned());
    };
    let context = shared.api.context_of(&visit);
    match sign_in
        .with_new_password(&half_done.token, password, &context)
        .await
    {
        Ok(progress) => go_on(&progress, &next(&form), &origin),
        Err(refusal) => {
            let (status, wrong) = explained(refusal, &visit)?;
            again(status, wrong)
        }
    }
}

async fn sign_out(
    State(shared): State<Arc<Shared>>,
    origin: Origin,
    visit: Visit,
    headers: HeaderMap,
) -> Answer {
    let context = shared.api.context_of(&visit);
    if let Some(token) = cookie::token(&headers, &origin) {
        shared
            .api
            .authority
            .sign_in()
            .sign_out(token, &context)
            .await
            .map_err(failed)?;
    }
    let mut response = see("/console/sign-in?done=signed-out")?;
    response
        .headers_mut()
        .extend(cookie::clear(&origin).map(|cookie| (header::SET_COOKIE, cookie)));
    Ok(response)
}

/// A link by which a password is set once.
async fn welcome(State(shared): State<Arc<Shared>>, Path(token): Path<String>) -> Answer {
    let owner = shared
        .api
        .authority
        .sign_in()
        .open_link(&token, now())
        .await
        .map_err(failed)?;
    let owner = owner.ok_or(Problem::LinkUsed)?;
    page(welcome_page(owner.user, &token, None))
}

async fn use_link(
    State(shared): State<Arc<Shared>>,
    Path(token): Path<String>,
    visit: Visit,
    form: Form,
) -> Answer {
    let sign_in = shared.api.authority.sign_in();
    let owner = sign_in.open_link(&token, now()).await.map_err(failed)?;
    let owner = owner.ok_or(Problem::LinkUsed)?;
    let Some(password) = repeated(&form) else {
        let wrong = Some(DIFFERENT.to_owned());
        return refused_page(StatusCode::BAD_REQUEST, welcome_page(owner.user, &token, wrong));
    };
    match sign_in.use_link(&token, password, now()).await {
        Ok(owner) => {
            let (account, user) = (owner.account, super::path::segment(&owner.user));
            see(&format!(
                "/console/sign-in?account={account}&user={user}&done=password-set"
            ))
        }
        Err(refusal) => {
            let (status, wrong) = explained(refusal, &visit)?;
            refused_page(status, welcome_page(owner.user, &token, Some(wrong)))
        }
    }
}

/// What is said of two passwords that are not the same.
const DIFFERENT: &str = "The two passwords are not the same.";

/// A password that was typed the same way twice.
pub(super) fn repeated(form: &Fields) -> Option<Zeroizing<String>> {
    let password = form.text("password");
    (password == form.text("repeated")).then(|| Zeroizing::new(password.to_owned()))
}

fn new_password(user: String, next: String, wrong: Option<String>) -> NewPasswordPage {
    NewPasswordPage {
        assets: assets::version(),
        user,
        action: "/console/sign-in/password".to_owned(),
        next,
        is_welcome: false,
        wrong,
    }
}

fn welcome_page(user: String, token: &str, wrong: Option<String>) -> NewPasswordPage {
    NewPasswordPage {
        action: format!("/console/welcome/{}", super::path::segment(token)),
        is_welcome: true,
        ..new_password(user, String::new(), wrong)
    }
}

/// Sends the browser to the sign-in's next step, with the token for it.
fn go_on(progress: &Progress, next: &str, origin: &Origin) -> Answer {
    let query = super::path::segment(next);
    let location = match progress {
        Progress::SignedIn(_) => next.to_owned(),
        Progress::CodeRequired(_) => format!("/console/sign-in/code?next={query}"),
        Progress::PasswordRequired(_) => format!("/console/sign-in/password?next={query}"),
    };
    let mut response: Response = see(&location)?;
    let token: &SessionToken = progress.token();
    response
        .headers_mut()
        .extend(cookie::set(token.expose(), origin).map(|cookie| (header::SET_COOKIE, cookie)));
    Ok(response.into_response())
}

/// Where to go on: a page of the console, and nowhere else.
fn next(fields: &Fields) -> String {
    let next = fields.text("next");
    let is_page = next.starts_with("/console/")
        && !next.contains("//")
        && next.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    match is_page {
        true => next.to_owned(),
        false => "/console/".to_owned(),
    }
}

/// What is said of a refusal, on the page that was sent.
fn explained(refusal: SignInRefusal, visit: &Visit) -> Result<(StatusCode, String), Problem> {
    Ok(match refusal {
        SignInRefusal::Incorrect => {
            tracing::info!(source = %visit.source(), "a sign-in to the console failed");
            (StatusCode::FORBIDDEN, INCORRECT.to_owned())
        }
        SignInRefusal::TooMany => {
            tracing::warn!(source = %visit.source(), "too many sign-ins to the console failed");
            let text = "Too many sign-ins failed. Wait a minute and try again.";
            (StatusCode::TOO_MANY_REQUESTS, text.to_owned())
        }
        SignInRefusal::Expired => {
            let text = "Your password has expired. Ask your administrator to set another one.";
            (StatusCode::FORBIDDEN, text.to_owned())
        }
        SignInRefusal::Password(error) => {
            let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::BAD_REQUEST);
            (
                status,
                error
                    .message()
                    .unwrap_or("The password was not accepted.")
                    .to_owned(),
            )
        }
        SignInRefusal::Begin => return Err(Problem::NotSignedIn { next: None }),
        refusal @ SignInRefusal::Failed(_) => return Err(failed(refusal)),
    })
}

/// A fault of the server's, or too much to do.
pub(super) fn failed(refusal: SignInRefusal) -> Problem {
    tracing::error!(?refusal, "the console cannot sign anybody in");
    Problem::Unavailable
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_goes_on_within_the_console_alone() {
        let rows = [
            ("/console/users?search=a", true),
            ("/console/", true),
            ("", false),
            ("/", false),
            ("//evil.example/console/", false),
            ("/console//evil.example", false),
            ("/console/\\evil.example", false),
            ("https://evil.example/console/", false),
            ("/console/%0d%0aSet-Cookie:x", true),
            ("/console/a\r\nb", false),
        ];
        for (given, taken) in rows {
            let text = format!("next={}", super::super::path::segment(given));
            let fields = Fields::parse(text.as_bytes());
            assert_eq!(next(&fields) == given, taken, "{given}");
        }
    }
}
