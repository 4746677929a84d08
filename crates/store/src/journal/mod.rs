//! The request log: one line for each call that a platform answered.
//!
//! It tells a caller and an operator, who know a call by its request id, the same story: who asked,
//! for which POV-day, what came of it, how long it took. It holds no name, pick code, secret,
//! signature or session, and of what a caller wrote only what the platform knows: an app's key, a
//! method's name, the code of a POV that the app may read.
//!
//! It is bounded in bytes and in age; the oldest lines go first. It lies in a file of its own,
//! because it may be lost without harm and the book may not.

mod lines;
mod sqlite;
mod types;

pub use sqlite::SqliteJournal;
pub use types::{
    CallFilter, CallLine, CallOutcome, Found, JournalLimits, LogCursor, Tallied, Tally,
};

use std::fmt;
use std::future::Future;
use std::pin::Pin;

use povline_domain::{AppKey, UnixMillis};

use crate::StoreError;

/// What a journal will have done.
pub type Pending<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// A request log on any engine.
pub trait Journal: fmt::Debug + Send + Sync + 'static {
    /// Appends lines, and that `lost` more could not be; then forgets what is too old or too much.
    fn append(&self, now: UnixMillis, lines: Vec<CallLine>, lost: u64) -> Pending<'_, ()>;

    /// How many calls of an app, or of all, came to what, by hour, from the hour of this instant on;
    /// for the last two days. It counts every call that could be logged, whether its line is still
    /// kept or not.
    fn tally(&self, from: UnixMillis, app: Option<AppKey>) -> Pending<'_, Tallied>;

    /// The lines after a cursor that a filter admits, oldest first, at most some `lines_max`. It
    /// may find fewer although there are more: go on from the cursor until it stands still.
    fn search(&self, filter: CallFilter, after: LogCursor, lines_max: usize) -> Pending<'_, Found>;

    /// The lines before a cursor that a filter admits, newest first, at least some `lines_max` if
    /// there are as many. It may find fewer although there are more: go on from the cursor until it
    /// stands still.
    fn search_back(
        &self,
        filter: CallFilter,
        before: LogCursor,
        lines_max: usize,
    ) -> Pending<'_, Found>;
}

/// Searches back until `lines_max` lines were found, `rounds_max` parts of the log were read, or
/// there is no more. The lines are the newest first.
///
/// # Errors
/// [`StoreError`] if the journal cannot be read.
pub async fn search_back_on(
    journal: &dyn Journal,
    filter: &CallFilter,
    before: LogCursor,
    lines_max: usize,
    rounds_max: usize,
) -> Result<Found, StoreError> {
    let mut found = Found {
        lines: Vec::new(),
        places: Vec::new(),
        lost: 0,
        cursor: before,
        reached: None,
    };
    for _ in 0..rounds_max {
        let wanted = lines_max.saturating_sub(found.lines.len());
        if wanted == 0 {
            break;
        }
        let next = (journal.search_back(filter.clone(), found.cursor, wanted)).await?;
        if next.cursor == found.cursor {
            break;
        }
        found.lines.extend(next.lines);
        found.places.extend(next.places);
        found.lost += next.lost;
        found.cursor = next.cursor;
        found.reached = next.reached;
    }
    Ok(found)
}

/// Searches on until `lines_max` lines were found or there is no more.
///
/// # Errors
/// [`StoreError`] if the journal cannot be read.
pub async fn search_on(
    journal: &dyn Journal,
    filter: &CallFilter,
    after: LogCursor,
    lines_max: usize,
) -> Result<Found, StoreError> {
    let mut found = Found {
        lines: Vec::new(),
        places: Vec::new(),
        lost: 0,
        cursor: after,
        reached: None,
    };
    while found.lines.len() < lines_max {
        let wanted = lines_max - found.lines.len();
        let next = journal.search(filter.clone(), found.cursor, wanted).await?;
        if next.cursor == found.cursor {
            break;
        }
        found.lines.extend(next.lines);
        found.places.extend(next.places);
        found.lost += next.lost;
        found.cursor = next.cursor;
        found.reached = next.reached;
    }
    Ok(found)
}
