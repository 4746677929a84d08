//! What an audit trail must do on every engine.

use std::future::Future as _;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use povline_domain::{AppKey, PovId, UnixMillis};
use povline_store::audit::{
    AuditEntry, AuditFilter, AuditHead, AuditTrail, ChainHash, ChainRecord, READ, ReadResult,
    Reading,
};
use povline_store::book::{Actor, Book, NewApp, SecretText, Write};

use super::{Engine, verdict};
use crate::book::support::{
    ALL_OR_NOTHING, actor, changes, clinic, day, done, id, import, reschedule, row,
};

const AT: UnixMillis = UnixMillis(1_600_000_000_000);

pub fn reading(app: &str, pov: i64, n: i8, calls: u64) -> Reading {
    Reading {
        app: Arc::new(AppKey::new(app).unwrap()),
        pov: PovId(pov),
        day: Some(day(n)),
        result: ReadResult::Answered,
        calls,
        first_at: AT,
        last_at: AT.plus_millis(calls as i64),
    }
}

async fn entries<T: AuditTrail>(trail: &T) -> Vec<AuditEntry> {
    let records = trail.chain_after(0, usize::MAX).await.unwrap();
    let entries = records.iter().map(ChainRecord::entries);
    entries.flat_map(Result::unwrap).collect()
}

pub async fn every_write_lengthens_a_chain_that_holds<E: Engine>() {
    let engine = E::new();
    let book = engine.open();
    assert_eq!(verdict(&book).await.records, 0);
    let clinic = clinic(&book).await;
    done(&book, Write::Book(clinic.pov, row("P1", day(1), "A1"))).await;
    done(&book, reschedule("P1", day(2), "09:00-09:30", "A2")).await;
    done(&book, Write::Cancel(id("P1"))).await;
    let rows = [row("P2", day(1), "A3"), row("P3", day(3), "A4")];
    import(&book, clinic.isv, &rows, ALL_OR_NOTHING).await;
    book.record_readings(AT, vec![reading("12345678", 1, 1, 3)])
        .await
        .unwrap();

    let other = engine.open();
    let verdict = verdict(&other).await;
    assert_eq!((verdict.older, verdict.broken), (0, None));
    let records = other.chain_after(0, usize::MAX).await.unwrap();
    assert_eq!(verdict.records, records.len() as u64);
    assert!(verdict.records >= 8, "{records:?}");
    let head = other.audit_head().await.unwrap();
    assert_eq!(head, verdict.head);
    assert_eq!(records.last().unwrap().hash, Some(head.hash));
    // Read in parts, it is the same chain.
    let part = other.chain_after(2, 3).await.unwrap();
    assert_eq!(part, records[2..5]);
}

pub async fn readings_come_back_as_they_were_recorded<E: Engine>() {
    let engine = E::new();
    let book = engine.open();
    let mut readings = vec![
        reading("12345678", 1, 1, 1),
        reading("87654321", 1, 1, 40),
        reading("12345678", 700, 9, 2),
    ];
    readings[2].result = ReadResult::Failed;
    readings.push(Reading {
        day: None,
        ..reading("12345678", 3, 1, 5)
    });
    book.record_readings(AT, readings.clone()).await.unwrap();
    book.record_readings(AT, Vec::new()).await.unwrap();

    let entries = entries(&book).await;
    assert_eq!(entries.len(), readings.len());
    for (entry, reading) in entries.iter().zip(&readings) {
        let expected = AuditEntry {
            sequence: 1,
            at: reading.first_at,
            until: reading.last_at,
            actor: format!("app:{}", reading.app),
            action: READ.to_owned(),
            pov: Some(reading.pov),
            day: reading.day,
            object: String::new(),
            count: reading.calls,
            result: reading.result.word(),
        };
        assert_eq!(*entry, expected);
    }
    // The record as a whole tells how many reads it holds.
    assert_eq!(book.audit(0, 10).await.unwrap()[0].rows, 48);
}

pub async fn readings_wake_no_follower_and_change_nothing<E: Engine>() {
    let engine = E::new();
    let book = engine.open();
    let clinic = clinic(&book).await;
    let cursor = book.change_cursor().await.unwrap();
    let mut written = Box::pin(book.written());
    let mut context = Context::from_waker(Waker::noop());
    let pov = clinic.pov.0;
    book.record_readings(AT, vec![reading("12345678", pov, 1, 3)])
        .await
        .unwrap();
    assert!(written.as_mut().poll(&mut context).is_pending());
    assert!(changes(&book, cursor).await.is_empty());
    // A change behind it is told, and wakes.
    done(&book, Write::Book(clinic.pov, row("P1", day(1), "A1"))).await;
    assert_eq!(written.as_mut().poll(&mut context), Poll::Ready(()));
    assert_eq!(changes(&book, cursor).await.len(), 1);
}

