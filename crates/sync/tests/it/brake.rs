//! The brakes: what is too much, and what is held back then.

use povline_domain::{Appointment, ChangeKind, Day, UnixMillis};
use povline_store::ledger::{
    Brake, BrakeStep, HoldAnswer, HoldDecision, HoldScope, LOSS_WINDOW_MS, Ledger, Observation,
    RowState, SqliteLedger,
};
use povline_sync::brake::{BrakePolicy, Found, judge};
use proptest::prelude::*;

use crate::ledger::{check_equal, runtime, settle_all};
use crate::settle::memory::MemoryLedger;
use crate::settle::support::{T, complete, day, pov, row, unchanged, with_open_days};

const POLICY: BrakePolicy = BrakePolicy {
    lost_rows_max: 20,
    lost_percent_max: 30,
};

fn found(at: i64, live_before: u64, vanished: u64, returned: u64) -> Found {
    Found {
        begun_at: UnixMillis(at),
        live_before,
        vanished,
        returned,
    }
}

#[test]
fn too_much_is_more_than_both() {
    assert!(POLICY.is_too_much(21, 69));
    assert!(!POLICY.is_too_much(21, 70), "30 % is not more than 30 %");
    assert!(!POLICY.is_too_much(20, 20));
    assert!(!POLICY.is_too_much(0, 0));
    assert!(POLICY.is_too_much(u64::MAX, 1), "no overflow");
}

proptest! {
    /// Whatever vanishes and returns in whatever order: a brake is put on by a loss that is too
    /// much and by nothing else, stays as long as the loss is, and comes off when it is not.
    #[test]
    fn a_brake_follows_the_loss(
        live in 0_u64..400,
        steps in prop::collection::vec((0_u64..60, 0_u64..80, 0_i64..2 * T), 1..40),
    ) {
        let mut brake = Brake::default();
        let (mut live, mut now) = (live, 0);
        for (vanishing, returning, pause) in steps {
            now += pause;
            let vanished = vanishing.min(live);
            let returned = returning.min(brake.lost);
            let before = brake;
            let known = live + brake.lost;
            let step = judge(&POLICY, &brake, found(now, live, vanished, returned), T);
            brake.lost = brake.lost + vanished - returned;
            live = live + returned - vanished;
            match step {
                None => {
                    prop_assert_eq!(before.hold, None);
                    prop_assert!(vanished == 0 || !POLICY.is_too_much(brake.lost, known));
                }
                Some(BrakeStep::Hold(hold)) => {
                    prop_assert_eq!(before.hold, None);
                    prop_assert!(vanished > 0 && POLICY.is_too_much(brake.lost, known));
                    prop_assert_eq!((hold.known, hold.lost), (known, brake.lost));
                    prop_assert_eq!(hold.held_at.millis_since(hold.counted_from), LOSS_WINDOW_MS);
                    prop_assert_eq!((hold.persists_since, hold.rejected_at), (None, None));
                    brake.hold = Some(hold);
                }
                Some(BrakeStep::Keep(hold)) => {
                    let held = before.hold.unwrap();
                    prop_assert_eq!((hold.held_at, hold.known), (held.held_at, held.known));
                    prop_assert_eq!(hold.lost, brake.lost);
                    prop_assert!(POLICY.is_too_much(hold.lost, hold.known.max(hold.lost)));
                    match hold.persists_since {
                        None => prop_assert!(now - hold.held_at.0 < T),
                        Some(since) => prop_assert!(since.0 - hold.held_at.0 >= T),
                    }
                    prop_assert!(held.persists_since.is_none_or(|since| hold.persists_since == Some(since)));
                    brake.hold = Some(hold);
                }
                Some(BrakeStep::Lift) => {
                    let held = before.hold.unwrap();
                    prop_assert!(!POLICY.is_too_much(brake.lost, held.known.max(brake.lost)));
                    brake.hold = None;
                }
            }
        }
    }
}

/// A ledger on disk and one in memory that settle the same scans and must say the same.
struct Both {
    disk: SqliteLedger,
    memory: MemoryLedger,
    runtime: tokio::runtime::Runtime,
    _directory: tempfile::TempDir,
}

