//! Keeping memory in step with the book.
//!
//! One task asks the book what has changed, and drops the sheets and the directory that this
//! concerns. A write of this process wakes it at once; writes of other processes are found at the
//! next look, at most [`follow_every`](crate::GatewayConfig::follow_every) later. If the book
//! cannot be asked, nothing in memory is trusted for longer than
//! [`staleness_max`](crate::GatewayConfig::staleness_max).

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use povline_domain::Clock;
use povline_store::StoreError;
use povline_store::book::{BookChange, ChangeCursor};
use tokio::time::Instant;

use crate::PlatformBook;
use crate::directory::CurrentDirectory;
use crate::handlers::{BookingList, BookingsKey};
use crate::pins::Pins;
use crate::sheet::{DaySheet, SheetCache, SheetKey};

/// Changes asked for at a time.
const CHANGES_MAX: usize = 1000;

/// When the book was last looked at. It counts on the runtime's clock, which no one sets.
#[derive(Debug)]
pub(crate) struct Freshness {
    begun: Instant,
    /// Milliseconds from `begun` to the last good look.
    looked_at: AtomicU64,
}

impl Freshness {
    pub(crate) fn new() -> Self {
        Self {
            begun: Instant::now(),
            looked_at: AtomicU64::new(0),
        }
    }

    /// How long ago the present in memory was that of the book.
    pub(crate) fn age(&self) -> Duration {
        let looked_at = Duration::from_millis(self.looked_at.load(Ordering::Relaxed));
        self.begun.elapsed().saturating_sub(looked_at)
    }

    fn looked(&self, at: Instant) {
        let millis = at.duration_since(self.begun).as_millis();
        self.looked_at
            .store(u64::try_from(millis).unwrap_or(u64::MAX), Ordering::Relaxed);
    }
}

/// What the follower keeps in step.
pub(crate) struct Follower<'a, B> {
    pub(crate) book: &'a B,
    pub(crate) clock: &'a dyn Clock,
    pub(crate) sheets: &'a SheetCache,
    pub(crate) pins: &'a Pins<SheetKey, DaySheet>,
    pub(crate) booking_lists: &'a Pins<BookingsKey, BookingList>,
    pub(crate) directory: &'a CurrentDirectory,
    pub(crate) freshness: &'a Freshness,
}

impl<B: PlatformBook> Follower<'_, B> {
    /// Follows for as long as it is polled.
    pub(crate) async fn run(&self, mut cursor: ChangeCursor, every: Duration) {
        let mut failing = false;
        loop {
            // Taken before the book is asked, so that no write falls between the two.
            let written = self.book.written();
            match self.look(cursor).await {
                Ok((next, more)) => {
                    cursor = next;
                    failing = false;
                    if more {
                        continue;
                    }
                }
                Err(error) => {
                    if !failing {
                        tracing::error!(%error, "cannot follow the book; trying again");
                    }
                    failing = true;
                }
            }
            self.pins.sweep(self.clock.now());
            self.booking_lists.sweep(self.clock.now());
            tokio::select! {
                // A failing book is not asked again at once, whoever writes to it.
                () = written, if !failing => {}
                () = tokio::time::sleep(every) => {}
            }
        }
    }

    /// One look: applies what has changed since `cursor`; the next cursor, and whether there may
    /// be more.
    async fn look(&self, cursor: ChangeCursor) -> Result<(ChangeCursor, bool), StoreError> {
        let begun = Instant::now();
        let (changes, next) = self.book.changes_after(cursor, CHANGES_MAX).await?;
        if changes.contains(&BookChange::Access) {
            self.directory.load(self.book).await?;
        }
        for change in &changes {
            if let BookChange::Day(pov, day) = *change {
                self.sheets.invalidate(pov, day);
            }
        }
        let more = changes.len() == CHANGES_MAX;
        if !more {
            self.freshness.looked(begun);
        }
        Ok((next, more))
    }
}
