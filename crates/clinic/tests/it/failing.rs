//! A ledger whose lists cannot be read for as long as a test says.
//!
//! Its work takes no time on the runtime's clock. A paused clock runs ahead whenever the runtime has
//! nothing to do, which it believes while a thread of the database works; here the runtime's own
//! thread waits for the database.

use std::future::Future;
use std::ops::RangeInclusive;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;

use parking_lot::Mutex;
use povline_domain::{AppKey, AppointmentId, Day, OutPovId, UnixMillis, Window};
use povline_store::ledger::{
    AccessToken, Again, AlarmOf, AlarmRecord, CallsTaken, CallsWanted, CertificateRecord,
    CheckedDay, ClashKind, Counts, DayAsOf, DayStatus, DayView, DeadLetter, DecidedHold,
    Deliveries, Desk, DeskList, DeskMark, DeskRow, Device, Event, EventCursor, Guess, GuessLimits,
    HeldPlace, HistoryEntry, Hold, HoldAnswer, HoldDecision, HoldMark, HoldScope, Ledger, NewPick,
    NewStaff, Observation, Outbox, Pairing, Pick, PickNow, PickState, Quarantined, SavedPlan,
    Session, Settled, Settlement, SinkName, SinkStart, SinkState, SinkStatus, SinkStep,
    SqliteLedger, Staff, Story, Suspect, TableLine, TokenDigest, ToldEvent, TrackedRow, Waiting,
};
use povline_store::{StoreError, StoreErrorKind};
use tokio::sync::watch;

/// What cannot be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Looks {
    Lists,
    /// Those of one clinic.
    ListsOf(&'static str),
    Marks,
}

pub(crate) struct Failing {
    inner: Arc<SqliteLedger>,
    fails: Mutex<Option<Looks>>,
    failed: AtomicUsize,
}

impl Failing {
    pub(crate) fn new(inner: Arc<SqliteLedger>) -> Self {
        Self {
            inner,
            fails: Mutex::new(None),
            failed: AtomicUsize::new(0),
        }
    }

    /// From now on this fails, or nothing.
    pub(crate) fn fail(&self, looks: Option<Looks>) {
        *self.fails.lock() = looks;
        self.failed.store(0, Ordering::Relaxed);
    }

    /// How often something has failed since.
    pub(crate) fn failed(&self) -> usize {
        self.failed.load(Ordering::Relaxed)
    }

    fn may_fail(&self, is_it: impl FnOnce(Looks) -> bool) -> Result<(), StoreError> {
        if !self.fails.lock().is_some_and(is_it) {
            return Ok(());
        }
        self.failed.fetch_add(1, Ordering::Relaxed);
        Err(StoreError::new(StoreErrorKind::Unavailable, "read a list"))
    }
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

fn wait_for<T>(future: impl Future<Output = T>) -> T {
    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    // Out of the runtime's sight: with its share of a turn used up, the future would be woken only
    // after the turn, which does not end before the future does.
    let mut future = pin!(tokio::task::unconstrained(future));
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(output) => return output,
            Poll::Pending => std::thread::park(),
        }
    }
}

macro_rules! waited_for {
    ($($name:ident($($argument:ident: $kind:ty),*) -> $output:ty;)*) => {
        $(
            async fn $name(&self, $($argument: $kind),*) -> $output {
                wait_for(self.inner.$name($($argument),*))
            }
        )*
    };
}

macro_rules! at_once {
    ($($name:ident($($argument:ident: $kind:ty),*) -> $output:ty;)*) => {
        $(
            fn $name(&self, $($argument: $kind),*) -> $output {
                self.inner.$name($($argument),*)
            }
        )*
    };
}

