//! The ISV's page: whether all clinics are well.

use std::time::Duration;

use askama::Template;
use axum::Form;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use http::{HeaderMap, StatusCode};
use povline_domain::{Day, OutPovId, UnixMillis};
use povline_store::ledger::{Desk, HoldScope};
use povline_web::{Cookie, Language, Page};
use serde::Deserialize;

use super::{AIM, FLEET, STYLE, elsewhere, from_here, with_cookie};
use crate::Clinic;
use crate::access::{FLEET_COOKIE, Isv, known_token};
use crate::fleet::{Ahead, Cell, FleetView, Known, KnownApp, Trouble};
use crate::problem::{Problem, clock};
use crate::secret::SecretKind;
use crate::words;

/// How many rows in quarantine are told.
const QUARANTINE_MAX: usize = 20;

#[derive(Template)]
#[template(path = "fleet.html")]
struct FleetPage {
    language: Language,
    now: FleetNow,
    ahead: Ahead,
    /// What came of a decision that was refused.
    note: Option<String>,
}

#[derive(Template)]
#[template(path = "fleet_now.html")]
struct FleetNow {
    language: Language,
    fleet: FleetView,
    ahead: Ahead,
}

#[derive(Template)]
#[template(path = "fleet_sign_in.html")]
struct TokenPage {
    language: Language,
    problem: Option<String>,
}

/// How far ahead the map is to show: `?days=all`.
#[derive(Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    days: String,
}

impl Asked {
    fn ahead(&self) -> Ahead {
        match self.days.as_str() {
            "all" => Ahead::All,
            _ => Ahead::Week,
        }
    }
}

async fn look<L: Desk>(
    clinic: &Clinic<L>,
    language: Language,
    ahead: Ahead,
) -> Result<FleetNow, Problem> {
    let ledger = clinic.ledger();
    let now = clinic.now();
    let today = Day::at(now);
    let mut apps = Vec::new();
    for app in clinic.0.platform.apps() {
        let calls_taken = ledger.calls_taken(&app.app_key, today).await?.all();
        apps.push(KnownApp { app, calls_taken });
    }
    let known = Known {
        now,
        days: ledger.days_from(today).await?,
        holds: ledger.holds().await?,
        quarantine: ledger.quarantine(QUARANTINE_MAX).await?,
        counts: ledger.counts().await?,
        apps,
        waiting: ledger.waiting()?,
        sinks: ledger.sinks().await?,
        boards: clinic.0.hub.boards(),
        stale_today_ms: clinic.stale_ms(today, today),
        stale_others_ms: clinic.stale_ms(today.plus_days(1).unwrap_or(today), today),
    };
    Ok(FleetNow {
        language,
        fleet: FleetView::new(known, ahead),
        ahead,
    })
}

pub(super) async fn page<L: Desk>(
    State(clinic): State<Clinic<L>>,
    language: Language,
    isv: Result<Isv, Problem>,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    if let Err(problem) = isv {
        return Ok(elsewhere(&problem, "/fleet/sign-in"));
    }
    let ahead = asked.ahead();
    Ok(Page(FleetPage {
        language,
        now: look(&clinic, language, ahead).await?,
        ahead,
        note: None,
    })
    .into_response())
}

/// The part of the page that changes.
pub(super) async fn now<L: Desk>(
    State(clinic): State<Clinic<L>>,
    language: Language,
    _: Isv,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let now = look(&clinic, language, asked.ahead()).await?;
    Ok(Page(now).into_response())
}

#[derive(Deserialize)]
pub(super) struct Deed {
    pov: String,
    day: String,
    held: String,
}

pub(super) async fn decide<L: Desk>(
    State(clinic): State<Clinic<L>>,
    language: Language,
    headers: HeaderMap,
    isv: Result<Isv, Problem>,
    Query(asked): Query<Asked>,
    Form(deed): Form<Deed>,
) -> Result<Response, Problem> {
    from_here(&headers)?;
    let token = match isv {
        Ok(Isv(token)) => token,
        Err(problem) => return Ok(elsewhere(&problem, "/fleet/sign-in")),
    };
    // Whoever decides goes on seeing as many days as before.
    let ahead = asked.ahead();
    let Err(problem) = perform(&clinic, deed, &token.label).await else {
        let back = format!("/fleet?lang={}{}", language.code(), asked_days(&ahead));
        return Ok(Redirect::to(&back).into_response());
    };
    let page = FleetPage {
        language,
        now: look(&clinic, language, ahead).await?,
        ahead,
        note: Some(problem.text(language)),
    };
    Ok((problem.status(), Page(page)).into_response())
}

async fn perform<L: Desk>(clinic: &Clinic<L>, deed: Deed, label: &str) -> Result<(), Problem> {
    let scope = match deed.pov.as_str() {
        "" => HoldScope::Fleet,
        pov => HoldScope::List(
            OutPovId::new(pov).map_err(|_| Problem::Wrong("pov"))?,
            deed.day.parse().map_err(|_| Problem::Wrong("day"))?,
        ),
    };
    let by = format!("token {label}");
    clinic.decide(scope, deed.held.parse()?, by).await?;
    Ok(())
}

