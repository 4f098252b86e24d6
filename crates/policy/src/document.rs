//! A document as the language's elements: the first of AWS's checks, whose failure is always `Syntax errors in policy.`

use crate::json::{self, Fault, Json, Member, Node};
use crate::limits::DOCUMENT_CHARACTERS_MAX;
use crate::malformed::{Breach, Check};
use crate::operator::Operator;

#[derive(Debug)]
pub(crate) struct Document {
    pub version: Version,
    pub statements: Vec<RawStatement>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Version {
    Missing,
    /// `2008-10-17`
    Old,
    /// `2012-10-17`
    Current,
}

#[derive(Debug)]
pub(crate) struct RawStatement {
    pub start: usize,
    pub end: usize,
    pub sid: Option<Text>,
    pub effect: RawEffect,
    pub effect_start: usize,
    pub principal: Option<Either<Vec<RawPrincipal>>>,
    pub action: Option<Either<Vec<Text>>>,
    pub resource: Option<Either<Vec<Text>>>,
    pub conditions: Vec<RawCondition>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RawEffect {
    Allow,
    Deny,
    /// One of the two words in another letter case.
    WrongCase,
}

/// `Action` or `NotAction`, and so on.
#[derive(Debug)]
pub(crate) struct Either<T> {
    pub not: bool,
    pub start: usize,
    pub value: T,
}

#[derive(Debug)]
pub(crate) struct Text {
    pub text: String,
    pub start: usize,
    pub end: usize,
}

#[derive(Debug)]
pub(crate) struct RawPrincipal {
    pub kind: PrincipalType,
    pub name: Text,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PrincipalType {
    /// `"Principal": "*"`
    Everyone,
    Aws,
    Service,
    Federated,
    CanonicalUser,
}

/// One key of one operator.
#[derive(Debug)]
pub(crate) struct RawCondition {
    pub operator: Operator,
    pub key: String,
    pub values: Vec<Text>,
}

type Checked<T> = Result<T, Breach>;

impl Document {
    pub(crate) fn read(text: &str) -> Checked<Self> {
        if text.chars().count() > DOCUMENT_CHARACTERS_MAX {
            return Err(Breach::syntax(Check::Length, 0));
        }
        let root = json::parse(text).map_err(|(fault, offset)| {
            let check = match fault {
                Fault::Syntax => Check::Json,
                Fault::TooDeep => Check::Nesting,
                Fault::DuplicateKey => Check::DuplicateKey,
            };
            Breach::syntax(check, offset)
        })?;
        let mut version = Version::Missing;
        let mut statements = None;
        let start = root.start;
        for member in members(root)? {
            match member.key.as_str() {
                "Version" => version = read_version(member.value)?,
                "Id" => drop(string(member.value)?),
                "Statement" => statements = Some(read_statements(member.value)?),
                _ => return Err(Breach::syntax(Check::UnknownElement, member.key_start)),
            }
        }
        Ok(Self {
            version,
            statements: statements.ok_or(Breach::syntax(Check::StatementMissing, start))?,
        })
    }
}

fn read_version(node: Node) -> Checked<Version> {
    let version = string(node)?;
    match version.text.as_str() {
        "2012-10-17" => Ok(Version::Current),
        "2008-10-17" => Ok(Version::Old),
        _ => Err(Breach::syntax(Check::VersionUnknown, version.start)),
    }
}

fn read_statements(node: Node) -> Checked<Vec<RawStatement>> {
    let start = node.start;
    let nodes = match node.value {
        Json::Array(nodes) => nodes,
        _ => vec![node],
    };
    if nodes.is_empty() {
        return Err(Breach::syntax(Check::StatementMissing, start));
    }
    nodes.into_iter().map(read_statement).collect()
}

fn read_statement(node: Node) -> Checked<RawStatement> {
    let (start, end) = (node.start, node.end);
    let mut effect = None;
    let (mut sid, mut principal, mut action, mut resource) = (None, None, None, None);
    let mut conditions = Vec::new();
    for member in members(node)? {
        let Member {
            key,
            key_start,
            value,
        } = member;
        match key.as_str() {
            "Sid" => sid = Some(string(value)?),
            "Effect" => effect = Some(read_effect(value)?),
            "Principal" | "NotPrincipal" => set(&mut principal, &key, key_start, read_principals(value)?)?,
            "Action" | "NotAction" => set(&mut action, &key, key_start, strings(value)?)?,
            "Resource" | "NotResource" => set(&mut resource, &key, key_start, strings(value)?)?,
            "Condition" => conditions = read_conditions(value)?,
            _ => return Err(Breach::syntax(Check::UnknownElement, key_start)),
        }
    }
    let (effect, effect_start) = effect.ok_or(Breach::syntax(Check::Effect, start))?;
    Ok(RawStatement {
        start,
        end,
        sid,
        effect,
        effect_start,
        principal,
        action,
        resource,
        conditions,
    })
}

/// Keeps one of the two forms of an element; both are refused, even if one is an empty list.
fn set<T>(slot: &mut Option<Either<T>>, key: &str, start: usize, value: T) -> Checked<()> {
    let not = key.starts_with("Not");
    match slot.replace(Either { not, start, value }) {
        None => Ok(()),
        Some(_) => Err(Breach::syntax(Check::BothForms, start)),
    }
}

fn read_effect(node: Node) -> Checked<(RawEffect, usize)> {
    let effect = string(node)?;
    let read = match effect.text.as_str() {
        "Allow" => RawEffect::Allow,
        "Deny" => RawEffect::Deny,
        other if other.eq_ignore_ascii_case("allow") || other.eq_ignore_ascii_case("deny") => {
            RawEffect::WrongCase
        }
        _ => return Err(Breach::syntax(Check::Effect, effect.start)),
    };
    Ok((read, effect.start))
}

fn read_principals(node: Node) -> Checked<Vec<RawPrincipal>> {
    if let Json::Text(text) = &node.value {
        let name = Text {
            text: text.clone(),
            start: node.start,
            end: node.end,
        };
        return match text.as_str() {
            "*" => Ok(vec![RawPrincipal {
                kind: PrincipalType::Everyone,
                name,
            }]),
            _ => Err(Breach::syntax(Check::ElementType, node.start)),
        };
    }
    let mut principals = Vec::new();
    for member in members(node)? {
        let kind = match member.key.as_str() {
            "AWS" => PrincipalType::Aws,
            "Service" => PrincipalType::Service,
            "Federated" => PrincipalType::Federated,
            "CanonicalUser" => PrincipalType::CanonicalUser,
            _ => return Err(Breach::syntax(Check::UnknownElement, member.key_start)),
        };
        let names = strings(member.value)?;
        principals.extend(names.into_iter().map(|name| RawPrincipal { kind, name }));
    }
    Ok(principals)
}

/// An operator without keys may be any word: AWS takes it, and it asks for nothing.
fn read_conditions(node: Node) -> Checked<Vec<RawCondition>> {
    let mut conditions = Vec::new();
    for block in members(node)? {
        let (name, name_start) = (block.key, block.key_start);
        for member in members(block.value)? {
            let values = values(member.value)?;
            let operator = Operator::parse(&name).ok_or(Breach::syntax(Check::Operator, name_start))?;
            conditions.push(RawCondition {
                operator,
                key: member.key,
                values,
            });
        }
    }
    Ok(conditions)
}

fn members(node: Node) -> Checked<Vec<Member>> {
    match node.value {
        Json::Object(members) => Ok(members),
        _ => Err(Breach::syntax(Check::ElementType, node.start)),
    }
}

fn string(node: Node) -> Checked<Text> {
    match node.value {
        Json::Text(text) => Ok(Text {
            text,
            start: node.start,
            end: node.end,
        }),
        _ => Err(Breach::syntax(Check::ElementType, node.start)),
    }
}

/// A string or a list of strings.
fn strings(node: Node) -> Checked<Vec<Text>> {
    match node.value {
        Json::Array(nodes) => nodes.into_iter().map(string).collect(),
        _ => Ok(vec![string(node)?]),
    }
}

/// Strings, numbers and truth values, one or a list; all are compared by their text.
fn values(node: Node) -> Checked<Vec<Text>> {
    let value = |node: Node| match node.value {
        Json::Literal(text) => Ok(Text {
            text,
            start: node.start,
            end: node.end,
        }),
        _ => string(node),
    };
    match node.value {
        Json::Array(nodes) => nodes.into_iter().map(value).collect(),
        _ => Ok(vec![value(node)?]),
    }
}