pub async fn many_readings_are_all_there<E: Engine>() {
    let engine = E::new();
    let book = engine.open();
    let readings: Vec<Reading> = (0..10_000)
        .map(|n| reading("12345678", n, (n % 28 + 1) as i8, 1))
        .collect();
    book.record_readings(AT, readings).await.unwrap();
    let povs: Vec<i64> = entries(&book)
        .await
        .iter()
        .map(|entry| entry.pov.unwrap().0)
        .collect();
    assert_eq!(povs, (0..10_000).collect::<Vec<_>>());
    assert_eq!(verdict(&book).await.broken, None);
}

pub async fn entries_are_found_by_what_they_are_about<E: Engine>() {
    let engine = E::new();
    let book = engine.open();
    let clinic = clinic(&book).await;
    let app = AppKey::new("12345678").unwrap();
    let new = NewApp {
        key: app.clone(),
        isv: clinic.isv,
        name: "app".to_owned(),
        secret: SecretText("secret".to_owned()),
    };
    book.create_app(&actor(), new).await.unwrap();
    let by_app = Actor {
        name: "app:12345678".to_owned(),
        at: AT.plus_millis(60_000),
    };
    let booking = Write::Book(clinic.pov, row("P1", day(1), "A1"));
    book.write(&by_app, vec![booking]).await.unwrap();
    let readings = vec![
        reading("12345678", clinic.pov.0, 1, 2),
        reading("99999999", clinic.pov.0, 2, 2),
    ];
    book.record_readings(AT, readings).await.unwrap();

    let all = entries(&book).await;
    let found = |filter: AuditFilter| -> Vec<(&str, &str)> {
        let found = all.iter().filter(|entry| filter.admits(entry));
        found
            .map(|entry| (entry.actor.as_str(), entry.action.as_str()))
            .collect()
    };
    let default = AuditFilter::default;
    assert_eq!(found(default()).len(), all.len());
    let (app_did, read) = (("app:12345678", "book"), ("app:12345678", READ));
    let made = ("command:test", "create_app");
    assert_eq!(
        found(AuditFilter {
            app: Some(app),
            ..default()
        }),
        [made, app_did, read]
    );
    let povs = Some(vec![clinic.pov]);
    assert_eq!(
        found(AuditFilter {
            povs: povs.clone(),
            ..default()
        })
        .len(),
        3
    );
    assert_eq!(
        found(AuditFilter {
            povs,
            day: Some(day(1)),
            ..default()
        }),
        [app_did, read]
    );
    assert_eq!(
        found(AuditFilter {
            action: Some("book".to_owned()),
            ..default()
        }),
        [app_did]
    );
    let later = AT.plus_millis(1_000);
    assert_eq!(
        found(AuditFilter {
            since: Some(later),
            ..default()
        }),
        [app_did]
    );
    assert!(
        !found(AuditFilter {
            until: Some(later),
            ..default()
        })
        .contains(&app_did)
    );
    let nowhere = Some(vec![PovId(99)]);
    assert!(
        found(AuditFilter {
            povs: nowhere,
            ..default()
        })
        .is_empty()
    );
}

pub async fn a_head_that_was_kept_is_found_again<E: Engine>() {
    let engine = E::new();
    let book = engine.open();
    let none = book.audit_head().await.unwrap();
    assert_eq!((none.sequence, none.hash), (0, ChainHash::BEGIN));
    clinic(&book).await;
    let kept = book.audit_head().await.unwrap();
    let written: AuditHead = kept.to_string().parse().unwrap();
    assert_eq!(written, kept);
    book.ensure_isv(&actor(), "another").await.unwrap();
    let holds = povline_store::audit::verify(&book, Some(kept), |_| {}).await;
    assert_eq!(holds.unwrap().broken, None);
    for bad in [
        "",
        "1",
        "1:",
        "1:ab",
        "x:00",
        &format!("1:{}zz", "0".repeat(62)),
    ] {
        bad.parse::<AuditHead>().unwrap_err();
    }
}
