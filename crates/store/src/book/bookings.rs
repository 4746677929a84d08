//! Appointments that are booked, moved, cancelled and picked through the platform.

use std::fmt;
use std::future::Future;

use povline_domain::{
    AppKey, AppointmentId, Day, IsvId, Name, OutId, Period, PickCode, PovId, UnixMillis, VaccineId,
};

use super::Actor;
use crate::StoreError;

/// A place that somebody wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BookingRequest {
    /// At which POV.
    pub pov: PovId,
    /// On which day.
    pub day: Day,
    /// In which period.
    pub period: Period,
    /// For whom.
    pub name: Name,
    /// For which vaccine, if that was said.
    pub vaccine_id: Option<VaccineId>,
    /// Which app asks.
    pub app: AppKey,
    /// The app's own id of this booking: asked again with the same one, the same booking is told.
    pub out_id: OutId,
}

/// A place that was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Booked {
    /// The appointment's id, unique across the platform.
    pub appointment_id: AppointmentId,
    /// Its pick code, never given out before on that POV's day.
    pub pick_code: PickCode,
}

/// An appointment at the POV at which it was looked up: if it stands elsewhere by now, it is not
/// the one that the caller may change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppointmentAt {
    /// Which appointment.
    pub appointment_id: AppointmentId,
    /// At which POV.
    pub pov: PovId,
}

/// Why an appointment was not booked or changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BookingRefusal {
    /// There is no such appointment there.
    Unknown,
    /// It was cancelled.
    Cancelled,
    /// The period was never opened for booking.
    NotScheduled,
    /// The period is closed.
    Closed,
    /// Every place is taken.
    Full,
    /// The day or the period is over.
    Past,
    /// The number has been taken already: it must be given back first.
    Picked,
    /// The app has used this [`OutId`] for another booking.
    OutIdTaken,
}

/// An appointment after its move.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moved {
    /// Its pick code from now on: a new one if the day is another.
    pub pick_code: PickCode,
    /// The days whose rows changed; none if it stood so already.
    pub changed: Vec<Day>,
}

/// What a clinic tells of a visit.
#[derive(Clone, PartialEq, Eq)]
pub enum VisitAction {
    /// The number was taken.
    Pick,
    /// It was given back.
    Unpick,
    /// The person was not vaccinated, and why. This is a patient's data: it is in no log.
    NotInoculated(String),
}

impl fmt::Debug for VisitAction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pick => "Pick",
            Self::Unpick => "Unpick",
            Self::NotInoculated(_) => "NotInoculated(***)",
        })
    }
}

/// What became of an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ActionOutcome {
    /// It is what stands now; the day was written.
    Taken(Day),
    /// It was told before and stands still.
    Repeated,
    /// A later one of its kind was told already: nothing was changed.
    Superseded,
}

/// Which bookings to list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BookingsQuery {
    /// Of this ISV.
    pub isv: IsvId,
    /// At these of its POVs.
    pub povs: Vec<PovId>,
    /// For these vaccines; a booking without one is in no list.
    pub vaccines: Vec<VaccineId>,
    /// Made, moved or cancelled at this instant or later.
    pub since: UnixMillis,
}

/// A booking's place in the order in which they were made. It is never given twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BookingNumber(pub i64);

/// A booking as it stands, or stood last before it was cancelled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BookingRecord {
    /// The appointment's id.
    pub appointment_id: AppointmentId,
    /// For whom.
    pub name: Name,
    /// At which POV.
    pub pov: PovId,
    /// What people call the POV, if known.
    pub pov_name: Option<String>,
    /// On which day.
    pub day: Day,
    /// In which period.
    pub period: Period,
    /// When it was booked.
    pub booked_at: UnixMillis,
    /// When it was cancelled, if it was.
    pub cancelled_at: Option<UnixMillis>,
}

/// The bookings of the platform's book, on any engine. Each change is one transaction, which also
/// raises the versions of the days it concerns and writes the audit; one that is refused leaves
/// nothing behind. The actor's instant is the present.
///
/// What is remembered of a booking beside its row is forgotten some time later, as further
/// bookings come in: its [`OutId`] after [`OUT_IDS_KEPT_DAYS`], the others after
/// [`BOOKINGS_KEPT_DAYS`].
pub trait Bookings: Send + Sync + 'static {
    /// Gives a place, an id and a pick code, or says why not.
    fn book(
        &self,
        actor: &Actor,
        request: BookingRequest,
    ) -> impl Future<Output = Result<Result<Booked, BookingRefusal>, StoreError>> + Send;

    /// Moves an appointment to another period, on its day or another one. Its old place is free
    /// from the instant at which it has the new one. To where it stands is no move, and done.
    fn move_booking(
        &self,
        actor: &Actor,
        appointment: AppointmentAt,
        day: Day,
        period: Period,
    ) -> impl Future<Output = Result<Result<Moved, BookingRefusal>, StoreError>> + Send;

    /// Cancels an appointment and tells its day; `None` if it was cancelled before.
    fn cancel_booking(
        &self,
        actor: &Actor,
        appointment: AppointmentAt,
    ) -> impl Future<Output = Result<Result<Option<Day>, BookingRefusal>, StoreError>> + Send;

    /// Takes what a clinic tells of a visit. Taking and giving back the number are of one kind,
    /// not being vaccinated of another; within a kind the later one counts, whichever comes first,
    /// and of two of one instant the one that came first.
    fn record_visit(
        &self,
        actor: &Actor,
        appointment: AppointmentAt,
        action: VisitAction,
        acted_at: UnixMillis,
    ) -> impl Future<Output = Result<Result<ActionOutcome, BookingRefusal>, StoreError>> + Send;

    /// The POV at which an appointment stands, or stood when it was cancelled.
    fn pov_of(
        &self,
        appointment: &AppointmentId,
    ) -> impl Future<Output = Result<Option<PovId>, StoreError>> + Send;

    /// Which bookings were made here, cancelled ones included, in the order in which they were
    /// booked, all from one instant. Costs what the ISV has of these vaccines since then, waits for
    /// no other read, and ends soon after its future is dropped.
    fn booking_list(
        &self,
        query: BookingsQuery,
    ) -> impl Future<Output = Result<Vec<BookingNumber>, StoreError>> + Send;

    /// These bookings as they stand, all from one instant, in the order asked for. Those that are
    /// not remembered any more are left out.
    fn bookings(
        &self,
        numbers: Vec<BookingNumber>,
    ) -> impl Future<Output = Result<Vec<BookingRecord>, StoreError>> + Send;
}

/// How long the same [`OutId`] means the same booking.
pub const OUT_IDS_KEPT_DAYS: i64 = 7;

/// How long it is remembered that and when something was booked, cancelled or visited.
pub const BOOKINGS_KEPT_DAYS: i64 = 90;
