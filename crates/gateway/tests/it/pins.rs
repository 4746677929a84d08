//! Forward paging while rows vanish.

use crate::call::{APP_KEY, Call, SECRET};
use crate::memory_book::MemoryBook;
use crate::platform::{DAY, Platform, appointments, day, ids};

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