impl Both {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        Self {
            disk: SqliteLedger::open(directory.path()).unwrap(),
            memory: MemoryLedger::default(),
            runtime: runtime(),
            _directory: directory,
        }
    }

    fn settle(&mut self, scan: &Observation) {
        let settling = settle_all(&self.disk, std::slice::from_ref(scan));
        self.runtime.block_on(settling);
        self.memory.settle(scan);
        self.runtime
            .block_on(check_equal(&self.disk, &self.memory))
            .unwrap();
        let held = self.held().into_iter();
        let held: Vec<_> = held.map(|held| (held.scope, held.hold)).collect();
        assert_eq!(self.runtime.block_on(self.disk.held()).unwrap(), held);
        let held: Vec<_> = held.into_iter().map(|(_, hold)| hold).collect();
        let memory = self.memory.fleet.iter().chain(self.memory.holds.values());
        assert_eq!(held, memory.copied().collect::<Vec<_>>());
    }

    fn held(&self) -> Vec<povline_store::ledger::HeldPlace> {
        self.runtime.block_on(self.disk.holds()).unwrap()
    }

    fn scopes(&self) -> Vec<HoldScope> {
        self.held().into_iter().map(|held| held.scope).collect()
    }

    fn decide(&mut self, scope: HoldScope, accepted: bool) {
        if accepted {
            self.memory.accept(match &scope {
                HoldScope::Fleet => None,
                HoldScope::List(_, day) => Some(*day),
            });
        }
        let decision = HoldDecision {
            accepted,
            by: "Li Lei".to_owned(),
            at: UnixMillis(7),
        };
        let held = self.held().into_iter().find(|held| held.scope == scope);
        let decided = self.disk.decide_hold(scope, held.unwrap().mark, decision);
        let decided = self.runtime.block_on(decided).unwrap();
        assert!(matches!(decided, HoldAnswer::Decided(_)));
    }

    fn cancelled(&self) -> usize {
        let is = |change: &&povline_domain::Change| change.kind == ChangeKind::Cancelled;
        self.memory.events.iter().filter(is).count()
    }

    fn live(&self, on: Day) -> usize {
        let rows = self.memory.rows.values();
        let live = rows.filter(|row| row.state == RowState::Live && row.appointment.day == on);
        live.count()
    }
}

fn rows(on: Day, numbers: std::ops::Range<u32>) -> Vec<Appointment> {
    numbers.map(|n| row(&format!("{on}-{n:03}"), on)).collect()
}

fn list(n: i8) -> HoldScope {
    HoldScope::List(pov(), day(n))
}

/// Reads both days whole often enough that whatever is absent now is proved.
fn prove(ledgers: &mut Both, from: i64, here: &[Appointment], there: &[Appointment]) {
    for at in [from, from + T, from + 2 * T, from + 3 * T] {
        ledgers.settle(&complete(day(1), at, here));
        ledgers.settle(&complete(day(2), at + T / 2, there));
    }
}

/// Day 1 with so many rows, read long ago.
fn ledgers_with(count: u32) -> Both {
    let mut ledgers = Both::new();
    ledgers.settle(&complete(day(1), -5 * T, &rows(day(1), 0..count)));
    ledgers.settle(&complete(day(2), -5 * T, &[]));
    ledgers
}

#[test]
fn a_server_that_denies_a_whole_list_for_long_cancels_nobody() {
    let mut ledgers = ledgers_with(60);
    prove(&mut ledgers, 0, &[], &[]);
    ledgers.settle(&unchanged(complete(day(1), 10 * T, &[])));
    assert_eq!(ledgers.cancelled(), 0);
    let held = ledgers.held();
    assert_eq!(held.len(), 1, "one list explains it: {held:?}");
    assert_eq!(held[0].scope, list(1));
    assert_eq!((held[0].hold.lost, held[0].hold.known), (60, 60));
    assert_eq!(held[0].hold.held_at, UnixMillis(0));
    assert_eq!(held[0].hold.persists_since, Some(UnixMillis(T)));
    let row = &ledgers.memory.rows[&row("2021-01-01-000", day(1)).appointment_id];
    assert_eq!(row.state, RowState::Suspected, "they stay in the copy");

    // The rows are back: all is as it was, and nobody was told anything.
    ledgers.settle(&complete(day(1), 11 * T, &rows(day(1), 0..60)));
    assert_eq!(ledgers.held(), []);
    assert_eq!((ledgers.cancelled(), ledgers.live(day(1))), (0, 60));
}

