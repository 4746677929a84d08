//! Schedules, and what is booked, moved, cancelled and picked through the platform.

use std::collections::HashSet;

use povline_domain::{PickStatus, PovId, UnixMillis, VaccineId};
use povline_store::book::{
    ActionOutcome, BOOKINGS_KEPT_DAYS, Book, BookChange, BookingNumber, BookingRefusal, Bookings,
    BookingsQuery, OUT_IDS_KEPT_DAYS, ScheduleRefusal, Schedules, VisitAction, Write,
};

use super::Engine;
use super::support::{
    ALL_OR_NOTHING, book_all, brief, changes, code, day, done, id, import, row, rows, version,
};
use super::write_side::{
    at, book, booked_clinic, cancel, counted, millis, move_to, now, of, of_vaccine, open, period,
    request, standing,
};

pub async fn a_schedule_is_opened_altered_and_closed<E: Engine>() {
    let engine = E::new();
    let book = engine.open();
    let pov = booked_clinic(&book).await.pov;
    let both = [period(1), period(0)];
    let opened = book.open_schedule(&now(), pov, day(2), &both, 3).await;
    assert_eq!(opened.unwrap(), Ok(true));
    let before = version(&book, pov, day(2)).await;
    let again = book.open_schedule(&now(), pov, day(2), &both, 3).await;
    assert_eq!(again.unwrap(), Ok(false));
    assert_eq!(version(&book, pov, day(2)).await, before);
    open(&book, pov, day(2), 0, 5).await;
    assert!(version(&book, pov, day(2)).await > before);
    let schedule = book.schedule(pov, day(2)).await.unwrap();
    let told: Vec<_> = schedule
        .iter()
        .map(|one| (one.period, one.capacity, one.booked, one.open))
        .collect();
    assert_eq!(told, [(period(0), 5, 0, true), (period(1), 3, 0, true)]);

    let one = [period(0)];
    let closed = book.close_schedule(&now(), pov, day(2), Some(&one)).await;
    assert_eq!(closed.unwrap(), Ok(true));
    let all = book.close_schedule(&now(), pov, day(2), None).await;
    assert_eq!(all.unwrap(), Ok(true));
    let again = book.close_schedule(&now(), pov, day(2), None).await;
    assert_eq!(again.unwrap(), Ok(false));
    let schedule = book.schedule(pov, day(2)).await.unwrap();
    assert!(schedule.iter().all(|one| !one.open));
    for periods in [None, Some(&one[..])] {
        let unknown = book.close_schedule(&now(), pov, day(3), periods).await;
        assert_eq!(unknown.unwrap(), Err(ScheduleRefusal::NotScheduled));
    }
    let past = book.open_schedule(&at(3, 0), pov, day(2), &one, 1).await;
    assert_eq!(past.unwrap(), Err(ScheduleRefusal::Past));
    book.open_schedule(&now(), pov, day(2), &one, 0)
        .await
        .unwrap_err();
}

pub async fn places_are_given_until_there_are_none<E: Engine>() {
    let engine = E::new();
    let store = engine.open();
    let pov = booked_clinic(&store).await.pov;
    let ask = |n: usize| request(pov, day(2), period(0), &format!("order {n}"));
    assert_eq!(
        book(&store, ask(0)).await.unwrap_err(),
        BookingRefusal::NotScheduled
    );
    open(&store, pov, day(2), 0, 2).await;
    let first = book(&store, ask(1)).await.unwrap();
    let second = book(&store, ask(2)).await.unwrap();
    assert_ne!(first.appointment_id, second.appointment_id);
    assert_ne!(first.pick_code, second.pick_code);
    let before = version(&store, pov, day(2)).await;
    assert_eq!(book(&store, ask(3)).await, Err(BookingRefusal::Full));
    assert_eq!(version(&store, pov, day(2)).await, before);
    let row = rows(&store, pov, day(2)).await.remove(0);
    assert_eq!(row.appointment_id, first.appointment_id);
    assert_eq!(row.pick_code, first.pick_code);
    assert_eq!(row.pick_status, PickStatus::NotPicked);

    assert_eq!(cancel(&store, of(pov, &first)).await, Ok(Some(day(2))));
    assert_eq!(counted(&store, pov, day(2)).await, [1]);
    let third = book(&store, ask(3)).await.unwrap();
    assert!(third.pick_code != first.pick_code && third.appointment_id != first.appointment_id);
    assert_eq!(book(&store, ask(4)).await, Err(BookingRefusal::Full));
    store
        .close_schedule(&now(), pov, day(2), None)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(book(&store, ask(4)).await, Err(BookingRefusal::Closed));
    assert_eq!(counted(&store, pov, day(2)).await, [2]);
    // A capacity below what is booked takes nobody's place away, and gives none.
    open(&store, pov, day(2), 0, 1).await;
    assert_eq!(book(&store, ask(4)).await, Err(BookingRefusal::Full));
    assert_eq!(counted(&store, pov, day(2)).await, [2]);
}

