//! Addresses of pages.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// All but what never needs to be escaped in a path or a query. Source: RFC 3986, 2.3.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// A name as one segment of a path, or a value of a query.
pub(super) fn segment(name: &str) -> String {
    utf8_percent_encode(name, ESCAPED).to_string()
}

/// A user's page.
pub(super) fn user(name: &str) -> String {
    format!("/console/users/{}", segment(name))
}

/// The tab of a user's page that has the access keys.
pub(super) fn security_credentials(name: &str) -> String {
    format!("{}/security-credentials", user(name))
}

/// An access key's page.
pub(super) fn access_key(user_name: &str, id: &str) -> String {
    format!("{}/access-keys/{}", user(user_name), segment(id))
}

/// A managed policy's page.
pub(super) fn policy(arn: &str) -> String {
    format!("/console/policy?arn={}", segment(arn))
}

/// A page about a managed policy, below its own.
pub(super) fn of_policy(arn: &str, rest: &str) -> String {
    format!("/console/policy/{rest}?arn={}", segment(arn))
}

/// Where users of an account sign in, which is said by its alias or id.
pub(super) fn sign_in(account: &str) -> String {
    format!("/console/sign-in?account={}", segment(account))
}
