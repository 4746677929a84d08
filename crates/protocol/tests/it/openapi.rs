//! The OpenAPI document, held against the definitions and against real answers.

use povline_protocol::api::{FieldSpec, response_key};
use povline_protocol::frame::{self, PageHead};
use povline_protocol::methods;
use povline_protocol::rows::{AppointmentRef, write_json_row};
use povline_protocol::{AnswerForm, BusinessFailure, PlatformError, RequestId, openapi};
use serde_json::Value;

fn post(document: &Value, method: &str) -> Value {
    document["paths"][format!("/router/rest#{method}")]["post"].clone()
}

fn form(document: &Value, method: &str) -> Value {
    let body = post(document, method)["requestBody"]["content"].clone();
    body["application/x-www-form-urlencoded"].clone()
}

/// The schema of an answer's JSON.
fn answer(document: &Value, method: &str) -> Value {
    let content = post(document, method)["responses"]["200"]["content"].clone();
    content["application/json"]["schema"]["oneOf"][0].clone()
}

#[test]
fn every_method_stands_in_it_with_every_field() {
    let document = openapi::document();
    assert_eq!(document["openapi"], "3.1.0");
    let paths = document["paths"].as_object().unwrap();
    assert_eq!(paths.len(), methods::ALL.len());
    for spec in methods::ALL {
        let schema = &form(&document, spec.method)["schema"];
        assert_eq!(schema["properties"]["method"]["const"], spec.method);
        check_fields(spec.request, schema);
        let required = schema["required"].as_array().unwrap();
        for field in spec.request {
            assert_eq!(
                required.iter().any(|name| name == field.name),
                field.required,
                "{} of {}",
                field.name,
                spec.method
            );
        }
        let key = response_key(spec.method);
        check_fields(
            spec.response,
            &answer(&document, spec.method)["properties"][key],
        );
    }
}

fn check_fields(fields: &[FieldSpec], schema: &Value) {
    for field in fields {
        let told = &schema["properties"][field.name];
        let text = told["description"].as_str().unwrap_or_default();
        assert!(text.contains(field.description.english), "{}", field.name);
        assert!(text.contains(field.description.chinese), "{}", field.name);
        let object = if field.is_list() && !field.children.is_empty() {
            &told["properties"][field.element_name()]["items"]
        } else {
            told
        };
        let kind = match field.kind {
            _ if !field.children.is_empty() => "object",
            "Number" => "integer",
            "Boolean" => "boolean",
            _ => "string",
        };
        assert_eq!(object["type"], kind, "{}", field.name);
        check_fields(field.children, object);
    }
}

#[test]
fn a_complex_parameter_is_json_in_a_form_field() {
    let document = openapi::document();
    let form = form(&document, methods::appointment_query::METHOD);
    let name = methods::appointment_query::REQUEST_PARAM;
    assert_eq!(form["encoding"][name]["contentType"], "application/json");
    assert_eq!(
        form["schema"]["properties"][name]["required"],
        serde_json::json!(["day", "out_pov_id"])
    );
}

/// Whether a value is what a schema of ours says. No more of JSON Schema than our documents use.
fn fits(document: &Value, schema: &Value, value: &Value) -> bool {
    if let Some(reference) = schema["$ref"].as_str() {
        let name = reference.trim_start_matches("#/components/schemas/");
        return fits(document, &document["components"]["schemas"][name], value);
    }
    if let Some(choices) = schema["oneOf"].as_array() {
        let fitting = choices.iter().filter(|one| fits(document, one, value));
        return fitting.count() == 1;
    }
    match schema["type"].as_str() {
        Some("object") => {
            let Some(members) = value.as_object() else {
                return false;
            };
            let closed = schema["additionalProperties"] == false;
            let required = schema["required"].as_array().cloned().unwrap_or_default();
            let complete = required
                .iter()
                .all(|name| members.contains_key(name.as_str().unwrap()));
            complete
                && members
                    .iter()
                    .all(|(name, value)| match &schema["properties"][name] {
                        Value::Null => !closed,
                        schema => fits(document, schema, value),
                    })
        }
        Some("array") => value
            .as_array()
            .is_some_and(|all| all.iter().all(|one| fits(document, &schema["items"], one))),
        Some("integer") => value.is_u64(),
        Some("boolean") => value.is_boolean(),
        Some("string") => value.is_string(),
        other => panic!("{other:?} in {schema}"),
    }
}

#[test]
fn real_answers_are_what_it_says() {
    let document = openapi::document();
    let method = methods::appointment_query::METHOD;
    let schema = &post(&document, method)["responses"]["200"]["content"]["application/json"];
    let schema = &schema["schema"];
    let mut row = Vec::new();
    write_json_row(
        &mut row,
        &AppointmentRef {
            appointment_id: "P0001",
            out_pov_id: "00001",
            day: "2021-01-18".parse().unwrap(),
            period: "08:00-08:30".parse().unwrap(),
            pick_code: "100001",
            pick_status: povline_domain::PickStatus::NotPicked,
            name: "测试",
        },
    );
    let head = PageHead {
        page: povline_domain::PageRequest::FIRST,
        total: 1,
    };
    let id = RequestId::from_number(7);
    let json = AnswerForm::Json;
    let good = frame::success(json, &head, &row, &id);
    for body in [
        good.clone(),
        frame::success(json, &head, b"", &id),
        frame::business_failure(json, &BusinessFailure::busy(), &id),
        frame::error_response(json, &PlatformError::invalid_parameter("day"), &id),
        frame::error_response(json, &PlatformError::of_code(25), &id),
    ] {
        let value: Value = serde_json::from_slice(&body).unwrap();
        assert!(fits(&document, schema, &value), "{value}");
    }
    // And it says something: a wrong answer does not fit.
    let wrong = String::from_utf8(good)
        .unwrap()
        .replace(":200,", ":\"200\",");
    let wrong: Value = serde_json::from_str(&wrong).unwrap();
    assert!(!fits(&document, schema, &wrong), "{wrong}");
}
