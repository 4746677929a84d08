//! The cache against a model, and against every order of events that could show the past.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use povline_domain::{Day, PageNumber, PageRequest, PageSize, PovId};
use proptest::prelude::*;
use tokio::sync::{Notify, Semaphore};

use super::build::SheetBuilder;
use super::{BuildFailed, DaySheet, Encoding, SheetCache, SheetKey};

fn key(pov: i64) -> SheetKey {
    SheetKey {
        pov: PovId(pov),
        day: Day::new(2021, 1, 18).unwrap(),
        encoding: Encoding::Json,
    }
}

fn sheet(rows: &[&str]) -> DaySheet {
    let mut builder = SheetBuilder::new(key(1));
    for row in rows {
        builder.push(|buffer| buffer.extend_from_slice(row.as_bytes()));
    }
    builder.finish().unwrap()
}

fn text(sheet: &DaySheet, number: u32, size: u32) -> String {
    let page = PageRequest {
        number: PageNumber::new(number).unwrap(),
        size: PageSize::new(size).unwrap(),
    };
    String::from_utf8(sheet.rows[sheet.range(page)].to_vec()).unwrap()
}

async fn get(cache: &SheetCache, pov: i64, rows: &[&str]) -> Arc<DaySheet> {
    cache
        .get_or_build(key(pov), 0, || async { Ok::<_, BuildFailed>(sheet(rows)) })
        .await
        .unwrap()
}

proptest! {
    #[test]
    fn every_page_of_every_size_is_a_slice_of_the_rows(
        rows in prop::collection::vec("[a-z]{0,5}", 0..40),
        number in 1_u32..50,
        size in 1_u32..=200,
    ) {
        let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
        let begin = (number as usize - 1) * size as usize;
        let expected: Vec<&str> = rows.iter().skip(begin).take(size as usize).copied().collect();
        let sheet = sheet(&rows);
        prop_assert_eq!(text(&sheet, number, size), expected.join(","));
        prop_assert_eq!(sheet.total(), rows.len() as u64);
    }

    /// Whatever is asked for, invalidated and used elsewhere, the bound holds after every step and
    /// every answer is the newest that was written before the question.
    #[test]
    fn the_bound_holds_and_answers_are_the_present(
        steps in prop::collection::vec((0_u8..4, 0_i64..12, 0_usize..2000), 1..200),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let cache = SheetCache::new(4000);
            let mut written: HashMap<i64, String> = HashMap::new();
            for (step, pov, size) in steps {
                let mut others = 0;
                match step {
                    0 => {
                        written.insert(pov, "x".repeat(size));
                        cache.invalidate(PovId(pov), key(pov).day);
                    }
                    1 => {
                        others = size;
                        cache.shrink(others);
                    }
                    _ => {
                        let row = written.get(&pov).cloned().unwrap_or_default();
                        let got = get(&cache, pov, &[&row]).await;
                        prop_assert_eq!(text(&got, 1, 200), row);
                    }
                }
                prop_assert!(cache.size().bytes + others <= 4000);
            }
            Ok(())
        })?;
    }
}

#[tokio::test]
async fn a_hot_day_outlives_many_cold_ones() {
    let cache = SheetCache::new(10_000);
    let row = "x".repeat(500);
    let hot = get(&cache, 0, &[&row]).await;
    for pov in 1..1000 {
        get(&cache, pov, &[&row]).await;
        let still = cache.get(key(0)).expect("the hot day was evicted");
        assert!(Arc::ptr_eq(&still, &hot));
    }
    assert!(cache.size().entries < 20);
}

#[tokio::test]
async fn days_that_nobody_asks_for_any_more_make_room() {
    let cache = SheetCache::new(10_000);
    let row = "x".repeat(500);
    for pov in 0..50 {
        get(&cache, pov, &[&row]).await;
    }
    // Another day begins: more lists than there is room for, each asked for once a lap.
    for pov in (1_000..1_050).cycle().take(500) {
        get(&cache, pov, &[&row]).await;
    }
    let old: Vec<i64> = (0..50)
        .filter(|pov| cache.get(key(*pov)).is_some())
        .collect();
    assert!(old.is_empty(), "still there: {old:?}");
}

