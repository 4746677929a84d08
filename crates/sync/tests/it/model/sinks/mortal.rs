//! The death of an agent in the middle of a delivery.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use povline_domain::UnixMillis;
use povline_store::StoreError;
use povline_store::ledger::{
    Again, DeadLetter, Deliveries, EventCursor, Outbox, SinkName, SinkStart, SinkState, SinkStatus,
    SinkStep, TableLine, ToldEvent,
};
use tokio::sync::{Notify, watch};

/// Comes after so many moments; from then on no moment goes by.
#[derive(Debug)]
pub struct Death {
    moments_left: AtomicI64,
    has_come: Notify,
}

impl Death {
    pub fn after(moments: i64) -> Arc<Self> {
        Arc::new(Self {
            moments_left: AtomicI64::new(moments),
            has_come: Notify::new(),
        })
    }

    pub fn never() -> Arc<Self> {
        Self::after(i64::MAX)
    }

    /// Lets a moment go by.
    pub async fn moment(&self) {
        if self.moments_left.fetch_sub(1, Ordering::Relaxed) <= 0 {
            self.has_come.notify_one();
            std::future::pending::<()>().await;
        }
    }

    pub async fn comes(&self) {
        self.has_come.notified().await;
    }
}

/// A ledger whose process may die before and after whatever a sink writes into it.
pub struct Mortal<D> {
    pub ledger: Arc<D>,
    pub death: Arc<Death>,
}

impl<D: Deliveries> Deliveries for Mortal<D> {
    async fn ledger_id(&self) -> Result<String, StoreError> {
        self.ledger.ledger_id().await
    }

    async fn outbox(&self, cursor: EventCursor, events_max: usize) -> Result<Outbox, StoreError> {
        self.ledger.outbox(cursor, events_max).await
    }

    async fn told(&self, cursors: Vec<EventCursor>) -> Result<Vec<ToldEvent>, StoreError> {
        self.ledger.told(cursors).await
    }

    async fn cursor_before(&self, at: UnixMillis) -> Result<EventCursor, StoreError> {
        self.ledger.cursor_before(at).await
    }

    async fn enlist(
        &self,
        name: &SinkName,
        kind: &'static str,
        start: SinkStart,
    ) -> Result<SinkState, StoreError> {
        self.ledger.enlist(name, kind, start).await
    }

    async fn advance(&self, name: &SinkName, step: SinkStep) -> Result<(), StoreError> {
        self.death.moment().await;
        self.ledger.advance(name, step).await?;
        self.death.moment().await;
        Ok(())
    }

    async fn fill_table(
        &self,
        name: &SinkName,
        lines: Vec<TableLine>,
        step: SinkStep,
    ) -> Result<(), StoreError> {
        self.death.moment().await;
        self.ledger.fill_table(name, lines, step).await?;
        self.death.moment().await;
        Ok(())
    }

    async fn ask_again(&self, name: &SinkName, what: Again) -> Result<Option<u64>, StoreError> {
        self.ledger.ask_again(name, what).await
    }

    async fn take_asked(
        &self,
        name: &SinkName,
        letters_max: usize,
    ) -> Result<Vec<ToldEvent>, StoreError> {
        self.ledger.take_asked(name, letters_max).await
    }

    async fn dead_letters(
        &self,
        name: Option<&SinkName>,
        letters_max: usize,
    ) -> Result<Vec<DeadLetter>, StoreError> {
        self.ledger.dead_letters(name, letters_max).await
    }

    async fn resume(&self, name: &SinkName) -> Result<bool, StoreError> {
        self.ledger.resume(name).await
    }

    async fn stopped(&self, name: &SinkName) -> Result<Option<String>, StoreError> {
        self.ledger.stopped(name).await
    }

    async fn sinks(&self) -> Result<Vec<SinkStatus>, StoreError> {
        self.ledger.sinks().await
    }

    async fn dismiss(&self, name: &SinkName) -> Result<bool, StoreError> {
        self.ledger.dismiss(name).await
    }

    async fn tidy_deliveries(&self, dead_max: u64) -> Result<u64, StoreError> {
        self.ledger.tidy_deliveries(dead_max).await
    }

    async fn bound_of_events(&self, events_max: u64) -> Result<Option<UnixMillis>, StoreError> {
        self.ledger.bound_of_events(events_max).await
    }

    async fn erase_names(&self, before: UnixMillis) -> Result<u64, StoreError> {
        self.ledger.erase_names(before).await
    }

    fn commits(&self) -> watch::Receiver<u64> {
        self.ledger.commits()
    }
}
