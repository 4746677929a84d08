//! What the API answers.

use povline_domain::UnixMillis;
use povline_store::ledger::{Hold, HoldMark};
use povline_web::Language;
use serde::Serialize;

use crate::draw::clash_text;
use crate::view::{ClashView, ListView, PeriodView, RowView, Tally};

/// How old what is told is.
#[derive(Debug, Serialize)]
pub(super) struct AgeDocument {
    /// When the list was last read whole, in milliseconds since 1970 and as a clock in the clinic
    /// shows it; `null` if it never was.
    as_of: Option<i64>,
    as_of_text: Option<String>,
    age_ms: Option<i64>,
    /// Whether it is too old to be relied on.
    is_stale: bool,
    now: i64,
}

impl AgeDocument {
    pub(super) fn new(view: &ListView, now: UnixMillis, stale_ms: i64) -> Self {
        let age_ms = view.as_of.map(|as_of| now.millis_since(as_of).max(0));
        Self {
            as_of: view.as_of.map(|as_of| as_of.0),
            as_of_text: view.as_of.map(|as_of| as_of.to_string()),
            age_ms,
            is_stale: age_ms.is_none_or(|age| age > stale_ms),
            now: now.0,
        }
    }
}

#[derive(Debug, Serialize)]
struct RowDocument<'a> {
    appointment_id: &'a str,
    appointment_period: String,
    pick_code: Option<&'a str>,
    name: &'a str,
    picked: bool,
    in_doubt: bool,
    to_be_told: bool,
    done_at: Option<i64>,
    done_by: Option<&'a str>,
}

impl<'a> RowDocument<'a> {
    fn new(row: &'a RowView) -> Self {
        Self {
            appointment_id: row.id.as_str(),
            appointment_period: row.period.to_string(),
            pick_code: row.code.as_deref(),
            name: &row.name,
            picked: row.picked,
            in_doubt: row.doubtful,
            to_be_told: row.waiting,
            done_at: row.done.as_ref().map(|(at, _)| at.0),
            done_by: row.done.as_ref().map(|(_, by)| by.as_str()),
        }
    }
}

#[derive(Debug, Serialize)]
struct TallyDocument {
    expected: usize,
    arrived: usize,
    left: usize,
    in_doubt: usize,
}

impl TallyDocument {
    fn new(tally: &Tally) -> Self {
        Self {
            expected: tally.expected,
            arrived: tally.arrived,
            left: tally.left(),
            in_doubt: tally.doubtful,
        }
    }
}

/// A row as it goes to programs.
pub(crate) fn row_document(row: &RowView) -> String {
    serde_json::to_string(&RowDocument::new(row)).unwrap_or_default()
}

/// What is told of a list besides its rows and its age, each as a document by its name.
#[derive(Debug, Serialize)]
struct Facts {
    counts: TallyDocument,
    conflicts: Vec<ClashDocument>,
    held: Option<HoldDocument>,
    fleet_held: bool,
    to_be_told: usize,
    unread: u64,
}

impl Facts {
    fn new(view: &ListView) -> Self {
        Self {
            counts: TallyDocument::new(&view.tally),
            conflicts: view.clashes.iter().map(ClashDocument::new).collect(),
            held: view
                .hold
                .map(|marked| HoldDocument::new(&marked.hold, marked.mark)),
            fleet_held: view.fleet_hold,
            to_be_told: view.waiting,
            unread: view.unread,
        }
    }
}

/// The same, each by itself, for a stream that tells only what has changed.
pub(crate) fn facts(view: &ListView) -> Vec<(String, String)> {
    let facts = serde_json::to_value(Facts::new(view)).unwrap_or_default();
    let facts = facts.as_object().into_iter().flatten();
    facts
        .map(|(name, fact)| (name.clone(), fact.to_string()))
        .collect()
}

#[derive(Debug, Serialize)]
struct PeriodDocument {
    appointment_period: String,
    counts: TallyDocument,
}

impl PeriodDocument {
    fn all(periods: &[PeriodView]) -> Vec<Self> {
        let documents = periods.iter().map(|period| Self {
            appointment_period: period.period.to_string(),
            counts: TallyDocument::new(&period.tally),
        });
        documents.collect()
    }
}

#[derive(Debug, Serialize)]
struct ClashDocument {
    number: i64,
    kind: &'static str,
    appointment_id: String,
    name: String,
    picked: bool,
    done_at: i64,
    done_by: String,
    message: String,
}

impl ClashDocument {
    fn new(clash: &ClashView) -> Self {
        Self {
            number: clash.number.number,
            kind: clash.number.word(),
            appointment_id: clash.id.as_str().to_owned(),
            name: clash.name.clone(),
            picked: clash.picked,
            done_at: clash.at.0,
            done_by: clash.by.clone(),
            message: format!(
                "{} / {}",
                clash_text(&clash.clash, Language::Chinese),
                clash_text(&clash.clash, Language::English)
            ),
        }
    }
}

/// Something that holds a list's cancellations back.
#[derive(Debug, Serialize)]
pub(super) struct HoldDocument {
    held_at: i64,
    known: u64,
    lost: u64,
    rejected_at: Option<i64>,
    /// Of which loss a decision is.
    mark: String,
}

impl HoldDocument {
    pub(super) fn new(hold: &Hold, mark: HoldMark) -> Self {
        Self {
            mark: mark.to_string(),
            held_at: hold.held_at.0,
            known: hold.known,
            lost: hold.lost,
            rejected_at: hold.rejected_at.map(|at| at.0),
        }
    }
}

/// A whole list.
#[derive(Debug, Serialize)]
pub(super) struct ListDocument {
    day: String,
    #[serde(flatten)]
    age: AgeDocument,
    rows: Vec<serde_json::Value>,
    #[serde(flatten)]
    facts: Facts,
}

impl ListDocument {
    pub(super) fn new(view: &ListView, age: AgeDocument) -> Self {
        let rows = view.periods.iter().flat_map(|period| &period.rows);
        Self {
            day: view.day.to_string(),
            age,
            rows: rows.map(value).collect(),
            facts: Facts::new(view),
        }
    }
}

/// A list's counts by period.
#[derive(Debug, Serialize)]
pub(super) struct CountsDocument {
    day: String,
    #[serde(flatten)]
    age: AgeDocument,
    counts: TallyDocument,
    periods: Vec<PeriodDocument>,
}

impl CountsDocument {
    pub(super) fn new(view: &ListView, age: AgeDocument) -> Self {
        Self {
            day: view.day.to_string(),
            age,
            counts: TallyDocument::new(&view.tally),
            periods: PeriodDocument::all(&view.periods),
        }
    }
}

/// Who was found.
#[derive(Debug, Serialize)]
pub(super) struct FoundDocument {
    #[serde(flatten)]
    age: AgeDocument,
    found_by: &'static str,
    rows: Vec<serde_json::Value>,
}

impl FoundDocument {
    pub(super) fn new(found_by: &'static str, rows: &[RowView], age: AgeDocument) -> Self {
        Self {
            age,
            found_by,
            rows: rows.iter().map(value).collect(),
        }
    }
}

/// What was done.
#[derive(Debug, Serialize)]
pub(super) struct ActedDocument {
    /// `done`, or `already` if it was so before.
    result: &'static str,
    row: serde_json::Value,
}

impl ActedDocument {
    pub(super) fn new(result: &'static str, row: &RowView) -> Self {
        Self {
            result,
            row: value(row),
        }
    }
}

fn value(row: &RowView) -> serde_json::Value {
    serde_json::to_value(RowDocument::new(row)).unwrap_or_default()
}
