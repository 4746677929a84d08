//! The list of apps, and making one.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use povline_domain::{AppKey, IsvId};
use povline_gateway::PlatformBook;
use povline_portal::Site;
use povline_store::StoreError;
use povline_store::book::{
    Actor, AppStatus, CallScope, Grant, MadeApp, NewApp, Role, SecretText, Users,
};
use povline_web::{Language, Page};

use super::{AppUse, Usage};
use crate::keys;
use crate::reader::{Reader, Submitted};
use crate::refusal::{Kind, Refusal};
use crate::state::{Console, SANDBOX_LIMITS, actor};

/// Apps that an ISV's users may make for themselves; an operator may make more.
const APPS_OF_ISV_MAX: usize = 20;

/// The longest name of an app or an ISV, in characters.
const NAME_CHARS_MAX: usize = 64;

struct Row {
    key: String,
    name: String,
    isv: String,
    is_enabled: bool,
    grants: String,
    used: AppUse,
}

#[derive(Template)]
#[template(path = "apps.html")]
struct AppsPage {
    language: Language,
    site: Site,
    reader: Reader,
    rows: Vec<Row>,
    is_sandbox: bool,
    may_make: bool,
}

/// The page.
pub(crate) async fn list<B: PlatformBook + Users>(
    State(console): State<Console<B>>,
    reader: Reader,
) -> Result<Response, Refusal> {
    let failed = |error| Refusal::store(&reader.site, &error);
    let gateway = &console.gateway;
    let access = gateway.book().access().await.map_err(failed)?;
    let usage = Usage::read(gateway).await.map_err(failed)?;
    let language = reader.language();
    let seen = access.apps.iter().filter(|app| reader.may_see(app));
    let rows: Vec<Row> = seen
        .map(|app| {
            let grants: Vec<String> = app.grants.iter().map(ToString::to_string).collect();
            Row {
                key: app.key.to_string(),
                name: app.name.clone(),
                isv: app.isv_name.clone(),
                is_enabled: app.status == AppStatus::Enabled,
                grants: grants.join(" "),
                used: usage.of_app(language, &app.key),
            }
        })
        .collect();
    let page = AppsPage {
        language,
        site: reader.site.clone(),
        may_make: reader.is_operator() || rows.len() < APPS_OF_ISV_MAX,
        reader,
        rows,
        is_sandbox: gateway.is_sandbox(),
    };
    Ok(Page(page).into_response())
}

/// Shows a secret, this once.
#[derive(Template)]
#[template(path = "secret.html")]
pub(super) struct SecretPage {
    pub(super) language: Language,
    pub(super) site: Site,
    pub(super) key: String,
    pub(super) secret: String,
    /// Whether an older secret works beside it.
    pub(super) is_beside: bool,
    pub(super) is_new_app: bool,
}

/// Makes an app and shows its secret.
pub(crate) async fn create<B: PlatformBook + Users>(
    State(console): State<Console<B>>,
    Submitted { reader, fields }: Submitted,
) -> Result<Response, Refusal> {
    let failed = |error| Refusal::store(&reader.site, &error);
    let (gateway, book) = (&console.gateway, console.gateway.book());
    let actor = actor(&reader.user.name, gateway.now());
    let named = |field: &str| {
        let name = fields.get(field).unwrap_or_default();
        let is_name = (1..=NAME_CHARS_MAX).contains(&name.chars().count())
            && !name.chars().any(char::is_control);
        is_name.then(|| name.to_owned()).ok_or_else(|| {
            reader.refuse(Kind::Invalid {
                chinese: format!("名称须为1到{NAME_CHARS_MAX}个字符"),
                english: format!("{field} must have 1 to {NAME_CHARS_MAX} characters"),
            })
        })
    };
    let name = named("name")?;
    let isv = match &reader.user.role {
        Role::Operator => book
            .ensure_isv(&actor, &named("isv")?)
            .await
            .map_err(failed)?,
        Role::Isv { isv, .. } => *isv,
    };
    let apps_max = match reader.is_operator() {
        true => usize::MAX,
        false => APPS_OF_ISV_MAX,
    };
    let app = (isv, name.as_str());
    let made = make(&console, &actor, app, apps_max).await;
    let (key, secret) = match made.map_err(failed)? {
        Made::App(key, secret) => (key, secret),
        Made::TooMany => {
            return Err(reader.refuse(Kind::Invalid {
                chinese: format!("最多{APPS_OF_ISV_MAX}个应用;如需更多请联系平台"),
                english: format!(
                    "{APPS_OF_ISV_MAX} apps are the most: ask the platform's operator for more"
                ),
            }));
        }
        Made::Nothing => return Err(reader.refuse(Kind::Unavailable)),
    };
    if gateway.is_sandbox() && !reader.is_operator() {
        let scope = CallScope::App(key.clone());
        let limited = book.set_call_limits(&actor, &scope, SANDBOX_LIMITS).await;
        limited.map_err(failed)?;
    }
    if gateway.is_sandbox() {
        // Nothing there is real, and whoever begins should not have to ask for anything.
        let all = Grant::Prefix(String::new());
        book.grant_writing(&actor, &key, &all)
            .await
            .map_err(failed)?;
    }
    console.learn_access().await;
    let page = SecretPage {
        language: reader.language(),
        site: reader.site.clone().shown_once(),
        key: key.to_string(),
        secret: secret.0,
        is_beside: false,
        is_new_app: true,
    };
    Ok(Page(page).into_response())
}

/// What became of an app that was asked for.
enum Made {
    App(AppKey, SecretText),
    TooMany,
    /// There is no chance to draw a key from.
    Nothing,
}

/// Makes an ISV's app of this name with a key and a secret that nobody has yet.
async fn make<B: PlatformBook + Users>(
    console: &Console<B>,
    actor: &Actor,
    (isv, name): (IsvId, &str),
    apps_max: usize,
) -> Result<Made, StoreError> {
    let book = console.gateway.book();
    let kind = book.kind().await?;
    for _ in 0..keys::TRIED_MAX {
        let Some((key, secret)) = keys::draw(kind, &*console.settings.randomness) else {
            break;
        };
        let app = NewApp {
            key: key.clone(),
            isv,
            name: name.to_owned(),
            secret: secret.clone(),
        };
        match book.make_app(actor, app, apps_max).await? {
            MadeApp::Made => return Ok(Made::App(key, secret)),
            MadeApp::TooMany => return Ok(Made::TooMany),
            MadeApp::KeyTaken => {}
        }
    }
    Ok(Made::Nothing)
}
