//! A ledger of one POV in memory, to the letter of the ledger's trait.

use std::collections::BTreeMap;

use povline_domain::{AppointmentId, Change, Day, UnixMillis, Window};
use povline_store::ledger::{
    DayCheck, DayView, Observation, Observed, RowState, RowWrite, Seen, Settlement, Suspect,
    TrackedRow,
};

#[derive(Debug, Default)]
pub(super) struct Ledger {
    pub(super) rows: BTreeMap<AppointmentId, TrackedRow>,
    suspects: BTreeMap<AppointmentId, Suspect>,
    days: BTreeMap<Day, DayState>,
}

#[derive(Debug, Default, Clone)]
struct DayState {
    windows: Vec<Window>,
    stands: bool,
    checked_at: Option<UnixMillis>,
    complete: bool,
    unread: bool,
}

impl Ledger {
    pub(super) fn standing_windows(&self, day: Day) -> Option<Vec<Window>> {
        let state = self.days.get(&day).filter(|state| state.stands)?;
        Some(state.windows.clone())
    }

    /// Whether the last scan of a day proved what it saw.
    pub(super) fn is_complete(&self, day: Day) -> bool {
        self.days.get(&day).is_some_and(|state| state.complete)
    }

    pub(super) fn view(&self, observation: &Observation) -> DayView {
        let here = self.days.get(&observation.day).cloned().unwrap_or_default();
        let checks = self.days.iter().filter_map(|(day, state)| {
            let begun_at = state.checked_at?;
            let asked = *day == observation.day
                || (!self.suspects.is_empty() && observation.open_days.contains(day));
            asked.then_some(DayCheck {
                day: *day,
                begun_at,
                held: false,
            })
        });
        let suspects = self.suspects.iter();
        let mut view = DayView {
            standing: here.stands.then_some(here.windows),
            suspects: suspects
                .map(|(id, suspect)| (suspect.clone(), self.rows[id].clone()))
                .collect(),
            checks: checks.collect(),
            ..DayView::default()
        };
        if let Observed::Rows(observed) = &observation.observed {
            let is_here = |row: &&TrackedRow| {
                row.appointment.day == observation.day && row.state != RowState::Cancelled
            };
            let seen_in = |row: &TrackedRow| TrackedRow {
                seen: match view.standing {
                    Some(_) => row.seen,
                    None => Seen::At(self.last_shown(row)),
                },
                ..row.clone()
            };
            view.rows = self.rows.values().filter(is_here).map(seen_in).collect();
            view.elsewhere = observed
                .iter()
                .filter_map(|row| self.rows.get(&row.appointment.appointment_id))
                .filter(|row| !is_here(row))
                .map(|row| (row.clone(), self.last_shown(row)))
                .collect();
        }
        view
    }

    fn last_shown(&self, row: &TrackedRow) -> UnixMillis {
        match row.seen {
            Seen::At(instant) => instant,
            Seen::Window(window) => {
                self.days[&row.appointment.day].windows[usize::from(window)].answered_at
            }
        }
    }

    /// Writes what a scan means, and tells its changes.
    pub(super) fn apply(
        &mut self,
        observation: &Observation,
        settlement: Settlement,
    ) -> Vec<Change> {
        let mut touched = false;
        for write in settlement.rows {
            match write {
                RowWrite::Put(row) => {
                    let id = row.appointment.appointment_id.clone();
                    touched = true;
                    if let Some(known) = self.rows.get(&id)
                        && known.state == RowState::Live
                        && known.appointment.day != observation.day
                    {
                        self.unstand(known.appointment.day);
                    }
                    self.suspects.remove(&id);
                    self.rows.insert(id, row);
                }
                RowWrite::Suspect(id, vanished_at) => {
                    touched = true;
                    let last_shown = self.last_shown(&self.rows[&id]);
                    let seen = Seen::At(last_shown);
                    let row = self.rows.get_mut(&id).unwrap();
                    row.seen = seen;
                    row.state = RowState::Suspected;
                    let suspect = Suspect {
                        appointment_id: id.clone(),
                        pov: observation.pov.clone(),
                        day: observation.day,
                        last_shown,
                        vanished_at,
                        confirmed_at: None,
                        accepted: false,
                        held: false,
                    };
                    self.suspects.insert(id, suspect);
                }
                RowWrite::Confirm(id, confirmed_at) => {
                    self.suspects.get_mut(&id).unwrap().confirmed_at = Some(confirmed_at);
                }
                RowWrite::Cancel(id, version) => {
                    let suspect = self.suspects.remove(&id).unwrap();
                    let row = self.rows.get_mut(&id).unwrap();
                    row.seen = Seen::At(suspect.confirmed_at.unwrap_or(suspect.vanished_at));
                    row.state = RowState::Cancelled;
                    row.version = version;
                }
                RowWrite::Leave(id, _) => {
                    self.suspects.remove(&id);
                    self.rows.remove(&id);
                }
            }
        }
        let counts = observation.certificate.is_complete()
            && (settlement.stands || matches!(observation.observed, Observed::Rows(_)));
        if settlement.stands {
            let state = self.days.entry(observation.day).or_default();
            state.stands = true;
            state.windows = observation.certificate.windows.clone();
        } else if touched {
            self.unstand(observation.day);
        }
        let state = self.days.entry(observation.day).or_default();
        // A row that could not be read is there, but what it says is not known, also as long as the
        // same answer comes again.
        if matches!(observation.observed, Observed::Rows(_)) {
            state.unread = !observation.unread.is_empty();
        }
        state.complete = observation.certificate.is_complete() && !state.unread;
        if counts {
            state.checked_at = state.checked_at.max(observation.certificate.begun_at());
        }
        settlement.changes
    }

    /// The day's rows stand for no certificate any more: their instants become their own.
    fn unstand(&mut self, day: Day) {
        let Some(state) = self.days.get(&day).filter(|state| state.stands) else {
            return;
        };
        let windows = state.windows.clone();
        for row in self.rows.values_mut() {
            if let (true, Seen::Window(window)) = (row.appointment.day == day, row.seen) {
                row.seen = Seen::At(windows[usize::from(window)].answered_at);
            }
        }
        self.days.entry(day).or_default().stands = false;
    }
}
