//! Reads on their way to the ledger.
//!
//! What a list shows anew is settled as soon as the ledger is free. An unchanged list only moves its
//! instants on, which costs less than the commit that makes it durable: so unchanged lists wait a
//! moment for each other, unless there is a commit to be made in any case.

use std::time::Duration;

use tokio::time::Instant;

/// How many scans with news are settled in one durable commit at most.
const NEWS_TOGETHER_MAX: usize = 64;
/// How many scans with news may wait to be settled before no further read is begun.
const NEWS_BACKLOG_MAX: usize = 2 * NEWS_TOGETHER_MAX;
/// How many unchanged lists are settled in one durable commit at most.
const UNCHANGED_TOGETHER_MAX: usize = 1_024;
/// How many scans may be under way to the ledger in all.
const BACKLOG_MAX: usize = 4 * UNCHANGED_TOGETHER_MAX;
/// How long an unchanged list waits for others.
const UNCHANGED_WAIT_MAX: Duration = Duration::from_millis(250);

/// The reads that wait to be settled.
#[derive(Debug)]
pub(super) struct Gathered<T> {
    news: Vec<T>,
    unchanged: Vec<T>,
    /// When the first of the unchanged ones came.
    unchanged_since: Option<Instant>,
}

impl<T> Gathered<T> {
    pub(super) fn new() -> Self {
        Self {
            news: Vec::new(),
            unchanged: Vec::new(),
            unchanged_since: None,
        }
    }

    /// Takes a read that has ended now.
    pub(super) fn push(&mut self, read: T, is_unchanged: bool, now: Instant) {
        if is_unchanged {
            self.unchanged.push(read);
            self.unchanged_since.get_or_insert(now);
        } else {
            self.news.push(read);
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
    pub(super) fn take(&mut self, now: Instant, awaited: bool) -> Vec<T> {
        let is_due = self.due_at().is_some_and(|due_at| due_at <= now);
        let are_many = self.unchanged.len() >= UNCHANGED_TOGETHER_MAX;
        if self.news.is_empty() && awaited && !is_due && !are_many {
            return Vec::new();
        }
        // The unchanged ones first: they wait longer on the whole, and what has changed elsewhere
        // may be read to have come from them.
        let unchanged = self.unchanged.len().min(UNCHANGED_TOGETHER_MAX);
        let mut together: Vec<T> = self.unchanged.drain(..unchanged).collect();
        self.unchanged_since = (!self.unchanged.is_empty()).then_some(now);
        let news = self.news.len().min(NEWS_TOGETHER_MAX);
        together.extend(self.news.drain(..news));
        together
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unchanged_lists_wait_for_each_other_and_for_nothing_else() {
        let begun = Instant::now();
        let at = |millis| begun + Duration::from_millis(millis);
        let mut gathered = Gathered::new();
        gathered.push(1, true, at(0));
        gathered.push(2, true, at(100));
        assert_eq!(gathered.due_at(), Some(at(250)));
        assert!(gathered.take(at(249), true).is_empty());
        assert_eq!(gathered.take(at(250), true), [1, 2]);
        assert_eq!((gathered.due_at(), gathered.is_empty()), (None, true));
        // News go at once, and take along what waits.
        gathered.push(3, true, at(300));
        gathered.push(4, false, at(301));
        assert_eq!(gathered.take(at(301), true), [3, 4]);
        // So does what nothing more can join.
        gathered.push(5, true, at(400));
        assert_eq!(gathered.take(at(400), false), [5]);
    }

    #[test]
    fn a_commit_takes_no_more_than_it_may_and_leaves_none_behind() {
        let now = Instant::now();
        let mut gathered = Gathered::new();
        let (unchanged, news) = (2 * UNCHANGED_TOGETHER_MAX + 3, NEWS_BACKLOG_MAX);
        for number in 0..unchanged {
            gathered.push(number, true, now);
        }
        assert!(!gathered.is_backlog(0));
        assert!(gathered.is_backlog(BACKLOG_MAX - unchanged));
        for number in 0..news {
            gathered.push(unchanged + number, false, now);
        }
        assert!(
            gathered.is_backlog(0),
            "news wait in memory with their rows"
        );
        let mut taken = Vec::new();
        while !gathered.is_empty() {
            let together = gathered.take(now, false);
            assert!(!together.is_empty());
            assert!(together.len() <= UNCHANGED_TOGETHER_MAX + NEWS_TOGETHER_MAX);
            taken.extend(together);
        }
        taken.sort_unstable();
        assert!(taken.into_iter().eq(0..unchanged + news));
    }
}
