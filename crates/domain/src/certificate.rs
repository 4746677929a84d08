//! The proof that a POV-day's list was read whole.

use std::fmt;

use crate::{AppointmentId, PageRequest, UnixMillis};

/// A digest of the bytes of an answer's `result`; equal digests mean equal answers. It leaves out
/// `request_id`, which differs with every answer.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest(pub u128);

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({self})")
    }
}

/// One page as a scan read it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// The page that was asked for.
    pub request: PageRequest,
    /// How many rows came back.
    pub rows: u32,
    /// The length of the list, as the answer told it.
    pub total: Option<u64>,
    /// The answer's digest.
    pub digest: Digest,
    /// When the request left.
    pub requested_at: UnixMillis,
    /// When the whole answer was there.
    pub answered_at: UnixMillis,
}

/// Why a scan proves nothing about absent rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IncompleteReason {
    /// An answer echoed another page than was asked for.
    OtherPage,
    /// A page came back with more rows than were asked for.
    TooManyRows,
    /// One window shows an id twice.
    RepeatedId(AppointmentId),
    /// Two consecutive windows share fewer rows than the proof needs.
    NoAnchor,
    /// Two consecutive windows show their shared rows in different order.
    OrderChanged,
    /// A shared row does not stand at the seam, so a row has moved while the scan ran.
    Moved(AppointmentId),
    /// A short page ended the list, yet the server says that it is longer, and asking on did not
    /// settle it.
    EndInDoubt,
    /// No page size can advance the chain with the overlap that is needed.
    NoProgress,
    /// More windows than one scan may take.
    TooLong,
    /// A row could not be read, so it cannot be told present from absent.
    UnreadableRow,
    /// A row names another POV or another day than was asked for.
    ForeignRow(AppointmentId),
    /// A call failed for good before the list was read to its end.
    CallFailed,
    /// The server keeps no order, and no two passes over its list showed the same appointments.
    PassesDiffer,
}

impl IncompleteReason {
    /// A short stable word for the reason, for storage, metrics and machines.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::OtherPage => "other-page",
            Self::TooManyRows => "too-many-rows",
            Self::RepeatedId(_) => "repeated-id",
            Self::NoAnchor => "no-anchor",
            Self::OrderChanged => "order-changed",
            Self::Moved(_) => "moved",
            Self::EndInDoubt => "end-in-doubt",
            Self::NoProgress => "no-progress",
            Self::TooLong => "too-long",
            Self::UnreadableRow => "unreadable-row",
            Self::ForeignRow(_) => "foreign-row",
            Self::CallFailed => "call-failed",
            Self::PassesDiffer => "passes-differ",
        }
    }
}

/// What a scan proves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Every row that was there throughout and did not move is in the scan's rows. Only this may
    /// make anything absent.
    Complete,
    /// The server keeps no order by which windows could be joined, but two passes over the list, one
    /// after the other, showed exactly the same appointments, each once. That is no proof, but all
    /// that can be had of such a server, and absence from it is acted on.
    Agreed,
    /// The rows that were seen are true, but others may be missing.
    Incomplete(IncompleteReason),
}

impl Verdict {
    /// A short stable word: `complete`, `agreed`, or the code of the reason.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Agreed => "agreed",
            Self::Incomplete(reason) => reason.code(),
        }
    }
}

/// The record of one scan of a POV-day: what was asked, what came back, and what it proves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    /// The pages read, in the order in which they were asked for.
    pub windows: Vec<Window>,
    /// For each seam between consecutive windows, the ids that both show.
    pub anchors: Vec<Vec<AppointmentId>>,
    /// What the scan proves.
    pub verdict: Verdict,
    /// How often the chain was begun anew with more overlap before this verdict.
    pub restarts: u32,
}

impl Certificate {
    /// Whether absence from this scan may be acted on.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        matches!(self.verdict, Verdict::Complete | Verdict::Agreed)
    }

    /// When the first request left: the list is at least this fresh in every part.
    #[must_use]
    pub fn begun_at(&self) -> Option<UnixMillis> {
        self.windows.iter().map(|window| window.requested_at).min()
    }

    /// When the last answer was there.
    #[must_use]
    pub fn ended_at(&self) -> Option<UnixMillis> {
        self.windows.iter().map(|window| window.answered_at).max()
    }
}
