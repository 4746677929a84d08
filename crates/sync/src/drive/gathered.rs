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

/// The reads that wait to be settled: of each, what the ledger is to be told, and what is kept here
/// until it has been.
#[derive(Debug)]
pub(super) struct Gathered<O, K> {
    news: Batch<O, K>,
    unchanged: Batch<O, K>,
    /// When the first of the unchanged ones came.
    unchanged_since: Option<Instant>,
}

/// Reads in order, both parts of each at the same place. What is settled together goes on its way as
/// it lies: to gather a thousand reads and then to pick each apart would go over all of them twice.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Batch<O, K> {
    pub(super) observations: Vec<O>,
    pub(super) kept: Vec<K>,
}

impl<O, K> Batch<O, K> {
    const fn new() -> Self {
        Self {
            observations: Vec::new(),
            kept: Vec::new(),
        }
    }

    fn len(&self) -> usize {
        self.kept.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }

    /// Takes the first of them, all if there are not more. As many are likely to come again.
    fn take(&mut self, most: usize) -> Self {
        let most = most.min(self.len());
        if most == 0 {
            return Self::new();
        }
        let mut left = Self {
            observations: self.observations.split_off(most),
            kept: self.kept.split_off(most),
        };
        left.observations.reserve(most);
        left.kept.reserve(most);
        std::mem::replace(self, left)
    }

    fn append(&mut self, mut other: Self) {
        self.observations.append(&mut other.observations);
        self.kept.append(&mut other.kept);
    }
}

impl<O, K> Gathered<O, K> {
    pub(super) fn new() -> Self {
        Self {
            news: Batch::new(),
            unchanged: Batch::new(),
            unchanged_since: None,
        }
    }

    /// Takes a read that has ended now.
    pub(super) fn push(&mut self, (observation, kept): (O, K), is_unchanged: bool, now: Instant) {
        let batch = match is_unchanged {
            true => &mut self.unchanged,
            false => &mut self.news,
        };
        batch.observations.push(observation);
        batch.kept.push(kept);
        if is_unchanged {
            self.unchanged_since.get_or_insert(now);
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
    pub(super) fn take(&mut self, now: Instant, awaited: bool) -> Batch<O, K> {
        let is_due = self.due_at().is_some_and(|due_at| due_at <= now);
        let are_many = self.unchanged.len() >= UNCHANGED_TOGETHER_MAX;
        if self.news.is_empty() && awaited && !is_due && !are_many {
            return Batch::new();
        }
        // The unchanged ones first: they wait longer on the whole, and what has changed elsewhere
        // may be read to have come from them.
        let mut together = self.unchanged.take(UNCHANGED_TOGETHER_MAX);
        self.unchanged_since = (!self.unchanged.is_empty()).then_some(now);
        together.append(self.news.take(NEWS_TOGETHER_MAX));
        together
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// These reads, each of a number and its negative.
    fn both(numbers: &[u32]) -> Batch<u32, i64> {
        Batch {
            observations: numbers.to_vec(),
            kept: numbers.iter().map(|number| -i64::from(*number)).collect(),
        }
    }

    #[test]
    fn unchanged_lists_wait_for_each_other_and_for_nothing_else() {
        let begun = Instant::now();
        let at = |millis| begun + Duration::from_millis(millis);
        let mut gathered = Gathered::new();
        let push = |gathered: &mut Gathered<_, _>, number: u32, is_unchanged, now| {
            gathered.push((number, -i64::from(number)), is_unchanged, now);
        };
        push(&mut gathered, 1, true, at(0));
        push(&mut gathered, 2, true, at(100));
        assert_eq!(gathered.due_at(), Some(at(250)));
        assert!(gathered.take(at(249), true).is_empty());
        assert_eq!(gathered.take(at(250), true), both(&[1, 2]));
        assert_eq!((gathered.due_at(), gathered.is_empty()), (None, true));
        // News go at once, and take along what waits.
        push(&mut gathered, 3, true, at(300));
        push(&mut gathered, 4, false, at(301));
        assert_eq!(gathered.take(at(301), true), both(&[3, 4]));
        // So does what nothing more can join.
        push(&mut gathered, 5, true, at(400));
        assert_eq!(gathered.take(at(400), false), both(&[5]));
    }

    #[test]
    fn a_commit_takes_no_more_than_it_may_and_leaves_none_behind() {
        let now = Instant::now();
        let mut gathered = Gathered::new();
        let (unchanged, news) = (2 * UNCHANGED_TOGETHER_MAX + 3, NEWS_BACKLOG_MAX);
        for number in 0..unchanged {
            gathered.push((number, number), true, now);
        }
        assert!(!gathered.is_backlog(0));
        assert!(gathered.is_backlog(BACKLOG_MAX - unchanged));
        for number in 0..news {
            gathered.push((unchanged + number, unchanged + number), false, now);
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
            assert_eq!(together.observations, together.kept);
            taken.extend(together.kept);
        }
        taken.sort_unstable();
        assert!(taken.into_iter().eq(0..unchanged + news));
    }
}
