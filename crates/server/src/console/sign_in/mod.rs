//! Signing in and out, and setting a password by a link.

mod half_done;
mod link;
mod password;
mod second_factor;

use std::sync::Arc;

use axum::{
    Router,
    extract::State,
    routing::{get, post},
};
use http::{HeaderMap, StatusCode, header};
use keystead_authority::{Progress, SignInRefusal};

use super::{
    Shared, cookie,
    fields::Fields,
    origin::Origin,
    page::{Answer, see},
    path,
    problem::{Problem, SignInFirst},
};
use crate::api::Visit;

/// AWS's words, for whatever is wrong of what was given.
const INCORRECT: &str = "Your authentication information is incorrect. Please try again.";

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/console/sign-in", get(password::ask).post(password::sign_in))
        .route(
            "/console/sign-in/mfa",
            get(second_factor::ask).post(second_factor::with_code),
        )
        .route(
            "/console/sign-in/passkey",
            get(second_factor::ask).post(second_factor::with_passkey),
        )
        .route(
            "/console/sign-in/password",
            get(half_done::ask_password).post(half_done::with_new_password),
        )
        .route("/console/sign-out", post(sign_out))
        .route(
            "/console/welcome/{token}",
            get(link::ask).post(link::set_password),
        )
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

/// Sends the browser to the sign-in's next step, with the token for it.
fn go_on(progress: &Progress, next: &str, origin: &Origin) -> Answer {
    let query = path::segment(next);
    let location = match progress {
        Progress::SignedIn(_) => next.to_owned(),
        Progress::SecondFactorRequired(_) => format!("/console/sign-in/mfa?next={query}"),
        Progress::PasswordRequired(_) => format!("/console/sign-in/password?next={query}"),
    };
    let mut response = see(&location)?;
    let cookie = cookie::set(progress.token().expose(), origin);
    response
        .headers_mut()
        .extend(cookie.map(|cookie| (header::SET_COOKIE, cookie)));
    Ok(response)
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
        SignInRefusal::Begin => return Err(Problem::NotSignedIn(SignInFirst::default())),
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
            let text = format!("next={}", path::segment(given));
            let fields = Fields::parse(text.as_bytes());
            assert_eq!(next(&fields) == given, taken, "{given}");
        }
    }
}
