//! The OpenAPI document against the routes, the answers and the documentation.

use std::collections::BTreeSet;

use axum::body::Body;
use http::{Method, Request, StatusCode};
use serde_json::{Map, Value, json};

use crate::stream::Stream;
use crate::support::{PIN, Place, row};

async fn document(place: &Place) -> Value {
    let answer = place.get("/v1/openapi.json", "").await;
    answer.is(StatusCode::OK).json()
}

/// Each path, verb and operation.
fn operations(document: &Value) -> Vec<(String, String, Value)> {
    let mut operations = Vec::new();
    for (path, verbs) in document["paths"].as_object().unwrap() {
        for (verb, operation) in verbs.as_object().unwrap() {
            operations.push((path.clone(), verb.to_uppercase(), operation.clone()));
        }
    }
    operations
}

#[tokio::test]
async fn every_operation_is_served_by_its_verb_alone_and_to_whom_it_says() {
    let place = Place::new();
    let document = document(&place).await;
    assert_eq!(document["openapi"], "3.1.0");
    let operations = operations(&document);
    assert_eq!(operations.len(), 14);
    for (path, verb, operation) in &operations {
        let address = format!("/v1{path}")
            .replace("{day}", "today")
            .replace("{number}", "1");
        for tried in [Method::GET, Method::POST, Method::PUT, Method::DELETE] {
            let request = Request::builder()
                .method(&tried)
                .uri(&address)
                .header("content-type", "application/json")
                .body(Body::from("{}"));
            let status = place.send(request.unwrap()).await.status;
            if tried.as_str() != verb {
                assert_eq!(status, StatusCode::METHOD_NOT_ALLOWED, "{tried} {address}");
                continue;
            }
            let is_for_all = operation["security"] == json!([]) || path == "/sign-out";
            match is_for_all {
                true => assert_ne!(status, StatusCode::UNAUTHORIZED, "{address}"),
                false => assert_eq!(status, StatusCode::UNAUTHORIZED, "{address}"),
            }
        }
    }
}

#[tokio::test]
async fn the_documentation_tells_the_same_operations() {
    let place = Place::new();
    let document = document(&place).await;
    let docs = include_str!("../../../../docs/clinic.md");
    let mut verb = "";
    let mut told = Vec::new();
    // `GET /v1/lists/DAY` or, after one with its verb, `/v1/unpick`.
    for quoted in docs.split('`').skip(1).step_by(2) {
        let (before, path) = match quoted.split_once("/v1/") {
            Some((before, path)) => (before.trim(), path),
            None => continue,
        };
        if before == "GET" || before == "POST" {
            verb = before;
        } else if !before.is_empty() {
            continue;
        }
        let path = path.split(['?', ' ']).next().unwrap();
        let path = path.replace("DAY", "{day}").replace("NUMBER", "{number}");
        told.push((format!("/{path}"), verb.to_owned()));
    }
    let mut served: Vec<_> = operations(&document)
        .into_iter()
        .map(|(path, verb, _)| (path, verb))
        .collect();
    served.sort();
    told.sort();
    told.dedup();
    assert_eq!(told, served);
}

