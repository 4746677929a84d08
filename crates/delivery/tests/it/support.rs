//! A ledger to which things happen, and sinks that run until they have caught up.

use std::collections::BTreeMap;
use std::sync::Arc;

use povline_delivery::{Courier, Disclosure, SinkKind, SinkSettings, Until};
use povline_domain::{
    Appointment, AppointmentId, Certificate, Change, ChangeKind, ChangedFields, Clock, Day, Digest,
    Name, OutPovId, PageRequest, PickCode, PickStatus, UnixMillis, Verdict, Window,
};
use povline_store::ledger::{
    DayView, Deliveries as _, EventCursor, Ledger as _, Observation, Observed, ObservedRow,
    RowState, RowWrite, Seen, Settlement, SinkName, SinkStart, SqliteLedger, ToldEvent, TrackedRow,
};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

/// A clock that runs with the runtime's time.
#[derive(Debug, Clone)]
pub(crate) struct RunningClock(tokio::time::Instant);

pub(crate) const BEGIN: i64 = 1_610_928_000_000;

impl RunningClock {
    pub(crate) fn new() -> Self {
        Self(tokio::time::Instant::now())
    }
}

impl Clock for RunningClock {
    fn now(&self) -> UnixMillis {
        UnixMillis(BEGIN + self.0.elapsed().as_millis() as i64)
    }
}

/// A clinic's day, as scans show it.
pub(crate) struct Clinic {
    pub(crate) directory: TempDir,
    pub(crate) ledger: Arc<SqliteLedger>,
    rows: BTreeMap<(String, Day), BTreeMap<String, Appointment>>,
    at: i64,
    clock: Arc<RunningClock>,
}

pub(crate) fn day(n: i8) -> Day {
    Day::new(2021, 1, n).unwrap()
}

pub(crate) fn sink_name(name: &str) -> SinkName {
    SinkName::new(name).unwrap()
}

impl Clinic {
    pub(crate) fn new() -> Self {
        let directory = TempDir::new().unwrap();
        let ledger = Arc::new(SqliteLedger::open(directory.path()).unwrap());
        Self {
            directory,
            ledger,
            rows: BTreeMap::new(),
            at: BEGIN,
            clock: Arc::new(RunningClock::new()),
        }
    }

    /// Books, or changes what is booked: the next scan shows it.
    pub(crate) fn put(
        &mut self,
        pov: &str,
        n: i8,
        id: &str,
        change: impl FnOnce(&mut Appointment),
    ) {
        let fresh = || Appointment {
            appointment_id: AppointmentId::new(id).unwrap(),
            out_pov_id: OutPovId::new(pov).unwrap(),
            day: day(n),
            period: "08:00-08:30".parse().unwrap(),
            pick_code: PickCode::new(format!("code-{id}")).unwrap(),
            pick_status: PickStatus::NotPicked,
            name: Name::new("欧阳娜娜").unwrap(),
        };
        let rows = self.rows.entry((pov.to_owned(), day(n))).or_default();
        change(rows.entry(id.to_owned()).or_insert_with(fresh));
    }

    pub(crate) fn take_away(&mut self, pov: &str, n: i8, id: &str) {
        let rows = self.rows.get_mut(&(pov.to_owned(), day(n))).unwrap();
        rows.remove(id).unwrap();
    }

    /// Scans every list once.
    pub(crate) async fn scan(&mut self) {
        let lists: Vec<_> = self.rows.clone().into_iter().collect();
        let mut observations = Vec::new();
        for ((pov, day), rows) in lists {
            self.at += 1_000;
            let count = rows.len() as u32;
            observations.push(Observation {
                pov: OutPovId::new(pov).unwrap(),
                day,
                open_days: vec![day].into(),
                tried_at: UnixMillis(self.at),
                certificate: Certificate {
                    windows: vec![Window {
                        request: PageRequest::FIRST,
                        rows: count,
                        total: Some(count.into()),
                        digest: Digest(self.at as u128),
                        requested_at: UnixMillis(self.at),
                        answered_at: UnixMillis(self.at + 5),
                    }],
                    anchors: Vec::new(),
                    verdict: Verdict::Complete,
                    restarts: 0,
                },
                unread: Vec::new(),
                observed: Observed::Rows(
                    rows.into_values()
                        .map(|appointment| ObservedRow {
                            appointment,
                            unknown: None,
                            window: 0,
                        })
                        .collect(),
                ),
            });
        }
        for settled in self.ledger.settle(observations, decide).await.unwrap() {
            settled.unwrap();
        }
    }

