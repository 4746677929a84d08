//! Documentation cannot drift: what changes in a definition changes on the page in both languages,
//! in the description for machines, in every sample, in the SDK classes and in the validation.

use povline_portal::samples::{Call, Language, Leaf, leaves, sample};
use povline_portal::sdk::{self, java_usage, python_usage};
use povline_protocol::api::{ApiSpec, FieldSpec, Limit};
use povline_protocol::catalogue::Bilingual;
use povline_protocol::{Params, PublicParams, methods, openapi};
use serde_json::Value;

use crate::site::{SIZES, URL, page, portal};

/// A definition of tests alone: the method's, with every field of this name changed.
pub(crate) fn changed(
    spec: &ApiSpec,
    name: &str,
    change: &dyn Fn(&FieldSpec) -> FieldSpec,
) -> &'static ApiSpec {
    leak(ApiSpec {
        request: changed_fields(spec.request, name, change),
        response: changed_fields(spec.response, name, change),
        ..*spec
    })
}

fn changed_fields(
    fields: &[FieldSpec],
    name: &str,
    change: &dyn Fn(&FieldSpec) -> FieldSpec,
) -> &'static [FieldSpec] {
    let fields = fields.iter().map(|field| {
        let children = changed_fields(field.children, name, change);
        let field = FieldSpec { children, ..*field };
        match field.name == name {
            true => change(&field),
            false => field,
        }
    });
    Box::leak(fields.collect())
}

pub(crate) fn leak<T>(value: T) -> &'static T {
    Box::leak(Box::new(value))
}

pub(crate) fn renamed(spec: &ApiSpec, from: &str, to: &str) -> &'static ApiSpec {
    let name: &'static str = Box::leak(to.to_owned().into_boxed_str());
    changed(spec, from, &|field| FieldSpec { name, ..*field })
}

/// Every field that is no object, with its path.
pub(crate) fn response_leaves(fields: &'static [FieldSpec], parent: &str) -> Vec<Leaf> {
    let leaves = fields.iter().flat_map(|field| {
        let path = format!("{parent}{}", field.name);
        match field.children {
            [] => vec![Leaf { path, field }],
            children => response_leaves(children, &format!("{path}.")),
        }
    });
    leaves.collect()
}

/// All that is told of a definition.
pub(crate) struct Told {
    pub(crate) spec: &'static ApiSpec,
    /// The page in Chinese and in English.
    pub(crate) pages: [String; 2],
    pub(crate) description: Value,
    /// In every language, with every value that the definition has.
    pub(crate) programs: Vec<String>,
    /// The same without the values of what may stay out.
    pub(crate) bare_programs: Vec<String>,
    /// The classes of each language in one text: Java, .NET, PHP, Python.
    pub(crate) classes: [String; 4],
    pub(crate) java: String,
    pub(crate) python: String,
}

