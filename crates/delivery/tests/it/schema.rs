//! As much of JSON Schema as `docs/events.schema.json` uses. A keyword that is not known here is an
//! error: nothing in the schema goes unchecked.

use serde_json::{Map, Value};

pub(crate) struct Schema(Value);

impl Schema {
    pub(crate) fn of_events() -> Self {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/events.schema.json");
        Self(serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap())
    }

    /// Why a value does not fit; empty if it does.
    pub(crate) fn faults(&self, value: &Value) -> Vec<String> {
        let mut faults = Vec::new();
        self.check(&self.0, value, "$", &mut faults);
        faults
    }

    fn check(&self, schema: &Value, value: &Value, at: &str, faults: &mut Vec<String>) {
        let schema: &Map<String, Value> = schema.as_object().unwrap();
        let mut fault = |what: &str| faults.push(format!("{at}: {what}"));
        for (keyword, rule) in schema {
            match keyword.as_str() {
                "$schema" | "$id" | "$defs" | "title" | "description" | "examples" => {}
                "type" => {
                    let allowed: Vec<&str> = match rule {
                        Value::Array(list) => list.iter().map(|t| t.as_str().unwrap()).collect(),
                        rule => vec![rule.as_str().unwrap()],
                    };
                    if !allowed.iter().any(|kind| is_of(value, kind)) {
                        fault(&format!("is not {allowed:?}"));
                    }
                }
                "const" if value != rule => fault(&format!("is not {rule}")),
                "enum" if !rule.as_array().unwrap().contains(value) => {
                    fault(&format!("is none of {rule}"));
                }
                "minimum" if value.as_i64().is_some_and(|n| n < rule.as_i64().unwrap()) => {
                    fault("is too small");
                }
                "minLength" | "maxLength" => {
                    let length = value.as_str().map_or(0, |text| text.chars().count());
                    let bound = rule.as_u64().unwrap() as usize;
                    let fits = match keyword.as_str() {
                        "minLength" => length >= bound,
                        _ => length <= bound,
                    };
                    if value.is_string() && !fits {
                        fault("has the wrong length");
                    }
                }
                "required" => {
                    for name in rule.as_array().unwrap() {
                        if value.get(name.as_str().unwrap()).is_none() {
                            fault(&format!("{name} is missing"));
                        }
                    }
                }
                "additionalProperties" => {
                    assert_eq!(rule, &Value::Bool(false));
                    let known = &schema["properties"];
                    for name in value.as_object().into_iter().flat_map(Map::keys) {
                        if known.get(name).is_none() {
                            fault(&format!("{name} is not known"));
                        }
                    }
                }
                "minItems" => {
                    let count = value.as_array().map_or(0, Vec::len) as u64;
                    if count < rule.as_u64().unwrap() {
                        fault("has too few items");
                    }
                }
                "const" | "enum" | "minimum" => {}
                "properties" | "items" | "$ref" | "oneOf" => {}
                unknown => panic!("the keyword {unknown} is not checked"),
            }
        }
        if let Some(Value::Object(properties)) = schema.get("properties") {
            for (name, rule) in properties {
                if let Some(member) = value.get(name) {
                    self.check(rule, member, &format!("{at}.{name}"), faults);
                }
            }
        }
        if let (Some(rule), Some(list)) = (schema.get("items"), value.as_array()) {
            for (number, item) in list.iter().enumerate() {
                self.check(rule, item, &format!("{at}[{number}]"), faults);
            }
        }
        if let Some(Value::String(to)) = schema.get("$ref") {
            let rule = self.0.pointer(to.strip_prefix('#').unwrap()).unwrap();
            self.check(rule, value, at, faults);
        }
        if let Some(Value::Array(choices)) = schema.get("oneOf") {
            let tried: Vec<Vec<String>> = choices
                .iter()
                .map(|choice| {
                    let mut of_this = Vec::new();
                    self.check(choice, value, at, &mut of_this);
                    of_this
                })
                .collect();
            if tried.iter().filter(|faults| faults.is_empty()).count() != 1 {
                faults.push(format!("{at}: fits not exactly one of {tried:?}"));
            }
        }
    }
}

fn is_of(value: &Value, kind: &str) -> bool {
    match kind {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        other => panic!("the type {other} is not checked"),
    }
}
