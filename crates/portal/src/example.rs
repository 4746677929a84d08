//! Example answers, from a method's definition.
//!
//! A field without a sample takes that of a field of the same name elsewhere, so that the example
//! can be read as the answer it stands for.

use std::fmt::Write as _;

use povline_protocol::api::{AnswerShape, ApiSpec, FieldSpec, response_key};
use povline_protocol::catalogue::business_codes::BUSY;
use povline_protocol::{PlatformError, methods};

use crate::samples::Tree;

/// Any id: ids are drawn anew for each answer.
const REQUEST_ID: &str = "k2j5h3g4f6d7";

/// Fields that only a failure has.
const OF_FAILURES: [&str; 2] = ["msg_code", "msg_info"];

/// An answer to be shown.
#[derive(Debug, Clone)]
pub(crate) struct Example {
    root: String,
    content: Vec<(String, Tree)>,
}

impl Example {
    /// A good answer.
    pub(crate) fn success(spec: &ApiSpec) -> Self {
        let fields = spec.response.iter();
        let content = fields.filter(|field| !OF_FAILURES.contains(&field.name));
        let content = content.filter_map(|field| member(spec, field));
        Self::of_method(spec, content.collect())
    }

    /// A good answer whose service failed.
    pub(crate) fn failure(spec: &ApiSpec) -> Self {
        let flag = |name: &str| (name.to_owned(), Tree::Bare("false".to_owned()));
        let told = [("msg_code", BUSY.code), ("msg_info", BUSY.meaning.chinese)];
        let told = told.map(|(name, text)| (name.to_owned(), Tree::Text(text.to_owned())));
        let content = match spec.shape {
            AnswerShape::Result => {
                let members = told.into_iter().chain([flag("success")]).collect();
                vec![("result".to_owned(), Tree::Object(members))]
            }
            AnswerShape::Flat => [flag("is_success")].into_iter().chain(told).collect(),
        };
        Self::of_method(spec, content)
    }

    /// The refusal of a call.
    pub(crate) fn refusal(error: &PlatformError) -> Self {
        let text = |text: &str| Tree::Text(text.to_owned());
        let members = [
            ("code", Some(Tree::Bare(error.code.to_string()))),
            ("msg", Some(text(&error.msg))),
            ("sub_code", error.sub_code.as_deref().map(text)),
            ("sub_msg", error.sub_msg.as_deref().map(text)),
            ("request_id", Some(text(REQUEST_ID))),
        ];
        let members = members
            .into_iter()
            .filter_map(|(name, tree)| Some((name.to_owned(), tree?)));
        Self {
            root: "error_response".to_owned(),
            content: members.collect(),
        }
    }

    fn of_method(spec: &ApiSpec, mut content: Vec<(String, Tree)>) -> Self {
        content.push(("request_id".to_owned(), Tree::Text(REQUEST_ID.to_owned())));
        Self {
            root: response_key(spec.method),
            content,
        }
    }

    /// As JSON over several lines.
    pub(crate) fn json(&self) -> String {
        let tree = Tree::Object(vec![(
            self.root.clone(),
            Tree::Object(self.content.clone()),
        )]);
        let mut out = String::new();
        write_json(&mut out, &tree, 0);
        out
    }

    /// As XML over several lines.
    pub(crate) fn xml(&self) -> String {
        let mut out = "<?xml version=\"1.0\" encoding=\"utf-8\" ?>\n".to_owned();
        let content = Tree::Object(self.content.clone());
        write_xml(&mut out, &self.root, &content, 0);
        out.pop();
        out
    }
}

/// A member of an answer; none if nobody knows a value of it, for the platform has none either.
fn member(spec: &ApiSpec, field: &FieldSpec) -> Option<(String, Tree)> {
    let children = field.children.iter();
    let children = children.filter(|child| !OF_FAILURES.contains(&child.name));
    let inner = match field.children {
        [] => scalar(spec, field)?,
        _ => Tree::Object(children.filter_map(|child| member(spec, child)).collect()),
    };
    let tree = match field.is_list() {
        // A list stands wrapped, by the name of its element.
        true => Tree::Object(vec![(field.element_name(), Tree::List(vec![inner]))]),
        false => inner,
    };
    Some((field.name.to_owned(), tree))
}

fn scalar(spec: &ApiSpec, field: &FieldSpec) -> Option<Tree> {
    let text = sample(spec, field);
    Some(match field.kind {
        "Number" => Tree::Bare(match text.parse::<u64>() {
            Ok(number) => number.to_string(),
            Err(_) => "1".to_owned(),
        }),
        "Boolean" => Tree::Bare((text != "false").to_string()),
        _ if text.is_empty() => return None,
        _ => Tree::Text(text.to_owned()),
    })
}

/// The field's own sample, or one that a field of its name has in this method or in another.
fn sample(spec: &ApiSpec, field: &FieldSpec) -> &'static str {
    let own = [spec.request, spec.response];
    let others = methods::ALL.iter().map(|spec| spec.response);
    let named = || {
        own.into_iter()
            .chain(others)
            .find_map(|fields| named(fields, field))
    };
    match field.sample {
        "" => named().unwrap_or_default(),
        sample => sample,
    }
}

fn named(fields: &'static [FieldSpec], wanted: &FieldSpec) -> Option<&'static str> {
    fields.iter().find_map(|field| {
        let is_it = field.name == wanted.name && field.kind == wanted.kind;
        (is_it && !field.sample.is_empty())
            .then_some(field.sample)
            .or_else(|| named(field.children, wanted))
    })
}

fn indent(out: &mut String, depth: usize) {
    out.extend(std::iter::repeat_n("    ", depth));
}

fn write_json(out: &mut String, tree: &Tree, depth: usize) {
    let lines = |out: &mut String, ends: [char; 2], items: Vec<(String, &Tree)>| {
        out.push(ends[0]);
        for (at, (before, item)) in items.iter().enumerate() {
            out.push_str(if at > 0 { ",\n" } else { "\n" });
            indent(out, depth + 1);
            out.push_str(before);
            write_json(out, item, depth + 1);
        }
        out.push('\n');
        indent(out, depth);
        out.push(ends[1]);
    };
    match tree {
        Tree::Object(members) => {
            let name = |name: &str| format!("{}: ", serde_json::Value::from(name));
            let members = members.iter().map(|(key, tree)| (name(key), tree));
            lines(out, ['{', '}'], members.collect());
        }
        Tree::List(items) => {
            let items = items.iter().map(|item| (String::new(), item));
            lines(out, ['[', ']'], items.collect());
        }
        scalar => out.push_str(&scalar.json()),
    }
}

fn write_xml(out: &mut String, name: &str, tree: &Tree, depth: usize) {
    match tree {
        Tree::Object(members) => {
            indent(out, depth);
            // Writing to a string cannot fail.
            let _ = writeln!(out, "<{name}>");
            for (name, tree) in members {
                write_xml(out, name, tree, depth + 1);
            }
            indent(out, depth);
            let _ = writeln!(out, "</{name}>");
        }
        Tree::List(items) => items
            .iter()
            .for_each(|item| write_xml(out, name, item, depth)),
        Tree::Text(text) | Tree::Bare(text) => {
            let text = text
                .replace('&', "&amp;")
                .replace('<', "&lt;")
                .replace('>', "&gt;");
            indent(out, depth);
            let _ = writeln!(out, "<{name}>{text}</{name}>");
        }
    }
}
