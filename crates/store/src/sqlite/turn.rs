//! Jobs that wait for the writer no longer than those who asked for them.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::{StoreError, StoreErrorKind};

/// How long a job may wait for its turn; without an end by default.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Patience(Option<Duration>);

impl Patience {
    /// So long at most. What takes its time once it has begun is waited for all the same.
    pub(crate) fn at_most(wait_max: Duration) -> Self {
        Self(Some(wait_max))
    }

    /// Waits for a job that holds this turn, or takes it back if its turn has not come in time.
    pub(super) async fn wait<T>(
        self,
        what: &'static str,
        turn: Turn,
        done: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        let Some(wait_max) = self.0 else {
            return done.await;
        };
        let mut done = pin!(done);
        match tokio::time::timeout(wait_max, &mut done).await {
            Ok(result) => result,
            Err(_) if turn.settle() => Err(StoreError::new(StoreErrorKind::Busy, what)
                .caused_by("others have kept the store busy for too long")),
            // It has begun: whoever asked is told what came of it.
            Err(_) => done.await,
        }
    }
}

/// A job's turn: it comes, or the job is taken back, and never both.
#[derive(Debug, Clone, Default)]
pub(super) struct Turn(Arc<AtomicBool>);

impl Turn {
    /// Whether it may still come.
    pub(super) fn is_open(&self) -> bool {
        !self.0.load(Ordering::Acquire)
    }

    /// Whether it was open until now.
    pub(super) fn settle(&self) -> bool {
        !self.0.swap(true, Ordering::AcqRel)
    }
}
