//! Which periods of a POV's day may be booked, and by how many.

use std::future::Future;

use povline_domain::{Day, Period, PovId};

use super::Actor;
use crate::StoreError;

/// A period that was opened for booking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScheduledPeriod {
    /// The period.
    pub period: Period,
    /// How many may book it, 1 to [`SEATS_MAX`].
    pub capacity: u32,
    /// How many live appointments it has. An import brings in what stands already, so there may
    /// be more of them than the capacity.
    pub booked: u32,
    /// Whether it can be booked; a closed one keeps its appointments.
    pub open: bool,
}

/// The largest capacity of a period.
pub const SEATS_MAX: u32 = 100_000;

/// Why a schedule was not changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScheduleRefusal {
    /// The day is over.
    Past,
    /// A period that was to be closed was never opened; none was closed.
    NotScheduled,
}

/// Whether a schedule was changed: `false` if it stood so already.
pub type ScheduleOutcome = Result<bool, ScheduleRefusal>;

/// The schedules of the platform's book, on any engine. A POV's day without one takes imports but
/// no bookings.
pub trait Schedules: Send + Sync + 'static {
    /// Opens periods of a day for this many appointments each. One that was opened before gets the
    /// new capacity and is open again; appointments beyond it stay.
    fn open_schedule(
        &self,
        actor: &Actor,
        pov: PovId,
        day: Day,
        periods: &[Period],
        capacity: u32,
    ) -> impl Future<Output = Result<ScheduleOutcome, StoreError>> + Send;

    /// Closes periods of a day, or all of them: they keep their appointments and take no more.
    fn close_schedule(
        &self,
        actor: &Actor,
        pov: PovId,
        day: Day,
        periods: Option<&[Period]>,
    ) -> impl Future<Output = Result<ScheduleOutcome, StoreError>> + Send;

    /// The periods that were opened on a day, by their beginning.
    fn schedule(
        &self,
        pov: PovId,
        day: Day,
    ) -> impl Future<Output = Result<Vec<ScheduledPeriod>, StoreError>> + Send;
}
