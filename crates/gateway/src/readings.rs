//! Who read what, gathered until it is written to the audit.
//!
//! Writing a record for each read would cost more than the read. What one app reads of one POV-day
//! within a moment is one entry with a count, so that calls cost no allocation; the entries are
//! written once a second. What a crash of the process can lose is that second.

use std::collections::hash_map::Entry;
use std::sync::Arc;

use foldhash::HashMap;
use parking_lot::Mutex;
use povline_domain::{AppKey, Day, PovId, UnixMillis};
use povline_store::audit::{ReadResult, Reading};
use tokio::sync::Notify;

/// Entries with a day at a time. Beyond them only the POV is noted, of which there are no more than
/// apps have grants for: the fact that an app read a POV is never lost.
const DAYS_MAX: usize = 65_536;

/// From here on the entries are written without waiting for their time.
const DAYS_SOON: usize = DAYS_MAX / 2;

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Key {
    pov: PovId,
    day: Option<Day>,
    result: ReadResult,
    app: Arc<AppKey>,
}

#[derive(Debug)]
struct Tally {
    calls: u64,
    first_at: UnixMillis,
    last_at: UnixMillis,
}

/// The entries that are not written yet.
#[derive(Debug, Default)]
pub(crate) struct Readings {
    entries: Mutex<HashMap<Key, Tally>>,
    many: Notify,
}

impl Readings {
    /// Notes a read; whether its day could be kept apart.
    pub(crate) fn note(
        &self,
        app: &Arc<AppKey>,
        pov: PovId,
        day: Option<Day>,
        result: ReadResult,
        at: UnixMillis,
    ) -> bool {
        let key = Key {
            pov,
            day,
            result,
            app: Arc::clone(app),
        };
        let tally = Tally {
            calls: 1,
            first_at: at,
            last_at: at,
        };
        let mut entries = self.entries.lock();
        let kept_apart = add(&mut entries, key, tally);
        let are_many = entries.len() == DAYS_SOON;
        drop(entries);
        if are_many {
            self.many.notify_one();
        }
        kept_apart
    }

    /// Waits until there are so many entries that they should be written.
    pub(crate) async fn are_many(&self) {
        self.many.notified().await;
    }

    /// How many entries wait.
    pub(crate) fn count(&self) -> usize {
        self.entries.lock().len()
    }

    /// Takes what was noted so far, in the order of POVs and days.
    pub(crate) fn take(&self) -> Vec<Reading> {
        let taken = std::mem::take(&mut *self.entries.lock());
        let mut readings: Vec<Reading> = taken
            .into_iter()
            .map(|(key, tally)| Reading {
                app: key.app,
                pov: key.pov,
                day: key.day,
                result: key.result,
                calls: tally.calls,
                first_at: tally.first_at,
                last_at: tally.last_at,
            })
            .collect();
        readings.sort_unstable_by(|one, other| {
            let order = |reading: &Reading| (reading.pov, reading.day, reading.first_at);
            order(one).cmp(&order(other))
        });
        readings
    }

    /// Gives back what could not be written; it is added to what was noted meanwhile.
    pub(crate) fn give_back(&self, readings: Vec<Reading>) {
        let mut entries = self.entries.lock();
        for reading in readings {
            let key = Key {
                pov: reading.pov,
                day: reading.day,
                result: reading.result,
                app: reading.app,
            };
            let tally = Tally {
                calls: reading.calls,
                first_at: reading.first_at,
                last_at: reading.last_at,
            };
            add(&mut entries, key, tally);
        }
    }
}

/// Adds to an entry, or to that of the POV as a whole if there are too many; whether to its own.
fn add(entries: &mut HashMap<Key, Tally>, mut key: Key, tally: Tally) -> bool {
    let is_full = entries.len() >= DAYS_MAX;
    let kept_apart = !is_full || key.day.is_none() || entries.contains_key(&key);
    if !kept_apart {
        key.day = None;
    }
    match entries.entry(key) {
        Entry::Occupied(mut entry) => {
            let noted = entry.get_mut();
            noted.calls = noted.calls.saturating_add(tally.calls);
            noted.first_at = noted.first_at.min(tally.first_at);
            noted.last_at = noted.last_at.max(tally.last_at);
        }
        Entry::Vacant(entry) => {
            entry.insert(tally);
        }
    }
    kept_apart
}

#[cfg(test)]
mod tests {
    use super::*;

    fn app(key: &str) -> Arc<AppKey> {
        Arc::new(AppKey::new(key).unwrap())
    }

    fn day(number: usize) -> Option<Day> {
        Some(Day::from_number(number as i32).unwrap())
    }

    const AT: UnixMillis = UnixMillis(1_600_000_000_000);
    const ANSWERED: ReadResult = ReadResult::Answered;

    #[test]
    fn the_same_read_is_counted() {
        let readings = Readings::default();
        // Another snapshot of the directory has another handle of the same key.
        for at in [3, 1, 2] {
            readings.note(&app("1"), PovId(1), day(1), ANSWERED, UnixMillis(at));
        }
        readings.note(&app("2"), PovId(1), day(1), ANSWERED, AT);
        readings.note(&app("1"), PovId(1), day(1), ReadResult::Failed, AT);
        readings.note(&app("1"), PovId(1), day(2), ANSWERED, AT);
        let taken = readings.take();
        assert_eq!(taken.len(), 4);
        let first = &taken[0];
        assert_eq!((first.calls, first.first_at.0, first.last_at.0), (3, 1, 3));
        assert!(readings.take().is_empty());
    }

    #[tokio::test]
    async fn too_many_days_are_one_entry_of_their_pov_and_none_is_lost() {
        let readings = Readings::default();
        let apart = (0..DAYS_MAX + 1000)
            .filter(|n| readings.note(&app("1"), PovId(7), day(*n), ANSWERED, AT))
            .count();
        assert_eq!(apart, DAYS_MAX);
        assert!(readings.note(&app("1"), PovId(7), day(5), ANSWERED, AT));
        readings.are_many().await;
        let taken = readings.take();
        assert_eq!(taken.len(), DAYS_MAX + 1);
        assert_eq!(taken[0].day, None);
        assert_eq!(taken[0].calls, 1000);
        let calls: u64 = taken.iter().map(|reading| reading.calls).sum();
        assert_eq!(calls as usize, DAYS_MAX + 1001);
    }

    #[test]
    fn what_is_given_back_is_added_to_what_came_meanwhile() {
        let readings = Readings::default();
        readings.note(&app("1"), PovId(1), day(1), ANSWERED, UnixMillis(1));
        let taken = readings.take();
        readings.note(&app("1"), PovId(1), day(1), ANSWERED, UnixMillis(5));
        readings.give_back(taken);
        let again = readings.take();
        assert_eq!(again.len(), 1);
        assert_eq!(
            (again[0].calls, again[0].first_at.0, again[0].last_at.0),
            (2, 1, 5)
        );
    }
}
