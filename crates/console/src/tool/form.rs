//! A method's form, from the method's definition, and the arguments that a filled form means.

use povline_protocol::api::{ApiSpec, FieldSpec};
use povline_store::journal::CallLine;
use povline_web::Language;

use crate::names;
use crate::reader::Fields;

/// What the names of the form's own fields begin with; the method's own may be any.
const PREFIX: &str = "p.";

/// One field to fill in.
#[derive(Debug, Clone)]
pub(super) struct Input {
    /// The field's name in the form.
    pub(super) name: String,
    /// Its name on the wire.
    pub(super) label: &'static str,
    pub(super) kind: &'static str,
    pub(super) required: bool,
    pub(super) description: &'static str,
    pub(super) sample: &'static str,
    pub(super) value: String,
    /// Written as JSON, on several lines.
    pub(super) is_json: bool,
}

/// Fields that stand together: those of an object, or those by themselves.
#[derive(Debug, Clone)]
pub(super) struct Group {
    /// The object's parameter, with what it is.
    pub(super) object: Option<(&'static str, &'static str)>,
    pub(super) inputs: Vec<Input>,
}

/// Whether a field is shown as the fields of its object.
fn is_object(field: &FieldSpec) -> bool {
    !field.children.is_empty() && !field.is_list()
}

/// The form of a method with these values.
pub(super) fn groups(language: Language, spec: &ApiSpec, fields: &Fields) -> Vec<Group> {
    let input = |name: String, field: &FieldSpec, is_json: bool| Input {
        value: fields.raw(&name).unwrap_or_default().to_owned(),
        name,
        label: field.name,
        kind: field.kind,
        required: field.required,
        description: names::pick(language, field.description),
        sample: field.sample,
        is_json,
    };
    let mut groups: Vec<Group> = Vec::new();
    for field in spec.request {
        if is_object(field) {
            let of_object = field.children.iter().map(|child| {
                let name = format!("{PREFIX}{}.{}", field.name, child.name);
                input(name, child, !child.children.is_empty())
            });
            groups.push(Group {
                object: Some((field.name, names::pick(language, field.description))),
                inputs: of_object.collect(),
            });
        } else {
            let name = format!("{PREFIX}{}", field.name);
            let one = input(name, field, !field.children.is_empty());
            match groups.last_mut().filter(|group| group.object.is_none()) {
                Some(group) => group.inputs.push(one),
                None => groups.push(Group {
                    object: None,
                    inputs: vec![one],
                }),
            }
        }
    }
    groups
}

/// The arguments that a filled form means; what is empty is not sent.
pub(super) fn arguments(spec: &ApiSpec, fields: &Fields) -> Vec<(String, String)> {
    let mut arguments = Vec::new();
    for field in spec.request {
        if is_object(field) {
            let members: Vec<String> = field
                .children
                .iter()
                .filter_map(|child| {
                    let name = format!("{PREFIX}{}.{}", field.name, child.name);
                    let value = fields.get(&name)?;
                    Some(format!("{}:{}", text(child.name), json_value(child, value)))
                })
                .collect();
            if !members.is_empty() {
                let object = format!("{{{}}}", members.join(","));
                arguments.push((field.name.to_owned(), object));
            }
        } else if let Some(value) = fields.get(&format!("{PREFIX}{}", field.name)) {
            arguments.push((field.name.to_owned(), value.to_owned()));
        }
    }
    arguments
}

/// A value as it stands in an object. What is no number is sent as it was typed: the platform's
/// answer to it is what a reader may want to see.
fn json_value(field: &FieldSpec, value: &str) -> String {
    let is_bare = match field.kind {
        "Number" => value.parse::<i64>().is_ok(),
        "Boolean" => matches!(value, "true" | "false"),
        _ => {
            (!field.children.is_empty() || field.is_list())
                && serde_json::from_str::<serde_json::Value>(value).is_ok()
        }
    };
    match is_bare {
        true => value.to_owned(),
        false => text(value),
    }
}

fn text(value: &str) -> String {
    serde_json::Value::from(value).to_string()
}

/// The fields of a form for a call like one in the log. Values are not kept there, but for the POV
/// and the day; the reader fills in the others.
pub(super) fn like(spec: &ApiSpec, line: &CallLine) -> Fields {
    let mut query = form_urlencoded::Serializer::new(String::new());
    let mut fill = |name: String, field: &FieldSpec| {
        let value = match field.name {
            "out_pov_id" => line.pov.as_ref().map(ToString::to_string),
            "day" | "appointment_time" => line.day.map(|day| day.to_string()),
            _ => None,
        };
        if let Some(value) = value {
            query.append_pair(&name, &value);
        }
    };
    for field in spec.request {
        if is_object(field) {
            for child in field.children {
                fill(format!("{PREFIX}{}.{}", field.name, child.name), child);
            }
        } else {
            fill(format!("{PREFIX}{}", field.name), field);
        }
    }
    Fields::read(query.finish().as_bytes())
}

#[cfg(test)]
mod tests {
    use povline_protocol::methods::{appointment_book, appointment_query};

    use super::*;

    #[test]
    fn an_object_is_made_of_its_filled_fields_with_their_types() {
        let param = appointment_query::REQUEST_PARAM;
        let mut form = form_urlencoded::Serializer::new(String::new());
        for (name, value) in [
            ("day", "2020-01-18"),
            ("out_pov_id", "0\"1"),
            ("page_num", "2"),
            ("page_size", " "),
        ] {
            form.append_pair(&format!("p.{param}.{name}"), value);
        }
        let fields = Fields::read(form.finish().as_bytes());
        let expected = r#"{"day":"2020-01-18","out_pov_id":"0\"1","page_num":2}"#;
        assert_eq!(
            arguments(&appointment_query::SPEC, &fields),
            [(param.to_owned(), expected.to_owned())]
        );
        let groups = groups(Language::English, &appointment_query::SPEC, &fields);
        assert_eq!(groups.len(), 1);
        assert_eq!(groups[0].inputs[1].value, "0\"1");
        assert!(arguments(&appointment_query::SPEC, &Fields::default()).is_empty());
    }

    #[test]
    fn every_parameter_of_every_method_has_a_field_and_goes_out_again() {
        for spec in povline_protocol::methods::ALL {
            let empty = Fields::default();
            let mut form = form_urlencoded::Serializer::new(String::new());
            for input in groups(Language::Chinese, spec, &empty)
                .iter()
                .flat_map(|group| &group.inputs)
            {
                form.append_pair(&input.name, "1");
            }
            let fields = Fields::read(form.finish().as_bytes());
            let sent = arguments(spec, &fields);
            let names: Vec<_> = sent.iter().map(|(name, _)| name.as_str()).collect();
            let expected: Vec<_> = spec.request.iter().map(|field| field.name).collect();
            assert_eq!(names, expected, "{}", spec.method);
        }
    }

    #[test]
    fn a_number_that_is_none_goes_out_as_it_was_typed() {
        let fields = Fields::read(b"p.out_id=x&p.appointment_time=never");
        let sent = arguments(&appointment_book::SPEC, &fields);
        assert_eq!(sent[1].1, "never");
    }
}
