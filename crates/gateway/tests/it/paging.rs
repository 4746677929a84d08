//! Pages at and around their bounds, and lists that change between pages.

use crate::call::{Call, SECRET};
use crate::platform::{DAY, Platform, appointments, ids, model};

async fn page(
    platform: &Platform<crate::memory_book::MemoryBook>,
    number: u32,
    size: u32,
) -> (Vec<String>, u64) {
    let call = Call::page("00001", DAY, number, size).signed(SECRET);
    let answer = platform.post(&call).await;
    let model = model(&answer);
    assert_eq!(model["page_num"], number);
    assert_eq!(model["page_size"], size);
    (ids(&answer), model["total"].as_u64().unwrap())
}

fn named(range: std::ops::RangeInclusive<usize>) -> Vec<String> {
    range.map(|n| format!("P{n:05}")).collect()
}

#[tokio::test]
async fn a_list_of_exactly_one_page() {
    let platform = Platform::with_rows(appointments(200)).await;
    assert_eq!(page(&platform, 1, 200).await, (named(1..=200), 200));
    assert_eq!(page(&platform, 2, 200).await, (vec![], 200));
}

#[tokio::test]
async fn a_list_of_one_row_more_than_a_page() {
    let platform = Platform::with_rows(appointments(201)).await;
    assert_eq!(page(&platform, 1, 200).await, (named(1..=200), 201));
    assert_eq!(page(&platform, 2, 200).await, (named(201..=201), 201));
    assert_eq!(page(&platform, 3, 200).await, (vec![], 201));
}

#[tokio::test]
async fn a_list_of_exactly_two_pages() {
    let platform = Platform::with_rows(appointments(400)).await;
    assert_eq!(page(&platform, 2, 200).await, (named(201..=400), 400));
    assert_eq!(page(&platform, 3, 200).await, (vec![], 400));
    assert_eq!(page(&platform, 3, 133).await, (named(267..=399), 400));
    assert_eq!(page(&platform, u32::MAX, 200).await, (vec![], 400));
}

#[tokio::test]
async fn a_day_without_appointments_is_an_empty_list_that_says_so() {
    let platform = Platform::with_rows(vec![]).await;
    assert_eq!(page(&platform, 1, 200).await, (vec![], 0));
}

#[tokio::test]
async fn an_empty_list_is_well_formed_in_every_format() {
    let platform = Platform::with_rows(vec![]).await;
    let call = Call::page("00001", DAY, 1, 200);
    let plain = platform.post(&call.clone().signed(SECRET)).await;
    assert!(
        plain
            .text()
            .contains(r#""total":0,"data_list":{"pov_appointment_record_dto":[]}}"#),
        "{}",
        plain.text()
    );
    let simple = call.clone().with("simplify", "true").signed(SECRET);
    let simple = platform.post(&simple).await;
    assert!(simple.text().contains(r#""total":0,"data_list":[]}"#));
    let xml = platform
        .post(&call.with("format", "xml").signed(SECRET))
        .await;
    assert!(
        xml.text()
            .contains("<total>0</total><data_list></data_list></model>")
            || xml.text().contains("<total>0</total><data_list/></model>")
    );
}
