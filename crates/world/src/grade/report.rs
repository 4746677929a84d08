//! The report, for machines and for the page that people read.

use std::collections::BTreeMap;

use povline_domain::UnixMillis;
use serde::Serialize;

use super::calls::{Calls, Recovery, recoveries};
use super::finding::FindingKind;
use super::grader::Grader;
use super::lateness::Delays;
use super::picture::Timeline;
use super::rows::tolerance_ms;
use super::score::{Score, score};
use super::story::{Story, tell};
use crate::server::CallLog;
use crate::truth::{Biography, Truth};

/// What a client's grade is made of.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// The scenario's name.
    pub scenario: String,
    /// Its title in Chinese.
    pub title_zh: String,
    /// Its title in English.
    pub title_en: String,
    /// The seed.
    pub seed: u64,
    /// When the world began, in Shanghai.
    pub begins_at: String,
    /// The world's time as of which this is the report.
    pub now: String,
    /// Whether nothing will change any more.
    pub at_rest: bool,
    /// Changes in the world so far.
    pub changes: u64,
    /// Appointments that there are or were.
    pub appointments: u64,
    /// How often rows were handed in.
    pub hand_ins: u64,
    /// How many events were.
    pub events: u64,
    /// Rows and events that were checked.
    pub rows_checked: u64,
    /// Errors by kind.
    pub findings: BTreeMap<FindingKind, u64>,
    /// Wrong values by field.
    pub wrong_fields: BTreeMap<&'static str, u64>,
    /// False cancels that no client could have avoided, by stated limit.
    pub limits: BTreeMap<&'static str, u64>,
    /// Live rows that the client doubted although they stood throughout its last whole reading.
    pub false_doubts: u64,
    /// Lists that were to be polled and were not asked for within an hour.
    pub neglected_lists: u64,
    /// Lists that the client declared incomplete, over all hand-ins.
    pub declared_incomplete: u64,
    /// Rows that it did not know on those.
    pub rows_unknown: u64,
    /// How late changes were detected.
    pub delays: Vec<Delays>,
    /// The calls.
    pub calls: Calls,
    /// How soon it recovered from faults.
    pub recoveries: Vec<Recovery>,
    /// The score.
    pub score: Score,
    /// The first error of each kind as a story.
    pub stories: Vec<Story>,
    /// What the picture shows.
    pub timeline: Timeline,
}

impl Report {
    /// How many errors of a kind there are.
    #[must_use]
    pub fn count(&self, kind: FindingKind) -> u64 {
        self.findings.get(&kind).copied().unwrap_or(0)
    }

    /// Whether there is no error of any kind.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.findings.values().all(|count| *count == 0)
    }
}

pub(super) fn report(grader: &Grader, truth: &Truth, log: &CallLog, now: UnixMillis) -> Report {
    let scenario = truth.scenario();
    let at_rest = now >= truth.ends_at();
    let findings = FindingKind::ALL.map(|kind| (kind, grader.findings.count(kind)));
    let mut report = Report {
        scenario: scenario.name.clone(),
        title_zh: scenario.title.zh.clone(),
        title_en: scenario.title.en.clone(),
        seed: scenario.seed,
        begins_at: truth.begins_at().to_string(),
        now: now.to_string(),
        at_rest,
        changes: truth.changes(),
        appointments: truth.biographies().len() as u64,
        hand_ins: grader.hand_ins.len() as u64,
        events: grader.events,
        rows_checked: grader.rows_checked,
        findings: findings.into_iter().collect(),
        wrong_fields: grader.findings.wrong_fields.clone(),
        limits: grader.findings.limits.clone(),
        false_doubts: grader.false_doubts,
        neglected_lists: grader.neglected,
        declared_incomplete: grader.declared_incomplete,
        rows_unknown: grader.rows_unknown,
        delays: grader.lateness.tell(truth, |row| expected(truth, row, now)),
        calls: Calls::of(truth, log),
        recoveries: recoveries(&scenario.faults, log),
        score: Score {
            points: 0.0,
            lines: Vec::new(),
        },
        stories: tell(grader, truth, log),
        timeline: Timeline::of(truth, log, now),
    };
    report.score = score(&report);
    report
}

/// Whether a client that polls the open days could know how an appointment stands now: its last
/// change is at least ten minutes old, and its day is polled.
fn expected(truth: &Truth, biography: &Biography, now: UnixMillis) -> bool {
    const POLL_MS: i64 = 10 * 60_000;
    let Some(last) = biography.states.last() else {
        return false;
    };
    let changed_at = biography.cancelled_at.unwrap_or(last.from);
    now.millis_since(changed_at) >= POLL_MS + tolerance_ms(truth)
        && truth.open_days(now).any(|day| day == last.day)
}
