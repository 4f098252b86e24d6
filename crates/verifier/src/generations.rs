use std::mem;

use hashbrown::HashTable;

use crate::seed::Seed;

/// A table in bounded memory, of two generations: when the young one is full it becomes the old one, and the
/// old one goes. What is found moves to the young one, so that what is used stays.
pub(crate) struct Generations<T> {
    /// Of one generation.
    bytes_max: usize,
    young: HashTable<T>,
    old: HashTable<T>,
    young_bytes: usize,
}

/// What such a table holds.
pub(crate) trait Entry {
    /// The hash of what it is found by.
    fn hash(&self, seed: &Seed) -> u64;
    /// About how much memory it takes.
    fn memory_bytes(&self) -> usize;
}

impl<T: Entry> Generations<T> {
    /// Generations that hold about `bytes_max` each.
    pub(crate) fn new(bytes_max: usize) -> Self {
        Self {
            bytes_max,
            young: HashTable::new(),
            old: HashTable::new(),
            young_bytes: 0,
        }
    }

    /// An entry that may be changed, though not in what it is found by.
    pub(crate) fn find(&mut self, seed: &Seed, hash: u64, is_it: impl Fn(&T) -> bool) -> Option<&mut T> {
        if self.young.find(hash, &is_it).is_none() {
            let entry = self.old.find_entry(hash, &is_it).ok()?;
            let (held, _) = entry.remove();
            self.push(seed, hash, held);
        }
        // It is in the old generation where it alone has filled the young one.
        match self.young.find(hash, &is_it).is_some() {
            true => self.young.find_mut(hash, is_it),
            false => self.old.find_mut(hash, is_it),
        }
    }

    /// Holds an entry, in place of what `is_it` says is the same.
    pub(crate) fn insert(&mut self, seed: &Seed, held: T, is_it: impl Fn(&T) -> bool) {
        let hash = held.hash(seed);
        for generation in [&mut self.young, &mut self.old] {
            if let Ok(entry) = generation.find_entry(hash, &is_it) {
                entry.remove();
            }
        }
        self.push(seed, hash, held);
    }

    /// An entry of the young generation has grown.
    pub(crate) fn grew(&mut self, bytes: usize) {
        self.young_bytes += bytes;
    }

    /// Forgets everything.
    pub(crate) fn clear(&mut self) {
        *self = Self::new(self.bytes_max);
    }

    /// Entries, and the memory that they take.
    pub(crate) fn size(&self) -> (usize, usize) {
        let held = self.young.iter().chain(&self.old);
        let bytes = held.map(Entry::memory_bytes).sum();
        (self.young.len() + self.old.len(), bytes)
    }

    fn push(&mut self, seed: &Seed, hash: u64, held: T) {
        // What a removed entry took stays counted until the generation ends, so that the bound holds.
        self.young_bytes += held.memory_bytes();
        self.young.insert_unique(hash, held, |held| held.hash(seed));
        if self.young_bytes > self.bytes_max {
            self.old = mem::take(&mut self.young);
            self.young_bytes = 0;
        }
    }
}