pub async fn the_same_key_is_the_same_booking<E: Engine>() {
    let engine = E::new();
    let store = engine.open();
    let pov = booked_clinic(&store).await.pov;
    open(&store, pov, day(2), 0, 2).await;
    open(&store, pov, day(2), 1, 2).await;
    let ask = |n: usize| request(pov, day(2), period(n), "order");
    let first = book(&store, ask(0)).await.unwrap();
    assert_eq!(book(&store, ask(0)).await, Ok(first.clone()));
    assert_eq!(book(&store, ask(1)).await, Err(BookingRefusal::OutIdTaken));
    assert_eq!(counted(&store, pov, day(2)).await, [1, 0]);
    // Hours later, after a restart, and even if it is cancelled by then.
    cancel(&store, of(pov, &first)).await.unwrap();
    drop(store);
    let store = engine.open();
    let later = now().at.plus_millis(OUT_IDS_KEPT_DAYS * 86_400_000 - 1);
    let later = povline_store::book::Actor { at: later, ..now() };
    let again = store.book(&later, ask(0)).await.unwrap();
    assert_eq!(again, Ok(first));
    assert_eq!(counted(&store, pov, day(2)).await, [0, 0]);
    // A key that is forgotten books anew.
    let much_later = povline_store::book::Actor {
        at: later.at.plus_millis(2),
        ..now()
    };
    store
        .open_schedule(&much_later, pov, day(20), &[period(0)], 1)
        .await
        .unwrap()
        .unwrap();
    let anew = request(pov, day(20), period(0), "order");
    store.book(&much_later, anew).await.unwrap().unwrap();
}

pub async fn what_is_over_is_not_booked_or_changed<E: Engine>() {
    let engine = E::new();
    let store = engine.open();
    let pov = booked_clinic(&store).await.pov;
    for n in [2, 3] {
        open(&store, pov, day(n), 0, 5).await;
        open(&store, pov, day(n), 1, 5).await;
    }
    let first = book(&store, request(pov, day(2), period(0), "1"))
        .await
        .unwrap();
    // 08:30 of the day: its first period is over, its second is not.
    let half_past_eight = povline_store::book::Actor {
        at: day(2).begins_at().plus_millis(510 * 60_000),
        ..now()
    };
    let over = request(pov, day(2), period(0), "2");
    let over = store.book(&half_past_eight, over).await.unwrap();
    assert_eq!(over, Err(BookingRefusal::Past));
    let ask = request(pov, day(2), period(1), "2");
    store.book(&half_past_eight, ask).await.unwrap().unwrap();
    // The next day nothing of it moves.
    let cancelled = store.cancel_booking(&at(3, 0), of(pov, &first)).await;
    assert_eq!(cancelled.unwrap(), Err(BookingRefusal::Past));
    let moved = store
        .move_booking(&at(3, 0), of(pov, &first), day(3), period(0))
        .await;
    assert_eq!(moved.unwrap(), Err(BookingRefusal::Past));
    assert_eq!(counted(&store, pov, day(2)).await, [1, 1]);
}

