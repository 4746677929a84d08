//! The list of apps, and making one.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use povline_domain::{AppKey, IsvId};
use povline_gateway::{Gateway, PlatformBook};
use povline_portal::Site;
use povline_store::StoreErrorKind;
use povline_store::book::{
    self, Actor, AppStatus, BookKind, Grant, NewApp, Role, SecretText, Users,
};
use povline_web::{Language, Page};

use super::{AppUse, Usage};
use crate::reader::{Reader, Submitted};
use crate::refusal::{Kind, Refusal};
use crate::state::{Console, Randomness, actor};

/// Apps that an ISV's users may make for themselves; an operator may make more.
const APPS_OF_ISV_MAX: usize = 20;

/// How often another key is drawn if one is taken.
const KEYS_TRIED_MAX: usize = 16;

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
    let failed = |error| Refusal::store(reader.site.clone(), &error);
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
    let failed = |error| Refusal::store(reader.site.clone(), &error);
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
        Role::Isv { isv, .. } => {
            let access = book.access().await.map_err(failed)?;
            let present = access.apps.iter().filter(|app| app.isv == *isv).count();
            if present >= APPS_OF_ISV_MAX {
                return Err(reader.refuse(Kind::Invalid {
                    chinese: format!("最多{APPS_OF_ISV_MAX}个应用;如需更多请联系平台"),
                    english: format!(
                        "{APPS_OF_ISV_MAX} apps are the most: ask the platform's operator for more"
                    ),
                }));
            }
            *isv
        }
    };
    let made = make(gateway, &*console.settings.randomness, &actor, isv, &name).await;
    let Some((key, secret)) = made.map_err(failed)? else {
        return Err(reader.refuse(Kind::Unavailable));
    };
    if gateway.is_sandbox() {
        // Nothing there is real, and whoever begins should not have to ask for anything.
        let all = Grant::Prefix(String::new());
        book.grant_writing(&actor, &key, &all)
            .await
            .map_err(failed)?;
    }
    let page = SecretPage {
        language: reader.language(),
        site: reader.site.clone(),
        key: key.to_string(),
        secret: secret.0,
        is_beside: false,
        is_new_app: true,
    };
    Ok(Page(page).into_response())
}

/// Makes an app with a key and a secret that nobody has yet; `None` if there is no chance to draw
/// them from.
async fn make<B: PlatformBook>(
    gateway: &Gateway<B>,
    randomness: &dyn Randomness,
    actor: &Actor,
    isv: IsvId,
    name: &str,
) -> Result<Option<(AppKey, SecretText)>, povline_store::StoreError> {
    let kind = gateway.book().kind().await?;
    for tried in 1.. {
        let Some((key, secret)) = draw(kind, randomness) else {
            break;
        };
        let app = NewApp {
            key: key.clone(),
            isv,
            name: name.to_owned(),
            secret: secret.clone(),
        };
        match gateway.book().create_app(actor, app).await {
            Ok(()) => return Ok(Some((key, secret))),
            Err(error) if error.kind() == StoreErrorKind::Refused && tried < KEYS_TRIED_MAX => {}
            Err(error) => return Err(error),
        }
    }
    Ok(None)
}

fn draw(kind: BookKind, randomness: &dyn Randomness) -> Option<(AppKey, SecretText)> {
    let drawn = randomness.draw()?;
    let (for_key, rest) = drawn.split_first_chunk::<8>()?;
    let key = book::app_key(kind, u64::from_le_bytes(*for_key))?;
    let (for_secret, _) = rest.split_first_chunk::<16>()?;
    let secret = book::app_secret(kind, u128::from_le_bytes(*for_secret));
    Some((key, secret))
}

/// A secret.
pub(super) fn draw_secret(kind: BookKind, randomness: &dyn Randomness) -> Option<SecretText> {
    draw(kind, randomness).map(|(_, secret)| secret)
}
