//! The API tool: choose app and method, fill in the form, see what is signed, sent and answered.

mod form;
mod pretty;
mod request;

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse, Response};
use povline_gateway::{Gateway, PlatformBook};
use povline_portal::Site;
use povline_portal::samples::{self, MadeCall};
use povline_protocol::api::ApiSpec;
use povline_protocol::decode::{self, FlatAnswer, read_answer, read_error};
use povline_protocol::{AnswerForm, SESSION_REMEDY, Secret, SignMethod};
use povline_store::book::{Access, AppRecord, Users};
use povline_web::{Language, Page};

use self::form::Group;
use self::request::{Prepared, Signing, Slip, Wanted, prepare};
use crate::calls;
use crate::names::{self, Meaning};
use crate::reached::Reached;
use crate::reader::{Fields, Reader, Submitted};
use crate::refusal::{Kind, Refusal};
use crate::state::Console;
use crate::view;

/// An app to choose.
struct Choice {
    value: String,
    label: String,
    is_chosen: bool,
}

/// What came of the call.
struct Outcome {
    canonical: String,
    signature: String,
    sign_method: &'static str,
    shown: String,
    answer: Option<Answer>,
    samples: Vec<Sample>,
    /// Whether a session went out with it.
    has_session: bool,
    /// Whether the programs sign better than the call did.
    is_signed_wrong: bool,
}

/// The call as a program.
struct Sample {
    /// The text's id in the page.
    id: String,
    language: &'static str,
    text: String,
}

struct Answer {
    content_type: &'static str,
    pretty: String,
    bytes: String,
    millis: i64,
    request_id: Option<String>,
    /// What was refused, if it was.
    error: Option<Refused>,
}

struct Refused {
    /// Its code and message.
    message: String,
    sub_code: Option<String>,
    sub_message: Option<String>,
    meaning: Option<Meaning>,
}

#[derive(Template)]
#[template(path = "tool.html")]
struct ToolPage {
    language: Language,
    site: Site,
    reader: Reader,
    apps: Vec<Choice>,
    methods: Vec<Choice>,
    app: String,
    spec: Option<ApiSpec>,
    title: &'static str,
    summary: &'static str,
    groups: Vec<Group>,
    sign_methods: Vec<Choice>,
    forms: Vec<Choice>,
    slips: Vec<Choice>,
    timestamp: String,
    like: Option<String>,
    outcome: Option<Outcome>,
}

/// A text with a button that copies it.
#[derive(Template)]
#[template(path = "copied.html")]
struct Copied {
    language: Language,
    id: String,
    text: String,
    wraps: bool,
}

/// Forms of an answer, as they are chosen.
const FORMS: [(&str, AnswerForm, &str); 3] = [
    ("json", AnswerForm::Json, "JSON"),
    (
        "simplified",
        AnswerForm::SimplifiedJson,
        "JSON simplify=true",
    ),
    ("xml", AnswerForm::Xml, "XML"),
];

impl ToolPage {
    fn copied(&self, id: &str, text: &str, wraps: bool) -> Copied {
        Copied {
            language: self.language,
            id: id.to_owned(),
            text: text.to_owned(),
            wraps,
        }
    }

