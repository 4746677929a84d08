//! The limiter that all calls share, and the task that reserves calls for them.

use std::time::Duration;

use parking_lot::Mutex;
use povline_domain::{AppKey, Clock, Day, UnixMillis};
use povline_protocol::PlatformError;
use povline_store::book::{CallScope, Limits};
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;

use super::counters::{Charge, Counters, Verdict, Wish};
use super::quota::CallQuotas;
use super::told::Left;
use crate::call::Refused;

/// How often the book is told what was used.
const TELL_EVERY: Duration = Duration::from_secs(5);

/// How long a call waits until more calls are reserved. The book takes some milliseconds; what
/// takes longer is a book that hangs.
const RESERVING_TIME_MAX: Duration = Duration::from_secs(5);

/// How often a failing book is asked again at most.
const PAUSE_AFTER_FAILURE: Duration = Duration::from_millis(100);

/// Counts calls. What it says of a call is exact, however many come at once.
#[derive(Debug)]
pub(crate) struct Limiter {
    counters: Mutex<Counters>,
    /// Somebody wants more calls reserved.
    wanted: Notify,
    /// Told after each round; whether the book failed in it.
    rounds: watch::Sender<bool>,
}

impl Limiter {
    pub(crate) fn new() -> Self {
        Self {
            counters: Mutex::default(),
            wanted: Notify::new(),
            rounds: watch::Sender::new(false),
        }
    }

    /// Says until when a process before this one may have let calls through. Within the second after
    /// it no quota of a second has anything left. Said before anything is counted.
    pub(crate) fn begin_behind(&self, let_through_until: Option<UnixMillis>) {
        self.counters.lock().begin_behind(let_through_until);
    }

    /// Counts a call, or refuses it. `told` is what the caller is told of its quotas. Refused as
    /// busy, and not counted, if the book cannot be asked.
    pub(crate) async fn charge(
        &self,
        clock: &dyn Clock,
        app: &AppKey,
        method: &'static str,
        quotas: CallQuotas,
        told: &mut Left,
    ) -> Result<Charge, Refused> {
        let mut wish = Wish::default();
        if let Some(decided) = self.decide(clock, app, method, quotas, &mut wish, told) {
            return decided;
        }
        let reserving = async {
            let mut rounds = self.rounds.subscribe();
            loop {
                // Asked again after subscribing, so that no round that matters is missed.
                let decided = self.decide(clock, app, method, quotas, &mut wish, told);
                if let Some(decided) = decided {
                    return decided;
                }
                if rounds.changed().await.is_err() || *rounds.borrow_and_update() {
                    return Err(Refused::busy());
                }
            }
        };
        tokio::time::timeout(RESERVING_TIME_MAX, reserving)
            .await
            .unwrap_or_else(|_| Err(Refused::busy()))
    }

    /// The verdict, unless more must be reserved first.
    fn decide(
        &self,
        clock: &dyn Clock,
        app: &AppKey,
        method: &'static str,
        quotas: CallQuotas,
        wish: &mut Wish,
        told: &mut Left,
    ) -> Option<Result<Charge, Refused>> {
        let verdict = {
            let mut counters = self.counters.lock();
            // Read under the lock, so that calls are counted in the order of their instants.
            counters.charge(clock.now(), app, method, quotas, wish)
        };
        match verdict {
            Verdict::Through { charge, left, low } => {
                if low {
                    self.wanted.notify_one();
                }
                *told = left;
                Some(Ok(charge))
            }
            Verdict::Refused {
                limit,
                seconds,
                left,
            } => {
                *told = left;
                Some(Err(PlatformError::app_call_limited(limit, seconds).into()))
            }
            Verdict::AfterReserving => {
                self.wanted.notify_one();
                None
            }
        }
    }

    /// What was used today and the book was not told yet.
    pub(crate) fn untold(&self, today: Day) -> Vec<(CallScope, i64)> {
        self.counters.lock().untold(today)
    }

    /// Gives a call back that failed by no fault of its caller's.
    pub(crate) fn refund(&self, app: &AppKey, method: &'static str, charge: &Charge) {
        self.counters.lock().refund(app, method, charge);
    }

    /// Reserves calls and tells the book of used ones until it is stopped; then it gives back what
    /// was reserved and not used.
    pub(crate) async fn keep<B: Limits>(&self, book: &B, stopped: &CancellationToken) {
        let mut tell = tokio::time::interval(TELL_EVERY);
        tell.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            let all = tokio::select! {
                () = self.wanted.notified() => false,
                _ = tell.tick() => true,
                () = stopped.cancelled() => {
                    self.round(book, true, true).await;
                    return;
                }
            };
            if !self.round(book, all, false).await {
                tokio::time::sleep(PAUSE_AFTER_FAILURE).await;
            }
        }
    }

    /// One round; whether the book did what it was asked.
    async fn round<B: Limits>(&self, book: &B, all: bool, end: bool) -> bool {
        let days = self.counters.lock().claims(all, end);
        let mut failed = false;
        for (day, claims) in days {
            match book.claim_calls(day, claims.clone()).await {
                Ok(grants) => {
                    let mut counters = self.counters.lock();
                    for (claim, grant) in claims.iter().zip(grants) {
                        counters.grant(day, claim, grant);
                    }
                }
                Err(error) => {
                    tracing::error!(%error, "cannot reserve calls");
                    failed = true;
                    let mut counters = self.counters.lock();
                    for claim in claims {
                        counters.give_back(day, claim);
                    }
                }
            }
        }
        self.counters.lock().settle();
        self.rounds.send_replace(failed);
        !failed
    }
}
