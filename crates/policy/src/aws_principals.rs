//! The principals that a document names under `AWS`, and the document with other names in their places. Who keeps users and roles
//! stores their unique ids instead of their ARNs, so that nobody is taken for a namesake that was deleted.

use crate::document::{Document, PrincipalType, Text};
use crate::malformed::MalformedPolicy;

/// The principals of a document that stand under `AWS`, in its order.
#[derive(Debug)]
pub struct AwsPrincipals<'t> {
    document: &'t str,
    named: Vec<Text>,
}

impl<'t> AwsPrincipals<'t> {
    /// Finds them. Checks no more than the syntax; [`Policy::parse`](crate::Policy::parse) checks the rest.
    ///
    /// # Errors
    /// The document has syntax errors.
    pub fn of(document: &'t str) -> Result<Self, MalformedPolicy> {
        let read = Document::read(document).map_err(|breach| MalformedPolicy::new(document, breach))?;
        let principals = read
            .statements
            .into_iter()
            .filter_map(|statement| statement.principal);
        let named = principals
            .flat_map(|either| either.value)
            .filter(|principal| principal.kind == PrincipalType::Aws)
            .map(|principal| principal.name)
            .collect();
        Ok(Self { document, named })
    }

    /// What they are called: ARNs, accounts, unique ids or `*`.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.named.iter().map(|name| name.text.as_str())
    }

    /// The document with these names in place of its own, one for each in their order; `None` leaves one as it is. All other
    /// characters stay.
    pub fn renamed(&self, names: &[Option<String>]) -> String {
        let mut renamed = String::with_capacity(self.document.len());
        let mut copied = 0;
        for (old, new) in self.named.iter().zip(names) {
            let Some(new) = new else { continue };
            renamed.push_str(self.document.get(copied..old.start).unwrap_or_default());
            renamed.push_str(&serde_json::Value::from(new.as_str()).to_string());
            copied = old.end;
        }
        renamed.push_str(self.document.get(copied..).unwrap_or_default());
        renamed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOCUMENT: &str = r#" {"Statement": [
        {"Effect": "Allow", "Principal": {"Service": "a.b", "AWS" : [ "one", "tw\u006f" ]}, "Action": "sts:AssumeRole"},
        {"Effect": "Deny", "NotPrincipal": {"AWS": "é"}, "Action": "AWS"}, {"Effect": "Deny", "Principal": "*"}
    ]} "#;

    #[test]
    fn those_under_aws_are_found_in_their_order() {
        let principals = AwsPrincipals::of(DOCUMENT).unwrap();
        assert_eq!(principals.names().collect::<Vec<_>>(), ["one", "two", "é"]);
    }

    #[test]
    fn nothing_but_the_names_changes() {
        let principals = AwsPrincipals::of(DOCUMENT).unwrap();
        let new = |name: &str| Some(name.to_owned());
        assert_eq!(principals.renamed(&[None, None, None]), DOCUMENT);
        assert_eq!(
            principals.renamed(&[None, new("2"), new("a\"b")]),
            DOCUMENT
                .replace(r#""tw\u006f""#, r#""2""#)
                .replace(r#""é""#, r#""a\"b""#)
        );
    }

    #[test]
    fn what_is_no_policy_has_none() {
        assert!(AwsPrincipals::of("{").is_err());
        assert!(AwsPrincipals::of(r#"{"Statement": {"Effect": "Allow", "Principal": {"AWS": 1}}}"#).is_err());
    }
}
