//! The write side's traits on SQLite: what each call hands to the writer or a reader.

use povline_domain::{AppKey, AppointmentId, Day, IsvId, OutPovId, Period, PovId, UnixMillis};

use super::{SqliteBook, bookings, listing, register, schedules, visits};
use crate::StoreError;
use crate::book::{
    ActionOutcome, Actor, AppointmentAt, Booked, BookingNumber, BookingRecord, BookingRefusal,
    BookingRequest, Bookings, BookingsQuery, Grant, Moved, PovDetails, Register, Registered,
    ScheduleOutcome, ScheduledPeriod, Schedules, VisitAction,
};

impl Schedules for SqliteBook {
    async fn open_schedule(
        &self,
        actor: &Actor,
        pov: PovId,
        day: Day,
        periods: &[Period],
        capacity: u32,
    ) -> Result<ScheduleOutcome, StoreError> {
        let (actor, periods) = (actor.clone(), periods.to_vec());
        self.database
            .write_in_turn("open a schedule", self.patience, move |connection| {
                schedules::open(connection, &actor, (pov, day), &periods, capacity)
            })
            .await
    }

    async fn close_schedule(
        &self,
        actor: &Actor,
        pov: PovId,
        day: Day,
        periods: Option<&[Period]>,
    ) -> Result<ScheduleOutcome, StoreError> {
        let (actor, periods) = (actor.clone(), periods.map(<[Period]>::to_vec));
        self.database
            .write_in_turn("close a schedule", self.patience, move |connection| {
                schedules::close(connection, &actor, (pov, day), periods.as_deref())
            })
            .await
    }

    async fn schedule(&self, pov: PovId, day: Day) -> Result<Vec<ScheduledPeriod>, StoreError> {
        self.database.read("read a schedule", |connection| {
            schedules::of_day(connection, (pov, day))
        })
    }
}

impl Bookings for SqliteBook {
    async fn book(
        &self,
        actor: &Actor,
        request: BookingRequest,
    ) -> Result<Result<Booked, BookingRefusal>, StoreError> {
        let actor = actor.clone();
        self.database
            .write_in_turn("book an appointment", self.patience, move |connection| {
                bookings::book(connection, &actor, &request)
            })
            .await
    }

    async fn move_booking(
        &self,
        actor: &Actor,
        appointment: AppointmentAt,
        day: Day,
        period: Period,
    ) -> Result<Result<Moved, BookingRefusal>, StoreError> {
        let actor = actor.clone();
        self.database
            .write_in_turn("move an appointment", self.patience, move |connection| {
                bookings::move_booking(connection, &actor, &appointment, (day, period))
            })
            .await
    }

    async fn cancel_booking(
        &self,
        actor: &Actor,
        appointment: AppointmentAt,
    ) -> Result<Result<Option<Day>, BookingRefusal>, StoreError> {
        let actor = actor.clone();
        self.database
            .write_in_turn("cancel an appointment", self.patience, move |connection| {
                bookings::cancel(connection, &actor, &appointment)
            })
            .await
    }

    async fn record_visit(
        &self,
        actor: &Actor,
        appointment: AppointmentAt,
        action: VisitAction,
        acted_at: UnixMillis,
    ) -> Result<Result<ActionOutcome, BookingRefusal>, StoreError> {
        let actor = actor.clone();
        self.database
            .write_in_turn("record a visit", self.patience, move |connection| {
                visits::record(connection, &actor, &appointment, &action, acted_at)
            })
            .await
    }

    async fn pov_of(&self, appointment: &AppointmentId) -> Result<Option<PovId>, StoreError> {
        self.database.read("find an appointment", |connection| {
            bookings::pov_of(connection, appointment)
        })
    }

    async fn booking_list(&self, query: BookingsQuery) -> Result<Vec<BookingNumber>, StoreError> {
        self.database
            .read_apart("list bookings", move |connection| {
                listing::numbers(connection, &query)
            })
            .await
    }

    async fn bookings(
        &self,
        numbers: Vec<BookingNumber>,
    ) -> Result<Vec<BookingRecord>, StoreError> {
        self.database
            .read_apart("read bookings", move |connection| {
                listing::records(connection, &numbers)
            })
            .await
    }
}

impl Register for SqliteBook {
    async fn register_pov(
        &self,
        actor: &Actor,
        isv: IsvId,
        out_pov_id: &OutPovId,
        details: PovDetails,
        povs_max: usize,
    ) -> Result<Option<Registered>, StoreError> {
        let (actor, out_pov_id) = (actor.clone(), out_pov_id.clone());
        self.database
            .write_in_turn("register a POV", self.patience, move |connection| {
                register::register(connection, &actor, isv, &out_pov_id, &details, povs_max)
            })
            .await
    }

    async fn find_pov(
        &self,
        isv_name: &str,
        out_pov_id: &OutPovId,
    ) -> Result<Option<PovId>, StoreError> {
        self.database.read("find a POV", |connection| {
            register::find(connection, isv_name, out_pov_id)
        })
    }

    async fn pov_details(&self, pov: PovId) -> Result<Option<PovDetails>, StoreError> {
        self.database.read("read a POV's details", |connection| {
            register::details(connection, pov)
        })
    }

    async fn grant_writing(
        &self,
        actor: &Actor,
        app: &AppKey,
        grant: &Grant,
    ) -> Result<(), StoreError> {
        let (actor, app, grant) = (actor.clone(), app.clone(), grant.clone());
        self.database
            .write("grant writing", move |connection| {
                register::grant_writing(connection, &actor, &app, &grant)
            })
            .await
    }

    async fn revoke_writing(
        &self,
        actor: &Actor,
        app: &AppKey,
        grant: &Grant,
    ) -> Result<bool, StoreError> {
        let (actor, app, grant) = (actor.clone(), app.clone(), grant.clone());
        self.database
            .write("revoke writing", move |connection| {
                register::revoke_writing(connection, &actor, &app, &grant)
            })
            .await
    }
}
