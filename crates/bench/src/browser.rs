//! Somebody who is signed in to the console.

use std::net::SocketAddr;

use crate::{
    Result,
    answer::Answer,
    keystead::{Keystead, element},
    load::exchange,
    requests,
};

/// How every page starts.
pub(crate) const PAGE: &str = "<!doctype html>";
const PASSWORD: &str = "Measured-with-care-1";

/// A session of the administrator's.
pub(crate) struct Browser {
    server: SocketAddr,
    cookie: String,
}

impl Browser {
    /// Gives the administrator a password, and signs in with it.
    pub(crate) fn sign_in(keystead: &Keystead) -> Result<Self> {
        let (server, administrator) = (keystead.server.address, &keystead.administrator);
        let identity = requests::get_user(administrator, server)?;
        let user = element(&keystead.ask(&identity, "<GetUserResponse")?, "UserName")?;
        let identity = requests::get_caller_identity(administrator, server)?;
        let account = element(&keystead.ask(&identity, "<GetCallerIdentityResponse")?, "Account")?;
        let password = requests::create_login_profile(administrator, server, &user, PASSWORD)?;
        keystead.ask(&password, "<CreateLoginProfileResponse")?;
        let form = format!("account={account}&user={user}&password={PASSWORD}");
        let request = format!(
            "POST /console/sign-in HTTP/1.1\r\nhost: {server}\r\norigin: http://{server}\r\n\
             content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n{form}",
            form.len()
        );
        let cookie = exchange(server, request.as_bytes(), cookie)?;
        Ok(Self { server, cookie })
    }

    /// The request for a page, as a browser sends it.
    pub(crate) fn request(&self, path: &str) -> Vec<u8> {
        let Self { server, cookie } = self;
        format!(
            "GET {path} HTTP/1.1\r\nhost: {server}\r\nuser-agent: {}\r\naccept: text/html\r\n\
             accept-encoding: gzip, deflate\r\ncookie: {cookie}\r\nsec-fetch-site: same-origin\r\n\r\n",
            requests::USER_AGENT
        )
        .into_bytes()
    }

    /// A page's text.
    pub(crate) fn page(&self, path: &str) -> Result<String> {
        exchange(self.server, &self.request(path), |answer| {
            answer.expect(PAGE)?;
            Ok(String::from_utf8(answer.body.to_vec())?)
        })
        .map_err(|error| format!("{path}: {error}").into())
    }
}

/// The address that a page's link to its next page has.
pub(crate) fn next_page(page: &str) -> Option<String> {
    let links = page.split("href=\"").skip(1);
    let addresses = links.filter_map(|rest| rest.split('"').next());
    let next = addresses.filter(|address| address.contains("after=")).last()?;
    Some(next.replace("&amp;", "&").replace("&#38;", "&"))
}

/// The cookie that a sign-in sets.
fn cookie(answer: &Answer<'_>) -> Result<String> {
    let mut headers = answer.headers();
    let set = headers.find(|(name, _)| name.eq_ignore_ascii_case(b"set-cookie"));
    let pair = set.and_then(|(_, value)| value.split(|byte| *byte == b';').next());
    let pair = pair.ok_or_else(|| format!("the sign-in was answered with {}", answer.status))?;
    Ok(String::from_utf8(pair.to_vec())?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sign_in_gives_a_cookie() {
        let answer =
            b"HTTP/1.1 303 See Other\r\nset-cookie: session=a_b; Path=/\r\ncontent-length: 0\r\n\r\n";
        let answer = Answer::read(answer).unwrap().unwrap();
        assert_eq!(cookie(&answer).unwrap(), "session=a_b");
        let refused = Answer::read(b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n");
        assert!(cookie(&refused.unwrap().unwrap()).is_err());
    }

    #[test]
    fn the_link_to_the_next_page_is_found() {
        let page =
            r#"<a href="/console/users">Users</a><a href="/console/users?search=&amp;after=x">Next page</a>"#;
        assert_eq!(next_page(page).unwrap(), "/console/users?search=&after=x");
        assert!(next_page("<a href=\"/console/users\">Users</a>").is_none());
    }
}
