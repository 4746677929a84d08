//! A ledger whose calls take no time on the runtime's clock.
//!
//! A paused clock runs ahead whenever the runtime has nothing to do, which it believes while a
//! thread of the database works. Here the runtime's own thread waits for the database, so that the
//! clock stands still meanwhile.

use std::future::Future;
use std::ops::RangeInclusive;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;

use povline_domain::{AppKey, AppointmentId, Day, OutPovId, UnixMillis, Window};
use povline_store::StoreError;
use povline_store::ledger::{
    AlarmOf, AlarmRecord, CallsTaken, CallsWanted, CertificateRecord, CheckedDay, Counts, DayAsOf,
    DayStatus, DayView, DecidedHold, Event, EventCursor, HeldPlace, HistoryEntry, Hold, HoldAnswer,
    HoldDecision, HoldMark, HoldScope, Ledger, Observation, Quarantined, SavedPlan, Settled,
    Settlement, Story, Suspect, TrackedRow,
};

/// A ledger that is waited for.
pub struct Immediate<L>(pub L);

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

impl<L: Ledger> Ledger for Immediate<L> {
    async fn settle<D>(
        &self,
        observations: Vec<Observation>,
        decide: D,
    ) -> Result<Vec<Result<Settled, StoreError>>, StoreError>
    where
        D: Fn(&Observation, &DayView) -> Settlement + Send + Sync + 'static,
    {
        wait_for(self.0.settle(observations, decide))
    }

    async fn standing_windows(
        &self,
        pov: &OutPovId,
        day: Day,
    ) -> Result<Option<Vec<Window>>, StoreError> {
        wait_for(self.0.standing_windows(pov, day))
    }

    async fn rows(&self, pov: &OutPovId, day: Day) -> Result<Vec<TrackedRow>, StoreError> {
        wait_for(self.0.rows(pov, day))
    }

    async fn days_from(&self, first: Day) -> Result<Vec<DayStatus>, StoreError> {
        wait_for(self.0.days_from(first))
    }

    async fn checks_from(&self, first: Day) -> Result<Vec<CheckedDay>, StoreError> {
        wait_for(self.0.checks_from(first))
    }

    async fn suspects(&self) -> Result<Vec<Suspect>, StoreError> {
        wait_for(self.0.suspects())
    }

    async fn days_beyond(
        &self,
        open_days: RangeInclusive<Day>,
        first: Day,
    ) -> Result<Vec<CheckedDay>, StoreError> {
        wait_for(self.0.days_beyond(open_days, first))
    }

    async fn held(&self) -> Result<Vec<(HoldScope, Hold)>, StoreError> {
        wait_for(self.0.held())
    }

    async fn holds(&self) -> Result<Vec<HeldPlace>, StoreError> {
        wait_for(self.0.holds())
    }

    async fn decide_hold(
        &self,
        scope: HoldScope,
        shown: HoldMark,
        decision: HoldDecision,
    ) -> Result<HoldAnswer, StoreError> {
        wait_for(self.0.decide_hold(scope, shown, decision))
    }

    async fn hold_decisions(&self, decisions_max: usize) -> Result<Vec<DecidedHold>, StoreError> {
        wait_for(self.0.hold_decisions(decisions_max))
    }

    async fn quarantine(&self, rows_max: usize) -> Result<Vec<Quarantined>, StoreError> {
        wait_for(self.0.quarantine(rows_max))
    }

    async fn quarantined(&self) -> Result<u64, StoreError> {
        wait_for(self.0.quarantined())
    }

    async fn drop_quarantined(&self, number: Option<i64>) -> Result<u64, StoreError> {
        wait_for(self.0.drop_quarantined(number))
    }

    async fn habits(&self) -> Result<Vec<(AppKey, String, i64)>, StoreError> {
        wait_for(self.0.habits())
    }

    async fn keep_habits(
        &self,
        app: &AppKey,
        learned: Vec<(String, i64)>,
    ) -> Result<(), StoreError> {
        wait_for(self.0.keep_habits(app, learned))
    }

    async fn events_after(
        &self,
        cursor: EventCursor,
        events_max: usize,
    ) -> Result<Vec<Event>, StoreError> {
        wait_for(self.0.events_after(cursor, events_max))
    }

    async fn history(
        &self,
        pov: &OutPovId,
        id: &AppointmentId,
    ) -> Result<Vec<HistoryEntry>, StoreError> {
        wait_for(self.0.history(pov, id))
    }

    async fn stories(&self, id: &AppointmentId) -> Result<Vec<Story>, StoreError> {
        wait_for(self.0.stories(id))
    }

    async fn day_as_of(
        &self,
        pov: &OutPovId,
        day: Day,
        at: UnixMillis,
    ) -> Result<DayAsOf, StoreError> {
        wait_for(self.0.day_as_of(pov, day, at))
    }

    async fn certificate(&self, number: i64) -> Result<Option<CertificateRecord>, StoreError> {
        wait_for(self.0.certificate(number))
    }

    async fn counts(&self) -> Result<Counts, StoreError> {
        wait_for(self.0.counts())
    }

    async fn reserve_calls(
        &self,
        app: &AppKey,
        day: Day,
        wanted: CallsWanted,
    ) -> Result<u64, StoreError> {
        wait_for(self.0.reserve_calls(app, day, wanted))
    }

    async fn return_calls(
        &self,
        app: &AppKey,
        day: Day,
        unused: CallsTaken,
    ) -> Result<(), StoreError> {
        wait_for(self.0.return_calls(app, day, unused))
    }

    async fn calls_taken(&self, app: &AppKey, day: Day) -> Result<CallsTaken, StoreError> {
        wait_for(self.0.calls_taken(app, day))
    }

    async fn save_plan(&self, plan: SavedPlan) -> Result<(), StoreError> {
        wait_for(self.0.save_plan(plan))
    }

    async fn plans(&self) -> Result<Vec<SavedPlan>, StoreError> {
        wait_for(self.0.plans())
    }

    async fn raise_alarm(
        &self,
        of: &AlarmOf,
        detail: &str,
        at: UnixMillis,
    ) -> Result<bool, StoreError> {
        wait_for(self.0.raise_alarm(of, detail, at))
    }

    async fn clear_alarm(&self, of: &AlarmOf, at: UnixMillis) -> Result<bool, StoreError> {
        wait_for(self.0.clear_alarm(of, at))
    }

    async fn alarms(&self, alarms_max: usize) -> Result<Vec<AlarmRecord>, StoreError> {
        wait_for(self.0.alarms(alarms_max))
    }

    async fn forget(&self, before: UnixMillis) -> Result<u64, StoreError> {
        wait_for(self.0.forget(before))
    }
}