#[tokio::test]
async fn real_answers_fit_their_schemas() {
    let place = Place::new();
    let document = document(&place).await;
    let fits = |name: &str, value: &Value| {
        let schema = json!({ "$ref": format!("#/components/schemas/{name}") });
        let mut faults = Vec::new();
        check(&document, &schema, value, name, &mut faults);
        assert_eq!(faults, Vec::<String>::new(), "{value}");
    };
    let rows = |count: usize| {
        (0..count)
            .map(|n| row(&format!("{}", 1_000 + n), "08:00-08:30", "张小三"))
            .collect::<Vec<_>>()
    };
    let empty = place.token(Some("1")).await;
    fits("List", &place.get("/v1/lists/today", &empty).await.json());
    place.read("1", 0, rows(50)).await;
    let code = place.pairing_code("1", false).await;
    let paired = place
        .post("/v1/pair", "", &json!({ "code": code }))
        .await
        .json();
    fits("Paired", &paired);
    let device = paired["device_token"].as_str().unwrap();
    let staff = place.add_staff("1", "李护士", true).await;
    let people = place.get("/v1/staff", device).await.json();
    fits("Person", &people[0]);
    let signed_in = place.sign_in(device, staff, PIN).await.json();
    fits("SignedIn", &signed_in);
    let session = signed_in["session_token"].as_str().unwrap();

    let mut events = Stream::open_as(&place, "/v1/events", session).await;
    let body = json!({ "appointment_id": "P1001" });
    fits(
        "Acted",
        &place.post("/v1/pick", session, &body).await.json(),
    );
    fits(
        "Acted",
        &place.post("/v1/pick", session, &body).await.json(),
    );
    place.tell().await;
    place.pass(60_000);
    place.read("1", 0, rows(10)).await;
    let list = place.get("/v1/lists/today", session).await.json();
    assert!(list["held"].is_object() && list["conflicts"].is_array());
    fits("List", &list);
    place.pass(60_000);
    place.read("1", 0, rows(50)).await;
    let list = place.get("/v1/lists/today", session).await.json();
    assert_eq!(list["conflicts"].as_array().unwrap().len(), 1);
    fits("List", &list);
    fits(
        "Counts",
        &place.get("/v1/lists/today/counts", session).await.json(),
    );
    for query in ["1001", "nobody"] {
        let found = place
            .get(&format!("/v1/find?q={query}"), session)
            .await
            .json();
        fits("Found", &found);
    }
    for wrong in ["/v1/lists/x", "/v1/find?q=1&q=2"] {
        let problem = place.get(wrong, session).await.is(StatusCode::BAD_REQUEST);
        fits("Problem", &problem.json());
    }
    fits("Problem", &place.get("/v1/lists/today", "").await.json());
    fits(
        "Problem",
        &place.post("/v1/pull", session, &json!([])).await.json(),
    );
    let gone = place
        .post("/v1/conflicts/x/seen", session, &json!({ "kind": "moved" }))
        .await;
    fits("Problem", &gone.json());
    place.pass(60_000);
    place.read("1", 0, rows(10)).await;
    let list = place.get("/v1/lists/today", session).await.json();
    let mark = &list["held"]["mark"];
    let held = place
        .post(
            "/v1/held/today",
            session,
            &json!({ "accept": false, "mark": mark }),
        )
        .await;
    fits("Hold", &held.is(StatusCode::OK).json());

    let mut told = BTreeSet::new();
    while told.len() < 3 {
        let (name, value) = events.next_or_beat().await;
        let schema = match name.as_str() {
            "full" => "Full",
            "patch" => "Patch",
            "beat" => "Beat",
            other => panic!("{other}"),
        };
        fits(schema, &value);
        told.insert(schema);
    }
}

/// As much of JSON Schema as the document uses; a keyword that is not known here is a fault.
fn check(document: &Value, schema: &Value, value: &Value, at: &str, faults: &mut Vec<String>) {
    let schema: &Map<String, Value> = schema.as_object().unwrap();
    for (keyword, rule) in schema {
        let fits = match keyword.as_str() {
            "description" | "properties" | "items" | "$ref" | "oneOf" => true,
            "type" => match rule.as_str().unwrap() {
                "object" => value.is_object(),
                "array" => value.is_array(),
                "string" => value.is_string(),
                "integer" => value.is_i64(),
                "boolean" => value.is_boolean(),
                "null" => value.is_null(),
                other => panic!("the type {other}"),
            },
            "enum" => rule.as_array().unwrap().contains(value),
            "required" => {
                let names = rule.as_array().unwrap().iter();
                names
                    .into_iter()
                    .all(|name| value.get(name.as_str().unwrap()).is_some())
            }
            "additionalProperties" => {
                assert_eq!(rule, &json!(false));
                let members = value.as_object().into_iter().flat_map(Map::keys);
                members
                    .into_iter()
                    .all(|name| schema["properties"].get(name).is_some())
            }
            unknown => panic!("the keyword {unknown} is not checked"),
        };
        if !fits {
            faults.push(format!("{at}: {keyword} {rule}"));
        }
    }
    for (name, rule) in schema
        .get("properties")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
    {
        if let Some(member) = value.get(name) {
            check(document, rule, member, &format!("{at}.{name}"), faults);
        }
    }
    if let Some(rule) = schema.get("items") {
        for item in value.as_array().into_iter().flatten() {
            check(document, rule, item, &format!("{at}[]"), faults);
        }
    }
    if let Some(to) = schema.get("$ref").and_then(Value::as_str) {
        let rule = document.pointer(to.trim_start_matches('#')).expect(to);
        check(document, rule, value, at, faults);
    }
    if let Some(choices) = schema.get("oneOf").and_then(Value::as_array) {
        let fitting = choices.iter().filter(|choice| {
            let mut of_this = Vec::new();
            check(document, choice, value, at, &mut of_this);
            of_this.is_empty()
        });
        if fitting.count() != 1 {
            faults.push(format!("{at}: fits not exactly one of {choices:?}"));
        }
    }
}
