//! The platform's book of every earlier version.

use povline_domain::{IsvId, PickStatus, PovId, VaccineId};
use povline_store::StoreErrorKind;
use povline_store::audit::{AuditTrail, verify};
use povline_store::book::{
    AppStatus, Book, BookKind, BookingRefusal, Bookings, BookingsQuery, Grant, Limits, Register,
    Schedules, SqliteBook, UserName, Users, Write, WriteOutcome,
};

use super::{BOOK, COUNTS, assert_kept, contents};
use crate::book::support::{actor, brief, code, day, done, id, kind, row, rows, write};
use crate::book::write_side::{now, of_vaccine, period, request, standing};

const POV: PovId = PovId(1);

#[tokio::test]
async fn nothing_of_an_older_book_is_lost() {
    for level in 1..=BOOK.levels() {
        let directory = tempfile::tempdir().unwrap();
        let file = BOOK.make(directory.path(), level);
        let before = contents(&file);
        let book = SqliteBook::open(directory.path()).unwrap();
        assert_kept(&before, &file);
        drop(SqliteBook::open(directory.path()).unwrap());
        assert_kept(&before, &file);

        has_its_apps_and_lists(&book).await;
        if level >= 2 {
            has_its_conditions(&book).await;
        }
        if level >= 3 {
            has_its_bookings(&book).await;
        }
        if level >= 5 {
            has_its_users(&book).await;
        }
        let verdict = verify(&book, None, |_| {}).await.unwrap();
        let hashed = if level >= 4 { 1 } else { 0 };
        assert_eq!(
            (verdict.older, verdict.records, verdict.broken),
            (3, 3 + hashed, None),
            "level {level}"
        );
        assert_eq!(book.chained_from().await.unwrap(), 4, "level {level}");
        goes_on(&book).await;
        let verdict = verify(&book, None, |_| {}).await.unwrap();
        assert_eq!((verdict.older, verdict.broken), (3, None));
        assert!(verdict.records > 3 + hashed);
    }
}

#[tokio::test]
async fn nothing_of_older_counts_is_lost() {
    for level in 1..=COUNTS.levels() {
        let directory = tempfile::tempdir().unwrap();
        let file = COUNTS.make(directory.path(), level);
        let before = contents(&file);
        let book = SqliteBook::open(directory.path()).unwrap();
        assert_kept(&before, &file);
        let counts = book.call_counts(day(1)).await.unwrap();
        let used: Vec<_> = counts.iter().map(|one| (one.used, one.reserved)).collect();
        assert_eq!(used, [(40, 50), (7, 7)], "level {level}");
        // The process that used them may have been killed just now.
        let at = actor().at;
        assert_eq!(book.calls_begin(at).await.unwrap(), Some(at));
    }
}

async fn has_its_apps_and_lists(book: &SqliteBook) {
    let access = book.access().await.unwrap();
    let apps: Vec<_> = access
        .apps
        .iter()
        .map(|app| {
            (
                app.key.as_str(),
                app.secrets
                    .iter()
                    .map(|secret| secret.0.as_str())
                    .collect::<Vec<_>>(),
                app.status,
            )
        })
        .collect();
    assert_eq!(
        apps,
        [
            (
                "12345678",
                vec!["secret", "older secret"],
                AppStatus::Enabled
            ),
            ("87654321", vec!["another"], AppStatus::Disabled),
        ]
    );
    assert_eq!(
        access.apps[0].grants,
        [Grant::Pov(code("00001")), Grant::Prefix("测试".to_owned())]
    );
    assert_eq!(access.povs.len(), 3);
    let first = rows(book, POV, day(1)).await;
    assert_eq!(
        (first[0].name.as_str(), first[0].pick_status),
        ("张三丰", PickStatus::Picked)
    );
    assert_eq!(first[1].name.as_str(), "𠮷野");
    assert_eq!(brief(book, PovId(3), day(1)).await, ["X1:A1"]);
    // A code that was used is not given again, whoever asks.
    let taken = write(book, Write::Book(POV, row("P9", day(1), "A2"))).await;
    assert!(matches!(taken, WriteOutcome::Refused(_)), "{taken:?}");
    assert_eq!(book.kind().await.unwrap(), BookKind::Production);
}

