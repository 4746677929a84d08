//! The methods as an OpenAPI 3.1 document, made from their definitions.
//!
//! TOP has one path for all methods and tells them apart by a parameter, which OpenAPI has no word
//! for. So each method stands under the path with its name as fragment: a fragment is not sent, so
//! the request goes where it must.

use serde_json::{Map, Value, json};

use crate::api::{ApiSpec, FieldSpec, Limit, response_key};
use crate::catalogue::Bilingual;
use crate::{PublicParams, PublicSpec, SESSION_REMEDY, methods, request};

/// The whole document.
#[must_use]
pub fn document() -> Value {
    document_of(methods::ALL)
}

/// The document of these methods alone.
#[must_use]
pub fn document_of(methods: &[&ApiSpec]) -> Value {
    let paths: Map<String, Value> = methods
        .iter()
        .map(|spec| (format!("{}#{}", request::PATH, spec.method), path(spec)))
        .collect();
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Povline",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "疫苗预约平台接口 Vaccination appointments over the Taobao Open Platform protocol",
            "description": "Every call is signed and goes to one path; `method` says which one it is. \
                The HTTP status is 200 whatever becomes of a call: look for `error_response`, then \
                for `success` or `is_success`. 每次调用都需签名,并发送到同一路径;HTTP状态总是200。",
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
        },
        "servers": [{ "url": "/" }],
        "paths": paths,
        "components": { "schemas": { "ErrorResponse": error_response() } },
    })
}

fn path(spec: &ApiSpec) -> Value {
    json!({
        "post": {
            "operationId": spec.method,
            "summary": both(spec.title),
            "description": description(spec),
            "tags": [both(spec.category)],
            "requestBody": {
                "required": true,
                "content": {
                    "application/x-www-form-urlencoded": request_body(spec),
                },
            },
            "responses": {
                "200": {
                    "description": "The answer, or an error 应答或错误",
                    "content": {
                        "application/json": {
                            "schema": {
                                "oneOf": [
                                    answer(spec),
                                    { "$ref": "#/components/schemas/ErrorResponse" },
                                ],
                            },
                        },
                    },
                },
            },
        },
    })
}

fn description(spec: &ApiSpec) -> String {
    let mut text = both(spec.summary);
    let session = spec.needs_session.then_some(SESSION_REMEDY);
    for note in session.iter().chain(spec.notes) {
        text.push_str("\n\n* ");
        text.push_str(&both(*note));
    }
    text
}

/// The public parameters and the method's own, as one form. A complex parameter is JSON in a form
/// field.
fn request_body(spec: &ApiSpec) -> Value {
    let mut properties = public_parameters(spec);
    let mut required: Vec<&str> = PublicParams::ALL
        .iter()
        .filter(|public| public.is_needed_by(spec))
        .map(|public| public.field.name)
        .collect();
    let mut encoding = Map::new();
    for field in spec.request {
        properties.insert(field.name.to_owned(), parameter(field));
        if field.required {
            required.push(field.name);
        }
        if !field.children.is_empty() {
            let json = json!({ "contentType": "application/json" });
            encoding.insert(field.name.to_owned(), json);
        }
    }
    json!({
        "schema": { "type": "object", "properties": properties, "required": required },
        "encoding": encoding,
    })
}

fn public_parameters(spec: &ApiSpec) -> Map<String, Value> {
    let parameter = |public: &PublicSpec| {
        let name = public.field.name;
        let schema = match name {
            "method" => described(&public.field, json!({ "const": spec.method })),
            _ => public_parameter(public),
        };
        (name.to_owned(), schema)
    };
    PublicParams::ALL.iter().map(parameter).collect()
}

fn public_parameter(public: &PublicSpec) -> Value {
    let mut schema = match public.words {
        [] => plain(&public.field),
        [only] => json!({ "const": only }),
        words => json!({ "enum": words }),
    };
    if let (false, Value::Object(members)) = (public.default.is_empty(), &mut schema) {
        members.insert("default".to_owned(), Value::from(public.default));
    }
    described(&public.field, schema)
}

