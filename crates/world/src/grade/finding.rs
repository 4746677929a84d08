//! What is wrong with what a client believes.

use std::collections::BTreeMap;

use serde::Serialize;

use super::example::Example;

/// A kind of error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum FindingKind {
    /// A row that stood there was never known.
    Missed,
    /// A row that stood there was given up.
    FalseCancel,
    /// A row that is not there is believed in.
    Phantom,
    /// A value that the row did not have.
    WrongField,
}

impl FindingKind {
    /// Every kind, the worst first.
    pub const ALL: [Self; 4] = [
        Self::FalseCancel,
        Self::Missed,
        Self::Phantom,
        Self::WrongField,
    ];

    /// The kind's word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Missed => "missed",
            Self::FalseCancel => "false-cancel",
            Self::Phantom => "phantom",
            Self::WrongField => "wrong-field",
        }
    }
}

/// How many there are of each kind, and the first of each.
#[derive(Debug, Clone, Default)]
pub struct Findings {
    pub(super) counts: BTreeMap<FindingKind, u64>,
    /// Wrong values by field.
    pub(super) wrong_fields: BTreeMap<&'static str, u64>,
    /// False cancels that fall under a stated limit.
    pub(super) limits: BTreeMap<&'static str, u64>,
    pub(super) examples: BTreeMap<FindingKind, Example>,
}

impl Findings {
    /// How many there are of a kind.
    #[must_use]
    pub fn count(&self, kind: FindingKind) -> u64 {
        self.counts.get(&kind).copied().unwrap_or(0)
    }

    pub(super) fn add(&mut self, kind: FindingKind, example: impl FnOnce() -> Example) {
        *self.counts.entry(kind).or_default() += 1;
        self.examples.entry(kind).or_insert_with(example);
    }

    pub(super) fn add_limit(&mut self, limit: &'static str) {
        *self.limits.entry(limit).or_default() += 1;
    }
}
