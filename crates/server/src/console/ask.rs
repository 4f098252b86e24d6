//! The page that asks before something is destroyed or taken away.

use askama::Template;

use super::{
    frame::{Frame, Section},
    page::{Answer, page, refused_page, see},
    visitor::Visitor,
};
use crate::api::Refused;

/// A link: its text, and where it leads.
pub(super) struct Link {
    pub(super) text: String,
    pub(super) href: String,
}

impl Link {
    pub(super) fn new(text: impl Into<String>, href: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            href: href.into(),
        }
    }
}

/// What is asked.
#[derive(Template)]
#[template(path = "ask.html")]
pub(super) struct Ask {
    frame: Frame,
    crumbs: Vec<Link>,
    /// What follows from it, a paragraph each.
    pub(super) words: Vec<String>,
    /// What has to be done before.
    pub(super) in_the_way: Vec<Link>,
    /// Where the form goes.
    action: String,
    /// What the form carries besides.
    pub(super) fields: Vec<(&'static str, String)>,
    button: String,
    back: String,
    refused: Option<Refused>,
}

impl Ask {
    /// A question about `subject`, which is destroyed or taken away by a form that goes to `action`. The title says what
    /// `button` says, and of what.
    pub(super) fn new(
        visitor: &Visitor,
        section: Section,
        button: impl Into<String>,
        subject: impl Into<String>,
        action: impl Into<String>,
        back: impl Into<String>,
    ) -> Self {
        let button = button.into();
        Self {
            frame: visitor.frame(section, format!("{button}: {}", subject.into())),
            crumbs: vec![Link::new(section.title(), section.path())],
            words: Vec::new(),
            in_the_way: Vec::new(),
            action: action.into(),
            fields: Vec::new(),
            button,
            back: back.into(),
            refused: None,
        }
    }

    /// Adds where the page is.
    pub(super) fn below(mut self, text: &str, href: String) -> Self {
        self.crumbs.push(Link::new(text, href));
        self
    }

    /// Adds what follows from it.
    pub(super) fn saying(mut self, words: impl Into<String>) -> Self {
        self.words.push(words.into());
        self
    }

    /// Adds a field that the form carries.
    pub(super) fn carrying(mut self, name: &'static str, value: &str) -> Self {
        self.fields.push((name, value.to_owned()));
        self
    }

    /// Asks.
    pub(super) fn asked(self) -> Answer {
        page(self)
    }

    /// Goes on to `done`, or asks again with why it was not done.
    pub(super) fn answered<T>(mut self, result: Result<T, Refused>, done: &str) -> Answer {
        match result {
            Ok(_) => see(done),
            Err(refused) => {
                let status = refused.status();
                self.refused = Some(refused);
                refused_page(status, self)
            }
        }
    }
}