#[test]
fn what_people_cancel_is_not_held() {
    for (count, left, held) in [
        (20, 0, false),
        (21, 0, true),
        (70, 49, false),
        (69, 48, true),
    ] {
        let mut ledgers = ledgers_with(count);
        prove(&mut ledgers, 0, &rows(day(1), 0..left), &[]);
        let lost = (count - left) as usize;
        assert_eq!(ledgers.held().len(), usize::from(held), "{lost} of {count}");
        let cancelled = if held { 0 } else { lost };
        assert_eq!(ledgers.cancelled(), cancelled, "{lost} of {count}");
    }
}

#[test]
fn an_hour_of_small_losses_adds_up() {
    for (second, held) in [(LOSS_WINDOW_MS - T, true), (LOSS_WINDOW_MS + 4 * T, false)] {
        let mut ledgers = ledgers_with(60);
        prove(&mut ledgers, 0, &rows(day(1), 0..45), &[]);
        assert_eq!(ledgers.cancelled(), 15);
        prove(&mut ledgers, second, &rows(day(1), 0..35), &[]);
        assert_eq!(ledgers.cancelled(), if held { 15 } else { 25 });
        assert_eq!(ledgers.held().len(), usize::from(held));
    }
}

#[test]
fn new_rows_in_place_of_the_lost_do_not_hide_the_loss() {
    let mut ledgers = ledgers_with(60);
    prove(&mut ledgers, 0, &rows(day(1), 100..400), &[]);
    assert_eq!((ledgers.held().len(), ledgers.cancelled()), (1, 0));
}

#[test]
fn rows_that_moved_to_another_day_are_not_lost() {
    let mut ledgers = ledgers_with(60);
    ledgers.settle(&complete(day(1), 0, &[]));
    assert_eq!(ledgers.scopes(), [list(1)]);
    let moved: Vec<_> = rows(day(1), 0..60)
        .into_iter()
        .map(|row| Appointment { day: day(2), ..row })
        .collect();
    ledgers.settle(&complete(day(2), 10, &moved));
    ledgers.settle(&complete(day(1), 20, &[]));
    assert_eq!(ledgers.held(), []);
    assert_eq!((ledgers.cancelled(), ledgers.live(day(2))), (0, 60));
}

/// "x" moves from day 1 to day 2 while the server denies day 2: that none of its scans shows "x" says
/// nothing.
#[test]
fn a_held_day_proves_nothing_about_rows_of_other_days() {
    let mut ledgers = Both::new();
    let mut there = rows(day(2), 0..40);
    ledgers.settle(&complete(day(1), -5 * T, &[row("x", day(1))]));
    ledgers.settle(&complete(day(2), -5 * T, &there));
    prove(&mut ledgers, 0, &[], &[]);
    assert_eq!((ledgers.scopes(), ledgers.cancelled()), (vec![list(2)], 0));
    there.push(row("x", day(2)));
    ledgers.settle(&complete(day(2), 10 * T, &there));
    prove(&mut ledgers, 11 * T, &[], &there);
    assert_eq!(
        (
            ledgers.held().len(),
            ledgers.cancelled(),
            ledgers.live(day(2))
        ),
        (0, 0, 41)
    );
}

/// Day 1 is denied, "moves" with it; just before it is shown again one row moves to day 2, which was
/// read meanwhile. The scans of the denied day must not have confirmed it.
#[test]
fn a_held_day_confirms_nothing_of_its_own() {
    let mut ledgers = ledgers_with(60);
    prove(&mut ledgers, 0, &[], &[]);
    ledgers.settle(&complete(day(1), 10 * T, &rows(day(1), 1..60)));
    assert_eq!(
        (
            ledgers.held().len(),
            ledgers.cancelled(),
            ledgers.live(day(1))
        ),
        (0, 0, 59)
    );
    let moved = Appointment {
        day: day(2),
        ..rows(day(1), 0..1).remove(0)
    };
    ledgers.settle(&complete(day(2), 11 * T, &[moved]));
    assert_eq!((ledgers.cancelled(), ledgers.live(day(2))), (0, 1));
}

