use std::collections::HashMap;

use keystead_policy::{Context, Key, Value, ValueType};
use keystead_types::Timestamp;
use keystead_wire::{ApiError, iam::ContextEntry};

use super::caller::Caller;

/// What `aws:RequestedRegion` is for IAM.
const IAM_REGION: &str = "us-east-1";

/// The values that a request gives to condition keys, by their names in lower case.
pub(super) struct Entries<'i>(HashMap<String, Entry<'i>>);

struct Entry<'i> {
    values: Vec<&'i str>,
    kind: Kind,
}

/// What a `ContextKeyType` says.
#[derive(Clone, Copy)]
struct Kind {
    is_list: bool,
    /// `None` for texts.
    value_type: Option<ValueType>,
}

/// The condition keys of one simulated request.
pub(super) struct Keys<'a> {
    pub(super) entries: &'a Entries<'a>,
    pub(super) caller: &'a Caller,
    pub(super) now: Timestamp,
    pub(super) resource_account: &'a str,
    /// Whether the action is one of IAM.
    pub(super) of_iam: bool,
}

impl<'i> Entries<'i> {
    /// Checks the entries, each value against the type that it is said to have.
    pub(super) fn read(given: &'i [ContextEntry]) -> Result<Self, ApiError> {
        let mut entries = HashMap::with_capacity(given.len());
        for entry in given {
            let name = entry.context_key_name.as_deref().unwrap_or_default();
            if name.is_empty() {
                return Err(ApiError::context_key_unnamed());
            }
            let word = entry.context_key_type.as_deref();
            let kind = word
                .and_then(Kind::parse)
                .ok_or_else(|| ApiError::context_key_untyped(name))?;
            let values = entry.context_key_values.as_deref().unwrap_or_default();
            if values.is_empty() {
                return Err(ApiError::context_key_without_value(name));
            }
            if values.len() > 1 && !kind.is_list {
                return Err(ApiError::context_key_has_one_value(
                    word.unwrap_or_default(),
                    values.len(),
                ));
            }
            if let Some(expected) = values.iter().find_map(|value| kind.unmet_by(value)) {
                return Err(ApiError::context_value_unfit(name, expected));
            }
            let entry = Entry {
                values: values.iter().map(String::as_str).collect(),
                kind,
            };
            if entries.insert(name.to_ascii_lowercase(), entry).is_some() {
                return Err(ApiError::context_key_twice(name));
            }
        }
        Ok(Self(entries))
    }

    /// All values.
    pub(super) fn texts(&self) -> impl Iterator<Item = &str> {
        self.0.values().flat_map(|entry| entry.values.iter().copied())
    }

    fn get(&self, lowered: &str) -> Option<Value<'_>> {
        let Entry { values, kind } = self.0.get(lowered)?;
        if kind.is_list {
            return Some(Value::List(values));
        }
        let text = values.first()?;
        Some(match kind.value_type {
            Some(ValueType::Bool) => Value::Bool(text.eq_ignore_ascii_case("true")),
            // The operators read the others out of the text, and those of texts take it as it is.
            _ => Value::Text(text),
        })
    }
}

impl Kind {
    fn parse(word: &str) -> Option<Self> {
        let (single, is_list) = match word.strip_suffix("List") {
            Some(single) => (single, true),
            None => (word, false),
        };
        let value_type = match single {
            "string" => None,
            "numeric" => Some(ValueType::Numeric),
            "boolean" => Some(ValueType::Bool),
            "ip" => Some(ValueType::Address),
            "binary" => Some(ValueType::Binary),
            "date" => Some(ValueType::Date),
            _ => return None,
        };
        Some(Self { is_list, value_type })
    }

    /// AWS's words for what a value should be and is not.
    fn unmet_by(self, value: &str) -> Option<&'static str> {
        let value_type = self.value_type.filter(|value_type| !value_type.reads(value))?;
        Some(match value_type {
            ValueType::Numeric => "numeric format",
            ValueType::Bool => "boolean format",
            ValueType::Date => "DateTime format",
            ValueType::Address => "IP address",
            ValueType::Binary => "base-64 encoded binary format",
        })
    }
}

/// What the request gives wins over what would be known of a caller: a simulation is of what might be.
impl Context for Keys<'_> {
    fn get<'a>(&'a self, key: &Key<'_>) -> Option<Value<'a>> {
        if let Some(given) = self.entries.get(key.as_str()) {
            return Some(given);
        }
        let caller = self.caller;
        let name = key.strip_prefix("aws:")?;
        Some(match name {
            "currenttime" => Value::Date(self.now.seconds()),
            "epochtime" => Value::Integer(self.now.seconds()),
            "requestedregion" if self.of_iam => Value::Text(IAM_REGION),
            "resourceaccount" => Value::Text(self.resource_account),
            "principalaccount" => Value::Text(&caller.account),
            "principalarn" => Value::Text(caller.arn.as_deref()?),
            "principaltype" => match caller.is_role {
                true => Value::Text("AssumedRole"),
                false => caller.arn.as_ref().map(|_| Value::Text("User"))?,
            },
            "username" => Value::Text(caller.name.as_deref()?),
            "userid" => Value::Text(&caller.user_id),
            "principalisawsservice" | "viaawsservice" => Value::Bool(false),
            _ => {
                let wanted = name.strip_prefix("principaltag/")?;
                let (_, value) = caller.tags.iter().find(|(key, _)| key == wanted)?;
                Value::Text(value)
            }
        })
    }
}
