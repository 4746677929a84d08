//! The agent's ledger: what is known of every tracked POV-day, how it came to be known, and what
//! is yet to be handed on.
//!
//! A scan's outcome is settled in one transaction: rows, history, certificate and events together
//! or not at all. The ledger does not decide what a scan means: it shows the deciding function the
//! [`DayView`] and writes the [`Settlement`] that comes back.

mod alarm;
mod brake;
mod budget;
mod delivery;
mod desk;
mod past;
mod quarantine;
mod sqlite;
mod types;

pub use alarm::{AlarmOf, AlarmRecord};
pub use brake::{
    Brake, BrakeStep, DecidedHold, HeldPlace, Hold, HoldAnswer, HoldDecision, HoldMark,
    HoldMarkError, HoldScope, LOSS_WINDOW_MS, MarkedHold,
};
pub use budget::{BudgetPart, CallsTaken, CallsWanted};
pub use delivery::{
    Again, DeadLetter, Deliveries, Outbox, ProvingScan, SinkName, SinkStart, SinkState, SinkStatus,
    SinkStep, TableLine, ToldEvent, WaitingLetter,
};
pub use desk::{
    AccessToken, ClashKind, Desk, DeskList, DeskMark, DeskRow, Device, Guess, GuessLimits,
    LostPick, NewPick, NewStaff, Pairing, Pick, PickNow, PickState, Session, Staff, TokenDigest,
    Waiting, Whereabouts,
};
pub use past::{DayAsOf, Finding, FindingKind, Story};
pub use quarantine::{Quarantined, UnreadRow};
pub use sqlite::SqliteLedger;
pub use types::{
    CertificateRecord, CheckedDay, Counts, DayCheck, DayStatus, DayView, Event, EventCursor,
    HistoryEntry, LookedAt, Observation, Observed, ObservedRow, RowState, RowWrite, SavedPlan,
    Seen, Settled, Settlement, Suspect, TrackedRow,
};

use std::future::Future;
use std::ops::RangeInclusive;

use povline_domain::{AppKey, AppointmentId, Day, OutPovId, UnixMillis, Window};

use crate::StoreError;

