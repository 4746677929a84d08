//! What the book is told and what it tells.

use std::fmt;

use povline_domain::{
    AppKey, Appointment, AppointmentId, Day, IsvId, OutPovId, Period, PickCode, PickStatus, PovId,
    UnixMillis,
};

use super::Grant;

/// Who does something to the book, for the audit: an app, a command, the world.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// Who: `app:12345678`, `command:import`, `world`.
    pub name: String,
    /// When.
    pub at: UnixMillis,
}

/// An app's secret. `Debug` hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretText(pub String);

impl fmt::Debug for SecretText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretText(***)")
    }
}

/// Whether an app may call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AppStatus {
    /// It may.
    Enabled,
    /// It may not.
    Disabled,
}

/// An app to be made.
#[derive(Debug, Clone)]
pub struct NewApp {
    /// Its public key.
    pub key: AppKey,
    /// The ISV that it belongs to.
    pub isv: IsvId,
    /// What people call it.
    pub name: String,
    /// Its first secret.
    pub secret: SecretText,
}

/// An app as the book knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppRecord {
    /// Its public key.
    pub key: AppKey,
    /// The ISV that it belongs to.
    pub isv: IsvId,
    /// The ISV's name.
    pub isv_name: String,
    /// What people call it.
    pub name: String,
    /// Whether it may call.
    pub status: AppStatus,
    /// The live secrets, newest first: one, or two during a rotation.
    pub secrets: Vec<SecretText>,
    /// What it may read.
    pub grants: Vec<Grant>,
    /// Those of its grants that also let it write.
    pub write_grants: Vec<Grant>,
    /// When it was made.
    pub created_at: UnixMillis,
}

/// A POV as the book knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PovRecord {
    /// The platform's number.
    pub pov: PovId,
    /// The ISV that serves it.
    pub isv: IsvId,
    /// The ISV's code for it.
    pub out_pov_id: OutPovId,
    /// What people call it, if known.
    pub name: Option<String>,
}

/// Everything that admitting a call needs.
#[derive(Debug, Clone, Default)]
pub struct Access {
    /// Every app.
    pub apps: Vec<AppRecord>,
    /// Every POV.
    pub povs: Vec<PovRecord>,
}

/// The version of a POV-day: it differs whenever the day's rows differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DayVersion(pub i64);

impl DayVersion {
    /// The version of a day to which nothing was ever written.
    pub const NONE: Self = Self(0);
}

/// A row as it lies in the book.
#[derive(Clone, Copy)]
pub struct RowRef<'a> {
    /// The appointment's id.
    pub appointment_id: &'a str,
    /// The booked period.
    pub period: Period,
    /// The pick code.
    pub pick_code: &'a str,
    /// Whether the number was taken.
    pub pick_status: PickStatus,
    /// The vaccinee's name.
    pub name: &'a str,
}

impl fmt::Debug for RowRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RowRef({})", self.appointment_id)
    }
}

/// A place in the book's stream of changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct ChangeCursor(pub i64);

impl ChangeCursor {
    /// Before everything.
    pub const START: Self = Self(0);
}

/// What a follower of the book must look at anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BookChange {
    /// The rows of a POV-day.
    Day(PovId, Day),
    /// ISVs, apps, secrets, grants or POVs.
    Access,
}

/// A write to one appointment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Write {
    /// A new appointment, last in its day. Refused if its id stands anywhere, or its pick code was
    /// ever used on that POV-day.
    Book(PovId, Appointment),
    /// To another period, on the same day (the row keeps its place) or another one (it leaves the
    /// old day and comes last in the new one, with a new pick code).
    Reschedule {
        /// Which appointment.
        appointment_id: AppointmentId,
        /// The day it moves to.
        day: Day,
        /// The period it moves to.
        period: Period,
        /// Its pick code from now on; only another one than now if the day changes.
        pick_code: PickCode,
    },
    /// Leaves its day; its pick code is not used again there.
    Cancel(AppointmentId),
    /// The number was taken, or given back.
    SetPickStatus(AppointmentId, PickStatus),
}

/// What became of one write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WriteOutcome {
    /// Done.
    Done,
    /// It stood so already.
    Unchanged,
    /// Not done, because it would break a rule.
    Refused(Refusal),
}

/// Why a row or a write was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The field at fault, in the contract's spelling; empty if no one field is.
    pub field: &'static str,
    /// What was wrong and the remedy, without any patient's data.
    pub reason: String,
}

/// One line of an import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportLine {
    /// Where it stands in its file, from 1.
    pub line: u64,
    /// The appointment, or why the line is none.
    pub row: Result<Appointment, Refusal>,
}

/// How an import treats what it finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ImportMode {
    /// Keep the good rows even if others are refused; otherwise one refused row refuses all.
    pub keep_good: bool,
    /// Make POVs that the ISV does not have yet; otherwise their rows are refused.
    pub create_povs: bool,
    /// How many refusals the report lists; the others are only counted.
    pub refusals_max: usize,
}

/// What an import did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ImportReport {
    /// Lines read.
    pub lines: u64,
    /// Rows that were new.
    pub added: u64,
    /// Rows that differed and were brought up to date.
    pub updated: u64,
    /// Rows that stood so already.
    pub unchanged: u64,
    /// Lines that were refused.
    pub refused: u64,
    /// Whether anything was kept: `false` if a refusal refused all.
    pub kept: bool,
    /// The refusals, in the order of the file, as many as were asked for.
    pub refusals: Vec<(u64, Refusal)>,
    /// POVs that were made.
    pub povs_created: u64,
}

/// One line of the audit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditRecord {
    /// Its number, ascending.
    pub sequence: i64,
    /// When.
    pub at: UnixMillis,
    /// Who.
    pub actor: String,
    /// What was done, in one word: `book`, `import`, `grant`, …
    pub action: String,
    /// The POV-day it was done to, where it was one.
    pub pov_day: Option<(PovId, Day)>,
    /// What it was done to otherwise (an app key, a POV code); no patient's data.
    pub object: String,
    /// How many rows it touched.
    pub rows: u64,
}
