//! Constraints of the model, and the sentences in which AWS says that they failed.

use std::fmt::Write as _;

use crate::{
    ApiError, Service,
    shape::{Bounds, Shape, StringShape, Wording},
    value::Value,
};

/// Failed constraints that one answer names. A form of two thousand parameters could fail more
/// often, and the answer must not outgrow the request.
const FAILURES_MAX: usize = 50;

/// Collects what failed while an input is read.
pub(crate) struct Constraints {
    service: Service,
    /// The way from the input down to the value that is being read.
    path: Vec<Segment>,
    failures: Vec<String>,
    /// The first refusal in IAM's own words. It comes from a later check than the constraints on
    /// AWS, so it is answered only when none of those failed.
    worded: Option<ApiError>,
}

#[derive(Clone, Copy)]
enum Segment {
    Member(&'static str),
    /// Counted from 1.
    Element(usize),
}

impl Constraints {
    pub(crate) fn new(service: Service) -> Self {
        Self {
            service,
            path: Vec::new(),
            failures: Vec::new(),
            worded: None,
        }
    }

    /// Goes down to a member; what is checked until [`Self::leave`] is reported under its name.
    pub(crate) fn enter_member(&mut self, name: &'static str) {
        self.path.push(Segment::Member(name));
    }

    /// Goes down to an element, counted from 1.
    pub(crate) fn enter_element(&mut self, index: usize) {
        self.path.push(Segment::Element(index));
    }

    pub(crate) fn leave(&mut self) {
        self.path.pop();
    }

    /// A required member was not given.
    pub(crate) fn missing(&mut self) {
        let null = if self.echoes() { "null " } else { "" };
        self.push(null, "Member must not be null");
    }

    pub(crate) fn scalar(&mut self, shape: &Shape, text: &str, value: &Value<'_>) {
        match (shape, value) {
            (Shape::String(string), _) => self.string(string, text),
            (Shape::Integer(bounds), Value::Integer(number)) => {
                for sentence in bound_sentences("value", bounds, i64::from(*number)) {
                    self.fail(Some(text), &sentence);
                }
            }
            _ => {}
        }
    }

    /// Checks how many elements a list or a map has.
    pub(crate) fn entry_count(&mut self, bounds: &Bounds, count: usize) {
        for sentence in bound_sentences("length", bounds, i64::try_from(count).unwrap_or(i64::MAX)) {
            self.fail(None, &sentence);
        }
    }

    /// Whether a scalar element of a list meets its constraints.
    pub(crate) fn allow(shape: &Shape, text: &str) -> bool {
        match shape {
            Shape::String(string) => {
                within(&string.length, characters(text))
                    && string.pattern.is_none_or(|pattern| pattern.matches(text))
                    && (string.values.is_empty() || string.values.contains(&text))
            }
            Shape::Integer(_) | Shape::Boolean | Shape::List(_) | Shape::Map(_) | Shape::Structure(_) => true,
        }
    }

    /// Some element of a list or map does not meet its constraints: AWS names all of them, once.
    ///
    /// `Member must not be null` was recorded for the elements of a required list and not for
    /// those of optional ones.
    pub(crate) fn unfit_elements(&mut self, what: &str, shape: &Shape, required: bool) {
        let mut sentences = Vec::new();
        if let Shape::String(string) = shape {
            sentences.extend(string.length.max.map(|max| at_most("length", max)));
            sentences.extend(string.length.min.map(|min| at_least("length", min)));
            sentences.extend(string.pattern.map(|pattern| pattern_sentence(pattern.text)));
            sentences.extend((!string.values.is_empty()).then(|| self.values_sentence(string.values)));
        }
        if required {
            sentences.push("Member must not be null".to_owned());
        }
        self.fail(
            None,
            &format!("{what} must satisfy constraint: [{}]", sentences.join(", ")),
        );
    }

    /// The one error for everything that failed.
    pub(crate) fn finish(self) -> Result<(), ApiError> {
        if self.failures.is_empty() {
            return self.worded.map_or(Ok(()), Err);
        }
        let count = self.failures.len();
        let noun = if count == 1 { "error" } else { "errors" };
        Err(ApiError::validation(format!(
            "{count} validation {noun} detected: {}",
            self.failures.join("; ")
        )))
    }

