//! What a platform's book has beside appointments and a world has not: schedules, registers, limits,
//! a sandbox and an audit.

use povline_domain::{AppKey, AppointmentId, Day, IsvId, OutPovId, Period, PovId, UnixMillis};
use povline_store::StoreError;
use povline_store::audit::{AuditHead, AuditTrail, ChainRecord, Reading};
use povline_store::book::{
    Access, ActionOutcome, Actor, AddressRange, AppointmentAt, Book, BookKind, Booked,
    BookingNumber, BookingRecord, BookingRefusal, BookingRequest, Bookings, BookingsQuery,
    CallClaim, CallCount, CallGrant, CallLimits, CallRules, CallScope, ChangeCursor, Feed, Grant,
    Limits, ListChanges, Moved, PovDetails, Register, Registered, Sandbox, ScheduleOutcome,
    ScheduledPeriod, Schedules, SessionDigest, VisitAction, Write,
};

use super::book::{TruthBook, refused};

impl Schedules for TruthBook {
    async fn open_schedule(
        &self,
        _: &Actor,
        _: PovId,
        _: Day,
        _: &[Period],
        _: u32,
    ) -> Result<ScheduleOutcome, StoreError> {
        refused()
    }

    async fn close_schedule(
        &self,
        _: &Actor,
        _: PovId,
        _: Day,
        _: Option<&[Period]>,
    ) -> Result<ScheduleOutcome, StoreError> {
        refused()
    }

    async fn schedule(&self, _: PovId, _: Day) -> Result<Vec<ScheduledPeriod>, StoreError> {
        refused()
    }
}

impl Bookings for TruthBook {
    async fn book(
        &self,
        _: &Actor,
        _: BookingRequest,
    ) -> Result<Result<Booked, BookingRefusal>, StoreError> {
        refused()
    }

    async fn move_booking(
        &self,
        _: &Actor,
        _: AppointmentAt,
        _: Day,
        _: Period,
    ) -> Result<Result<Moved, BookingRefusal>, StoreError> {
        refused()
    }

    async fn cancel_booking(
        &self,
        _: &Actor,
        _: AppointmentAt,
    ) -> Result<Result<Option<Day>, BookingRefusal>, StoreError> {
        refused()
    }

    async fn record_visit(
        &self,
        _: &Actor,
        _: AppointmentAt,
        _: VisitAction,
        _: UnixMillis,
    ) -> Result<Result<ActionOutcome, BookingRefusal>, StoreError> {
        refused()
    }

    async fn pov_of(&self, _: &AppointmentId) -> Result<Option<PovId>, StoreError> {
        refused()
    }

    async fn booking_list(&self, _: BookingsQuery) -> Result<Vec<BookingNumber>, StoreError> {
        refused()
    }

    async fn bookings(&self, _: Vec<BookingNumber>) -> Result<Vec<BookingRecord>, StoreError> {
        refused()
    }
}

impl Register for TruthBook {
    async fn register_pov(
        &self,
        _: &Actor,
        _: IsvId,
        _: &OutPovId,
        _: PovDetails,
        _: usize,
    ) -> Result<Option<Registered>, StoreError> {
        refused()
    }

    async fn find_pov(&self, _: &str, _: &OutPovId) -> Result<Option<PovId>, StoreError> {
        refused()
    }

    async fn pov_details(&self, _: PovId) -> Result<Option<PovDetails>, StoreError> {
        refused()
    }

    async fn grant_writing(&self, _: &Actor, _: &AppKey, _: &Grant) -> Result<(), StoreError> {
        refused()
    }

    async fn revoke_writing(&self, _: &Actor, _: &AppKey, _: &Grant) -> Result<bool, StoreError> {
        refused()
    }
}

impl Limits for TruthBook {
    async fn kind(&self) -> Result<BookKind, StoreError> {
        Ok(BookKind::Production)
    }

    async fn call_rules(&self) -> Result<CallRules, StoreError> {
        Ok(CallRules::default())
    }

    async fn admission(&self) -> Result<(Access, CallRules), StoreError> {
        Ok((self.access().await?, self.call_rules().await?))
    }

    async fn set_call_limits(
        &self,
        _: &Actor,
        _: &CallScope,
        _: CallLimits,
    ) -> Result<(), StoreError> {
        refused()
    }

    async fn set_method_weight(&self, _: &Actor, _: &str, _: u32) -> Result<(), StoreError> {
        refused()
    }

    async fn set_allowed(
        &self,
        _: &Actor,
        _: &AppKey,
        _: &[AddressRange],
    ) -> Result<(), StoreError> {
        refused()
    }

    async fn add_session(
        &self,
        _: &Actor,
        _: &AppKey,
        _: SessionDigest,
        _: UnixMillis,
    ) -> Result<(), StoreError> {
        refused()
    }

    async fn revoke_sessions(&self, _: &Actor, _: &AppKey, _: &str) -> Result<usize, StoreError> {
        refused()
    }

    async fn claim_calls(
        &self,
        _: Day,
        claims: Vec<CallClaim>,
    ) -> Result<Vec<CallGrant>, StoreError> {
        // A world counts no calls of its own: its faults ban whom they ban.
        let grants = claims.into_iter().map(|claim| CallGrant {
            granted: claim.want,
            reserved: claim.want,
        });
        Ok(grants.collect())
    }

    async fn call_counts(&self, _: Day) -> Result<Vec<CallCount>, StoreError> {
        Ok(Vec::new())
    }

    async fn calls_begin(&self, _: UnixMillis) -> Result<Option<UnixMillis>, StoreError> {
        Ok(None)
    }

    async fn calls_end(&self, _: UnixMillis) -> Result<(), StoreError> {
        Ok(())
    }
}

impl Sandbox for TruthBook {
    async fn reset_isv(&self, _: &Actor, _: IsvId, _: Vec<Write>) -> Result<u64, StoreError> {
        refused()
    }
}

impl Feed for TruthBook {
    async fn days_after(
        &self,
        _: Vec<PovId>,
        _: Option<(PovId, Day)>,
        _: Day,
        _: usize,
    ) -> Result<Vec<(PovId, Day)>, StoreError> {
        refused()
    }

    async fn lists_changed(
        &self,
        _: Vec<PovId>,
        _: Day,
        _: ChangeCursor,
        _: usize,
    ) -> Result<ListChanges, StoreError> {
        refused()
    }
}

impl AuditTrail for TruthBook {
    async fn record_readings(&self, _: UnixMillis, _: Vec<Reading>) -> Result<(), StoreError> {
        Ok(())
    }

    async fn chain_after(&self, _: i64, _: usize) -> Result<Vec<ChainRecord>, StoreError> {
        refused()
    }

    async fn chained_from(&self) -> Result<i64, StoreError> {
        refused()
    }

    async fn audit_head(&self) -> Result<AuditHead, StoreError> {
        refused()
    }
}
