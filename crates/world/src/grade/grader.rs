//! The grader: takes what a client hands in, and keeps what is wrong with it.

use std::collections::{HashMap, HashSet};

use povline_domain::{Day, UnixMillis};
use serde::Serialize;

use super::finding::Findings;
use super::lateness::Lateness;
use super::report::{self, Report};
use super::view::{Line, ViewEvent};
use super::{events, rows};
use crate::faults::FaultKind;
use crate::scenarios::ServerKind;
use crate::server::{CallLog, Outcome};
use crate::truth::{RowNumber, Truth};

/// Holds what a client hands in against the truth.
#[derive(Debug, Clone, Default)]
pub struct Grader {
    pub(super) findings: Findings,
    pub(super) lateness: Lateness,
    /// When a page last showed each row to the client, and as of when.
    pub(super) shown: HashMap<RowNumber, UnixMillis>,
    /// Rows that were in some view.
    pub(super) known: HashSet<RowNumber>,
    /// The client's view: each row with the place of the state that it shows, if it shows one.
    pub(super) view: HashMap<RowNumber, Option<usize>>,
    /// What is wrong with rows now, so that one error is counted once.
    pub(super) wrong_now: HashSet<(RowNumber, super::FindingKind)>,
    /// Rows that are doubted now although they stood throughout a whole reading.
    pub(super) doubted_now: HashSet<RowNumber>,
    pub(super) false_doubts: u64,
    /// Rows that have left long ago and that the client still doubts, each once.
    pub(super) doubted_after_leaving: HashSet<RowNumber>,
    /// Lists that are not polled now.
    pub(super) neglected_now: HashSet<(usize, Day)>,
    pub(super) neglected: u64,
    pub(super) rows_checked: u64,
    pub(super) hand_ins: Vec<UnixMillis>,
    pub(super) events: u64,
    /// Lists declared incomplete, over all hand-ins.
    pub(super) declared_incomplete: u64,
    pub(super) rows_unknown: u64,
    /// How many of the log's calls have been looked at.
    calls_seen: usize,
    /// When page 1 of each list was looked at last.
    first_pages: HashMap<(usize, Day), UnixMillis>,
}

/// What a hand-in came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct HandedIn {
    /// Rows or events taken.
    pub taken: u64,
    /// Errors found in this hand-in.
    pub errors: u64,
}

impl Grader {
    /// Nothing was handed in yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The client's whole view, as of `at`.
    pub fn hand_in_rows(
        &mut self,
        truth: &Truth,
        log: &CallLog,
        lines: Vec<Line>,
        at: UnixMillis,
    ) -> HandedIn {
        self.look_at_calls(truth, log, at);
        let before = self.errors();
        let mut taken = Vec::with_capacity(lines.len());
        let mut incomplete: HashSet<(String, Day)> = HashSet::new();
        for line in lines {
            match line {
                Line::Row(row) => taken.push(row),
                Line::Incomplete(pov, day) => {
                    incomplete.insert((pov, day));
                }
            }
        }
        self.declared_incomplete += incomplete.len() as u64;
        let count = taken.len() as u64;
        rows::check(self, truth, log, &taken, &incomplete, at);
        self.hand_ins.push(at);
        HandedIn {
            taken: count,
            errors: self.errors() - before,
        }
    }

    /// Events, oldest first, handed in at `at`.
    pub fn hand_in_events(
        &mut self,
        truth: &Truth,
        log: &CallLog,
        told: &[ViewEvent],
        at: UnixMillis,
    ) -> HandedIn {
        let before = self.errors();
        for event in told {
            let at = event.at.unwrap_or(at).min(at);
            self.look_at_calls(truth, log, at);
            events::take(self, truth, log, event, at);
        }
        self.events += told.len() as u64;
        HandedIn {
            taken: told.len() as u64,
            errors: self.errors() - before,
        }
    }

    /// Everything that was found, and how things stand now.
    #[must_use]
    pub fn report(&self, truth: &Truth, log: &CallLog, now: UnixMillis) -> Report {
        report::report(self, truth, log, now)
    }

    /// What was found so far.
    #[must_use]
    pub fn findings(&self) -> &Findings {
        &self.findings
    }

    fn errors(&self) -> u64 {
        self.findings.counts.values().sum()
    }

    /// Learns from the log what the client was shown.
    pub(super) fn look_at_calls(&mut self, truth: &Truth, log: &CallLog, until: UnixMillis) {
        let rules = &truth.scenario().faults;
        let pins = truth.scenario().server.kind == ServerKind::Gateway;
        let calls = log.all();
        while let Some(call) = calls
            .get(self.calls_seen)
            .filter(|call| call.answered_at <= until)
        {
            self.calls_seen += 1;
            let mut looked_at = call.looked_at;
            let struck = || call.rules.iter().filter_map(|place| rules.get(*place));
            // An old page once more, or rows that cannot be read, show nothing new.
            let shows_nothing = [FaultKind::Repeat, FaultKind::NoPickStatus];
            if struck().any(|rule| shows_nothing.contains(&rule.what)) {
                continue;
            }
            for rule in struck().filter(|rule| rule.what == FaultKind::Stale) {
                looked_at = looked_at.plus_millis(-i64::from(rule.seconds) * 1_000);
            }
            let Outcome::Page { rows, .. } = &call.outcome else {
                continue;
            };
            if let Some(clinic) = call.clinic {
                let first = self
                    .first_pages
                    .entry((clinic, call.day))
                    .or_insert(looked_at);
                match call.page {
                    1 => *first = looked_at,
                    // The gateway's further pages may be of the list as it was at page 1.
                    _ if pins => looked_at = looked_at.min(*first),
                    _ => {}
                }
            }
            for row in rows {
                let shown = self.shown.entry(*row).or_insert(looked_at);
                *shown = looked_at.max(*shown);
            }
        }
    }
}
