//! Taking appointments from outside.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use povline_domain::{Appointment, IsvId, Name, PickStatus};
use povline_store::StoreErrorKind;
use povline_store::book::{
    Book, BookChange, DayVersion, ImportLine, ImportMode, ImportReport, Refusal,
};

use super::Engine;
use super::support::{
    ALL_OR_NOTHING, KEEP_GOOD, actor, book_all, brief, changes, clinic, code, day, import, kind,
    lines, read, refusals, row, rows, second_pov, version,
};

fn file() -> Vec<Appointment> {
    let on = |n: i8| (0..5).map(move |i| row(&format!("P{n}-{i}"), day(n), &format!("{i}")));
    (1..=3).flat_map(on).collect()
}

pub async fn a_second_run_changes_nothing<E: Engine>() {
    let engine = E::new();
    let book = engine.open();
    let clinic = clinic(&book).await;
    let start = book.change_cursor().await.unwrap();
    let report = import(&book, clinic.isv, &file(), ALL_OR_NOTHING).await;
    let expected = ImportReport {
        lines: 15,
        added: 15,
        kept: true,
        ..ImportReport::default()
    };
    assert_eq!(report, expected);
    assert_eq!(changes(&book, start).await.len(), 3);
    let records = book.audit(start.0, usize::MAX).await.unwrap();
    let told: Vec<_> = records
        .iter()
        .map(|record| (record.pov_day, record.rows))
        .collect();
    let on = |n| Some((clinic.pov, day(n)));
    assert_eq!(told, [(on(1), 5), (on(2), 5), (on(3), 5), (None, 15)]);
    assert!(records.iter().all(|record| record.action == "import"));

    let present = book.change_cursor().await.unwrap();
    let again = import(&book, clinic.isv, &file(), ALL_OR_NOTHING).await;
    let expected = ImportReport {
        lines: 15,
        unchanged: 15,
        kept: true,
        ..ImportReport::default()
    };
    assert_eq!(again, expected);
    assert!(changes(&book, present).await.is_empty());
    for n in 1..=3 {
        let (rows, version) = read(&book, clinic.pov, day(n)).await;
        assert_eq!(version, DayVersion(1));
        assert_eq!(rows, file()[(n as usize - 1) * 5..n as usize * 5]);
    }
}

pub async fn a_row_that_differs_is_brought_up_to_date_in_its_place<E: Engine>() {
    let engine = E::new();
    let book = engine.open();
    let clinic = clinic(&book).await;
    import(&book, clinic.isv, &file(), ALL_OR_NOTHING).await;
    let start = book.change_cursor().await.unwrap();
    let mut changed = file();
    changed[0].pick_status = PickStatus::Picked;
    changed[1].name = Name::new("改名").unwrap();
    changed[2].period = "14:00-14:30".parse().unwrap();
    changed[3].pick_code = povline_domain::PickCode::new("new").unwrap();
    let report = import(&book, clinic.isv, &changed, ALL_OR_NOTHING).await;
    assert_eq!((report.updated, report.unchanged, report.added), (4, 11, 0));
    assert_eq!(rows(&book, clinic.pov, day(1)).await, changed[..5]);
    assert_eq!(version(&book, clinic.pov, day(1)).await, DayVersion(2));
    assert_eq!(
        changes(&book, start).await,
        [BookChange::Day(clinic.pov, day(1))]
    );
}

pub async fn a_row_of_another_day_moves_there<E: Engine>() {
    let engine = E::new();
    let book = engine.open();
    let clinic = clinic(&book).await;
    import(&book, clinic.isv, &file(), ALL_OR_NOTHING).await;
    let start = book.change_cursor().await.unwrap();
    let moved = [row("P1-0", day(2), "moved"), row("new", day(2), "new")];
    let report = import(&book, clinic.isv, &moved, ALL_OR_NOTHING).await;
    assert_eq!((report.updated, report.added), (1, 1));
    assert_eq!(brief(&book, clinic.pov, day(1)).await.len(), 4);
    let day_2 = brief(&book, clinic.pov, day(2)).await;
    assert_eq!(day_2[5..], ["P1-0:moved", "new:new"]);
    let days = [1, 2].map(|n| BookChange::Day(clinic.pov, day(n)));
    assert_eq!(changes(&book, start).await, days);
    // To another POV of the ISV it may move as well.
    let other = second_pov(&book, &clinic).await;
    let elsewhere = Appointment {
        out_pov_id: code("00002"),
        ..row("P1-0", day(2), "moved")
    };
    import(&book, clinic.isv, &[elsewhere], ALL_OR_NOTHING).await;
    assert_eq!(brief(&book, other, day(2)).await, ["P1-0:moved"]);
    assert_eq!(brief(&book, clinic.pov, day(2)).await.len(), 6);
}

