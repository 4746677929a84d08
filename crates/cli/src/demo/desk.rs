//! The demo's front desk: the board of its busiest ordinary clinic, the public screen and the fleet
//! page, each one click away, and the switch that takes the platform away.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use povline_clinic::{
    DEVICE_COOKIE, FLEET_COOKIE, Platform, SESSION_COOKIE, SecretKind, Settings, hash_pin,
};
use povline_domain::{Clock as _, OutPovId};
use povline_store::StoreError;
use povline_store::ledger::{Desk as _, NewStaff, Pairing, SqliteLedger};
use povline_web::{Cookie, Language};
use povline_world::{ClinicSize, Scenario};

use super::agent::DemoAgent;
use super::switch::Switch;
use crate::clinic::{self, ServedDesk};
use crate::clock::SystemClock;
use crate::error::{CliError, CliResult};
use crate::exit::Exit;
use crate::random;

/// The port that is tried first.
const PORT: u16 = 7005;
/// The list of a demo is read every two seconds.
const STALE_TODAY: Duration = Duration::from_secs(10);
const STALE_OTHERS: Duration = Duration::from_secs(30);
/// A demo's cookies last as long as a shift.
const KEPT: Duration = Duration::from_secs(12 * 60 * 60);
/// Who works at the demo's clinic, and the PIN.
const NURSE: &str = "李护士";
const PIN: &str = "258036";

pub(super) struct DemoDesk {
    desk: ServedDesk,
    pub(super) address: SocketAddr,
    pub(super) pov: OutPovId,
}

/// What its own page needs.
#[derive(Clone)]
struct Page {
    pov: Arc<str>,
    device: Arc<str>,
    session: Arc<str>,
    fleet: Arc<str>,
    switch: Switch,
}

impl DemoDesk {
    pub(super) async fn start(agent: &DemoAgent, scenario: &Scenario) -> CliResult<Self> {
        let busy = scenario
            .clinics
            .iter()
            .find(|clinic| clinic.size == ClinicSize::Busy)
            .or_else(|| scenario.clinics.first());
        let pov = busy
            .map(|clinic| clinic.out_pov_id.clone())
            .ok_or_else(|| CliError::new(Exit::Failed, "the demo's world has no clinic"))?;
        let (ledger, platform) = agent.shared();
        let page = furnish(&ledger, &pov, agent.switch.clone()).await?;
        let listener = super::platform::listen(PORT).await?;
        let settings = Settings {
            stale_today: STALE_TODAY,
            stale_others: STALE_OTHERS,
            ..Settings::default()
        };
        let desk = clinic::start(
            listener,
            None,
            ledger,
            platform as Arc<dyn Platform>,
            settings,
            router(page),
        )?;
        Ok(Self {
            address: desk.address,
            desk,
            pov,
        })
    }

    pub(super) async fn stop(self) {
        self.desk.stop().await;
    }

    /// Where everything is.
    pub(super) fn lines(&self) -> String {
        let (address, pov) = (self.address, &self.pov);
        format!(
            "board, public screen, fleet, and the switch 前台、公共屏、总览与开关:\n  \
             http://{address}/demo\n  (clinic 接种点 {pov}, {NURSE}, PIN {PIN})\n"
        )
    }
}

/// Somebody who works there, a paired device, a session and a token.
async fn furnish(ledger: &SqliteLedger, pov: &OutPovId, switch: Switch) -> CliResult<Page> {
    let failed = |error: StoreError| CliError::store("cannot furnish the demo's desk", &error);
    let now = SystemClock.now();
    let fresh = |kind: SecretKind| -> CliResult<_> {
        let text = kind.text(random::bytes()?);
        let digest = kind.digest(&text);
        let digest = digest.ok_or_else(|| CliError::new(Exit::Failed, "a secret is malformed"))?;
        Ok((text, digest))
    };
    let pin_hash = hash_pin(PIN, random::bytes()?).map_err(|error| {
        CliError::new(Exit::Failed, "cannot hash the demo's PIN").caused_by(&error)
    })?;
    let staff = NewStaff {
        pov: pov.clone(),
        name: NURSE.to_owned(),
        pin_hash,
        may_decide: true,
    };
    ledger.put_staff(staff).await.map_err(failed)?;
    let (device_text, device) = fresh(SecretKind::Device)?;
    let (_, code) = fresh(SecretKind::Device)?;
    let (session_text, session) = fresh(SecretKind::Session)?;
    let (fleet_text, fleet) = fresh(SecretKind::Fleet)?;
    let expires_at = now.plus_millis(i64::try_from(KEPT.as_millis()).unwrap_or(i64::MAX));
    let pairing = Pairing {
        digest: code,
        pov: pov.clone(),
        label: "demo".to_owned(),
        is_screen: false,
        expires_at,
    };
    ledger.add_pairing(pairing).await.map_err(failed)?;
    let paired = ledger.pair(code, device, now).await.map_err(failed)?;
    let people = ledger.staff(pov).map_err(failed)?;
    if let (Some(paired), Some(nurse)) = (paired, people.first()) {
        ledger
            .begin_session(session, paired.number, nurse.number, expires_at)
            .await
            .map_err(failed)?;
    }
    let label = "demo".to_owned();
    ledger
        .add_token(fleet, None, label, now)
        .await
        .map_err(failed)?;
    Ok(Page {
        pov: pov.as_str().into(),
        device: device_text.into(),
        session: session_text.into(),
        fleet: fleet_text.into(),
        switch,
    })
}

