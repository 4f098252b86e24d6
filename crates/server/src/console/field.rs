//! Which field of a form a refusal is about, and what the field takes, in plain words: the API says it by paths of members and by
//! patterns.

use std::fmt;

use askama::filters::HtmlSafe;
use keystead_wire::ErrorCode;

use crate::api::Refused;

const NAME: &str = "A name has letters, digits and + = , . @ - _, and no spaces.";
const PATH: &str = "A path begins and ends with a slash, such as /engineering/, and has no spaces.";
const DOCUMENT: &str =
    "A policy document has no letters beyond those of Western Europe: write others as \\u escapes.";
const CODE: &str = "A code has six digits.";

/// A member of an operation's input, as the API's text ends its path; the field of a form that it comes from; and what
/// that takes.
const MEMBERS: [(&str, &str, &str); 21] = [
    ("userName", "name", NAME),
    ("groupName", "name", NAME),
    ("newGroupName", "name", NAME),
    ("roleName", "name", NAME),
    ("policyName", "name", NAME),
    ("virtualMFADeviceName", "name", NAME),
    ("path", "path", PATH),
    ("newPath", "path", PATH),
    (
        "accountAlias",
        "alias",
        "An alias has 3 to 63 lower case letters, digits and single hyphens, with none at either end.",
    ),
    (
        "key",
        "key",
        "The key of a tag has up to 128 letters, digits, spaces and _ . : / = + - @",
    ),
    (
        "value",
        "value",
        "The value of a tag has up to 256 letters, digits, spaces and _ . : / = + - @",
    ),
    (
        "description",
        "description",
        "A description has up to 1000 letters, none beyond those of Western Europe.",
    ),
    ("policyDocument", "document", DOCUMENT),
    ("assumeRolePolicyDocument", "document", DOCUMENT),
    (
        "actionNames",
        "actions",
        "An action is a service and a name, such as s3:GetObject.",
    ),
    ("resourceArns", "resource", "A resource is an ARN, or * for all."),
    (
        "minimumPasswordLength",
        "length",
        "The minimum length is 6 to 128 characters.",
    ),
    (
        "maxPasswordAge",
        "max-age",
        "Passwords expire after 1 to 1095 days, or not at all.",
    ),
    (
        "passwordReusePrevention",
        "remembered",
        "1 to 24 former passwords are remembered, or none.",
    ),
    ("authenticationCode1", "code1", CODE),
    ("authenticationCode2", "code2", CODE),
];

impl Refused {
    /// What the fields take that were refused for how they are written.
    pub(super) fn hints(&self) -> Vec<&'static str> {
        match self.error.code() {
            ErrorCode::ValidationError => hints(&self.text()),
            _ => Vec::new(),
        }
    }

    /// Whether it is about a field of the form.
    pub(super) fn is_about(&self, field: &str) -> bool {
        match self.error.code() {
            ErrorCode::ValidationError => members(&self.text()).any(|(_, of, _)| *of == field),
            ErrorCode::EntityAlreadyExists => matches!(field, "name" | "alias"),
            ErrorCode::NoSuchEntity => matches!(field, "name" | "group"),
            ErrorCode::MalformedPolicyDocument => field == "document",
            ErrorCode::PasswordPolicyViolation => field == "password",
            ErrorCode::InvalidAuthenticationCode => field == "code1",
            _ => false,
        }
    }

    /// The attributes of a field of a form that may have been refused; `hint` is the id of what describes the field, or
    /// empty.
    pub(super) fn mark(refused: &Option<Self>, field: &str, hint: &'static str) -> Mark {
        let is_wrong = refused.as_ref().is_some_and(|refused| refused.is_about(field));
        Mark {
            is_wrong,
            is_focused: is_wrong,
            hint,
        }
    }

    /// The same of the first field of a form, where one begins to write.
    pub(super) fn mark_first(refused: &Option<Self>, field: &str, hint: &'static str) -> Mark {
        let mark = Self::mark(refused, field, hint);
        Mark {
            is_focused: mark.is_wrong || refused.is_none(),
            ..mark
        }
    }
}

