//! Paging forward and backward while rows come and vanish.

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use crate::call::{APP_KEY, Call, SECRET};
use crate::memory_book::MemoryBook;
use crate::platform::{DAY, Platform, appointment, appointments, day, ids};

async fn page(platform: &Platform<MemoryBook>, app: &str, number: u32, size: u32) -> Vec<String> {
    let call = Call::page("00001", DAY, number, size).with("app_key", app);
    ids(&platform.post(&call.signed(SECRET)).await)
}

/// 450 rows, of which the first ten vanish after the usual app has read page 1.
async fn shrinking() -> Platform<MemoryBook> {
    let platform = Platform::with_rows(appointments(450)).await;
    platform.book.add_app("other", 1, &[SECRET], &["*"]);
    assert_eq!(page(&platform, APP_KEY, 1, 200).await.len(), 200);
    platform.book.edit(1, day(), |rows| drop(rows.drain(..10)));
    // Read-your-writes: from here on the present has 440 rows.
    platform.gateway.invalidate(povline_domain::PovId(1), day());
    platform
}

#[tokio::test]
async fn a_forward_loop_misses_no_row_that_was_there_throughout() {
    let platform = shrinking().await;
    let second = page(&platform, APP_KEY, 2, 200).await;
    let third = page(&platform, APP_KEY, 3, 200).await;
    assert_eq!(second.first().unwrap(), "P00201");
    assert_eq!(second.len(), 200);
    assert_eq!(third.last().unwrap(), "P00450");
    assert_eq!(third.len(), 50);
    assert!(page(&platform, APP_KEY, 4, 200).await.is_empty());
}

#[tokio::test]
async fn any_other_access_gets_the_present() {
    let platform = shrinking().await;
    let present = "P00211";
    assert_eq!(page(&platform, "other", 2, 200).await[0], present);
    assert_eq!(page(&platform, APP_KEY, 5, 50).await[0], present);
    assert_eq!(page(&platform, APP_KEY, 3, 200).await.len(), 40);
    assert_eq!(page(&platform, APP_KEY, 2, 200).await[0], present);
    assert_eq!(page(&platform, APP_KEY, 1, 200).await[0], "P00011");
    assert_eq!(page(&platform, APP_KEY, 2, 200).await[0], present);
}

#[tokio::test]
async fn a_pin_ends_half_a_minute_after_page_1() {
    let platform = shrinking().await;
    platform.clock.advance(29_999);
    let page_2_at = |now: &'static str| {
        let call = Call::page("00001", DAY, 2, 200).with("timestamp", now);
        let platform = &platform;
        async move { ids(&platform.post(&call.signed(SECRET)).await)[0].clone() }
    };
    assert_eq!(page_2_at("2021-01-18 08:00:29").await, "P00201");
    platform.clock.advance(1);
    assert_eq!(page_2_at("2021-01-18 08:00:30").await, "P00211");
}

#[tokio::test]
async fn a_revoked_app_reads_no_pin() {
    let platform = shrinking().await;
    platform
        .book
        .set_status(APP_KEY, povline_store::book::AppStatus::Disabled);
    crate::follow::until(|| async {
        let call = Call::page("00001", DAY, 2, 200).signed(SECRET);
        let answer = platform.post(&call).await;
        answer.json().get("error_response").is_some()
    })
    .await;
}

#[tokio::test]
async fn a_loop_backward_misses_no_row_that_was_there_throughout() {
    let platform = Platform::with_rows(appointments(448)).await;
    let mut seen = BTreeSet::new();
    seen.extend(page(&platform, APP_KEY, 1, 150).await);
    change(&platform, Change::Cancel(0), 0);
    seen.clear();
    for number in [3, 2, 1] {
        seen.extend(page(&platform, APP_KEY, number, 150).await);
    }
    assert_eq!(seen.len(), 447);
}

/// What happens to a list between two pages.
#[derive(Debug, Clone, Copy)]
enum Change {
    Nothing,
    /// The row at this place goes, counted round the list.
    Cancel(usize),
    /// A new row comes to the end.
    Book,
}

fn changes() -> impl Strategy<Value = Vec<Change>> {
    let change = prop_oneof![
        Just(Change::Nothing),
        (0_usize..60).prop_map(Change::Cancel),
        Just(Change::Book),
    ];
    prop::collection::vec(change, 40)
}

