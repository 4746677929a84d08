//! Changes of an app: its owner rotates its secret, an operator does the rest.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use povline_domain::AppKey;
use povline_gateway::PlatformBook;
use povline_protocol::methods;
use povline_store::book::{
    Actor, AddressRange, AppStatus, CallLimits, CallScope, Grant, LimitSetting, Users,
};
use povline_web::Page;

use super::list::SecretPage;
use crate::keys;
use crate::reader::{Fields, Reader, Submitted};
use crate::refusal::{Kind, Refusal};
use crate::state::{Console, actor};

/// A form about an app that its sender may see.
struct Change {
    reader: Reader,
    fields: Fields,
    app: AppKey,
    actor: Actor,
    secrets: usize,
}

impl Change {
    async fn of<B: PlatformBook + Users>(
        console: &Console<B>,
        key: &str,
        Submitted { reader, fields }: Submitted,
    ) -> Result<Self, Refusal> {
        let access = console.gateway.book().access().await;
        let access = access.map_err(|error| Refusal::store(&reader.site, &error))?;
        let app = reader.app(&access, key)?;
        Ok(Self {
            actor: actor(&reader.user.name, console.gateway.now()),
            app: app.key.clone(),
            secrets: app.secrets.len(),
            fields,
            reader,
        })
    }

    /// The same for changes that are an operator's alone.
    async fn of_operator<B: PlatformBook + Users>(
        console: &Console<B>,
        key: &str,
        submitted: Submitted,
    ) -> Result<Self, Refusal> {
        submitted.reader.must_be_operator()?;
        Self::of(console, key, submitted).await
    }

    fn failed(&self, error: &povline_store::StoreError) -> Refusal {
        Refusal::store(&self.reader.site, error)
    }

    fn invalid(&self, chinese: impl Into<String>, english: impl Into<String>) -> Refusal {
        self.reader.refuse(Kind::Invalid {
            chinese: chinese.into(),
            english: english.into(),
        })
    }

    fn done(&self, section: &str) -> Response {
        Redirect::to(&format!("/apps/{}#{section}", self.app)).into_response()
    }

    fn grant(&self) -> Result<Grant, Refusal> {
        let text = self.fields.get("grant").unwrap_or_default().trim();
        Grant::parse(text).map_err(|_| self.no_grant())
    }

    /// The grant that is to be taken back, as it was taken once.
    fn kept_grant(&self) -> Result<Grant, Refusal> {
        let text = self.fields.get("grant").unwrap_or_default();
        Grant::parse_kept(text).map_err(|_| self.no_grant())
    }

    fn no_grant(&self) -> Refusal {
        self.invalid(
            "授权须为接种点编码(00001)、编码开头(31*)或 *",
            "A grant is a clinic's code (00001), the beginning of codes (31*), or *",
        )
    }

    fn is_checked(&self, field: &str) -> bool {
        self.fields.get(field).is_some()
    }
}

/// Gives the app a new secret and shows it.
pub(crate) async fn rotate<B: PlatformBook + Users>(
    State(console): State<Console<B>>,
    Path(key): Path<String>,
    submitted: Submitted,
) -> Result<Response, Refusal> {
    let change = Change::of(&console, &key, submitted).await?;
    let book = console.gateway.book();
    let kind = book.kind().await.map_err(|error| change.failed(&error))?;
    let Some((_, secret)) = keys::draw(kind, &*console.settings.randomness) else {
        return Err(change.reader.refuse(Kind::Unavailable));
    };
    let retire_old = change.is_checked("retire_old");
    book.rotate_secret(&change.actor, &change.app, secret.clone(), retire_old)
        .await
        .map_err(|error| change.failed(&error))?;
    console.learn_access().await;
    let page = SecretPage {
        language: change.reader.language(),
        site: change.reader.site.clone().shown_once(),
        key: change.app.to_string(),
        secret: secret.0,
        is_beside: !retire_old && change.secrets > 0,
        is_new_app: false,
    };
    Ok(Page(page).into_response())
}

/// Lets the app call, or stops it.
pub(crate) async fn set_status<B: PlatformBook + Users>(
    State(console): State<Console<B>>,
    Path(key): Path<String>,
    submitted: Submitted,
) -> Result<Response, Refusal> {
    let change = Change::of_operator(&console, &key, submitted).await?;
    let status = match change.fields.get("status") {
        Some("enabled") => AppStatus::Enabled,
        Some("disabled") => AppStatus::Disabled,
        _ => return Err(change.reader.refuse(Kind::BadForm)),
    };
    let book = console.gateway.book();
    let set = book
        .set_app_status(&change.actor, &change.app, status)
        .await;
    set.map_err(|error| change.failed(&error))?;
    console.learn_access().await;
    Ok(change.done("status"))
}

