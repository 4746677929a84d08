//! What the ledger is told and what it tells.

use std::sync::Arc;

use povline_domain::{
    AppKey, Appointment, AppointmentId, Certificate, Change, Day, OutPovId, UnixMillis,
    UnknownFields, Window,
};

use super::brake::{Brake, BrakeStep};
use super::quarantine::UnreadRow;

/// The outcome of one scan of a POV-day, to be settled.
#[derive(Debug, Clone)]
pub struct Observation {
    /// The POV, by the ISV's code.
    pub pov: OutPovId,
    /// The day.
    pub day: Day,
    /// The days that the run reads, of which this scan is one of many: where a vanished row may
    /// turn up, beside the days to come that the ledger knows. All scans of a run share them.
    pub open_days: Arc<[Day]>,
    /// When the scan began, also if not one page came.
    pub tried_at: UnixMillis,
    /// How the list was read and what that proves.
    pub certificate: Certificate,
    /// What was seen.
    pub observed: Observed,
    /// Rows that were there but cannot be taken at their word; none if it is unchanged.
    pub unread: Vec<UnreadRow>,
}

/// What a scan saw.
#[derive(Debug, Clone)]
pub enum Observed {
    /// Every window's digest equals that of the standing certificate: the same rows again.
    Unchanged,
    /// These rows, each id once, in the order of the windows.
    Rows(Vec<ObservedRow>),
}

/// A row as a scan saw it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObservedRow {
    /// The row.
    pub appointment: Appointment,
    /// What it says beside.
    pub unknown: Option<UnknownFields>,
    /// The last window of the certificate that shows it.
    pub window: u16,
}

/// Whether a tracked row is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowState {
    /// Seen, and not missed since.
    Live,
    /// Absent from a complete scan; where it went is not proved yet (待确认).
    Suspected,
    /// Proved absent and reported so.
    Cancelled,
}

/// When a row was last shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seen {
    /// By this window of the certificate for which its day's rows stand: whenever the same answer
    /// comes again, it has been seen again.
    Window(u16),
    /// By a page whose answer was there at this instant.
    At(UnixMillis),
}

/// When a list was last read whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckedDay {
    /// The POV.
    pub pov: OutPovId,
    /// The day.
    pub day: Day,
    /// When the first page of its last complete scan was requested.
    pub checked_at: UnixMillis,
}

/// A row as the ledger knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrackedRow {
    /// As last seen.
    pub appointment: Appointment,
    /// What it said beside when it was last seen: it is kept, but a change of it is no change of
    /// the appointment. `None` of a row as of an earlier
    /// instant than that, since the history does not keep it.
    pub unknown: Option<UnknownFields>,
    /// Whether it is there.
    pub state: RowState,
    /// The number of its changes so far; the next one has this plus 1.
    pub version: u32,
    /// When it was last shown.
    pub seen: Seen,
}

/// A row that a complete scan of its day did not show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suspect {
    /// Which appointment.
    pub appointment_id: AppointmentId,
    /// The POV at which it was last seen.
    pub pov: OutPovId,
    /// The day on which it was last seen.
    pub day: Day,
    /// When the answer was there of the page that showed it last.
    pub last_shown: UnixMillis,
    /// When the first page was requested of the scan that first missed it.
    pub vanished_at: UnixMillis,
    /// When the first page was requested of the scan of its own day that confirmed its absence,
    /// long enough after it vanished; `None` until then.
    pub confirmed_at: Option<UnixMillis>,
    /// Whether a person has accepted that it is gone, although much had vanished at once.
    pub accepted: bool,
    /// Whether its day, or the fleet, is held.
    pub held: bool,
}

/// When a day of a POV was last read whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DayCheck {
    /// The day.
    pub day: Day,
    /// When the first page of its last complete scan was requested.
    pub begun_at: UnixMillis,
    /// Whether it is held.
    pub held: bool,
}

