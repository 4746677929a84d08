//! The one gate through which every call of an agent goes.
//!
//! [`Pace`] decides; here it is asked again after each wait, and blocks of the day's budget are
//! fetched for it. Whoever waits stands in line, so that nobody is overtaken for ever.

use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use povline_domain::{AppKey, Clock, Day, UnixMillis};
use povline_store::ledger::{CallsWanted, Ledger};
use povline_store::{StoreError, StoreErrorKind};
use tokio::time::Instant;

use crate::pace::{Admission, Limits, Pace, Purpose};

/// Where the calls of a day are counted.
pub(super) trait Budget: Send + Sync + 'static {
    /// Takes calls of `day`, and tells how many were granted.
    fn reserve(
        &self,
        day: Day,
        wanted: CallsWanted,
    ) -> impl Future<Output = Result<u64, StoreError>> + Send;
}

/// A budget that an agent's ledger keeps, over restarts.
#[derive(Debug)]
pub(super) struct LedgerBudget<L> {
    pub(super) ledger: Arc<L>,
    pub(super) app: AppKey,
}

impl<L: Ledger> Budget for LedgerBudget<L> {
    async fn reserve(&self, day: Day, wanted: CallsWanted) -> Result<u64, StoreError> {
        self.ledger.reserve_calls(&self.app, day, wanted).await
    }
}

/// No budget for the day: for pulls by hand where there is no ledger.
#[derive(Debug)]
pub(super) struct Uncounted;

impl Budget for Uncounted {
    async fn reserve(&self, _: Day, wanted: CallsWanted) -> Result<u64, StoreError> {
        Ok(wanted.calls_max)
    }
}

/// Why a call may not be made, for longer than a worker waits in line.
#[derive(Debug)]
pub(super) enum Closed {
    /// The platform has banned us until this instant.
    Banned(UnixMillis),
    /// The day's budget is used up; the next day's begins at this instant.
    UsedUp(UnixMillis),
    /// The ledger did not say what is left of the budget.
    Ledger(StoreError),
}

/// The gate of one app.
pub(super) struct Gate<B> {
    state: Arc<Mutex<State>>,
    line: tokio::sync::Mutex<()>,
    budget: Arc<B>,
    /// Locked while a block is taken out of the budget or put back.
    reserving: Arc<tokio::sync::Mutex<()>>,
    clock: Arc<dyn Clock>,
    opened: Instant,
    patience: Duration,
}

/// What decides whether a call may go through.
struct State {
    pace: Pace,
    doubt: Option<Doubt>,
}

/// The platform is taken to be down: one call after each pause tries whether it still is.
#[derive(Debug, Clone, Copy)]
struct Doubt {
    /// Nothing is tried before this time.
    until: Duration,
    pause: Duration,
}

/// How long nothing is called once the platform is taken to be down, and after how many failed tries
/// in a row at most.
const PAUSE_FIRST: Duration = Duration::from_secs(15);
const PAUSE_MAX: Duration = Duration::from_secs(60);

