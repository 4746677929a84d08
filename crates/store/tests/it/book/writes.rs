//! Writes to single appointments.

use povline_domain::{OutPovId, PickStatus, PovId};
use povline_store::book::{Book, DayVersion, Write, WriteOutcome};

use super::Engine;
use super::support::{
    actor, book_all, brief, clinic, day, done, id, refused, reschedule, row, rows, second_pov,
    version, write,
};

pub async fn booking_guards_ids_codes_and_povs<E: Engine>() {
    let engine = E::new();
    let book = engine.open();
    let clinic = clinic(&book).await;
    let other = second_pov(&book, &clinic).await;
    book_all(&book, clinic.pov, &[row("A", day(1), "1")]).await;
    let with_code = |code: &str, row: povline_domain::Appointment| {
        let out_pov_id = OutPovId::new(code).unwrap();
        povline_domain::Appointment { out_pov_id, ..row }
    };
    for (field, pov, row) in [
        ("appointment_id", clinic.pov, row("A", day(1), "2")),
        ("appointment_id", clinic.pov, row("A", day(2), "1")),
        (
            "appointment_id",
            other,
            with_code("00002", row("A", day(1), "1")),
        ),
        ("pick_code", clinic.pov, row("B", day(1), "1")),
        ("out_pov_id", PovId(77), row("B", day(1), "2")),
        ("out_pov_id", other, row("B", day(1), "2")),
    ] {
        assert_eq!(refused(&write(&book, Write::Book(pov, row)).await), field);
    }
    // The same code on another day and at another POV is another code.
    book_all(&book, clinic.pov, &[row("B", day(2), "1")]).await;
    book_all(&book, other, &[with_code("00002", row("C", day(1), "1"))]).await;
    assert_eq!(brief(&book, clinic.pov, day(1)).await, ["A:1"]);
    assert_eq!(version(&book, clinic.pov, day(1)).await, DayVersion(1));
}

pub async fn a_reschedule_keeps_or_changes_the_place<E: Engine>() {
    let engine = E::new();
    let book = engine.open();
    let pov = clinic(&book).await.pov;
    book_all(&book, pov, &[row("A", day(1), "1"), row("B", day(1), "2")]).await;
    book_all(&book, pov, &[row("C", day(2), "3")]).await;
    done(&book, Write::SetPickStatus(id("A"), PickStatus::Picked)).await;
    done(&book, reschedule("A", day(1), "10:00-10:30", "1")).await;
    let kept = rows(&book, pov, day(1)).await.remove(0);
    assert_eq!(kept.period, "10:00-10:30".parse().unwrap());
    let other_code = write(&book, reschedule("A", day(1), "11:00-11:30", "9")).await;
    assert_eq!(refused(&other_code), "pick_code");
    let held = write(&book, reschedule("A", day(2), "10:00-10:30", "3")).await;
    assert_eq!(refused(&held), "pick_code");
    assert_eq!(brief(&book, pov, day(1)).await, ["A:1", "B:2"]);
    done(&book, reschedule("A", day(2), "10:00-10:30", "1")).await;
    assert_eq!(brief(&book, pov, day(1)).await, ["B:2"]);
    assert_eq!(brief(&book, pov, day(2)).await, ["C:3", "A:1"]);
    let moved = rows(&book, pov, day(2)).await.remove(1);
    assert_eq!(moved.pick_status, PickStatus::Picked);
    let nobody = write(&book, reschedule("X", day(2), "10:00-10:30", "7")).await;
    assert_eq!(refused(&nobody), "appointment_id");
}

