//! A ledger in memory that keeps to the letter of the trait: the yardstick for the real ones.

use std::collections::BTreeMap;

use povline_domain::{AppointmentId, Change, Day, UnixMillis, Window};
use povline_store::ledger::{
    Brake, BrakeStep, DayCheck, DayView, Hold, LOSS_WINDOW_MS, Observation, Observed, RowState,
    RowWrite, Seen, Settlement, Suspect, TrackedRow,
};
use povline_sync::settle::{SettlePolicy, settle};

use super::support::{T, pov};

/// What is known of one POV.
#[derive(Debug, Clone, PartialEq)]
pub struct MemoryLedger {
    pub policy: SettlePolicy,
    /// Every appointment ever known; suspects and cancelled ones have their instants `At`.
    pub rows: BTreeMap<AppointmentId, TrackedRow>,
    pub suspects: BTreeMap<AppointmentId, Suspect>,
    days: BTreeMap<Day, DayState>,
    pub events: Vec<Change>,
    /// When each row vanished that is suspected or cancelled, and whether a person has accepted it.
    absent: BTreeMap<AppointmentId, Absent>,
    pub holds: BTreeMap<Day, Hold>,
    pub fleet: Option<Hold>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Absent {
    day: Day,
    vanished_at: UnixMillis,
    accepted: bool,
}

#[derive(Debug, Default, Clone, PartialEq)]
struct DayState {
    windows: Vec<Window>,
    stands: bool,
    checked_at: Option<UnixMillis>,
}

impl Default for MemoryLedger {
    fn default() -> Self {
        Self::new(SettlePolicy {
            confirm_after_ms: T,
            ..SettlePolicy::default()
        })
    }
}

impl MemoryLedger {
    pub fn new(policy: SettlePolicy) -> Self {
        Self {
            policy,
            rows: BTreeMap::new(),
            suspects: BTreeMap::new(),
            days: BTreeMap::new(),
            events: Vec::new(),
            absent: BTreeMap::new(),
            holds: BTreeMap::new(),
            fleet: None,
        }
    }

    /// A person accepts a loss: of this day, or of the fleet.
    pub fn accept(&mut self, day: Option<Day>) {
        let accepted = |of: &Day| day.is_none_or(|day| day == *of);
        for absent in self.absent.values_mut() {
            absent.accepted |= accepted(&absent.day);
        }
        match day {
            Some(day) => drop(self.holds.remove(&day)),
            None => self.fleet = None,
        }
    }

    /// The suspects as a ledger tells them.
    pub fn suspects(&self) -> impl Iterator<Item = Suspect> {
        self.suspects.iter().map(|(id, suspect)| Suspect {
            accepted: self.absent[id].accepted,
            held: self.fleet.is_some() || self.holds.contains_key(&suspect.day),
            ..suspect.clone()
        })
    }

    fn lost_on_held(&self, begun_at: UnixMillis) -> u64 {
        let from = self
            .fleet
            .map_or(begun_at.plus_millis(-LOSS_WINDOW_MS), |hold| {
                hold.counted_from
            });
        let counts = |absent: &&Absent| {
            let is_held = self.holds.contains_key(&absent.day);
            is_held && !absent.accepted && absent.vanished_at >= from
        };
        self.absent.values().filter(counts).count() as u64
    }

    fn brake(&self, hold: Option<Hold>, day: Option<Day>, begun_at: UnixMillis) -> Brake {
        let from = hold.map_or(begun_at.plus_millis(-LOSS_WINDOW_MS), |hold| {
            hold.counted_from
        });
        let counts = |absent: &&Absent| {
            let here = day.is_none_or(|day| day == absent.day);
            here && !absent.accepted && absent.vanished_at >= from
        };
        Brake {
            hold,
            lost: self.absent.values().filter(counts).count() as u64,
        }
    }

    /// Settles a scan and returns what it meant.
    pub fn settle(&mut self, observation: &Observation) -> Settlement {
        let settlement = settle(&self.policy, observation, &self.view(observation));
        self.apply(observation, &settlement);
        settlement
    }

    pub fn stands(&self, day: Day) -> bool {
        self.days.get(&day).is_some_and(|state| state.stands)
    }

    pub fn standing_windows(&self, day: Day) -> Option<Vec<Window>> {
        let state = self.days.get(&day).filter(|state| state.stands)?;
        Some(state.windows.clone())
    }

    pub fn state_of(&self, id: &str) -> Option<(Day, RowState, u32)> {
        let row = self.rows.get(&super::support::id(id))?;
        Some((row.appointment.day, row.state, row.version))
    }

