//! Long reads wait for nobody: not for each other, and no follower for them.

use std::pin::Pin;
use std::task::Poll;

use povline_domain::{UnixMillis, VaccineId};
use povline_store::book::{Book, Bookings, BookingsQuery, ChangeCursor, Limits, SqliteBook};
use rusqlite::Connection;

use super::support::clinic;

/// Bookings of one vaccine: enough for some hundred milliseconds.
const BOOKINGS: usize = 40_000;

/// Lists that are asked for at once: seconds of work.
const LISTS: usize = 40;

#[tokio::test]
async fn a_follower_waits_for_nobodys_lists() {
    let directory = tempfile::tempdir().unwrap();
    let book = SqliteBook::open(directory.path()).unwrap();
    let clinic = clinic(&book).await;
    Connection::open(directory.path().join(SqliteBook::FILE_NAME))
        .unwrap()
        .execute_batch(&format!(
            "WITH RECURSIVE made (n) AS (
                SELECT 1 UNION ALL SELECT n + 1 FROM made WHERE n < {BOOKINGS})
            INSERT INTO booking (number, appointment_id, vaccine_id, booked_at, changed_at, isv_id)
                SELECT n, 'P' || n, 'V1', n, n, {isv} FROM made;
            INSERT INTO cancelled_appointment
                SELECT appointment_id, {pov}, 18000, 31457790, '测试', number FROM booking;",
            isv = clinic.isv.0,
            pov = clinic.pov.0,
        ))
        .unwrap();
    let query = BookingsQuery {
        isv: clinic.isv,
        povs: vec![clinic.pov],
        vaccines: vec![VaccineId::new("V1").unwrap()],
        since: UnixMillis(0),
    };
    let mut lists: Vec<_> = (0..LISTS)
        .map(|_| Box::pin(book.booking_list(query.clone())))
        .collect();
    // They have all been asked for now, and then come the follower's reads, a moment's work.
    still_read(&mut lists).await;
    book.changes_after(ChangeCursor::START, 10).await.unwrap();
    book.admission().await.unwrap();
    still_read(&mut lists).await;
    assert!(!lists.is_empty(), "the follower came after them all");
    for list in lists {
        assert_eq!(list.await.unwrap().len(), BOOKINGS);
    }
}

/// Polls each once and keeps those that are not done.
async fn still_read<F: Future>(reads: &mut Vec<Pin<Box<F>>>) {
    std::future::poll_fn(|context| {
        reads.retain_mut(|read| read.as_mut().poll(context).is_pending());
        Poll::Ready(())
    })
    .await;
}