impl<B: Budget> Gate<B> {
    /// A gate that opens now. A worker waits in line for a ban of up to `patience`.
    pub(super) fn new(
        limits: Limits,
        patience: Duration,
        budget: B,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            state: Arc::new(Mutex::new(State {
                pace: Pace::new(limits),
                doubt: None,
            })),
            line: tokio::sync::Mutex::new(()),
            budget: Arc::new(budget),
            reserving: Arc::default(),
            clock,
            opened: Instant::now(),
            patience,
        }
    }

    /// Waits until one call for this purpose may begin, and counts it.
    pub(super) async fn pass(&self, purpose: Purpose) -> Result<(), Closed> {
        let _turn = self.line.lock().await;
        loop {
            let today = Day::at(self.clock.now());
            let elapsed = self.opened.elapsed();
            let admission = self.state().admit(elapsed, today, purpose);
            match admission {
                Admission::Go => return Ok(()),
                Admission::Wait(until) => tokio::time::sleep_until(self.opened + until).await,
                Admission::Reserve(day, calls) => {
                    self.reserve(day, calls, purpose).await?;
                }
                Admission::Parked(until) if until - elapsed <= self.patience => {
                    tokio::time::sleep_until(self.opened + until).await;
                }
                Admission::Parked(until) => return Err(Closed::Banned(self.at(until, elapsed))),
                Admission::UsedUp(day) => {
                    let tomorrow = day.plus_days(1).unwrap_or(Day::MAX);
                    return Err(Closed::UsedUp(tomorrow.begins_at()));
                }
            }
        }
    }

    /// Takes a block of calls out of the budget. Whoever waits for it may be dropped meanwhile: what
    /// is granted comes in here all the same, or nobody could put it back.
    async fn reserve(&self, day: Day, calls: u64, purpose: Purpose) -> Result<(), Closed> {
        let reserving = Arc::clone(&self.reserving).lock_owned().await;
        let wanted = self.state().pace.wanted(calls, purpose);
        let (budget, state) = (Arc::clone(&self.budget), Arc::clone(&self.state));
        let reserved = tokio::spawn(async move {
            let granted = budget.reserve(day, wanted).await?;
            locked(&state).pace.reserved(day, purpose, granted);
            drop(reserving);
            Ok(())
        });
        let panicked = |_| {
            let what = "failed to reserve calls: the ledger has panicked";
            Err(StoreError::new(StoreErrorKind::Unavailable, what))
        };
        let reserved = reserved.await.unwrap_or_else(panicked);
        reserved.map_err(Closed::Ledger)
    }

    /// Lets nothing through for this long.
    pub(super) fn park(&self, lasts: Duration) {
        let until = self.opened.elapsed().saturating_add(lasts);
        self.state().pace.park(until);
    }

    /// The platform is taken to be down: from now on one call after each pause tries it, until one
    /// succeeds. Whatever the number of workers, a dead platform costs few calls of the day.
    pub(super) fn doubt(&self) {
        let until = self.opened.elapsed() + PAUSE_FIRST;
        self.state().doubt.get_or_insert(Doubt {
            until,
            pause: PAUSE_FIRST,
        });
    }

    /// A call was answered as only a platform answers that is there and well.
    pub(super) fn trust(&self) {
        self.state().doubt = None;
    }

    /// Until when nothing goes through, because the platform says so or does not answer.
    pub(super) fn parked_until(&self) -> Option<UnixMillis> {
        let elapsed = self.opened.elapsed();
        let until = self.state().parked_until(elapsed)?;
        Some(self.at(until, elapsed))
    }

    /// How many calls went through.
    pub(super) fn calls(&self) -> u64 {
        self.state().pace.calls()
    }

    fn at(&self, until: Duration, elapsed: Duration) -> UnixMillis {
        let wait = until.saturating_sub(elapsed).as_millis();
        let wait = i64::try_from(wait).unwrap_or(i64::MAX);
        self.clock.now().plus_millis(wait.saturating_add(1))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        locked(&self.state)
    }
}

impl State {
    fn admit(&mut self, elapsed: Duration, today: Day, purpose: Purpose) -> Admission {
        if let Some(until) = self.doubted_until(elapsed) {
            return Admission::Parked(until);
        }
        let admission = self.pace.admit(elapsed, today, purpose);
        if matches!(admission, Admission::Go)
            && let Some(doubt) = &mut self.doubt
        {
            // No other call goes through before the next pause is over.
            doubt.pause = (doubt.pause * 2).min(PAUSE_MAX);
            doubt.until = elapsed + doubt.pause;
        }
        admission
    }

    fn parked_until(&self, elapsed: Duration) -> Option<Duration> {
        let banned = self.pace.parked_until(elapsed);
        banned.max(self.doubted_until(elapsed))
    }

    fn doubted_until(&self, elapsed: Duration) -> Option<Duration> {
        let doubt = self.doubt?;
        (elapsed < doubt.until).then_some(doubt.until)
    }
}

impl<L: Ledger> Gate<LedgerBudget<L>> {
    /// Puts what is left of the blocks back into the budget of their day. Whoever calls later takes
    /// a new block.
    pub(super) async fn put_back(&self) -> Result<(), StoreError> {
        let _reserving = self.reserving.lock().await;
        let Some((day, unused)) = self.state().pace.take_unused() else {
            return Ok(());
        };
        let LedgerBudget { ledger, app } = &*self.budget;
        ledger.return_calls(app, day, unused).await
    }
}

fn locked(state: &Mutex<State>) -> MutexGuard<'_, State> {
    // It is whole after every call of its methods, even if a holder panicked.
    state.lock().unwrap_or_else(PoisonError::into_inner)
}
