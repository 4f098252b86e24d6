//! Which statements can concern an action: a hash table of exact names and of services, so that a decision looks only at those.
//!
//! A service leads to the wildcards of its statements (`Get*`, `List*`). Statements that have the same ones share an entry, so
//! that two hundred statements of which all say `s3:Get*` cost one comparison of names.

use crate::action::RequestedAction;
use crate::pattern::{Mode, Pattern};

/// A range of the set's candidates: first those that deny, then those that allow.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Bucket {
    pub start: u32,
    pub allows: u32,
    pub end: u32,
}

/// The statements whose actions of one service with wildcards are these, one of which must match.
#[derive(Debug)]
pub(crate) struct Wildcards {
    pub names: Box<[Pattern]>,
    pub bucket: Bucket,
}

/// What a name leads to.
#[derive(Debug)]
pub(crate) enum Entry {
    /// The statements that name this action letter by letter.
    Action(Bucket),
    Service(Box<[Wildcards]>),
}

#[derive(Debug)]
struct Slot {
    hash: u64,
    /// In lower case; without a colon for a service.
    name: Box<str>,
    entry: Entry,
}

/// Open addressing, at most half full; the number of slots is a power of two.
#[derive(Debug, Default)]
pub(crate) struct Index {
    slots: Box<[Option<Slot>]>,
}

impl Wildcards {
    pub(crate) fn match_name(&self, name: &str) -> bool {
        let mut names = self.names.iter();
        names.any(|pattern| pattern.matches_literally(name, Mode::IgnoreCase))
    }

    fn memory_bytes(&self) -> usize {
        let texts = self.names.iter().map(Pattern::memory_bytes);
        size_of::<Self>() + size_of_val::<[Pattern]>(&self.names) + texts.sum::<usize>()
    }
}

impl Index {
    pub(crate) fn new(entries: Vec<(Box<str>, Entry)>) -> Self {
        if entries.is_empty() {
            return Self::default();
        }
        let size = (entries.len() * 2).next_power_of_two();
        let mut slots: Vec<Option<Slot>> = std::iter::repeat_with(|| None).take(size).collect();
        for (name, entry) in entries {
            let hash = match name.split_once(':') {
                Some((service, name)) => with_name(of_service(service), name),
                None => of_service(&name),
            };
            let free = probes(hash, size).find(|at| matches!(slots.get(*at), Some(None)));
            if let Some(slot) = free.and_then(|at| slots.get_mut(at)) {
                *slot = Some(Slot { hash, name, entry });
            }
        }
        Self { slots: slots.into() }
    }

    /// The statements that name exactly this action, and the wildcards of its service.
    pub(crate) fn find(&self, action: RequestedAction<'_>) -> (Bucket, &[Wildcards]) {
        let service = of_service(action.service);
        let exact = self.slot(with_name(service, action.name), |name| {
            name.split_once(':').is_some_and(|(service, name)| {
                name.eq_ignore_ascii_case(action.name) && service.eq_ignore_ascii_case(action.service)
            })
        });
        let exact = match exact {
            Some(Entry::Action(bucket)) => *bucket,
            _ => Bucket::default(),
        };
        let of_service = self.slot(service, |name| name.eq_ignore_ascii_case(action.service));
        let wildcards: &[Wildcards] = match of_service {
            Some(Entry::Service(wildcards)) => wildcards,
            _ => &[],
        };
        (exact, wildcards)
    }

    fn slot(&self, hash: u64, is_it: impl Fn(&str) -> bool) -> Option<&Entry> {
        for at in probes(hash, self.slots.len()) {
            let slot = self.slots.get(at)?.as_ref()?;
            if slot.hash == hash && is_it(&slot.name) {
                return Some(&slot.entry);
            }
        }
        None
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        let of_slot = |slot: &Slot| {
            let entry = match &slot.entry {
                Entry::Action(_) => 0,
                Entry::Service(wildcards) => wildcards.iter().map(Wildcards::memory_bytes).sum(),
            };
            slot.name.len() + entry
        };
        let slots = self.slots.iter().flatten().map(of_slot);
        size_of_val::<[Option<Slot>]>(&self.slots) + slots.sum::<usize>()
    }
}

fn probes(hash: u64, size: usize) -> impl Iterator<Item = usize> {
    let mask = size.wrapping_sub(1);
    let first = (hash >> 32) as usize;
    (0..size).map(move |step| first.wrapping_add(step) & mask)
}

fn of_service(service: &str) -> u64 {
    mix(0x9e37_79b9_7f4a_7c15, service)
}

fn with_name(service: u64, name: &str) -> u64 {
    mix(service ^ 0x3a, name)
}

/// A hash that does not see the case of ASCII letters. Eight bytes at a time: setting bit 5 makes letters of both cases alike
/// (and some other characters, which the comparison of names tells apart).
fn mix(seed: u64, text: &str) -> u64 {
    const LOWERED: u64 = 0x2020_2020_2020_2020;
    const MULTIPLIER: u64 = 0x2545_f491_4f6c_dd1d;
    let mut hash = seed ^ text.len() as u64;
    let mut chunks = text.as_bytes().chunks_exact(8);
    for chunk in &mut chunks {
        let word = chunk.first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes));
        hash = (hash ^ (word | LOWERED)).wrapping_mul(MULTIPLIER).rotate_left(29);
    }
    let mut word = 0u64;
    for byte in chunks.remainder() {
        word = word << 8 | u64::from(byte | 0x20);
    }
    hash = (hash ^ word).wrapping_mul(MULTIPLIER);
    hash ^ hash >> 29
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_in_any_case() {
        let bucket = |start| Bucket {
            start,
            ..Bucket::default()
        };
        let action = |name: &str, start| (name.into(), Entry::Action(bucket(start)));
        let entries = (1..=100).map(|number| action(&format!("s3:get{number}"), number));
        let wildcards = Wildcards {
            names: [Pattern::Any].into(),
            bucket: bucket(200),
        };
        let others = [
            ("s3".into(), Entry::Service([wildcards].into())),
            action("iam:createaccesskey", 201),
        ];
        let index = Index::new(entries.chain(others).collect());
        let find = |action: &str| {
            let (exact, wildcards) = index.find(RequestedAction::parse(action));
            let wildcards: Vec<u32> = wildcards.iter().map(|found| found.bucket.start).collect();
            (exact.start, wildcards)
        };
        for number in 1..=100 {
            assert_eq!(find(&format!("S3:GET{number}")), (number, vec![200]));
        }
        assert_eq!(find("iam:CreateAccessKey"), (201, vec![]));
        assert_eq!(find("IAM:CREATEACCESSKEYS"), (0, vec![]));
        assert_eq!(find("s3"), (0, vec![]));
        assert_eq!(find(""), (0, vec![]));
        let empty = Index::default();
        let (exact, wildcards) = empty.find(RequestedAction::parse("s3:get1"));
        assert!(exact.start == 0 && wildcards.is_empty());
    }
}
