//! Real answers are what the definitions say of them, in JSON and in XML: whatever comes is defined
//! with its type, whatever is told to be always there comes, and nothing is defined that never does.

use std::collections::BTreeSet;

use povline_protocol::api::{FieldSpec, response_key};
use povline_protocol::{methods, openapi};
use quick_xml::Reader;
use quick_xml::events::Event;
use serde_json::{Map, Value, json};

use crate::golden::every_answer;

/// Fields of the category that this platform does not know; a note of the method says so.
const UNKNOWN_HERE: [&str; 5] = [
    "subscriber_mobile",
    "id_card_md5",
    "pov_province_code",
    "pov_city_code",
    "area_code",
];

/// Fields that only a failure has.
const OF_FAILURES: [&str; 2] = ["msg_code", "msg_info"];

/// What an answer does not keep to of a schema, if anything. No member may stand in it that the
/// schema does not name.
fn misfit(document: &Value, schema: &Value, value: &Value) -> Option<String> {
    if let Some(reference) = schema["$ref"].as_str() {
        let name = reference.rsplit('/').next().unwrap();
        return misfit(document, &document["components"]["schemas"][name], value);
    }
    if let Some(choices) = schema["oneOf"].as_array() {
        let misfits: Option<Vec<String>> = choices
            .iter()
            .map(|one| misfit(document, one, value))
            .collect();
        return misfits.map(|misfits| misfits.join("; or "));
    }
    let is_right = match schema["type"].as_str().unwrap() {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "integer" => value.is_u64(),
        "boolean" => value.is_boolean(),
        "string" => value.as_str().is_some_and(|text| !text.is_empty()),
        other => panic!("{other} in {schema}"),
    };
    if !is_right {
        return Some(format!("{value} is no {}", schema["type"]));
    }
    for (name, inner) in value.as_object().into_iter().flatten() {
        let wrong = match &schema["properties"][name] {
            Value::Null => Some("not described".to_owned()),
            schema => misfit(document, schema, inner),
        };
        if let Some(wrong) = wrong {
            return Some(format!("{name}: {wrong}"));
        }
    }
    let mut items = value.as_array().into_iter().flatten();
    if let Some(wrong) = items.find_map(|item| misfit(document, &schema["items"], item)) {
        return Some(wrong);
    }
    let needed = schema["required"].as_array().into_iter().flatten();
    let mut needed = needed.map(|name| name.as_str().unwrap());
    let missing = needed.find(|name| value.get(name).is_none());
    missing.map(|name| format!("{name}: missing"))
}

/// The paths of the fields that stand in an answer.
fn gather(fields: &[FieldSpec], value: &Value, parent: &str, seen: &mut BTreeSet<String>) {
    for field in fields {
        let Some(inner) = value.get(field.name) else {
            continue;
        };
        let path = format!("{parent}.{}", field.name);
        match inner.get(field.element_name()).and_then(Value::as_array) {
            Some(items) if field.is_list() => {
                for item in items {
                    gather(field.children, item, &path, seen);
                }
            }
            _ => gather(field.children, inner, &path, seen),
        }
        seen.insert(path);
    }
}

fn paths(fields: &[FieldSpec], parent: &str, all: &mut BTreeSet<String>) {
    for field in fields {
        let path = format!("{parent}.{}", field.name);
        paths(field.children, &path, all);
        if !UNKNOWN_HERE.contains(&field.name) && !OF_FAILURES.contains(&field.name) {
            all.insert(path);
        }
    }
}

#[tokio::test]
async fn real_answers_are_what_the_definitions_say() {
    let document = openapi::document();
    let (mut seen, mut defined) = (BTreeSet::new(), BTreeSet::new());
    for told in every_answer("json").await {
        let answer: Value = serde_json::from_str(&told.text).unwrap();
        let post = &document["paths"][format!("/router/rest#{}", told.method)]["post"];
        let content = &post["responses"]["200"]["content"]["application/json"];
        let wrong = misfit(&document, &content["schema"], &answer);
        assert_eq!(wrong, None, "{}: {}", told.method, told.text);
        let spec = methods::find(told.method).unwrap();
        let content = &answer[response_key(spec.method)];
        gather(spec.response, content, spec.method, &mut seen);
    }
    for spec in methods::ALL {
        paths(spec.response, spec.method, &mut defined);
    }
    let never: Vec<_> = defined.difference(&seen).collect();
    assert!(never.is_empty(), "defined, and in no answer: {never:?}");
}

/// An element of a document.
#[derive(Debug, Default)]
struct Element {
    name: String,
    text: String,
    children: Vec<Element>,
}

impl Element {
    /// The document's root.
    fn read(document: &str) -> Self {
        let mut reader = Reader::from_str(document);
        let mut open = vec![Self::default()];
        loop {
            match reader.read_event().unwrap() {
                Event::Start(start) => open.push(Self {
                    name: start.name().as_ref().to_owned(),
                    ..Self::default()
                }),
                Event::Text(text) => open.last_mut().unwrap().text += &text,
                Event::GeneralRef(reference) => {
                    let text = &mut open.last_mut().unwrap().text;
                    match reference.resolve_char_ref().unwrap() {
                        Some(character) => text.push(character),
                        None => {
                            *text +=
                                quick_xml::escape::resolve_predefined_entity(&reference).unwrap()
                        }
                    }
                }
                Event::End(_) => {
                    let closed = open.pop().unwrap();
                    open.last_mut().unwrap().children.push(closed);
                }
                Event::Eof => return open.pop().unwrap().children.pop().unwrap(),
                _ => {}
            }
        }
    }

    /// What stands in it as JSON would have it, if it is as the definitions say. An element that
    /// they do not name, or that stands twice, is in no JSON answer.
    fn as_json(&self, fields: &[FieldSpec]) -> Value {
        let mut members = Map::new();
        for child in &self.children {
            let field = fields.iter().find(|field| field.name == child.name);
            let value = field.map_or_else(|| json!(child.text), |field| child.typed(field));
            let twice = members.insert(child.name.clone(), value);
            assert_eq!(twice, None, "{self:?}");
        }
        members.into()
    }

    fn typed(&self, field: &FieldSpec) -> Value {
        if field.is_list() {
            let element = field.element_name();
            let items = self.children.iter().map(|item| {
                assert_eq!(item.name, element, "{self:?}");
                item.as_json(field.children)
            });
            let items: Vec<Value> = items.collect();
            return json!({ element: items });
        }
        if !field.children.is_empty() {
            return self.as_json(field.children);
        }
        assert!(self.children.is_empty(), "{self:?}");
        match field.kind {
            "Number" => json!(self.text.parse::<u64>().unwrap()),
            "Boolean" => json!(self.text.parse::<bool>().unwrap()),
            "String" | "Date" => json!(self.text),
            other => panic!("{}: {other}", field.name),
        }
    }
}

#[tokio::test]
async fn xml_says_what_json_says() {
    let (json, xml) = (every_answer("json").await, every_answer("xml").await);
    assert_eq!(json.len(), xml.len());
    for (json, xml) in json.iter().zip(&xml) {
        let spec = methods::find(json.method).unwrap();
        let root = Element::read(&xml.text);
        let mut content = root.as_json(spec.response);
        if root.name == "error_response" {
            // Of an error's members this alone is a number.
            let code = content["code"].as_str().unwrap().parse::<u64>();
            content["code"] = json!(code.unwrap());
        }
        let told: Value = serde_json::from_str(&json.text).unwrap();
        assert_eq!(json!({ root.name: content }), told, "{}", xml.text);
    }
}
