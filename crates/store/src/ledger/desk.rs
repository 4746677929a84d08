//! The desk: who may look and act at a clinic, and what was done there.
//!
//! Kept beside the ledger's rows, never in them: the rows are what the platform shows, a
//! [`Pick`] is what happened here. Whoever shows a list lays the one over the other.

use std::fmt;
use std::future::Future;

use super::brake::{Hold, MarkedHold};
use super::types::{DayStatus, TrackedRow};
use super::{Deliveries, Ledger};
use crate::StoreError;
use povline_domain::{Appointment, AppointmentId, Day, OutPovId, Period, PickStatus, UnixMillis};

/// The SHA-256 of a token, a code or a session: all of it that is kept.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct TokenDigest(pub [u8; 32]);

impl fmt::Debug for TokenDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenDigest(***)")
    }
}

/// A token for a program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessToken {
    /// Its number, by which it can be taken back.
    pub number: i64,
    /// The clinic; `None` if it is the ISV's, for the whole fleet.
    pub pov: Option<OutPovId>,
    /// What it was made for.
    pub label: String,
    /// When it was made.
    pub made_at: UnixMillis,
}

/// A code under which one device can be paired, once.
#[derive(Debug, Clone)]
pub struct Pairing {
    /// The code's digest.
    pub digest: TokenDigest,
    /// The clinic.
    pub pov: OutPovId,
    /// What the device will be called.
    pub label: String,
    /// Whether it will be a public screen, at which nobody signs in.
    pub is_screen: bool,
    /// From when on the code is worth nothing.
    pub expires_at: UnixMillis,
}

/// A paired device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    /// Its number.
    pub number: i64,
    /// The clinic.
    pub pov: OutPovId,
    /// What it is called.
    pub label: String,
    /// Whether it is a public screen.
    pub is_screen: bool,
    /// When it was paired.
    pub paired_at: UnixMillis,
}

/// Somebody who works at a clinic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Staff {
    /// Their number.
    pub number: i64,
    /// The clinic.
    pub pov: OutPovId,
    /// Their name, as the sign-in page lists it.
    pub name: String,
    /// Whether they may accept and reject held lists.
    pub may_decide: bool,
    /// Until when their PIN is not asked for, after too many wrong ones.
    pub locked_until: Option<UnixMillis>,
}

/// Somebody to be added, or whose PIN and rights are to be replaced.
#[derive(Clone)]
pub struct NewStaff {
    /// The clinic.
    pub pov: OutPovId,
    /// Their name.
    pub name: String,
    /// The hash of their PIN, in the form of its maker.
    pub pin_hash: String,
    /// Whether they may accept and reject held lists.
    pub may_decide: bool,
}

impl fmt::Debug for NewStaff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewStaff")
            .field("pov", &self.pov)
            .finish_non_exhaustive()
    }
}

/// How often a PIN may be guessed, and what follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GuessLimits {
    /// Wrong PINs in a row of one person, the last of which locks them.
    pub of_staff: u32,
    /// Wrong PINs in a row on one device, whoever was meant.
    pub of_device: u32,
    /// How long the first lock lasts; each wrong PIN after it doubles that.
    pub lock_ms: i64,
    /// No lock lasts longer.
    pub lock_ms_max: i64,
}

impl GuessLimits {
    /// Until when is locked what has now failed `failures` times in a row, of which `allowed` are
    /// allowed.
    #[must_use]
    pub fn locked_until(&self, failures: u32, allowed: u32, now: UnixMillis) -> Option<UnixMillis> {
        let beyond = failures.checked_sub(allowed)?;
        let lasts = self.lock_ms.saturating_mul(1_i64 << beyond.min(20));
        Some(now.plus_millis(lasts.min(self.lock_ms_max)))
    }
}

/// Whether a PIN may be guessed. A guess is counted as wrong before it is looked at, so that no
/// number of guesses at once gets past the limit.
#[derive(Clone, PartialEq, Eq)]
pub enum Guess {
    /// It may.
    May {
        /// What to hold it against.
        pin_hash: String,
        /// Until when somebody or the device is locked by it, if it is wrong.
        locks_until: Option<UnixMillis>,
    },
    /// Not before this instant.
    Locked(UnixMillis),
    /// Nobody has this number at the device's clinic.
    Nobody,
}

impl fmt::Debug for Guess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::May { .. } => "May(***)",
            Self::Locked(_) => "Locked",
            Self::Nobody => "Nobody",
        })
    }
}

/// Somebody signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Who.
    pub staff: Staff,
    /// At which device.
    pub device: Device,
    /// Until when.
    pub expires_at: UnixMillis,
}

