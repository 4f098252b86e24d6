//! Why a page is not shown.

use askama::Template;
use axum::response::{IntoResponse, Response};
use http::{HeaderName, StatusCode, header};
use keystead_types::RequestId;
use keystead_wire::ErrorCode;

use super::{assets, page::Page};
use crate::api::Refused;

/// Sends the whole page elsewhere, where htmx asked for a part.
const HX_REDIRECT: HeaderName = HeaderName::from_static("hx-redirect");

/// Why a page is not shown.
#[derive(Debug)]
pub(crate) enum Problem {
    /// Nobody is signed in.
    NotSignedIn(SignInFirst),
    /// The request may change something, and does not come from a page of the console.
    ForeignOrigin,
    /// There is no such page.
    NotFound,
    /// A link that sets a password was used, or has expired.
    LinkUsed,
    /// The server cannot, or has too much to do.
    Unavailable,
    /// An operation was refused.
    Refused(Refused),
}

/// How one gets to the sign-in, and back.
#[derive(Debug, Default)]
pub(crate) struct SignInFirst {
    /// Where to go on afterwards.
    pub(super) next: Option<String>,
    /// The notice that says why.
    pub(super) notice: Option<&'static str>,
    /// Whether the console's script asked, for a part of a page: then the whole page has to go.
    pub(super) is_part: bool,
}

impl SignInFirst {
    fn location(&self) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        if let Some(next) = &self.next {
            query.append_pair("next", next);
        }
        if let Some(notice) = self.notice {
            query.append_pair("done", notice);
        }
        match query.finish() {
            query if query.is_empty() => "/console/sign-in".to_owned(),
            query => format!("/console/sign-in?{query}"),
        }
    }
}

impl Problem {
    /// What a form can say of it; anything but a refused operation is passed on.
    pub(super) fn into_refused(self) -> Result<Refused, Self> {
        match self {
            Self::Refused(refused) => Ok(refused),
            other => Err(other),
        }
    }
}

impl From<Refused> for Problem {
    fn from(refused: Refused) -> Self {
        Self::Refused(refused)
    }
}

impl Refused {
    /// The status of a page that shows it.
    pub(super) fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// In the words that the API has for it.
    pub(super) fn text(&self) -> String {
        match self.error.message() {
            Some(message) => message.to_owned(),
            None => self.error.code().as_str().to_owned(),
        }
    }

    /// Whether a permission is missing.
    pub(super) fn is_denied(&self) -> bool {
        self.error.code() == ErrorCode::AccessDenied
    }
}

#[derive(Template)]
#[template(path = "problem.html")]
struct ProblemPage {
    assets: &'static str,
    heading: &'static str,
    text: String,
    request_id: Option<RequestId>,
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let page = |heading, text: String, request_id| ProblemPage {
            assets: assets::version(),
            heading,
            text,
            request_id,
        };
        match self {
            Self::NotSignedIn(first) => match first.is_part {
                true => (StatusCode::NO_CONTENT, [(HX_REDIRECT, first.location())]).into_response(),
                false => (StatusCode::SEE_OTHER, [(header::LOCATION, first.location())]).into_response(),
            },
            Self::ForeignOrigin => {
                let text =
                    "The request did not come from a page of this console, so nothing was done. If you came \
                            here by a proxy, its operator has to set the public URL."
                        .to_owned();
                (StatusCode::FORBIDDEN, Page(page("Nothing was done", text, None))).into_response()
            }
            Self::NotFound => {
                let text = "There is no such page.".to_owned();
                (StatusCode::NOT_FOUND, Page(page("Not found", text, None))).into_response()
            }
            Self::LinkUsed => {
                let text =
                    "The link was used before, has expired, or is not complete. The operator of this server \
                            can make another: keystead admin recover."
                        .to_owned();
                (
                    StatusCode::GONE,
                    Page(page("This link does not work any more", text, None)),
                )
                    .into_response()
            }
            Self::Unavailable => {
                let text = "The server cannot do that at the moment. Try again in a minute.".to_owned();
                let page = page("Try again", text, None);
                (StatusCode::SERVICE_UNAVAILABLE, Page(page)).into_response()
            }
            Self::Refused(refused) => {
                let heading = match refused.error.code() {
                    ErrorCode::AccessDenied => "A permission is missing",
                    ErrorCode::NoSuchEntity => "Not found",
                    _ => "That did not work",
                };
                let page = page(heading, refused.text(), Some(refused.request_id));
                (refused.status(), Page(page)).into_response()
            }
        }
    }
}
