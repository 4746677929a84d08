//! What a captured stream of events lacks: gaps, doubles, and events of one appointment in the
//! wrong order.
//!
//! Events of different appointments may come in any order: only webhooks send them that way, and
//! what belongs together is told by their sequence. So gaps are told at the end.

use std::collections::{BTreeMap, HashMap};

use serde::Deserialize;

use crate::envelope::{GAP_TYPE, TYPE_PREFIX};

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// A line that is no event.
    Unreadable,
    /// An event that was there before.
    Double {
        /// Its sequence.
        sequence: i64,
    },
    /// An event of an appointment after a later one of the same.
    Disorder {
        /// Its sequence.
        sequence: i64,
        /// The later one that came first.
        after: i64,
        /// The appointment's id.
        appointment: String,
    },
    /// Events that are not there.
    Gap {
        /// The first of them.
        first: i64,
        /// The last of them.
        last: i64,
        /// Whether the stream itself says that they were forgotten.
        announced: bool,
    },
}

impl Finding {
    /// A stable word for it.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Unreadable => "unreadable",
            Self::Double { .. } => "double",
            Self::Disorder { .. } => "disorder",
            Self::Gap {
                announced: true, ..
            } => "forgotten",
            Self::Gap { .. } => "gap",
        }
    }
}

/// A finding and where it was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The line, counted from 1; of a gap, that of the first event after it.
    pub line: u64,
    /// The source whose events they are; empty of what is unreadable.
    pub source: String,
    /// What it is.
    pub finding: Finding,
}

#[derive(Deserialize)]
struct Told {
    source: String,
    #[serde(rename = "type")]
    kind: String,
    sequence: String,
    data: Data,
}

#[derive(Deserialize)]
struct Data {
    appointment_id: Option<String>,
    first_sequence: Option<String>,
    last_sequence: Option<String>,
}

/// Reads a stream line by line.
#[derive(Debug, Default)]
pub struct Verifier {
    lines: u64,
    events: u64,
    sources: BTreeMap<String, OneSource>,
}

#[derive(Debug, Default)]
struct OneSource {
    /// Runs of sequences that are there: the first of each, with its last and the line of its
    /// first.
    runs: BTreeMap<i64, (i64, u64)>,
    /// The last sequence of each appointment.
    last: HashMap<String, i64>,
    forgotten: Vec<(i64, i64)>,
}

impl Verifier {
    /// How many events were read.
    #[must_use]
    pub fn events(&self) -> u64 {
        self.events
    }

    /// Reads a line; an empty one says nothing.
    pub fn line(&mut self, line: &[u8]) -> Vec<Found> {
        self.lines += 1;
        let number = self.lines;
        if line.trim_ascii().is_empty() {
            return Vec::new();
        }
        let found = |source: &str, finding| Found {
            line: number,
            source: source.to_owned(),
            finding,
        };
        let unreadable = || vec![found("", Finding::Unreadable)];
        let Ok(told) = serde_json::from_slice::<Told>(line) else {
            return unreadable();
        };
        let Some(sequence) = told.sequence.parse::<i64>().ok().filter(|n| *n > 0) else {
            return unreadable();
        };
        let source = self.sources.entry(told.source.clone()).or_default();
        if told.kind == GAP_TYPE {
            let bound = |text: Option<String>| text?.parse::<i64>().ok();
            let (Some(first), Some(last)) = (
                bound(told.data.first_sequence),
                bound(told.data.last_sequence),
            ) else {
                return unreadable();
            };
            source.forgotten.push((first, last));
            return Vec::new();
        }
        let (Some(appointment), true) =
            (told.data.appointment_id, told.kind.starts_with(TYPE_PREFIX))
        else {
            return unreadable();
        };
        self.events += 1;
        if !source.insert(sequence, number) {
            return vec![found(&told.source, Finding::Double { sequence })];
        }
        match source.last.get_mut(&appointment) {
            Some(last) if *last > sequence => {
                let after = *last;
                let finding = Finding::Disorder {
                    sequence,
                    after,
                    appointment,
                };
                vec![found(&told.source, finding)]
            }
            Some(last) => {
                *last = sequence;
                Vec::new()
            }
            None => {
                source.last.insert(appointment, sequence);
                Vec::new()
            }
        }
    }

    /// Tells the gaps, after the last line.
    #[must_use]
    pub fn finish(&self) -> Vec<Found> {
        let mut gaps = Vec::new();
        for (name, source) in &self.sources {
            let found = |line, (first, last), announced| Found {
                line,
                source: name.clone(),
                finding: Finding::Gap {
                    first,
                    last,
                    announced,
                },
            };
            for gap in &source.forgotten {
                gaps.push(found(0, *gap, true));
            }
            let runs: Vec<_> = source.runs.iter().collect();
            for pair in runs.windows(2) {
                let (gap_first, gap_last) = (pair[0].1.0 + 1, pair[1].0 - 1);
                let line = pair[1].1.1;
                let is_announced = source
                    .forgotten
                    .iter()
                    .any(|(first, last)| *first <= gap_first && gap_last <= *last);
                if !is_announced {
                    gaps.push(found(line, (gap_first, gap_last), false));
                }
            }
        }
        gaps
    }
}

impl OneSource {
    /// Takes a sequence into the runs; `false` if it is in one already.
    fn insert(&mut self, sequence: i64, line: u64) -> bool {
        let before = self.runs.range(..=sequence).next_back();
        let before = before.map(|(first, (last, line))| (*first, *last, *line));
        if before.is_some_and(|(_, last, _)| last >= sequence) {
            return false;
        }
        let (mut first, mut last, mut line) = (sequence, sequence, line);
        if let Some((run_first, run_last, run_line)) = before
            && run_last == sequence - 1
        {
            (first, line) = (run_first, run_line);
        }
        if let Some((run_last, _)) = self.runs.remove(&(sequence + 1)) {
            last = run_last;
        }
        self.runs.insert(first, (last, line));
        true
    }
}
