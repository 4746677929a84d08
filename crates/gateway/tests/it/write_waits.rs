//! Writes that wait behind others: refused in time and then never done, or answered as they end.

use std::collections::BTreeSet;
use std::sync::atomic::Ordering;
use std::time::Duration;

use povline_gateway::{GatewayConfig, LimitDefaults};
use serde_json::json;

use crate::call::{Call, SECRET, urlencoded};
use crate::follow::until;
use crate::memory_book::MemoryBook;
use crate::platform::{DAY, PATH, Platform, appointments, fill, ids};
use crate::register::hold;
use crate::wire::{Answer, Connection, FORM, request};
use crate::write_side::{
    BOOK, BUSY, CANCEL, CLOSE, LATER, OPEN, PERIOD, PICK, POV, RESCHEDULE, SCHEDULE, booking, call,
    place, written_with,
};

const SHORT: Duration = Duration::from_millis(50);

fn impatient() -> GatewayConfig {
    GatewayConfig {
        write_wait_max: SHORT,
        calls: LimitDefaults {
            app_per_day: Some(1_000),
            ..LimitDefaults::default()
        },
        ..GatewayConfig::default()
    }
}

fn left_of_the_day(answer: &Answer) -> u64 {
    let left = answer.header("x-ratelimit-remaining-day").unwrap();
    left.parse().unwrap()
}

#[tokio::test]
async fn a_write_whose_turn_does_not_come_is_refused_given_back_and_never_done() {
    let written = written_with(impatient()).await;
    written.open(DAY, PERIOD, "2").await;
    let (id, code) = written.book("standing", DAY, PERIOD).await;
    let stands = [format!("{id}:{code}:1:{PERIOD}")];
    assert_eq!(written.rows(DAY).await, stands);
    let seats = [("out_pov_id", "00001"), ("appointment_time", DAY)];
    let schedule = written.ask(SCHEDULE, &seats).await;
    let mut open = place(DAY, LATER);
    open.push(("max_num", "3"));
    let pov = [
        ("pov_no", "00002"),
        ("pov_name", "二号"),
        ("telephone", "010-12345678"),
        ("address", "北京"),
    ];
    let mut moved = place(DAY, LATER);
    moved.retain(|(name, _)| *name != "out_pov_id");
    moved.push(("appointment_id", &id));

    let held = hold(&written.platform.book).await;
    let before = left_of_the_day(&written.send(Call::page("00001", DAY, 1, 200)).await);
    for (method, params) in [
        (BOOK, booking("waiting", DAY, PERIOD)),
        (RESCHEDULE, moved),
        (CANCEL, vec![("appointment_id", id.as_str())]),
        (
            PICK,
            vec![("order_id", id.as_str()), ("action_type", "PICK")],
        ),
        (OPEN, open),
        (CLOSE, place(DAY, PERIOD)),
        (POV, pov.to_vec()),
    ] {
        let told = written.ask(method, &params).await;
        let refused = json!({
            "code": 15, "msg": "Remote service error",
            "sub_code": BUSY, "sub_msg": "服务繁忙,请稍后重试"
        });
        assert_eq!(told, refused, "{method}");
    }
    // Reads go on, and nothing but they was counted.
    let after = left_of_the_day(&written.send(Call::page("00001", DAY, 1, 200)).await);
    assert_eq!(after, before - 1);
    held.let_go().await;

    // This one stands behind everything that was refused.
    let (again, again_code) = written.book("waiting", DAY, PERIOD).await;
    let stand = [&stands[..], &[format!("{again}:{again_code}:1:{PERIOD}")]].concat();
    assert_eq!(written.rows(DAY).await, stand);
    let mut expected = schedule;
    expected["model"]["schedule_list"]["period_schedule"][0]["used_num"] = 2.into();
    expected["model"]["schedule_list"]["period_schedule"][0]["status"] = "01".into();
    assert_eq!(written.ask(SCHEDULE, &seats).await, expected);
    let second = Call::page("00002", DAY, 1, 200);
    assert!(
        written
            .send(second)
            .await
            .text()
            .contains("isv.pov-not-exist")
    );
}

