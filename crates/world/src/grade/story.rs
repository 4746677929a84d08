//! The first error of each kind, told as a story: what happened at the server, page by page, and
//! what the client concluded.

use povline_domain::{Day, UnixMillis};
use serde::Serialize;

use super::example::Example;
use super::finding::FindingKind;
use super::grader::Grader;
use super::html::in_chinese;
use crate::server::{CallLog, CallRecord, Outcome};
use crate::truth::{Biography, Truth};

/// How many calls and changes a story tells at most.
const LINES_MAX: usize = 60;

/// How long before the calls that matter a story begins.
const BEFORE_MS: i64 = 60_000;

/// A story.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Story {
    /// Which kind of error it is about.
    pub kind: FindingKind,
    /// Which appointment.
    pub appointment_id: String,
    /// What happened, in order.
    pub lines: Vec<StoryLine>,
}

/// A line of a story.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StoryLine {
    /// When, in Shanghai.
    pub at: String,
    /// Who did it: `world`, `server`, `client`.
    pub who: &'static str,
    /// In Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
}

pub(super) fn tell(grader: &Grader, truth: &Truth, log: &CallLog) -> Vec<Story> {
    FindingKind::ALL
        .into_iter()
        .filter_map(|kind| {
            let example = grader.findings.examples.get(&kind)?;
            Some(Story {
                kind,
                appointment_id: example.id.clone(),
                lines: lines(kind, example, truth, log),
            })
        })
        .collect()
}

fn lines(kind: FindingKind, example: &Example, truth: &Truth, log: &CallLog) -> Vec<StoryLine> {
    let biography = example
        .row
        .and_then(|row| truth.biographies().get(row as usize));
    let mut told: Vec<(UnixMillis, StoryLine)> = Vec::new();
    let from = example.since.plus_millis(-BEFORE_MS);
    if let Some(biography) = biography {
        told.extend(own_changes(biography, example.at));
        if let Some(list) = example.list {
            told.extend(list_changes(truth, biography, list, from, example.at));
            told.extend(calls(truth, log, biography, list, from, example.at));
        }
    }
    told.sort_by_key(|(at, _)| *at);
    let passed_over = told.len().saturating_sub(LINES_MAX);
    let mut lines: Vec<StoryLine> = told
        .drain(..)
        .skip(passed_over)
        .map(|(_, line)| line)
        .collect();
    lines.push(conclusion(kind, example));
    lines
}

fn line(at: UnixMillis, who: &'static str, zh: String, en: String) -> (UnixMillis, StoryLine) {
    let line = StoryLine {
        at: at.to_string(),
        who,
        zh,
        en,
    };
    (at, line)
}

/// What became of the appointment itself.
fn own_changes(biography: &Biography, until: UnixMillis) -> Vec<(UnixMillis, StoryLine)> {
    let id = &biography.id;
    let mut told: Vec<_> = biography
        .states
        .iter()
        .filter(|state| state.from <= until)
        .map(|state| {
            let word = state.change.word();
            let (day, period) = (state.day, state.period);
            line(
                state.from,
                "world",
                format!("{id}：{}，现为 {day} {period}", in_chinese(word)),
                format!("{id} was {word}; it stands on {day} {period} now"),
            )
        })
        .collect();
    if let Some(at) = biography.cancelled_at.filter(|at| *at <= until) {
        let zh = format!("{id} 被取消");
        told.push(line(at, "world", zh, format!("{id} was cancelled")));
    }
    told
}

/// Who joined or left the same list meanwhile.
fn list_changes(
    truth: &Truth,
    own: &Biography,
    (clinic, day): (usize, Day),
    from: UnixMillis,
    until: UnixMillis,
) -> Vec<(UnixMillis, StoryLine)> {
    let mut told = Vec::new();
    let within = |at: UnixMillis| from <= at && at <= until;
    for other in truth.biographies() {
        if other.clinic != clinic || other.number == own.number {
            continue;
        }
        let mut was_here = false;
        for state in &other.states {
            let is_here = state.day == day;
            if within(state.from) && is_here != was_here {
                let id = &other.id;
                told.push(match is_here {
                    true => line(
                        state.from,
                        "world",
                        format!("{id} 进入该列表"),
                        format!("{id} joined the list"),
                    ),
                    false => line(
                        state.from,
                        "world",
                        format!("{id} 改到其他日期，离开该列表"),
                        format!("{id} moved to another day and left the list"),
                    ),
                });
            }
            was_here = is_here;
        }
        if let Some(at) = other.cancelled_at.filter(|at| was_here && within(*at)) {
            let id = &other.id;
            told.push(line(
                at,
                "world",
                format!("{id} 被取消，离开该列表"),
                format!("{id} was cancelled and left the list"),
            ));
        }
    }
    told
}

