//! A list as the pieces of a page, or of a document for programs, so that only what has changed
//! needs to be sent.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use askama::Template;
use povline_domain::{Day, Period, UnixMillis};
use povline_web::Language;
use serde::Serialize;
use serde_json::value::RawValue;

use crate::api::{facts, row_document};
use crate::problem::clock;
use crate::view::{Clash, ListView, Names, RowView, Tally};
use crate::words;

/// How a list is drawn, and for whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Style {
    /// The desk's board, for staff.
    Board(Language, MayDecide),
    /// The public screen.
    Screen(Language),
    /// Documents for programs.
    Documents(Names),
}

/// Whether who looks may decide about held lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct MayDecide(pub(crate) bool);

impl Style {
    pub(crate) fn names(self) -> Names {
        match self {
            Self::Board(..) => Names::Whole,
            Self::Screen(_) => Names::Masked,
            Self::Documents(names) => names,
        }
    }

    /// Whether pick codes are shown.
    pub(crate) fn with_codes(self) -> bool {
        !matches!(self, Self::Screen(_))
    }
}

/// Tomorrow's counts, for stock.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tomorrow {
    pub(crate) as_of: Option<UnixMillis>,
    pub(crate) tally: Tally,
    pub(crate) periods: Vec<(Period, Tally)>,
}

/// One row as it is drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Row {
    section: String,
    key: String,
    text: String,
}

/// A list as it is drawn.
#[derive(Debug, Clone)]
pub(crate) struct Drawn {
    style: Style,
    day: Day,
    as_of: Option<UnixMillis>,
    /// Pieces that are replaced as a whole, by their mark.
    parts: BTreeMap<String, String>,
    rows: Vec<Row>,
    /// The marks of the periods, in order.
    sections: Vec<(String, String)>,
}

/// What a browser needs to tell the age.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Moment {
    pub(crate) now: UnixMillis,
    pub(crate) stale_ms: i64,
}

#[derive(Serialize)]
struct Message<'a> {
    now: i64,
    as_of: Option<i64>,
    stale_ms: i64,
    day: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    full: Option<String>,
    /// What programs are told of the list besides its rows.
    #[serde(flatten)]
    facts: BTreeMap<&'a str, Box<RawValue>>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    parts: BTreeMap<&'a str, &'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    gone: Vec<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    rows: Vec<RowMessage<'a>>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum RowMessage<'a> {
    Html {
        id: &'a str,
        r#in: &'a str,
        after: Option<&'a str>,
        html: &'a str,
    },
    Document(Box<RawValue>),
}

#[derive(Template)]
#[template(path = "row.html")]
struct RowHtml<'a> {
    language: Language,
    row: &'a RowView,
    is_board: bool,
}

#[derive(Template)]
#[template(path = "period_head.html")]
struct PeriodHead<'a> {
    language: Language,
    mark: &'a str,
    period: Period,
    tally: Tally,
}

#[derive(Template)]
#[template(path = "top.html")]
struct Top<'a> {
    language: Language,
    list: &'a ListView,
    is_board: bool,
    may_decide: bool,
}

#[derive(Template)]
#[template(path = "tomorrow.html")]
struct TomorrowHtml<'a> {
    language: Language,
    tomorrow: &'a Tomorrow,
}

