//! How others read a list, each as well as its idea allows.

use std::collections::HashSet;

use povline_domain::{PageNumber, PageRequest, PageSize};

use super::server::{Served, Server};
use super::truth::{DayNumber, RowNumber};

/// What a method says that it read.
pub struct Told {
    pub begun_at: i64,
    pub shown: Vec<RowNumber>,
    /// Whether the method itself holds the list for whole.
    pub certified: bool,
}

fn page(number: u64, size: u32) -> PageRequest {
    PageRequest {
        number: PageNumber::new(number as u32).unwrap(),
        size: PageSize::new(size).unwrap(),
    }
}

fn told(pages: &[Served], certified: bool) -> Told {
    Told {
        begun_at: pages[0].requested_at.0,
        shown: rows_of(pages).collect(),
        certified,
    }
}

fn rows_of(pages: &[Served]) -> impl Iterator<Item = RowNumber> {
    pages
        .iter()
        .flat_map(|page| page.rows.iter().map(|(row, _)| *row))
}

/// Page after page until a short one.
pub fn forward(server: &mut Server, day: DayNumber) -> Told {
    told(&forward_pages(server, day), true)
}

/// Page after page; held for whole if `total` stays the same, is the number of rows, and no row
/// comes twice.
pub fn forward_checked(server: &mut Server, day: DayNumber) -> Told {
    let pages = forward_pages(server, day);
    let total = pages[0].total;
    let rows: Vec<_> = rows_of(&pages).collect();
    let distinct = rows.iter().collect::<HashSet<_>>().len();
    let certified = pages.iter().all(|page| page.total == total)
        && total == Some(rows.len() as u64)
        && distinct == rows.len();
    told(&pages, certified)
}

/// As many pages as the first `total` makes, from page 1 on.
pub fn trusting_total(server: &mut Server, day: DayNumber) -> Told {
    let mut pages = vec![serve(server, day, page(1, 200))];
    for number in 2..=pages_of(&pages[0]) {
        pages.push(serve(server, day, page(number, 200)));
    }
    told(&pages, true)
}

/// The last page first, as the platform advises for its trades.
pub fn backward(server: &mut Server, day: DayNumber) -> Told {
    let first = serve(server, day, page(1, 200));
    let mut pages = vec![first];
    let last = pages_of(&pages[0]);
    if last > 1 {
        for number in (1..=last).rev() {
            pages.push(serve(server, day, page(number, 200)));
        }
    }
    told(&pages, true)
}

/// Windows that overlap by one row at least, joined wherever they share one.
pub fn single_anchor(server: &mut Server, day: DayNumber) -> Told {
    let mut pages: Vec<Served> = vec![serve(server, day, page(1, 200))];
    loop {
        let last = &pages[pages.len() - 1];
        if (last.rows.len() as u64) < last.size {
            return told(&pages, true);
        }
        let end = last.number * last.size;
        let window_of = |size: u32| page((end - 1) / u64::from(size) + 1, size);
        let next = (1..=200).map(window_of).max_by_key(|window| window.reach());
        let next = serve(server, day, next.unwrap());
        let before: HashSet<_> = last.rows.iter().map(|(row, _)| *row).collect();
        let joined = next.rows.iter().any(|(row, _)| before.contains(row));
        pages.push(next);
        if !joined {
            return told(&pages, false);
        }
    }
}

fn forward_pages(server: &mut Server, day: DayNumber) -> Vec<Served> {
    let mut pages = Vec::new();
    loop {
        let number = pages.len() as u64 + 1;
        let served = serve(server, day, page(number, 200));
        let short = served.rows.len() < 200;
        pages.push(served);
        if short {
            return pages;
        }
    }
}

fn pages_of(first: &Served) -> u64 {
    first.total.unwrap().div_ceil(200).max(1)
}

fn serve(server: &mut Server, day: DayNumber, request: PageRequest) -> Served {
    server.serve(day, request).unwrap()
}
