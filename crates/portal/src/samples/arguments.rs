//! What a call of a method sends, from the method's definition and the values somebody chose.

use povline_protocol::api::{ApiSpec, FieldSpec};

/// A field that has a value of its own: no object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leaf {
    /// Where it stands: the names from the parameter down, with dots between them.
    pub path: String,
    /// Its definition.
    pub field: &'static FieldSpec,
}

/// The fields of a method's request that have values of their own, in the definition's order.
#[must_use]
pub fn leaves(spec: &ApiSpec) -> Vec<Leaf> {
    let mut found = Vec::new();
    for field in spec.request {
        gather(field, "", &mut found);
    }
    found
}

fn gather(field: &'static FieldSpec, parent: &str, found: &mut Vec<Leaf>) {
    let path = format!("{parent}{}", field.name);
    if field.children.is_empty() {
        found.push(Leaf { path, field });
        return;
    }
    for child in field.children {
        gather(child, &format!("{path}."), found);
    }
}

/// A value as it stands in a complex parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Tree {
    /// A number or a truth, written as it is.
    Bare(String),
    Text(String),
    Object(Vec<(String, Tree)>),
    List(Vec<Tree>),
}

/// A parameter of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Argument {
    pub(crate) name: &'static str,
    /// A text, or an object that is sent as JSON.
    pub(crate) value: Tree,
}

/// The method's own parameters. A field that `value` knows nothing of takes the sample of its
/// definition; an optional parameter that stands by itself is then left out.
pub(crate) fn arguments(spec: &ApiSpec, value: &dyn Fn(&str) -> Option<String>) -> Vec<Argument> {
    let argument = |field: &'static FieldSpec| {
        let path = field.name;
        let value = match field.children {
            [] => Tree::Text(value(path).or_else(|| field.required.then(|| sample(field)))?),
            children => object(children, path, value),
        };
        Some(Argument {
            name: field.name,
            value,
        })
    };
    spec.request.iter().filter_map(argument).collect()
}

fn object(
    fields: &'static [FieldSpec],
    parent: &str,
    value: &dyn Fn(&str) -> Option<String>,
) -> Tree {
    let member = |field: &'static FieldSpec| {
        let path = format!("{parent}.{}", field.name);
        let tree = match field.children {
            [] => scalar(field, value(&path).unwrap_or_else(|| sample(field))),
            children => object(children, &path, value),
        };
        let tree = match field.is_list() {
            true => Tree::List(vec![tree]),
            false => tree,
        };
        (field.name.to_owned(), tree)
    };
    Tree::Object(fields.iter().map(member).collect())
}

/// The value as JSON has it. A number that is none stays a text, so that it cannot become part of
/// a program.
fn scalar(field: &FieldSpec, text: String) -> Tree {
    let is_bare = match field.kind.trim_end_matches("[]").trim() {
        "Number" => text.parse::<i64>().is_ok(),
        "Boolean" => text.parse::<bool>().is_ok(),
        _ => false,
    };
    match is_bare {
        true => Tree::Bare(text),
        false => Tree::Text(text),
    }
}

/// The definition's sample, or the field's name where it has none.
fn sample(field: &FieldSpec) -> String {
    match field.sample {
        "" => field.name.to_owned(),
        sample => sample.to_owned(),
    }
}

impl Tree {
    /// As JSON on one line, in the definition's order.
    pub(crate) fn json(&self) -> String {
        match self {
            Self::Bare(text) => text.clone(),
            Self::Text(text) => serde_json::Value::from(text.as_str()).to_string(),
            Self::Object(members) => {
                let members = members.iter().map(|(name, tree)| {
                    format!("{}:{}", serde_json::Value::from(name.as_str()), tree.json())
                });
                format!("{{{}}}", members.collect::<Vec<_>>().join(","))
            }
            Self::List(items) => {
                let items: Vec<String> = items.iter().map(Self::json).collect();
                format!("[{}]", items.join(","))
            }
        }
    }
}
