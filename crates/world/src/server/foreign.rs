//! A TOP server that is not ours: its order of rows, its page sizes, what it says of `total`.

use povline_domain::{Appointment, Day, Page, PageRequest, UnixMillis};

use crate::faults;
use crate::scenarios::{CancelledRows, Order, ServerHabits, TotalHabit};
use crate::truth::{Biography, Chance, RowNumber, State, Truth};

/// A row with the number by which the log knows it.
type Row<'a> = (&'a Biography, &'a State);

/// The page that the server shows of a list as it stands at an instant, and its rows' numbers.
pub(super) fn page(
    truth: &Truth,
    habits: &ServerHabits,
    (clinic, day): (usize, Day),
    asked: PageRequest,
    at: UnixMillis,
    chance: &mut Chance,
) -> (Page, Vec<RowNumber>) {
    let mut rows = list_at(truth, habits, clinic, day, at);
    put_in_order(&mut rows, habits.order, chance);
    let size = u64::from(asked.size.get().min(habits.page_size_max));
    let start = u64::from(asked.number.get() - 1) * size;
    let (start, size_taken) = (start as usize, size as usize);
    let shown: Vec<Row<'_>> = rows.iter().skip(start).take(size_taken).copied().collect();
    let total = match habits.total {
        TotalHabit::Exact => Some(rows.len() as u64),
        TotalHabit::Missing => None,
        TotalHabit::Lagging => {
            let then = at.plus_millis(-i64::from(habits.total_lag_seconds) * 1_000);
            Some(list_at(truth, habits, clinic, day, then).len() as u64)
        }
    };
    let page = Page {
        number: habits.echoes.then_some(u64::from(asked.number.get())),
        size: habits.echoes.then_some(size),
        total,
        rows: shown
            .iter()
            .map(|(biography, state)| truth.shown(biography, state))
            .collect::<Vec<Appointment>>(),
    };
    (page, shown.iter().map(|row| number_of(row.0)).collect())
}

/// The list in append order, with cancelled rows that linger where they stood.
fn list_at<'a>(
    truth: &'a Truth,
    habits: &ServerHabits,
    clinic: usize,
    day: Day,
    at: UnixMillis,
) -> Vec<Row<'a>> {
    let mut rows: Vec<Row<'a>> = truth.rows_at(clinic, day, at).collect();
    if habits.cancelled_rows == CancelledRows::Linger {
        let since = at.plus_millis(-i64::from(habits.linger_seconds) * 1_000);
        let lingering = truth.cancelled_on(clinic, day, since, at);
        rows.extend(lingering);
        rows.sort_by_key(|row| joined_at(row, day));
    }
    rows
}

fn joined_at((biography, _): &Row<'_>, day: Day) -> (UnixMillis, RowNumber) {
    let joined = biography
        .states
        .iter()
        .rev()
        .take_while(|state| state.day == day)
        .last()
        .map_or(UnixMillis(i64::MAX), |state| state.from);
    (joined, number_of(biography))
}

fn put_in_order(rows: &mut [Row<'_>], order: Order, chance: &mut Chance) {
    match order {
        Order::Append => {}
        Order::Newest => rows.reverse(),
        Order::Period => rows.sort_by_key(|(biography, state)| (state.period, &biography.id)),
        Order::Status => {
            rows.sort_by_key(|(biography, state)| (state.pick_status, state.period, &biography.id))
        }
        Order::Unstable => faults::shuffle(rows, chance),
    }
}

/// The number in an id of the world's.
pub(super) fn number_of(biography: &Biography) -> RowNumber {
    biography.number
}
