//! Where the console is, as the browser sees it, and whether a request comes from a page of its own.

use http::{HeaderMap, header, request::Parts};

use keystead_authority::PasskeySite;

use crate::{config::PublicUrl, http::Peer};

/// How browsers reach the server.
#[derive(Clone, Debug)]
pub struct PublicOrigin(Option<PublicUrl>);

/// The origin of the console for one request: scheme, host, and perhaps port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Origin(String);

impl PublicOrigin {
    /// The public URL of the settings; without one, each request says by its `Host` where its browser is.
    pub fn new(url: Option<PublicUrl>) -> Self {
        Self(url)
    }

    pub(super) fn of(&self, request: &Parts, peer: &Peer) -> Origin {
        if let Some(url) = &self.0 {
            return Origin(url.as_str().to_owned());
        }
        let host = request.headers.get(header::HOST);
        let host = host.and_then(|host| host.to_str().ok()).unwrap_or_default();
        let scheme = if peer.secure { "https" } else { "http" };
        Origin(format!("{scheme}://{host}"))
    }
}

impl Origin {
    /// The origin as text, which is the endpoint of the API as well.
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether cookies are to be sent over encrypted connections alone.
    pub(super) fn is_secure(&self) -> bool {
        self.0.starts_with("https:")
    }

    /// Where passkeys are asked for, if browsers have any here.
    pub(super) fn passkey_site(&self) -> Option<PasskeySite> {
        PasskeySite::at(&self.0)
    }

    /// Whether a page of the console sent the request, as browsers say it. One that says nothing is not believed:
    /// every browser that has `SameSite` cookies sends `Origin` with a form.
    pub(super) fn is_from_own_page(&self, request: &Parts) -> bool {
        let single = |name| single(&request.headers, name);
        let fetched = single("sec-fetch-site").is_none_or(|site| site == "same-origin");
        fetched && single("origin").is_some_and(|origin| origin.eq_ignore_ascii_case(&self.0))
    }
}

/// A header that is there once.
fn single<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next().filter(|_| values.next().is_none())?;
    value.to_str().ok()
}
