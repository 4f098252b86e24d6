//! Condition keys of a policy, each stored once, and how their values are looked up.

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
}

impl Interner {
    pub(crate) fn intern(&mut self, written: &str) -> KeyIndex {
        let lowered = written.to_ascii_lowercase();
        let known = self.names.iter().position(|name| *name.lowered == *lowered);
        let index = known.unwrap_or(self.names.len());
        if known.is_none() {
            self.names.push(KeyName {
                written: written.into(),
                lowered: lowered.into(),
            });
        }
        KeyIndex::try_from(index).unwrap_or(KeyIndex::MAX)
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

impl<'p> Missing<'p> for Vec<&'p str> {
    const ALL: bool = true;
    fn add(&mut self, key: &'p str) {
        if !self.iter().any(|known| known.eq_ignore_ascii_case(key)) {
            self.push(key);
        }
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
#[derive(Debug)]
pub(crate) struct Variable {
    pub key: KeyIndex,
    /// Which of its pattern's variables this is.
    pub number: usize,
    pub default: Option<Box<str>>,
}