    fn view(&self, observation: &Observation) -> DayView {
        let here = self.days.get(&observation.day).cloned().unwrap_or_default();
        let standing = here.stands.then_some(here.windows);
        let begun_at = observation.certificate.begun_at();
        let begun_at = begun_at.unwrap_or(observation.tried_at);
        let hold = self.holds.get(&observation.day).copied();
        let live = |row: &&TrackedRow| row.state == RowState::Live;
        let checks = self.days.iter().filter_map(|(day, state)| {
            let begun_at = state.checked_at?;
            let is_open =
                || *day >= Day::at(observation.tried_at) || observation.open_days.contains(day);
            let asked = *day == observation.day || (!self.suspects.is_empty() && is_open());
            asked.then_some(DayCheck {
                day: *day,
                begun_at,
                held: self.holds.contains_key(day),
            })
        });
        let mut view = DayView {
            rows: Vec::new(),
            elsewhere: Vec::new(),
            suspects: self
                .suspects()
                .map(|suspect| {
                    let row = self.rows[&suspect.appointment_id].clone();
                    (suspect, row)
                })
                .collect(),
            moved: Vec::new(),
            unread: Vec::new(),
            brake: self.brake(hold, Some(observation.day), begun_at),
            fleet: self.brake(self.fleet, None, begun_at),
            fleet_live: self.rows.values().filter(live).count() as u64,
            lost_on_held: self.lost_on_held(begun_at),
            checks: checks.collect(),
            standing,
        };
        if let Observed::Rows(observed) = &observation.observed {
            let here = |row: &&TrackedRow| {
                row.appointment.day == observation.day && row.state != RowState::Cancelled
            };
            let seen_in = |row: &TrackedRow| TrackedRow {
                seen: match view.standing {
                    Some(_) => row.seen,
                    None => Seen::At(self.last_shown(row)),
                },
                ..row.clone()
            };
            view.rows = self.rows.values().filter(here).map(seen_in).collect();
            view.elsewhere = observed
                .iter()
                .filter_map(|row| self.rows.get(&row.appointment.appointment_id))
                .filter(|row| !here(row))
                .map(|row| (row.clone(), self.last_shown(row)))
                .collect();
        }
        view
    }

    pub fn last_shown(&self, row: &TrackedRow) -> UnixMillis {
        match row.seen {
            Seen::At(instant) => instant,
            Seen::Window(window) => {
                self.days[&row.appointment.day].windows[usize::from(window)].answered_at
            }
        }
    }

    fn apply(&mut self, observation: &Observation, settlement: &Settlement) {
        let mut changes = settlement.changes.iter();
        let mut touched = false;
        for write in &settlement.rows {
            let (id, version) = match write {
                RowWrite::Put(row) => (&row.appointment.appointment_id, row.version),
                RowWrite::Cancel(id, version) | RowWrite::Leave(id, version) => (id, *version),
                RowWrite::Suspect(id, _) | RowWrite::Confirm(id, _) => (id, 0),
            };
            let known = self.rows.get(id).cloned();
            let known_version = known.as_ref().map_or(0, |row| row.version);
            for expected in known_version + 1..=version {
                let change = changes.next().unwrap();
                assert_eq!((&change.appointment_id, change.version), (id, expected));
            }
            match write {
                RowWrite::Put(row) => {
                    assert_eq!(
                        (&row.appointment.out_pov_id, row.appointment.day, row.state),
                        (&pov(), observation.day, RowState::Live),
                    );
                    touched = true;
                    if let Some(known) = known
                        && known.state == RowState::Live
                        && known.appointment.day != observation.day
                    {
                        self.days.entry(known.appointment.day).or_default().stands = false;
                    }
                    self.suspects.remove(id);
                    self.absent.remove(id);
                    self.rows.insert(id.clone(), row.clone());
                }
                RowWrite::Suspect(id, vanished_at) => {
                    touched = true;
                    let mut row = known.unwrap();
                    assert_eq!(row.state, RowState::Live);
                    assert_eq!(row.appointment.day, observation.day);
                    let last_shown = self.last_shown(&row);
                    row.seen = Seen::At(last_shown);
                    row.state = RowState::Suspected;
                    self.rows.insert(id.clone(), row);
                    let suspect = Suspect {
                        appointment_id: id.clone(),
                        pov: pov(),
                        day: observation.day,
                        last_shown,
                        vanished_at: *vanished_at,
                        confirmed_at: None,
                        accepted: false,
                        held: false,
                    };
                    let absent = Absent {
                        day: observation.day,
                        vanished_at: *vanished_at,
                        accepted: false,
                    };
                    self.absent.insert(id.clone(), absent);
                    assert_eq!(self.suspects.insert(id.clone(), suspect), None);
                }
                RowWrite::Confirm(id, confirmed_at) => {
                    let suspect = self.suspects.get_mut(id).unwrap();
                    assert_eq!(suspect.confirmed_at.replace(*confirmed_at), None);
                }
                RowWrite::Leave(..) => panic!("there is one POV"),
                RowWrite::Cancel(id, version) => {
                    let suspect = self.suspects.remove(id).unwrap();
                    let row = self.rows.get_mut(id).unwrap();
                    row.seen = Seen::At(suspect.confirmed_at.unwrap());
                    row.state = RowState::Cancelled;
                    row.version = *version;
                }
            }
        }
        assert_eq!(changes.next(), None, "every change belongs to a write");
        self.events.extend(settlement.changes.iter().cloned());
        match settlement.brake {
            Some(BrakeStep::Hold(hold) | BrakeStep::Keep(hold)) => {
                self.holds.insert(observation.day, hold);
            }
            Some(BrakeStep::Lift) => drop(self.holds.remove(&observation.day)),
            None => {}
        }
        match settlement.fleet {
            Some(BrakeStep::Hold(hold) | BrakeStep::Keep(hold)) => self.fleet = Some(hold),
            Some(BrakeStep::Lift) => self.fleet = None,
            None => {}
        }

        let counts = observation.certificate.is_complete()
            && (settlement.stands || matches!(observation.observed, Observed::Rows(_)));
        let state = self.days.entry(observation.day).or_default();
        if counts {
            state.checked_at = state.checked_at.max(observation.certificate.begun_at());
        }
        if settlement.stands {
            state.stands = true;
            state.windows = observation.certificate.windows.clone();
        } else if touched && state.stands {
            // Instants told by windows must survive the windows' not standing any more.
            state.stands = false;
        }
    }
}