/// Draws a list. A template that cannot be filled leaves an empty piece and a line in the log.
pub(crate) fn draw(style: Style, list: &ListView, tomorrow: &Tomorrow) -> Drawn {
    let mut drawn = Drawn {
        style,
        day: list.day,
        as_of: list.as_of,
        parts: BTreeMap::new(),
        rows: Vec::new(),
        sections: Vec::new(),
    };
    let (language, is_board, may_decide) = match style {
        Style::Board(language, MayDecide(may_decide)) => (language, true, may_decide),
        Style::Screen(language) => (language, false, false),
        Style::Documents(_) => {
            drawn.parts = facts(list).into_iter().collect();
            for row in list.periods.iter().flat_map(|period| &period.rows) {
                drawn.rows.push(Row {
                    section: String::new(),
                    key: row.id.as_str().to_owned(),
                    text: row_document(row),
                });
            }
            return drawn;
        }
    };
    let top = Top {
        language,
        list,
        is_board,
        may_decide,
    };
    drawn.parts.insert("top".to_owned(), filled(&top));
    if is_board {
        let html = filled(&TomorrowHtml { language, tomorrow });
        drawn.parts.insert("tomorrow".to_owned(), html);
    }
    for period in &list.periods {
        let mark = mark(&period.period);
        let head = PeriodHead {
            language,
            mark: &mark,
            period: period.period,
            tally: period.tally,
        };
        drawn.parts.insert(format!("{mark}h"), filled(&head));
        for row in &period.rows {
            let html = RowHtml {
                language,
                row,
                is_board,
            };
            drawn.rows.push(Row {
                section: format!("{mark}l"),
                key: row.key.clone(),
                text: filled(&html),
            });
        }
        drawn.sections.push((mark, period.period.to_string()));
    }
    drawn
}

/// A period's mark in the page.
fn mark(period: &Period) -> String {
    format!("p{:08x}", period.number())
}

fn filled(template: &impl Template) -> String {
    template.render().unwrap_or_else(|error| {
        tracing::error!(%error, "cannot fill a template");
        String::new()
    })
}

impl Drawn {
    /// The whole of it, for a page that is opened.
    pub(crate) fn html(&self) -> String {
        let part = |mark: &str| self.parts.get(mark).map_or("", String::as_str);
        let mut html = String::new();
        let _ = write!(html, "<div id=\"top\">{}</div>", part("top"));
        html.push_str("<div class=\"periods\">");
        for (mark, period) in &self.sections {
            let (head, list) = (format!("{mark}h"), format!("{mark}l"));
            let _ = write!(
                html,
                "<section class=\"period\" id=\"{mark}\" data-period=\"{period}\" aria-labelledby=\"{mark}t\"><div id=\"{head}\">{}</div>\
                 <ul id=\"{list}\">",
                part(&head)
            );
            for row in self.rows.iter().filter(|row| row.section == list) {
                html.push_str(&row.text);
            }
            html.push_str("</ul></section>");
        }
        html.push_str("</div>");
        if matches!(self.style, Style::Board(..)) {
            let _ = write!(html, "<div id=\"tomorrow\">{}</div>", part("tomorrow"));
        }
        html
    }

    /// The message that carries the whole.
    pub(crate) fn whole(&self, moment: Moment) -> String {
        let mut message = self.message(moment);
        match self.style {
            Style::Documents(_) => {
                let facts = self.parts.iter();
                message.facts = facts
                    .filter_map(|(name, text)| Some((name.as_str(), raw(text)?)))
                    .collect();
                message.rows = self.rows.iter().filter_map(document).collect();
            }
            _ => message.full = Some(self.html()),
        }
        text(&message)
    }

    /// The message that carries the age alone.
    pub(crate) fn beat(&self, moment: Moment) -> String {
        text(&self.message(moment))
    }

    /// The message that makes a list drawn as `before` look like this one; `None` if it looks so
    /// already, or if the whole is to be sent because the day or the periods are others.
    pub(crate) fn patch(&self, before: &Self, moment: Moment) -> Option<String> {
        let mut message = self.message(moment);
        let changed = self
            .parts
            .iter()
            .filter(|(mark, text)| before.parts.get(*mark) != Some(*text));
        let mut is_changed = self.as_of != before.as_of;
        for (mark, text) in changed {
            is_changed = true;
            match self.style {
                Style::Documents(_) => {
                    message
                        .facts
                        .extend(raw(text).map(|raw| (mark.as_str(), raw)));
                }
                _ => {
                    message.parts.insert(mark, text);
                }
            }
        }
        let known: BTreeMap<&str, &Row> = before
            .rows
            .iter()
            .map(|row| (row.key.as_str(), row))
            .collect();
        let mut previous: Option<&Row> = None;
        let mut there = BTreeSet::new();
        for row in &self.rows {
            there.insert(row.key.as_str());
            if known.get(row.key.as_str()) != Some(&row) {
                let after = previous.filter(|previous| previous.section == row.section);
                message.rows.extend(match self.style {
                    Style::Documents(_) => document(row),
                    _ => Some(RowMessage::Html {
                        id: &row.key,
                        r#in: &row.section,
                        after: after.map(|previous| previous.key.as_str()),
                        html: &row.text,
                    }),
                });
            }
            previous = Some(row);
        }
        let gone = known.keys().filter(|key| !there.contains(*key));
        message.gone = gone.copied().collect();
        is_changed |= !message.rows.is_empty() || !message.gone.is_empty();
        is_changed.then(|| text(&message))
    }

