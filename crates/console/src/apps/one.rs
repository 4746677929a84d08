//! One app: keys, grants, limits and use, what became of its calls.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use povline_gateway::PlatformBook;
use povline_portal::Site;
use povline_protocol::api::ApiSpec;
use povline_protocol::catalogue::platform_code;
use povline_protocol::{CallLimit, PlatformError};
use povline_store::book::{AppStatus, Users};
use povline_web::{Language, Page};

use super::{AppUse, Usage};
use crate::chart::Bars;
use crate::names;
use crate::over_time::{self, OverTime};
use crate::reader::Reader;
use crate::refusal::Refusal;
use crate::state::Console;
use crate::view;

/// A grant, as it is shown.
struct GrantRow {
    grant: String,
    may_write: bool,
}

/// What an app whose calls are used up is told.
struct CodeSeven {
    message: String,
    sub_code: String,
    sub_message: String,
    meaning: &'static str,
    remedy: &'static str,
    is_now: bool,
}

#[derive(Template)]
#[template(path = "app.html")]
struct AppPage {
    language: Language,
    site: Site,
    reader: Reader,
    key: String,
    name: String,
    isv: String,
    made: String,
    is_enabled: bool,
    secrets: usize,
    grants: Vec<GrantRow>,
    allowed: Vec<String>,
    uses: Vec<AppUse>,
    seven: CodeSeven,
    bars: Option<Bars>,
    counted_since: Option<String>,
    methods: &'static [&'static ApiSpec],
    may_call: bool,
}

impl AppPage {
    /// Where the calls are that the picture counts.
    fn calls_path(&self) -> String {
        format!("/apps/{}/calls", self.key)
    }
}

/// The page.
pub(crate) async fn page<B: PlatformBook + Users>(
    State(console): State<Console<B>>,
    reader: Reader,
    Path(key): Path<String>,
) -> Result<Response, Refusal> {
    let failed = |error| Refusal::store(&reader.site, &error);
    let gateway = &console.gateway;
    let language = reader.language();
    let access = gateway.book().access().await.map_err(failed)?;
    let app = reader.app(&access, &key)?;
    let usage = Usage::read(gateway).await.map_err(failed)?;
    let tallied = over_time::tallied(gateway, Some(app.key.clone())).await;
    let over = tallied.map_err(failed)?;
    let over = over.map(|tallied| OverTime::of(&tallied, gateway.now()));
    let uses = usage.by_method(language, &app.key);
    let allowed = usage.rules.allowed.iter();
    let page = AppPage {
        language,
        site: reader.site.clone(),
        key: app.key.to_string(),
        name: app.name.clone(),
        isv: app.isv_name.clone(),
        made: view::time(app.created_at),
        is_enabled: app.status == AppStatus::Enabled,
        secrets: app.secrets.len(),
        grants: app
            .grants
            .iter()
            .map(|grant| GrantRow {
                grant: grant.to_string(),
                may_write: app.write_grants.contains(grant),
            })
            .collect(),
        allowed: allowed
            .filter(|(of, _)| *of == app.key)
            .map(|(_, range)| range.to_string())
            .collect(),
        seven: seven(language, &usage, &uses),
        uses,
        bars: over.as_ref().map(|over| Bars::of(language, over)),
        counted_since: over.and_then(|over| over.since).map(view::time),
        methods: names::all_methods(),
        may_call: reader.may_call_as(app, gateway.is_sandbox()),
        reader,
    };
    Ok(Page(page).into_response())
}

fn seven(language: Language, usage: &Usage, uses: &[AppUse]) -> CodeSeven {
    let used_up = uses.iter().find(|scope| scope.is_used_up);
    let limit = match used_up {
        Some(AppUse {
            method: Some(_), ..
        }) => CallLimit::AppApi,
        _ => CallLimit::App,
    };
    let error = PlatformError::app_call_limited(limit, usage.seconds_of_day_left());
    let entry = platform_code(error.code);
    CodeSeven {
        message: error.msg.to_string(),
        sub_code: error.sub_code.unwrap_or_default().to_string(),
        sub_message: error.sub_msg.unwrap_or_default().to_string(),
        meaning: entry.map_or("", |entry| names::pick(language, entry.meaning)),
        remedy: entry.map_or("", |entry| names::pick(language, entry.remedy)),
        is_now: used_up.is_some(),
    }
}
