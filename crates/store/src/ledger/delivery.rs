//! Handing events on: the outbox with its evidence, and how far each sink has got.

use std::future::Future;

use povline_domain::UnixMillis;
use tokio::sync::watch;

use super::{Event, EventCursor, LookedAt};
use crate::StoreError;

/// The name of a sink: 1 to 64 of `a-z`, `0-9`, `-` and `_`, so that it needs no quoting anywhere.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SinkName(Box<str>);

impl SinkName {
    /// Checks the name and takes it.
    ///
    /// # Errors
    /// What a name must be.
    pub fn new(text: &str) -> Result<Self, &'static str> {
        let fits =
            |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_".contains(&byte);
        if (1..=64).contains(&text.len()) && text.bytes().all(fits) {
            Ok(Self(text.into()))
        } else {
            Err("must be 1 to 64 of a-z, 0-9, - and _")
        }
    }

    /// The name itself.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for SinkName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// The scan whose certificate proves an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProvingScan {
    /// `complete`, `agreed`, or why it was not.
    pub verdict: &'static str,
    /// When its first page was requested.
    pub began_at: Option<UnixMillis>,
    /// When its last answer was there.
    pub ended_at: Option<UnixMillis>,
    /// How many pages were read.
    pub pages: u32,
    /// If it proved cancellations, every day on which the rows might have stood.
    pub looked_at: Vec<LookedAt>,
}

/// An event with what its proof says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToldEvent {
    /// The event.
    pub event: Event,
    /// The scan that proves it.
    pub scan: ProvingScan,
}

/// A part of the outbox, all of one instant.
#[derive(Debug, Clone, Default)]
pub struct Outbox {
    /// The events asked for, oldest first, without a gap between them.
    pub events: Vec<ToldEvent>,
    /// The oldest event that is kept; one more than `last` if none is.
    pub first_kept: EventCursor,
    /// The last event ever told.
    pub last: EventCursor,
}

impl Outbox {
    /// The events after `cursor` that are not kept any longer, if there are any: the first and the
    /// last of them.
    #[must_use]
    pub fn forgotten_after(&self, cursor: EventCursor) -> Option<(EventCursor, EventCursor)> {
        let gap = (
            EventCursor(cursor.0 + 1),
            EventCursor(self.first_kept.0 - 1),
        );
        (gap.0 <= gap.1).then_some(gap)
    }
}

/// Where a sink that is new begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SinkStart {
    /// At the oldest event that is kept.
    Oldest,
    /// After the last event there is.
    Now,
}

/// An event that a sink's cursor has passed and that was not handed over yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitingLetter {
    /// The event.
    pub cursor: EventCursor,
    /// How often it was tried.
    pub attempts: u32,
    /// When it is tried next, at the earliest.
    pub due_at: UnixMillis,
    /// Why the last attempt failed, without anything that the receiver wrote.
    pub reason: Option<String>,
}

/// A letter that nobody tries to deliver any longer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadLetter {
    /// Whose it is.
    pub sink: SinkName,
    /// The event, if it is still kept.
    pub event: Option<ToldEvent>,
    /// Its place.
    pub cursor: EventCursor,
    /// How often it was tried.
    pub attempts: u32,
    /// When it was tried last.
    pub failed_at: Option<UnixMillis>,
    /// Why that failed.
    pub reason: String,
}

/// Where a sink stands when it begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SinkState {
    /// Every event up to it was handed over, waits, or is dead.
    pub cursor: EventCursor,
    /// The letters that wait, by their cursors.
    pub waiting: Vec<WaitingLetter>,
    /// Why nothing is tried.
    pub stopped: Option<String>,
}

/// What a sink did, to be written in one commit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SinkStep {
    /// The new cursor.
    pub cursor: EventCursor,
    /// When.
    pub at: UnixMillis,
    /// How many events were handed over.
    pub delivered: u64,
    /// How many were forgotten before they could be.
    pub lost: u64,
    /// Letters that wait no longer, because they were handed over or forgotten.
    pub settled: Vec<EventCursor>,
    /// Letters that wait (again).
    pub waiting: Vec<WaitingLetter>,
    /// Letters that are dead from now on: their attempts and the reason of the last failure.
    pub dead: Vec<WaitingLetter>,
    /// The trouble there was last, unless something was handed over after it.
    pub failure: Option<String>,
    /// Nothing more is to be tried, and why.
    pub stopped: Option<String>,
}

/// What is to be handed over once more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Again {
    /// Every dead letter.
    Dead,
    /// These events, if the sink's cursor has passed them.
    Events(Vec<EventCursor>),
    /// Every event after this one which the sink's cursor has passed.
    Since(EventCursor),
}

