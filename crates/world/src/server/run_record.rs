//! What is kept of a run, so that a view can be graded after it: the scenario, what was changed by
//! hand, and every call. The truth itself follows from these.

use std::io::{self, BufRead, Write};

use povline_domain::{Day, UnixMillis};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::call_log::{CallLog, CallRecord, Outcome};
use crate::scenarios::{ScenarioError, ScenarioFile};
use crate::truth::{Intervention, RowNumber, Truth};

/// A run that is over.
#[derive(Debug)]
pub struct RunRecord {
    /// The truth, up to the run's end.
    pub truth: Truth,
    /// The calls.
    pub log: CallLog,
    /// The world's time at the end.
    pub now: UnixMillis,
}

/// Why a record cannot be read.
#[derive(Debug, Error)]
pub enum RunRecordError {
    /// The file cannot be read or written.
    #[error("the run's record cannot be read")]
    File(#[from] io::Error),
    /// A line is none of a record.
    #[error("line {line} of the run's record is damaged: run the scenario again")]
    Line {
        /// Which line.
        line: usize,
    },
    /// The scenario in it cannot be read by this version.
    #[error("the scenario of the run's record cannot be played by this version")]
    Scenario(#[from] ScenarioError),
}

#[derive(Debug, Serialize, Deserialize)]
struct Head {
    povline_world: u32,
    scenario: String,
    seed: u64,
    now: i64,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Entry {
    Cancel(i64, String),
    Pick(i64, String),
    Move(i64, String, i32),
    Book(i64, String, i32),
    Call(CallEntry),
}

#[derive(Debug, Serialize, Deserialize)]
struct CallEntry {
    at: i64,
    looked: i64,
    answered: i64,
    clinic: Option<usize>,
    day: i32,
    page: u32,
    size: u32,
    rules: Vec<usize>,
    sound: bool,
    outcome: OutcomeEntry,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum OutcomeEntry {
    Page(Vec<RowNumber>, Option<u64>),
    Fault,
    Refused(i64),
    OverBudget,
    WithinBan,
}

/// The version of the form.
const VERSION: u32 = 1;

/// Writes a run's record. `scenario` is the file as it was read.
///
/// # Errors
/// If it cannot be written.
pub fn write_run(
    out: &mut impl Write,
    scenario: &str,
    truth: &Truth,
    log: &CallLog,
    now: UnixMillis,
) -> io::Result<()> {
    let head = Head {
        povline_world: VERSION,
        scenario: scenario.to_owned(),
        seed: truth.scenario().seed,
        now: now.0,
    };
    serde_json::to_writer(&mut *out, &head)?;
    writeln!(out)?;
    for (at, intervention) in truth.interventions() {
        serde_json::to_writer(&mut *out, &Entry::of(*at, intervention))?;
        writeln!(out)?;
    }
    for call in log.all() {
        serde_json::to_writer(&mut *out, &Entry::Call(CallEntry::of(call)))?;
        writeln!(out)?;
    }
    Ok(())
}

/// Reads a run's record and makes its truth again.
///
/// # Errors
/// [`RunRecordError`] if it is none, or of another version.
pub fn read_run(input: impl BufRead) -> Result<RunRecord, RunRecordError> {
    let mut lines = input.lines().enumerate();
    let damaged = |line: usize| RunRecordError::Line { line: line + 1 };
    let (_, head) = lines.next().ok_or_else(|| damaged(0))?;
    let head: Head = serde_json::from_str(&head?).map_err(|_| damaged(0))?;
    let mut scenario = ScenarioFile::parse(&head.scenario)?;
    scenario.seed = head.seed;
    let mut truth = Truth::begin(&scenario);
    let mut log = CallLog::default();
    for (place, line) in lines {
        let entry: Entry = serde_json::from_str(&line?).map_err(|_| damaged(place))?;
        match entry {
            Entry::Call(call) => log.push(call.record().ok_or_else(|| damaged(place))?),
            other => {
                let (at, intervention) = other.intervention().ok_or_else(|| damaged(place))?;
                truth.advance(at);
                truth.intervene(&intervention);
            }
        }
    }
    let now = UnixMillis(head.now);
    truth.advance(now);
    Ok(RunRecord { truth, log, now })
}

impl Entry {
    fn of(at: UnixMillis, intervention: &Intervention) -> Self {
        match intervention.clone() {
            Intervention::Cancel(id) => Self::Cancel(at.0, id),
            Intervention::Pick(id) => Self::Pick(at.0, id),
            Intervention::Move(id, day) => Self::Move(at.0, id, day.number()),
            Intervention::Book(pov, day) => Self::Book(at.0, pov, day.number()),
        }
    }

    fn intervention(self) -> Option<(UnixMillis, Intervention)> {
        let day = |number| Day::from_number(number).ok();
        Some(match self {
            Self::Cancel(at, id) => (UnixMillis(at), Intervention::Cancel(id)),
            Self::Pick(at, id) => (UnixMillis(at), Intervention::Pick(id)),
            Self::Move(at, id, to) => (UnixMillis(at), Intervention::Move(id, day(to)?)),
            Self::Book(at, pov, on) => (UnixMillis(at), Intervention::Book(pov, day(on)?)),
            Self::Call(_) => return None,
        })
    }
}

impl CallEntry {
    fn of(call: &CallRecord) -> Self {
        Self {
            at: call.at.0,
            looked: call.looked_at.0,
            answered: call.answered_at.0,
            clinic: call.clinic,
            day: call.day.number(),
            page: call.page,
            size: call.size,
            rules: call.rules.clone(),
            sound: call.sound,
            outcome: match &call.outcome {
                Outcome::Page { rows, total } => OutcomeEntry::Page(rows.clone(), *total),
                Outcome::Fault => OutcomeEntry::Fault,
                Outcome::Refused(code) => OutcomeEntry::Refused(*code),
                Outcome::OverBudget => OutcomeEntry::OverBudget,
                Outcome::WithinBan => OutcomeEntry::WithinBan,
            },
        }
    }

    fn record(self) -> Option<CallRecord> {
        Some(CallRecord {
            at: UnixMillis(self.at),
            looked_at: UnixMillis(self.looked),
            answered_at: UnixMillis(self.answered),
            clinic: self.clinic,
            day: Day::from_number(self.day).ok()?,
            page: self.page,
            size: self.size,
            rules: self.rules,
            sound: self.sound,
            outcome: match self.outcome {
                OutcomeEntry::Page(rows, total) => Outcome::Page { rows, total },
                OutcomeEntry::Fault => Outcome::Fault,
                OutcomeEntry::Refused(code) => Outcome::Refused(code),
                OutcomeEntry::OverBudget => Outcome::OverBudget,
                OutcomeEntry::WithinBan => Outcome::WithinBan,
            },
        })
    }
}
