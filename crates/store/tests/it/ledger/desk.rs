//! The desk: rights, guesses, and picks beside the rows.

use povline_domain::{PickStatus, UnixMillis};
use povline_store::ledger::{
    ClashKind, Desk, Guess, GuessLimits, Ledger as _, NewPick, NewStaff, Pairing, PickNow,
    PickState, TokenDigest, Whereabouts,
};

use super::Engine;
use super::support::{at_its_word, day, id, pov, row, scan};

const LIMITS: GuessLimits = GuessLimits {
    of_staff: 3,
    of_device: 5,
    lock_ms: 1_000,
    lock_ms_max: 3_000,
};

fn digest(number: u8) -> TokenDigest {
    TokenDigest([number; 32])
}

fn at(millis: i64) -> UnixMillis {
    UnixMillis(millis)
}

async fn furnish<L: Desk>(ledger: &L) -> (i64, i64) {
    let pairing = Pairing {
        digest: digest(1),
        pov: pov("1"),
        label: "desk".to_owned(),
        is_screen: false,
        expires_at: at(1_000),
    };
    ledger.add_pairing(pairing).await.unwrap();
    let late = ledger.pair(digest(1), digest(2), at(1_000)).await.unwrap();
    assert_eq!(late, None);
    let pairing = Pairing {
        digest: digest(1),
        pov: pov("1"),
        label: "desk".to_owned(),
        is_screen: false,
        expires_at: at(1_000),
    };
    ledger.add_pairing(pairing).await.unwrap();
    let device = ledger.pair(digest(1), digest(2), at(999)).await.unwrap();
    let again = ledger.pair(digest(1), digest(3), at(999)).await.unwrap();
    assert_eq!(again, None);
    let staff = NewStaff {
        pov: pov("1"),
        name: "李".to_owned(),
        pin_hash: "hash".to_owned(),
        may_decide: true,
    };
    ledger.put_staff(staff).await.unwrap();
    let people = ledger.staff(&pov("1")).unwrap();
    (device.unwrap().number, people[0].number)
}

/// Rights are there after a restart, and guesses are counted over it.
pub async fn rights_and_guesses_survive<E: Engine>() {
    let engine = E::new();
    let ledger = engine.open();
    let (device, staff) = furnish(&ledger).await;
    ledger
        .add_token(digest(9), None, "fleet".to_owned(), at(5))
        .await
        .unwrap();
    assert_eq!(
        ledger
            .begin_guess(device, staff + 1, at(10), LIMITS)
            .await
            .unwrap(),
        Guess::Nobody
    );
    let may = |locks_until| Guess::May {
        pin_hash: "hash".to_owned(),
        locks_until,
    };
    for locks_until in [None, None, Some(at(1_010))] {
        let guess = ledger
            .begin_guess(device, staff, at(10), LIMITS)
            .await
            .unwrap();
        assert_eq!(guess, may(locks_until));
    }
    drop(ledger);
    let ledger = engine.open();
    let locked = ledger
        .begin_guess(device, staff, at(11), LIMITS)
        .await
        .unwrap();
    assert_eq!(locked, Guess::Locked(at(1_010)));
    let guess = ledger
        .begin_guess(device, staff, at(1_010), LIMITS)
        .await
        .unwrap();
    assert_eq!(guess, may(Some(at(3_010))));
    // One beyond doubles it.
    let locked = ledger
        .begin_guess(device, staff, at(1_011), LIMITS)
        .await
        .unwrap();
    assert_eq!(locked, Guess::Locked(at(3_010)));
    // The fifth on one device locks it too, for everybody and for nobody.
    let guess = ledger
        .begin_guess(device, staff, at(3_010), LIMITS)
        .await
        .unwrap();
    assert_eq!(guess, may(Some(at(6_010))));
    for anybody in [staff, staff + 1] {
        let guess = ledger.begin_guess(device, anybody, at(3_011), LIMITS);
        assert!(matches!(guess.await.unwrap(), Guess::Locked(_)));
    }
    ledger
        .begin_session(digest(7), device, staff, at(9_000))
        .await
        .unwrap();
    let session = ledger.session(&digest(7), at(8_999)).unwrap().unwrap();
    assert_eq!(
        (session.staff.name.as_str(), session.device.number),
        ("李", device)
    );
    assert_eq!(ledger.session(&digest(7), at(9_000)).unwrap(), None);
    assert_eq!(session.staff.locked_until, None);
    assert_eq!(ledger.token(&digest(9)).unwrap().unwrap().pov, None);
    // A right that is taken back ends what stands on it.
    assert!(ledger.remove_device(device).await.unwrap());
    assert_eq!(ledger.session(&digest(7), at(10)).unwrap(), None);
}