pub async fn a_move_takes_its_seat_with_it<E: Engine>() {
    let engine = E::new();
    let store = engine.open();
    let pov = booked_clinic(&store).await.pov;
    open(&store, pov, day(2), 0, 1).await;
    open(&store, pov, day(2), 1, 1).await;
    open(&store, pov, day(3), 0, 1).await;
    let booked = book(&store, request(pov, day(2), period(0), "1"))
        .await
        .unwrap();
    let here = of(pov, &booked);

    let within = move_to(&store, here.clone(), day(2), period(1))
        .await
        .unwrap();
    assert_eq!(within.pick_code, booked.pick_code);
    assert_eq!(within.changed, [day(2)]);
    assert_eq!(counted(&store, pov, day(2)).await, [0, 1]);
    let cursor = store.change_cursor().await.unwrap();
    let across = move_to(&store, here.clone(), day(3), period(0))
        .await
        .unwrap();
    assert_ne!(across.pick_code, booked.pick_code);
    assert_eq!(across.changed, [day(2), day(3)]);
    assert_eq!(
        changes(&store, cursor).await,
        [BookChange::Day(pov, day(2)), BookChange::Day(pov, day(3))]
    );
    assert_eq!(counted(&store, pov, day(2)).await, [0, 0]);
    assert_eq!(counted(&store, pov, day(3)).await, [1]);
    let again = move_to(&store, here.clone(), day(3), period(0))
        .await
        .unwrap();
    assert_eq!(
        (again.pick_code, again.changed.len()),
        (across.pick_code, 0)
    );

    // A full target changes nothing on either side.
    let other = book(&store, request(pov, day(2), period(0), "2"))
        .await
        .unwrap();
    let full = move_to(&store, of(pov, &other), day(3), period(0)).await;
    assert_eq!(full, Err(BookingRefusal::Full));
    let nowhere = move_to(&store, of(pov, &other), day(4), period(0)).await;
    assert_eq!(nowhere, Err(BookingRefusal::NotScheduled));
    assert_eq!(counted(&store, pov, day(2)).await, [1, 0]);
    assert_eq!(counted(&store, pov, day(3)).await, [1]);
}

pub async fn nobody_changes_what_is_not_there<E: Engine>() {
    let engine = E::new();
    let store = engine.open();
    let clinic = booked_clinic(&store).await;
    let pov = clinic.pov;
    open(&store, pov, day(2), 0, 2).await;
    let booked = book(&store, request(pov, day(2), period(0), "1"))
        .await
        .unwrap();
    // Looked up at another POV, it is as unknown as one that never was.
    for wrong in [standing(pov, "nobody"), of(PovId(pov.0 + 1), &booked)] {
        let moved = move_to(&store, wrong.clone(), day(2), period(0)).await;
        assert_eq!(moved, Err(BookingRefusal::Unknown));
        let cancelled = cancel(&store, wrong.clone()).await;
        assert_eq!(cancelled, Err(BookingRefusal::Unknown));
        let picked = store
            .record_visit(&now(), wrong, VisitAction::Pick, millis(1))
            .await;
        assert_eq!(picked.unwrap(), Err(BookingRefusal::Unknown));
    }
    let here = of(pov, &booked);
    assert_eq!(cancel(&store, here.clone()).await, Ok(Some(day(2))));
    let before = version(&store, pov, day(2)).await;
    assert_eq!(cancel(&store, here.clone()).await, Ok(None));
    let moved = move_to(&store, here.clone(), day(2), period(0)).await;
    assert_eq!(moved, Err(BookingRefusal::Cancelled));
    let picked = store
        .record_visit(&now(), here.clone(), VisitAction::Pick, millis(1))
        .await;
    assert_eq!(picked.unwrap(), Err(BookingRefusal::Cancelled));
    assert_eq!(version(&store, pov, day(2)).await, before);
    assert_eq!(
        store.pov_of(&booked.appointment_id).await.unwrap(),
        Some(pov)
    );
    assert_eq!(store.pov_of(&id("nobody")).await.unwrap(), None);
    let elsewhere = cancel(&store, of(PovId(pov.0 + 1), &booked)).await;
    assert_eq!(elsewhere, Err(BookingRefusal::Unknown));
}