impl Ledger for Failing {
    waited_for! {
        standing_windows(pov: &OutPovId, day: Day) -> Result<Option<Vec<Window>>, StoreError>;
        rows(pov: &OutPovId, day: Day) -> Result<Vec<TrackedRow>, StoreError>;
        days_from(first: Day) -> Result<Vec<DayStatus>, StoreError>;
        checks_from(first: Day) -> Result<Vec<CheckedDay>, StoreError>;
        suspects() -> Result<Vec<Suspect>, StoreError>;
        days_beyond(open_days: RangeInclusive<Day>, first: Day) -> Result<Vec<CheckedDay>, StoreError>;
        held() -> Result<Vec<(HoldScope, Hold)>, StoreError>;
        holds() -> Result<Vec<HeldPlace>, StoreError>;
        decide_hold(scope: HoldScope, shown: HoldMark, decision: HoldDecision) -> Result<HoldAnswer, StoreError>;
        hold_decisions(decisions_max: usize) -> Result<Vec<DecidedHold>, StoreError>;
        quarantine(rows_max: usize) -> Result<Vec<Quarantined>, StoreError>;
        quarantined() -> Result<u64, StoreError>;
        drop_quarantined(number: Option<i64>) -> Result<u64, StoreError>;
        habits() -> Result<Vec<(AppKey, String, i64)>, StoreError>;
        keep_habits(app: &AppKey, learned: Vec<(String, i64)>) -> Result<(), StoreError>;
        events_after(cursor: EventCursor, events_max: usize) -> Result<Vec<Event>, StoreError>;
        history(pov: &OutPovId, id: &AppointmentId) -> Result<Vec<HistoryEntry>, StoreError>;
        stories(id: &AppointmentId) -> Result<Vec<Story>, StoreError>;
        day_as_of(pov: &OutPovId, day: Day, at: UnixMillis) -> Result<DayAsOf, StoreError>;
        certificate(number: i64) -> Result<Option<CertificateRecord>, StoreError>;
        counts() -> Result<Counts, StoreError>;
        reserve_calls(app: &AppKey, day: Day, wanted: CallsWanted) -> Result<u64, StoreError>;
        return_calls(app: &AppKey, day: Day, unused: CallsTaken) -> Result<(), StoreError>;
        calls_taken(app: &AppKey, day: Day) -> Result<CallsTaken, StoreError>;
        save_plan(plan: SavedPlan) -> Result<(), StoreError>;
        plans() -> Result<Vec<SavedPlan>, StoreError>;
        raise_alarm(of: &AlarmOf, detail: &str, at: UnixMillis) -> Result<bool, StoreError>;
        clear_alarm(of: &AlarmOf, at: UnixMillis) -> Result<bool, StoreError>;
        alarms(alarms_max: usize) -> Result<Vec<AlarmRecord>, StoreError>;
        forget(before: UnixMillis) -> Result<u64, StoreError>;
    }

    async fn settle<D>(
        &self,
        observations: Vec<Observation>,
        decide: D,
    ) -> Result<Vec<Result<Settled, StoreError>>, StoreError>
    where
        D: Fn(&Observation, &DayView) -> Settlement + Send + Sync + 'static,
    {
        wait_for(self.inner.settle(observations, decide))
    }
}

