//! Calls that read much: what one app asks for delays neither the platform nor another app.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use povline_domain::PovId;
use povline_gateway::GatewayConfig;
use serde_json::Value;

use crate::call::{APP_KEY, Call, SECRET, urlencoded};
use crate::follow::until;
use crate::memory_book::MemoryBook;
use crate::platform::{DAY, PATH, Platform, appointment, appointments, day, fill, ids};
use crate::wire::{Answer, Connection, FORM, request};
use crate::write_side::call;

const CHANGES: &str = "povline.appointment.changes";
const DIGEST: &str = "povline.appointment.digest";
const GREEDY: &str = "87654321";

/// The calls that one app may have under way.
const OF_APP_MAX: usize = 32;

/// The usual app, and a greedy one for which the book never finds an end.
async fn serve(config: GatewayConfig) -> Platform<MemoryBook> {
    let book = Arc::new(MemoryBook::new());
    fill(&book, appointments(3));
    book.add_pov(9, 2, "00009");
    book.add_app(GREEDY, 2, &[SECRET], &["*"]);
    *book.endless.lock() = Some(PovId(9));
    Platform::serve(book, config).await
}

fn changes(app: &str) -> Call {
    call(CHANGES, &[]).with("app_key", app).signed(SECRET)
}

/// Sends a call and does not wait for its answer.
async fn begin(platform: &Platform<MemoryBook>, call: &Call) -> Connection {
    let mut connection = Connection::open(platform.address).await;
    let bytes = request("POST", PATH, &[FORM], &urlencoded(&call.0));
    connection.send(&bytes).await;
    connection
}

/// What stands under the root of a good answer.
fn content(answer: &Answer) -> Value {
    let json = answer.json();
    let root = json.as_object().and_then(|json| json.values().next());
    root.cloned().unwrap_or_default()
}

/// How many calls are refused at a bound, as the metrics tell.
async fn refused(platform: &Platform<MemoryBook>) -> u64 {
    let metrics = platform.admin("/metrics").await;
    let of_changes = format!("method=\"{CHANGES}\",outcome=\"15\"");
    let mut lines = metrics.text().lines();
    let line = lines.find(|line| line.contains(&of_changes));
    line.map_or(0, |line| line.rsplit(' ').next().unwrap().parse().unwrap())
}

#[tokio::test]
async fn an_app_whose_reads_never_end_delays_nobody_else() {
    let platform = serve(GatewayConfig {
        read_time_max: Duration::from_secs(600),
        ..GatewayConfig::default()
    })
    .await;
    let mut held = Vec::new();
    for _ in 0..OF_APP_MAX + 3 {
        held.push(begin(&platform, &changes(GREEDY)).await);
    }
    // Those beyond the bound are told so at once, and the others wait for one that reads.
    until(|| async { refused(&platform).await == 3 }).await;
    assert_eq!(platform.book.waiting_endlessly.load(Ordering::Relaxed), 1);
    let one_more = platform.post(&changes(GREEDY)).await;
    assert!(
        one_more
            .text()
            .contains("isp.top-remote-service-unavailable")
    );

    let told = content(&platform.post(&changes(APP_KEY)).await);
    assert_eq!(told["model"]["data_list"]["list_state"][0]["total"], 3);
    let list = [("out_pov_id", "00001"), ("appointment_time", DAY)];
    let digest = platform.post(&call(DIGEST, &list).signed(SECRET)).await;
    assert_eq!(content(&digest)["model"]["total"], 3);
    // What is written is followed all the while.
    platform
        .book
        .edit(1, day(), |rows| rows.push(appointment(4)));
    let page = Call::page("00001", DAY, 1, 200).signed(SECRET);
    until(|| async { ids(&platform.post(&page).await).len() == 4 }).await;
    assert_eq!(platform.admin("/ready").await.status, 200);
}

#[tokio::test]
async fn a_read_that_takes_too_long_fails_and_leaves_its_place() {
    let platform = serve(GatewayConfig {
        read_time_max: Duration::from_millis(100),
        ..GatewayConfig::default()
    })
    .await;
    let mut held = Vec::new();
    for _ in 0..OF_APP_MAX {
        held.push(begin(&platform, &changes(GREEDY)).await);
    }
    for connection in &mut held {
        let answer = connection.receive().await;
        assert!(answer.text().contains("FAIL_BIZ_500"), "{}", answer.text());
    }
    assert_eq!(platform.book.waiting_endlessly.load(Ordering::Relaxed), 0);
    *platform.book.endless.lock() = None;
    let told = content(&platform.post(&changes(GREEDY)).await);
    assert_eq!(told["is_success"], true, "{told}");
}

#[tokio::test]
async fn a_call_reads_so_many_rows_and_tells_where_to_go_on() {
    const MANY: usize = 50_000;
    let platform = serve(GatewayConfig::default()).await;
    let next = day().plus_days(1).unwrap();
    platform.book.edit(1, day(), |rows| {
        *rows = (0..MANY).map(appointment).collect();
    });
    platform
        .book
        .edit(1, next, |rows| rows.push(appointment(1)));
    let told = async |cursor: Option<&str>| {
        let params: Vec<_> = cursor
            .map(|cursor| ("cursor", cursor))
            .into_iter()
            .collect();
        let told = platform.post(&call(CHANGES, &params).signed(SECRET)).await;
        let model = content(&told)["model"].clone();
        let lists = model["data_list"]["list_state"].as_array().unwrap();
        let totals: Vec<u64> = lists
            .iter()
            .map(|list| list["total"].as_u64().unwrap())
            .collect();
        let cursor = model["cursor"].as_str().unwrap().to_owned();
        (totals, model["has_more"] == Value::Bool(true), cursor)
    };
    // A snapshot, and then what changed.
    let (first, has_more, cursor) = told(None).await;
    assert_eq!((first, has_more), (vec![MANY as u64], true));
    let (second, has_more, cursor) = told(Some(&cursor)).await;
    assert_eq!((second, has_more), (vec![1], false));
    platform.book.edit(1, day(), |_| {});
    platform.book.edit(1, next, |_| {});
    let (first, has_more, cursor) = told(Some(&cursor)).await;
    assert_eq!((first, has_more), (vec![MANY as u64], true));
    let (second, has_more, cursor) = told(Some(&cursor)).await;
    assert_eq!((second, has_more), (vec![1], false));
    let (none, has_more, _) = told(Some(&cursor)).await;
    assert_eq!((none, has_more), (vec![], false));
}