/// Of each clinic the oldest pick comes, however many of another clinic's wait before it.
pub async fn no_clinics_picks_hide_anothers<E: Engine>() {
    let engine = E::new();
    let ledger = engine.open();
    let today = day(1);
    for (clinic, names) in [(pov("1"), &["a", "b", "c"][..]), (pov("2"), &["d"])] {
        let rows = names.iter().map(|name| row(name, &clinic, today)).collect();
        let seen = scan(&clinic, today, 100, rows);
        ledger.settle(vec![seen], at_its_word).await.unwrap();
        for (name, millis) in names.iter().zip(200..) {
            let pick = move |_: &povline_store::ledger::DeskRow| {
                Some(NewPick {
                    status: PickStatus::Picked,
                    at: at(millis),
                    by: "李".to_owned(),
                })
            };
            let acted = ledger.act(&clinic, today, &id(name), pick).await;
            assert!(acted.unwrap().is_some());
        }
    }
    let due = || -> Vec<String> {
        let due = ledger.due_picks(at(300)).unwrap();
        let due = due.iter();
        due.map(|pick| pick.appointment_id.as_str().to_owned())
            .collect()
    };
    assert_eq!(due(), ["a", "d"]);
    let told = PickState::Told {
        at: at(300),
        stands: Some(true),
    };
    let first = ledger.due_picks(at(300)).unwrap()[0].number;
    ledger.pick_told(first, told).await.unwrap();
    assert_eq!(due(), ["d", "b"]);
}

