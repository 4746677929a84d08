//! How late changes are detected.

use std::collections::{BTreeMap, HashMap};

use povline_domain::UnixMillis;
use serde::Serialize;

use crate::truth::{Biography, RowNumber, StateChange, Truth};

/// What is known of a row's changes.
#[derive(Debug, Clone, Copy, Default)]
struct Detected {
    /// How many of its states have been shown or overtaken.
    states: usize,
    cancelled: bool,
}

/// The delays of all detected changes.
#[derive(Debug, Clone, Default)]
pub(super) struct Lateness {
    rows: HashMap<RowNumber, Detected>,
    delays: BTreeMap<&'static str, Vec<u64>>,
}

/// How late changes of one kind were detected, in seconds.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Delays {
    /// The kind of change.
    pub kind: &'static str,
    /// How many were detected.
    pub detected: u64,
    /// How many of those that still stand were not.
    pub never: u64,
    /// The mean delay.
    pub mean_s: f64,
    /// The median.
    pub p50_s: f64,
    /// What one in a hundred exceeds.
    pub p99_s: f64,
    /// The longest.
    pub worst_s: f64,
}

const CANCELLED: &str = "cancelled";

impl Lateness {
    /// A state of a row was shown.
    pub(super) fn shown(
        &mut self,
        truth: &Truth,
        biography: &Biography,
        place: usize,
        at: UnixMillis,
    ) {
        let known = self.rows.entry(biography.number).or_default();
        if place < known.states {
            return;
        }
        known.states = place + 1;
        let Some(state) = biography.states.get(place) else {
            return;
        };
        // What stood there from the beginning is no change.
        if state.from >= truth.begins_at() {
            self.count(state.change.word(), at, state.from);
        }
    }

    /// A row was told to be gone, and is.
    pub(super) fn gone(&mut self, biography: &Biography, cancelled_at: UnixMillis, at: UnixMillis) {
        let known = self.rows.entry(biography.number).or_default();
        if !std::mem::replace(&mut known.cancelled, true) {
            self.count(CANCELLED, at, cancelled_at);
        }
    }

    /// The place after the last state of a row that was shown.
    pub(super) fn states_of(&self, row: RowNumber) -> usize {
        self.rows.get(&row).map_or(0, |known| known.states)
    }

    fn count(&mut self, kind: &'static str, at: UnixMillis, since: UnixMillis) {
        let delay = u64::try_from(at.millis_since(since)).unwrap_or(0);
        self.delays.entry(kind).or_default().push(delay);
    }

    /// The delays by kind; `expected` says of which rows a client could know at all.
    pub(super) fn tell(&self, truth: &Truth, expected: impl Fn(&Biography) -> bool) -> Vec<Delays> {
        let mut never: BTreeMap<&'static str, u64> = BTreeMap::new();
        for biography in truth.biographies().iter().filter(|row| expected(row)) {
            let known = self
                .rows
                .get(&biography.number)
                .copied()
                .unwrap_or_default();
            match biography.cancelled_at {
                // A booking made and cancelled unseen is nothing that a client could know.
                Some(_) if known.states == 0 || known.cancelled => {}
                Some(_) => *never.entry(CANCELLED).or_default() += 1,
                None if known.states >= biography.states.len() => {}
                // Back to what was shown, and what was between was never seen: there is no news.
                None if is_back(biography, known.states) => {}
                None => {
                    let change = biography.states.last().map(|state| state.change);
                    let word = change.map_or("booked", StateChange::word);
                    *never.entry(word).or_default() += 1;
                }
            }
        }
        const KINDS: [&str; 7] = [
            "booked",
            "moved",
            "shifted",
            "corrected",
            "picked",
            "unpicked",
            CANCELLED,
        ];
        KINDS
            .into_iter()
            .map(|kind| {
                let delays = self.delays.get(kind).cloned().unwrap_or_default();
                summary(kind, delays, never.get(kind).copied().unwrap_or(0))
            })
            .filter(|delays| delays.detected + delays.never > 0)
            .collect()
    }
}

/// Whether an appointment is now as it was in the last of the states that were shown.
fn is_back(biography: &Biography, shown: usize) -> bool {
    let last_shown = shown
        .checked_sub(1)
        .and_then(|place| biography.states.get(place));
    match (last_shown, biography.states.last()) {
        (Some(shown), Some(last)) => shown.is_like(last),
        _ => false,
    }
}

fn summary(kind: &'static str, mut delays: Vec<u64>, never: u64) -> Delays {
    delays.sort_unstable();
    let seconds = |millis: u64| (millis as f64 / 100.0).round() / 10.0;
    let at = |share: usize| {
        let place = (delays.len() * share).div_ceil(100).saturating_sub(1);
        seconds(delays.get(place).copied().unwrap_or(0))
    };
    let sum: u64 = delays.iter().sum();
    Delays {
        kind,
        detected: delays.len() as u64,
        never,
        mean_s: seconds(sum / (delays.len() as u64).max(1)),
        p50_s: at(50),
        p99_s: at(99),
        worst_s: at(100),
    }
}
