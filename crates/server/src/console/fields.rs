//! The fields of a form or of a query.

use axum::extract::{FromRequest, FromRequestParts, Request};
use bytes::Bytes;
use http::request::Parts;
use zeroize::Zeroizing;

use super::problem::Problem;

/// What a form was sent with. Its values are wiped when it is dropped: one may be a password.
pub(super) struct Form(Fields);

/// What a page's address was given.
pub(super) struct Query(Fields);

/// Fields by name, in their order.
#[derive(Default)]
pub(super) struct Fields(Vec<(String, Zeroizing<String>)>);

impl Fields {
    pub(super) fn parse(text: &[u8]) -> Self {
        let pairs = form_urlencoded::parse(text);
        Self(
            pairs
                .map(|(name, value)| (name.into_owned(), Zeroizing::new(value.into_owned())))
                .collect(),
        )
    }

    /// The first value of a field; empty when there is none.
    pub(super) fn text(&self, name: &str) -> &str {
        let value = self.0.iter().find(|(given, _)| given == name);
        value.map(|(_, value)| value.as_str()).unwrap_or_default()
    }

    /// A value that is there and not empty, without white space around it.
    pub(super) fn given(&self, name: &str) -> Option<&str> {
        Some(self.text(name).trim()).filter(|value| !value.is_empty())
    }

    /// Whether a check box is checked.
    pub(super) fn is_checked(&self, name: &str) -> bool {
        self.0.iter().any(|(given, _)| given == name)
    }

    /// A new password, that was typed the same way twice.
    ///
    /// # Errors
    ///
    /// What is said of two that are not the same.
    pub(super) fn new_password(&self) -> Result<Zeroizing<String>, &'static str> {
        let password = self.text("password");
        match password == self.text("repeated") {
            true => Ok(Zeroizing::new(password.to_owned())),
            false => Err("The two passwords are not the same. Type the new password twice."),
        }
    }

    /// Every value of a field.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let named = self.0.iter().filter(move |(given, _)| given == name);
        named.map(|(_, value)| value.as_str())
    }
}

impl std::ops::Deref for Form {
    type Target = Fields;

    fn deref(&self) -> &Fields {
        &self.0
    }
}

impl std::ops::Deref for Query {
    type Target = Fields;

    fn deref(&self) -> &Fields {
        &self.0
    }
}

impl<S: Send + Sync> FromRequest<S> for Form {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let body = Bytes::from_request(request, state).await;
        let body = body.map_err(|_| Problem::NotFound)?;
        Ok(Self(Fields::parse(&body)))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Query {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        Ok(Self(Fields::parse(
            parts.uri.query().unwrap_or_default().as_bytes(),
        )))
    }
}
