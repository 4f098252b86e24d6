//! How a page goes out.

use askama::Template;
use axum::response::{Html, IntoResponse, Response};
use http::{HeaderName, HeaderValue, StatusCode, header};

use super::{origin::Origin, problem::Problem};

/// What pages may load and do: files of the console alone, no script or style within the page, forms to the console,
/// within no other page.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
     img-src 'self' data:; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// A template as an answer.
pub(super) struct Page<T>(pub(super) T);

impl<T: Template> IntoResponse for Page<T> {
    fn into_response(self) -> Response {
        rendered(&self.0, |html| html)
    }
}

fn rendered<T: Template>(template: &T, finish: impl FnOnce(String) -> String) -> Response {
    match template.render() {
        Ok(html) => Html(finish(html)).into_response(),
        Err(error) => {
            tracing::error!(%error, "a page cannot be rendered");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// What a handler answers with.
pub(super) type Answer = Result<Response, Problem>;

/// A page, as a handler's answer.
pub(super) fn page<T: Template>(template: T) -> Answer {
    Ok(Page(template).into_response())
}

/// A form again, with what is wrong with it. That something is, its title says first: it is what is read out first.
pub(super) fn refused_page<T: Template>(status: StatusCode, template: T) -> Answer {
    let page = rendered(&template, |html| html.replacen("<title>", "<title>Error: ", 1));
    Ok((status, page).into_response())
}

/// Sends the browser to another page of the console, to read it.
pub(super) fn see(path: &str) -> Answer {
    let location = HeaderValue::try_from(path).map_err(|_| Problem::NotFound)?;
    Ok((StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response())
}

/// Sets what every answer says to the browser about itself.
pub(super) fn guard(response: &mut Response, origin: &Origin) {
    let headers = response.headers_mut();
    let mut set = |name: HeaderName, value: &'static str| {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    };
    set(header::CACHE_CONTROL, "no-store");
    set(header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY);
    set(header::X_FRAME_OPTIONS, "DENY");
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(header::REFERRER_POLICY, "same-origin");
    set(
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    );
    set(
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    );
    set(
        HeaderName::from_static("permissions-policy"),
        "camera=(), geolocation=(), microphone=()",
    );
    if origin.is_secure() {
        set(header::STRICT_TRANSPORT_SECURITY, "max-age=31536000");
    }
}
