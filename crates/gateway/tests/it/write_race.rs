//! Ten thousand that want a hundred places, from 64 connections.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value;

use crate::call::{SECRET, urlencoded};
use crate::platform::{DAY, PATH};
use crate::wire::{Connection, FORM, request};
use crate::write_side::{BOOK, BUSY, PERIOD, booking, call, written};

const CONNECTIONS: usize = 64;
const BOOKINGS: usize = 10_000;
const PLACES: usize = 100;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_bookings_get_a_hundred_places() {
    let written = written().await;
    written.open(DAY, PERIOD, &PLACES.to_string()).await;
    let next = Arc::new(AtomicUsize::new(0));
    let racers: Vec<_> = (0..CONNECTIONS)
        .map(|_| {
            let (address, next) = (written.platform.address, Arc::clone(&next));
            tokio::spawn(async move {
                let mut connection = Connection::open(address).await;
                let mut won = Vec::new();
                loop {
                    let n = next.fetch_add(1, Ordering::Relaxed);
                    if n >= BOOKINGS {
                        return won;
                    }
                    let out_id = n.to_string();
                    let ask = call(BOOK, &booking(&out_id, DAY, PERIOD)).signed(SECRET);
                    let bytes = request("POST", PATH, &[FORM], &urlencoded(&ask.0));
                    let told = loop {
                        let answer = connection.exchange(&bytes).await.json();
                        let told = answer["povline_appointment_book_response"].clone();
                        // A crowded machine may make the platform say that it is busy.
                        let refused = &answer["error_response"]["sub_code"];
                        if told["msg_code"] != "FAIL_BIZ_500" && refused != BUSY {
                            break told;
                        }
                    };
                    if told["is_success"] == true {
                        won.push(told["model"].clone());
                    } else {
                        assert_eq!(told["msg_code"], "FAIL_BIZ_413", "{told}");
                    }
                }
            })
        })
        .collect();
    let mut won: Vec<Value> = Vec::new();
    for racer in racers {
        won.extend(racer.await.unwrap());
    }
    assert_eq!(won.len(), PLACES);
    let told = |name: &str| -> HashSet<&str> {
        won.iter()
            .map(|model| model[name].as_str().unwrap())
            .collect()
    };
    assert_eq!(told("appointment_id").len(), PLACES);
    assert_eq!(told("pick_code").len(), PLACES);
    let rows: HashSet<String> = written.rows(DAY).await.into_iter().collect();
    let expected = won.iter().map(|model| {
        let text = |name: &str| model[name].as_str().unwrap();
        format!(
            "{}:{}:1:{PERIOD}",
            text("appointment_id"),
            text("pick_code")
        )
    });
    assert_eq!(rows, expected.collect());
}
