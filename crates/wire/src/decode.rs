use crate::{
    ApiError, Call, Encode, Parameters, Service,
    constraint::Constraints,
    query,
    shape::{ListShape, MapShape, Shape, Structure},
    value::{Members, Value},
};

/// An input that can be read from a request's parameters. Shapes of the models implement it.
pub trait Decode: Default {
    /// The table that the decoder walks.
    const SHAPE: InputShape;

    /// Takes the members in the order of the table, after all were checked.
    fn from_members(members: &mut Members<'_>) -> Self;
}

/// The table of an input's members.
#[derive(Clone, Copy)]
pub struct InputShape(pub(crate) &'static Structure);

/// Reads the operation's input from the request.
///
/// # Errors
///
/// `MalformedInput` or `InvalidQueryParameter` for the first parameter that is no value of its
/// type, or is given twice; otherwise `ValidationError` that names every constraint that failed,
/// or, in IAM's words for them, the first unfit name or path. Parameters that the operation does
/// not have are ignored, as on AWS.
pub fn decode<T: Decode>(call: &Call<'_>) -> Result<T, ApiError> {
    parameters(call.service, &call.parameters)
}

/// Checks an input that did not come over the wire as if it had.
///
/// # Errors
///
/// As for [`decode`].
pub fn checked<T: Decode + Encode>(service: Service, input: &T) -> Result<T, ApiError> {
    parameters(service, &query::parameters(input))
}

fn parameters<T: Decode>(service: Service, parameters: &Parameters<'_>) -> Result<T, ApiError> {
    if T::SHAPE.0.members.is_empty() {
        return Ok(T::default());
    }
    let entries: Vec<Entry<'_>> = parameters
        .iter()
        .map(|(name, value)| Entry { name, value })
        .collect();
    let mut constraints = Constraints::new(service);
    let values = structure(T::SHAPE.0, &entries, &mut constraints)?;
    constraints.finish()?;
    Ok(T::from_members(&mut Members::new(values)))
}

/// A parameter, named relative to the structure that is being read.
struct Entry<'a> {
    name: &'a str,
    value: &'a str,
}

/// What the parameters say about one member.
struct Found<'a> {
    /// The value of `Name=`.
    scalar: Option<&'a str>,
    /// Those of `Name.…=`, named by what follows the dot.
    nested: Vec<Entry<'a>>,
}

fn structure<'a>(
    shape: &'static Structure,
    entries: &[Entry<'a>],
    constraints: &mut Constraints,
) -> Result<Vec<Option<Value<'a>>>, ApiError> {
    let mut values = Vec::with_capacity(shape.members.len());
    for member in shape.members {
        let found = find(member.name, entries)?;
        constraints.enter_member(member.name);
        let value = member_value(member.shape, member.required, found, constraints)?;
        if value.is_none() && member.required {
            constraints.missing();
        }
        constraints.leave();
        values.push(value);
    }
    Ok(values)
}

fn find<'a>(name: &str, entries: &[Entry<'a>]) -> Result<Found<'a>, ApiError> {
    let mut found = Found {
        scalar: None,
        nested: Vec::new(),
    };
    for entry in entries {
        let Some(rest) = entry.name.strip_prefix(name) else {
            continue;
        };
        if rest.is_empty() {
            if found.scalar.replace(entry.value).is_some() {
                return Err(ApiError::repeated_parameter(name));
            }
        } else if let Some(rest) = rest.strip_prefix('.') {
            found.nested.push(Entry {
                name: rest,
                value: entry.value,
            });
        }
    }
    Ok(found)
}

fn member_value<'a>(
    shape: &'static Shape,
    required: bool,
    found: Found<'a>,
    constraints: &mut Constraints,
) -> Result<Option<Value<'a>>, ApiError> {
    match shape {
        Shape::List(list) => list_value(list, required, found, constraints),
        Shape::Map(map) => map_value(map, required, found, constraints),
        Shape::Structure(inner) => {
            if found.scalar.is_some() {
                return Err(ApiError::structure_given_as_value());
            }
            if found.nested.is_empty() {
                return Ok(None);
            }
            let values = structure(inner, &found.nested, constraints)?;
            Ok(Some(Value::Structure(Members::new(values))))
        }
        _ if !found.nested.is_empty() => Err(ApiError::value_given_as_structure()),
        _ => match found.scalar {
            Some(text) => scalar_value(shape, text, constraints).map(Some),
            None => Ok(None),
        },
    }
}

fn list_value<'a>(
    shape: &'static ListShape,
    required: bool,
    found: Found<'a>,
    constraints: &mut Constraints,
) -> Result<Option<Value<'a>>, ApiError> {
    let Some(elements) = elements(found, "member.")? else {
        return Ok(None);
    };
    constraints.entry_count(&shape.length, elements.len());
    let mut values = Vec::with_capacity(elements.len());
    let mut unfit = false;
    for (index, element) in elements.into_iter().enumerate() {
        constraints.enter_element(index + 1);
        let value = element_value(shape.element, element, &mut unfit, constraints)?;
        constraints.leave();
        values.push(value);
    }
    if unfit {
        constraints.unfit_elements("Member", shape.element, required);
    }
    Ok(Some(Value::List(values)))
}

