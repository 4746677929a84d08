//! How the platform is doing: what is answered, what is in memory, which lists are read most.

use std::collections::HashMap;

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use povline_gateway::{PlatformBook, PlatformLevels};
use povline_portal::Site;
use povline_store::book::{AppStatus, Users};
use povline_store::journal::{CallLine, CallOutcome, Tally};
use povline_web::{Language, Page};

use crate::chart::{Bars, UseBar};
use crate::over_time::{self, OverTime};
use crate::reader::Reader;
use crate::refusal::Refusal;
use crate::state::Console;
use crate::view;

/// Lists that are shown.
const LISTS_MAX: usize = 20;

/// The code and sub code of a call that found the platform at a bound.
const OVERLOADED: (i64, &str) = (15, "isp.top-remote-service-unavailable");

/// The code of a call beyond a quota.
const LIMITED: i64 = 7;

/// Something of which there is a bound.
struct Level {
    name: &'static str,
    level: String,
    bound: String,
    bar: UseBar,
}

/// A number that only grows.
struct Count {
    name: &'static str,
    count: String,
}

struct BusyList {
    isv: String,
    pov: String,
    day: String,
    calls: String,
}

#[derive(Template)]
#[template(path = "operator.html")]
struct OperatorPage {
    language: Language,
    site: Site,
    is_ready: bool,
    lag: String,
    apps: String,
    apps_disabled: String,
    povs: String,
    levels: Vec<Level>,
    counts: Vec<Count>,
    overloaded: String,
    is_overloaded: bool,
    limited: String,
    lists: Vec<BusyList>,
    bars: Option<Bars>,
    /// From when on calls are counted, if not for all of the time.
    counted_since: Option<String>,
    /// From when on lists are, because there are too many calls.
    listed_since: Option<String>,
}

impl OperatorPage {
    /// Where the calls are that the picture counts.
    fn calls_path(&self) -> &'static str {
        "/operator/calls"
    }
}

/// The page.
pub(crate) async fn page<B: PlatformBook + Users>(
    State(console): State<Console<B>>,
    reader: Reader,
) -> Result<Response, Refusal> {
    reader.must_be_operator()?;
    let failed = |error| Refusal::store(&reader.site, &error);
    let gateway = &console.gateway;
    let language = reader.language();
    let access = gateway.book().access().await.map_err(failed)?;
    let tallied = over_time::tallied(gateway, None).await.map_err(failed)?;
    let over = tallied.as_ref();
    let over = over.map(|tallied| OverTime::of(tallied, gateway.now()));
    let tallies = tallied.as_ref().map_or(&[][..], |tallied| &tallied.tallies);
    let newest = over_time::newest(gateway).await.map_err(failed)?;
    let (lines, listed_since) = match &newest {
        Some((found, since)) => (&found.lines[..], *since),
        None => (&[][..], None),
    };
    let isvs: HashMap<&str, &str> = access
        .apps
        .iter()
        .map(|app| (app.key.as_str(), app.isv_name.as_str()))
        .collect();
    let disabled = |status| status == AppStatus::Disabled;
    let overloaded = calls(tallies, is_overloaded);
    let limited = calls(tallies, |outcome| outcome.code() == Some(LIMITED));
    let now = gateway.levels();
    let page = OperatorPage {
        language,
        site: reader.site.clone(),
        is_ready: now.is_ready,
        lag: format!("{:.1}", now.lag_seconds),
        apps: view::number(access.apps.len() as u64),
        apps_disabled: {
            let count = access
                .apps
                .iter()
                .filter(|app| disabled(app.status))
                .count();
            view::number(count as u64)
        },
        povs: view::number(access.povs.len() as u64),
        levels: levels(language, &now),
        counts: counts(language, &now),
        overloaded: view::number(overloaded),
        is_overloaded: overloaded > 0,
        limited: view::number(limited),
        lists: busiest(lines, &isvs),
        bars: over.as_ref().map(|over| Bars::of(language, over)),
        counted_since: over.and_then(|over| over.since).map(view::time),
        listed_since: listed_since.map(view::time),
    };
    Ok(Page(page).into_response())
}