pub(super) async fn token_page(language: Language) -> Response {
    Page(TokenPage {
        language,
        problem: None,
    })
    .into_response()
}

#[derive(Deserialize)]
pub(super) struct Token {
    token: String,
}

pub(super) async fn sign_in<L: Desk>(
    State(clinic): State<Clinic<L>>,
    language: Language,
    headers: HeaderMap,
    Form(Token { token }): Form<Token>,
) -> Result<Response, Problem> {
    from_here(&headers)?;
    let known = known_token(&token, SecretKind::Fleet, &clinic);
    let (status, problem) = match known {
        Ok(Some(found)) if found.pov.is_none() => {
            let cookie = Cookie {
                name: FLEET_COOKIE,
                value: token.trim(),
                kept: clinic.0.settings.signed_in,
                is_secure: clinic.0.settings.is_secure,
            };
            return with_cookie(&cookie, Redirect::to("/fleet"));
        }
        Ok(_) => {
            let no_token = language.pick(
                "这不是总览令牌:请用 povline clinic token --fleet 创建",
                "This is no fleet token: make one with povline clinic token --fleet",
            );
            (StatusCode::UNAUTHORIZED, no_token.to_owned())
        }
        Err(problem) => (problem.status(), problem.text(language)),
    };
    let page = TokenPage {
        language,
        problem: Some(problem),
    };
    Ok((status, Page(page)).into_response())
}

pub(super) async fn sign_out(headers: HeaderMap) -> Result<Response, Problem> {
    from_here(&headers)?;
    let cookie = Cookie {
        name: FLEET_COOKIE,
        value: "",
        kept: Duration::ZERO,
        is_secure: false,
    };
    with_cookie(&cookie, Redirect::to("/fleet/sign-in"))
}

/// What is not well, in words.
fn trouble_words(trouble: &Trouble, language: &Language) -> String {
    let counted = |chinese: String, english: String| language.pick(chinese, english);
    match trouble {
        Trouble::FleetHeld => counted(
            "全部清单已暂停取消,等待决定".to_owned(),
            "the whole fleet is held and waits for a decision".to_owned(),
        ),
        Trouble::Held(lists) => counted(
            format!("{lists} 个清单已暂停取消,等待决定"),
            format!(
                "{} held and waiting for a decision",
                are(*lists, "list", "lists")
            ),
        ),
        Trouble::FleetRejected => counted(
            "全部清单已暂停取消;消失已驳回,等待记录恢复".to_owned(),
            "the whole fleet is held: its loss was rejected, and its rows stay in doubt until they \
             are back"
                .to_owned(),
        ),
        Trouble::Rejected(lists) => counted(
            format!("{lists} 个清单已暂停取消;消失已驳回,等待记录恢复"),
            match lists {
                1 => "1 list is held: its loss was rejected, and its rows stay in doubt until \
                      they are back"
                    .to_owned(),
                _ => format!(
                    "{lists} lists are held: their losses were rejected, and their rows stay in \
                     doubt until they are back"
                ),
            },
        ),
        Trouble::StaleToday(lists) => counted(
            format!("{lists} 个今日清单已过时"),
            match lists {
                1 => "1 list of today is stale".to_owned(),
                _ => format!("{lists} lists of today are stale"),
            },
        ),
        Trouble::NeverRead(lists) => counted(
            format!("{lists} 个清单从未完整读取"),
            match lists {
                1 => "1 list was never read whole".to_owned(),
                _ => format!("{lists} lists were never read whole"),
            },
        ),
        Trouble::StaleOthers(lists) => counted(
            format!("{lists} 个其他日清单已过时"),
            match lists {
                1 => "1 list of another day is stale".to_owned(),
                _ => format!("{lists} lists of other days are stale"),
            },
        ),
        Trouble::Parked(until) => counted(
            format!("平台无应答或限流,{} 之前不再调用", clock(*until)),
            format!(
                "the platform does not answer or bans: no calls until {}",
                clock(*until)
            ),
        ),
        Trouble::BudgetUsedUp(from) => counted(
            format!("当日调用已用尽,{} 恢复", clock(*from)),
            format!("the day's calls are used up until {}", clock(*from)),
        ),
        Trouble::BudgetNear(percent) => counted(
            format!("当日调用已用 {percent}%"),
            format!("{percent}% of the day's calls are used"),
        ),
        Trouble::Failing(lists) => counted(
            format!("{lists} 个清单最近一次读取失败"),
            format!(
                "{} failed when last read",
                of(*lists as u64, "list", "lists")
            ),
        ),
        Trouble::Quarantined(rows) => counted(
            format!("{rows} 条记录在隔离区"),
            format!("{} in quarantine", of(*rows, "row", "rows")),
        ),
        Trouble::PicksWait(picks, oldest) => counted(
            format!("{picks} 次取号待回传,最早 {}", clock(*oldest)),
            format!(
                "{} to be told to the platform, the oldest since {}",
                of(*picks, "pick waits", "picks wait"),
                clock(*oldest)
            ),
        ),
        Trouble::NothingKnown => counted(
            "尚无任何清单:代理还没有读取".to_owned(),
            "nothing is known yet: the agent has read no list".to_owned(),
        ),
        Trouble::UnknownClinics(clinics) => counted(
            format!("{clinics} 个接种点尚无任何清单"),
            format!(
                "nothing is known yet of {}",
                of(*clinics as u64, "clinic", "clinics")
            ),
        ),
        Trouble::Sinks(sinks) => counted(
            format!("{sinks} 个事件下游失败、滞后或有死信"),
            match sinks {
                1 => "1 sink of events fails, lags or has dead letters".to_owned(),
                _ => format!("{sinks} sinks of events fail, lag or have dead letters"),
            },
        ),
    }
}

