//! The cookie that carries a session's token.

use http::{HeaderMap, HeaderValue, header};

use super::origin::Origin;

/// Longest token that is looked at, in bytes.
const TOKEN_BYTES_MAX: usize = 256;

/// The cookie's name. Browsers hold `__Secure-` to encrypted connections.
fn name(origin: &Origin) -> &'static str {
    match origin.is_secure() {
        true => "__Secure-keystead-session",
        false => "keystead-session",
    }
}

/// The token that the browser sent. Of two cookies of the name, neither counts: one was planted.
pub(super) fn token<'a>(headers: &'a HeaderMap, origin: &Origin) -> Option<&'a str> {
    let name = name(origin);
    let cookies = headers.get_all(header::COOKIE).iter();
    let cookies = cookies.filter_map(|value| value.to_str().ok());
    let pairs = cookies.flat_map(|value| value.split(';'));
    let mut tokens = pairs
        .filter_map(|pair| pair.trim_ascii().split_once('='))
        .filter(|(given, _)| *given == name)
        .map(|(_, token)| token);
    let token = tokens.next().filter(|_| tokens.next().is_none())?;
    (token.len() <= TOKEN_BYTES_MAX).then_some(token)
}

/// Sets the token; it goes when the browser is closed.
pub(super) fn set(token: &str, origin: &Origin) -> Option<HeaderValue> {
    written(token, origin, "")
}

/// Takes the token away.
pub(super) fn clear(origin: &Origin) -> Option<HeaderValue> {
    written("", origin, "; Max-Age=0")
}

fn written(token: &str, origin: &Origin, more: &str) -> Option<HeaderValue> {
    let secure = if origin.is_secure() { "; Secure" } else { "" };
    let cookie = format!(
        "{}={token}; Path=/console/; HttpOnly; SameSite=Strict{secure}{more}",
        name(origin)
    );
    HeaderValue::try_from(cookie).ok()
}