fn calls(
    truth: &Truth,
    log: &CallLog,
    own: &Biography,
    (clinic, day): (usize, Day),
    from: UnixMillis,
    until: UnixMillis,
) -> Vec<(UnixMillis, StoryLine)> {
    log.of_list(clinic, day)
        .filter(|call| from <= call.at && call.at <= until)
        .map(|call| of_call(truth, own, call))
        .collect()
}

fn of_call(truth: &Truth, own: &Biography, call: &CallRecord) -> (UnixMillis, StoryLine) {
    let (page, size) = (call.page, call.size);
    let day = call.day;
    let asked_zh = format!("客户端取 {day} 第 {page} 页（每页 {size}）");
    let asked_en = format!("the client asked for page {page} of {size} rows of {day}");
    let rules: Vec<&str> = call
        .rules
        .iter()
        .filter_map(|place| Some(truth.scenario().faults.get(*place)?.name.as_str()))
        .collect();
    let (faults_zh, faults_en) = match rules.is_empty() {
        true => (String::new(), String::new()),
        false => (
            format!("；故障：{}", rules.join("、")),
            format!("; faults: {}", rules.join(", ")),
        ),
    };
    let (zh, en) = match &call.outcome {
        Outcome::Page { rows, total } => {
            let total = total.map_or("?".to_owned(), |total| total.to_string());
            let (zh, en) = match rows.iter().position(|row| *row == own.number) {
                Some(place) => (
                    format!("其中第 {} 行是它", place + 1),
                    format!("it is row {} of them", place + 1),
                ),
                None => ("其中没有它".to_owned(), "it is not among them".to_owned()),
            };
            (
                format!("得到 {} 行，total {total}，{zh}", rows.len()),
                format!("got {} rows, total {total}; {en}", rows.len()),
            )
        }
        Outcome::Fault => (
            "没有得到可用的答复".to_owned(),
            "got no usable answer".to_owned(),
        ),
        Outcome::Refused(code) => (format!("被拒绝：{code}"), format!("was refused: {code}")),
        Outcome::OverBudget => (
            "超出限额，被封禁".to_owned(),
            "called too often and was banned".to_owned(),
        ),
        Outcome::WithinBan => (
            "仍在封禁期内".to_owned(),
            "called although it was banned".to_owned(),
        ),
    };
    line(
        call.looked_at,
        "server",
        format!("{asked_zh}，{zh}{faults_zh}"),
        format!("{asked_en} and {en}{faults_en}"),
    )
}

fn conclusion(kind: FindingKind, example: &Example) -> StoryLine {
    let id = &example.id;
    let what = example.what;
    let (zh, en) = match kind {
        FindingKind::Missed => (
            format!("客户端的视图里从未有过 {id}，而它一直在列表上"),
            format!("the client's view never had {id}, though it stood on the list all the time"),
        ),
        FindingKind::FalseCancel => (
            format!("客户端认为 {id} 已取消，而它仍然有效"),
            format!("the client gave {id} up as cancelled, though it is live"),
        ),
        FindingKind::Phantom => (
            format!("客户端的视图里仍有 {id}：{}", in_chinese(what)),
            format!("the client still believes in {id}: {what}"),
        ),
        FindingKind::WrongField => (
            format!("客户端的 {id} 有错误的值：{}", in_chinese(what)),
            format!("the client's {id} has a wrong value: {what}"),
        ),
    };
    StoryLine {
        at: example.at.to_string(),
        who: "client",
        zh,
        en,
    }
}
