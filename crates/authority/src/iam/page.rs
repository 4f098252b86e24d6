//! Pages: where one begins, and the marker of the next.

use keystead_types::{AccountId, limits};
use keystead_wire::{
    ApiError, Operate,
    marker::{self, Listing},
};

use crate::operation::{Refusal, Scene};

/// Entries that are read at once where each may be large.
const PART_ENTRIES: u32 = 16;

/// One page of a list, as it was asked for.
pub(crate) struct PageRequest<'a> {
    /// The position after which it begins; empty for the first page.
    pub(crate) after: String,
    /// How many entries it may have.
    pub(crate) entries_max: u32,
    listing: Listing<'a>,
    key: &'a [u8; 32],
}

/// What a page says about the pages after it.
pub(crate) struct Page {
    pub(crate) marker: Option<String>,
    pub(crate) is_truncated: Option<bool>,
}

/// Some entries of a page, each with the bytes of its documents.
pub(crate) struct Part<T> {
    pub(crate) entries: Vec<(T, usize)>,
    /// Where the entries after them begin, if there may be more.
    pub(crate) next: Option<String>,
}

impl<'a> PageRequest<'a> {
    /// Opens the marker, if one was given. `filters` are the parameters that decide what is listed.
    pub(crate) fn of<O: Operate>(
        scene: &'a Scene,
        filters: &'a [&'a str],
        marker: Option<&str>,
        max_items: Option<i32>,
    ) -> Result<Self, ApiError> {
        let account: AccountId = scene.caller.account;
        let listing = Listing {
            account,
            operation: O::OPERATION,
            filters,
        };
        let key = &scene.marker_key;
        let after = marker
            .map(|marker| marker::open(key, &listing, marker))
            .transpose()?;
        // The model has checked that it is from 1 to 1000.
        let entries_max = max_items.and_then(|items| u32::try_from(items).ok());
        Ok(Self {
            after: after.unwrap_or_default(),
            entries_max: entries_max
                .unwrap_or(limits::PAGE_ENTRIES_DEFAULT)
                .min(limits::PAGE_ENTRIES_MAX),
            listing,
            key,
        })
    }

    /// Cuts the page out of a whole list that is ordered by the positions beside its entries. Gives back
    /// where the next page begins.
    pub(crate) fn cut<T>(&self, entries: impl Iterator<Item = (String, T)>) -> (Vec<T>, Option<String>) {
        let mut rest = entries.skip_while(|(position, _)| *position <= self.after);
        let (mut page, mut last) = (Vec::new(), None);
        for (position, entry) in rest.by_ref().take(self.entries_max as usize) {
            page.push(entry);
            last = Some(position);
        }
        (page, rest.next().and(last))
    }

    /// Fills the page with entries that have documents, a part at a time, so that it ends early where they are large. `part` gets
    /// the position after which it begins, and how many entries it may have. Gives back where the next page begins.
    pub(crate) fn fill<T>(
        &self,
        mut part: impl FnMut(&str, u32) -> Result<Part<T>, Refusal>,
    ) -> Result<(Vec<T>, Option<String>), Refusal> {
        let mut page = Vec::new();
        let (mut left, mut bytes_left) = (self.entries_max, limits::LISTED_DOCUMENTS_BYTES_MAX);
        let mut after = self.after.clone();
        loop {
            let wanted = left.min(PART_ENTRIES);
            let Part { entries, next } = part(&after, wanted)?;
            // Fewer than wanted: all that there are, or all that one reading may look at.
            let is_short = entries.len() < wanted as usize;
            for (entry, bytes) in entries {
                page.push(entry);
                left = left.saturating_sub(1);
                bytes_left = bytes_left.saturating_sub(bytes);
            }
            match next {
                Some(next) if left > 0 && bytes_left > 0 && !is_short => after = next,
                next => return Ok((page, next)),
            }
        }
    }

    /// Ends the page: `next` is where another one begins.
    pub(crate) fn end(&self, next: Option<String>) -> Page {
        let marker = next.map(|position| marker::seal(self.key, &self.listing, &position));
        Page {
            is_truncated: Some(marker.is_some()),
            marker,
        }
    }
}