impl Told {
    pub(crate) fn of(spec: &'static ApiSpec) -> Self {
        let methods: &'static [&'static ApiSpec] = leak([spec]);
        let portal = portal(methods);
        let address = |language: &str| format!("/docs/{}?lang={language}", spec.method);
        let samples = |values: &dyn Fn(&Leaf) -> bool| {
            let values = leaves(spec).into_iter().filter(|leaf| values(leaf));
            let call = Call {
                url: URL.to_owned(),
                app_key: "12345678".to_owned(),
                values: values
                    .map(|leaf| (leaf.path, leaf.field.sample.to_owned()))
                    .collect(),
            };
            Language::ALL.map(|language| sample(language, spec, &call))
        };
        Self {
            spec,
            pages: ["zh", "en"].map(|language| page(&portal, &address(language))),
            description: openapi::document_of(methods),
            programs: samples(&|_| true).into(),
            bare_programs: samples(&|_| false).into(),
            classes: sdk::Language::ALL.map(|language| {
                let files = sdk::files(language, methods);
                files.into_iter().map(|file| file.text).collect()
            }),
            java: java_usage(spec),
            python: python_usage(spec),
        }
    }

    /// The rows of a field in the tables of both pages.
    #[track_caller]
    pub(crate) fn rows(&self, table: &str, path: &str) -> [&str; 2] {
        let begin = format!("<tr id=\"{table}.{path}\"");
        self.pages.each_ref().map(|page| {
            let (_, row) = page.split_once(&begin).unwrap_or_else(|| panic!("{begin}"));
            row.split("</tr>").next().unwrap()
        })
    }

    /// The schema of the request's form.
    pub(crate) fn form(&self) -> &Value {
        let path = format!("/router/rest#{}", self.spec.method);
        let body = &self.description["paths"][path]["post"]["requestBody"]["content"];
        &body["application/x-www-form-urlencoded"]["schema"]
    }

    /// The schema of a parameter or a member of one, and of what it stands in.
    pub(crate) fn schema(&self, path: &str) -> (&Value, &Value) {
        let mut inside = self.form();
        let mut names = path.split('.').peekable();
        while let Some(name) = names.next() {
            let schema = &inside["properties"][name];
            if names.peek().is_none() {
                return (schema, inside);
            }
            inside = schema;
        }
        panic!("{path} is no path")
    }

    /// Whether a field of this name is described anywhere.
    pub(crate) fn describes(&self, name: &str) -> bool {
        fn has(value: &Value, name: &str) -> bool {
            match value {
                Value::Object(members) => {
                    members
                        .get("properties")
                        .is_some_and(|of| of.get(name).is_some())
                        || members.values().any(|inner| has(inner, name))
                }
                Value::Array(items) => items.iter().any(|inner| has(inner, name)),
                _ => false,
            }
        }
        has(&self.description, name)
    }
}

/// The parameters of a call whose every field has its sample, but for one that is changed.
fn params(spec: &ApiSpec, path: &str, changed: Option<&str>) -> Vec<(&'static str, String)> {
    let value = |field: &FieldSpec, of: &str| match (of == path, field.sample) {
        (true, _) => changed.map(str::to_owned),
        (false, "") => Some("1".to_owned()),
        (false, sample) => Some(sample.to_owned()),
    };
    let param = |field: &FieldSpec| {
        if field.children.is_empty() {
            return Some((field.name, value(field, field.name)?));
        }
        let members = field.children.iter().filter_map(|child| {
            let value = value(child, &format!("{}.{}", field.name, child.name))?;
            Some((child.name.to_owned(), value.into()))
        });
        let object: serde_json::Map<_, _> = members.collect();
        Some((field.name, Value::from(object).to_string()))
    };
    spec.request.iter().filter_map(param).collect()
}

/// What validation says of a call in which one field is left out or has this value.
pub(crate) fn checked(spec: &ApiSpec, path: &str, value: Option<&str>) -> Result<(), String> {
    let pairs = params(spec, path, value);
    let pairs = pairs.iter().map(|(name, value)| (*name, value.as_str()));
    let params = Params::from_pairs(pairs).unwrap();
    methods::check(spec, &params).map_err(|error| format!("{error}"))
}

/// The fields of all requests.
pub(crate) fn all_request_leaves() -> Vec<(&'static ApiSpec, Leaf)> {
    let of = |spec: &&'static ApiSpec| {
        let spec = *spec;
        leaves(spec).into_iter().map(move |leaf| (spec, leaf))
    };
    methods::ALL.iter().flat_map(of).collect()
}

pub(crate) fn all_response_leaves() -> Vec<(&'static ApiSpec, Leaf)> {
    let of = |spec: &&'static ApiSpec| {
        let spec = *spec;
        response_leaves(spec.response, "")
            .into_iter()
            .map(move |leaf| (spec, leaf))
    };
    methods::ALL.iter().flat_map(of).collect()
}

pub(crate) fn is_member(leaf: &Leaf) -> bool {
    leaf.path.contains('.')
}