#[tokio::test]
async fn what_is_answered_is_what_was_done_however_close_it_is() {
    const WRITERS: usize = 48;
    let written = written_with(GatewayConfig {
        write_wait_max: Duration::from_millis(20),
        ..GatewayConfig::default()
    })
    .await;
    written.open(DAY, PERIOD, "1000").await;
    let address = written.platform.address;
    let mut booked = BTreeSet::new();
    for round in 0..8_u64 {
        // The book is let go while the writers are about to give up.
        let held = hold(&written.platform.book).await;
        let writers: Vec<_> = (0..WRITERS)
            .map(|writer| {
                tokio::spawn(async move {
                    let out_id = format!("{round}-{writer}");
                    let ask = call(BOOK, &booking(&out_id, DAY, PERIOD)).signed(SECRET);
                    let bytes = request("POST", PATH, &[FORM], &urlencoded(&ask.0));
                    Connection::open(address).await.exchange(&bytes).await
                })
            })
            .collect();
        tokio::time::sleep(Duration::from_millis(14 + 2 * round)).await;
        held.let_go().await;
        for writer in writers {
            let answer = writer.await.unwrap().json();
            let model = &answer["povline_appointment_book_response"]["model"];
            match model["appointment_id"].as_str() {
                Some(id) => assert!(booked.insert(id.to_owned())),
                None => assert_eq!(answer["error_response"]["sub_code"], BUSY, "{answer}"),
            }
        }
    }
    let mut rows = BTreeSet::new();
    for page in 1.. {
        let page = written.send(Call::page("00001", DAY, page, 200)).await;
        let page = ids(&page);
        let is_last = page.len() < 200;
        rows.extend(page);
        if is_last {
            break;
        }
    }
    assert_eq!(rows, booked);
}

#[tokio::test]
async fn a_pov_that_is_registered_is_told_so_though_nothing_can_be_read() {
    let book = MemoryBook::new();
    fill(&book, appointments(3));
    let platform = Platform::serve(book.into(), impatient()).await;
    // Everything that must be read for the answer has been by now.
    let page = |pov: &str| Call::page(pov, DAY, 1, 200).signed(SECRET);
    assert_eq!(ids(&platform.post(&page("00001")).await).len(), 3);
    platform.book.broken.store(true, Ordering::Relaxed);
    let pov = [
        ("pov_no", "00002"),
        ("pov_name", "二号"),
        ("telephone", "010-12345678"),
        ("address", "北京"),
    ];
    let told = platform.post(&call(POV, &pov).signed(SECRET)).await;
    assert!(
        told.text().contains("\"is_success\":true"),
        "{}",
        told.text()
    );
    platform.book.broken.store(false, Ordering::Relaxed);
    until(|| async {
        let answer = platform.post(&page("00002")).await;
        answer.text().contains("\"total\":0")
    })
    .await;
}

#[tokio::test]
async fn a_write_that_has_begun_is_answered_as_it_ends() {
    let book = MemoryBook::write_gated();
    fill(&book, appointments(3));
    let platform = Platform::serve(book.into(), impatient()).await;
    let ask = call(BOOK, &booking("1", DAY, PERIOD)).signed(SECRET);
    let mut connection = Connection::open(platform.address).await;
    let bytes = request("POST", PATH, &[FORM], &urlencoded(&ask.0));
    connection.send(&bytes).await;
    platform.book.at_write_gate.notified().await;
    tokio::time::sleep(SHORT * 4).await;
    platform.book.write_gate.as_ref().unwrap().add_permits(1);
    let answer = connection.receive().await;
    assert!(answer.text().contains("booked"), "{}", answer.text());
}