/// Grants the app POVs of its ISV.
pub(crate) async fn grant<B: PlatformBook + Users>(
    State(console): State<Console<B>>,
    Path(key): Path<String>,
    submitted: Submitted,
) -> Result<Response, Refusal> {
    let change = Change::of_operator(&console, &key, submitted).await?;
    let (book, grant) = (console.gateway.book(), change.grant()?);
    let granted = match change.is_checked("write") {
        true => book.grant_writing(&change.actor, &change.app, &grant).await,
        false => book.grant(&change.actor, &change.app, &grant).await,
    };
    granted.map_err(|error| change.failed(&error))?;
    console.learn_access().await;
    Ok(change.done("grants"))
}

/// Takes a grant back, or the right to write with it.
pub(crate) async fn revoke<B: PlatformBook + Users>(
    State(console): State<Console<B>>,
    Path(key): Path<String>,
    submitted: Submitted,
) -> Result<Response, Refusal> {
    let change = Change::of_operator(&console, &key, submitted).await?;
    let (book, grant) = (console.gateway.book(), change.kept_grant()?);
    let revoked = match change.is_checked("write") {
        true => {
            book.revoke_writing(&change.actor, &change.app, &grant)
                .await
        }
        false => book.revoke(&change.actor, &change.app, &grant).await,
    };
    revoked.map_err(|error| change.failed(&error))?;
    console.learn_access().await;
    Ok(change.done("grants"))
}

/// Says how often the app may call.
pub(crate) async fn limit<B: PlatformBook + Users>(
    State(console): State<Console<B>>,
    Path(key): Path<String>,
    submitted: Submitted,
) -> Result<Response, Refusal> {
    let change = Change::of_operator(&console, &key, submitted).await?;
    let scope = match change.fields.get("method") {
        None => CallScope::App(change.app.clone()),
        Some(method) => match methods::find(method) {
            Some(spec) => CallScope::AppMethod(change.app.clone(), spec.method.to_owned()),
            None => return Err(change.reader.refuse(Kind::BadForm)),
        },
    };
    let limits = CallLimits {
        per_second: setting(&change, "per_second")?,
        per_day: setting(&change, "per_day")?,
    };
    let book = console.gateway.book();
    let set = book.set_call_limits(&change.actor, &scope, limits).await;
    set.map_err(|error| change.failed(&error))?;
    console.learn_access().await;
    Ok(change.done("limits"))
}

/// A limit as it was typed: nothing for the platform's default, `none`, or a number from 1 on.
fn setting(change: &Change, field: &str) -> Result<LimitSetting, Refusal> {
    match change.fields.get(field) {
        None | Some("default") => Ok(LimitSetting::Default),
        Some("none") => Ok(LimitSetting::Unlimited),
        Some(text) => match text.parse() {
            Ok(calls) if calls > 0 => Ok(LimitSetting::AtMost(calls)),
            _ => Err(change.invalid(
                "限额须为不小于1的整数、none(不限)或留空(平台默认)",
                "A limit is a number of calls from 1 on, none, or empty for the platform's default",
            )),
        },
    }
}

/// Says whence the app may call.
pub(crate) async fn allow<B: PlatformBook + Users>(
    State(console): State<Console<B>>,
    Path(key): Path<String>,
    submitted: Submitted,
) -> Result<Response, Refusal> {
    let change = Change::of_operator(&console, &key, submitted).await?;
    let text = change.fields.get("addresses").unwrap_or_default();
    let texts = text
        .split([',', ' ', '\n', '\r'])
        .filter(|one| !one.is_empty());
    let ranges: Result<Vec<AddressRange>, _> = texts.map(str::parse).collect();
    let ranges = ranges.map_err(|_| {
        change.invalid(
            "请填写IP地址或网段,如 10.0.0.1 或 10.0.0.0/8",
            "Write addresses or networks, such as 10.0.0.1 or 10.0.0.0/8",
        )
    })?;
    let most = B::ALLOWED_MAX;
    if ranges.len() > most {
        return Err(change.invalid(
            format!("最多{most}个IP地址或网段,请改用更大的网段"),
            format!("{most} addresses and networks are the most: name larger networks"),
        ));
    }
    let book = console.gateway.book();
    let set = book.set_allowed(&change.actor, &change.app, &ranges).await;
    set.map_err(|error| change.failed(&error))?;
    console.learn_access().await;
    Ok(change.done("limits"))
}