pub async fn the_later_action_of_its_kind_counts<E: Engine>() {
    let engine = E::new();
    let store = engine.open();
    let pov = booked_clinic(&store).await.pov;
    book_all(&store, pov, &[row("A", day(2), "1")]).await;
    let tell = async |action: VisitAction, acted_at: i64| {
        store
            .record_visit(&now(), standing(pov, "A"), action, millis(acted_at))
            .await
            .unwrap()
            .unwrap()
    };
    let status = async || rows(&store, pov, day(2)).await.remove(0).pick_status;
    use VisitAction::{NotInoculated, Pick, Unpick};
    let taken = ActionOutcome::Taken(day(2));
    assert_eq!(tell(Pick, 100).await, taken);
    assert_eq!(status().await, PickStatus::Picked);
    assert_eq!(tell(Pick, 100).await, ActionOutcome::Repeated);
    assert_eq!(tell(Unpick, 99).await, ActionOutcome::Superseded);
    assert_eq!(tell(Unpick, 100).await, ActionOutcome::Superseded);
    assert_eq!(status().await, PickStatus::Picked);
    // The other kind has its own time, so a late pick is not lost behind it.
    let fever = || NotInoculated("发热".to_owned());
    assert_eq!(tell(fever(), 300).await, taken);
    assert_eq!(tell(fever(), 300).await, ActionOutcome::Repeated);
    assert_eq!(tell(Unpick, 200).await, taken);
    assert_eq!(status().await, PickStatus::NotPicked);
    assert_eq!(tell(Pick, 100).await, ActionOutcome::Superseded);
    assert_eq!(status().await, PickStatus::NotPicked);
    // What somebody else picked already is remembered with its time all the same.
    done(&store, Write::SetPickStatus(id("A"), PickStatus::Picked)).await;
    assert_eq!(tell(Pick, 400).await, taken);
    assert_eq!(tell(Unpick, 399).await, ActionOutcome::Superseded);
    // Whoever has taken a number cannot be moved or cancelled.
    let moved = move_to(&store, standing(pov, "A"), day(3), period(0)).await;
    assert_eq!(moved, Err(BookingRefusal::Picked));
    let cancelled = cancel(&store, standing(pov, "A")).await;
    assert_eq!(cancelled, Err(BookingRefusal::Picked));
    let records = store.audit(0, usize::MAX).await.unwrap();
    assert!(records.iter().any(|one| one.action == "not_inoculated"));
    assert!(!format!("{records:?}").contains("发热"));
}

/// What a file says overrules what the desk and the bookings said before, and they know it.
pub async fn an_import_is_the_last_word<E: Engine>() {
    let engine = E::new();
    let store = engine.open();
    let clinic = booked_clinic(&store).await;
    let pov = clinic.pov;
    open(&store, pov, day(2), 0, 4).await;
    let mut ids = Vec::new();
    for key in ["stays", "moves", "revives"] {
        let ask = of_vaccine(request(pov, day(2), period(0), key), "V1");
        ids.push(book(&store, ask).await.unwrap());
    }
    cancel(&store, of(pov, &ids[2])).await.unwrap();
    let pick = async |acted_at: UnixMillis| {
        store
            .record_visit(&now(), of(pov, &ids[0]), VisitAction::Pick, acted_at)
            .await
            .unwrap()
            .unwrap()
    };
    let early = at(1, 7).at;
    assert_eq!(pick(early).await, ActionOutcome::Taken(day(2)));
    assert_eq!(pick(early).await, ActionOutcome::Repeated);
    let file: Vec<_> = [(0, 2, "n0"), (1, 3, "n1"), (2, 3, "n2")]
        .map(|(n, on, code): (usize, i8, &str)| row(ids[n].appointment_id.as_str(), day(on), code))
        .into();
    let lines = super::support::lines(&file).into_iter();
    let eight = at(1, 8);
    let imported = store.import(&eight, clinic.isv, lines, ALL_OR_NOTHING, |_| {});
    assert!(imported.await.unwrap().kept);
    // The same word again does not count beside the later one, and a later one does.
    assert_eq!(pick(early).await, ActionOutcome::Superseded);
    assert_eq!(pick(at(1, 9).at).await, ActionOutcome::Taken(day(2)));
    let query = BookingsQuery {
        isv: clinic.isv,
        povs: vec![pov],
        vaccines: vec![VaccineId::new("V1").unwrap()],
        since: early,
    };
    let numbers = store.booking_list(query).await.unwrap();
    let changed = store.bookings(numbers).await.unwrap();
    let changed: Vec<_> = changed.iter().map(|one| &one.appointment_id).collect();
    assert_eq!(changed, [&ids[1].appointment_id, &ids[2].appointment_id]);
}

