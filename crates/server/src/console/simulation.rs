//! What the policy simulator decides, as pages show it: `verdicts.html`.

use keystead_wire::iam;

use super::json_text::lines;

/// Actions that one page decides about.
const ACTIONS_MAX: usize = 50;

/// What is decided of one action.
pub(super) struct Verdict {
    pub(super) action: String,
    pub(super) resource: String,
    pub(super) decision: Decision,
    pub(super) statements: Vec<Matched>,
    /// Condition keys that a policy asks for, and that were not given.
    pub(super) missing: Vec<String>,
    /// Whether the permissions boundary is what does not allow it.
    pub(super) is_out_of_bounds: bool,
}

/// A statement that decides.
pub(super) struct Matched {
    /// Its policy, unless the page is about that one; and its lines there.
    pub(super) place: String,
    /// Its text, where the page knows the policy's document.
    pub(super) text: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Decision {
    Allowed,
    ExplicitlyDenied,
    NotAllowed,
}

/// The actions of a field, with white space or commas between them.
pub(super) fn actions(text: &str) -> Vec<String> {
    let words = text.split(|c: char| c.is_whitespace() || c == ',');
    let words = words.filter(|word| !word.is_empty());
    words.take(ACTIONS_MAX).map(str::to_owned).collect()
}

/// What is wrong with the actions of a field. The API does not say of which it is.
pub(super) fn wrong_action(text: &str) -> Option<String> {
    let wrong = actions(text).into_iter().find(|action| !action.contains(':'))?;
    Some(format!(
        "“{wrong}” names no service. An action is a service and a name, such as s3:GetObject."
    ))
}

/// What was answered; `document` is that of the one policy that was asked about.
pub(super) fn verdicts(results: Option<Vec<iam::EvaluationResult>>, document: Option<&str>) -> Vec<Verdict> {
    let results = results.unwrap_or_default().into_iter();
    results.map(|result| Verdict::new(result, document)).collect()
}

impl Verdict {
    fn new(result: iam::EvaluationResult, document: Option<&str>) -> Self {
        let matched = result.matched_statements.unwrap_or_default();
        let boundary = result.permissions_boundary_decision_detail;
        Self {
            action: result.eval_action_name,
            resource: result.eval_resource_name.unwrap_or_else(|| "*".to_owned()),
            decision: match result.eval_decision.as_str() {
                "allowed" => Decision::Allowed,
                "explicitDeny" => Decision::ExplicitlyDenied,
                _ => Decision::NotAllowed,
            },
            statements: matched
                .iter()
                .map(|statement| Matched::new(statement, document))
                .collect(),
            missing: result.missing_context_values.unwrap_or_default(),
            is_out_of_bounds: boundary
                .and_then(|boundary| boundary.allowed_by_permissions_boundary)
                .is_some_and(|allowed| !allowed),
        }
    }
}

impl Matched {
    fn new(statement: &iam::Statement, document: Option<&str>) -> Self {
        let line = |position: &Option<iam::Position>| {
            let line = position.as_ref().and_then(|position| position.line);
            line.and_then(|line| u32::try_from(line).ok())
        };
        let (first, last) = (line(&statement.start_position), line(&statement.end_position));
        let within = match (first, last) {
            (Some(first), Some(last)) if first != last => Some(format!("lines {first} to {last}")),
            (Some(first), _) => Some(format!("line {first}")),
            _ => None,
        };
        let policy = match document {
            Some(_) => None,
            None => Some(
                statement
                    .source_policy_id
                    .as_deref()
                    .unwrap_or("a policy")
                    .to_owned(),
            ),
        };
        let place: Vec<String> = policy.into_iter().chain(within).collect();
        Self {
            place: place.join(", "),
            text: document
                .zip(first)
                .map(|(document, first)| lines(document, first, last.unwrap_or(first))),
        }
    }
}

impl Decision {
    /// In words.
    pub(super) fn text(&self) -> &'static str {
        match self {
            Self::Allowed => "Allowed",
            Self::ExplicitlyDenied => "Denied by a statement",
            Self::NotAllowed => "Not allowed by any statement",
        }
    }

    /// The class of its badge.
    pub(super) fn class(&self) -> &'static str {
        match self {
            Self::Allowed => "good",
            Self::ExplicitlyDenied => "bad",
            Self::NotAllowed => "warn",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actions_may_be_separated_in_any_way() {
        let named = ["s3:Get*", "iam:ListUsers", "sts:AssumeRole"];
        assert_eq!(actions(" s3:Get*, iam:ListUsers\r\n\tsts:AssumeRole,"), named);
        assert_eq!(actions(&"a:b ".repeat(99)).len(), ACTIONS_MAX);
        assert!(actions(" ,").is_empty());
        assert!(
            wrong_action("s3:GetObject, GetObject").is_some_and(|wrong| wrong.starts_with("“GetObject” "))
        );
        assert!(wrong_action("s3:GetObject *:*").is_none() && wrong_action("").is_none());
    }

    #[test]
    fn a_statement_is_named_by_its_policy_and_lines() {
        let at = |line| {
            Some(iam::Position {
                line: Some(line),
                column: Some(1),
            })
        };
        let statement = |start, end| iam::Statement {
            source_policy_id: Some("user_bob_reads".to_owned()),
            start_position: start,
            end_position: end,
            ..Default::default()
        };
        let place = |start, end| Matched::new(&statement(start, end), None).place;
        assert_eq!(place(at(3), at(9)), "user_bob_reads, lines 3 to 9");
        assert_eq!(place(at(1), at(1)), "user_bob_reads, line 1");
        assert_eq!(place(None, None), "user_bob_reads");
        let matched = Matched::new(&statement(at(2), at(2)), Some("one\ntwo\nthree"));
        assert_eq!(
            (matched.place.as_str(), matched.text.as_deref()),
            ("line 2", Some("two"))
        );
    }
}
