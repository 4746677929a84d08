//! A method as classes: names in the cases that the languages want, and the types of fields.

use povline_protocol::api::{ApiSpec, FieldSpec, response_key};

/// A method.
#[derive(Clone)]
pub(super) struct Api {
    pub(super) method: &'static str,
    /// The name under which its answer stands.
    pub(super) key: String,
    pub(super) title: String,
    /// The name that its classes begin with.
    pub(super) class: String,
    pub(super) request: Vec<Member>,
    pub(super) request_types: Vec<Type>,
    pub(super) response: Vec<Member>,
    pub(super) response_types: Vec<Type>,
}

/// An object.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Type {
    pub(super) name: String,
    pub(super) members: Vec<Member>,
}

/// A field of a request, a response or an object.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Member {
    pub(super) wire: &'static str,
    /// `outPovId`
    pub(super) camel: String,
    /// `OutPovId`
    pub(super) pascal: String,
    pub(super) description: String,
    pub(super) required: bool,
    pub(super) kind: Kind,
}

#[derive(Clone, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Number,
    Truth,
    Instant,
    /// An object of this type.
    Object(String),
    /// A list of objects of this type, each standing under this name.
    Objects(String, String),
    /// A list of texts, each standing under the name `string`; in a request, one text with commas.
    Texts,
}

impl Type {
    /// Whether a class of this name would be in its way: some languages and file systems do not
    /// tell letters' case.
    pub(super) fn is_called(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }
}

impl Api {
    pub(super) fn of(spec: &ApiSpec) -> Self {
        let method = spec.method.strip_prefix("taobao.").unwrap_or(spec.method);
        let mut types = [Vec::new(), Vec::new()];
        let [request_types, response_types] = &mut types;
        let request = members(spec.request, request_types);
        let response = members(spec.response, response_types);
        let [request_types, response_types] = types;
        Self {
            method: spec.method,
            key: response_key(spec.method),
            title: comment(&format!("{} {}", spec.title.chinese, spec.title.english)),
            class: pascal(method),
            request,
            request_types,
            response,
            response_types,
        }
    }

    /// Whether a parameter is an object.
    pub(super) fn has_object(&self) -> bool {
        !self.request_types.is_empty()
    }
}

impl Member {
    /// The type as the documentation names it.
    pub(super) fn type_name(&self) -> String {
        match &self.kind {
            Kind::Text => "String".to_owned(),
            Kind::Number => "Number".to_owned(),
            Kind::Truth => "Boolean".to_owned(),
            Kind::Instant => "Date".to_owned(),
            Kind::Object(name) => name.clone(),
            Kind::Objects(name, element) => format!("{name} [], under {element}"),
            Kind::Texts => "String []".to_owned(),
        }
    }

    /// The object's type, if it is one.
    pub(super) fn object(&self) -> Option<&str> {
        match &self.kind {
            Kind::Object(name) => Some(name),
            _ => None,
        }
    }

    /// The name under which an element of a list stands.
    pub(super) fn element(&self) -> Option<&str> {
        match &self.kind {
            Kind::Objects(_, element) => Some(element),
            Kind::Texts => Some("string"),
            _ => None,
        }
    }
}

fn members(fields: &[FieldSpec], types: &mut Vec<Type>) -> Vec<Member> {
    fields.iter().map(|field| member(field, types)).collect()
}

fn member(field: &FieldSpec, types: &mut Vec<Type>) -> Member {
    let kind = field.kind.trim_end_matches("[]").trim();
    let object = (!field.children.is_empty()).then(|| {
        let members = members(field.children, types);
        class_of(field, kind, members, types)
    });
    let name = pascal(field.name);
    let mut letters = name.chars();
    let camel = letters
        .next()
        .map(|first| first.to_ascii_lowercase())
        .into_iter()
        .chain(letters)
        .collect();
    let description = field.description;
    Member {
        wire: field.name,
        camel,
        pascal: name,
        description: comment(&format!("{} {}", description.chinese, description.english)),
        required: field.required,
        kind: match (object, field.is_list(), kind) {
            (Some(name), true, _) => Kind::Objects(name, field.element_name()),
            (Some(name), false, _) => Kind::Object(name),
            (None, true, _) => Kind::Texts,
            (None, false, "Number") => Kind::Number,
            (None, false, "Boolean") => Kind::Truth,
            (None, false, "Date") => Kind::Instant,
            _ => Kind::Text,
        },
    }
}

/// The name of an object's class. The category gives one name to objects of several shapes: another
/// shape of a name that is taken has its field's name before it.
fn class_of(field: &FieldSpec, kind: &str, members: Vec<Member>, types: &mut Vec<Type>) -> String {
    let mut name = kind.to_owned();
    loop {
        let known = types.iter().find(|known| known.is_called(&name));
        match known {
            Some(known) if known.members == members => return name,
            Some(_) => name.insert_str(0, &pascal(field.name)),
            None => {
                let object = Type {
                    name: name.clone(),
                    members,
                };
                types.push(object);
                return name;
            }
        }
    }
}

/// `out_pov_id` and `out.pov.id` as `OutPovId`.
fn pascal(name: &str) -> String {
    let words = name.split(['.', '_']);
    words
        .flat_map(|word| {
            let mut letters = word.chars();
            let first = letters.next().map(|letter| letter.to_ascii_uppercase());
            first.into_iter().chain(letters)
        })
        .collect()
}

/// A text that ends no comment early.
fn comment(text: &str) -> String {
    text.trim()
        .replace("*/", "* /")
        .replace("'''", "' ' '")
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('\n', " ")
}
