//! The methods as an OpenAPI 3.1 document, made from their definitions.
//!
//! TOP has one path for all methods and tells them apart by a parameter, which OpenAPI has no word
//! for. So each method stands under the path with its name as fragment: a fragment is not sent, so
//! the request goes where it must.

use serde_json::{Map, Value, json};

use crate::api::{ApiSpec, FieldSpec, response_key};
use crate::catalogue::Bilingual;
use crate::{AnswerForm, SignMethod, methods, request};

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
    for note in spec.notes {
        text.push_str("\n\n* ");
        text.push_str(&both(*note));
    }
    text
}

/// The public parameters and the method's own, as one form. A complex parameter is JSON in a form
/// field.
fn request_body(spec: &ApiSpec) -> Value {
    let mut properties = public_parameters(spec);
    let mut required: Vec<&str> =
        vec!["method", "app_key", "timestamp", "v", "sign_method", "sign"];
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
    let sign_methods: Vec<&str> = SignMethod::ALL.iter().map(|method| method.word()).collect();
    let parameters = [
        ("method", json!({ "const": spec.method })),
        (
            "app_key",
            json!({ "type": "string", "description": "应用的AppKey The app's key" }),
        ),
        (
            "timestamp",
            json!({
                "type": "string",
                "description": "GMT+8时间,与平台相差不超过10分钟 At GMT+8, at most ten minutes off: \
                    yyyy-MM-dd HH:mm:ss, or epoch seconds or milliseconds",
                "examples": ["2021-01-18 08:00:00"],
            }),
        ),
        ("v", json!({ "const": "2.0" })),
        (
            "sign_method",
            json!({ "enum": sign_methods, "description": "签名方法 How the call is signed" }),
        ),
        (
            "sign",
            json!({ "type": "string", "description": "签名,大写十六进制 The signature, in upper-case hexadecimal" }),
        ),
        (
            "format",
            json!({
                "enum": [AnswerForm::Json.format_value(), AnswerForm::Xml.format_value()],
                "default": AnswerForm::Xml.format_value(),
                "description": "应答格式 The form of the answer; this document describes JSON",
            }),
        ),
        (
            "simplify",
            json!({
                "enum": ["true", "false"],
                "default": "false",
                "description": "精简JSON:无外层,列表为数组 No root and plain lists, for JSON alone",
            }),
        ),
        (
            "session",
            json!({ "type": "string", "description": "授权令牌 The session, where a method needs one" }),
        ),
        (
            "partner_id",
            json!({ "type": "string", "description": "调用方标识 What the caller says it is" }),
        ),
    ];
    parameters
        .into_iter()
        .map(|(name, schema)| (name.to_owned(), schema))
        .collect()
}

/// The JSON of a good answer: one key at the root, `request_id` inside.
fn answer(spec: &ApiSpec) -> Value {
    let mut properties = members(spec.response);
    properties.insert("request_id".to_owned(), request_id());
    let key = response_key(spec.method);
    json!({
        "type": "object",
        "properties": {
            &key: { "type": "object", "properties": properties, "required": ["request_id"] },
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
    described(field, plain(field))
}

fn schema(field: &FieldSpec) -> Value {
    let schema = if field.is_list() {
        wrapped_list(field)
    } else {
        plain(field)
    };
    described(field, schema)
}

fn described(field: &FieldSpec, mut schema: Value) -> Value {
    if let Value::Object(members) = &mut schema {
        let text = both(field.description);
        if !text.is_empty() {
            members.insert("description".to_owned(), Value::String(text));
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
    let required: Vec<&str> = fields
        .iter()
        .filter(|field| field.required)
        .map(|field| field.name)
        .collect();
    json!({ "type": "object", "properties": members(fields), "required": required })
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
