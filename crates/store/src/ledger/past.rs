//! What was known once, and how it came to be known.

use povline_domain::{OutPovId, UnixMillis};

use super::{CertificateRecord, HistoryEntry, Suspect, TrackedRow};

/// All that one POV knows of an appointment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Story {
    /// The POV.
    pub pov: OutPovId,
    /// The row as it is known now: live, suspected or cancelled; `None` if it has left the POV.
    pub row: Option<TrackedRow>,
    /// The suspicion that it is gone, if there is one.
    pub suspect: Option<Suspect>,
    /// What was told of it, oldest first.
    pub history: Vec<HistoryEntry>,
    /// What was found of it and not told, oldest first.
    pub findings: Vec<Finding>,
}

/// Something that a scan found of an appointment and that no change tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What was found.
    pub kind: FindingKind,
    /// The number of the certificate that is its evidence.
    pub certificate: i64,
    /// The evidence.
    pub record: CertificateRecord,
}

/// The kinds of findings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FindingKind {
    /// A complete scan did not show it.
    Suspected,
    /// Another one, later, did not show it either.
    Confirmed,
    /// It was shown again.
    Returned,
}

impl FindingKind {
    /// The kind's word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Suspected => "suspected",
            Self::Confirmed => "confirmed-absent",
            Self::Returned => "shown-again",
        }
    }
}

/// A POV-day as it was known at an instant.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DayAsOf {
    /// The rows that were live or suspected then, by appointment id.
    pub rows: Vec<TrackedRow>,
    /// When the last scan before the instant began of which the evidence was kept: of those that
    /// found nothing new, none is.
    pub evidence_at: Option<UnixMillis>,
    /// How far back the ledger's history reaches; `None` if it has none. Before it, nothing can be
    /// said.
    pub history_from: Option<UnixMillis>,
}