fn map_value<'a>(
    shape: &'static MapShape,
    required: bool,
    found: Found<'a>,
    constraints: &mut Constraints,
) -> Result<Option<Value<'a>>, ApiError> {
    let Some(entries) = elements(found, "entry.")? else {
        return Ok(None);
    };
    constraints.entry_count(&shape.length, entries.len());
    let mut pairs: Vec<(&str, Value<'_>)> = Vec::with_capacity(entries.len());
    let (mut unfit_key, mut unfit_value) = (false, false);
    for (index, entry) in entries.into_iter().enumerate() {
        let key = find("key", &entry.nested)?.scalar.unwrap_or_default();
        unfit_key |= !Constraints::allow(shape.key, key);
        if pairs.iter().any(|(present, _)| *present == key) {
            return Err(ApiError::repeated_parameter(key));
        }
        constraints.enter_element(index + 1);
        let value = element_value(
            shape.value,
            find("value", &entry.nested)?,
            &mut unfit_value,
            constraints,
        )?;
        constraints.leave();
        pairs.push((key, value));
    }
    for (unfit, what, shape) in [
        (unfit_key, "Map keys", shape.key),
        (unfit_value, "Map value", shape.value),
    ] {
        if unfit {
            constraints.unfit_elements(what, shape, required);
        }
    }
    Ok(Some(Value::Map(pairs)))
}

/// The value of one element. Constraints of plain ones are reported once for all by the caller;
/// structures report their own.
fn element_value<'a>(
    shape: &'static Shape,
    element: Found<'a>,
    unfit: &mut bool,
    constraints: &mut Constraints,
) -> Result<Value<'a>, ApiError> {
    match shape {
        Shape::Structure(inner) => {
            let value = member_value(shape, true, element, constraints)?;
            Ok(value.unwrap_or_else(|| Value::Structure(Members::absent(inner))))
        }
        _ if !element.nested.is_empty() => Err(ApiError::value_given_as_structure()),
        _ => {
            let text = element.scalar.unwrap_or_default();
            *unfit |= !Constraints::allow(shape, text);
            plain_value(shape, text)
        }
    }
}

/// Groups `member.N=` and `member.N.…=` by N, which has to run from 1 without a gap. An empty list
/// travels as `Name=`; `None` when nothing was given.
fn elements<'a>(found: Found<'a>, prefix: &str) -> Result<Option<Vec<Found<'a>>>, ApiError> {
    let nested = match found.scalar {
        Some("") if found.nested.is_empty() => return Ok(Some(Vec::new())),
        Some(_) => return Err(ApiError::list_given_as_value()),
        None if found.nested.is_empty() => return Ok(None),
        None => found.nested,
    };
    let mut indexed = Vec::with_capacity(nested.len());
    for entry in nested {
        let rest = entry
            .name
            .strip_prefix(prefix)
            .ok_or_else(ApiError::list_without_member)?;
        let (index, rest) = match rest.split_once('.') {
            Some((index, rest)) => (index, Some(rest)),
            None => (rest, None),
        };
        let legal = index.bytes().all(|byte| byte.is_ascii_digit()) && !index.starts_with('0');
        let index: usize = index
            .parse()
            .ok()
            .filter(|_| legal)
            .ok_or_else(ApiError::malformed_list_index)?;
        indexed.push((index, rest, entry.value));
    }
    indexed.sort_by_key(|(index, ..)| *index);
    let mut elements: Vec<Found<'_>> = Vec::new();
    for (index, rest, value) in indexed {
        if index == elements.len() + 1 {
            elements.push(Found {
                scalar: None,
                nested: Vec::new(),
            });
        } else if index > elements.len() {
            return Err(ApiError::malformed_list_index());
        }
        let Some(element) = elements.last_mut() else {
            continue;
        };
        match rest {
            Some(name) => element.nested.push(Entry { name, value }),
            None if element.scalar.replace(value).is_some() => {
                return Err(ApiError::malformed_list_index());
            }
            None => {}
        }
    }
    Ok(Some(elements))
}

fn scalar_value<'a>(
    shape: &'static Shape,
    text: &'a str,
    constraints: &mut Constraints,
) -> Result<Value<'a>, ApiError> {
    let value = plain_value(shape, text)?;
    constraints.scalar(shape, text, &value);
    Ok(value)
}

fn plain_value<'a>(shape: &'static Shape, text: &'a str) -> Result<Value<'a>, ApiError> {
    match shape {
        Shape::Integer(_) => text
            .parse()
            .map(Value::Integer)
            .map_err(|_| ApiError::not_an_integer()),
        Shape::Boolean if text.eq_ignore_ascii_case("true") => Ok(Value::Boolean(true)),
        Shape::Boolean if text.eq_ignore_ascii_case("false") => Ok(Value::Boolean(false)),
        Shape::Boolean => Err(ApiError::not_a_boolean()),
        Shape::String(_) | Shape::List(_) | Shape::Map(_) | Shape::Structure(_) => Ok(Value::Text(text)),
    }
}

impl Decode for () {
    const SHAPE: InputShape = InputShape(&Structure { members: &[] });

    fn from_members(_: &mut Members<'_>) -> Self {}
}

#[cfg(test)]
mod tests;
