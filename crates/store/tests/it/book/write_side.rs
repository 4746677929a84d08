//! Short ways to book and to look at schedules.

use std::collections::BTreeMap;

use povline_domain::{AppKey, Day, Name, OutId, Period, PovId, UnixMillis, VaccineId};
use povline_store::book::{
    Actor, AppointmentAt, Book, Booked, BookingRefusal, BookingRequest, Bookings, Moved, NewApp,
    Schedules, SecretText,
};

use super::support::{Clinic, actor, clinic, day, id, rows};

pub const PERIODS: [&str; 2] = ["08:00-08:30", "08:30-09:00"];

pub fn period(n: usize) -> Period {
    PERIODS[n].parse().unwrap()
}

pub fn app() -> AppKey {
    AppKey::new("12345678").unwrap()
}

/// An actor at this hour of 2021-01-n.
pub fn at(n: i8, hour: i64) -> Actor {
    Actor {
        at: day(n).begins_at().plus_millis(hour * 3_600_000),
        ..actor()
    }
}

/// The morning of 2021-01-01, before every day that is booked.
pub fn now() -> Actor {
    at(1, 6)
}

/// A clinic and an app that books there.
pub async fn booked_clinic<B: Book>(book: &B) -> Clinic {
    let clinic = clinic(book).await;
    let app = NewApp {
        key: app(),
        isv: clinic.isv,
        name: "app".to_owned(),
        secret: SecretText("secret".to_owned()),
    };
    book.create_app(&actor(), app).await.unwrap();
    clinic
}

pub fn request(pov: PovId, day: Day, period: Period, out_id: &str) -> BookingRequest {
    BookingRequest {
        pov,
        day,
        period,
        name: Name::new("测试").unwrap(),
        vaccine_id: None,
        app: app(),
        out_id: OutId::new(out_id).unwrap(),
    }
}

pub fn of_vaccine(request: BookingRequest, vaccine: &str) -> BookingRequest {
    BookingRequest {
        vaccine_id: Some(VaccineId::new(vaccine).unwrap()),
        ..request
    }
}

pub async fn open<B: Schedules>(book: &B, pov: PovId, day: Day, n: usize, capacity: u32) {
    book.open_schedule(&now(), pov, day, &[period(n)], capacity)
        .await
        .unwrap()
        .unwrap();
}

pub async fn book<B: Bookings>(
    book: &B,
    request: BookingRequest,
) -> Result<Booked, BookingRefusal> {
    book.book(&now(), request).await.unwrap()
}

pub async fn move_to<B: Bookings>(
    book: &B,
    appointment: AppointmentAt,
    day: Day,
    period: Period,
) -> Result<Moved, BookingRefusal> {
    let moved = book.move_booking(&now(), appointment, day, period).await;
    moved.unwrap()
}

pub async fn cancel<B: Bookings>(
    book: &B,
    appointment: AppointmentAt,
) -> Result<Option<Day>, BookingRefusal> {
    book.cancel_booking(&now(), appointment).await.unwrap()
}

pub fn standing(pov: PovId, text: &str) -> AppointmentAt {
    AppointmentAt {
        appointment_id: id(text),
        pov,
    }
}

pub fn of(pov: PovId, booked: &Booked) -> AppointmentAt {
    standing(pov, booked.appointment_id.as_str())
}

/// Booked places of each period as the schedule counts them, checked against the rows.
pub async fn counted<B: Book + Schedules>(book: &B, pov: PovId, day: Day) -> Vec<u32> {
    let mut live: BTreeMap<Period, u32> = BTreeMap::new();
    for row in rows(book, pov, day).await {
        *live.entry(row.period).or_default() += 1;
    }
    let schedule = book.schedule(pov, day).await.unwrap();
    for period in &schedule {
        let rows = live.get(&period.period).copied().unwrap_or(0);
        assert_eq!(period.booked, rows, "rows of {}", period.period);
    }
    schedule.iter().map(|period| period.booked).collect()
}

pub fn millis(n: i64) -> UnixMillis {
    UnixMillis(n)
}