/// Makes a change; a row that comes has a number that none had before.
fn change(platform: &Platform<MemoryBook>, change: Change, number: usize) {
    platform.book.edit(1, day(), |rows| match change {
        Change::Cancel(place) if !rows.is_empty() => drop(rows.remove(place % rows.len())),
        Change::Book => rows.push(appointment(1_000 + number)),
        Change::Cancel(_) | Change::Nothing => {}
    });
    platform.gateway.invalidate(povline_domain::PovId(1), day());
}

/// Which rows there are.
fn present(platform: &Platform<MemoryBook>) -> BTreeSet<String> {
    let mut there = BTreeSet::new();
    platform.book.edit(1, day(), |rows| {
        there = rows
            .iter()
            .map(|row| row.appointment_id.as_str().to_owned())
            .collect();
    });
    there
}

/// A reader that goes through a list page by page.
struct Loop {
    /// The pages that it reads after page 1, in this order; forward goes on until a page is short.
    backward: bool,
    number: u32,
    done: bool,
    seen: BTreeSet<String>,
    /// The rows that were there at each instant since it began.
    throughout: BTreeSet<String>,
}

impl Loop {
    /// Reads page 1, from which a loop backward learns where the end is.
    async fn begin(platform: &Platform<MemoryBook>, size: u32, backward: bool) -> Self {
        let throughout = present(platform);
        let first = page(platform, APP_KEY, 1, size).await;
        let pages = u32::try_from(throughout.len()).unwrap().div_ceil(size);
        Self {
            backward,
            number: if backward { pages + 1 } else { 1 },
            done: first.len() < size as usize,
            seen: first.into_iter().collect(),
            throughout,
        }
    }

    async fn go_on(&mut self, platform: &Platform<MemoryBook>, size: u32) {
        self.throughout = &self.throughout & &present(platform);
        if self.done {
            return;
        }
        self.number = match self.backward {
            true => self.number - 1,
            false => self.number + 1,
        };
        let rows = page(platform, APP_KEY, self.number, size).await;
        self.done = match self.backward {
            true => self.number == 1,
            false => rows.len() < size as usize,
        };
        self.seen.extend(rows);
    }

    fn missed(&self) -> Vec<&String> {
        self.throughout.difference(&self.seen).collect()
    }
}

/// One loop after the other, each while rows come and go.
async fn loops_miss(rows: usize, size: u32, backward: &[bool], steps: &[Change]) -> Vec<String> {
    let platform = Platform::with_rows(appointments(rows)).await;
    let mut changes = steps.iter().copied().enumerate();
    let mut missed = Vec::new();
    for backward in backward {
        let mut reading = Loop::begin(&platform, size, *backward).await;
        while !reading.done {
            if let Some((number, step)) = changes.next() {
                change(&platform, step, number);
            }
            reading.go_on(&platform, size).await;
        }
        missed.extend(reading.missed().into_iter().cloned());
    }
    missed
}

#[test]
fn no_loop_misses_a_row_that_was_there_throughout() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let loops = prop::collection::vec(any::<bool>(), 1..5);
    let worlds = (0_usize..40, 2_u32..12, loops, changes());
    TestRunner::default()
        .run(&worlds, |(rows, size, backward, steps)| {
            let missed = runtime.block_on(loops_miss(rows, size, &backward, &steps));
            prop_assert_eq!(missed, Vec::<String>::new());
            Ok(())
        })
        .unwrap();
}

#[test]
fn of_two_loops_that_overlap_the_later_misses_nothing() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let whose = prop::collection::vec(any::<bool>(), 40);
    let worlds = (0_usize..40, 2_u32..12, 0_usize..6, whose, changes());
    TestRunner::default()
        .run(&worlds, |(rows, size, ahead, whose, steps)| {
            let missed = runtime.block_on(async {
                let platform = Platform::with_rows(appointments(rows)).await;
                let mut changes = steps.iter().copied().enumerate();
                let mut happen = || {
                    if let Some((number, step)) = changes.next() {
                        change(&platform, step, number);
                    }
                };
                let mut earlier = Loop::begin(&platform, size, false).await;
                for _ in 0..ahead {
                    happen();
                    earlier.go_on(&platform, size).await;
                }
                let mut later = Loop::begin(&platform, size, false).await;
                let mut whose = whose.into_iter();
                while !later.done {
                    happen();
                    if whose.next().unwrap_or(false) {
                        earlier.go_on(&platform, size).await;
                    }
                    later.go_on(&platform, size).await;
                }
                later.missed().into_iter().cloned().collect::<Vec<_>>()
            });
            prop_assert_eq!(missed, Vec::<String>::new());
            Ok(())
        })
        .unwrap();
}
