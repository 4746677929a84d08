//! The platform's book: ISVs, their apps, POVs, grants, appointments, audit.
//!
//! Rows of a POV-day stand in an immutable append order: a row keeps its place for as long as it
//! stands on that day, new rows come last. Every write bumps the POV-day's version and writes the
//! audit record in the same transaction.

mod address;
mod bookings;
mod feed;
mod grant;
mod keys;
mod limits;
mod register;
mod sandbox;
mod schedules;
mod session;
mod sqlite;
mod types;
mod users;

pub use address::{AddressRange, AddressRangeError};
pub use bookings::{
    ActionOutcome, AppointmentAt, BOOKINGS_KEPT_DAYS, Booked, BookingNumber, BookingRecord,
    BookingRefusal, BookingRequest, Bookings, BookingsQuery, Moved, OUT_IDS_KEPT_DAYS, VisitAction,
};
pub use feed::{Feed, ListChanges};
pub use grant::{Grant, GrantError};
pub use keys::{app_key, app_secret};
pub use limits::{
    BookKind, CallClaim, CallCount, CallGrant, CallLimits, CallRules, CallScope, LimitSetting,
    Limits, SessionRecord,
};
pub use register::{PovDetails, Register, Registered};
pub use sandbox::Sandbox;
pub use schedules::{SEATS_MAX, ScheduleOutcome, ScheduleRefusal, ScheduledPeriod, Schedules};
pub use session::SessionDigest;
pub use sqlite::SqliteBook;
pub use types::{
    Access, Actor, AppRecord, AppStatus, AuditRecord, BookChange, ChangeCursor, DayVersion,
    ImportLine, ImportMode, ImportReport, NewApp, PovRecord, Refusal, RowRef, SecretText, Write,
    WriteOutcome,
};
pub use users::{
    MadeApp, NewUser, Newcomer, PasswordHash, Role, SignUp, SignedIn, UserName, UserNameError,
    UserRecord, Users,
};

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use povline_domain::{AppKey, Day, IsvId, OutPovId, PovId};

use crate::StoreError;

/// The platform's book on any engine.
///
/// Reads may run concurrently; writes are atomic one by one. An acknowledged write survives a
/// crash of the process and of the machine.
pub trait Book: Send + Sync + 'static {
    /// The same book for those who would sooner be refused than wait. A change that is asked for
    /// by one method of [`Bookings`], [`Schedules`], [`Sandbox`], or as [`Register::register_pov`],
    /// and has not begun within `wait_max`, because others keep the book busy, fails as
    /// [`Busy`](crate::StoreErrorKind::Busy) and is never made. One that has begun is waited for.
    ///
    /// A book in which nobody waits for others is itself.
    #[must_use]
    fn waiting_at_most(self: &Arc<Self>, wait_max: Duration) -> Arc<Self>
    where
        Self: Sized,
    {
        let _ = wait_max;
        Arc::clone(self)
    }

    /// Who may call and what they may read: everything the gateway must know to admit a call.
    fn access(&self) -> impl Future<Output = Result<Access, StoreError>> + Send;

    /// Reads the rows of a POV-day in append order, each handed to `visit` without being copied,
    /// all from one instant, and tells the version of the day that they are.
    ///
    /// A day without rows has version [`DayVersion::NONE`] until something is written to it.
    fn read_day(
        &self,
        pov: PovId,
        day: Day,
        visit: impl FnMut(RowRef<'_>) + Send,
    ) -> impl Future<Output = Result<DayVersion, StoreError>> + Send;

    /// As [`Book::read_day`] for those who do not ask which version it is.
    fn read_rows(
        &self,
        pov: PovId,
        day: Day,
        visit: impl FnMut(RowRef<'_>) + Send,
    ) -> impl Future<Output = Result<(), StoreError>> + Send {
        async move { self.read_day(pov, day, visit).await.map(drop) }
    }

    /// What has changed since `cursor`, each told once, at most `changes_max` changes, and the
    /// cursor after them. Fewer than `changes_max` are all that there are. The cursor
    /// [`ChangeCursor::START`] tells everything that the book remembers.
    ///
    /// It waits for no other read, so that a follower is not held up by those who read much.
    fn changes_after(
        &self,
        cursor: ChangeCursor,
        changes_max: usize,
    ) -> impl Future<Output = Result<(Vec<BookChange>, ChangeCursor), StoreError>> + Send;

    /// The cursor of the present: what is written after this call comes after it.
    fn change_cursor(&self) -> impl Future<Output = Result<ChangeCursor, StoreError>> + Send;

    /// Waits until something is written through this book or a clone of it after this was called
    /// (not after it was first polled: call it, read, then await it, and no write is missed).
    /// Other handles and processes do not wake it: followers must also ask
    /// [`Book::changes_after`] now and then.
    fn written(&self) -> impl Future<Output = ()> + Send;

    /// The ISV with this name, made if there is none.
    fn ensure_isv(
        &self,
        actor: &Actor,
        name: &str,
    ) -> impl Future<Output = Result<IsvId, StoreError>> + Send;

    /// Makes an app. Refused if the key is taken.
    fn create_app(
        &self,
        actor: &Actor,
        app: NewApp,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Gives an app a new secret beside its newest one; older ones cease to work. With
    /// `retire_old` the new one is the only one.
    fn rotate_secret(
        &self,
        actor: &Actor,
        app: &AppKey,
        secret: SecretText,
        retire_old: bool,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Lets an app call, or stops it.
    fn set_app_status(
        &self,
        actor: &Actor,
        app: &AppKey,
        status: AppStatus,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Grants an app POVs of its ISV. Granting twice is one grant.
    fn grant(
        &self,
        actor: &Actor,
        app: &AppKey,
        grant: &Grant,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Takes a grant back; `false` if there was none.
    fn revoke(
        &self,
        actor: &Actor,
        app: &AppKey,
        grant: &Grant,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// The ISV's POV with this code, made if there is none; the name is set if one is given.
    fn ensure_pov(
        &self,
        actor: &Actor,
        isv: IsvId,
        out_pov_id: &OutPovId,
        name: Option<&str>,
    ) -> impl Future<Output = Result<PovId, StoreError>> + Send;

    /// Applies writes to appointments in one transaction, each on its own: one that breaks a rule
    /// is refused and leaves the others be.
    fn write(
        &self,
        actor: &Actor,
        writes: Vec<Write>,
    ) -> impl Future<Output = Result<Vec<WriteOutcome>, StoreError>> + Send;

    /// Takes appointments of an ISV from outside: a row that exists is updated, one that is equal
    /// changes nothing. `progress` is told the number of lines read now and then.
    ///
    /// The file is taken as one instant: rows may swap pick codes, or take one that another row
    /// gives up further down; a code that no row holds at the end is retired. Other writes wait
    /// until the import is over, and for as long as `lines` takes.
    fn import(
        &self,
        actor: &Actor,
        isv: IsvId,
        lines: impl Iterator<Item = ImportLine> + Send + 'static,
        mode: ImportMode,
        progress: impl FnMut(u64) + Send + 'static,
    ) -> impl Future<Output = Result<ImportReport, StoreError>> + Send;

    /// The audit records after `after` (0 for all), oldest first, at most `records_max`.
    fn audit(
        &self,
        after: i64,
        records_max: usize,
    ) -> impl Future<Output = Result<Vec<AuditRecord>, StoreError>> + Send;
}
