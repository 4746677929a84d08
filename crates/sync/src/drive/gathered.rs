//! Reads on their way to the ledger.
//!
//! What a list shows anew is settled as soon as the ledger is free. An unchanged list only moves its
//! instants on, which costs less than the commit that makes it durable: so unchanged lists wait a
//! moment for each other, unless there is a commit to be made in any case.

use std::time::Duration;

use povline_store::ledger::Observed;
use tokio::time::Instant;

use super::read::Read;
use crate::timetable::Task;

/// How many scans with news are settled in one durable commit at most.
const NEWS_TOGETHER_MAX: usize = 64;
/// How many scans with news may wait to be settled before no further read is begun.
const NEWS_BACKLOG_MAX: usize = 2 * NEWS_TOGETHER_MAX;
/// How many unchanged lists are settled in one durable commit at most.
const UNCHANGED_TOGETHER_MAX: usize = 256;
/// How many scans may be under way to the ledger in all.
const BACKLOG_MAX: usize = 4 * UNCHANGED_TOGETHER_MAX;
/// How long an unchanged list waits for others.
const UNCHANGED_WAIT_MAX: Duration = Duration::from_millis(250);

/// The reads that wait to be settled.
#[derive(Default)]
pub(super) struct Gathered {
    news: Vec<(Task, Read)>,
    unchanged: Vec<(Task, Read)>,
    /// When the first of the unchanged ones came.
    unchanged_since: Option<Instant>,
}

impl Gathered {
    /// Takes a read that has ended now.
    pub(super) fn push(&mut self, task: Task, read: Read, now: Instant) {
        if matches!(read.observation.observed, Observed::Unchanged) && read.stopped.is_none() {
            self.unchanged.push((task, read));
            self.unchanged_since.get_or_insert(now);
        } else {
            self.news.push((task, read));
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.news.is_empty() && self.unchanged.is_empty()
    }

    /// Whether so much waits, or is being settled, that no further read should be begun.
    pub(super) fn is_backlog(&self, being_settled: usize) -> bool {
        let all = self.news.len() + self.unchanged.len() + being_settled;
        self.news.len() >= NEWS_BACKLOG_MAX || all >= BACKLOG_MAX
    }

    /// When something is to be settled, if only unchanged lists wait.
    pub(super) fn due_at(&self) -> Option<Instant> {
        self.unchanged_since.map(|since| since + UNCHANGED_WAIT_MAX)
    }

    /// What is to be settled together now. If nothing is `awaited`, nothing is gained by waiting.
    pub(super) fn take(&mut self, now: Instant, awaited: bool) -> Vec<(Task, Read)> {
        let is_due = self.due_at().is_some_and(|due_at| due_at <= now);
        let are_many = self.unchanged.len() >= UNCHANGED_TOGETHER_MAX;
        if self.news.is_empty() && awaited && !is_due && !are_many {
            return Vec::new();
        }
        // The unchanged ones first: they wait longer on the whole, and what has changed elsewhere
        // may be read to have come from them.
        let unchanged = self.unchanged.len().min(UNCHANGED_TOGETHER_MAX);
        let mut together: Vec<_> = self.unchanged.drain(..unchanged).collect();
        self.unchanged_since = (!self.unchanged.is_empty()).then_some(now);
        let news = self.news.len().min(NEWS_TOGETHER_MAX);
        together.extend(self.news.drain(..news));
        together
    }
}
