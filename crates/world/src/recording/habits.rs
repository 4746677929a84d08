//! How the server keeps its lists, as far as readings show it.

use std::collections::{HashMap, HashSet};

use povline_domain::PickStatus;

use super::call::{RecordedCall, RecordedOutcome, RecordedPage, RecordedRow};
use super::readings::Reading;
use crate::scenarios::{Order, TotalHabit};

/// How many steps of equal chance the times of answers are told in.
const LATENCY_STEPS: usize = 11;

/// What is told of the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Habits {
    pub(super) order: Order,
    pub(super) page_size_max: u64,
    pub(super) total: TotalHabit,
    pub(super) echoes: bool,
    pub(super) latency_steps_ms: Vec<u32>,
}

impl Habits {
    pub(super) fn of(calls: &[RecordedCall], readings: &[Reading], page_size_max: u64) -> Self {
        let pages: Vec<&RecordedPage> = pages(calls).collect();
        Self {
            order: order(readings),
            page_size_max,
            total: total(&pages, readings),
            echoes: pages.iter().all(|page| page.number.is_some()),
            latency_steps_ms: latency_steps(calls),
        }
    }
}

/// The largest page that the server gave, and 200 if it never gave fewer rows than it was asked
/// for.
pub(super) fn page_size_max(calls: &[RecordedCall]) -> u64 {
    let capped = calls.iter().filter_map(|call| match &call.outcome {
        RecordedOutcome::Page(page) => {
            let rows = (page.rows.len() + page.unread) as u64;
            // Fewer rows than asked for, though the list goes on: seen at its beginning, because
            // where later pages begin depends on the answer.
            let goes_on =
                call.page == 1 && rows > 0 && page.total.is_some_and(|total| total > rows);
            let is_short = rows < u64::from(call.size);
            let told = page.size.filter(|size| *size < u64::from(call.size));
            told.or((is_short && goes_on).then_some(rows))
        }
        _ => None,
    });
    capped.max().unwrap_or(200).clamp(1, 200)
}

fn pages(calls: &[RecordedCall]) -> impl Iterator<Item = &RecordedPage> {
    calls.iter().filter_map(|call| match &call.outcome {
        RecordedOutcome::Page(page) => Some(page),
        _ => None,
    })
}

/// The first order of which no reading shows otherwise. A list of one row or two proves little, but
/// then it does not matter either.
fn order(readings: &[Reading]) -> Order {
    let is_sorted = |key: &dyn Fn(&RecordedRow) -> (bool, u32)| {
        readings
            .iter()
            .all(|reading| reading.rows.is_sorted_by_key(key))
    };
    if keeps_order(readings, false) {
        Order::Append
    } else if keeps_order(readings, true) {
        Order::Newest
    } else if is_sorted(&|row| (false, row.period.number())) {
        Order::Period
    } else if is_sorted(&|row| {
        let is_waiting = row.pick_status == PickStatus::NotPicked;
        (is_waiting, row.period.number())
    }) {
        Order::Status
    } else {
        Order::Unstable
    }
}

/// Whether rows keep their order from one reading of a list to the next, and new ones come last
/// (or first, if lists are read backwards).
fn keeps_order(readings: &[Reading], backwards: bool) -> bool {
    let mut before: HashMap<(usize, povline_domain::Day), Vec<u32>> = HashMap::new();
    for reading in readings {
        let mut now: Vec<u32> = reading.rows.iter().map(|row| row.number).collect();
        if backwards {
            now.reverse();
        }
        let list = (reading.pov, reading.day);
        if let Some(earlier) = before.get(&list) {
            let stay: HashSet<u32> = earlier.iter().copied().collect();
            let here: HashSet<u32> = now.iter().copied().collect();
            let old = earlier.iter().filter(|number| here.contains(number));
            let kept = now.iter().take_while(|number| stay.contains(number));
            let kept: Vec<&u32> = kept.collect();
            if kept != old.collect::<Vec<_>>() {
                return false;
            }
        }
        before.insert(list, now);
    }
    true
}

fn total(pages: &[&RecordedPage], readings: &[Reading]) -> TotalHabit {
    if pages.iter().any(|page| page.total.is_none()) {
        return TotalHabit::Missing;
    }
    // Whether a total lags is seen on lists of one page, which are of one instant.
    let single = pages.iter().filter(|page| {
        let rows = page.rows.len() + page.unread;
        page.number.is_none_or(|number| number == 1)
            && page.size.is_some_and(|size| (rows as u64) < size)
    });
    let mut counted = 0;
    let lags = single
        .inspect(|_| counted += 1)
        .any(|page| page.total != Some((page.rows.len() + page.unread) as u64));
    match lags && counted > 0 && !readings.is_empty() {
        true => TotalHabit::Lagging,
        false => TotalHabit::Exact,
    }
}

fn latency_steps(calls: &[RecordedCall]) -> Vec<u32> {
    let mut took: Vec<u32> = calls
        .iter()
        .filter(|call| matches!(call.outcome, RecordedOutcome::Page(_)))
        .map(|call| call.took_ms.min(60_000))
        .collect();
    took.sort_unstable();
    let Some(last) = took.len().checked_sub(1) else {
        return Vec::new();
    };
    (0..LATENCY_STEPS)
        .filter_map(|step| took.get(last * step / (LATENCY_STEPS - 1)).copied())
        .collect()
}
