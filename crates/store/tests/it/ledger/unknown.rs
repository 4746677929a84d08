//! What rows say beside what the contract knows.

use povline_domain::{Appointment, Day, OutPovId, UnixMillis, UnknownFields};
use povline_store::ledger::{Deliveries, Ledger, Observation, Observed, RowState};

use super::Engine;
use super::support::*;

pub fn fields(json: &str) -> UnknownFields {
    UnknownFields::new(json).unwrap()
}

/// A complete scan of one row, which says this beside.
fn scan_with(pov: &OutPovId, day: Day, at: i64, row: Appointment, json: &str) -> Observation {
    let mut scan = scan(pov, day, at, vec![row]);
    if let Observed::Rows(rows) = &mut scan.observed {
        rows[0].unknown = Some(fields(json));
    }
    scan
}

async fn told(ledger: &impl Ledger) -> (RowState, Option<UnknownFields>) {
    let stories = ledger.stories(&id("a")).await.unwrap();
    let row = stories[0].row.clone().unwrap();
    (row.state, row.unknown)
}

pub async fn what_a_row_says_beside_stays_with_it<E: Engine>() {
    let engine = E::new();
    let pov = pov("00001");
    let a = |on| row("a", &pov, day(on));
    let dose = |n: u8| format!("{{\"dose\":{n}}}");
    let says = |n: u8| Some(fields(&dose(n)));
    let ledger = engine.open();
    settle(&ledger, scan_with(&pov, day(1), 10, a(1), &dose(1))).await;
    assert_eq!(told(&ledger).await, (RowState::Live, says(1)));

    // It says another thing: that is kept, and nothing is told.
    let settled = settle(&ledger, scan_with(&pov, day(1), 20, a(1), &dose(2))).await;
    assert_eq!(settled.changes, []);
    assert_eq!(told(&ledger).await, (RowState::Live, says(2)));
    for (at, known_then) in [(24, None), (25, says(2)), (99, says(2))] {
        let known = ledger
            .day_as_of(&pov, day(1), UnixMillis(at))
            .await
            .unwrap();
        assert_eq!(known.rows[0].version, 1, "{at}");
        assert_eq!(known.rows[0].unknown, known_then, "{at}");
    }

    // On another day it says a third thing; then it is missed, and gone.
    settle(&ledger, scan_with(&pov, day(2), 30, a(2), &dose(3))).await;
    assert_eq!(told(&ledger).await, (RowState::Live, says(3)));
    let known = ledger.day_as_of(&pov, day(1), UnixMillis(26)).await;
    assert_eq!(
        known.unwrap().rows[0].unknown,
        None,
        "what it said once is not in the history"
    );
    settle(&ledger, scan(&pov, day(2), 40, vec![])).await;
    assert_eq!(told(&ledger).await, (RowState::Suspected, says(3)));
    let rows = ledger.rows(&pov, day(2)).await.unwrap();
    assert_eq!(rows[0].unknown, says(3));
    settle(&ledger, scan(&pov, day(2), 50, vec![])).await;
    assert_eq!(told(&ledger).await, (RowState::Cancelled, says(3)));

    // Back, and as plain as the contract has it.
    settle(&ledger, scan(&pov, day(2), 60, vec![a(2)])).await;
    assert_eq!(told(&ledger).await, (RowState::Live, None));
    drop(ledger);
    assert_eq!(told(&engine.open()).await, (RowState::Live, None));
}

pub async fn what_rows_say_beside_is_erased_with_their_names<E: Engine>() {
    let engine = E::new();
    let ledger = engine.open();
    let pov = pov("00001");
    let json = r#"{"guardian":"王五"}"#;
    let at = |on: i8, millis| day(on).begins_at().plus_millis(millis).0;
    let mut first = scan_with(&pov, day(1), at(1, 10), row("a", &pov, day(1)), json);
    let second = scan_with(&pov, day(1), at(1, 10), row("b", &pov, day(1)), json);
    if let (Observed::Rows(rows), Observed::Rows(more)) = (&mut first.observed, second.observed) {
        rows.extend(more);
    }
    settle(&ledger, first).await;
    let only_a = scan_with(&pov, day(1), at(1, 20), row("a", &pov, day(1)), json);
    settle(&ledger, only_a).await;
    let kept = async || {
        let rows = ledger.rows(&pov, day(1)).await.unwrap();
        let unknown = rows.into_iter().map(|row| row.unknown);
        unknown.collect::<Vec<_>>()
    };
    assert_eq!(kept().await, [Some(fields(json)), Some(fields(json))]);
    ledger.erase_names(day(5).begins_at()).await.unwrap();
    assert_eq!(kept().await, [None, None], "live and suspected");

    // A nameless row that is read again long after says it once more.
    let nameless = Appointment {
        name: povline_domain::Name::new("*").unwrap(),
        ..row("a", &pov, day(1))
    };
    settle(&ledger, scan_with(&pov, day(1), at(8, 0), nameless, json)).await;
    assert_eq!(kept().await[0], Some(fields(json)));
    ledger.erase_names(day(5).begins_at()).await.unwrap();
    assert_eq!(kept().await[0], None);
}
