//! Pages by key, of which only some rows may be wanted.

use std::ops::ControlFlow;

use keystead_types::limits;

use crate::{
    Reader, StoreError,
    engine::{Row, Value},
};

/// How a page is read.
pub(crate) struct Scan<'a> {
    /// Reads rows by key; its last parameter is how many.
    pub(crate) statement: &'static str,
    /// The parameters before that.
    pub(crate) parameters: &'a [Value<'a>],
    /// Entries of the page at most.
    pub(crate) limit: u32,
    /// Whether rows can be passed over. Then no more than [`limits::PAGE_ROWS_SCANNED_MAX`] are looked
    /// at: a page can be short, or empty, and still have a next one.
    pub(crate) filtered: bool,
}

impl Scan<'_> {
    fn scanned_max(&self) -> u32 {
        if self.filtered {
            limits::PAGE_ROWS_SCANNED_MAX
        } else {
            self.limit
        }
    }
}

impl Reader<'_> {
    /// The entries that are wanted, and the key of the last row that was looked at if there may be more.
    /// `read` gives each row's key and entry.
    pub(crate) fn scan<T>(
        &self,
        scan: &Scan<'_>,
        read: impl Fn(&dyn Row) -> Result<(String, T), StoreError>,
        wanted: impl Fn(&T) -> bool,
    ) -> Result<(Vec<T>, Option<String>), StoreError> {
        let scanned_max = scan.scanned_max();
        let mut parameters = scan.parameters.to_vec();
        // One row more than can be returned tells whether anything follows.
        parameters.push((i64::from(scanned_max) + 1).into());
        let (mut entries, mut next, mut scanned) = (Vec::new(), None, 0);
        let mut last_scanned = None;
        self.query(scan.statement, &parameters, |row| {
            if scanned == scanned_max || entries.len() == scan.limit as usize {
                next = last_scanned.take();
                return Ok(ControlFlow::Break(()));
            }
            scanned += 1;
            let (key, entry) = read(row)?;
            last_scanned = Some(key);
            if wanted(&entry) {
                entries.push(entry);
            }
            Ok(ControlFlow::Continue(()))
        })?;
        Ok((entries, next))
    }
}

/// Whether a prefix of paths leaves anything out: every path begins with `/`.
pub(crate) fn leaves_out(path_prefix: &str) -> bool {
    !path_prefix.is_empty() && path_prefix != "/"
}
