//! Compressed answers: only when asked for, one member, the same bytes inside.

use std::io::Read as _;
use std::sync::Arc;

use flate2::bufread::GzDecoder;
use povline_gateway::GatewayConfig;

use crate::batch::{batch, form, page, system};
use crate::call::{Call, METHOD, REQUEST, SECRET, urlencoded};
use crate::memory_book::MemoryBook;
use crate::platform::{DAY, PATH, Platform, appointments, fill};
use crate::wire::{Answer, FORM, request};

async fn platform() -> Platform<MemoryBook> {
    Platform::with_rows(appointments(450)).await
}

async fn ask(platform: &Platform<MemoryBook>, call: Call, headers: &[&str]) -> Answer {
    let headers: Vec<&str> = [FORM].iter().chain(headers).copied().collect();
    let body = urlencoded(&call.signed(SECRET).0);
    platform.send(&request("POST", PATH, &headers, &body)).await
}

/// What a reader that knows one member only makes of an answer.
pub(crate) fn unzipped(answer: Answer) -> Answer {
    assert_eq!(answer.header("content-encoding"), Some("gzip"));
    let mut decoder = GzDecoder::new(answer.body.as_slice());
    let mut body = Vec::new();
    decoder.read_to_end(&mut body).unwrap();
    assert!(
        decoder.into_inner().is_empty(),
        "something follows the member"
    );
    Answer { body, ..answer }
}

fn is_zipped(answer: &Answer) -> bool {
    answer.header("content-encoding").is_some()
}

#[tokio::test]
async fn what_is_inside_is_what_would_come_plain() {
    let platform = platform().await;
    for format in ["json", "xml"] {
        for (number, size) in [(1, 200), (2, 200), (3, 200), (1, 20), (7, 63), (1, 200)] {
            let call = Call::page("00001", DAY, number, size).with("format", format);
            let plain = ask(&platform, call.clone(), &[]).await;
            assert!(!is_zipped(&plain));
            let zipped = ask(&platform, call, &["Accept-Encoding: gzip"]).await;
            let bytes = zipped.body.len();
            assert!(
                bytes * 2 < plain.body.len(),
                "{bytes} of {}",
                plain.body.len()
            );
            let inside = unzipped(zipped);
            assert_eq!(inside.masked(), plain.masked());
            assert_eq!(inside.header("content-type"), plain.header("content-type"));
        }
    }
}

#[tokio::test]
async fn short_answers_are_not_worth_it() {
    let platform = platform().await;
    for call in [
        Call::page("00001", DAY, 1, 1),
        Call::page("00001", DAY, 9, 200),
        Call::page("none", DAY, 1, 200),
    ] {
        assert!(!is_zipped(
            &ask(&platform, call, &["Accept-Encoding: gzip"]).await
        ));
    }
}

#[tokio::test]
async fn gzip_must_be_asked_for_by_name() {
    let platform = platform().await;
    let asks: &[(&[&str], bool)] = &[
        (&[], false),
        (&["Accept-Encoding: gzip"], true),
        (&["Accept-Encoding: GZip, deflate, br"], true),
        (&["Accept-Encoding: x-gzip"], true),
        (&["Accept-Encoding: deflate", "Accept-Encoding: gzip"], true),
        (&["Accept-Encoding: gzip;q=0"], false),
        (&["Accept-Encoding: gzip ; q=0.000"], false),
        (&["Accept-Encoding: gzip;q=0.001"], true),
        (&["Accept-Encoding: gzip; Q=1.000"], true),
        (&["Accept-Encoding: identity, gzip;q=0.5"], false),
        (&["Accept-Encoding: identity;q=0.5, gzip;q=0.8"], true),
        (&["Accept-Encoding: identity;q=0"], false),
        (&["Accept-Encoding: *"], false),
        (&["Accept-Encoding: *;q=0"], false),
        (&["Accept-Encoding: *;q=0, gzip"], true),
        (&["Accept-Encoding: identity"], false),
        (&["Accept-Encoding: br"], false),
        (&["Accept-Encoding: gzipped"], false),
        (&["Accept-Encoding:"], false),
        (&["Accept-Encoding: gzip;q=2"], false),
        (&["Accept-Encoding: gzip;q=0.0001"], false),
        (&["Accept-Encoding: gzip;q=x"], false),
        (&["Accept-Encoding: gzip;level=9"], false),
    ];
    for (headers, expected) in asks {
        let answer = ask(&platform, Call::page("00001", DAY, 1, 200), headers).await;
        assert_eq!(is_zipped(&answer), *expected, "{headers:?}");
        assert!(!answer.body.is_empty());
    }
}