/// The attributes of a field: what describes it, whether it is wrong, and whether the cursor goes there.
pub(super) struct Mark {
    is_wrong: bool,
    is_focused: bool,
    hint: &'static str,
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // `refused.html` has this id.
        let described = match (self.is_wrong, self.hint) {
            (false, hint) => hint.to_owned(),
            (true, "") => "refused".to_owned(),
            (true, hint) => format!("refused {hint}"),
        };
        if !described.is_empty() {
            write!(f, r#" aria-describedby="{described}""#)?;
        }
        if self.is_wrong {
            f.write_str(r#" aria-invalid="true""#)?;
        }
        if self.is_focused {
            f.write_str(" autofocus")?;
        }
        Ok(())
    }
}

/// It is made of the ids that templates give.
impl HtmlSafe for Mark {}

fn hints(text: &str) -> Vec<&'static str> {
    let mut hints: Vec<_> = members(text).map(|(_, _, hint)| *hint).collect();
    hints.dedup();
    hints
}

/// The members that a text of the API names: `Value at 'tags.1.member.key' failed …`, `The specified value for path is …`.
fn members(text: &str) -> impl Iterator<Item = &'static (&'static str, &'static str, &'static str)> {
    let constraints = text.split("Value at '").skip(1);
    let worded = text.strip_prefix("The specified value for ");
    let paths = constraints.map(|rest| rest.split('\''));
    let paths = paths.chain(worded.map(|rest| rest.split('\'')));
    paths.filter_map(|mut parts| {
        let path = parts.next()?.split(' ').next()?;
        // A list is named with the number of what is wrong in it.
        let mut ends = path
            .rsplit('.')
            .filter(|end| *end != "member" && end.parse::<u32>().is_err());
        let end = ends.next()?;
        MEMBERS.iter().find(|(member, _, _)| *member == end)
    })
}

#[cfg(test)]
mod tests {
    use keystead_wire::ApiError;

    use super::*;

    fn refused(error: ApiError) -> Option<Refused> {
        let request_id = "00000000-0000-0000-0000-000000000000".parse().unwrap();
        Some(Refused { error, request_id })
    }

    #[test]
    fn what_the_api_calls_by_path_and_pattern_has_plain_words() {
        let text = r"2 validation errors detected: Value at 'tags.1.member.key' failed to satisfy constraint: Member must have length less than or equal to 128; Value at 'tags.1.member.key' failed to satisfy constraint: Member must satisfy regular expression pattern: [\p{L}]+";
        assert_eq!(
            hints(text),
            ["The key of a tag has up to 128 letters, digits, spaces and _ . : / = + - @"]
        );
        let rows = [
            (
                "1 validation error detected: Value at 'accountAlias' failed to satisfy constraint: x",
                Some("alias"),
            ),
            (
                "1 validation error detected: Value at 'actionNames.2.member' failed to satisfy constraint: x",
                Some("actions"),
            ),
            (
                "The specified value for newPath is invalid. It must begin and end with /",
                Some("path"),
            ),
            (
                "1 validation error detected: Value at 'nothing' failed to satisfy constraint: x",
                None,
            ),
            ("Invalid Marker.", None),
        ];
        for (text, field) in rows {
            assert_eq!(members(text).next().map(|(_, field, _)| *field), field, "{text}");
        }
    }

    #[test]
    fn a_wrong_field_is_marked_and_the_first_one_is_written_in() {
        let wrong = refused(ApiError::unfit_path("path"));
        let marks = [
            Refused::mark_first(&wrong, "name", "name-hint"),
            Refused::mark(&wrong, "path", "path-hint"),
            Refused::mark(&wrong, "path", ""),
            Refused::mark_first(&None, "name", "name-hint"),
            Refused::mark(&None, "path", ""),
        ];
        assert_eq!(
            marks.map(|mark| mark.to_string()),
            [
                r#" aria-describedby="name-hint""#,
                r#" aria-describedby="refused path-hint" aria-invalid="true" autofocus"#,
                r#" aria-describedby="refused" aria-invalid="true" autofocus"#,
                r#" aria-describedby="name-hint" autofocus"#,
                "",
            ]
        );
    }
}
