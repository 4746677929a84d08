//! How often something may be asked for.

use std::collections::HashMap;
use std::hash::Hash;

use povline_domain::UnixMillis;

/// How many keys are remembered at most. Beyond that, those that may ask again are dropped, and if
/// there are none, no new ones are let in.
const KEYS_MAX: usize = 10_000;

/// At most so many within a window of time, for each key by itself.
#[derive(Debug)]
pub(crate) struct Often<K> {
    times_max: usize,
    window_ms: i64,
    asked: HashMap<K, Vec<UnixMillis>>,
}

impl<K: Hash + Eq> Often<K> {
    pub(crate) fn new(times_max: usize, window_ms: i64) -> Self {
        Self {
            times_max,
            window_ms,
            asked: HashMap::new(),
        }
    }

    /// Tells from when on there may be another, if there may be none now. Counts nothing.
    pub(crate) fn may(&self, key: &K, now: UnixMillis) -> Result<(), UnixMillis> {
        let times = self.asked.get(key).into_iter().flatten();
        let mut fresh = times.filter(|at| now.millis_since(**at) < self.window_ms);
        match fresh.next() {
            Some(first) if fresh.count() + 1 >= self.times_max => {
                Err(first.plus_millis(self.window_ms))
            }
            _ => Ok(()),
        }
    }

    /// Counts one more, or tells from when on there may be another.
    pub(crate) fn ask(&mut self, key: K, now: UnixMillis) -> Result<(), UnixMillis> {
        self.may(&key, now)?;
        let window_ms = self.window_ms;
        let is_fresh = |at: &UnixMillis| now.millis_since(*at) < window_ms;
        if self.asked.len() >= KEYS_MAX && !self.asked.contains_key(&key) {
            self.asked.retain(|_, times| times.iter().any(is_fresh));
            if self.asked.len() >= KEYS_MAX {
                return Err(now.plus_millis(window_ms));
            }
        }
        let times = self.asked.entry(key).or_default();
        times.retain(is_fresh);
        times.push(now);
        Ok(())
    }
}

/// At most so many within a window for each key, and no more than a ceiling for all of them
/// together: one that asks too often uses up what is its own and not what is everybody's.
#[derive(Debug)]
pub(crate) struct OftenTogether<K> {
    each: Often<K>,
    all: Often<()>,
}

impl<K: Hash + Eq> OftenTogether<K> {
    pub(crate) fn new(times_max: usize, ceiling: usize, window_ms: i64) -> Self {
        Self {
            each: Often::new(times_max, window_ms),
            all: Often::new(ceiling, window_ms),
        }
    }

    /// Counts one more, or tells from when on there may be another.
    pub(crate) fn ask(&mut self, key: K, now: UnixMillis) -> Result<(), UnixMillis> {
        self.each.ask(key, now)?;
        self.all.ask((), now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_key_is_let_in_as_often_as_said() {
        let mut often = Often::new(2, 1_000);
        assert_eq!(often.ask("a", UnixMillis(0)), Ok(()));
        assert_eq!(often.ask("a", UnixMillis(400)), Ok(()));
        assert_eq!(often.ask("a", UnixMillis(999)), Err(UnixMillis(1_000)));
        assert_eq!(often.may(&"a", UnixMillis(999)), Err(UnixMillis(1_000)));
        assert_eq!(often.may(&"a", UnixMillis(1_000)), Ok(()));
        assert_eq!(often.may(&"b", UnixMillis(999)), Ok(()));
        assert_eq!(often.ask("b", UnixMillis(999)), Ok(()));
        assert_eq!(often.ask("a", UnixMillis(1_000)), Ok(()));
        assert_eq!(often.ask("a", UnixMillis(1_001)), Err(UnixMillis(1_400)));
    }

    #[test]
    fn one_that_asks_too_often_takes_nothing_from_the_others() {
        let mut often = OftenTogether::new(2, 3, 1_000);
        for _ in 0..2 {
            assert_eq!(often.ask("a", UnixMillis(0)), Ok(()));
        }
        for _ in 0..50 {
            assert_eq!(often.ask("a", UnixMillis(0)), Err(UnixMillis(1_000)));
        }
        assert_eq!(often.ask("b", UnixMillis(0)), Ok(()));
        assert_eq!(often.ask("c", UnixMillis(0)), Err(UnixMillis(1_000)));
    }

    #[test]
    fn so_many_keys_are_remembered_and_no_more() {
        let mut often = Often::new(1, 1_000);
        for key in 0..KEYS_MAX {
            assert_eq!(often.ask(key, UnixMillis(0)), Ok(()));
        }
        assert_eq!(often.ask(KEYS_MAX, UnixMillis(1)), Err(UnixMillis(1_001)));
        assert_eq!(often.ask(KEYS_MAX, UnixMillis(1_000)), Ok(()));
        assert_eq!(often.asked.len(), 1);
    }
}