/// What became of telling the platform.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PickState {
    /// It waits to be told, for the next time at this instant.
    Waiting {
        /// When it is told next.
        next_try_at: UnixMillis,
        /// Why the last try failed; `None` before the first.
        trouble: Option<String>,
    },
    /// The platform was told.
    Told {
        /// When its answer was there.
        at: UnixMillis,
        /// Whether it stands there, if the platform says so.
        stands: Option<bool>,
    },
    /// The platform refuses it for good.
    Refused {
        /// When.
        at: UnixMillis,
        /// Why, in its words.
        reason: String,
    },
    /// A later one took its place before it was told.
    Superseded,
}

/// How what was done at the desk came to nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ClashKind {
    /// The appointment was cancelled.
    Cancelled,
    /// It is on another day.
    Moved,
    /// It is on no list any more.
    Gone,
    /// The platform took note and shows the opposite.
    Overruled,
    /// The platform knew of something later and ignored it.
    Later,
    /// The platform refuses it.
    Refused,
}

/// A number that was taken or given back at the desk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pick {
    /// Its number; later ones are larger.
    pub number: i64,
    /// The clinic.
    pub pov: OutPovId,
    /// The list on which it was done.
    pub day: Day,
    /// The appointment.
    pub appointment_id: AppointmentId,
    /// What was done.
    pub status: PickStatus,
    /// When. Of one appointment each is later than the one before.
    pub acted_at: UnixMillis,
    /// Who did it.
    pub by: String,
    /// Whether the platform knows.
    pub state: PickState,
    /// How often it was tried to tell it.
    pub tries: u32,
    /// How it had come to nothing when a person last saw that it did.
    pub seen: Option<ClashKind>,
}

/// A number to be taken or given back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPick {
    /// What is done.
    pub status: PickStatus,
    /// When.
    pub at: UnixMillis,
    /// Who does it.
    pub by: String,
}

/// A row and what was done here about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeskRow {
    /// As the platform shows it.
    pub row: TrackedRow,
    /// When the page that showed it last was asked for; where that is not known any more, the
    /// earliest at which it can have been.
    pub shown_at: UnixMillis,
    /// The last pick here.
    pub pick: Option<Pick>,
}

/// Where an appointment is that is not on its list any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whereabouts {
    /// On another day of this clinic.
    Moved(Day, Period),
    /// Proved absent.
    Cancelled,
    /// Nowhere that this ledger knows.
    Unknown,
}

/// A pick whose appointment has left the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LostPick {
    /// What was done.
    pub pick: Pick,
    /// Where the appointment is now.
    pub whereabouts: Whereabouts,
    /// The appointment as last known.
    pub appointment: Option<Appointment>,
}

/// The last pick of an appointment, and where the appointment is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PickNow {
    /// On the list on which it was done; the row carries the pick.
    Listed(DeskRow),
    /// Not on it any more.
    Lost(LostPick),
}

/// A POV-day as the desk sees it, all of one instant.
#[derive(Debug, Clone, Default)]
pub struct DeskList {
    /// Its age and size; `None` if it was never tried.
    pub status: Option<DayStatus>,
    /// Its rows, live and suspected, by appointment id.
    pub rows: Vec<DeskRow>,
    /// Picks of appointments that are not on it any more.
    pub lost: Vec<LostPick>,
    /// What holds its cancellations back.
    pub hold: Option<MarkedHold>,
    /// What holds those of the whole fleet back.
    pub fleet_hold: Option<Hold>,
    /// What holds those of other days of the same POV back, by day.
    pub held_elsewhere: Vec<(Day, Hold)>,
    /// Rows that are there and could not be read.
    pub unread: u64,
}

/// Tells without reading rows whether a POV-day may have changed: it differs if it has.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DeskMark {
    /// Age and size.
    pub status: Option<DayStatus>,
    /// The holds of the day and of the fleet.
    pub holds: [Option<Hold>; 2],
    /// Those of other days of the same POV.
    pub held_elsewhere: Vec<(Day, Hold)>,
}

impl DeskList {
    /// What tells whether it has changed since.
    #[must_use]
    pub fn mark(&self) -> DeskMark {
        DeskMark {
            status: self.status.clone(),
            holds: [self.hold.map(|marked| marked.hold), self.fleet_hold],
            held_elsewhere: self.held_elsewhere.clone(),
        }
    }
}

/// What is waiting to be told to the platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Waiting {
    /// How many.
    pub count: u64,
    /// When the oldest was done.
    pub oldest: Option<UnixMillis>,
}

