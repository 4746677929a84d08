//! Documentation cannot drift: a field that is renamed in a definition is renamed on the page, in
//! the description for machines, in every sample, in the SDK classes and in the validation.

use std::collections::BTreeSet;

use povline_portal::samples::{Call, Language, leaves, sample};
use povline_portal::sdk;
use povline_protocol::api::{ApiSpec, FieldSpec};
use povline_protocol::{Params, methods, openapi};
use serde_json::Value;

use crate::site::{URL, page, portal};

/// A definition of tests alone: the method's, with one field of its request or answer renamed.
fn renamed(spec: &ApiSpec, from: &str, to: &str) -> &'static ApiSpec {
    let to = leak_text(to);
    leak(ApiSpec {
        request: rename(spec.request, from, to),
        response: rename(spec.response, from, to),
        ..*spec
    })
}

fn rename(fields: &[FieldSpec], from: &str, to: &'static str) -> &'static [FieldSpec] {
    let renamed = fields.iter().map(|field| FieldSpec {
        name: if field.name == from { to } else { field.name },
        children: rename(field.children, from, to),
        ..*field
    });
    Box::leak(renamed.collect())
}

fn leak<T>(value: T) -> &'static T {
    Box::leak(Box::new(value))
}

fn leak_text(text: &str) -> &'static str {
    Box::leak(text.to_owned().into_boxed_str())
}

fn names(fields: &'static [FieldSpec]) -> Vec<&'static str> {
    let inner = fields.iter().flat_map(|field| names(field.children));
    fields.iter().map(|field| field.name).chain(inner).collect()
}

/// The names of everything that a description for machines describes.
fn properties(document: &Value) -> BTreeSet<String> {
    let inner: Vec<&Value> = match document {
        Value::Object(members) => members.values().collect(),
        Value::Array(items) => items.iter().collect(),
        _ => Vec::new(),
    };
    let own = document["properties"].as_object().into_iter().flatten();
    let own = own.map(|(name, _)| name.clone());
    own.chain(inner.into_iter().flat_map(properties)).collect()
}

/// The parameters of a call whose every field has its sample.
fn params(spec: &ApiSpec) -> Vec<(&'static str, String)> {
    let value = |field: &FieldSpec| match field.sample {
        "" => "1".to_owned(),
        sample => sample.to_owned(),
    };
    let param = |field: &FieldSpec| {
        let members = field.children.iter();
        let object: serde_json::Map<_, _> = members
            .map(|child| (child.name.to_owned(), value(child).into()))
            .collect();
        match field.children {
            [] => (field.name, value(field)),
            _ => (field.name, serde_json::Value::from(object).to_string()),
        }
    };
    spec.request.iter().map(param).collect()
}

fn checked(spec: &ApiSpec, params: &[(&'static str, String)]) -> Result<(), String> {
    let pairs = params.iter().map(|(name, value)| (*name, value.as_str()));
    let params = Params::from_pairs(pairs).unwrap();
    methods::check(spec, &params).map_err(|error| format!("{error}"))
}

#[test]
fn a_renamed_field_of_a_request_is_renamed_everywhere() {
    for spec in methods::ALL {
        for old in names(spec.request) {
            let new = format!("{old}_renamed");
            let changed = renamed(spec, old, &new);
            let methods: &'static [&'static ApiSpec] = leak([changed]);
            let page = page(&portal(methods), &format!("/docs/{}", spec.method));
            assert!(page.contains(&format!("<code>{new}</code>")), "{new}");
            assert!(!page.contains(&format!("<code>{old}</code>")), "{old}");

            let described = properties(&openapi::document_of(methods));
            assert!(described.contains(&new), "{described:?}");
            assert!(!described.contains(old), "{old}");

            // With every value given, every field stands in a program.
            let values = leaves(changed).into_iter();
            let values = values.map(|leaf| (leaf.path, leaf.field.sample.to_owned()));
            let call = Call {
                url: URL.to_owned(),
                app_key: "12345678".to_owned(),
                values: values.collect(),
            };
            for language in Language::ALL {
                let program = sample(language, changed, &call);
                assert!(program.contains(&new), "{language:?} {new}: {program}");
            }
            for language in sdk::Language::ALL {
                let files = sdk::files(language, methods);
                let told = files.iter().any(|file| file.text.contains(&new));
                // The Python SDK has no class for an object.
                let is_inner = !spec.request.iter().any(|field| field.name == old);
                let is_left_out = language == sdk::Language::Python && is_inner;
                assert!(told || is_left_out, "{language:?} {new}");
            }
        }
    }
}

#[test]
fn a_renamed_field_of_an_answer_is_renamed_everywhere() {
    for spec in methods::ALL {
        for old in names(spec.response) {
            let new = format!("{old}_renamed");
            let changed = renamed(spec, old, &new);
            let methods: &'static [&'static ApiSpec] = leak([changed]);
            let page = page(&portal(methods), &format!("/docs/{}", spec.method));
            assert!(page.contains(&format!("<code>{new}</code>")), "{new}");
            assert!(properties(&openapi::document_of(methods)).contains(&new));
            for language in [sdk::Language::Java, sdk::Language::DotNet] {
                let files = sdk::files(language, methods);
                assert!(
                    files.iter().any(|file| file.text.contains(&new)),
                    "{language:?} {new}"
                );
            }
        }
    }
}

#[test]
fn validation_follows_the_definition() {
    for spec in methods::ALL {
        for leaf in leaves(spec) {
            let (old, new) = (leaf.field.name, format!("{}_renamed", leaf.field.name));
            let changed = renamed(spec, old, &new);
            checked(changed, &params(changed)).unwrap();
            let refused = checked(changed, &params(spec));
            // Under its old name it is not there any more.
            match leaf.field.required {
                true => assert!(refused.unwrap_err().contains(&new), "{new}"),
                false => refused.unwrap(),
            }
            if leaf.field.kind == "Number" {
                let mut wrong = params(changed);
                for (name, value) in &mut wrong {
                    match leaf.path.contains('.') {
                        true => {
                            *value = value.replace(
                                &format!("\"{new}\":\"{}\"", leaf.field.sample),
                                &format!("\"{new}\":\"many\""),
                            )
                        }
                        false if *name == new => *value = "many".to_owned(),
                        false => {}
                    }
                }
                let refused = checked(changed, &wrong).unwrap_err();
                assert!(refused.contains(&new), "{refused}");
            }
        }
    }
}
