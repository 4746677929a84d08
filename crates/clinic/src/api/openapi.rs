//! The API as an OpenAPI 3.1 document, made from the definitions of its operations.

use std::sync::LazyLock;

use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::header;
use serde_json::{Map, Value, json};

use super::operation::{Answer, Asker, Definition, Operation};
use super::schema::{both, documents, object};

/// Serves it.
pub(super) async fn served() -> Response {
    static DOCUMENT: LazyLock<Bytes> = LazyLock::new(|| Bytes::from(document().to_string()));
    let content_type = (header::CONTENT_TYPE, "application/json");
    ([content_type], DOCUMENT.clone()).into_response()
}

fn document() -> Value {
    let mut paths: Map<String, Value> = Map::new();
    for operation in Operation::ALL {
        let definition = operation.definition();
        let verb = if definition.is_post { "post" } else { "get" };
        let path = paths
            .entry(definition.path)
            .or_insert_with(|| Value::Object(Map::new()));
        path[verb] = told(&definition);
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Povline clinic",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "接种点前台接口 The front desk of a vaccination clinic",
            "description": "Served on the LAN by the agent from its own copy, also while the \
                platform is away. 由代理在局域网提供,平台不可达时也可用。",
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
        },
        "servers": [{ "url": "/v1" }],
        "paths": paths,
        "components": {
            "schemas": documents(),
            "securitySchemes": {
                "clinicToken": bearer("接种点令牌,姓名脱敏 A clinic's token; names are masked: `pvc_…`"),
                "session": bearer("登录会话 Somebody signed in; names are whole: `pvs_…`"),
                "device": bearer("已配对设备 A paired device: `pvd_…`"),
            },
        },
    })
}

fn bearer(description: &str) -> Value {
    json!({ "type": "http", "scheme": "bearer", "description": description })
}

fn told(definition: &Definition) -> Value {
    let parameters = definition.parameters.iter().map(|field| {
        let place = match definition.path.contains(&format!("{{{}}}", field.name)) {
            true => "path",
            false => "query",
        };
        json!({
            "name": field.name,
            "in": place,
            "required": !field.is_optional,
            "description": both(field.text),
            "schema": field.schema(),
        })
    });
    let mut told = json!({
        "operationId": definition.name,
        "summary": both(definition.summary),
        "security": security(definition.asker),
        "parameters": parameters.collect::<Vec<_>>(),
        "responses": {
            "default": {
                "description": "为何未成 Why it was not done",
                "content": json_of(&reference("Problem")),
            },
        },
    });
    let (status, answer) = answer(definition.answer);
    told["responses"][status] = answer;
    if !definition.body.is_empty() {
        let schema = object(&[definition.body]);
        told["requestBody"] = json!({ "required": true, "content": json_of(&schema) });
    }
    told
}

fn security(asker: Asker) -> Value {
    match asker {
        Asker::Anybody => json!([]),
        Asker::Device => json!([{ "device": [] }]),
        Asker::Caller => json!([{ "clinicToken": [] }, { "session": [] }]),
        Asker::Decider => json!([{ "session": [] }]),
    }
}

fn answer(answer: Answer) -> (String, Value) {
    let document = |schema: Value| {
        let answer = json!({ "description": "成功 Done", "content": json_of(&schema) });
        ("200".to_owned(), answer)
    };
    match answer {
        Answer::Document(name) => document(reference(name)),
        Answer::DocumentsOf(name) => document(json!({ "type": "array", "items": reference(name) })),
        Answer::AnyObject => document(json!({ "type": "object" })),
        Answer::Events => {
            let told = json!({
                "description": "事件流;`full`、`patch`、`beat` 的 `data` 分别为 Full、Patch、Beat \
                    Events; the `data` of `full`, `patch` and `beat` is Full, Patch and Beat",
                "content": { "text/event-stream": { "schema": { "type": "string" } } },
            });
            ("200".to_owned(), told)
        }
        Answer::Nothing(status) => (status.to_string(), json!({ "description": "成功 Done" })),
    }
}

fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

fn json_of(schema: &Value) -> Value {
    json!({ "application/json": { "schema": schema } })
}
