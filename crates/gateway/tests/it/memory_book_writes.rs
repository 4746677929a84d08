//! The write side of the book in memory: it has none. Tests of methods that write use the real book.

use povline_domain::{AppKey, AppointmentId, Day, IsvId, OutPovId, Period, PovId, UnixMillis};
use povline_store::StoreError;
use povline_store::book::{
    ActionOutcome, Actor, AppointmentAt, Booked, BookingRefusal, BookingRequest, Bookings,
    BookingsPage, BookingsQuery, Grant, Moved, PovDetails, Register, Registered, ScheduleOutcome,
    ScheduledPeriod, Schedules, VisitAction,
};

use crate::memory_book::{MemoryBook, read_only};

impl Schedules for MemoryBook {
    async fn open_schedule(
        &self,
        _: &Actor,
        _: PovId,
        _: Day,
        _: &[Period],
        _: u32,
    ) -> Result<ScheduleOutcome, StoreError> {
        read_only()
    }

    async fn close_schedule(
        &self,
        _: &Actor,
        _: PovId,
        _: Day,
        _: Option<&[Period]>,
    ) -> Result<ScheduleOutcome, StoreError> {
        read_only()
    }

    async fn schedule(&self, _: PovId, _: Day) -> Result<Vec<ScheduledPeriod>, StoreError> {
        read_only()
    }
}

impl Bookings for MemoryBook {
    async fn book(
        &self,
        _: &Actor,
        _: BookingRequest,
    ) -> Result<Result<Booked, BookingRefusal>, StoreError> {
        read_only()
    }

    async fn move_booking(
        &self,
        _: &Actor,
        _: AppointmentAt,
        _: Day,
        _: Period,
    ) -> Result<Result<Moved, BookingRefusal>, StoreError> {
        read_only()
    }

    async fn cancel_booking(
        &self,
        _: &Actor,
        _: AppointmentAt,
    ) -> Result<Result<Option<Day>, BookingRefusal>, StoreError> {
        read_only()
    }

    async fn record_visit(
        &self,
        _: &Actor,
        _: AppointmentAt,
        _: VisitAction,
        _: UnixMillis,
    ) -> Result<Result<ActionOutcome, BookingRefusal>, StoreError> {
        read_only()
    }

    async fn pov_of(&self, _: &AppointmentId) -> Result<Option<PovId>, StoreError> {
        read_only()
    }

    async fn bookings(&self, _: BookingsQuery) -> Result<BookingsPage, StoreError> {
        read_only()
    }
}

impl Register for MemoryBook {
    async fn register_pov(
        &self,
        _: &Actor,
        _: IsvId,
        _: &OutPovId,
        _: PovDetails,
    ) -> Result<Registered, StoreError> {
        read_only()
    }

    async fn find_pov(&self, _: &str, _: &OutPovId) -> Result<Option<PovId>, StoreError> {
        read_only()
    }

    async fn pov_details(&self, _: PovId) -> Result<Option<PovDetails>, StoreError> {
        read_only()
    }

    async fn grant_writing(&self, _: &Actor, _: &AppKey, _: &Grant) -> Result<(), StoreError> {
        read_only()
    }

    async fn revoke_writing(&self, _: &Actor, _: &AppKey, _: &Grant) -> Result<bool, StoreError> {
        read_only()
    }
}