#[tokio::test]
async fn a_batch_is_one_member_too() {
    let platform = platform().await;
    let calls = [(1, 200), (2, 200), (1, 5)]
        .map(|(number, size)| form(&[(REQUEST, &page("00001", number, size))]));
    let separator = "\r\n-S-\r\n";
    let body = format!("#PUBLIC#method={METHOD}{separator}N{separator}") + &calls.join(separator);
    let plain = platform.send(&batch(system(), &body, &[])).await;
    let zipped = platform
        .send(&batch(system(), &body, &["Accept-Encoding: gzip"]))
        .await;
    assert!(zipped.body.len() * 2 < plain.body.len());
    let without_ids = |answer: &Answer| -> Vec<String> {
        let text = answer.text().to_owned();
        let cut = |part: &str| part.split("\"request_id\"").next().unwrap().to_owned();
        text.split(separator).map(cut).collect()
    };
    assert_eq!(without_ids(&unzipped(zipped)), without_ids(&plain));
}

#[tokio::test]
async fn a_change_is_seen_compressed_too() {
    let platform = platform().await;
    let call = Call::page("00001", DAY, 1, 200);
    let headers = ["Accept-Encoding: gzip"];
    let before = unzipped(ask(&platform, call.clone(), &headers).await);
    assert!(before.text().contains("\"P00001\""));
    platform
        .book
        .edit(1, crate::platform::day(), |rows| drop(rows.remove(0)));
    crate::follow::until(|| async {
        let after = unzipped(ask(&platform, call.clone(), &headers).await);
        after.text().contains("\"P00201\"") && !after.text().contains("\"P00001\"")
    })
    .await;
}

/// A level of the metrics.
async fn level(platform: &Platform<MemoryBook>, name: &str) -> usize {
    let metrics = platform.admin("/metrics").await;
    let line = metrics.text().lines().find(|line| line.starts_with(name));
    line.unwrap().rsplit(' ').next().unwrap().parse().unwrap()
}

#[tokio::test]
async fn what_is_kept_compressed_counts_in_the_bound_and_is_bounded() {
    let platform = platform().await;
    let headers = ["Accept-Encoding: gzip"];
    let ask =
        async |number, size| ask(&platform, Call::page("00001", DAY, number, size), &headers).await;
    ask(1, 5).await;
    let sheet = level(&platform, "povline_sheet_bytes ").await;
    let page = ask(1, 200).await.body.len();
    let with_page = level(&platform, "povline_sheet_bytes ").await;
    assert!(with_page > sheet + page / 2, "{with_page} after {sheet}");
    // The same page once more costs nothing more.
    ask(1, 200).await;
    assert_eq!(level(&platform, "povline_sheet_bytes ").await, with_page);
    // Pages of every size there is do not grow it for ever.
    for size in 20..200 {
        ask(1, size).await;
        let held = level(&platform, "povline_sheet_bytes ").await;
        assert!(
            held < sheet * 8 / 5 + 1024,
            "{held} at {size}, from {sheet}"
        );
    }
}

#[tokio::test]
async fn a_small_cache_stays_within_its_bound() {
    const BOUND: usize = 100_000;
    let book = Arc::new(MemoryBook::new());
    fill(&book, appointments(450));
    let config = GatewayConfig {
        sheets_bytes_max: BOUND,
        pins_bytes_max: 1,
        pins_app_bytes_max: 1,
        ..GatewayConfig::default()
    };
    let platform = Platform::serve(book, config).await;
    for (number, size) in [(1, 200), (2, 200), (1, 100), (2, 100), (3, 100), (4, 100)] {
        let call = Call::page("00001", DAY, number, size);
        let answer = ask(&platform, call, &["Accept-Encoding: gzip"]).await;
        assert!(unzipped(answer).text().contains("P00"));
        assert!(level(&platform, "povline_sheet_bytes ").await <= BOUND);
    }
}
