//! The agent's ledger of every earlier version.

use povline_domain::{AppKey, AppointmentId, ChangeKind, UnixMillis, UnknownFields};
use povline_store::ledger::{
    Deliveries, Desk, EventCursor, HoldScope, Ledger, PickState, RowState, SinkStart, SqliteLedger,
    TokenDigest,
};

use super::{LEDGER, assert_kept, contents};
use crate::ledger::support::{day, id, pov, row, scan, settle};

/// When the fixture's first scan began.
const BEGIN: i64 = 1_610_928_000_000;

#[tokio::test]
async fn nothing_of_an_older_ledger_is_lost() {
    for level in 1..=LEDGER.levels() {
        let directory = tempfile::tempdir().unwrap();
        let file = LEDGER.make(directory.path(), level);
        let before = contents(&file);
        let ledger = SqliteLedger::open(directory.path()).unwrap();
        assert_kept(&before, &file);
        drop(ledger);
        let ledger = SqliteLedger::open(directory.path()).unwrap();
        assert_kept(&before, &file);

        has_its_rows(&ledger).await;
        has_its_history(&ledger).await;
        if level >= 2 {
            has_its_holds(&ledger).await;
        }
        if level >= 3 {
            assert_eq!(ledger.plans().await.unwrap()[0].state, [1, 2, 3]);
        }
        if level >= 4 {
            has_its_sinks(&ledger).await;
        }
        if level >= 5 {
            let alarms = ledger.alarms(9).await.unwrap();
            let told: Vec<_> = alarms
                .iter()
                .map(|alarm| (alarm.detail.as_str(), alarm.cleared_at.is_some()))
                .collect();
            assert_eq!(told, [("3 of 5", false), ("little is left", true)]);
        }
        if level >= 6 {
            has_its_desk(&ledger).await;
        }
        let (reserve, by_hand) = if level >= 8 { (20, 5) } else { (0, 0) };
        let app = AppKey::new("12345678").unwrap();
        let taken = ledger.calls_taken(&app, day(1)).await.unwrap();
        assert_eq!(taken.all(), 50);
        assert_eq!((taken.reserve, taken.by_hand), (reserve, by_hand));
        says_beside_what_it_said(&ledger, level).await;
        goes_on(&ledger, level).await;
    }
}