    /// Books so many appointments of one POV and day and scans it.
    pub(crate) async fn book(&mut self, count: usize) {
        for n in 0..count {
            self.put("00001", 18, &format!("a{n:04}"), |_| {});
        }
        self.scan().await;
    }

    pub(crate) async fn told(&self) -> Vec<ToldEvent> {
        let all = self.ledger.outbox(EventCursor(0), 1_000_000).await;
        all.unwrap().events
    }

    /// Hands over what there is to this sink.
    pub(crate) async fn deliver(&self, sink: SinkSettings) {
        let stop = CancellationToken::new();
        self.courier()
            .run(vec![sink], Until::CaughtUp, &stop)
            .await
            .unwrap();
    }

    pub(crate) fn courier(&self) -> Courier<SqliteLedger> {
        Courier::new(Arc::clone(&self.ledger), self.clock.clone(), 7)
    }
}

pub(crate) fn sink(name: &str, kind: SinkKind) -> SinkSettings {
    SinkSettings {
        name: sink_name(name),
        disclosure: Disclosure::default(),
        start: SinkStart::Oldest,
        kind,
    }
}

/// Takes every scan at its word: what is shown is there, and what is missed twice is cancelled.
fn decide(observation: &Observation, view: &DayView) -> Settlement {
    let at = observation.certificate.begun_at().unwrap();
    let mut settlement = Settlement {
        stands: true,
        ..Settlement::default()
    };
    let Observed::Rows(shown) = &observation.observed else {
        return settlement;
    };
    let is_shown = |id: &AppointmentId| {
        shown
            .iter()
            .any(|row| row.appointment.appointment_id == *id)
    };
    let change =
        |kind, version, before: Option<&Appointment>, after: Option<&Appointment>| Change {
            kind,
            appointment_id: after.or(before).unwrap().appointment_id.clone(),
            version,
            before: before.cloned(),
            after: after.cloned(),
            observed_at: at,
        };
    for row in shown {
        let after = &row.appointment;
        let here = view.rows.iter();
        let known = here
            .chain(view.elsewhere.iter().map(|(row, _)| row))
            .find(|known| known.appointment.appointment_id == after.appointment_id);
        let kind = known.map_or(Some(ChangeKind::Booked), |known| {
            let differs = ChangedFields::between(&known.appointment, after);
            match (known.state, differs.place_or_day, differs.pick_status) {
                (RowState::Cancelled, ..) => Some(ChangeKind::Restored),
                (_, true, _) => Some(ChangeKind::Rescheduled),
                (_, _, true) => Some(ChangeKind::Picked),
                _ => differs.any().then_some(ChangeKind::Changed),
            }
        });
        let version = known.map_or(0, |known| known.version) + u32::from(kind.is_some());
        settlement.rows.push(RowWrite::Put(TrackedRow {
            appointment: after.clone(),
            unknown: None,
            state: RowState::Live,
            version,
            seen: Seen::Window(0),
        }));
        let before = known.map(|known| &known.appointment);
        settlement
            .changes
            .extend(kind.map(|kind| change(kind, version, before, Some(after))));
    }
    for known in &view.rows {
        let id = &known.appointment.appointment_id;
        if known.state == RowState::Live && !is_shown(id) {
            settlement.rows.push(RowWrite::Suspect(id.clone(), at));
        }
    }
    for (suspect, known) in &view.suspects {
        let id = &suspect.appointment_id;
        if suspect.day == observation.day && !is_shown(id) {
            let version = known.version + 1;
            settlement.rows.push(RowWrite::Confirm(id.clone(), at));
            settlement.rows.push(RowWrite::Cancel(id.clone(), version));
            let before = Some(&known.appointment);
            settlement
                .changes
                .push(change(ChangeKind::Cancelled, version, before, None));
        }
    }
    settlement
}