/// What the ledger shows to whoever decides what a scan means.
#[derive(Debug, Clone, Default)]
pub struct DayView {
    /// The windows of the certificate for which the rows of this day stand, if they stand for one.
    pub standing: Option<Vec<Window>>,
    /// The rows of this POV-day, live and suspected, by appointment id. Empty when the
    /// observation is [`Observed::Unchanged`]: then only `suspects` and `checks` matter.
    pub rows: Vec<TrackedRow>,
    /// Where rows that the observation shows and this day does not know are known to be: live on
    /// another day of this POV, or suspected or reported cancelled at any POV. With each, the
    /// instant at which the page that last showed it was answered, worked out from its own day's standing certificate; of a
    /// cancelled one, the instant at which its absence was confirmed. An id may be known at two
    /// POVs; a live one counts then, or else the one shown last.
    pub elsewhere: Vec<(TrackedRow, UnixMillis)>,
    /// The suspects of this POV, on all its days, each with its row, by appointment id.
    pub suspects: Vec<(Suspect, TrackedRow)>,
    /// When this day was last read whole and, if there are suspects, when each day of this POV was
    /// that is open or, on the day of the scan, not over; this scan not included.
    pub checks: Vec<DayCheck>,
    /// Of the suspects that the scan would cancel, those that are live at another POV, each with
    /// the instant at which it was last shown there. They are looked up only then: the deciding
    /// function is asked once more if there are any.
    pub moved: Vec<TrackedRow>,
    /// Of the suspects, those of which an unreadable row is there: on another list or, if the
    /// observation is [`Observed::Unchanged`], on this one. They are not gone.
    pub unread: Vec<AppointmentId>,
    /// The brake of this POV-day; the default one where nothing can have vanished and nothing is
    /// held.
    pub brake: Brake,
    /// The brake of the fleet.
    pub fleet: Brake,
    /// How many rows are live in the fleet.
    pub fleet_live: u64,
    /// How many of the fleet's lost rows are lost on POV-days that are held by themselves.
    pub lost_on_held: u64,
}

/// One write to the rows of the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RowWrite {
    /// The row is live and stands so now on the observation's POV-day. If it stood on another day
    /// (or POV), it leaves that one, whose rows, had it been live there, then stand for no
    /// certificate any more. A suspect or a cancelled row that is put is neither any longer.
    Put(TrackedRow),
    /// A live row of this POV-day is missing since this instant; it becomes a suspect.
    Suspect(AppointmentId, UnixMillis),
    /// A suspect's absence from its own day was confirmed by a scan begun at this instant.
    Confirm(AppointmentId, UnixMillis),
    /// A suspect is proved absent: it leaves its day and is remembered as cancelled, with this
    /// version.
    Cancel(AppointmentId, u32),
    /// A suspect is live at another POV: it leaves this one, with this version.
    Leave(AppointmentId, u32),
}

/// What a scan means for the ledger.
#[derive(Debug, Clone, Default)]
pub struct Settlement {
    /// The writes to rows, at most one of each kind for one appointment.
    pub rows: Vec<RowWrite>,
    /// The changes to be told, each written to the history and the outbox, in the order of the
    /// writes that they belong to: a write that takes an appointment from version 2 to 4 has the
    /// changes 3 and 4. The ledger refuses a settlement in which they do not add up.
    pub changes: Vec<Change>,
    /// Whether the day's live rows now stand for this scan's certificate: it was complete, and
    /// they are the rows that it showed, each taken as the newest. If not, and a row of the day was
    /// put or suspected, they stand for none; if nothing was, they stand for what they stood for.
    pub stands: bool,
    /// Rows that were seen on a page which is not proved to be newer than the one that last showed
    /// them, and were left.
    pub stale: u32,
    /// What becomes of the POV-day's brake.
    pub brake: Option<BrakeStep>,
    /// What becomes of the fleet's.
    pub fleet: Option<BrakeStep>,
}

impl Settlement {
    /// Whether the scan shows the rows for which the day stands already, and means nothing else.
    #[must_use]
    pub fn is_only_noted(&self) -> bool {
        self.stands
            && self.rows.is_empty()
            && self.changes.is_empty()
            && self.brake.is_none()
            && self.fleet.is_none()
    }
}