async fn has_its_rows(ledger: &SqliteLedger) {
    let rows = ledger.rows(&pov("00001"), day(1)).await.unwrap();
    let told: Vec<_> = rows
        .iter()
        .map(|row| {
            (
                row.appointment.appointment_id.as_str(),
                row.appointment.name.as_str(),
                row.version,
                row.state,
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            ("P0001", "张三丰", 2, RowState::Live),
            ("P0002", "测试", 1, RowState::Live),
            ("P0003", "测试", 1, RowState::Suspected),
        ]
    );
    assert_eq!(ledger.suspects().await.unwrap().len(), 1);
    let counts = ledger.counts().await.unwrap();
    assert_eq!((counts.days, counts.live, counts.cancelled), (3, 4, 1));
    assert_eq!(
        (counts.events, counts.certificates),
        ([6, 0, 0, 1, 1, 1, 0], 5)
    );
    let windows = ledger.standing_windows(&pov("00001"), day(1)).await;
    let windows = windows.unwrap().unwrap();
    assert_eq!(windows[0].requested_at, UnixMillis(BEGIN + 100_000));
}

async fn has_its_history(ledger: &SqliteLedger) {
    let events = ledger.events_after(EventCursor(0), 99).await.unwrap();
    let told: Vec<_> = events
        .iter()
        .skip(6)
        .map(|event| (event.change.appointment_id.as_str(), event.change.kind))
        .collect();
    assert_eq!(
        told,
        [
            ("P0001", ChangeKind::Changed),
            ("P0005", ChangeKind::Rescheduled),
            ("P0004", ChangeKind::Cancelled),
        ]
    );
    let moved = &events[7].change;
    assert_eq!(moved.before.as_ref().unwrap().day, day(1));
    assert_eq!(moved.after.as_ref().unwrap().day, day(2));
    let history = ledger.history(&pov("00001"), &id("P0004")).await.unwrap();
    assert_eq!(history.len(), 2);
    let proof = ledger.certificate(history[1].certificate).await.unwrap();
    let proof = proof.unwrap();
    assert_eq!(proof.confirmed, [id("P0004")]);
    assert_eq!(proof.suspected, [id("P0003")]);
    let stories = ledger.stories(&id("P0005")).await.unwrap();
    assert_eq!(stories.len(), 1);
    // Before the first was picked and the last had vanished.
    let then = UnixMillis(BEGIN + 1_500);
    let was = ledger.day_as_of(&pov("00001"), day(1), then).await.unwrap();
    let ids: Vec<&AppointmentId> = was
        .rows
        .iter()
        .map(|row| &row.appointment.appointment_id)
        .collect();
    let expected = ["P0001", "P0002", "P0003", "P0004", "P0005"].map(id);
    assert_eq!(ids, expected.iter().collect::<Vec<_>>());
}

async fn has_its_holds(ledger: &SqliteLedger) {
    let holds = ledger.holds().await.unwrap();
    assert_eq!(holds.len(), 1);
    assert_eq!(holds[0].scope, HoldScope::List(pov("00001"), day(1)));
    assert_eq!(ledger.hold_decisions(9).await.unwrap().len(), 1);
    let quarantine = ledger.quarantine(9).await.unwrap();
    assert_eq!(quarantine[0].raw, r#"{"appointment_id":"Q0002"}"#);
    assert!(quarantine[0].is_there);
    let habits = ledger.habits().await.unwrap();
    assert_eq!((habits[0].1.as_str(), habits[0].2), ("order_stable", 1));
}

async fn has_its_sinks(ledger: &SqliteLedger) {
    assert_eq!(ledger.ledger_id().await.unwrap(), "318c50fa623133a5");
    let sinks = ledger.sinks().await.unwrap();
    let told: Vec<_> = sinks
        .iter()
        .map(|sink| (sink.name.as_str(), sink.cursor, sink.waiting, sink.dead))
        .collect();
    assert_eq!(
        told,
        [
            ("hook", EventCursor(6), 2, 1),
            ("table", EventCursor(3), 0, 0)
        ]
    );
    let state = ledger
        .enlist(&sinks[0].name, "webhook", SinkStart::Now)
        .await;
    assert_eq!(state.unwrap().waiting.len(), 2);
}

async fn has_its_desk(ledger: &SqliteLedger) {
    assert_eq!(ledger.tokens().unwrap().len(), 1);
    assert_eq!(ledger.devices(&pov("00001")).unwrap()[0].label, "desk");
    assert_eq!(ledger.staff(&pov("00001")).unwrap()[0].name, "李");
    let session = ledger.session(&TokenDigest([7; 32]), UnixMillis(BEGIN));
    assert_eq!(session.unwrap().unwrap().staff.name, "李");
    assert_eq!(ledger.waiting().unwrap().count, 1);
    let list = ledger.desk_list(&pov("00001"), day(1)).await.unwrap();
    let pick = list.rows[0].pick.as_ref().unwrap();
    assert!(matches!(pick.state, PickState::Told { .. }), "{pick:?}");
}

/// What rows say beside is kept from level 9 on.
async fn says_beside_what_it_said(ledger: &SqliteLedger, level: usize) {
    let rows = ledger.rows(&pov("00001"), day(1)).await.unwrap();
    let unknown = rows.iter().map(|row| row.unknown.clone());
    let said = |json: &str| (level >= 9).then(|| UnknownFields::new(json).unwrap());
    assert_eq!(
        unknown.collect::<Vec<_>>(),
        [said(r#"{"dose":2}"#), None, said(r#"{"dose":3}"#)]
    );
}

/// It is written to as one that this version made: numbers and versions go on where they were.
async fn goes_on(ledger: &SqliteLedger, level: usize) {
    let clinic = pov("00001");
    let mut first = row("P0001", &clinic, day(1));
    first.name = povline_domain::Name::new("张三丰").unwrap();
    // The suspect is back, and one is new. What is not shown is suspected.
    let shown = vec![
        first,
        row("P0003", &clinic, day(1)),
        row("P0009", &clinic, day(1)),
    ];
    let settled = settle(ledger, scan(&clinic, day(1), BEGIN + 200_000, shown)).await;
    let mut versions: Vec<_> = settled
        .changes
        .iter()
        .map(|change| (change.appointment_id.as_str(), change.version))
        .collect();
    versions.sort_unstable();
    assert_eq!(versions, [("P0001", 3), ("P0009", 1)], "level {level}");
    let events = ledger.events_after(EventCursor(9), 99).await.unwrap();
    assert_eq!(events[0].cursor, EventCursor(10));
    assert_eq!(events[0].certificate, 6);
    let erased = ledger.erase_names(UnixMillis(BEGIN + 150_000)).await;
    assert!(erased.unwrap() > 0);
    assert!(ledger.forget(UnixMillis(BEGIN + 150_000)).await.unwrap() > 0);
    assert!(ledger.damage().await.unwrap().is_empty());
}

/// An older ledger did not keep what a server says beside the contract. Its lists are read once more,
/// although the same answer comes again.
#[tokio::test]
async fn what_an_older_ledger_did_not_keep_is_read_again() {
    for (habit, stands) in [("unknown-field:dose", false), ("order_stable", true)] {
        let directory = tempfile::tempdir().unwrap();
        let file = LEDGER.make(directory.path(), 8);
        let learned =
            "INSERT OR REPLACE INTO habit (app_key, name, value) VALUES ('12345678', ?1, 1)";
        let connection = rusqlite::Connection::open(&file).unwrap();
        connection.execute(learned, [habit]).unwrap();
        drop(connection);
        let ledger = SqliteLedger::open(directory.path()).unwrap();
        let windows = ledger
            .standing_windows(&pov("00001"), day(1))
            .await
            .unwrap();
        assert_eq!(windows.is_some(), stands, "{habit}");
        assert_eq!(ledger.rows(&pov("00001"), day(1)).await.unwrap().len(), 3);
    }
}
