//! Tags of something, to be read and changed on a page.

use keystead_wire::iam;

use super::{fields::Fields, path::segment};

/// The tags of something; shown by `tagging.html`.
pub(super) struct Tags {
    pub(super) tags: Vec<iam::Tag>,
    /// Where a tag is set.
    pub(super) set: String,
    /// Where one is removed.
    remove: String,
    /// What was filled in before.
    pub(super) key: String,
    pub(super) value: String,
}

impl Tags {
    /// Tags whose forms go to `set` and `remove`.
    pub(super) fn new(tags: Vec<iam::Tag>, set: String, remove: String) -> Self {
        Self {
            tags,
            set,
            remove,
            key: String::new(),
            value: String::new(),
        }
    }

    /// Where the tag of a key is removed.
    pub(super) fn removal(&self, key: &str) -> String {
        let separator = if self.remove.contains('?') { '&' } else { '?' };
        format!("{}{separator}key={}", self.remove, segment(key))
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
