//! Tags of something, to be read and changed on a page.

use keystead_wire::iam;

use super::{fields::Fields, path::segment};

/// The tags of something; shown by `tagging.html`.
pub(super) struct Tags {
    pub(super) tags: Vec<iam::Tag>,
    /// The page's own address, where a tag is set too.
    pub(super) page: String,
    /// Where one is removed.
    remove: String,
    /// What stands in the form.
    pub(super) key: String,
    pub(super) value: String,
    /// Whether the form is for a tag that there is.
    pub(super) is_edited: bool,
}

impl Tags {
    /// Tags on the page of an address, which are removed at another.
    pub(super) fn new(tags: Vec<iam::Tag>, page: String, remove: String) -> Self {
        Self {
            tags,
            page,
            remove,
            key: String::new(),
            value: String::new(),
            is_edited: false,
        }
    }

    /// Fills the form with the tag that `?edit=` names.
    pub(super) fn edit(&mut self, query: &Fields) {
        let edited = self.tags.iter().find(|tag| tag.key == query.text("edit"));
        if let Some(tag) = edited.cloned() {
            (self.key, self.value, self.is_edited) = (tag.key, tag.value, true);
        }
    }

    /// Where the tag of a key is edited.
    pub(super) fn editing(&self, key: &str) -> String {
        of_key(&self.page, "edit", key)
    }

    /// Where the tag of a key is removed.
    pub(super) fn removal(&self, key: &str) -> String {
        of_key(&self.remove, "key", key)
    }

    /// The tag that a form sets.
    pub(super) fn of(form: &Fields) -> iam::Tag {
        iam::Tag {
            key: form.text("key").trim().to_owned(),
            value: form.text("value").trim().to_owned(),
        }
    }

    /// Fills the form as it was sent.
    pub(super) fn fill(&mut self, form: &Fields) {
        let tag = Self::of(form);
        (self.key, self.value) = (tag.key, tag.value);
    }
}

/// An address that names a key, besides what it names already.
fn of_key(address: &str, name: &str, key: &str) -> String {
    let separator = if address.contains('?') { '&' } else { '?' };
    format!("{address}{separator}{name}={}", segment(key))
}
