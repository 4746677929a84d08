//! The request log, and one call of it with what it means.

use askama::Template;
use axum::extract::{Path, RawQuery, State};
use axum::response::{IntoResponse, Response};
use povline_domain::{AppKey, Day, OutPovId};
use povline_gateway::{PlatformBook, WrongSignature};
use povline_portal::Site;
use povline_protocol::api::ApiSpec;
use povline_protocol::methods;
use povline_store::book::Users;
use povline_store::journal::{CallFilter, CallLine, CallOutcome, LogCursor};
use povline_web::{Language, Page};

use crate::names::{self, Meaning};
use crate::over_time;
use crate::reader::{Fields, Reader};
use crate::refusal::{Kind, Refusal};
use crate::state::Console;
use crate::view;

/// Lines of one page, roughly: the log comes in parts.
const LINES: usize = 50;

/// Parts of the log that one search reads at most, before it asks whether to go on.
const ROUNDS_MAX: usize = 8;

/// What is searched for, as it was typed.
#[derive(Debug, Clone, Default)]
struct Search {
    request_id: String,
    method: String,
    code: String,
    pov: String,
    day: String,
}

impl Search {
    fn read(fields: &Fields) -> Self {
        let field = |name| fields.get(name).unwrap_or_default().to_owned();
        Self {
            request_id: field("request_id"),
            method: field("method"),
            code: field("code"),
            pov: field("out_pov_id"),
            day: field("day"),
        }
    }

    /// The filter, or the field that cannot be.
    fn filter(&self, app: Option<AppKey>) -> Result<CallFilter, &'static str> {
        let set = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let (code, sub_code) = match set(&self.code) {
            None => (None, None),
            Some(code) => names::asked_code(&code),
        };
        let pov = match set(&self.pov) {
            None => None,
            Some(pov) => Some(OutPovId::new(pov).map_err(|_| "out_pov_id")?),
        };
        let day = match set(&self.day) {
            None => None,
            Some(day) => Some(day.parse::<Day>().map_err(|_| "day")?),
        };
        Ok(CallFilter {
            app,
            method: set(&self.method),
            code,
            sub_code,
            request_id: set(&self.request_id),
            pov,
            day,
            ..CallFilter::default()
        })
    }

    /// The query of the page of older calls.
    fn older(&self, before: LogCursor) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        let fields = [
            ("request_id", &self.request_id),
            ("method", &self.method),
            ("code", &self.code),
            ("out_pov_id", &self.pov),
            ("day", &self.day),
        ];
        for (name, value) in fields {
            if !value.is_empty() {
                query.append_pair(name, value);
            }
        }
        query.append_pair("before", &before.0.to_string());
        query.finish()
    }
}

/// A line as it is shown.
#[derive(Debug)]
struct Shown {
    at: String,
    request_id: String,
    /// The place in the log from which its page looks for it.
    place: i64,
    app: String,
    method: String,
    outcome: String,
    is_good: bool,
    millis: String,
    asked: String,
    address: String,
}

impl Shown {
    fn of(line: &CallLine, place: LogCursor) -> Self {
        let asked = [
            line.pov.as_ref().map(ToString::to_string),
            line.day.map(|day| day.to_string()),
        ];
        Self {
            at: view::time(line.at),
            request_id: line.request_id.to_string(),
            place: place.0,
            app: line
                .app
                .as_ref()
                .map_or_else(String::new, ToString::to_string),
            method: line.method.as_deref().unwrap_or("-").to_owned(),
            outcome: names::outcome(line),
            is_good: line.outcome == CallOutcome::Answered,
            millis: view::millis(line.micros),
            asked: asked.into_iter().flatten().collect::<Vec<_>>().join(" "),
            address: line.address.to_string(),
        }
    }
}

#[derive(Template)]
#[template(path = "calls.html")]
struct CallsPage {
    language: Language,
    site: Site,
    reader: Reader,
    /// The app whose calls they are; all apps' without.
    app: Option<(String, String)>,
    /// The path of this page.
    path: String,
    search: Search,
    methods: &'static [&'static ApiSpec],
    lines: Vec<Shown>,
    older: Option<String>,
    /// The instant to which was searched, if older calls may match as well.
    searched_to: Option<String>,
    has_log: bool,
    trouble: Option<String>,
}

