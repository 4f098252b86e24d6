//! Makes a case on which two evaluators disagree as small as it can be.

use serde_json::Value as Json;

use crate::case::Case;

/// The smallest case found for which `differs` still holds.
pub(crate) fn shrink(mut case: Case, differs: &dyn Fn(&Case) -> bool) -> Case {
    while let Some(smaller) = smaller(&case).into_iter().find(|smaller| differs(smaller)) {
        case = smaller;
    }
    case
}

/// Every case that lacks one thing of this one.
fn smaller(case: &Case) -> Vec<Case> {
    let mut cases = Vec::new();
    for member in [identity, boundary, session, resource] {
        let Some(set) = member(&mut case.clone()).take() else {
            continue;
        };
        let mut without = case.clone();
        *member(&mut without) = None;
        cases.push(without);
        for set in smaller_sets(&set) {
            let mut with = case.clone();
            *member(&mut with) = Some(set);
            cases.push(with);
        }
    }
    for member in [service_control, resource_control] {
        let levels = member(&mut case.clone()).clone();
        for (index, level) in levels.iter().enumerate() {
            let mut without = case.clone();
            member(&mut without).remove(index);
            cases.push(without);
            for set in smaller_sets(level) {
                let mut with = case.clone();
                member(&mut with)[index] = set;
                cases.push(with);
            }
        }
    }
    for index in 0..case.context.len() {
        let mut without = case.clone();
        without.context.remove(index);
        cases.push(without);
    }
    cases
}

fn identity(case: &mut Case) -> &mut Option<Vec<Json>> {
    &mut case.identity
}

fn boundary(case: &mut Case) -> &mut Option<Vec<Json>> {
    &mut case.boundary
}

fn session(case: &mut Case) -> &mut Option<Vec<Json>> {
    &mut case.session
}

fn resource(case: &mut Case) -> &mut Option<Vec<Json>> {
    &mut case.resource
}

fn service_control(case: &mut Case) -> &mut Vec<Vec<Json>> {
    &mut case.service_control
}

fn resource_control(case: &mut Case) -> &mut Vec<Vec<Json>> {
    &mut case.resource_control
}

/// The set without one policy, or with one policy made smaller.
fn smaller_sets(set: &[Json]) -> Vec<Vec<Json>> {
    let mut sets = Vec::new();
    for index in 0..set.len() {
        let mut without = set.to_vec();
        without.remove(index);
        sets.push(without);
        for document in smaller_documents(&set[index]) {
            let mut with = set.to_vec();
            with[index] = document;
            sets.push(with);
        }
    }
    sets
}

fn smaller_documents(document: &Json) -> Vec<Json> {
    let statements = match &document["Statement"] {
        Json::Array(statements) => statements.clone(),
        single => vec![single.clone()],
    };
    let mut documents = Vec::new();
    let mut push = |statements: Vec<Json>| {
        let mut smaller = document.clone();
        smaller["Statement"] = Json::Array(statements);
        documents.push(smaller);
    };
    for index in 0..statements.len() {
        if statements.len() > 1 {
            let mut without = statements.clone();
            without.remove(index);
            push(without);
        }
        for statement in smaller_statements(&statements[index]) {
            let mut with = statements.clone();
            with[index] = statement;
            push(with);
        }
    }
    documents
}

/// Without the condition, an operator or a key of it; with one entry less in a list.
fn smaller_statements(statement: &Json) -> Vec<Json> {
    let mut statements = Vec::new();
    let mut without = statement.clone();
    if without.as_object_mut().unwrap().remove("Condition").is_some() {
        statements.push(without);
    }
    for pointer in places(statement, String::new()) {
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        let mut without = statement.clone();
        let is_removed = match without.pointer_mut(parent).unwrap() {
            Json::Object(object) => parent.starts_with("/Condition") && object.remove(name).is_some(),
            Json::Array(array) if array.len() > 1 => {
                array.remove(name.parse().unwrap());
                true
            }
            _ => false,
        };
        if is_removed {
            statements.push(without);
        }
    }
    statements
}

/// Every place below, as JSON pointers. Names with a slash are left out.
fn places(value: &Json, at: String) -> Vec<String> {
    let children: Vec<(String, &Json)> = match value {
        Json::Object(object) => object.iter().map(|(name, child)| (name.clone(), child)).collect(),
        Json::Array(array) => array
            .iter()
            .enumerate()
            .map(|(index, child)| (index.to_string(), child))
            .collect(),
        _ => Vec::new(),
    };
    let mut all = Vec::new();
    for (name, child) in children.into_iter().filter(|(name, _)| !name.contains('/')) {
        let place = format!("{at}/{name}");
        all.push(place.clone());
        all.extend(places(child, place));
    }
    all
}