/// A number of something, in English: `1 list`, `2 lists`.
fn of(number: u64, one: &str, many: &str) -> String {
    match number {
        1 => format!("1 {one}"),
        _ => format!("{number} {many}"),
    }
}

/// The same as the head of a sentence: `1 list is`, `2 lists are`.
fn are(number: usize, one: &str, many: &str) -> String {
    match number {
        1 => format!("1 {one} is"),
        _ => format!("{number} {many} are"),
    }
}

/// What the whole fleet is called in one line: how many clinics, lists and appointments.
fn extent(fleet: &FleetView, language: &Language) -> String {
    let (clinics, lists) = (fleet.clinics_in_all as u64, fleet.lists as u64);
    let rows = fleet.known.counts.live;
    language.pick(
        format!("{clinics} 个接种点 · {lists} 个清单 · {rows} 条预约"),
        format!(
            "{} · {} · {}",
            of(clinics, "clinic", "clinics"),
            of(lists, "list", "lists"),
            of(rows, "appointment", "appointments"),
        ),
    )
}

/// The one sentence on top.
fn verdict_words(fleet: &FleetView, language: &Language) -> String {
    match fleet.troubles.len() {
        0 => language.pick("一切正常", "All is well").to_owned(),
        count => language.pick(
            format!("{count} 项需要处理"),
            format!(
                "Not well: {}",
                of(count as u64, "thing to look at", "things to look at")
            ),
        ),
    }
}

/// What came of reading the lists last.
fn read_words(code: &str, language: &Language) -> String {
    words::verdict(code, *language).to_owned()
}

/// What a cell of the map tells besides its age.
fn cell_title(cell: &Cell, language: &Language) -> String {
    let verdict = words::verdict(&cell.verdict, *language);
    let rows = language.pick(
        format!("{} 条", cell.live),
        of(cell.live, "appointment", "appointments"),
    );
    format!("{rows} · {verdict}")
}

/// What an address says of how far ahead the map shows, behind something else that it says.
fn asked_days(ahead: &Ahead) -> &'static str {
    match ahead {
        Ahead::Week => "",
        Ahead::All => "&days=all",
    }
}

/// Which of the days that are read the map shows, and what leads to the others.
fn days_words(fleet: &FleetView, language: &Language) -> String {
    let all = fleet.days_in_all;
    match fleet.shows_all_days() {
        true => language.pick(
            "只显示最近几天".to_owned(),
            "show the first days alone".to_owned(),
        ),
        false => language.pick(format!("显示全部 {all} 天"), format!("show all {all} days")),
    }
}

/// How many boards are open.
fn boards_words(fleet: &FleetView, language: &Language) -> String {
    let boards = fleet.known.boards;
    language.pick(
        format!("{boards} 块屏在线"),
        of(boards as u64, "board open", "boards open"),
    )
}

/// What waits to be told to the platform.
fn waiting_words(fleet: &FleetView, language: &Language) -> String {
    let waiting = &fleet.known.waiting;
    match waiting.oldest {
        None => language
            .pick("没有取号待回传", "no pick waits to be told to the platform")
            .to_owned(),
        Some(oldest) => trouble_words(&Trouble::PicksWait(waiting.count, oldest), language),
    }
}

/// The day as the head of a column: `11-28`, and today by its name.
fn day_head(day: &Day, fleet: &FleetView, language: &Language) -> String {
    let text = day.to_string();
    let short = text.get(5..).unwrap_or_default();
    match *day == Day::at(fleet.now) {
        true => language.pick(format!("今天 {short}"), format!("today {short}")),
        false => short.to_owned(),
    }
}

/// An instant, or a dash.
fn when(at: &Option<UnixMillis>) -> String {
    at.map_or_else(|| "—".to_owned(), clock)
}