impl Deliveries for Failing {
    waited_for! {
        ledger_id() -> Result<String, StoreError>;
        outbox(cursor: EventCursor, events_max: usize) -> Result<Outbox, StoreError>;
        told(cursors: Vec<EventCursor>) -> Result<Vec<ToldEvent>, StoreError>;
        cursor_before(at: UnixMillis) -> Result<EventCursor, StoreError>;
        enlist(name: &SinkName, kind: &'static str, start: SinkStart) -> Result<SinkState, StoreError>;
        advance(name: &SinkName, step: SinkStep) -> Result<(), StoreError>;
        fill_table(name: &SinkName, lines: Vec<TableLine>, step: SinkStep) -> Result<(), StoreError>;
        ask_again(name: &SinkName, what: Again) -> Result<Option<u64>, StoreError>;
        take_asked(name: &SinkName, letters_max: usize) -> Result<Vec<ToldEvent>, StoreError>;
        dead_letters(name: Option<&SinkName>, letters_max: usize) -> Result<Vec<DeadLetter>, StoreError>;
        resume(name: &SinkName) -> Result<bool, StoreError>;
        stopped(name: &SinkName) -> Result<Option<String>, StoreError>;
        sinks() -> Result<Vec<SinkStatus>, StoreError>;
        dismiss(name: &SinkName) -> Result<bool, StoreError>;
        tidy_deliveries(dead_max: u64) -> Result<u64, StoreError>;
        bound_of_events(events_max: u64) -> Result<Option<UnixMillis>, StoreError>;
        erase_names(before: UnixMillis) -> Result<u64, StoreError>;
    }

    at_once! {
        commits() -> watch::Receiver<u64>;
    }
}

impl Desk for Failing {
    waited_for! {
        add_token(digest: TokenDigest, pov: Option<OutPovId>, label: String, made_at: UnixMillis) -> Result<(), StoreError>;
        revoke_token(number: i64) -> Result<bool, StoreError>;
        add_pairing(pairing: Pairing) -> Result<(), StoreError>;
        pair(code: TokenDigest, device: TokenDigest, now: UnixMillis) -> Result<Option<Device>, StoreError>;
        remove_device(number: i64) -> Result<bool, StoreError>;
        put_staff(staff: NewStaff) -> Result<(), StoreError>;
        remove_staff(pov: OutPovId, name: String) -> Result<bool, StoreError>;
        begin_guess(device: i64, staff: i64, now: UnixMillis, limits: GuessLimits) -> Result<Guess, StoreError>;
        begin_session(digest: TokenDigest, device: i64, staff: i64, expires_at: UnixMillis) -> Result<(), StoreError>;
        end_session(digest: TokenDigest) -> Result<(), StoreError>;
        pick_told(number: i64, state: PickState) -> Result<(), StoreError>;
    }

    at_once! {
        token(digest: &TokenDigest) -> Result<Option<AccessToken>, StoreError>;
        tokens() -> Result<Vec<AccessToken>, StoreError>;
        device(digest: &TokenDigest) -> Result<Option<Device>, StoreError>;
        devices(pov: &OutPovId) -> Result<Vec<Device>, StoreError>;
        staff(pov: &OutPovId) -> Result<Vec<Staff>, StoreError>;
        session(digest: &TokenDigest, now: UnixMillis) -> Result<Option<Session>, StoreError>;
        due_picks(now: UnixMillis) -> Result<Vec<Pick>, StoreError>;
        next_due() -> Result<Option<UnixMillis>, StoreError>;
        waiting() -> Result<Waiting, StoreError>;
    }

    async fn act<D>(
        &self,
        pov: &OutPovId,
        day: Day,
        id: &AppointmentId,
        decide: D,
    ) -> Result<Option<(DeskRow, Option<Pick>)>, StoreError>
    where
        D: FnOnce(&DeskRow) -> Option<NewPick> + Send + 'static,
    {
        wait_for(self.inner.act(pov, day, id, decide))
    }

    async fn pick_seen<J>(
        &self,
        pov: OutPovId,
        number: i64,
        shown: ClashKind,
        judge: J,
    ) -> Result<Option<ClashKind>, StoreError>
    where
        J: FnOnce(&PickNow) -> Option<ClashKind> + Send + 'static,
    {
        wait_for(self.inner.pick_seen(pov, number, shown, judge))
    }

    async fn desk_list(&self, pov: &OutPovId, day: Day) -> Result<DeskList, StoreError> {
        self.may_fail(|looks| match looks {
            Looks::Lists => true,
            Looks::ListsOf(clinic) => clinic == pov.as_str(),
            Looks::Marks => false,
        })?;
        wait_for(self.inner.desk_list(pov, day))
    }

    async fn desk_marks(&self, places: Vec<(OutPovId, Day)>) -> Result<Vec<DeskMark>, StoreError> {
        self.may_fail(|looks| looks == Looks::Marks)?;
        wait_for(self.inner.desk_marks(places))
    }
}