/// What settling one scan did.
#[derive(Debug, Clone, Default)]
pub struct Settled {
    /// The changes told.
    pub changes: Vec<Change>,
    /// How many rows became suspected.
    pub suspected: u32,
    /// How many suspects the day has now, each of which wants confirming scans.
    pub suspects_left: u32,
    /// Whether the day's rows stand for this scan. An [`Observed::Unchanged`] that does not stand
    /// was overtaken (the rows changed since its certificate was looked up): it proved nothing, and
    /// the day must be read again.
    pub stands: bool,
    /// Rows that were left because their page is not proved to be newer than the one that last
    /// showed them: the list is to be read once more.
    pub stale: u32,
    /// What became of the POV-day's brake.
    pub brake: Option<BrakeStep>,
    /// What became of the fleet's.
    pub fleet: Option<BrakeStep>,
    /// How many rows were put in quarantine that were not there before.
    pub quarantined: u32,
}

/// The age and size of a POV-day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DayStatus {
    /// The POV.
    pub pov: OutPovId,
    /// The day.
    pub day: Day,
    /// When its rows were last proved right (the first request of the last complete scan).
    pub checked_at: Option<UnixMillis>,
    /// When its rows last changed (the first request of the scan that showed it).
    pub changed_at: Option<UnixMillis>,
    /// When a scan was last tried, whatever its verdict.
    pub tried_at: Option<UnixMillis>,
    /// The verdict of the last scan: `complete`, or why not.
    pub verdict: String,
    /// Live rows.
    pub live: u64,
    /// Suspected rows.
    pub suspected: u64,
    /// Live rows whose number was taken.
    pub picked: u64,
}

/// A place in the stream of events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct EventCursor(pub i64);

/// One event of the outbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Its place; the events of one appointment are in the order of their versions.
    pub cursor: EventCursor,
    /// The change. With the POV, its id and version make a repeat recognisable.
    pub change: Change,
    /// The POV-day whose scan told it.
    pub pov: OutPovId,
    /// The day of that scan.
    pub day: Day,
    /// The number of the certificate that is its evidence.
    pub certificate: i64,
}

/// One line of an appointment's history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryEntry {
    /// What happened.
    pub change: Change,
    /// The number of the certificate that is its evidence.
    pub certificate: i64,
}

/// What is kept of a scan that changed what is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateRecord {
    /// The POV.
    pub pov: OutPovId,
    /// The day.
    pub day: Day,
    /// How the list was read and what that proved.
    pub certificate: Certificate,
    /// Became suspected by it.
    pub suspected: Vec<AppointmentId>,
    /// Suspects whose absence from their own day it confirmed.
    pub confirmed: Vec<AppointmentId>,
    /// Suspects that it showed again.
    pub returned: Vec<AppointmentId>,
    /// If it proved cancellations, every day on which the rows might have stood, and when each was
    /// last read whole before they were told. Of a proof that an older version kept, none is.
    pub looked_at: Vec<LookedAt>,
}

/// A day that was read to look for a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LookedAt {
    /// The day.
    pub day: Day,
    /// When the first page of its last complete scan was requested.
    pub begun_at: UnixMillis,
}

/// What an app's polling planner has learned. The ledger does not look into it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SavedPlan {
    /// The app.
    pub app: AppKey,
    /// When it was saved.
    pub saved_at: UnixMillis,
    /// The planner's own encoding, which tells its version.
    pub state: Vec<u8>,
}

/// Totals of the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Counts {
    /// POV-days known.
    pub days: u64,
    /// Live rows.
    pub live: u64,
    /// Suspected rows.
    pub suspected: u64,
    /// Rows reported cancelled.
    pub cancelled: u64,
    /// Rows in quarantine that their lists still show.
    pub quarantined: u64,
    /// Certificates kept.
    pub certificates: u64,
    /// Events told so far by kind, forgotten ones included, in the order of [`povline_domain::ChangeKind::ALL`].
    pub events: [u64; 7],
    /// The oldest `checked_at` of any known day.
    pub oldest_check: Option<UnixMillis>,
}