#[test]
fn a_renamed_field_of_a_request_is_renamed_everywhere() {
    for (spec, leaf) in all_request_leaves() {
        let (old, new) = (leaf.field.name, format!("{}_renamed", leaf.field.name));
        let told = Told::of(renamed(spec, old, &new));
        for page in &told.pages {
            assert!(page.contains(&format!("<code>{new}</code>")), "{new}");
            assert!(!page.contains(&format!("<code>{old}</code>")), "{old}");
        }
        assert!(told.describes(&new) && !told.describes(old), "{new}");
        for text in told.programs.iter().chain(&told.classes) {
            assert!(text.contains(&new), "{new}: {text}");
        }
        let path = leaf.path.replace(old, &new);
        checked(told.spec, "", None).unwrap();
        let without = checked(told.spec, &path, None);
        assert_eq!(without.is_err(), leaf.field.required, "{new}");
        assert!(without.err().is_none_or(|error| error.contains(&new)));
    }
}

#[test]
fn a_field_that_becomes_needed_or_may_stay_out_is_so_everywhere() {
    for (spec, leaf) in all_request_leaves() {
        let required = !leaf.field.required;
        let told = Told::of(changed(spec, leaf.field.name, &|field| FieldSpec {
            required,
            ..*field
        }));
        let (name, path) = (leaf.field.name, leaf.path.as_str());
        let [chinese, english] = told.rows("request", path);
        assert_eq!(chinese.contains("必须"), required, "{path}");
        assert_eq!(
            english.contains("<strong>needed</strong>"),
            required,
            "{path}"
        );
        let (_, inside) = told.schema(path);
        let needed = inside["required"].as_array().unwrap();
        assert_eq!(needed.contains(&Value::from(name)), required, "{path}");
        if !is_member(&leaf) {
            for program in &told.bare_programs {
                // Names of other fields may begin alike, so the quotes count.
                let is_there = program.contains(&format!("\"{name}\""))
                    || program.contains(&format!("'{name}'"));
                assert_eq!(is_there, required, "{path}: {program}");
            }
            let [java, dotnet, php, _] = &told.classes;
            assert_eq!(
                java.matches("checkNotEmpty").count(),
                needed_count(told.spec)
            );
            let validated = format!("ValidateRequired(\"{name}\"");
            assert_eq!(dotnet.contains(&validated), required, "{path}");
            assert_eq!(php.matches("checkNotNull").count(), needed_count(told.spec));
        }
        let without = checked(told.spec, path, None);
        assert_eq!(without.is_err(), required, "{path}: {without:?}");
    }
}

fn needed_count(spec: &ApiSpec) -> usize {
    spec.request.iter().filter(|field| field.required).count()
}

#[test]
fn a_field_of_another_kind_is_of_that_kind_everywhere() {
    for (spec, leaf) in all_request_leaves() {
        let is_number = leaf.field.kind == "Number";
        let (kind, sample) = match is_number {
            true => ("String", "many"),
            false => ("Number", "17"),
        };
        let told = Told::of(changed(spec, leaf.field.name, &|field| FieldSpec {
            kind,
            sample,
            limit: Limit::None,
            ..*field
        }));
        let path = leaf.path.as_str();
        for row in told.rows("request", path) {
            assert!(row.contains(&format!("<td>{kind}</td>")), "{path}: {row}");
        }
        let described = match is_number {
            true => "string",
            false => "integer",
        };
        assert_eq!(told.schema(path).0["type"], described, "{path}");
        let [java, dotnet, ..] = &told.classes;
        let before = Told::of(spec);
        assert_ne!(java, &before.classes[0], "{path}");
        assert_ne!(dotnet, &before.classes[1], "{path}");
        if is_member(&leaf) {
            let python = &told.programs[4];
            let written = match is_number {
                true => format!("\"{}\": \"many\"", leaf.field.name),
                false => format!("\"{}\": 17", leaf.field.name),
            };
            assert!(python.contains(&written), "{written}: {python}");
        }
        checked(told.spec, "", None).unwrap();
        let many = checked(told.spec, path, Some("many"));
        assert_eq!(many.is_ok(), is_number, "{path}: {many:?}");
    }
}

