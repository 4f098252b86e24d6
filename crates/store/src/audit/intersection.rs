//! Events that several indexes have in common. They are found in the indexes alone, each of which is entered anew
//! where the others have nothing in between; of the events, only those that are wanted are read.

use std::{collections::VecDeque, ops::ControlFlow};

use keystead_types::limits;

use super::query::{AuditEnd, AuditPage, AuditPosition, AuditQuery, AuditRecord, Index, Place};
use crate::{
    StoreError, account,
    engine::{OnRow, Value},
    statements,
};

/// Places that are read of an index at a time: few, since the next ones may not matter.
const PLACES_AT_ONCE: u32 = 16;

/// Runs a statement on one of the databases.
type Run<'r> = &'r mut dyn FnMut(&str, &[Value<'_>], OnRow<'_>) -> Result<(), StoreError>;

/// The page of the events of one database that are in all of the indexes.
pub(super) fn page(
    query: &AuditQuery,
    database: u8,
    end: AuditEnd,
    indexes: Vec<Index<'_>>,
    run: Run<'_>,
) -> Result<AuditPage, StoreError> {
    let mut page = AuditPage {
        records: Vec::new(),
        next: None,
        end,
    };
    let mut below = query.before(database);
    let mut bytes = 0;
    let mut intersection = Intersection {
        query,
        lists: indexes.into_iter().map(List::new).collect(),
        places_left: limits::AUDIT_PAGE_RECORDS_SCANNED_MAX,
        run,
    };
    loop {
        match intersection.latest(below)? {
            Found::Nothing => break,
            Found::LookedEnough(at) => {
                page.next = Some(AuditPosition::at(at, database));
                break;
            }
            Found::Common(_)
                if page.records.len() == query.limit() || bytes >= limits::AUDIT_PAGE_BYTES_MAX =>
            {
                page.next = Some(AuditPosition::at(below, database));
                break;
            }
            Found::Common(place) => {
                let parameters = [place.0.into(), place.1.into()];
                (intersection.run)(statements::AUDIT_EVENT, &parameters, &mut |row| {
                    let record = AuditRecord::of(row, database)?;
                    bytes += record.record.len();
                    page.records.push(record);
                    Ok(ControlFlow::Continue(()))
                })?;
                below = place;
            }
        }
    }
    Ok(page)
}

struct Intersection<'a> {
    query: &'a AuditQuery,
    lists: Vec<List<'a>>,
    places_left: u32,
    run: Run<'a>,
}

/// The places that an index has, latest first, as far as they were read.
struct List<'a> {
    index: Index<'a>,
    places: VecDeque<Place>,
    /// Whether there are no further ones.
    is_whole: bool,
}

enum Found {
    /// All indexes have this place.
    Common(Place),
    /// There is none.
    Nothing,
    /// So many places were read that the rest is left to another page. None was found down to this one.
    LookedEnough(Place),
}

impl Intersection<'_> {
    /// The latest place below another that all indexes have.
    fn latest(&mut self, mut below: Place) -> Result<Found, StoreError> {
        loop {
            let mut first = None;
            let mut last = None;
            for number in 0..self.lists.len() {
                let Some(place) = self.latest_of(number, below)? else {
                    return Ok(match self.lists[number].is_whole {
                        true => Found::Nothing,
                        false => Found::LookedEnough(below),
                    });
                };
                first = first.or(Some(place));
                last = Some(place);
                // What comes later than this is not in all of them.
                below = (place.0, place.1.saturating_add(1));
            }
            if let Some(place) = last.filter(|_| first == last) {
                return Ok(Found::Common(place));
            }
        }
    }

    /// The latest place of one index below another; `None` where it has none, or no more are read.
    fn latest_of(&mut self, number: usize, below: Place) -> Result<Option<Place>, StoreError> {
        let list = &mut self.lists[number];
        while list.places.front().is_some_and(|place| *place >= below) {
            list.places.pop_front();
        }
        if list.places.is_empty() && !list.is_whole && self.places_left > 0 {
            let wanted = PLACES_AT_ONCE.min(self.places_left);
            let parameters = [
                account::number(self.query.account).into(),
                list.index.value,
                self.query.from.seconds().into(),
                below.0.into(),
                below.1.into(),
                i64::from(wanted).into(),
            ];
            let places = &mut list.places;
            (self.run)(list.index.places, &parameters, &mut |row| {
                places.push_back((row.integer(0)?, row.integer(1)?));
                Ok(ControlFlow::Continue(()))
            })?;
            list.is_whole = list.places.len() < wanted as usize;
            self.places_left -= wanted;
        }
        Ok(list.places.front().copied())
    }
}

impl<'a> List<'a> {
    fn new(index: Index<'a>) -> Self {
        Self {
            index,
            places: VecDeque::new(),
            is_whole: false,
        }
    }
}