fn router(page: Page) -> Router {
    Router::new()
        .route("/demo", get(show))
        .route("/demo/switch", post(turn))
        .with_state(page)
}

/// The demo's page. Whoever opens it is signed in.
async fn show(State(page): State<Page>, language: Language) -> Response {
    let html = written(&page, language);
    let mut answer = Html(html).into_response();
    let cookies = [
        (DEVICE_COOKIE, &page.device),
        (SESSION_COOKIE, &page.session),
        (FLEET_COOKIE, &page.fleet),
    ];
    for (name, value) in cookies {
        let cookie = Cookie {
            name,
            value,
            kept: KEPT,
            is_secure: false,
        };
        if let Some(header) = cookie.header() {
            answer
                .headers_mut()
                .append(axum::http::header::SET_COOKIE, header);
        }
    }
    answer
}

fn written(page: &Page, language: Language) -> String {
    let t = |chinese: &'static str, english: &'static str| language.pick(chinese, english);
    let is_away = page.switch.is_away();
    let mut html = format!(
        "<!doctype html><html lang=\"{}\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" \
         content=\"width=device-width, initial-scale=1\"><meta name=\"color-scheme\" \
         content=\"light dark\"><title>{title}</title><link rel=\"icon\" href=\"data:,\"><link \
         rel=\"stylesheet\" href=\"{}\"></head><body><header class=\"bar\"><span \
         class=\"brand\">Povline</span><span>{} <span data-pov=\"{pov}\">{pov}</span> · {NURSE} · \
         PIN {PIN}</span><span class=\"end\"><a href=\"/demo?lang={other}\" \
         lang=\"{other}\">{}</a></span></header><main><h1>{title}</h1><h2>{}</h2><p class=\"note \
         {}\" role=\"status\"><strong>{}</strong> {}</p><form method=\"post\" \
         action=\"/demo/switch\"><button{}>{}</button></form><h2>{}</h2><ul>",
        language.code(),
        povline_web::BASE_STYLE.address(),
        t("接种点", "Clinic"),
        language.other().name(),
        t("平台开关", "The platform"),
        if is_away { "bad" } else { "good" },
        match is_away {
            true => t("✕ 代理连不上平台。", "✕ The agent cannot reach it."),
            false => t("✓ 代理连得上平台。", "✓ The agent reaches it."),
        },
        match is_away {
            true => t(
                "看板照常可用;约十秒后提示清单已过时。现在取的号会等待,恢复后补传。",
                "The board goes on; within some ten seconds it warns that its list is stale. Numbers \
                 taken now wait, and are told once it is back.",
            ),
            false => t(
                "断开它,看看看板和总览怎样提示。",
                "Take it away and see how the board and the fleet page tell of it.",
            ),
        },
        if is_away { "" } else { " class=\"danger\"" },
        match is_away {
            true => t("恢复平台", "Bring the platform back"),
            false => t("断开平台", "Take the platform away"),
        },
        t("打开(新标签页)", "Open, each in a tab of its own"),
        title = t("Povline 演示", "Povline demo"),
        pov = page.pov,
        other = language.other().code(),
    );
    for (address, text, what) in [
        (
            "/",
            t("今日看板", "The board of today"),
            t("取号、查找、明日备苗", "numbers, search, tomorrow's counts"),
        ),
        (
            "/screen",
            t("公共屏", "The public screen"),
            t("姓名脱敏", "names masked"),
        ),
        (
            "/fleet",
            t("接种点总览", "The fleet"),
            t("服务商看所有接种点是否正常", "whether all clinics are well"),
        ),
    ] {
        let _ = write!(
            html,
            "<li><a href=\"{address}\" target=\"_blank\">{text}</a> <span \
             class=\"soft\">{what}</span></li>"
        );
    }
    html.push_str("</ul></main></body></html>");
    html
}

async fn turn(State(page): State<Page>, headers: axum::http::HeaderMap) -> Response {
    if !povline_web::is_from_this_site(&headers) {
        return axum::http::StatusCode::FORBIDDEN.into_response();
    }
    page.switch.set_away(!page.switch.is_away());
    Redirect::to("/demo").into_response()
}