/// How a sink is doing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SinkStatus {
    /// Its name.
    pub name: SinkName,
    /// Its kind's word.
    pub kind: String,
    /// Every event up to it was handed over, waits, or is dead.
    pub cursor: EventCursor,
    /// How many events it has still to be handed, those that wait included.
    pub behind: u64,
    /// Since when the oldest of these is there: the end of the scan that proves it.
    pub behind_since: Option<UnixMillis>,
    /// How many wait to be tried again, or behind one that does.
    pub waiting: u64,
    /// How many are dead.
    pub dead: u64,
    /// How many were handed over, repeats included.
    pub delivered: u64,
    /// How many were forgotten before they could be.
    pub lost: u64,
    /// When something was handed over last.
    pub delivered_at: Option<UnixMillis>,
    /// When it last failed, and why, if nothing was handed over since.
    pub failure: Option<(UnixMillis, String)>,
    /// Why nothing more is tried.
    pub stopped: Option<String>,
}

/// A line of the table `events_v1`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableLine {
    /// The event and its proof.
    pub told: ToldEvent,
    /// Its id.
    pub event_id: String,
}

/// The ledger's part in delivery. A sink is fed by one process at a time; others may look, and ask
/// for letters again.
pub trait Deliveries: Send + Sync + 'static {
    /// By which consumers know this ledger; another ledger has another one.
    fn ledger_id(&self) -> impl Future<Output = Result<String, StoreError>> + Send;

    /// Events after `cursor`, oldest first, at most `events_max`, each with its proof.
    fn outbox(
        &self,
        cursor: EventCursor,
        events_max: usize,
    ) -> impl Future<Output = Result<Outbox, StoreError>> + Send;

    /// The events at these places that are still kept, by their places.
    fn told(
        &self,
        cursors: Vec<EventCursor>,
    ) -> impl Future<Output = Result<Vec<ToldEvent>, StoreError>> + Send;

    /// The last event whose proof ended before this instant; 0 if there is none.
    fn cursor_before(
        &self,
        at: UnixMillis,
    ) -> impl Future<Output = Result<EventCursor, StoreError>> + Send;

    /// Where a sink stands. One that is new begins where `start` says.
    ///
    /// # Errors
    /// Refused if the sink is known as one of another kind.
    fn enlist(
        &self,
        name: &SinkName,
        kind: &'static str,
        start: SinkStart,
    ) -> impl Future<Output = Result<SinkState, StoreError>> + Send;

    /// Writes what a sink did. When this returns, it survives a crash.
    fn advance(
        &self,
        name: &SinkName,
        step: SinkStep,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Writes events into the table `events_v1` and moves the sink's cursor, in one commit. A line
    /// that is there already stays.
    fn fill_table(
        &self,
        name: &SinkName,
        lines: Vec<TableLine>,
        step: SinkStep,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Asks that events be handed to a sink once more; tells how many. `None` if there is no such
    /// sink.
    fn ask_again(
        &self,
        name: &SinkName,
        what: Again,
    ) -> impl Future<Output = Result<Option<u64>, StoreError>> + Send;

    /// Takes up to so many letters that were asked for again: from now on they wait.
    fn take_asked(
        &self,
        name: &SinkName,
        letters_max: usize,
    ) -> impl Future<Output = Result<Vec<ToldEvent>, StoreError>> + Send;

    /// The dead letters of one sink or of all, oldest first, at most `letters_max`.
    fn dead_letters(
        &self,
        name: Option<&SinkName>,
        letters_max: usize,
    ) -> impl Future<Output = Result<Vec<DeadLetter>, StoreError>> + Send;

    /// Lets a sink that had stopped be tried again. `false` if there is no such sink.
    fn resume(&self, name: &SinkName) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Whether a sink is stopped, and why: another process may have resumed it.
    fn stopped(
        &self,
        name: &SinkName,
    ) -> impl Future<Output = Result<Option<String>, StoreError>> + Send;

    /// Every sink ever enlisted, by name.
    fn sinks(&self) -> impl Future<Output = Result<Vec<SinkStatus>, StoreError>> + Send;

    /// Forgets a sink: its place and its letters. `false` if there is no such sink.
    fn dismiss(&self, name: &SinkName) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Drops letters and lines of `events_v1` whose events were forgotten, and of each sink the
    /// oldest dead letters above `dead_max`. All count as lost. Tells how many letters that were.
    fn tidy_deliveries(
        &self,
        dead_max: u64,
    ) -> impl Future<Output = Result<u64, StoreError>> + Send;

    /// The instant before which everything must be forgotten for no more than `events_max` events
    /// to be kept; `None` if there are no more.
    fn bound_of_events(
        &self,
        events_max: u64,
    ) -> impl Future<Output = Result<Option<UnixMillis>, StoreError>> + Send;

    /// Erases names from history and events that were proved before this instant, and from rows of
    /// days that were over by then, and overwrites where they stood. Tells of how many lines.
    fn erase_names(
        &self,
        before: UnixMillis,
    ) -> impl Future<Output = Result<u64, StoreError>> + Send;

    /// Sees every commit of this process that others have to look at.
    fn commits(&self) -> watch::Receiver<u64>;
}