async fn has_its_conditions(book: &SqliteBook) {
    let rules = book.call_rules().await.unwrap();
    assert_eq!(rules.limits.len(), 2);
    assert_eq!(rules.weights.len(), 1);
    assert_eq!(rules.allowed.len(), 1);
    assert_eq!(rules.sessions.len(), 1);
}

async fn has_its_bookings(book: &SqliteBook) {
    assert_eq!(
        brief(book, POV, day(2)).await,
        ["PL0000000001:B00001", "PL0000000003:B00003"]
    );
    let schedule = book.schedule(POV, day(2)).await.unwrap();
    let seats: Vec<_> = schedule
        .iter()
        .map(|one| (one.capacity, one.booked, one.open))
        .collect();
    assert_eq!(seats, [(3, 2, true), (1, 0, false)]);
    // The same key is the same booking.
    let asked = of_vaccine(request(POV, day(2), period(0), "order 1"), "V1");
    let booked = book.book(&now(), asked).await.unwrap().unwrap();
    assert_eq!(booked.appointment_id, id("PL0000000001"));
    assert_eq!(booked.pick_code.as_str(), "B00001");
    let query = BookingsQuery {
        isv: IsvId(1),
        povs: vec![POV],
        vaccines: vec![VaccineId::new("V1").unwrap()],
        since: now().at,
    };
    let numbers = book.booking_list(query).await.unwrap();
    let bookings = book.bookings(numbers).await.unwrap();
    let listed: Vec<_> = bookings
        .iter()
        .map(|one| (one.appointment_id.as_str(), one.cancelled_at.is_some()))
        .collect();
    assert_eq!(listed, [("PL0000000001", false), ("PL0000000002", true)]);
    let gone = standing(POV, "PL0000000002");
    let moved = book.move_booking(&now(), gone, day(2), period(0)).await;
    assert_eq!(moved.unwrap(), Err(BookingRefusal::Cancelled));
    let details = book.pov_details(POV).await.unwrap().unwrap();
    assert_eq!(details.address, "福州");
    let found = book.find_pov("鹿苗", &code("00001")).await;
    assert_eq!(found.unwrap(), Some(POV));
}

async fn has_its_users(book: &SqliteBook) {
    let users = book.users().await.unwrap();
    let told: Vec<_> = users.iter().map(|user| user.name.as_str()).collect();
    assert_eq!(told, ["ops", "wang.li"]);
    let hash = book.password_of(&UserName::new("ops").unwrap()).await;
    assert_eq!(hash.unwrap().unwrap().0, "hash of ops");
}

/// It is written to as one that this version made.
async fn goes_on(book: &SqliteBook) {
    done(book, Write::Book(POV, row("P10", day(3), "C1"))).await;
    book.open_schedule(&now(), POV, day(3), &[period(0)], 2)
        .await
        .unwrap()
        .unwrap();
    let asked = of_vaccine(request(POV, day(3), period(0), "anew"), "V1");
    let booked = book.book(&now(), asked).await.unwrap().unwrap();
    assert_eq!(brief(book, POV, day(3)).await.len(), 2);
    assert_eq!(
        book.pov_of(&booked.appointment_id).await.unwrap(),
        Some(POV)
    );
}

#[tokio::test]
async fn a_book_of_before_there_were_sandboxes_is_none() {
    let directory = tempfile::tempdir().unwrap();
    BOOK.make(directory.path(), 1);
    let opened = SqliteBook::open_sandbox(directory.path());
    assert_eq!(kind(opened), StoreErrorKind::Refused);
    let book = SqliteBook::open(directory.path()).unwrap();
    book.ensure_isv(&actor(), "third").await.unwrap();
}