/// The calls of the last hours that came to this.
fn calls(tallies: &[Tally], is_meant: impl Fn(&CallOutcome) -> bool) -> u64 {
    let meant = tallies.iter().filter(|tally| is_meant(&tally.outcome));
    meant.map(|tally| tally.calls).sum()
}

fn is_overloaded(outcome: &CallOutcome) -> bool {
    (outcome.code(), outcome.sub_code()) == (Some(OVERLOADED.0), Some(OVERLOADED.1))
}

/// The lists that were asked for most, by the ISV's own name of a POV.
fn busiest(lines: &[CallLine], isvs: &HashMap<&str, &str>) -> Vec<BusyList> {
    let mut lists: HashMap<(&str, &str, Option<povline_domain::Day>), u64> = HashMap::new();
    for line in lines {
        if let (Some(app), Some(pov)) = (&line.app, &line.pov) {
            let isv = isvs.get(app.as_str()).copied().unwrap_or("-");
            *lists.entry((isv, pov.as_str(), line.day)).or_default() += 1;
        }
    }
    let mut lists: Vec<_> = lists.into_iter().collect();
    lists.sort_by(|one, other| other.1.cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
    lists.truncate(LISTS_MAX);
    lists
        .into_iter()
        .map(|((isv, pov, day), calls)| BusyList {
            isv: isv.to_owned(),
            pov: pov.to_owned(),
            day: day.map_or_else(|| "-".to_owned(), |day| day.to_string()),
            calls: view::number(calls),
        })
        .collect()
}

fn levels(language: Language, now: &PlatformLevels) -> Vec<Level> {
    let bar = |level: usize, bound: usize| UseBar::of(language, level as u64, bound as u64);
    let number = |count: usize| view::number(count as u64);
    vec![
        Level {
            name: language.pick("日清单缓存", "Day sheets in memory"),
            level: view::bytes(now.sheet_bytes),
            bound: view::bytes(now.sheet_bytes_max),
            bar: bar(now.sheet_bytes, now.sheet_bytes_max),
        },
        Level {
            name: language.pick("翻页快照", "Lists pinned for paging"),
            level: view::bytes(now.pinned_bytes),
            bound: view::bytes(now.pinned_bytes_max),
            bar: bar(now.pinned_bytes, now.pinned_bytes_max),
        },
        Level {
            name: language.pick("处理中的调用", "Calls being worked on"),
            level: number(now.calls),
            bound: number(now.calls_max),
            bar: bar(now.calls, now.calls_max),
        },
        Level {
            name: language.pick("连接", "Connections"),
            level: number(now.connections),
            bound: number(now.connections_max),
            bar: bar(now.connections, now.connections_max),
        },
    ]
}

fn counts(language: Language, now: &PlatformLevels) -> Vec<Count> {
    let count = |name, count: u64| Count {
        name,
        count: view::number(count),
    };
    vec![
        count(
            language.pick("缓存中的日清单", "Day sheets in memory"),
            now.sheet_entries as u64,
        ),
        count(
            language.pick("缓存命中的页", "Pages from a sheet in memory"),
            now.sheet_hits,
        ),
        count(
            language.pick("从库构建的日清单", "Sheets built from the book"),
            now.sheet_builds,
        ),
        count(
            language.pick("构建失败", "Sheets that could not be built"),
            now.sheet_failures,
        ),
        count(
            language.pick("有效的翻页快照", "Pinned lists"),
            now.pins as u64,
        ),
        count(
            language.pick("快照命中的页", "Pages from a pinned list"),
            now.pinned_pages,
        ),
        count(
            language.pick("待写入审计的读取", "Reads that are not audited yet"),
            now.audit_waiting as u64,
        ),
        count(
            language.pick("未能记录的调用", "Calls that could not be logged"),
            now.log_lines_lost,
        ),
    ]
}