/// The desks of all clinics, on any engine.
pub trait Desk: Ledger + Deliveries {
    /// Keeps a token.
    fn add_token(
        &self,
        digest: TokenDigest,
        pov: Option<OutPovId>,
        label: String,
        made_at: UnixMillis,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// The token with this digest.
    fn token(&self, digest: &TokenDigest) -> Result<Option<AccessToken>, StoreError>;

    /// Every token, oldest first.
    fn tokens(&self) -> Result<Vec<AccessToken>, StoreError>;

    /// Takes a token back; whether there was one.
    fn revoke_token(&self, number: i64) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Keeps a code for pairing.
    fn add_pairing(&self, pairing: Pairing) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Pairs a device, known by `device` from now on, under a code that is used up by it; `None`
    /// if no code that is good at `now` has this digest.
    fn pair(
        &self,
        code: TokenDigest,
        device: TokenDigest,
        now: UnixMillis,
    ) -> impl Future<Output = Result<Option<Device>, StoreError>> + Send;

    /// The device with this digest.
    fn device(&self, digest: &TokenDigest) -> Result<Option<Device>, StoreError>;

    /// A clinic's devices.
    fn devices(&self, pov: &OutPovId) -> Result<Vec<Device>, StoreError>;

    /// Takes a device's right back, and signs out whoever is signed in at it.
    fn remove_device(&self, number: i64) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Adds somebody, or replaces their PIN and rights, which signs them out everywhere.
    fn put_staff(&self, staff: NewStaff) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Who works at a clinic, by name.
    fn staff(&self, pov: &OutPovId) -> Result<Vec<Staff>, StoreError>;

    /// Takes somebody's rights back; whether there was one of that name.
    fn remove_staff(
        &self,
        pov: OutPovId,
        name: String,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Begins a guess of somebody's PIN at a device; see [`Guess`].
    fn begin_guess(
        &self,
        device: i64,
        staff: i64,
        now: UnixMillis,
        limits: GuessLimits,
    ) -> impl Future<Output = Result<Guess, StoreError>> + Send;

    /// The guess was right: counts begin anew, and a session begins.
    fn begin_session(
        &self,
        digest: TokenDigest,
        device: i64,
        staff: i64,
        expires_at: UnixMillis,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// The session with this digest, if it is good at `now`.
    fn session(&self, digest: &TokenDigest, now: UnixMillis)
    -> Result<Option<Session>, StoreError>;

    /// Ends a session.
    fn end_session(
        &self,
        digest: TokenDigest,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// A POV-day as the desk sees it.
    fn desk_list(
        &self,
        pov: &OutPovId,
        day: Day,
    ) -> impl Future<Output = Result<DeskList, StoreError>> + Send;

    /// Whether these POV-days may have changed, each in its place.
    fn desk_marks(
        &self,
        places: Vec<(OutPovId, Day)>,
    ) -> impl Future<Output = Result<Vec<DeskMark>, StoreError>> + Send;

    /// Shows `decide` the row of an appointment and writes the pick that it wants, if any, to be
    /// told from now on. Tells the row as it was, and the pick that was written; `None` if the
    /// appointment is not on that list.
    fn act<D>(
        &self,
        pov: &OutPovId,
        day: Day,
        id: &AppointmentId,
        decide: D,
    ) -> impl Future<Output = Result<Option<(DeskRow, Option<Pick>)>, StoreError>> + Send
    where
        D: FnOnce(&DeskRow) -> Option<NewPick> + Send + 'static;

    /// Of each clinic the oldest pick that waits and is due at `now`, oldest first: however many of
    /// one clinic's wait, they keep no other's out of sight.
    fn due_picks(&self, now: UnixMillis) -> Result<Vec<Pick>, StoreError>;

    /// When the next pick is due.
    fn next_due(&self) -> Result<Option<UnixMillis>, StoreError>;

    /// Writes what came of telling a pick. It changes nothing of one that does not wait any more.
    fn pick_told(
        &self,
        number: i64,
        state: PickState,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Shows `judge` how a pick of this clinic stands and keeps that a person has seen the clash that
    /// was `shown` to them, if `judge` says that it is that one. Returns the clash that there is; of a
    /// pick after which another was made nothing is shown, and there is none.
    fn pick_seen<J>(
        &self,
        pov: OutPovId,
        number: i64,
        shown: ClashKind,
        judge: J,
    ) -> impl Future<Output = Result<Option<ClashKind>, StoreError>> + Send
    where
        J: FnOnce(&PickNow) -> Option<ClashKind> + Send + 'static;

    /// What waits to be told.
    fn waiting(&self) -> Result<Waiting, StoreError>;
}