    fn new(
        reader: Reader,
        access: &Access,
        gateway: &Gateway<impl PlatformBook>,
        fields: &Fields,
        like: Option<String>,
    ) -> Self {
        let language = reader.language();
        let callable = access.apps.iter();
        let callable = callable.filter(|app| reader.may_call_as(app, gateway.is_sandbox()));
        let callable: Vec<&AppRecord> = callable.collect();
        let app = fields
            .get("app")
            .filter(|key| callable.iter().any(|app| app.key.as_str() == *key))
            .or_else(|| callable.first().map(|app| app.key.as_str()))
            .unwrap_or_default()
            .to_owned();
        let spec = fields
            .get("method")
            .and_then(|method| gateway.method(method))
            .or_else(|| gateway.methods().first());
        let chosen =
            |field: &str, value: &str, default: &str| fields.get(field).unwrap_or(default) == value;
        Self {
            apps: callable
                .iter()
                .map(|one| Choice {
                    value: one.key.to_string(),
                    label: format!("{} {}", one.key, one.name),
                    is_chosen: one.key.as_str() == app,
                })
                .collect(),
            methods: gateway
                .methods()
                .iter()
                .map(|one| Choice {
                    value: one.method.to_owned(),
                    label: format!("{} {}", one.method, names::pick(language, one.title)),
                    is_chosen: spec.is_some_and(|spec| spec.method == one.method),
                })
                .collect(),
            app,
            title: spec.map_or("", |spec| names::pick(language, spec.title)),
            summary: spec.map_or("", |spec| names::pick(language, spec.summary)),
            groups: spec.map_or_else(Vec::new, |spec| form::groups(language, spec, fields)),
            spec: spec.copied(),
            sign_methods: SignMethod::ALL
                .iter()
                .rev()
                .map(|method| Choice {
                    value: method.word().to_owned(),
                    label: method.word().to_owned(),
                    is_chosen: chosen("sign_method", method.word(), "hmac-sha256"),
                })
                .collect(),
            forms: FORMS
                .iter()
                .map(|(value, _, label)| Choice {
                    value: (*value).to_owned(),
                    label: (*label).to_owned(),
                    is_chosen: chosen("form", value, "json"),
                })
                .collect(),
            slips: Slip::ALL
                .iter()
                .map(|slip| {
                    let (chinese, english) = slip.label();
                    Choice {
                        value: slip.word().to_owned(),
                        label: language.pick(chinese, english).to_owned(),
                        is_chosen: chosen("slip", slip.word(), ""),
                    }
                })
                .collect(),
            timestamp: fields.get("timestamp").unwrap_or_default().to_owned(),
            like,
            outcome: None,
            language,
            site: reader.site.clone(),
            reader,
        }
    }
}

async fn access<B: PlatformBook + Users>(
    console: &Console<B>,
    reader: &Reader,
) -> Result<Access, Refusal> {
    let access = console.gateway.book().access().await;
    access.map_err(|error| Refusal::store(&reader.site, &error))
}

/// The form, empty or for a call like one in the log.
pub(crate) async fn page<B: PlatformBook + Users>(
    State(console): State<Console<B>>,
    reader: Reader,
    RawQuery(query): RawQuery,
) -> Result<Response, Refusal> {
    let gateway = &console.gateway;
    let access = access(&console, &reader).await?;
    let mut fields = Fields::read(query.as_deref().unwrap_or_default().as_bytes());
    let mut like = None;
    if let (Some(request_id), Some(key), Some(spec)) = (
        fields.get("like"),
        fields.get("app"),
        fields
            .get("method")
            .and_then(|method| gateway.method(method)),
    ) {
        let app = reader.app(&access, key)?.key.to_string();
        let wanted = calls::Wanted::of(Some(app), request_id.to_owned(), query.as_deref());
        let (line, _) = calls::find(&console, &reader, wanted).await?;
        like = Some(line.request_id.to_string());
        fields = fields.with(form::like(spec, &line));
    }
    let page = ToolPage::new(reader, &access, gateway, &fields, like);
    Ok(Page(page).into_response())
}

/// Signs and sends a call, or only shows it.
pub(crate) async fn call<B: PlatformBook + Users>(
    State(console): State<Console<B>>,
    reached: Reached,
    Submitted { reader, fields }: Submitted,
) -> Result<Response, Refusal> {
    let gateway = &console.gateway;
    let access = access(&console, &reader).await?;
    let app = reader.app(&access, fields.get("app").unwrap_or_default())?;
    if !reader.may_call_as(app, gateway.is_sandbox()) {
        return Err(reader.refuse(Kind::Forbidden));
    }
    let spec = fields
        .get("method")
        .and_then(|method| gateway.method(method));
    let (Some(spec), Some(secret)) = (spec, app.secrets.first()) else {
        return Err(reader.refuse(Kind::BadForm));
    };
    let arguments = form::arguments(spec, &fields);
    let secret = Secret::new(secret.0.as_str());
    let sign_method = fields.get("sign_method").and_then(SignMethod::from_word);
    let sign_method = sign_method.unwrap_or(SignMethod::HmacSha256);
    let signing = match (
        fields.get("signature"),
        fields.get("slip").and_then(Slip::of_word),
    ) {
        (Some(signature), _) => Signing::Own(signature),
        (None, Some(slip)) => Signing::Wrong(slip),
        (None, None) => Signing::Right,
    };
    let wanted = Wanted {
        app_key: &app.key,
        secret: &secret,
        sign_method,
        form: answer_form(&fields),
        method: spec.method,
        arguments: &arguments,
        session: fields.get("session"),
        timestamp: fields.get("timestamp"),
        signing,
    };
    let url = console.settings.url.as_str();
    let prepared = prepare(&wanted, url, gateway.now()).map_err(|error| {
        reader.refuse(Kind::Invalid {
            chinese: "请求无法发送:参数重复、过多或过长".to_owned(),
            english: format!("The request cannot be sent: {error}"),
        })
    })?;
    let answer = match fields.get("do") {
        Some("show") => None,
        _ => {
            let Prepared { request, .. } = &prepared;
            let begun = gateway.now();
            let (query, body) = (&request.query, &request.body);
            let answer = gateway.call(reached.address, query, body).await;
            let took = gateway.now().millis_since(begun);
            let language = reader.language();
            Some(Answer::of(
                language,
                answer.content_type,
                &answer.body,
                took,
            ))
        }
    };
    let made = MadeCall {
        url,
        params: &prepared.params,
        sign_method,
        keeps_time: wanted.timestamp.is_some(),
    };
    let samples = samples(spec, &made);
    let is_signed_wrong = signing != Signing::Right;
    let mut page = ToolPage::new(reader.clone(), &access, gateway, &fields, None);
    page.site = page.site.shown_once();
    page.outcome = Some(Outcome {
        canonical: prepared.canonical,
        signature: prepared.signature,
        sign_method: sign_method.word(),
        shown: prepared.shown,
        answer,
        samples,
        has_session: wanted.session.is_some(),
        is_signed_wrong,
    });
    Ok(Page(page).into_response())
}