pub async fn whatever_writes_rows_the_seats_are_counted<E: Engine>() {
    let engine = E::new();
    let store = engine.open();
    let clinic = booked_clinic(&store).await;
    let pov = clinic.pov;
    book_all(&store, pov, &[row("A", day(2), "1")]).await;
    // Opened over what stands already.
    open(&store, pov, day(2), 0, 2).await;
    open(&store, pov, day(2), 1, 2).await;
    open(&store, pov, day(3), 0, 2).await;
    assert_eq!(counted(&store, pov, day(2)).await, [1, 0]);
    // Neither an import nor a write from outside asks for a seat.
    let taken: Vec<_> = (0..4)
        .map(|n| row(&format!("I{n}"), day(2), &format!("i{n}")))
        .collect();
    assert!(
        import(&store, clinic.isv, &taken, ALL_OR_NOTHING)
            .await
            .kept
    );
    book_all(&store, pov, &[row("B", day(2), "2")]).await;
    assert_eq!(counted(&store, pov, day(2)).await, [6, 0]);
    assert_eq!(
        book(&store, request(pov, day(2), period(0), "1")).await,
        Err(BookingRefusal::Full)
    );
    // Moves by import, swapped codes included, and by write.
    let moved: Vec<_> = [
        ("I0", 3, "i1"),
        ("I1", 2, "i0"),
        ("I2", 2, "i3"),
        ("I3", 2, "i2"),
    ]
    .map(|(id, n, code)| row(id, day(n), code))
    .into();
    assert!(
        import(&store, clinic.isv, &moved, ALL_OR_NOTHING)
            .await
            .kept
    );
    assert_eq!(counted(&store, pov, day(2)).await, [5, 0]);
    assert_eq!(counted(&store, pov, day(3)).await, [1]);
    done(
        &store,
        super::support::reschedule("A", day(2), super::write_side::PERIODS[1], "1"),
    )
    .await;
    done(&store, Write::Cancel(id("B"))).await;
    assert_eq!(counted(&store, pov, day(2)).await, [3, 1]);
    // The codes that are given pass over those that came in.
    let booked = book(&store, request(pov, day(2), period(1), "1"))
        .await
        .unwrap();
    let held: HashSet<_> = brief(&store, pov, day(2)).await.into_iter().collect();
    assert_eq!(held.len(), 5);
    assert!(!["1", "2", "i0"].contains(&booked.pick_code.as_str()));
}

