//! Condition keys of a policy, each stored once, and how their values are looked up.

use std::collections::{BTreeSet, HashMap};

use crate::context::{Context, Key, Value};
use crate::decision::MissingKeys;

/// A key's place among its policy's keys.
pub(crate) type KeyIndex = u32;

#[derive(Debug)]
pub(crate) struct KeyName {
    pub written: Box<str>,
    pub lowered: Box<str>,
}

/// The keys of a policy while it is compiled.
#[derive(Default)]
pub(crate) struct Interner {
    names: Vec<KeyName>,
    by_name: HashMap<Box<str>, KeyIndex>,
}

impl Interner {
    pub(crate) fn intern(&mut self, written: &str) -> KeyIndex {
        let lowered: Box<str> = written.to_ascii_lowercase().into();
        let next = KeyIndex::try_from(self.names.len()).unwrap_or(KeyIndex::MAX);
        let index = *self.by_name.entry(lowered.clone()).or_insert(next);
        if index == next {
            self.names.push(KeyName {
                written: written.into(),
                lowered,
            });
        }
        index
    }

    pub(crate) fn finish(self) -> Box<[KeyName]> {
        self.names.into()
    }
}

/// Who wants to know which keys were asked for and absent.
pub(crate) trait Missing<'p> {
    /// Whether all are wanted, those of conditions that no longer matter included.
    const ALL: bool;
    fn add(&mut self, key: &'p str);
}

impl<'p> Missing<'p> for MissingKeys<'p> {
    const ALL: bool = false;
    fn add(&mut self, key: &'p str) {
        self.record(key);
    }
}

impl<'p> Missing<'p> for BTreeSet<&'p str> {
    const ALL: bool = true;
    fn add(&mut self, key: &'p str) {
        self.insert(key);
    }
}

/// The request's values for one policy's keys.
pub(crate) struct Lookup<'r, 'p, M> {
    pub context: &'r dyn Context,
    pub keys: &'p [KeyName],
    pub missing: &'r mut M,
}

impl<'r, 'p, M: Missing<'p>> Lookup<'r, 'p, M> {
    /// The key's value. A multi-valued key without values counts as absent.
    pub(crate) fn value(&mut self, key: KeyIndex) -> Option<Value<'r>> {
        let name = self.keys.get(key as usize)?;
        let context: &'r dyn Context = self.context;
        let value = context
            .get(&Key::new(&name.lowered))
            .filter(|value| !matches!(value, Value::List([])));
        if value.is_none() {
            self.missing.add(&name.written);
        }
        value
    }

    /// What a variable stands for: the key's value, or the default where it has none. A multi-valued key cannot be a
    /// variable. An empty text counts as no value.
    pub(crate) fn variable(&mut self, variable: &'r Variable) -> Option<Value<'r>> {
        let value = self.value(variable.key);
        value
            .filter(|value| !matches!(value, Value::List(_) | Value::Text("")))
            .or_else(|| variable.default.as_deref().map(Value::Text))
    }
}

/// `${key}` or `${key, 'default'}`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Variable {
    pub key: KeyIndex,
    /// Which of its pattern's variables this is.
    pub number: usize,
    pub default: Option<Box<str>>,
}