    /// Whether a list drawn as `before` can be made to look like this one.
    pub(crate) fn can_patch(&self, before: &Self) -> bool {
        self.day == before.day && self.sections == before.sections
    }

    fn message(&self, moment: Moment) -> Message<'_> {
        Message {
            now: moment.now.0,
            as_of: self.as_of.map(|at| at.0),
            stale_ms: moment.stale_ms,
            day: self.day.to_string(),
            full: None,
            facts: BTreeMap::new(),
            parts: BTreeMap::new(),
            gone: Vec::new(),
            rows: Vec::new(),
        }
    }
}

fn document(row: &Row) -> Option<RowMessage<'_>> {
    raw(&row.text).map(RowMessage::Document)
}

fn raw(text: &str) -> Option<Box<RawValue>> {
    RawValue::from_string(text.to_owned()).ok()
}

fn text(message: &Message<'_>) -> String {
    serde_json::to_string(message).unwrap_or_default()
}

/// What became of something that was done, in words.
pub(crate) fn clash_text(clash: &Clash, language: Language) -> String {
    let fixed = |chinese: &str, english: &str| language.pick(chinese, english).to_owned();
    match clash {
        Clash::Cancelled => fixed("此预约已被取消", "the appointment was cancelled"),
        Clash::Moved(day, period) => language.pick(
            format!("已改约至 {day} {period}"),
            format!("it was moved to {day} {period}"),
        ),
        Clash::Gone => fixed("清单中已无此预约", "the appointment is on no list any more"),
        Clash::Overruled => fixed(
            "平台现在显示相反的状态",
            "the platform shows the opposite now",
        ),
        Clash::Later => fixed(
            "平台已有更晚的操作,本次未采用",
            "the platform knew of something later and ignored this",
        ),
        Clash::Refused(Some(said)) => {
            let why = words::refusal(said, language);
            language.pick(
                format!("平台拒绝:{why}"),
                format!("the platform refuses it: {why}"),
            )
        }
        Clash::Refused(None) => fixed(
            "平台拒绝,原因请登录前台查看",
            "the platform refuses it; why is told to staff who sign in",
        ),
    }
}

/// What is called tried in vain, in words.
fn tried_words(list: &ListView, language: &Language) -> Option<String> {
    let tried_at = list.tried_at?;
    if list.verdict == "complete" || list.as_of.is_some_and(|as_of| as_of >= tried_at) {
        return None;
    }
    let (at, verdict) = (clock(tried_at), words::verdict(&list.verdict, *language));
    Some(language.pick(
        format!("{at} 的读取不完整({verdict})"),
        format!("the reading at {at} was not complete ({verdict})"),
    ))
}

/// Another day than that of the list: `2026-11-28`, and tomorrow by its name.
fn held_day(day: &Day, list: &ListView, language: &Language) -> String {
    match list.day.plus_days(1).is_ok_and(|next| next == *day) {
        true => language.pick(format!("明天 {day}"), format!("tomorrow {day}")),
        false => day.to_string(),
    }
}

/// The same as [`clash_text`], as templates call it.
fn clash_words(clash: &Clash, language: &Language) -> String {
    clash_text(clash, *language)
}

/// What is said of tomorrow's counts if they are stale, as templates call it.
fn tomorrow_stale(language: &Language) -> &'static str {
    language.pick(
        "明日人数已过时,备苗前请重新读取。",
        "Tomorrow's counts are stale. Read the list anew before you prepare stock by them.",
    )
}