pub async fn bookings_are_listed_with_their_cancellations<E: Engine>() {
    let engine = E::new();
    let store = engine.open();
    let clinic = booked_clinic(&store).await;
    let pov = clinic.pov;
    let other = store
        .ensure_pov(&now(), clinic.isv, &code("00002"), Some("二号"))
        .await
        .unwrap();
    for pov in [pov, other] {
        open(&store, pov, day(2), 0, 9).await;
        open(&store, pov, day(3), 0, 9).await;
    }
    let mut ids = Vec::new();
    for (n, at_pov, vaccine) in [
        (0, pov, "V1"),
        (1, other, "V2"),
        (2, pov, "V2"),
        (3, pov, "V3"),
    ] {
        let ask = request(at_pov, day(2), period(0), &format!("{n}"));
        let actor = povline_store::book::Actor {
            at: now().at.plus_millis(n * 1_000),
            ..now()
        };
        let booked = store.book(&actor, of_vaccine(ask, vaccine)).await.unwrap();
        ids.push(booked.unwrap());
    }
    // One without a vaccine is in no list.
    book(&store, request(pov, day(2), period(0), "none"))
        .await
        .unwrap();
    let list = async |povs: &[PovId], vaccines: &[&str], since: i64| {
        let query = BookingsQuery {
            isv: clinic.isv,
            povs: povs.to_vec(),
            vaccines: vaccines
                .iter()
                .map(|one| VaccineId::new(*one).unwrap())
                .collect(),
            since: now().at.plus_millis(since),
        };
        let numbers = store.booking_list(query).await.unwrap();
        let records = store.bookings(numbers).await.unwrap();
        let ids: Vec<usize> = records
            .iter()
            .map(|one| {
                ids.iter()
                    .position(|booked| booked.appointment_id == one.appointment_id)
                    .unwrap()
            })
            .collect();
        (ids, records)
    };
    let all = ["V1", "V2", "V3"];
    assert_eq!(list(&[pov, other], &all, 0).await.0, [0, 1, 2, 3]);
    assert_eq!(list(&[pov], &["V2", "V2"], 0).await.0, [2]);
    assert_eq!(list(&[other], &all, 0).await.0, [1]);
    assert_eq!(list(&[pov, other], &all, 2_000).await.0, [2, 3]);
    // Another ISV has none of them, whatever POVs it names.
    let stranger = store.ensure_isv(&now(), "stranger").await.unwrap();
    let query = BookingsQuery {
        isv: stranger,
        povs: vec![pov, other],
        vaccines: vec![VaccineId::new("V1").unwrap()],
        since: now().at,
    };
    assert!(store.booking_list(query).await.unwrap().is_empty());
    // Those that are not there are left out.
    let numbers = [9_999, 1].map(BookingNumber).to_vec();
    let read = store.bookings(numbers).await.unwrap();
    assert_eq!(read.len(), 1);

    let later = povline_store::book::Actor {
        at: now().at.plus_millis(10_000),
        ..now()
    };
    store
        .cancel_booking(&later, of(pov, &ids[0]))
        .await
        .unwrap()
        .unwrap();
    store
        .move_booking(&later, of(other, &ids[1]), day(3), period(0))
        .await
        .unwrap()
        .unwrap();
    let (listed, records) = list(&[pov, other], &all, 10_000).await;
    assert_eq!(listed, [0, 1]);
    assert_eq!(records[0].cancelled_at, Some(later.at));
    assert_eq!((records[0].day, records[0].period), (day(2), period(0)));
    assert_eq!(records[0].name.as_str(), "测试");
    assert_eq!(records[0].booked_at, now().at);
    assert_eq!((records[1].cancelled_at, records[1].day), (None, day(3)));
    assert_eq!(records[1].pov_name.as_deref(), Some("二号"));
}

pub async fn what_is_old_is_forgotten_as_others_come<E: Engine>() {
    let engine = E::new();
    let store = engine.open();
    let pov = booked_clinic(&store).await.pov;
    open(&store, pov, day(2), 0, 9).await;
    let first = book(&store, request(pov, day(2), period(0), "1"))
        .await
        .unwrap();
    let second = book(&store, request(pov, day(2), period(0), "2"))
        .await
        .unwrap();
    assert_eq!(cancel(&store, of(pov, &first)).await, Ok(Some(day(2))));
    let later = povline_store::book::Actor {
        at: now().at.plus_millis(BOOKINGS_KEPT_DAYS * 86_400_000 + 1),
        ..now()
    };
    let known = store.cancel_booking(&later, of(pov, &first)).await;
    assert_eq!(known.unwrap(), Err(BookingRefusal::Unknown));
    // Another cancellation takes the row away, name and all.
    assert_eq!(
        store.pov_of(&first.appointment_id).await.unwrap(),
        Some(pov)
    );
    store
        .write(&later, vec![Write::Cancel(second.appointment_id.clone())])
        .await
        .unwrap();
    assert_eq!(store.pov_of(&first.appointment_id).await.unwrap(), None);
    assert_eq!(
        store.pov_of(&second.appointment_id).await.unwrap(),
        Some(pov)
    );
}
