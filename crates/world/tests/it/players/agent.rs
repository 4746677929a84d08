//! The agent in a world: it reads every list in turn, settles what it saw, and hands in both its
//! events and its rows.

use std::collections::HashMap;

use povline_domain::{Appointment, Change, ChangeKind, Day, OutPovId, UnixMillis, Verdict};
use povline_store::ledger::{Observation, RowState, RowWrite};
use povline_sync::settle::{SettlePolicy, settle};
use povline_world::grade::{Grader, Line, Report, ViewEvent, ViewRow};
use povline_world::scenarios::ScenarioFile;

use super::ledger::Ledger;
use super::mutants::Mutant;
use super::reading::{Bans, read};
use super::wire::Wire;

/// How long after one sweep began the next does, at least; longer in long runs, which would take
/// too long otherwise.
pub(super) fn sweep_ms(scenario: &ScenarioFile) -> i64 {
    match scenario.runs_minutes {
        0..=150 => 5 * 60_000,
        _ => 15 * 60_000,
    }
}

/// How many sweeps follow once the world is at rest: to see, to confirm, to look elsewhere.
const LAST_SWEEPS: u32 = 5;

/// Every so many readings one is settled late, after the list was read again.
const HELD_ONE_IN: u64 = 9;

pub(super) struct Player {
    wire: Wire,
    grader: Grader,
    ledgers: HashMap<OutPovId, Ledger>,
    mutant: Option<Mutant>,
    bans: Bans,
    held: Vec<Observation>,
    readings: u64,
    first_today: Day,
    sweep_ms: i64,
}

/// Plays a scenario to its end.
pub(crate) fn play(scenario: &ScenarioFile, mutant: Option<Mutant>) -> Report {
    let wire = Wire::new(scenario);
    let mut player = Player {
        first_today: Day::at(wire.now),
        sweep_ms: sweep_ms(scenario),
        wire,
        grader: Grader::new(),
        ledgers: HashMap::new(),
        mutant,
        bans: Bans::default(),
        held: Vec::new(),
        readings: 0,
    };
    while !player.wire.at_rest() {
        player.sweep();
    }
    for _ in 0..LAST_SWEEPS {
        player.sweep();
    }
    let truth = player.wire.stage.read_truth();
    player
        .grader
        .report(&truth, player.wire.stage.log(), player.wire.now)
}

impl Player {
    fn sweep(&mut self) {
        let begun_at = self.wire.now;
        let days = self.open_days();
        let povs: Vec<OutPovId> = {
            let truth = self.wire.stage.read_truth();
            let povs = truth.clinics().iter();
            povs.map(|clinic| clinic.out_pov_id.clone()).collect()
        };
        for pov in &povs {
            for day in &days {
                let changes = self.read_list(pov, *day, &days);
                self.tell(&changes);
            }
        }
        // What was held is settled after a newer reading of the same list: it must change nothing
        // that is newer.
        for older in std::mem::take(&mut self.held) {
            let mut changes = self.read_list(&older.pov.clone(), older.day, &days);
            changes.extend(self.settle(older));
            self.tell(&changes);
        }
        for held in std::mem::take(&mut self.held) {
            let changes = self.settle(held);
            self.tell(&changes);
        }
        self.hand_in_rows(&days);
        let left = self.sweep_ms - self.wire.now.millis_since(begun_at);
        self.wire.pass(left.max(1_000));
    }

    fn open_days(&self) -> Vec<Day> {
        let truth = self.wire.stage.read_truth();
        let days = i32::from(truth.scenario().days);
        let today = match self.mutant {
            Some(Mutant::DayOfUtc) => Day::at(self.wire.now.plus_millis(-8 * 3_600_000)),
            Some(Mutant::DaysNeverMoveOn) => self.first_today,
            _ => Day::at(self.wire.now),
        };
        (0..days)
            .map(|ahead| today.plus_days(ahead).unwrap())
            .collect()
    }

    fn read_list(&mut self, pov: &OutPovId, day: Day, open_days: &[Day]) -> Vec<Change> {
        let tried_at = self.wire.now;
        let standing = self
            .ledgers
            .entry(pov.clone())
            .or_default()
            .standing_windows(day);
        let outcome = read(
            &mut self.wire,
            &mut self.bans,
            self.mutant,
            (pov, day),
            standing,
        );
        let mut observation = Observation {
            pov: pov.clone(),
            day,
            open_days: open_days.into(),
            tried_at,
            certificate: outcome.certificate,
            observed: outcome.observed,
            unread: outcome.unread,
        };
        self.break_verdict(&mut observation);
        self.readings += 1;
        if self.readings.is_multiple_of(HELD_ONE_IN) {
            self.held.push(observation);
            return Vec::new();
        }
        self.settle(observation)
    }

