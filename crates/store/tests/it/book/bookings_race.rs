//! Many that want few places.

use std::collections::HashSet;

use povline_store::book::{BookingRefusal, Bookings};

use super::Engine;
use super::support::{brief, day};
use super::write_side::{booked_clinic, counted, now, open, period, request};

pub async fn a_hundred_places_have_a_hundred_winners<E: Engine>() {
    const PLACES: u32 = 100;
    const RACERS: usize = 64;
    const ASKED: usize = 10;
    let engine = E::new();
    let handles = [engine.open(), engine.open()];
    let pov = booked_clinic(&handles[0]).await.pov;
    open(&handles[0], pov, day(2), 0, PLACES).await;
    let racers: Vec<_> = (0..RACERS)
        .map(|racer| {
            let book = handles[racer % 2].clone();
            tokio::spawn(async move {
                let mut won = Vec::new();
                for n in 0..ASKED {
                    let ask = request(pov, day(2), period(0), &format!("{racer}-{n}"));
                    match book.book(&now(), ask).await.unwrap() {
                        Ok(booked) => won.push(booked),
                        Err(refusal) => assert_eq!(refusal, BookingRefusal::Full),
                    }
                }
                won
            })
        })
        .collect();
    let mut won = Vec::new();
    for racer in racers {
        won.extend(racer.await.unwrap());
    }
    assert_eq!(won.len(), PLACES as usize);
    let codes: HashSet<_> = won.iter().map(|booked| &booked.pick_code).collect();
    let ids: HashSet<_> = won.iter().map(|booked| &booked.appointment_id).collect();
    assert_eq!((codes.len(), ids.len()), (won.len(), won.len()));
    let stand: HashSet<String> = brief(&handles[1], pov, day(2)).await.into_iter().collect();
    let told = won
        .iter()
        .map(|one| format!("{}:{}", one.appointment_id, one.pick_code.as_str()));
    assert_eq!(stand, told.collect());
    assert_eq!(counted(&handles[0], pov, day(2)).await, [PLACES]);
}
