use keystead_types::limits;
use serde::Serialize;
use serde_json::value::RawValue;

/// What was asked or answered, in CloudTrail's names: JSON text that stands in a record as it is.
#[derive(Clone, Debug, Serialize)]
#[serde(transparent)]
pub struct AuditElements(Box<RawValue>);

impl AuditElements {
    /// Takes a text; `None` when it is no JSON, or longer than [`limits::AUDIT_ELEMENTS_BYTES_MAX`].
    pub fn new(text: String) -> Option<Self> {
        if text.len() > limits::AUDIT_ELEMENTS_BYTES_MAX {
            return None;
        }
        RawValue::from_string(text).ok().map(Self)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        self.0.get()
    }
}

impl PartialEq for AuditElements {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}