/// The agent's ledger on any engine. One agent writes to it at a time.
pub trait Ledger: Send + Sync + 'static {
    /// Settles scans, in order: for each, shows `decide` what the ledger knows (earlier settlements
    /// of the same call included) and writes what it says. Each is all or nothing; all of them
    /// share one durable commit. When this returns, they survive a crash.
    ///
    /// One POV's trouble is never another's: where `decide` panics or says what cannot be written,
    /// that observation's own result is an error, nothing of it is kept, and the others stand. An
    /// error of the whole call means that nothing was written for any.
    fn settle<D>(
        &self,
        observations: Vec<Observation>,
        decide: D,
    ) -> impl Future<Output = Result<Vec<Result<Settled, StoreError>>, StoreError>> + Send
    where
        D: Fn(&Observation, &DayView) -> Settlement + Send + Sync + 'static;

    /// The windows of the certificate for which the ledger's rows of this POV-day stand; `None` if
    /// they stand for none (never read whole, or a row was moved since), so that an equal answer
    /// must be parsed all the same.
    fn standing_windows(
        &self,
        pov: &OutPovId,
        day: Day,
    ) -> impl Future<Output = Result<Option<Vec<Window>>, StoreError>> + Send;

    /// The rows of a POV-day, live and suspected, by appointment id.
    fn rows(
        &self,
        pov: &OutPovId,
        day: Day,
    ) -> impl Future<Output = Result<Vec<TrackedRow>, StoreError>> + Send;

    /// Every POV-day known, with its age and counts, by POV and day: all that was ever read and is
    /// not forgotten.
    fn days(&self) -> impl Future<Output = Result<Vec<DayStatus>, StoreError>> + Send {
        self.days_from(Day::MIN)
    }

    /// The same from this day on, at the cost of these alone.
    fn days_from(
        &self,
        first: Day,
    ) -> impl Future<Output = Result<Vec<DayStatus>, StoreError>> + Send;

    /// When each list of this day or a later one was last read whole, in any order and at the cost of
    /// these alone: what is asked before every sweep, where all that is known of them would cost
    /// several times as much.
    fn checks_from(
        &self,
        first: Day,
    ) -> impl Future<Output = Result<Vec<CheckedDay>, StoreError>> + Send;

    /// Every suspected absence, oldest first.
    fn suspects(&self) -> impl Future<Output = Result<Vec<Suspect>, StoreError>> + Send;

    /// The lists of POVs with suspects that were read whole and are not among these open days of a
    /// run, from the day `first` on: an appointment may have moved there too.
    fn days_beyond(
        &self,
        open_days: RangeInclusive<Day>,
        first: Day,
    ) -> impl Future<Output = Result<Vec<CheckedDay>, StoreError>> + Send;

    /// Everything that is held, the fleet first.
    fn held(&self) -> impl Future<Output = Result<Vec<(HoldScope, Hold)>, StoreError>> + Send;

    /// The same, each with the mark by which it is decided about. It goes over every lost row of the
    /// held lists.
    fn holds(&self) -> impl Future<Output = Result<Vec<HeldPlace>, StoreError>> + Send;

    /// Takes down what a person says of the loss that they were `shown`, and lets go what was
    /// accepted. If a list has lost something else by now, nothing is taken down; of the fleet, what
    /// was lost since then stays held.
    fn decide_hold(
        &self,
        scope: HoldScope,
        shown: HoldMark,
        decision: HoldDecision,
    ) -> impl Future<Output = Result<HoldAnswer, StoreError>> + Send;

    /// What people said of holds, newest first, at most `decisions_max`.
    fn hold_decisions(
        &self,
        decisions_max: usize,
    ) -> impl Future<Output = Result<Vec<DecidedHold>, StoreError>> + Send;

    /// The rows in quarantine, newest first, at most `rows_max`.
    fn quarantine(
        &self,
        rows_max: usize,
    ) -> impl Future<Output = Result<Vec<Quarantined>, StoreError>> + Send;

    /// How many rows are in quarantine that their lists still show.
    fn quarantined(&self) -> impl Future<Output = Result<u64, StoreError>> + Send;

    /// Drops a row from quarantine, or, if `number` is `None`, every one. Of one that its list
    /// still shows only the text is dropped: as long as it is there, its appointment is not gone.
    /// Tells how many there were.
    fn drop_quarantined(
        &self,
        number: Option<i64>,
    ) -> impl Future<Output = Result<u64, StoreError>> + Send;

    /// What was learned about the server that each app calls: words and numbers whose meaning is the
    /// learner's.
    fn habits(&self)
    -> impl Future<Output = Result<Vec<(AppKey, String, i64)>, StoreError>> + Send;

    /// Keeps what was learned about an app's server, in place of what was known of it.
    fn keep_habits(
        &self,
        app: &AppKey,
        learned: Vec<(String, i64)>,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Events after `cursor`, oldest first, at most `events_max`.
    fn events_after(
        &self,
        cursor: EventCursor,
        events_max: usize,
    ) -> impl Future<Output = Result<Vec<Event>, StoreError>> + Send;

    /// The history of one appointment at a POV, oldest first.
    fn history(
        &self,
        pov: &OutPovId,
        id: &AppointmentId,
    ) -> impl Future<Output = Result<Vec<HistoryEntry>, StoreError>> + Send;

    /// All that is known of an appointment, by POV.
    fn stories(
        &self,
        id: &AppointmentId,
    ) -> impl Future<Output = Result<Vec<Story>, StoreError>> + Send;

    /// A POV-day as it was known at an instant, as far as the history reaches back.
    fn day_as_of(
        &self,
        pov: &OutPovId,
        day: Day,
        at: UnixMillis,
    ) -> impl Future<Output = Result<DayAsOf, StoreError>> + Send;

    /// The evidence under this number, unless it has been forgotten.
    fn certificate(
        &self,
        number: i64,
    ) -> impl Future<Output = Result<Option<CertificateRecord>, StoreError>> + Send;

    /// Totals for the status screen.
    fn counts(&self) -> impl Future<Output = Result<Counts, StoreError>> + Send;

    /// Takes calls out of the budget of `day` for the app with this key, and tells how many were
    /// granted. What is granted counts as used even if the process dies before it uses them.
    /// Several processes may take from one budget.
    fn reserve_calls(
        &self,
        app: &AppKey,
        day: Day,
        wanted: CallsWanted,
    ) -> impl Future<Output = Result<u64, StoreError>> + Send;

    /// Puts calls that were granted for `day` and never made back into that day's budget, by the
    /// part as whose they were taken. No part gets more than was taken as its own.
    fn return_calls(
        &self,
        app: &AppKey,
        day: Day,
        unused: CallsTaken,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Calls of `day` that were taken for the app with this key.
    fn calls_taken(
        &self,
        app: &AppKey,
        day: Day,
    ) -> impl Future<Output = Result<CallsTaken, StoreError>> + Send;

    /// Keeps what an app's planner has learned, in place of what it had before.
    fn save_plan(&self, plan: SavedPlan) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// What the planners of all apps have learned.
    fn plans(&self) -> impl Future<Output = Result<Vec<SavedPlan>, StoreError>> + Send;

    /// Raises an alarm at this instant, with what a person should know. False if it stands already.
    fn raise_alarm(
        &self,
        of: &AlarmOf,
        detail: &str,
        at: UnixMillis,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Clears an alarm at this instant, because its cause has gone. False if it does not stand.
    fn clear_alarm(
        &self,
        of: &AlarmOf,
        at: UnixMillis,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// The alarms that stand, oldest first, and then those that were cleared, newest first; at most
    /// `alarms_max`.
    fn alarms(
        &self,
        alarms_max: usize,
    ) -> impl Future<Output = Result<Vec<AlarmRecord>, StoreError>> + Send;

    /// Forgets what is older than `before`: history, events and certificates, rows reported
    /// cancelled by then, alarms cleared by then, and the budgets of earlier days. Live rows and suspects stay. Tells how
    /// much that was. Others may settle meanwhile.
    fn forget(&self, before: UnixMillis) -> impl Future<Output = Result<u64, StoreError>> + Send;
}