/// The calls of an app.
pub(crate) async fn of_app<B: PlatformBook + Users>(
    State(console): State<Console<B>>,
    reader: Reader,
    Path(key): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Refusal> {
    let app = found_app(&console, &reader, &key).await?;
    let path = format!("/apps/{}/calls", app.0);
    list(&console, reader, Some(app), path, query).await
}

/// The calls of all apps and of none.
pub(crate) async fn of_all<B: PlatformBook + Users>(
    State(console): State<Console<B>>,
    reader: Reader,
    RawQuery(query): RawQuery,
) -> Result<Response, Refusal> {
    reader.must_be_operator()?;
    let path = "/operator/calls".to_owned();
    list(&console, reader, None, path, query).await
}

/// An app's key and name.
async fn found_app<B: PlatformBook + Users>(
    console: &Console<B>,
    reader: &Reader,
    key: &str,
) -> Result<(String, String), Refusal> {
    let access = console.gateway.book().access().await;
    let access = access.map_err(|error| Refusal::store(&reader.site, &error))?;
    let app = reader.app(&access, key)?;
    Ok((app.key.to_string(), app.name.clone()))
}

async fn list<B: PlatformBook + Users>(
    console: &Console<B>,
    reader: Reader,
    app: Option<(String, String)>,
    path: String,
    query: Option<String>,
) -> Result<Response, Refusal> {
    let fields = Fields::read(query.unwrap_or_default().as_bytes());
    let search = Search::read(&fields);
    let before = before(&fields);
    let language = reader.language();
    let key = app
        .as_ref()
        .and_then(|(key, _)| AppKey::new(key.as_str()).ok());
    let mut page = CallsPage {
        language,
        site: reader.site.clone(),
        reader,
        app,
        path,
        search,
        methods: names::all_methods(),
        lines: Vec::new(),
        older: None,
        searched_to: None,
        has_log: true,
        trouble: None,
    };
    let filter = match page.search.filter(key) {
        Ok(filter) => filter,
        Err(field) => {
            page.trouble = Some(language.pick(
                format!("{field}的值无效"),
                format!("{field} has a value that cannot be"),
            ));
            return Ok(Page(page).into_response());
        }
    };
    let found = console
        .gateway
        .calls_back(&filter, before, LINES, ROUNDS_MAX)
        .await
        .map_err(|error| Refusal::store(&page.site, &error))?;
    match found {
        None => page.has_log = false,
        Some(found) => {
            let lines = found.lines.iter().zip(&found.places);
            page.lines = lines.map(|(line, place)| Shown::of(line, *place)).collect();
            let is_more = over_time::has_older(&console.gateway, &filter, found.cursor)
                .await
                .map_err(|error| Refusal::store(&page.site, &error))?;
            page.older = is_more.then(|| page.search.older(found.cursor));
            page.searched_to = found.reached.filter(|_| is_more).map(view::time);
        }
    }
    Ok(Page(page).into_response())
}

#[derive(Template)]
#[template(path = "call.html")]
struct CallPage {
    language: Language,
    site: Site,
    /// Where the list of calls is.
    list: String,
    line: Shown,
    title: &'static str,
    bytes: String,
    meaning: Option<Meaning>,
    wrong: Option<WrongSignature>,
    cause: Option<String>,
    rebuild: Option<String>,
}

/// One call of an app.
pub(crate) async fn one<B: PlatformBook + Users>(
    State(console): State<Console<B>>,
    reader: Reader,
    Path((key, request_id)): Path<(String, String)>,
    RawQuery(query): RawQuery,
) -> Result<Response, Refusal> {
    let app = found_app(&console, &reader, &key).await?;
    let list = format!("/apps/{}/calls", app.0);
    let wanted = Wanted::of(Some(app.0), request_id, query.as_deref());
    call(&console, reader, wanted, list).await
}

/// One call, whosever it is.
pub(crate) async fn one_of_all<B: PlatformBook + Users>(
    State(console): State<Console<B>>,
    reader: Reader,
    Path(request_id): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Refusal> {
    reader.must_be_operator()?;
    let list = "/operator/calls".to_owned();
    let wanted = Wanted::of(None, request_id, query.as_deref());
    call(&console, reader, wanted, list).await
}

async fn call<B: PlatformBook + Users>(
    console: &Console<B>,
    reader: Reader,
    wanted: Wanted,
    list: String,
) -> Result<Response, Refusal> {
    let (line, place) = find(console, &reader, wanted).await?;
    let wrong = console.gateway.wrong_signature(&line.request_id);
    let cause = wrong.as_ref().and_then(|wrong| wrong.cause.as_ref());
    let language = reader.language();
    let page = CallPage {
        language,
        site: reader.site.clone(),
        list,
        title: names::title(language, line.method.as_deref().unwrap_or_default()),
        bytes: view::number(line.bytes),
        meaning: names::meaning(language, &line.outcome),
        cause: cause.map(|cause| sentence(&language.pick(cause.chinese(), cause.english()))),
        wrong,
        rebuild: rebuild(&line, place),
        line: Shown::of(&line, place),
    };
    Ok(Page(page).into_response())
}

/// A text as the beginning of a sentence.
fn sentence(text: &str) -> String {
    let mut rest = text.chars();
    let first = rest.next().map(char::to_uppercase);
    first.into_iter().flatten().chain(rest).collect()
}

/// A call that is looked for by its id.
pub(crate) struct Wanted {
    app: Option<AppKey>,
    request_id: String,
    /// Where a search before this one has come to.
    before: LogCursor,
}

impl Wanted {
    /// A call of this app, or of any. The query tells where to go on.
    pub(crate) fn of(app: Option<String>, request_id: String, query: Option<&str>) -> Self {
        let fields = Fields::read(query.unwrap_or_default().as_bytes());
        Self {
            app: app.and_then(|app| AppKey::new(app).ok()),
            request_id,
            before: before(&fields),
        }
    }
}

/// Where to go on with a search, if it is not a new one.
fn before(fields: &Fields) -> LogCursor {
    let before = fields.get("before").and_then(|before| before.parse().ok());
    before.map_or(LogCursor::END, LogCursor)
}

/// The line of the log with this id, and its place. So much of the log is searched at a time and no
/// more; whoever looks for an older call is told how far it was, and goes on.
pub(crate) async fn find<B: PlatformBook + Users>(
    console: &Console<B>,
    reader: &Reader,
    wanted: Wanted,
) -> Result<(CallLine, LogCursor), Refusal> {
    let failed = |error| Refusal::store(&reader.site, &error);
    let filter = CallFilter {
        app: wanted.app,
        request_id: Some(wanted.request_id),
        ..CallFilter::default()
    };
    let gateway = &console.gateway;
    let found = gateway.calls_back(&filter, wanted.before, 1, ROUNDS_MAX);
    let Some(found) = found.await.map_err(failed)? else {
        return Err(reader.refuse(Kind::NotFound));
    };
    if let Some(line) = found.lines.into_iter().zip(found.places).next() {
        return Ok(line);
    }
    let is_more = over_time::has_older(gateway, &filter, found.cursor).await;
    match found
        .reached
        .filter(|_| is_more.is_ok_and(|is_more| is_more))
    {
        None => Err(reader.refuse(Kind::NotFound)),
        Some(reached) => Err(reader.refuse(Kind::NotYetFound {
            searched_to: view::time(reached).into(),
            go_on: reader
                .site
                .with("before", &found.cursor.0.to_string())
                .into(),
        })),
    }
}

/// The address of the API tool with a form for a call like this one.
fn rebuild(line: &CallLine, place: LogCursor) -> Option<String> {
    let (app, method) = (line.app.as_ref()?, line.method.as_deref()?);
    methods::find(method)?;
    let mut query = form_urlencoded::Serializer::new(String::new());
    query
        .append_pair("app", app.as_str())
        .append_pair("method", method)
        .append_pair("like", &line.request_id)
        .append_pair("before", &place.0.to_string());
    Some(format!("/tool?{}", query.finish()))
}
