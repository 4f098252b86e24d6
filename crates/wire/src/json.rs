//! JSON: for audit records, and for errors to clients that speak it.

use std::fmt::Write as _;

use crate::{Encode, Sink, constraint::lower_camel};

/// The members of a shape as a JSON object, named as CloudTrail names them (`userName`).
///
/// Members that the model marks sensitive are left out.
pub(crate) fn object(shape: &dyn Encode) -> String {
    let mut writer = JsonWriter {
        text: String::with_capacity(128),
    };
    writer.text.push('{');
    shape.encode(&mut writer);
    writer.text.push('}');
    writer.text
}

/// The body of an error in AWS JSON 1.1.
pub(crate) fn error(code: &str, message: Option<&str>) -> Vec<u8> {
    let mut writer = JsonWriter {
        text: String::from("{\"__type\":"),
    };
    writer.string(code);
    if let Some(message) = message {
        writer.text.push_str(",\"message\":");
        writer.string(message);
    }
    writer.text.push('}');
    writer.text.into_bytes()
}

struct JsonWriter {
    text: String,
}

impl JsonWriter {
    /// What comes before a value: a comma unless it is the first, and its name unless it is an element.
    fn lead(&mut self, name: &str) {
        let in_list = self.text.ends_with('[');
        if !in_list && !self.text.ends_with('{') {
            self.text.push(',');
        }
        // Shapes know elements of a list by these two names and have no member called so.
        if !matches!(name, "member" | "entry") {
            self.text.push('"');
            self.text.extend(lower_camel(name));
            self.text.push_str("\":");
        }
    }

    fn string(&mut self, text: &str) {
        self.text.push('"');
        for character in text.chars() {
            match character {
                '"' => self.text.push_str("\\\""),
                '\\' => self.text.push_str("\\\\"),
                '\u{0}'..='\u{1f}' => {
                    // Writing to a String cannot fail.
                    let _ = write!(self.text, "\\u{:04x}", u32::from(character));
                }
                _ => self.text.push(character),
            }
        }
        self.text.push('"');
    }
}

impl Sink for JsonWriter {
    fn text(&mut self, name: &str, text: &str) {
        self.lead(name);
        self.string(text);
    }

    fn sensitive(&mut self, _: &str, _: &str) {}

    fn literal(&mut self, name: &str, text: &str) {
        self.lead(name);
        self.text.push_str(text);
    }

    fn open_structure(&mut self, name: &str) {
        self.lead(name);
        self.text.push('{');
    }

    fn close_structure(&mut self, _: &str) {
        self.text.push('}');
    }

    fn open_list(&mut self, name: &str, _: usize) {
        self.lead(name);
        self.text.push('[');
    }

    fn close_list(&mut self, _: &str, _: usize) {
        self.text.push(']');
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::iam::{AccessKey, CreateAccessKeyResponse, CreateLoginProfileRequest, Tag, TagUserRequest};

    #[test]
    fn objects_are_named_as_cloudtrail_names_them() {
        let tag = |key: &str, value: &str| Tag {
            key: key.to_owned(),
            value: value.to_owned(),
        };
        let request = TagUserRequest {
            user_name: "a\"b\\\u{1}".to_owned(),
            tags: vec![tag("k[", "{"), tag("l", "ä")],
        };
        assert_eq!(
            object(&request),
            r#"{"userName":"a\"b\\\u0001","tags":[{"key":"k[","value":"{"},{"key":"l","value":"ä"}]}"#
        );
        let empty = TagUserRequest {
            user_name: "{".to_owned(),
            tags: Vec::new(),
        };
        assert_eq!(object(&empty), r#"{"userName":"{","tags":[]}"#);
        assert_eq!(object(&()), "{}");
    }

    #[test]
    fn what_is_sensitive_is_left_out() {
        let request = CreateLoginProfileRequest {
            user_name: Some("bob".to_owned()),
            password: Some("canary-password".to_owned().into()),
            password_reset_required: Some(true),
        };
        assert_eq!(
            object(&request),
            r#"{"userName":"bob","passwordResetRequired":true}"#
        );
        let response = CreateAccessKeyResponse {
            access_key: AccessKey {
                user_name: "bob".to_owned(),
                access_key_id: "AKIAQAAAAAAAADMIN234".to_owned(),
                status: "Active".to_owned(),
                secret_access_key: "canary-secret".to_owned().into(),
                create_date: None,
            },
        };
        let text = format!("{} {response:?} {request:?}", object(&response));
        assert!(!text.contains("canary"), "{text}");
        assert!(text.starts_with(
            r#"{"accessKey":{"userName":"bob","accessKeyId":"AKIAQAAAAAAAADMIN234","status":"Active"}}"#
        ));
    }

    #[test]
    fn errors_in_json() {
        assert_eq!(
            error("UnknownOperationException", Some("a \"b\"")),
            br#"{"__type":"UnknownOperationException","message":"a \"b\""}"#
        );
        assert_eq!(error("X", None), br#"{"__type":"X"}"#);
    }
}