#[tokio::test]
async fn many_that_ask_for_a_cold_day_build_it_once_and_other_days_do_not_wait() {
    let cache = Arc::new(SheetCache::new(10_000));
    let builds = Arc::new(AtomicUsize::new(0));
    let leave = Arc::new(Semaphore::new(0));
    let begun = Arc::new(Notify::new());
    let asking: Vec<_> = (0..50)
        .map(|_| {
            let (cache, builds) = (Arc::clone(&cache), Arc::clone(&builds));
            let (leave, begun) = (Arc::clone(&leave), Arc::clone(&begun));
            tokio::spawn(async move {
                let build = || async {
                    builds.fetch_add(1, Ordering::Relaxed);
                    begun.notify_one();
                    leave.acquire().await.unwrap().forget();
                    Ok::<_, BuildFailed>(sheet(&["slow"]))
                };
                cache.get_or_build(key(1), 0, build).await.unwrap()
            })
        })
        .collect();
    begun.notified().await;
    assert_eq!(text(&*get(&cache, 2, &["quick"]).await, 1, 1), "quick");
    leave.add_permits(50);
    for asked in asking {
        assert_eq!(text(&asked.await.unwrap(), 1, 1), "slow");
    }
    assert_eq!(builds.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn a_build_that_read_before_an_invalidation_is_never_the_present() {
    let cache = Arc::new(SheetCache::new(10_000));
    let read = Arc::new(Notify::new());
    let leave = Arc::new(Notify::new());
    let early = tokio::spawn({
        let (cache, read, leave) = (Arc::clone(&cache), Arc::clone(&read), Arc::clone(&leave));
        async move {
            let build = || async {
                let old = sheet(&["old"]);
                read.notify_one();
                leave.notified().await;
                Ok::<_, BuildFailed>(old)
            };
            cache.get_or_build(key(1), 0, build).await.unwrap()
        }
    });
    read.notified().await;
    cache.invalidate(PovId(1), key(1).day);
    // Asked after the invalidation, while the old build still runs: built anew.
    assert_eq!(text(&*get(&cache, 1, &["new"]).await, 1, 1), "new");
    leave.notify_one();
    // Asked before it: may be told the past, but does not leave it behind.
    assert_eq!(text(&early.await.unwrap(), 1, 1), "old");
    assert_eq!(text(&*get(&cache, 1, &["other"]).await, 1, 1), "new");
    let one_entry = cache.size();
    cache.invalidate(PovId(1), key(1).day);
    assert_eq!(one_entry.entries, 1);
    assert_eq!(cache.size().bytes, 0);
}

#[tokio::test]
async fn a_failed_build_is_told_and_not_remembered() {
    let cache = SheetCache::new(10_000);
    let failed = cache
        .get_or_build(key(1), 0, || async { Err(BuildFailed::Book) })
        .await;
    assert_eq!(failed.unwrap_err(), BuildFailed::Book);
    assert_eq!(cache.size().entries, 0);
    assert_eq!(text(&*get(&cache, 1, &["good"]).await, 1, 1), "good");
}

#[tokio::test]
async fn a_builder_that_gives_up_hands_on_to_the_next() {
    let cache = Arc::new(SheetCache::new(10_000));
    let begun = Arc::new(Notify::new());
    let first = tokio::spawn({
        let (cache, begun) = (Arc::clone(&cache), Arc::clone(&begun));
        async move {
            let never = || async {
                begun.notify_one();
                std::future::pending::<Result<DaySheet, BuildFailed>>().await
            };
            cache.get_or_build(key(1), 0, never).await
        }
    });
    begun.notified().await;
    let second = tokio::spawn({
        let cache = Arc::clone(&cache);
        async move { text(&*get(&cache, 1, &["second"]).await, 1, 1) }
    });
    tokio::task::yield_now().await;
    first.abort();
    assert_eq!(second.await.unwrap(), "second");
}
