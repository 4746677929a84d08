//! How often something may be asked for.

use std::collections::HashMap;
use std::hash::Hash;

use povline_domain::UnixMillis;

/// How many keys are remembered at most; beyond that, those that may ask again are dropped.
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

    /// Counts one more, or tells from when on there may be another.
    pub(crate) fn ask(&mut self, key: K, now: UnixMillis) -> Result<(), UnixMillis> {
        let (times_max, window_ms) = (self.times_max, self.window_ms);
        let is_fresh = |at: &UnixMillis| now.millis_since(*at) < window_ms;
        if self.asked.len() >= KEYS_MAX {
            self.asked.retain(|_, times| times.iter().any(is_fresh));
        }
        let times = self.asked.entry(key).or_default();
        times.retain(is_fresh);
        match times.first() {
            Some(first) if times.len() >= times_max => Err(first.plus_millis(window_ms)),
            _ => {
                times.push(now);
                Ok(())
            }
        }
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
        assert_eq!(often.ask("b", UnixMillis(999)), Ok(()));
        assert_eq!(often.ask("a", UnixMillis(1_000)), Ok(()));
        assert_eq!(often.ask("a", UnixMillis(1_001)), Err(UnixMillis(1_400)));
    }
}