    fn string(&mut self, shape: &StringShape, text: &str) {
        let length = characters(text);
        let fits = shape.pattern.is_none_or(|pattern| pattern.matches(text));
        if shape.wording != Wording::Constraint && (text.is_empty() || !fits) {
            self.refuse_in_words(shape.wording);
        }
        let plain = shape.wording == Wording::Constraint;
        let mut sentences: Vec<String> = bound_sentences("length", &shape.length, length).collect();
        if !plain {
            sentences.retain(|_| !text.is_empty());
        }
        if let Some(pattern) = shape.pattern.filter(|_| plain && !fits) {
            sentences.push(pattern_sentence(pattern.text));
        }
        if !shape.values.is_empty() && !shape.values.contains(&text) {
            sentences.push(self.values_sentence(shape.values));
        }
        let echo = Some(text).filter(|_| !shape.sensitive);
        for sentence in sentences {
            self.fail(echo, &sentence);
        }
    }

    fn refuse_in_words(&mut self, wording: Wording) {
        if self.worded.is_none() {
            let field = self.field();
            self.worded = Some(match wording {
                Wording::Path => ApiError::unfit_path(&field),
                Wording::Name | Wording::Constraint => ApiError::unfit_name(&field),
            });
        }
    }

    fn values_sentence(&self, values: &[&str]) -> String {
        match self.service {
            Service::Iam => "Member must satisfy enum value set".to_owned(),
            Service::Sts => format!("Member must satisfy enum value set: [{}]", values.join(", ")),
        }
    }

    /// Notes a failure, with the value where the service repeats values.
    fn fail(&mut self, value: Option<&str>, sentence: &str) {
        match value.filter(|_| self.echoes()) {
            Some(value) => self.push(&format!("'{value}' "), sentence),
            None => self.push("", sentence),
        }
    }

    fn push(&mut self, echo: &str, sentence: &str) {
        if self.failures.len() < FAILURES_MAX {
            let field = self.field();
            self.failures.push(format!(
                "Value {echo}at '{field}' failed to satisfy constraint: {sentence}"
            ));
        }
    }

    /// `tags.1.member.key`, as AWS names what it refuses.
    fn field(&self) -> String {
        let mut field = String::new();
        for segment in &self.path {
            if !field.is_empty() {
                field.push('.');
            }
            match segment {
                Segment::Member(name) => field.extend(lower_camel(name)),
                Segment::Element(index) => {
                    let _ = write!(field, "{index}.member");
                }
            }
        }
        field
    }

    /// IAM no longer repeats the offending value, STS does.
    fn echoes(&self) -> bool {
        self.service == Service::Sts
    }
}

fn bound_sentences(what: &'static str, bounds: &Bounds, number: i64) -> impl Iterator<Item = String> {
    let above = bounds
        .max
        .filter(|max| number > *max)
        .map(|max| at_most(what, max));
    let below = bounds
        .min
        .filter(|min| number < *min)
        .map(|min| at_least(what, min));
    above.into_iter().chain(below)
}

fn at_most(what: &str, max: i64) -> String {
    format!("Member must have {what} less than or equal to {max}")
}

fn at_least(what: &str, min: i64) -> String {
    format!("Member must have {what} greater than or equal to {min}")
}

fn pattern_sentence(text: &str) -> String {
    format!("Member must satisfy regular expression pattern: {text}")
}

fn within(bounds: &Bounds, number: i64) -> bool {
    bounds.max.is_none_or(|max| number <= max) && bounds.min.is_none_or(|min| number >= min)
}

fn characters(text: &str) -> i64 {
    i64::try_from(text.chars().count()).unwrap_or(i64::MAX)
}

/// `UserName` as `userName`.
pub(crate) fn lower_camel(name: &str) -> impl Iterator<Item = char> {
    let mut characters = name.chars();
    let first = characters.next().map(|first| first.to_ascii_lowercase());
    first.into_iter().chain(characters)
}
