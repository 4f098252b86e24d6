//! Values between the wire and the typed shapes.

use std::{collections::BTreeMap, vec};

use crate::{Decode, Sensitive, shape::Structure};

/// The checked members of one structure.
pub struct Members<'a> {
    values: vec::IntoIter<Option<Value<'a>>>,
}

/// A value whose type and constraints were checked.
pub(crate) enum Value<'a> {
    /// A string.
    Text(&'a str),
    /// An integer.
    Integer(i32),
    /// A boolean.
    Boolean(bool),
    /// A list.
    List(Vec<Value<'a>>),
    /// A map.
    Map(Vec<(&'a str, Value<'a>)>),
    /// A structure.
    Structure(Members<'a>),
}

/// A type that a member can have. Required members were checked to be there before this is asked.
pub(crate) trait FromValue: Default {
    /// Whether a member of this type must be given.
    const REQUIRED: bool = true;

    /// Takes the value over.
    fn from_value(value: Value<'_>) -> Self;
}

impl<'a> Members<'a> {
    pub(crate) fn new(values: Vec<Option<Value<'a>>>) -> Self {
        Self {
            values: values.into_iter(),
        }
    }

    /// Those of a structure of which nothing was given.
    pub(crate) fn absent(shape: &'static Structure) -> Self {
        let values: Vec<Option<Value<'_>>> = shape.members.iter().map(|_| None).collect();
        Self {
            values: values.into_iter(),
        }
    }

    pub(crate) fn take<T: FromValue>(&mut self) -> T {
        self.values
            .next()
            .flatten()
            .map(T::from_value)
            .unwrap_or_default()
    }
}

impl FromValue for String {
    fn from_value(value: Value<'_>) -> Self {
        match value {
            Value::Text(text) => text.to_owned(),
            _ => Self::default(),
        }
    }
}

impl FromValue for Sensitive<String> {
    fn from_value(value: Value<'_>) -> Self {
        String::from_value(value).into()
    }
}

impl FromValue for i32 {
    fn from_value(value: Value<'_>) -> Self {
        match value {
            Value::Integer(number) => number,
            _ => Self::default(),
        }
    }
}

impl FromValue for bool {
    fn from_value(value: Value<'_>) -> Self {
        matches!(value, Value::Boolean(true))
    }
}

impl<T: FromValue> FromValue for Option<T> {
    const REQUIRED: bool = false;

    fn from_value(value: Value<'_>) -> Self {
        Some(T::from_value(value))
    }
}

impl<T: FromValue> FromValue for Vec<T> {
    fn from_value(value: Value<'_>) -> Self {
        match value {
            Value::List(values) => values.into_iter().map(T::from_value).collect(),
            _ => Self::default(),
        }
    }
}

impl<T: FromValue> FromValue for BTreeMap<String, T> {
    fn from_value(value: Value<'_>) -> Self {
        match value {
            Value::Map(pairs) => pairs
                .into_iter()
                .map(|(key, value)| (key.to_owned(), T::from_value(value)))
                .collect(),
            _ => Self::default(),
        }
    }
}

impl<T: Decode> FromValue for T {
    fn from_value(value: Value<'_>) -> Self {
        match value {
            Value::Structure(mut members) => T::from_members(&mut members),
            _ => Self::default(),
        }
    }
}
