//! The write side of the book in memory: only what changes rows, with no rule at all, and quietly,
//! so that nobody but the writer knows. Tests of the rules use the real book.

use povline_domain::{
    AppKey, Appointment, AppointmentId, Day, IsvId, OutPovId, Period, PickCode, PickStatus, PovId,
    UnixMillis,
};
use povline_store::StoreError;
use povline_store::book::{
    ActionOutcome, Actor, AppointmentAt, Booked, BookingNumber, BookingRecord, BookingRefusal,
    BookingRequest, Bookings, BookingsQuery, Grant, Moved, PovDetails, Register, Registered,
    ScheduleOutcome, ScheduledPeriod, Schedules, VisitAction,
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
        request: BookingRequest,
    ) -> Result<Result<Booked, BookingRefusal>, StoreError> {
        self.panic_if_it_must();
        self.pass_write_gate().await;
        let row = Appointment {
            appointment_id: AppointmentId::new("booked").unwrap(),
            out_pov_id: OutPovId::new("00001").unwrap(),
            day: request.day,
            period: request.period,
            pick_code: PickCode::new("code").unwrap(),
            pick_status: PickStatus::NotPicked,
            name: request.name,
        };
        let booked = Booked {
            appointment_id: row.appointment_id.clone(),
            pick_code: row.pick_code.clone(),
        };
        self.edit_quietly(|days| {
            let key = (request.pov, request.day);
            days.entry(key).or_default().push(row);
        });
        Ok(Ok(booked))
    }

    async fn move_booking(
        &self,
        _: &Actor,
        at: AppointmentAt,
        day: Day,
        period: Period,
    ) -> Result<Result<Moved, BookingRefusal>, StoreError> {
        let row = self.take(&at.appointment_id).unwrap();
        let moved = Moved {
            pick_code: row.pick_code.clone(),
            changed: vec![row.day, day],
        };
        let row = Appointment { day, period, ..row };
        self.edit_quietly(|days| days.entry((at.pov, day)).or_default().push(row));
        Ok(Ok(moved))
    }

    async fn cancel_booking(
        &self,
        _: &Actor,
        at: AppointmentAt,
    ) -> Result<Result<Option<Day>, BookingRefusal>, StoreError> {
        Ok(Ok(self.take(&at.appointment_id).map(|row| row.day)))
    }

    async fn record_visit(
        &self,
        _: &Actor,
        at: AppointmentAt,
        _: VisitAction,
        _: UnixMillis,
    ) -> Result<Result<ActionOutcome, BookingRefusal>, StoreError> {
        let day = self.edit_quietly(|days| {
            let mut rows = days.values_mut().flatten();
            let row = rows.find(|row| row.appointment_id == at.appointment_id);
            let row = row.unwrap();
            row.pick_status = PickStatus::Picked;
            row.day
        });
        Ok(Ok(ActionOutcome::Taken(day)))
    }

    async fn pov_of(&self, id: &AppointmentId) -> Result<Option<PovId>, StoreError> {
        Ok(self.edit_quietly(|days| {
            let mut days = days.iter();
            let stands = |rows: &[Appointment]| rows.iter().any(|row| row.appointment_id == *id);
            days.find(|(_, rows)| stands(rows)).map(|(key, _)| key.0)
        }))
    }

    async fn booking_list(&self, _: BookingsQuery) -> Result<Vec<BookingNumber>, StoreError> {
        read_only()
    }

    async fn bookings(&self, _: Vec<BookingNumber>) -> Result<Vec<BookingRecord>, StoreError> {
        read_only()
    }
}

impl MemoryBook {
    fn take(&self, id: &AppointmentId) -> Option<Appointment> {
        self.edit_quietly(|days| {
            days.values_mut().find_map(|rows| {
                let at = rows.iter().position(|row| row.appointment_id == *id)?;
                Some(rows.remove(at))
            })
        })
    }
}

impl Register for MemoryBook {
    async fn register_pov(
        &self,
        _: &Actor,
        isv: IsvId,
        out_pov_id: &OutPovId,
        _: PovDetails,
        _: usize,
    ) -> Result<Option<Registered>, StoreError> {
        const PLACE: i64 = 1_000;
        self.add_pov(PLACE, isv.0, out_pov_id.as_str());
        Ok(Some(Registered {
            pov: PovId(PLACE),
            created: true,
        }))
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