/// The JSON of a good answer: one key at the root, `request_id` inside.
fn answer(spec: &ApiSpec) -> Value {
    let mut properties = members(spec.response);
    properties.insert("request_id".to_owned(), request_id());
    let mut needed = required(spec.response);
    needed.push("request_id");
    let key = response_key(spec.method);
    json!({
        "type": "object",
        "properties": {
            &key: { "type": "object", "properties": properties, "required": needed },
        },
        "required": [&key],
        "additionalProperties": false,
    })
}

fn members(fields: &[FieldSpec]) -> Map<String, Value> {
    fields
        .iter()
        .map(|field| (field.name.to_owned(), schema(field)))
        .collect()
}

/// A parameter. Where it is a list of texts they stand in one text, with commas between them.
fn parameter(field: &FieldSpec) -> Value {
    described(field, limited(field, plain(field)))
}

fn schema(field: &FieldSpec) -> Value {
    let schema = if field.is_list() {
        wrapped_list(field)
    } else {
        plain(field)
    };
    described(field, limited(field, schema))
}

fn described(field: &FieldSpec, mut schema: Value) -> Value {
    if let Value::Object(members) = &mut schema {
        let mut text = both(field.description);
        for words in field.limit.words().iter().filter(|words| !words.is_empty()) {
            text.push_str(if text.is_empty() { "" } else { "; " });
            text.push_str(words);
        }
        if !text.is_empty() {
            members.insert("description".to_owned(), Value::String(text));
        }
    }
    schema
}

/// What a schema can say of a limit: a text has no more characters than bytes.
fn limited(field: &FieldSpec, mut schema: Value) -> Value {
    if let Value::Object(members) = &mut schema {
        let mut insert = |name: &str, limit: Value| members.insert(name.to_owned(), limit);
        match field.limit {
            Limit::Bytes(most) => {
                insert("maxLength", most.into());
            }
            Limit::Within(least, most) => {
                insert("minimum", least.into());
                insert("maximum", most.into());
            }
            Limit::None | Limit::Items(_) => {}
        }
    }
    schema
}

/// A list as TOP writes it: an object whose one member, named after the element, is the list.
fn wrapped_list(field: &FieldSpec) -> Value {
    let element = field.element_name();
    json!({
        "type": "object",
        "properties": { element: { "type": "array", "items": object(field.children) } },
    })
}

fn plain(field: &FieldSpec) -> Value {
    if !field.children.is_empty() {
        return object(field.children);
    }
    let sample = |value: Option<Value>| value.map_or_else(Vec::new, |value| vec![value]);
    match field.kind {
        "Number" => json!({
            "type": "integer",
            "examples": sample(field.sample.parse::<u64>().ok().map(Value::from)),
        }),
        "Boolean" => json!({
            "type": "boolean",
            "examples": sample(field.sample.parse::<bool>().ok().map(Value::from)),
        }),
        _ => json!({
            "type": "string",
            "examples": sample((!field.sample.is_empty()).then(|| Value::from(field.sample))),
        }),
    }
}

fn object(fields: &[FieldSpec]) -> Value {
    json!({ "type": "object", "properties": members(fields), "required": required(fields) })
}

fn required(fields: &[FieldSpec]) -> Vec<&str> {
    let required = fields.iter().filter(|field| field.required);
    required.map(|field| field.name).collect()
}

fn error_response() -> Value {
    json!({
        "type": "object",
        "properties": {
            "error_response": {
                "type": "object",
                "properties": {
                    "code": { "type": "integer", "description": "错误码 The code" },
                    "msg": { "type": "string", "description": "错误描述 What it means" },
                    "sub_code": { "type": "string", "description": "子错误码 What exactly is wrong" },
                    "sub_msg": { "type": "string", "description": "子错误描述 The same in words" },
                    "request_id": request_id(),
                },
                "required": ["code", "msg", "request_id"],
            },
        },
        "required": ["error_response"],
        "additionalProperties": false,
    })
}

fn request_id() -> Value {
    json!({ "type": "string", "description": "请求标识 The id of this answer" })
}

fn both(text: Bilingual) -> String {
    match (text.chinese, text.english) {
        ("", only) | (only, "") => only.to_owned(),
        (chinese, english) => format!("{chinese} {english}"),
    }
}