    fn break_verdict(&self, observation: &mut Observation) {
        let verdict = &mut observation.certificate.verdict;
        let read = !observation.certificate.windows.is_empty();
        if self.mutant == Some(Mutant::IncompleteProves) && read {
            *verdict = Verdict::Complete;
        }
    }

    fn settle(&mut self, mut observation: Observation) -> Vec<Change> {
        let policy = SettlePolicy {
            confirm_after_ms: 60_000,
            ..SettlePolicy::default()
        };
        if self.mutant == Some(Mutant::LastSettledWins) {
            for window in &mut observation.certificate.windows {
                window.requested_at = self.wire.now;
                window.answered_at = self.wire.now;
            }
        }
        let ledger = self.ledgers.entry(observation.pov.clone()).or_default();
        let view = ledger.view(&observation);
        let mut settlement = settle(&policy, &observation, &view);
        let mut gone = Vec::new();
        if self.mutant == Some(Mutant::AbsentIsCancelled) {
            for write in &settlement.rows {
                if let RowWrite::Suspect(id, at) = write {
                    let before = ledger.rows[id].appointment.clone();
                    gone.push(cancelled(&before, *at));
                }
            }
        }
        if self.mutant == Some(Mutant::NoSecondLook) {
            settlement
                .rows
                .retain(|write| !matches!(write, RowWrite::Confirm(..)));
        }
        let mut changes = ledger.apply(&observation, settlement);
        changes.extend(gone);
        if self.mutant == Some(Mutant::MoveIsCancellation) {
            changes = changes.into_iter().flat_map(as_cancellation).collect();
        }
        changes
    }

    fn tell(&mut self, changes: &[Change]) {
        let events: Vec<ViewEvent> = changes
            .iter()
            .map(|change| ViewEvent {
                cancelled: change.kind == ChangeKind::Cancelled,
                row: view_row(change.after.as_ref().or(change.before.as_ref()).unwrap()),
                at: None,
            })
            .collect();
        let truth = self.wire.stage.read_truth();
        let log = self.wire.stage.log();
        self.grader
            .hand_in_events(&truth, log, &events, self.wire.now);
    }

    fn hand_in_rows(&mut self, days: &[Day]) {
        let mut lines = Vec::new();
        for (pov, ledger) in &self.ledgers {
            let rows = ledger.rows.values();
            let believed = rows.filter(|row| row.state != RowState::Cancelled);
            lines.extend(
                believed
                    .filter(|row| days.contains(&row.appointment.day))
                    .map(|row| {
                        Line::Row(ViewRow {
                            suspected: row.state == RowState::Suspected,
                            ..view_row(&row.appointment)
                        })
                    }),
            );
            for day in days.iter().filter(|day| !ledger.is_complete(**day)) {
                lines.push(Line::Incomplete(pov.as_str().to_owned(), *day));
            }
        }
        let truth = self.wire.stage.read_truth();
        let log = self.wire.stage.log();
        self.grader.hand_in_rows(&truth, log, lines, self.wire.now);
    }
}

fn cancelled(before: &Appointment, at: UnixMillis) -> Change {
    Change {
        kind: ChangeKind::Cancelled,
        appointment_id: before.appointment_id.clone(),
        version: 0,
        before: Some(before.clone()),
        after: None,
        observed_at: at,
    }
}

/// A move told as the usual tools tell it: gone here, new there.
fn as_cancellation(change: Change) -> Vec<Change> {
    match (change.kind, &change.before) {
        (ChangeKind::Rescheduled, Some(before)) => {
            vec![cancelled(before, change.observed_at), change]
        }
        _ => vec![change],
    }
}

pub(super) fn view_row(appointment: &Appointment) -> ViewRow {
    ViewRow {
        id: appointment.appointment_id.as_str().to_owned(),
        pov: Some(appointment.out_pov_id.as_str().to_owned()),
        day: Some(appointment.day),
        period: Some(appointment.period),
        pick_code: Some(appointment.pick_code.as_str().to_owned()),
        pick_status: Some(appointment.pick_status),
        name: Some(appointment.name.as_str().to_owned()),
        suspected: false,
    }
}