#[test]
fn what_a_person_accepts_is_told_and_what_vanishes_later_is_judged_anew() {
    let mut ledgers = ledgers_with(100);
    let left = rows(day(1), 0..60);
    prove(&mut ledgers, 0, &left, &[]);
    assert_eq!((ledgers.held().len(), ledgers.cancelled()), (1, 0));
    ledgers.decide(list(1), true);
    assert_eq!((ledgers.held().len(), ledgers.cancelled()), (0, 0));
    // What was read while it was held has confirmed nothing.
    ledgers.settle(&unchanged(complete(day(1), 10 * T, &left)));
    assert_eq!((ledgers.held().len(), ledgers.cancelled()), (0, 0));
    ledgers.settle(&unchanged(complete(day(2), 11 * T, &[])));
    assert_eq!((ledgers.held().len(), ledgers.cancelled()), (0, 40));
    prove(&mut ledgers, 20 * T, &rows(day(1), 0..45), &[]);
    assert_eq!((ledgers.held().len(), ledgers.cancelled()), (0, 55));
    prove(&mut ledgers, 30 * T, &rows(day(1), 0..30), &[]);
    assert_eq!((ledgers.held().len(), ledgers.cancelled()), (1, 55));

    let decisions = ledgers.runtime.block_on(ledgers.disk.hold_decisions(10));
    let decisions = decisions.unwrap();
    assert_eq!(decisions.len(), 1);
    assert_eq!((decisions[0].lost, decisions[0].known), (40, 100));
    assert_eq!(decisions[0].scope, list(1));
    assert_eq!(decisions[0].decision.by, "Li Lei");
    assert!(decisions[0].decision.accepted);
}

#[test]
fn what_a_person_rejects_stays_in_doubt_until_it_is_back() {
    let mut ledgers = ledgers_with(60);
    prove(&mut ledgers, 0, &[], &[]);
    let mark = ledgers.held()[0].mark;
    let decided = ledgers.runtime.block_on(async {
        let decision = HoldDecision {
            accepted: false,
            by: "Li Lei".to_owned(),
            at: UnixMillis(7),
        };
        let decided = ledgers.disk.decide_hold(list(1), mark, decision);
        decided.await.unwrap()
    });
    assert!(matches!(decided, HoldAnswer::Decided(_)));
    let hold = ledgers.memory.holds.get_mut(&day(1)).unwrap();
    hold.rejected_at = Some(UnixMillis(7));
    prove(&mut ledgers, 20 * T, &[], &[]);
    assert_eq!((ledgers.held().len(), ledgers.cancelled()), (1, 0));
    assert_eq!(ledgers.held()[0].hold.rejected_at, Some(UnixMillis(7)));
    // An hour later, too.
    prove(&mut ledgers, 2 * LOSS_WINDOW_MS, &[], &[]);
    assert_eq!((ledgers.held().len(), ledgers.cancelled()), (1, 0));
    ledgers.settle(&complete(day(1), 3 * LOSS_WINDOW_MS, &rows(day(1), 0..50)));
    assert_eq!((ledgers.held().len(), ledgers.live(day(1))), (0, 50));
}

/// The hold outlives what is forgotten of its day, and no later scan cancels anything there without a
/// person.
#[test]
fn what_is_held_on_a_day_that_is_over_is_cancelled_by_a_person_alone() {
    let mut ledgers = ledgers_with(60);
    prove(&mut ledgers, 0, &[], &[]);
    assert_eq!(ledgers.scopes(), [list(1)]);
    let later = day(1).plus_days(200).unwrap();
    let read_again = |ledgers: &Both, from: i64| {
        let forgetting = ledgers.disk.forget(later.begins_at());
        ledgers.runtime.block_on(forgetting).unwrap();
        for round in 0..4 {
            for (on, after) in [(day(1), 0), (later, T / 2)] {
                let at = later.begins_at().0 + from + round * T + after;
                let scan = with_open_days(complete(on, at, &[]), &[later]);
                let settling = settle_all(&ledgers.disk, std::slice::from_ref(&scan));
                ledgers.runtime.block_on(settling);
            }
        }
        let suspects = ledgers.runtime.block_on(ledgers.disk.suspects());
        suspects.unwrap().len()
    };
    assert_eq!(read_again(&ledgers, 0), 60);
    assert_eq!(ledgers.scopes(), [list(1)]);
    ledgers.decide(list(1), true);
    assert_eq!(read_again(&ledgers, 100 * T), 0);
    assert_eq!(ledgers.held(), []);
}