pub async fn a_pick_code_is_never_used_again_on_its_day<E: Engine>() {
    let engine = E::new();
    let book = engine.open();
    let pov = clinic(&book).await.pov;
    book_all(&book, pov, &[row("A", day(1), "1"), row("B", day(1), "2")]).await;
    book_all(&book, pov, &[row("C", day(2), "3")]).await;
    done(&book, Write::Cancel(id("A"))).await;
    done(&book, reschedule("B", day(2), "08:00-08:30", "2")).await;
    drop(book);
    let book = engine.open();
    for code in ["1", "2"] {
        let booked = write(&book, Write::Book(pov, row("D", day(1), code))).await;
        assert_eq!(refused(&booked), "pick_code");
        let moved = write(&book, reschedule("C", day(1), "08:00-08:30", code)).await;
        assert_eq!(refused(&moved), "pick_code");
    }
    // Not even for the row that had it.
    let back = write(&book, reschedule("B", day(1), "08:00-08:30", "2")).await;
    assert_eq!(refused(&back), "pick_code");
    // A cancelled id may be booked anew, with another code.
    book_all(&book, pov, &[row("A", day(1), "4")]).await;
    assert_eq!(brief(&book, pov, day(1)).await, ["A:4"]);
}

pub async fn writes_of_one_call_are_refused_one_by_one<E: Engine>() {
    let engine = E::new();
    let book = engine.open();
    let pov = clinic(&book).await.pov;
    let writes = vec![
        Write::Book(pov, row("A", day(1), "1")),
        Write::Book(pov, row("A", day(1), "2")),
        Write::Cancel(id("nobody")),
        Write::Book(pov, row("B", day(1), "2")),
        Write::SetPickStatus(id("nobody"), PickStatus::Picked),
        Write::Cancel(id("A")),
        Write::Cancel(id("A")),
    ];
    let outcomes = book.write(&actor(), writes).await.unwrap();
    let done: Vec<_> = outcomes
        .iter()
        .map(|outcome| *outcome == WriteOutcome::Done)
        .collect();
    assert_eq!(done, [true, false, false, true, false, true, false]);
    assert_eq!(brief(&book, pov, day(1)).await, ["B:2"]);
    assert_eq!(version(&book, pov, day(1)).await, DayVersion(3));
    assert!(book.write(&actor(), Vec::new()).await.unwrap().is_empty());
}

pub async fn what_stands_so_already_changes_nothing<E: Engine>() {
    let engine = E::new();
    let book = engine.open();
    let pov = clinic(&book).await.pov;
    book_all(&book, pov, &[row("A", day(1), "1")]).await;
    let before = (
        version(&book, pov, day(1)).await,
        book.change_cursor().await.unwrap(),
    );
    for same in [
        Write::SetPickStatus(id("A"), PickStatus::NotPicked),
        reschedule("A", day(1), "08:00-08:30", "1"),
    ] {
        assert_eq!(write(&book, same).await, WriteOutcome::Unchanged);
    }
    let after = (
        version(&book, pov, day(1)).await,
        book.change_cursor().await.unwrap(),
    );
    assert_eq!(before, after);
}

pub async fn the_audit_tells_who_did_what_and_no_names<E: Engine>() {
    let engine = E::new();
    let book = engine.open();
    let pov = clinic(&book).await.pov;
    let before = book.audit(0, usize::MAX).await.unwrap();
    let last = before.last().map_or(0, |record| record.sequence);
    book_all(&book, pov, &[row("A", day(1), "1234")]).await;
    done(&book, Write::SetPickStatus(id("A"), PickStatus::Picked)).await;
    done(&book, Write::SetPickStatus(id("A"), PickStatus::NotPicked)).await;
    done(&book, reschedule("A", day(2), "08:00-08:30", "5678")).await;
    done(&book, Write::Cancel(id("A"))).await;
    let records = book.audit(last, usize::MAX).await.unwrap();
    let told: Vec<_> = records
        .iter()
        .map(|record| (record.action.as_str(), record.pov_day))
        .collect();
    let on = |n| Some((pov, day(n)));
    assert_eq!(
        told,
        [
            ("book", on(1)),
            ("pick", on(1)),
            ("unpick", on(1)),
            ("reschedule", on(1)),
            ("reschedule", on(2)),
            ("cancel", on(2)),
        ]
    );
    for record in &records {
        assert_eq!(
            (record.actor.as_str(), record.at),
            ("command:test", actor().at)
        );
        assert_eq!((record.object.as_str(), record.rows), ("A", 1));
    }
    assert_eq!(book.audit(last, 2).await.unwrap(), records[..2]);
    assert_eq!(
        book.audit(records[1].sequence, 2).await.unwrap(),
        records[2..4]
    );
}