fn answer_form(fields: &Fields) -> AnswerForm {
    let chosen = fields.get("form").unwrap_or_default();
    let found = FORMS.iter().find(|(value, ..)| *value == chosen);
    found.map_or(AnswerForm::Json, |(_, form, _)| *form)
}

/// The call as a program in each language: the same call, whatever the form chose.
fn samples(spec: &ApiSpec, call: &MadeCall<'_>) -> Vec<Sample> {
    samples::Language::ALL
        .into_iter()
        .map(|language| Sample {
            id: format!("sample-{}", language.slug()),
            language: language.name(),
            text: samples::sample_of(language, spec, call),
        })
        .collect()
}

impl Answer {
    fn of(language: Language, content_type: &'static str, body: &[u8], millis: i64) -> Self {
        let text = String::from_utf8_lossy(body);
        let is_xml = text.trim_start().starts_with('<');
        Self {
            content_type,
            pretty: match is_xml {
                true => pretty::xml(&text),
                false => pretty::json(&text),
            },
            bytes: view::number(body.len() as u64),
            millis,
            request_id: request_id(body, &text),
            error: refused(language, body),
        }
    }
}

/// What an answer refuses, by an `error_response` or as a failure of its service.
fn refused(language: Language, body: &[u8]) -> Option<Refused> {
    if let Some(error) = read_error(body).ok().flatten() {
        return Some(Refused {
            message: format!("{} {}", error.code, error.msg),
            meaning: names::of_error(language, error.code, error.sub_code.as_deref()),
            sub_code: error.sub_code.as_deref().map(str::to_owned),
            sub_message: error.sub_msg.as_deref().map(str::to_owned),
        });
    }
    let of_page = read_answer(body).ok().and_then(|reply| match reply.answer {
        decode::Answer::BusinessFailure(failure) => Some(failure),
        _ => None,
    });
    let of_flat = || {
        let reply = decode::read_flat(body).ok()?;
        match reply.answer {
            FlatAnswer::BusinessFailure(failure) => Some(failure),
            _ => None,
        }
    };
    let failure = of_page.or_else(of_flat)?;
    Some(Refused {
        message: format!("{} {}", failure.msg_code, failure.msg_info),
        meaning: names::of_failure(language, &failure.msg_code),
        sub_code: None,
        sub_message: None,
    })
}

/// The id by which the call stands in the request log.
fn request_id(body: &[u8], text: &str) -> Option<String> {
    if let Some(id) = read_answer(body).ok().and_then(|reply| reply.request_id) {
        return Some(id);
    }
    // Answers of other methods than the polled one end with their id as well.
    let marks = [("\"request_id\":\"", '"'), ("<request_id>", '<')];
    marks.into_iter().find_map(|(mark, end)| {
        let (_, after) = text.rsplit_once(mark)?;
        let (id, _) = after.split_once(end)?;
        let is_id = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_alphanumeric());
        is_id.then(|| id.to_owned())
    })
}
