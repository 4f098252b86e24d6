//! Lists of which one reads a page, or looks for some entries by a part of their name.

use super::{fields::Fields, path::segment};

/// Rows of a page.
const ROWS: usize = 20;
/// Entries that one search looks through. One looks on from there.
const SEARCHED: i32 = 1000;

/// Which entries of a list are looked for.
pub(super) struct Listing {
    pub(super) search: String,
    after: Option<String>,
}

/// What was found.
pub(super) struct Rows<T> {
    pub(super) rows: Vec<T>,
    /// How many more were found than are shown.
    pub(super) more: usize,
    /// Where to read or look on.
    next: Option<String>,
}

/// What was chosen of a list, on whichever of its pages. A form that goes to another page carries it along.
pub(super) struct Chosen(Vec<String>);

impl Chosen {
    /// Every value of a field.
    pub(super) fn of(fields: &Fields, name: &str) -> Self {
        Self(fields.all(name).map(str::to_owned).collect())
    }

    pub(super) fn has(&self, value: &str) -> bool {
        self.0.iter().any(|chosen| chosen == value)
    }

    /// Those that a page does not show.
    pub(super) fn besides(&self, shown: impl Fn(&str) -> bool) -> Vec<&str> {
        let chosen = self.0.iter().map(String::as_str);
        chosen.filter(|chosen| !shown(chosen)).collect()
    }
}

impl Listing {
    /// From `?search=…&after=…`.
    pub(super) fn of(query: &Fields) -> Self {
        Self {
            search: query.given("search").unwrap_or_default().to_owned(),
            after: query.given("after").map(str::to_owned),
        }
    }

    /// Whether the list is read from its beginning.
    pub(super) fn is_first(&self) -> bool {
        self.after.is_none()
    }

    /// The part of the first page's query that makes it the first.
    pub(super) fn first(&self) -> String {
        format!("search={}", segment(&self.search))
    }

    /// The operation's `Marker`.
    pub(super) fn marker(&self) -> Option<String> {
        self.after.clone()
    }

    /// The operation's `MaxItems`.
    pub(super) fn max_items(&self) -> Option<i32> {
        Some(if self.search.is_empty() {
            ROWS as i32
        } else {
            SEARCHED
        })
    }

    /// The rows of the operation's answer, `name` being what is searched.
    pub(super) fn rows<T>(&self, all: Vec<T>, next: Option<String>, name: impl Fn(&T) -> &str) -> Rows<T> {
        let part = self.search.to_lowercase();
        let mut rows = all;
        if !part.is_empty() {
            rows.retain(|row| name(row).to_lowercase().contains(&part));
        }
        let more = rows.len().saturating_sub(ROWS);
        rows.truncate(ROWS);
        Rows { rows, more, next }
    }
}

impl<T> Rows<T> {
    /// What `?after=` has on the next page; `None` on the last page.
    pub(super) fn after(&self) -> Option<&str> {
        self.next.as_deref()
    }

    /// The part of the next page's query that makes it the next; `None` on the last page.
    pub(super) fn next(&self, listing: &Listing) -> Option<String> {
        let next = self.next.as_ref()?;
        Some(format!("{}&after={}", listing.first(), segment(next)))
    }

    /// Whether there are rows that are not shown.
    pub(super) fn is_more(&self) -> bool {
        self.more > 0 || self.next.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_shows_what_has_the_part_in_its_name() {
        let listing = Listing {
            search: "AD".to_owned(),
            after: None,
        };
        let found = listing.rows(vec!["admins", "Readers", "ops"], Some("a b".to_owned()), |name| {
            name
        });
        assert_eq!(found.rows, ["admins", "Readers"]);
        assert_eq!(found.next(&listing).unwrap(), "search=AD&after=a%20b");
    }

    #[test]
    fn what_was_chosen_elsewhere_is_chosen_still() {
        let chosen = Chosen::of(&Fields::parse(b"arn=a&arn=b&user=c"), "arn");
        assert!(chosen.has("a") && !chosen.has("c"));
        assert_eq!(chosen.besides(|shown| shown == "a"), ["b"]);
    }

    #[test]
    fn a_long_list_is_cut_and_counted() {
        let listing = Listing {
            search: "a".to_owned(),
            after: None,
        };
        let found = listing.rows(vec!["a"; 60], None, |name| name);
        assert_eq!((found.rows.len(), found.more), (20, 40));
        assert!(found.next(&listing).is_none());
    }
}
