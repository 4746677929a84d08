//! An appointment that goes from one POV to another, observed in whatever order.

use povline_domain::{Appointment, Change, ChangeKind, OutPovId};
use povline_store::ledger::{EventCursor, Ledger, Observation, RowState, SqliteLedger};

use crate::ledger::{runtime, settle_all};
use crate::settle::support::{
    Booked, Cancelled, Rescheduled, Restored, T, complete, day, id, row, unchanged, with_open_days,
};

struct Fleet {
    ledger: SqliteLedger,
    runtime: tokio::runtime::Runtime,
    _directory: tempfile::TempDir,
}

fn code(n: u8) -> OutPovId {
    OutPovId::new(format!("{n:05}")).unwrap()
}

/// "a" as it stands at a POV.
fn a(pov: u8) -> Appointment {
    Appointment {
        out_pov_id: code(pov),
        ..row("a", day(1))
    }
}

impl Fleet {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        Self {
            ledger: SqliteLedger::open(directory.path()).unwrap(),
            runtime: runtime(),
            _directory: directory,
        }
    }

    /// A complete scan of day 1 of a POV, which shows "a" or nothing.
    fn read(&self, pov: u8, at: i64, shows: bool) {
        self.settle(Self::scan(pov, at, shows));
    }

    fn scan(pov: u8, at: i64, shows: bool) -> Observation {
        let rows = if shows { vec![a(pov)] } else { Vec::new() };
        Observation {
            pov: code(pov),
            ..with_open_days(complete(day(1), at, &rows), &[day(1)])
        }
    }

    fn settle(&self, scan: Observation) {
        self.runtime.block_on(settle_all(&self.ledger, &[scan]));
    }

    fn events(&self) -> Vec<Change> {
        let events = self.ledger.events_after(EventCursor(0), 100);
        let events = self.runtime.block_on(events).unwrap();
        events.into_iter().map(|event| event.change).collect()
    }

    /// What was told, with the POVs before and after.
    fn told(&self) -> Vec<(ChangeKind, Option<String>, Option<String>)> {
        let pov = |row: Option<Appointment>| row.map(|row| row.out_pov_id.as_str().to_owned());
        let events = self.events().into_iter();
        let told = events.map(|change| (change.kind, pov(change.before), pov(change.after)));
        told.collect()
    }

    fn state(&self, pov: u8) -> Option<RowState> {
        let pov = code(pov);
        let rows = self.ledger.rows(&pov, day(1));
        let rows = self.runtime.block_on(rows).unwrap();
        rows.first().map(|row| row.state)
    }
}

fn at(pov: u8) -> Option<String> {
    Some(code(pov).as_str().to_owned())
}

#[test]
fn cancelled_here_and_seen_there_later_it_is_restored() {
    let fleet = Fleet::new();
    fleet.read(1, -5 * T, true);
    fleet.read(1, 0, false);
    fleet.read(1, T, false);
    fleet.read(2, 2 * T, true);
    let expected = [
        (Booked, None, at(1)),
        (Cancelled, at(1), None),
        (Restored, at(1), at(2)),
    ];
    assert_eq!(fleet.told(), expected);
    let versions: Vec<u32> = fleet.events().iter().map(|change| change.version).collect();
    assert_eq!(versions, [1, 2, 3]);
    assert_eq!(
        (fleet.state(1), fleet.state(2)),
        (None, Some(RowState::Live))
    );
    // A page from before its absence was confirmed proves nothing of the kind.
    let fleet = Fleet::new();
    fleet.read(1, -5 * T, true);
    fleet.read(1, 0, false);
    fleet.read(1, T, false);
    fleet.read(2, T, true);
    assert_eq!(fleet.told().len(), 2);
}

#[test]
fn in_doubt_here_and_seen_there_it_is_rescheduled() {
    let fleet = Fleet::new();
    fleet.read(1, -5 * T, true);
    fleet.read(1, 0, false);
    fleet.read(2, 10, true);
    fleet.read(1, T, false);
    fleet.read(1, 3 * T, false);
    assert_eq!(
        fleet.told(),
        [(Booked, None, at(1)), (Rescheduled, at(1), at(2))]
    );
    assert_eq!(
        (fleet.state(1), fleet.state(2)),
        (None, Some(RowState::Live))
    );
    assert_eq!(fleet.runtime.block_on(fleet.ledger.suspects()).unwrap(), []);
}

/// The other order: it is seen at the new POV while the old one still has it.
#[test]
fn seen_there_before_it_is_missed_here_it_is_never_cancelled() {
    let fleet = Fleet::new();
    fleet.read(1, -5 * T, true);
    fleet.read(2, -T, true);
    fleet.read(1, 0, false);
    assert_eq!(fleet.state(1), Some(RowState::Suspected));
    fleet.read(1, T, false);
    let expected = [
        (Booked, None, at(1)),
        (Booked, None, at(2)),
        (Rescheduled, at(1), at(2)),
    ];
    assert_eq!(fleet.told(), expected);
    assert_eq!(
        (fleet.state(1), fleet.state(2)),
        (None, Some(RowState::Live))
    );
    assert_eq!(fleet.runtime.block_on(fleet.ledger.suspects()).unwrap(), []);
    // The history of each POV has its own versions, and tells the other's row whole.
    let (first, a_id) = (code(1), id("a"));
    let history = fleet.ledger.history(&first, &a_id);
    let history = fleet.runtime.block_on(history).unwrap();
    let last = &history.last().unwrap().change;
    assert_eq!(
        (last.version, &last.before, &last.after),
        (2, &Some(a(1)), &Some(a(2)))
    );

    // And back again.
    fleet.read(1, 5 * T, true);
    fleet.read(2, 6 * T, false);
    fleet.read(2, 7 * T, false);
    let told = fleet.told();
    assert_eq!(told[3].0, Restored);
    assert_eq!(told[4], (Rescheduled, at(2), at(1)));
    assert_eq!(
        fleet.events()[3].version,
        3,
        "the versions at the first POV go on"
    );
    assert_eq!(
        (fleet.state(1), fleet.state(2)),
        (Some(RowState::Live), None)
    );
}

/// What the other POV showed before this one did says nothing of where it went since.
#[test]
fn an_older_sighting_there_does_not_keep_it_from_being_cancelled() {
    let fleet = Fleet::new();
    fleet.read(2, -6 * T, true);
    fleet.read(1, -5 * T, true);
    fleet.read(1, 0, false);
    fleet.read(1, T, false);
    assert_eq!(fleet.told()[2], (Cancelled, at(1), None));
    // Recognised once more at the other POV, unchanged, it was shown there since.
    let fleet = Fleet::new();
    fleet.read(2, -6 * T, true);
    fleet.read(1, -5 * T, true);
    fleet.read(1, 0, false);
    fleet.settle(unchanged(Fleet::scan(2, 10, true)));
    fleet.read(1, T, false);
    assert_eq!(fleet.told()[2], (Rescheduled, at(1), at(2)));
}