pub async fn bad_rows_refuse_all_unless_the_good_are_kept<E: Engine>() {
    let engine = E::new();
    let book = engine.open();
    let clinic = clinic(&book).await;
    let stranger = book.ensure_isv(&actor(), "another").await.unwrap();
    let theirs = book
        .ensure_pov(&actor(), stranger, &code("00001"), None)
        .await
        .unwrap();
    book_all(&book, theirs, &[row("theirs", day(1), "1")]).await;
    book_all(&book, clinic.pov, &[row("ours", day(1), "1")]).await;
    let unreadable = Refusal {
        field: "appointment_period",
        reason: "is not a period".to_owned(),
    };
    let mut bad = lines(&[
        row("good", day(1), "2"),
        row("theirs", day(1), "3"),
        row("good", day(1), "4"),
        row("held", day(1), "1"),
        row("same code", day(1), "2"),
        row("unreadable", day(1), "5"),
        Appointment {
            out_pov_id: code("77777"),
            ..row("nowhere", day(1), "6")
        },
        row("good too", day(2), "1"),
    ]);
    bad[5].row = Err(unreadable);
    let expected = [
        (2, "appointment_id"),
        (3, "appointment_id"),
        (4, "pick_code"),
        (5, "pick_code"),
        (6, "appointment_period"),
        (7, "out_pov_id"),
    ];
    let start = book.change_cursor().await.unwrap();
    for keep_good in [false, true] {
        let mode = ImportMode {
            keep_good,
            ..ALL_OR_NOTHING
        };
        let file = bad.clone().into_iter();
        let report = book
            .import(&actor(), clinic.isv, file, mode, |_| {})
            .await
            .unwrap();
        assert_eq!(refusals(&report), expected);
        assert_eq!((report.lines, report.refused, report.added), (8, 6, 2));
        assert_eq!(report.kept, keep_good);
        if !keep_good {
            assert_eq!(book.change_cursor().await.unwrap(), start);
            assert_eq!(brief(&book, clinic.pov, day(1)).await, ["ours:1"]);
        }
    }
    assert_eq!(brief(&book, clinic.pov, day(1)).await, ["ours:1", "good:2"]);
    assert_eq!(brief(&book, clinic.pov, day(2)).await, ["good too:1"]);
    assert_eq!(brief(&book, theirs, day(1)).await, ["theirs:1"]);
    let nobody = book
        .import(&actor(), IsvId(77), bad.into_iter(), KEEP_GOOD, |_| {})
        .await;
    assert_eq!(kind(nobody), StoreErrorKind::Refused);
}

pub async fn povs_are_made_only_if_asked_for<E: Engine>() {
    let engine = E::new();
    let book = engine.open();
    let isv = clinic(&book).await.isv;
    let file: Vec<_> = (0..6)
        .map(|n| Appointment {
            out_pov_id: code(&format!("new{}", n % 2)),
            ..row(&format!("P{n}"), day(1), &format!("{n}"))
        })
        .collect();
    let refused = import(&book, isv, &file, KEEP_GOOD).await;
    assert_eq!((refused.refused, refused.povs_created), (6, 0));
    let start = book.change_cursor().await.unwrap();
    let mode = ImportMode {
        create_povs: true,
        ..ALL_OR_NOTHING
    };
    let made = import(&book, isv, &file, mode).await;
    assert_eq!((made.added, made.povs_created), (6, 2));
    assert_eq!(book.access().await.unwrap().povs.len(), 3);
    let changes = changes(&book, start).await;
    assert!(changes.contains(&BookChange::Access) && changes.len() == 3);
    assert_eq!(import(&book, isv, &file, mode).await.povs_created, 0);
}

pub async fn refusals_are_listed_in_the_order_of_the_file_and_bounded<E: Engine>() {
    let engine = E::new();
    let book = engine.open();
    let clinic = clinic(&book).await;
    book_all(&book, clinic.pov, &[row("holder", day(1), "1")]).await;
    // Refused late, because its code might have been freed; reported first all the same.
    let mut file = vec![row("wants", day(1), "1")];
    file.extend((0..10).map(|n| Appointment {
        out_pov_id: code("77777"),
        ..row(&format!("P{n}"), day(1), &format!("c{n}"))
    }));
    let mode = ImportMode {
        refusals_max: 3,
        ..ALL_OR_NOTHING
    };
    let report = import(&book, clinic.isv, &file, mode).await;
    let first = [(1, "pick_code"), (2, "out_pov_id"), (3, "out_pov_id")];
    assert_eq!(refusals(&report), first);
    assert_eq!((report.refused, report.kept), (11, false));
}

pub async fn a_panicking_file_leaves_nothing<E: Engine>() {
    let engine = E::new();
    let book = engine.open();
    let clinic = clinic(&book).await;
    let broken = lines(&file())
        .into_iter()
        .inspect(|line| assert!(line.line < 9));
    let result = book
        .import(&actor(), clinic.isv, broken, KEEP_GOOD, |_| {})
        .await;
    assert_eq!(kind(result), StoreErrorKind::Unavailable);
    assert!(rows(&book, clinic.pov, day(1)).await.is_empty());
    // The book goes on, and so do imports.
    let report = import(&book, clinic.isv, &file(), ALL_OR_NOTHING).await;
    assert_eq!(report.added, 15);
}

pub async fn progress_reaches_the_last_line<E: Engine>() {
    const LINES: u64 = 20_000;
    let engine = E::new();
    let book = engine.open();
    let isv = clinic(&book).await.isv;
    let file = (1..=LINES).map(|line| ImportLine {
        line,
        row: Ok(row(&format!("P{line}"), day(1), &format!("{line}"))),
    });
    let (calls, last) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    let progress = {
        let (calls, last) = (Arc::clone(&calls), Arc::clone(&last));
        move |lines| {
            calls.fetch_add(1, Ordering::Relaxed);
            assert!(last.swap(lines, Ordering::Relaxed) <= lines);
        }
    };
    let report = book
        .import(&actor(), isv, file, ALL_OR_NOTHING, progress)
        .await
        .unwrap();
    assert_eq!(report.added, LINES);
    assert_eq!(last.load(Ordering::Relaxed), LINES);
    assert!((2..100).contains(&calls.load(Ordering::Relaxed)));
}