#[test]
fn many_small_losses_hold_the_fleet() {
    let days: Vec<Day> = (1..=10).map(day).collect();
    let mut ledgers = Both::new();
    let read = |ledgers: &mut Both, at, on: Day, count| {
        let scan = complete(on, at, &rows(on, 0..count));
        ledgers.settle(&with_open_days(scan, &days));
    };
    for on in &days {
        read(&mut ledgers, -5 * T, *on, 10);
    }
    // A list after the other is denied: 30 of 100 rows may be, not 40.
    for on in &days[..3] {
        read(&mut ledgers, 0, *on, 0);
    }
    assert_eq!(ledgers.held(), []);
    read(&mut ledgers, 1, days[3], 0);
    assert_eq!(ledgers.scopes(), [HoldScope::Fleet]);
    assert_eq!(ledgers.held()[0].hold.lost, 40);
    for round in 1..5 {
        for on in &days {
            let count = if *on <= days[3] { 0 } else { 10 };
            read(&mut ledgers, round * 2 * T, *on, count);
        }
    }
    assert_eq!(ledgers.cancelled(), 0);
    assert!(ledgers.held()[0].hold.persists_since.is_some());
    // One list is back, and what is left is no more than people cancel.
    read(&mut ledgers, 20 * T, days[0], 10);
    assert_eq!(ledgers.held(), []);
    for round in 21..25 {
        for on in &days {
            let count = if days[1..4].contains(on) { 0 } else { 10 };
            read(&mut ledgers, round * T, *on, count);
        }
    }
    assert_eq!(ledgers.cancelled(), 30);
}

/// A list that has been held for hours explains nothing of what the fleet loses now.
#[test]
fn an_old_hold_does_not_hide_a_loss_of_the_fleet() {
    let days: Vec<Day> = (1..=8).map(day).collect();
    let mut ledgers = Both::new();
    let count = |on: &Day| if *on == days[0] { 60 } else { 15 };
    for on in &days {
        let scan = complete(*on, -5 * T, &rows(*on, 0..count(on)));
        ledgers.settle(&with_open_days(scan, &days));
    }
    ledgers.settle(&with_open_days(complete(days[0], 0, &[]), &days));
    assert_eq!(
        ledgers.scopes(),
        [list(1)],
        "it explains the loss by itself"
    );
    let later = 2 * LOSS_WINDOW_MS;
    for on in &days[1..4] {
        ledgers.settle(&with_open_days(complete(*on, later, &[]), &days));
    }
    assert_eq!(ledgers.scopes(), [HoldScope::Fleet, list(1)]);
}

#[test]
fn a_person_accepts_the_fleets_loss() {
    let days: Vec<Day> = (1..=4).map(day).collect();
    let mut ledgers = Both::new();
    let read_all = |ledgers: &mut Both, at, count| {
        for on in &days {
            let scan = complete(*on, at, &rows(*on, 0..count));
            ledgers.settle(&with_open_days(scan, &days));
        }
    };
    read_all(&mut ledgers, -5 * T, 15);
    for round in 0..4 {
        read_all(&mut ledgers, round * 2 * T, 0);
    }
    assert_eq!(
        (ledgers.scopes(), ledgers.cancelled()),
        (vec![HoldScope::Fleet], 0)
    );
    ledgers.decide(HoldScope::Fleet, true);
    for round in 20..23 {
        read_all(&mut ledgers, round * T, 0);
    }
    assert_eq!((ledgers.scopes(), ledgers.cancelled()), (vec![], 60));
}