#[test]
fn another_meaning_is_told_everywhere() {
    let description = Bilingual {
        chinese: "别的含义",
        english: "quite another meaning",
    };
    let all = all_request_leaves().into_iter().map(|one| ("request", one));
    let responses = all_response_leaves();
    let all = all.chain(responses.into_iter().map(|one| ("response", one)));
    for (table, (spec, leaf)) in all {
        let told = Told::of(changed(spec, leaf.field.name, &|field| FieldSpec {
            description,
            ..*field
        }));
        let path = leaf.path.as_str();
        let [chinese, english] = told.rows(table, path);
        assert!(chinese.contains(description.chinese), "{path}");
        assert!(english.contains(description.english), "{path}");
        let machines = told.description.to_string();
        for text in [&machines].into_iter().chain(&told.classes) {
            assert!(text.contains(description.chinese), "{path}: {text}");
            assert!(text.contains(description.english), "{path}: {text}");
        }
    }
}

#[test]
fn another_sample_is_shown_described_and_called_with() {
    for (spec, leaf) in all_request_leaves() {
        let sample = "417";
        let told = Told::of(changed(spec, leaf.field.name, &|field| FieldSpec {
            sample,
            ..*field
        }));
        let path = leaf.path.as_str();
        for row in told.rows("request", path) {
            assert!(row.contains("<code>417</code>"), "{path}: {row}");
        }
        let examples = told.schema(path).0["examples"].to_string();
        assert!(examples.contains(sample), "{path}: {examples}");
        for program in &told.programs {
            assert!(program.contains(sample), "{path}: {program}");
        }
        if is_member(&leaf) || leaf.field.required {
            assert!(told.java.contains(sample), "{path}: {}", told.java);
        }
    }
}

#[test]
fn another_limit_is_told_and_kept_to() {
    for (spec, leaf) in all_request_leaves() {
        let (limit, good, bad) = match leaf.field.kind {
            "Number" => (Limit::Within(3, 5), "4", "6"),
            "Date" => continue,
            kind if kind.ends_with("[]") => (Limit::Items(2), "a,b", "a,b,c"),
            _ => (Limit::Bytes(3), "abc", "abcd"),
        };
        let told = Told::of(changed(spec, leaf.field.name, &|field| FieldSpec {
            limit,
            ..*field
        }));
        let path = leaf.path.as_str();
        let schema = told.schema(path).0.to_string();
        for (row, words) in told.rows("request", path).iter().zip(limit.words()) {
            assert!(row.contains(&words), "{path}: {row}");
            assert!(schema.contains(&words), "{path}: {schema}");
        }
        let shown = match limit {
            Limit::Bytes(_) => "\"maxLength\":3",
            Limit::Within(..) => "\"maximum\":5",
            _ => "",
        };
        assert!(schema.contains(shown), "{path}: {schema}");
        // The other fields keep to what is not changed.
        checked(told.spec, path, Some(good)).unwrap();
        let refused = checked(told.spec, path, Some(bad)).unwrap_err();
        assert!(refused.contains(leaf.field.name), "{path}: {refused}");
    }
}

#[test]
fn a_changed_field_of_an_answer_is_changed_everywhere() {
    for (spec, leaf) in all_response_leaves() {
        let (old, new) = (leaf.field.name, format!("{}_renamed", leaf.field.name));
        let told = Told::of(renamed(spec, old, &new));
        for page in &told.pages {
            assert!(page.contains(&format!("<code>{new}</code>")), "{new}");
        }
        assert!(told.describes(&new));
        for classes in &told.classes {
            assert!(classes.contains(&new), "{new}: {classes}");
        }
    }
}