/// A pick stands beside its row, is told once, and is found when its row has left.
pub async fn picks_stand_beside_rows<E: Engine>() {
    let engine = E::new();
    let ledger = engine.open();
    let (clinic, today) = (pov("1"), day(1));
    let rows = || vec![row("a", &clinic, today), row("b", &clinic, today)];
    let settle = |observation| ledger.settle(vec![observation], at_its_word);
    settle(scan(&clinic, today, 100, rows())).await.unwrap();
    let pick = |status, millis| {
        move |_: &povline_store::ledger::DeskRow| {
            Some(NewPick {
                status,
                at: at(millis),
                by: "李".to_owned(),
            })
        }
    };
    let unknown = ledger
        .act(&clinic, today, &id("x"), pick(PickStatus::Picked, 1))
        .await;
    assert_eq!(unknown.unwrap(), None);
    let nothing = ledger
        .act(&clinic, today, &id("a"), |_| None)
        .await
        .unwrap()
        .unwrap();
    assert_eq!((nothing.1, nothing.0.shown_at), (None, at(100)));
    for status in [
        PickStatus::Picked,
        PickStatus::NotPicked,
        PickStatus::Picked,
    ] {
        ledger
            .act(&clinic, today, &id("a"), pick(status, 200))
            .await
            .unwrap();
    }
    let due = ledger.due_picks(at(300)).unwrap();
    assert_eq!(due.len(), 1, "what was superseded waits no more");
    assert_eq!(
        (due[0].acted_at, due[0].status),
        (at(202), PickStatus::Picked)
    );
    let later = PickState::Waiting {
        next_try_at: at(500),
        trouble: Some("away".to_owned()),
    };
    ledger.pick_told(due[0].number, later).await.unwrap();
    assert!(ledger.due_picks(at(499)).unwrap().is_empty());
    assert_eq!(ledger.next_due().unwrap(), Some(at(500)));
    drop(ledger);
    let ledger = engine.open();
    assert_eq!(ledger.waiting().unwrap().count, 1);
    let told = PickState::Told {
        at: at(600),
        stands: Some(true),
    };
    ledger.pick_told(due[0].number, told.clone()).await.unwrap();
    // What has ended does not end otherwise afterwards.
    let refused = PickState::Refused {
        at: at(700),
        reason: "late".to_owned(),
    };
    ledger.pick_told(due[0].number, refused).await.unwrap();
    let list = ledger.desk_list(&clinic, today).await.unwrap();
    let kept = list.rows[0].pick.as_ref().unwrap();
    assert_eq!((&kept.state, kept.tries), (&told, 2));
    assert_eq!(list.rows[1].pick, None);
    let places = || vec![(pov("nowhere"), today), (clinic.clone(), today)];
    let marks = ledger.desk_marks(places()).await.unwrap();
    assert_eq!(marks[1], list.mark());
    assert_eq!(marks[0].status, None);
    // It leaves the list: suspected, then cancelled.
    for millis in [1_000, 2_000] {
        let seen = scan(&clinic, today, millis, vec![row("b", &clinic, today)]);
        ledger.settle(vec![seen], at_its_word).await.unwrap();
        assert_ne!(ledger.desk_marks(places()).await.unwrap()[1], marks[1]);
    }
    let list = ledger.desk_list(&clinic, today).await.unwrap();
    assert_eq!(list.lost.len(), 1);
    assert_eq!(list.lost[0].whereabouts, Whereabouts::Cancelled);
    let shown = ClashKind::Cancelled;
    let nothing = ledger.pick_seen(clinic.clone(), kept.number, shown, |_| None);
    assert_eq!(nothing.await.unwrap(), None);
    let of_another = |_: &PickNow| panic!("it is not theirs");
    let of_another = ledger.pick_seen(pov("2"), kept.number, shown, of_another);
    assert_eq!(of_another.await.unwrap(), None);
    let earlier = |_: &PickNow| panic!("superseded");
    let earlier = ledger.pick_seen(clinic.clone(), kept.number - 1, shown, earlier);
    assert_eq!(earlier.await.unwrap(), None);
    let otherwise = |_: &PickNow| Some(ClashKind::Gone);
    let otherwise = ledger.pick_seen(clinic.clone(), kept.number, shown, otherwise);
    assert_eq!(otherwise.await.unwrap(), Some(ClashKind::Gone));
    let list = ledger.desk_list(&clinic, today).await.unwrap();
    assert_eq!(list.lost[0].pick.seen, None);
    let lost = list.lost[0].clone();
    let seen = ledger.pick_seen(clinic.clone(), kept.number, shown, move |now| {
        assert_eq!(*now, PickNow::Lost(lost));
        Some(ClashKind::Cancelled)
    });
    assert_eq!(seen.await.unwrap(), Some(shown));
    let list = ledger.desk_list(&clinic, today).await.unwrap();
    assert_eq!(list.lost[0].pick.seen, Some(ClashKind::Cancelled));
    // In its time it is forgotten, but not what still waits.
    ledger
        .act(&clinic, today, &id("b"), pick(PickStatus::Picked, 2_500))
        .await
        .unwrap();
    ledger.forget(at(1_000_000)).await.unwrap();
    assert_eq!(ledger.waiting().unwrap().count, 1);
    assert!(
        ledger
            .desk_list(&clinic, today)
            .await
            .unwrap()
            .lost
            .is_empty()
    );
}
