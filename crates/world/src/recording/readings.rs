//! Whole lists, put together from the pages of which somebody read them.

use std::collections::{BTreeMap, HashMap};

use povline_domain::Day;

use super::call::{RecordedCall, RecordedRow};
use super::page::Window;

/// A list as it was read from its beginning to its end.
#[derive(Debug, Clone)]
pub(super) struct Reading {
    pub(super) pov: usize,
    pub(super) day: Day,
    /// When its first page was asked for.
    pub(super) begun_ms: i64,
    /// When its last page came.
    pub(super) ended_ms: i64,
    /// Its rows in the server's order, each once.
    pub(super) rows: Vec<RecordedRow>,
}

/// Every whole reading, in the order in which they ended. A list that was begun anew before its
/// end was reached, or of which a page is missing or has unreadable rows, is not one.
pub(super) fn readings(calls: &[RecordedCall], size_max: u64) -> Vec<Reading> {
    let mut begun: BTreeMap<(usize, Day), Vec<Window<'_>>> = BTreeMap::new();
    let mut whole = Vec::new();
    for call in calls {
        let list = (call.pov, call.day);
        let Some(window) = Window::of(call, size_max) else {
            continue;
        };
        let windows = begun.entry(list).or_default();
        if call.page == 1 {
            windows.clear();
        }
        windows.push(window);
        if let Some(reading) = put_together(list, windows) {
            windows.clear();
            whole.push(reading);
        }
    }
    whole.sort_by_key(|reading| reading.ended_ms);
    whole
}

fn put_together((pov, day): (usize, Day), windows: &[Window<'_>]) -> Option<Reading> {
    let mut in_order: Vec<&Window<'_>> = windows.iter().collect();
    in_order.sort_by_key(|window| window.start);
    let mut reach = 0;
    for window in &in_order {
        if window.start > reach || window.page.unread > 0 {
            return None;
        }
        reach = reach.max(window.reach());
    }
    in_order.last().filter(|window| window.is_last)?;
    // A row that stands in two pages is as the later answer shows it, where the first has it.
    let mut places: HashMap<u32, usize> = HashMap::new();
    let mut rows: Vec<(i64, &RecordedRow)> = Vec::new();
    for window in in_order {
        let of_the_day = window.page.rows.iter().filter(|row| row.day == day);
        for row in of_the_day {
            match places.get(&row.number) {
                None => {
                    places.insert(row.number, rows.len());
                    rows.push((window.begun_ms, row));
                }
                Some(place) if rows[*place].0 < window.begun_ms => {
                    rows[*place] = (window.begun_ms, row);
                }
                Some(_) => {}
            }
        }
    }
    Some(Reading {
        pov,
        day,
        begun_ms: windows.iter().map(|window| window.begun_ms).min()?,
        ended_ms: windows.iter().map(|window| window.ended_ms).max()?,
        rows: rows.into_iter().map(|(_, row)| row.clone()).collect(),
    })
}
