//! The lists that wait for their next tick, by tier.
//!
//! Each tier is a heap by due time. Between the tiers, whichever list is latest *for its tier* goes
//! first: if the budget does not suffice, every tier falls behind by the same factor, and no tier
//! starves.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use foldhash::{HashMap, HashSet};
use povline_domain::UnixMillis;

use super::{Known, ListKey, TimetableConfig, tiers};

/// A due time and whose it is.
type Tick = (UnixMillis, ListKey);

/// Waiting lists.
#[derive(Debug, Default)]
pub(super) struct Routine {
    /// When each waiting list is due. What a heap says otherwise is out of date.
    due: HashMap<ListKey, UnixMillis>,
    heaps: BTreeMap<i64, BinaryHeap<Reverse<Tick>>>,
    turns_at: UnixMillis,
}

impl Routine {
    /// Every open list waits: those never read are due now, the others an interval after they were
    /// last read whole.
    pub(super) fn begin(
        &mut self,
        config: &TimetableConfig,
        known: &HashMap<ListKey, Known>,
        now: UnixMillis,
    ) {
        self.turns_at = config.tiers.next_turn(now);
        for (list, interval) in open_lists(config, now) {
            let complete_at = known.get(&list).and_then(|known| known.complete_at);
            let due = complete_at.map_or(now, |begun_at| {
                let earliest = begun_at.plus_millis(interval / 2);
                let pov = &config.povs[list.pov as usize];
                tiers::tick_from(pov, list.day, interval, earliest)
            });
            self.put(list, due, interval);
        }
    }

    /// The tiers have turned: every open list waits by its new tier, those that are closed now are
    /// forgotten, and running ones come back when they have finished.
    pub(super) fn turn(
        &mut self,
        config: &TimetableConfig,
        running: &HashSet<ListKey>,
        now: UnixMillis,
    ) {
        let before = std::mem::take(&mut self.due);
        self.heaps.clear();
        self.turns_at = config.tiers.next_turn(now);
        for (list, interval) in open_lists(config, now) {
            if running.contains(&list) {
                continue;
            }
            let pov = &config.povs[list.pov as usize];
            let tick = tiers::tick_from(pov, list.day, interval, now);
            let due = before.get(&list).map_or(tick, |due| tick.min(*due));
            self.put(list, due, interval);
        }
    }

    /// When the tiers turn next.
    pub(super) fn turns_at(&self) -> UnixMillis {
        self.turns_at
    }

    /// A list waits until it is due.
    pub(super) fn put(&mut self, list: ListKey, due: UnixMillis, interval: i64) {
        self.due.insert(list, due);
        self.heaps
            .entry(interval)
            .or_default()
            .push(Reverse((due, list)));
    }

    /// A list waits no longer.
    pub(super) fn take(&mut self, list: ListKey) {
        self.due.remove(&list);
    }

    /// No list waits any longer; these did.
    pub(super) fn take_all(&mut self) -> Vec<ListKey> {
        self.heaps.clear();
        self.due.drain().map(|(list, _)| list).collect()
    }

    /// The list that is to be read first, and when: the latest for its tier if any is due, else the
    /// earliest.
    pub(super) fn first(
        &mut self,
        now: UnixMillis,
        busy: impl Fn(&ListKey) -> bool,
    ) -> Option<Tick> {
        let mut best: Option<(i64, Tick)> = None;
        for (&interval, heap) in &mut self.heaps {
            let Some(tick) = head(heap, &self.due, &busy) else {
                continue;
            };
            let better = best.is_none_or(|(best_interval, best_tick)| {
                let late = |tick: Tick| i128::from(now.millis_since(tick.0));
                let (this, other) = (late(tick), late(best_tick));
                if this >= 0 && other >= 0 {
                    // Compares lateness over interval without dividing; what is not late at all
                    // yet goes by the shorter interval, which comes first.
                    this * i128::from(best_interval) > other * i128::from(interval)
                } else {
                    this > other
                }
            });
            if better {
                best = Some((interval, tick));
            }
        }
        best.map(|(_, tick)| tick)
    }

    /// How many lists wait.
    pub(super) fn len(&self) -> usize {
        self.due.len()
    }

    /// How many lists are due.
    pub(super) fn due(&self, now: UnixMillis) -> usize {
        self.due.values().filter(|due| **due <= now).count()
    }
}

/// The earliest entry of a heap that is still true.
fn head(
    heap: &mut BinaryHeap<Reverse<Tick>>,
    due: &HashMap<ListKey, UnixMillis>,
    busy: &impl Fn(&ListKey) -> bool,
) -> Option<Tick> {
    while let Some(Reverse(tick)) = heap.peek().copied() {
        if due.get(&tick.1) == Some(&tick.0) && !busy(&tick.1) {
            return Some(tick);
        }
        heap.pop();
    }
    None
}

fn open_lists(
    config: &TimetableConfig,
    now: UnixMillis,
) -> impl Iterator<Item = (ListKey, i64)> + '_ {
    let days = config.open_days(now);
    days.into_iter().flat_map(move |day| {
        let interval = config.tiers.interval_millis(day, now);
        (0_u32..)
            .zip(&config.povs)
            .map(move |(pov, _)| (ListKey { pov, day }, interval))
    })
}
