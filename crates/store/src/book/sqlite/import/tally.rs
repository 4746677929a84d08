//! Counting what an import does.

use std::collections::BTreeMap;

use crate::book::{ImportReport, Refusal};

/// The report of an import on its way.
pub(super) struct Tally {
    report: ImportReport,
    /// The first refusals by line; those of deferred rows come late.
    refusals: BTreeMap<u64, Refusal>,
    refusals_max: usize,
}

impl Tally {
    pub(super) fn new(refusals_max: usize) -> Self {
        Self {
            report: ImportReport::default(),
            refusals: BTreeMap::new(),
            refusals_max,
        }
    }

    pub(super) fn lines(&self) -> u64 {
        self.report.lines
    }

    pub(super) fn read(&mut self) {
        self.report.lines += 1;
    }

    pub(super) fn added(&mut self) {
        self.report.added += 1;
    }

    pub(super) fn updated(&mut self) {
        self.report.updated += 1;
    }

    pub(super) fn unchanged(&mut self) {
        self.report.unchanged += 1;
    }

    pub(super) fn pov_created(&mut self) {
        self.report.povs_created += 1;
    }

    pub(super) fn refuse(&mut self, line: u64, refusal: Refusal) {
        self.report.refused += 1;
        self.refusals.insert(line, refusal);
        if self.refusals.len() > self.refusals_max {
            self.refusals.pop_last();
        }
    }

    pub(super) fn report(self, keep_good: bool) -> ImportReport {
        ImportReport {
            kept: keep_good || self.report.refused == 0,
            refusals: self.refusals.into_iter().collect(),
            ..self.report
        }
    }
}
