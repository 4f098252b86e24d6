//! The facts of a service model.

use serde_json::Value;

pub(crate) struct Service {
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) operations: Vec<Operation>,
    shapes: Vec<Shape>,
}

pub(crate) struct Operation {
    pub(crate) name: String,
    pub(crate) input: Option<String>,
    pub(crate) output: Option<String>,
    /// Code and HTTP status.
    pub(crate) errors: Vec<(String, i64)>,
    pub(crate) signed: bool,
    pub(crate) pages: Vec<String>,
}

pub(crate) struct Shape {
    pub(crate) name: String,
    pub(crate) kind: String,
    pub(crate) min: Option<i64>,
    pub(crate) max: Option<i64>,
    pub(crate) pattern: Option<String>,
    pub(crate) values: Vec<String>,
    pub(crate) sensitive: bool,
    /// Of a map's keys.
    pub(crate) key: Option<String>,
    /// Of a list's elements or a map's values.
    pub(crate) element: Option<String>,
    pub(crate) members: Vec<Member>,
}

pub(crate) struct Member {
    pub(crate) name: String,
    pub(crate) shape: String,
    pub(crate) required: bool,
}

impl Service {
    pub(crate) fn shape(&self, name: &str) -> Result<&Shape, String> {
        let shape = self.shapes.iter().find(|shape| shape.name == name);
        shape.ok_or_else(|| format!("the model of {} has no shape {name}", self.name))
    }
}

/// Reads what `model.py` prints.
pub(crate) fn parse(document: &[u8]) -> Result<Vec<Service>, String> {
    let document: Value = serde_json::from_slice(document).map_err(|error| error.to_string())?;
    Ok(items(&document).iter().map(service).collect())
}

fn service(value: &Value) -> Service {
    Service {
        name: text(&value["service"]),
        version: text(&value["version"]),
        operations: items(&value["operations"]).iter().map(operation).collect(),
        shapes: items(&value["shapes"]).iter().map(shape).collect(),
    }
}

fn operation(value: &Value) -> Operation {
    let errors = items(&value["errors"]).iter();
    Operation {
        name: text(&value["name"]),
        input: optional(&value["input"]),
        output: optional(&value["output"]),
        errors: errors
            .map(|error| (text(&error[0]), error[1].as_i64().unwrap_or_default()))
            .collect(),
        signed: value["signed"] == true,
        pages: texts(&value["pages"]),
    }
}

fn shape(value: &Value) -> Shape {
    let required = texts(&value["required"]);
    let member = |pair: &Value| {
        let name = text(&pair[0]);
        Member {
            shape: text(&pair[1]),
            required: required.contains(&name),
            name,
        }
    };
    Shape {
        name: text(&value["name"]),
        kind: text(&value["type"]),
        min: value["min"].as_i64(),
        max: value["max"].as_i64(),
        pattern: optional(&value["pattern"]),
        values: texts(&value["enum"]),
        sensitive: value["sensitive"] == true,
        key: optional(&value["key"]),
        element: optional(&value["element"]),
        members: items(&value["members"]).iter().map(member).collect(),
    }
}

fn items(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

fn texts(value: &Value) -> Vec<String> {
    items(value).iter().map(text).collect()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn optional(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}
