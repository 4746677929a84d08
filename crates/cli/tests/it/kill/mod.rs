//! `kill -9` at random instants: nothing acknowledged is lost, and running again converges.

mod agent;
mod bookings;
pub(crate) mod chance;
mod delivery;
mod midway;
mod platform;

use povline_store::book::SqliteBook;

use crate::binary::Place;

/// How often each side is killed.
const KILLS: usize = 50;

/// A new platform's book in the place.
fn platform_book(place: &Place) -> SqliteBook {
    let directory = place.path().join("platform");
    std::fs::create_dir(&directory).unwrap();
    SqliteBook::open(directory).unwrap()
}
