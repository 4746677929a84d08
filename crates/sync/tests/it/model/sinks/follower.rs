//! Whoever stands behind a sink: removes doubles by their ids, and wants every event once.

use std::collections::{BTreeMap, HashMap, HashSet};

use povline_domain::{Appointment, AppointmentId, Change, ChangeKind, Name, PickCode, PickStatus};
use serde::Deserialize;

/// What an event tells, as far as its receiver can know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    pub kind: ChangeKind,
    pub id: AppointmentId,
    pub version: u32,
    pub observed_at: String,
    pub before: Option<Appointment>,
    pub after: Option<Appointment>,
}

impl From<Change> for Told {
    fn from(change: Change) -> Self {
        Self {
            kind: change.kind,
            id: change.appointment_id,
            version: change.version,
            observed_at: change.observed_at.utc(),
            before: change.before,
            after: change.after,
        }
    }
}

/// In which order events come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comes {
    /// As the ledger told them.
    InOrder,
    /// As the ledger told them, and whoever stands between removes the doubles.
    Once,
    /// In order for each appointment.
    InLanes,
}

#[derive(Debug)]
pub struct Follower {
    comes: Comes,
    ids: HashSet<u128>,
    /// Each event once, by its place in the ledger.
    got: BTreeMap<i64, Told>,
    versions: HashMap<AppointmentId, u32>,
    pub doubles: u64,
}

#[derive(Deserialize)]
struct Envelope {
    id: String,
    sequence: String,
    data: Data,
}

#[derive(Deserialize)]
struct Data {
    kind: String,
    appointment_id: String,
    version: u32,
    observed_at: String,
    before: Option<State>,
    after: Option<State>,
    evidence: Evidence,
}

#[derive(Deserialize)]
struct State {
    day: String,
    period: String,
    picked: bool,
    pick_code: String,
    name: String,
}

#[derive(Deserialize)]
struct Evidence {
    verdict: String,
}

impl Follower {
    pub fn new(comes: Comes) -> Self {
        Self {
            comes,
            ids: HashSet::new(),
            got: BTreeMap::new(),
            versions: HashMap::new(),
            doubles: 0,
        }
    }

    /// How many events came, each counted once.
    pub fn events(&self) -> u64 {
        self.got.len() as u64
    }

    /// Each event once, in the order in which the ledger told them.
    pub fn got(&self) -> impl Iterator<Item = &Told> {
        self.got.values()
    }

    /// Takes an event, as it comes out of the sink.
    pub fn take(&mut self, line: &[u8]) {
        let envelope: Envelope = serde_json::from_slice(line).unwrap();
        let sequence: i64 = envelope.sequence.parse().unwrap();
        let id = envelope.id.strip_prefix("evt_").unwrap();
        let told = envelope.data.told();
        if !self.ids.insert(u128::from_str_radix(id, 16).unwrap()) {
            self.doubles += 1;
            assert_ne!(self.comes, Comes::Once, "{told:?}");
            assert_eq!(self.got[&sequence], told, "a double says what it said");
            return;
        }
        if self.comes != Comes::InLanes {
            assert_eq!(sequence, self.got.len() as i64 + 1, "{told:?}");
        }
        let version = self.versions.entry(told.id.clone()).or_default();
        *version += 1;
        assert_eq!(told.version, *version, "{told:?}");
        let before = self.got.insert(sequence, told);
        assert_eq!(before, None, "two events have one place");
    }

    /// What came is what the ledger told: each event, and nothing else.
    pub fn check(&self, events: &[Told]) {
        let places = self.got.keys().copied();
        assert!(places.eq(1..=events.len() as i64), "an event is missing");
        for (got, told) in self.got().zip(events) {
            assert_eq!(got, told);
        }
    }
}

impl Data {
    fn told(self) -> Told {
        let kind: ChangeKind = self.kind.parse().unwrap();
        if kind == ChangeKind::Cancelled {
            assert!(matches!(
                self.evidence.verdict.as_str(),
                "complete" | "agreed"
            ));
        }
        let id = AppointmentId::new(self.appointment_id).unwrap();
        let row = |state: State| state.row(id.clone());
        Told {
            kind,
            version: self.version,
            observed_at: self.observed_at,
            before: self.before.map(row),
            after: self.after.map(row),
            id,
        }
    }
}

impl State {
    fn row(self, appointment_id: AppointmentId) -> Appointment {
        Appointment {
            appointment_id,
            out_pov_id: crate::settle::support::pov(),
            day: self.day.parse().unwrap(),
            period: self.period.parse().unwrap(),
            pick_code: PickCode::new(self.pick_code).unwrap(),
            pick_status: match self.picked {
                true => PickStatus::Picked,
                false => PickStatus::NotPicked,
            },
            name: Name::new(self.name).unwrap(),
        }
    }
}
