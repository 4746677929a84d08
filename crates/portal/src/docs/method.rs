//! The page of one method.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use povline_protocol::api::{AnswerShape, ApiSpec};
use povline_protocol::catalogue::{self, Bilingual, BusinessCode, PlatformCode, SubCode};
use povline_protocol::{PlatformError, SESSION_REMEDY};
use povline_web::{Language as Tongue, Page};

use super::errors::{fault, retry};
use super::menu::{Group, menu};
use super::public::public_rows;
use super::table::{Row, rows};
use super::{faq, not_found};
use crate::example::Example;
use crate::samples::{Call, Language, leaves, sample};
use crate::sdk;
use crate::{Access, OwnApp, OwnApps, Portal, Site};

/// The key that stands in a sample until the reader gives theirs or signs in.
const APP_KEY: &str = "12345678";

/// No longer value is taken into a sample.
const VALUE_CHARS_MAX: usize = 256;

/// Fields that tell of a person, or may: no value of theirs may stand in an address, which browsers
/// keep.
const OF_PERSONS: [&str; 3] = ["name", "telephone", "isv_not_inoculate_reason"];

#[derive(Template)]
#[template(path = "docs/method.html")]
struct Method {
    site: Site,
    language: Tongue,
    menu: Vec<Group>,
    spec: ApiSpec,
    api_url: String,
    public: Vec<Row>,
    request: Vec<Row>,
    response: Vec<Row>,
    inputs: Vec<Input>,
    query: String,
    samples: Vec<Sample>,
    success: Example,
    failure: Example,
    refusal: Example,
    business: Vec<&'static BusinessCode>,
    access: Access,
    questions: Vec<&'static faq::Question>,
}

/// One field of the form that fills the samples.
struct Input {
    name: String,
    label: String,
    value: String,
    /// The values to choose from; any may be typed without.
    choices: Vec<OwnApp>,
}

/// The call as a program.
struct Sample {
    language: Language,
    program: String,
}

impl Method {
    /// The codes with which a call of it may be refused.
    fn codes(&self) -> Vec<&'static PlatformCode> {
        let refusals = self.spec.refusals();
        let mut codes: Vec<i64> = refusals.iter().map(|one| one.code).collect();
        codes.dedup();
        codes
            .into_iter()
            .filter_map(catalogue::platform_code)
            .collect()
    }

    /// The sub codes of these, each beside its code.
    fn sub_codes(&self) -> Vec<(i64, &'static str, &'static SubCode)> {
        let refusals = self.spec.refusals().into_iter();
        let known = refusals.filter_map(|one| {
            let entry = catalogue::sub_code(one.sub_code)?;
            Some((one.code, one.sub_code, entry))
        });
        known.collect()
    }

    /// What to do for a session, if a call needs one.
    fn session(&self) -> Option<Bilingual> {
        self.spec.needs_session.then_some(SESSION_REMEDY)
    }

    fn origin(&self) -> Bilingual {
        match self.spec.of_category {
            true => self.spec.category,
            false => Bilingual {
                chinese: "Povline自有API,仅在本平台可用",
                english: "Povline's own: on this platform only",
            },
        }
    }

    /// The call with the official Java SDK.
    fn sdk_usage(&self) -> String {
        sdk::java_usage(&self.spec)
    }

    fn success_field(&self) -> &'static str {
        match self.spec.shape {
            AnswerShape::Result => "result.success",
            AnswerShape::Flat => "is_success",
        }
    }
}

pub(crate) async fn page(
    portal: State<Portal>,
    site: Site,
    own: OwnApps,
    path: Result<Path<String>, PathRejection>,
    Query(asked): Query<BTreeMap<String, String>>,
) -> Response {
    let method = path.map(|Path(method)| method).unwrap_or_default();
    let Some(spec) = portal.find(&method) else {
        return not_found(portal, site).await.into_response();
    };
    let language = site.language;
    let call = call(&portal, spec, &asked, &own);
    let samples = Language::ALL.map(|language| Sample {
        language,
        program: sample(language, spec, &call),
    });
    Page(Method {
        menu: menu(&portal, language),
        api_url: portal.api_url().to_owned(),
        public: public_rows(spec, language),
        request: rows(spec.request, language),
        response: rows(spec.response, language),
        inputs: inputs(spec, &call, &own),
        query: query(&call),
        samples: samples.into(),
        success: Example::success(spec),
        failure: Example::failure(spec),
        refusal: Example::refusal(&refusal(spec)),
        business: spec.failures(),
        access: portal.access(),
        questions: faq::about(spec),
        language,
        site,
        spec: *spec,
    })
    .into_response()
}

/// What the samples of a page call with: the reader's key and values, as far as the page's address
/// tells them, and the key of their first app if it tells none.
pub(crate) fn call(
    portal: &Portal,
    spec: &ApiSpec,
    asked: &BTreeMap<String, String>,
    OwnApps(own): &OwnApps,
) -> Call {
    let given = |name: &str| {
        let value = asked.get(name)?.trim();
        let is_sound = !value.is_empty()
            && value.chars().count() <= VALUE_CHARS_MAX
            && !value.chars().any(char::is_control);
        is_sound.then(|| value.to_owned())
    };
    let values = leaves(spec).into_iter().filter_map(|leaf| {
        let is_personal = OF_PERSONS.contains(&leaf.field.name);
        let value = given(&leaf.path).or_else(|| given(leaf.field.name));
        Some((leaf.path, value.filter(|_| !is_personal)?))
    });
    let is_key =
        |key: &String| key.len() <= 32 && key.bytes().all(|byte| byte.is_ascii_alphanumeric());
    Call {
        url: portal.api_url().to_owned(),
        app_key: given("app_key")
            .filter(is_key)
            .or_else(|| own.first().map(|app| app.key.clone()))
            .unwrap_or_else(|| APP_KEY.to_owned()),
        values: values.collect(),
    }
}

fn inputs(spec: &ApiSpec, call: &Call, own: &OwnApps) -> Vec<Input> {
    let key = Input {
        name: "app_key".to_owned(),
        label: "app_key".to_owned(),
        value: call.app_key.clone(),
        choices: own.choices(&call.app_key),
    };
    let leaves = leaves(spec).into_iter();
    let fields = leaves.filter(|leaf| !OF_PERSONS.contains(&leaf.field.name));
    let fields = fields.map(|leaf| Input {
        label: leaf.field.name.to_owned(),
        value: match call.values.get(&leaf.path) {
            Some(value) => value.clone(),
            // What may stay out is not filled in before the reader does it.
            None if leaf.field.required || leaf.path.contains('.') => leaf.field.sample.to_owned(),
            None => String::new(),
        },
        name: leaf.path,
        choices: Vec::new(),
    });
    std::iter::once(key).chain(fields).collect()
}

/// The query that leads to the same samples.
fn query(call: &Call) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("app_key", &call.app_key);
    query.extend_pairs(&call.values);
    query.finish()
}

/// The refusal that the page shows: the first thing that can be forgotten.
fn refusal(spec: &ApiSpec) -> PlatformError {
    let leaves = leaves(spec);
    let needed = leaves.iter().find(|leaf| leaf.field.required);
    match needed {
        Some(leaf) if leaf.path.contains('.') => PlatformError::invalid_parameter(leaf.field.name),
        Some(leaf) => PlatformError::missing_argument(leaf.field.name),
        None => PlatformError::unknown_app_key(),
    }
}
