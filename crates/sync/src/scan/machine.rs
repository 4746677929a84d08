//! The scan as a chain of steps: each tells its driver what to do and takes what came of it.

use std::fmt;

use povline_domain::{
    AppointmentId, Day, Digest, IncompleteReason, OutPovId, Page, PageRequest, UnixMillis,
    UnknownFields, Window,
};

use super::outcome::Outcome;
use super::policy::ScanPolicy;
use super::state::State;

/// What a scan wants next. Nothing else can be done with a scan, so nothing can be done out of
/// turn.
///
/// `B` is the driver's handle of an answer's body, which a scan keeps and gives back unread.
#[derive(Debug)]
pub enum Step<B> {
    /// A page is to be asked for.
    Fetch(Fetch<B>),
    /// A body is to be decoded. Bodies come in the order in which their pages were asked for.
    Decode(Decode<B>),
    /// The scan is over.
    Done(Outcome),
}

/// A page that is to be asked for.
pub struct Fetch<B> {
    pub(super) request: PageRequest,
    pub(super) state: Box<State<B>>,
}

/// A body that is to be decoded.
pub struct Decode<B> {
    pub(super) window: Window,
    pub(super) body: B,
    pub(super) state: Box<State<B>>,
}

/// A successful answer, not yet decoded.
#[derive(Clone, Copy)]
pub struct Answer<B> {
    /// The digest of its `result`.
    pub digest: Digest,
    /// When the request left.
    pub requested_at: UnixMillis,
    /// When the whole answer was there.
    pub answered_at: UnixMillis,
    /// The body, to be decoded if it turns out to be news.
    pub body: B,
}

/// What stands in a body.
#[derive(Debug, Clone)]
pub struct DecodedPage {
    /// The page, with the rows that could be read.
    pub page: Page,
    /// Its other rows, by position.
    pub unreadable: Vec<UnreadableRow>,
    /// The names of members of rows that the contract does not know.
    pub unknown_fields: Vec<String>,
    /// What those members hold, of each readable row that has any: its place among the page's rows,
    /// from 0, in their order.
    pub unknown_of_rows: Vec<(usize, UnknownFields)>,
}

/// A row of a page that could not be read.
#[derive(Clone, PartialEq, Eq)]
pub struct UnreadableRow {
    /// Its place in the page, from 0, counting all rows.
    pub position: usize,
    /// Its appointment, if that much could be read.
    pub appointment_id: Option<AppointmentId>,
    /// What is wrong with it, without anything that stands in it.
    pub reason: String,
    /// As it came.
    pub raw: String,
}

/// Begins to scan the list of a POV-day. `standing` are the windows of the certificate for which
/// the ledger's rows stand: the same pages are asked for in the same order, and as long as they
/// answer the same, nothing is decoded.
#[must_use]
pub fn begin<B>(
    policy: ScanPolicy,
    pov: OutPovId,
    day: Day,
    standing: Option<Vec<Window>>,
) -> Step<B> {
    State::begin(policy, pov, day, standing.unwrap_or_default())
}

impl<B> Fetch<B> {
    /// The page to ask for.
    #[must_use]
    pub fn request(&self) -> PageRequest {
        self.request
    }

    /// The digest of the answer that would show nothing new: the body of that one will hardly ever
    /// have to be decoded.
    #[must_use]
    pub fn expected(&self) -> Option<Digest> {
        self.state.expected()
    }

    /// Takes the answer.
    #[must_use]
    pub fn answered(self, answer: Answer<B>) -> Step<B> {
        let window = Window {
            request: self.request,
            rows: 0,
            total: None,
            digest: answer.digest,
            requested_at: answer.requested_at,
            answered_at: answer.answered_at,
        };
        self.state.answered(window, answer.body)
    }

    /// The call failed for good: ends the scan with what was seen so far.
    #[must_use]
    pub fn failed(self) -> Step<B> {
        self.state.end(IncompleteReason::CallFailed)
    }
}

impl<B> Decode<B> {
    /// The body to decode.
    #[must_use]
    pub fn body(&self) -> &B {
        &self.body
    }

    /// Takes what stands in the body.
    #[must_use]
    pub fn decoded(self, decoded: DecodedPage) -> Step<B> {
        self.state.decoded(self.window, decoded)
    }

    /// The body is no answer at all: ends the scan with what was seen so far.
    #[must_use]
    pub fn failed(self) -> Step<B> {
        self.state.end(IncompleteReason::CallFailed)
    }
}

// Bodies hold patients' data, so none is ever shown.

impl fmt::Debug for UnreadableRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UnreadableRow")
            .field("position", &self.position)
            .field("appointment_id", &self.appointment_id)
            .field("reason", &self.reason)
            .finish_non_exhaustive()
    }
}

impl<B> fmt::Debug for Fetch<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fetch")
            .field("request", &self.request)
            .finish_non_exhaustive()
    }
}

impl<B> fmt::Debug for Decode<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Decode")
            .field("window", &self.window)
            .finish_non_exhaustive()
    }
}

impl<B> fmt::Debug for Answer<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer")
            .field("digest", &self.digest)
            .field("requested_at", &self.requested_at)
            .field("answered_at", &self.answered_at)
            .finish_non_exhaustive()
    }
}