#[test]
fn a_field_of_an_answer_of_another_kind_is_of_that_kind_everywhere() {
    for (spec, leaf) in all_response_leaves() {
        let kind = match leaf.field.kind {
            "Number" => "Boolean",
            _ => "Number",
        };
        let sample = match kind {
            "Number" => "90417",
            _ => "true",
        };
        let told = Told::of(changed(spec, leaf.field.name, &|field| FieldSpec {
            kind,
            sample,
            ..*field
        }));
        let path = leaf.path.as_str();
        for row in told.rows("response", path) {
            assert!(row.contains(&format!("<td>{kind}</td>")), "{path}: {row}");
            assert!(row.contains(&format!("<code>{sample}</code>")), "{path}");
        }
        let before = Told::of(spec);
        assert_ne!(told.description, before.description, "{path}");
        for (classes, before) in told.classes.iter().zip(&before.classes) {
            // PHP's members have no types but in words.
            assert_ne!(classes, before, "{path}");
        }
    }
}

/// The table of what every call carries is the one that is parsed and described for machines.
#[test]
fn public_parameters_are_those_that_are_parsed() {
    for spec in methods::ALL {
        let told = Told::of(spec);
        for public in &PublicParams::ALL {
            let name = public.field.name;
            let [chinese, english] = told.rows("public", name);
            assert!(chinese.contains(public.field.description.chinese), "{name}");
            let meaning = public.field.description.english.replace('\'', "&#39;");
            assert!(english.contains(&meaning), "{name}: {english}");
            assert_eq!(chinese.contains("必须"), public.missing.is_some(), "{name}");
            let (schema, form) = told.schema(name);
            let needed = form["required"].as_array().unwrap();
            let is_needed = needed.contains(&Value::from(name));
            assert_eq!(is_needed, public.missing.is_some(), "{name}");
            for word in public.words {
                assert!(english.contains(word), "{name}: {english}");
                assert!(schema.to_string().contains(word), "{name}: {schema}");
            }
        }
    }
}

/// Only what a method can answer stands on its page.
#[test]
fn a_page_lists_its_methods_errors() {
    for spec in methods::ALL {
        let told = Told::of(spec);
        let [_, page] = &told.pages;
        let (_, errors) = page.split_once("id=\"errors\"").unwrap();
        let (errors, _) = errors.split_once("id=\"notes\"").unwrap();
        let has = |text: &str| errors.contains(&format!("<code>{text}</code>"));
        for one in spec.refusals() {
            assert!(errors.contains(&format!("#code-{}\"", one.code)));
            assert!(one.sub_code.is_empty() || has(one.sub_code), "{one:?}");
        }
        for code in povline_protocol::catalogue::BUSINESS_CODES {
            let can = spec.failures().iter().any(|one| one.code == code.code);
            assert_eq!(has(code.code), can, "{} {}", spec.method, code.code);
        }
        let reads_only = "isv.pov-read-only";
        let writes = spec.refusals().iter().any(|one| one.sub_code == reads_only);
        assert_eq!(has(reads_only), writes, "{}", spec.method);
    }
}

/// The numbers on the page of limits are those of the code and of the gateway's settings.
#[test]
fn the_page_of_limits_tells_the_numbers_that_are_kept_to() {
    let portal = portal(methods::ALL);
    for language in ["zh", "en"] {
        let page = page(&portal, &format!("/docs/limits?lang={language}"));
        let tolerance = povline_protocol::timestamp::TOLERANCE_MILLIS / 60_000;
        for number in [
            i64::from(povline_domain::PageSize::MAX.get()),
            tolerance,
            i64::try_from(Params::COUNT_MAX).unwrap(),
            i64::try_from(SIZES.body_bytes_max).unwrap(),
            i64::try_from(SIZES.batch_calls_max).unwrap(),
        ] {
            assert!(
                page.contains(&format!(" {number}</li>")),
                "{number}: {page}"
            );
        }
        for header in povline_protocol::quota::HEADERS {
            assert!(page.contains(header), "{header}");
        }
    }
}
