//! Short ways to write observations, and a decision simple enough to be seen through.

use povline_domain::{
    Appointment, AppointmentId, Certificate, Change, ChangeKind, ChangedFields, Day, Digest, Name,
    OutPovId, PageRequest, PickCode, PickStatus, UnixMillis, Verdict, Window,
};
use povline_store::StoreError;
use povline_store::ledger::{
    DayView, Ledger, Observation, Observed, ObservedRow, RowState, RowWrite, Seen, Settled,
    Settlement, TrackedRow,
};

pub fn pov(name: &str) -> OutPovId {
    OutPovId::new(name).unwrap()
}

pub fn day(n: i8) -> Day {
    Day::new(2021, 1, n).unwrap()
}

pub fn id(text: &str) -> AppointmentId {
    AppointmentId::new(text).unwrap()
}

pub fn row(text: &str, pov: &OutPovId, day: Day) -> Appointment {
    Appointment {
        appointment_id: id(text),
        out_pov_id: pov.clone(),
        day,
        period: "08:00-08:30".parse().unwrap(),
        pick_code: PickCode::new(text).unwrap(),
        pick_status: PickStatus::NotPicked,
        name: Name::new("测试").unwrap(),
    }
}

pub fn window(at: i64, rows: usize) -> Window {
    Window {
        request: PageRequest::FIRST,
        rows: rows as u32,
        total: Some(rows as u64),
        digest: Digest(rows as u128),
        requested_at: UnixMillis(at),
        answered_at: UnixMillis(at + 5),
    }
}

/// A complete scan of one page.
pub fn scan(pov: &OutPovId, day: Day, at: i64, rows: Vec<Appointment>) -> Observation {
    Observation {
        pov: pov.clone(),
        day,
        open_days: vec![self::day(1), self::day(2)].into(),
        tried_at: UnixMillis(at - 1),
        certificate: Certificate {
            windows: vec![window(at, rows.len())],
            anchors: Vec::new(),
            verdict: Verdict::Complete,
            restarts: 0,
        },
        unread: Vec::new(),
        observed: Observed::Rows(
            rows.into_iter()
                .map(|appointment| ObservedRow {
                    appointment,
                    unknown: None,
                    window: 0,
                })
                .collect(),
        ),
    }
}

/// That the lists from this day on are said to have been read whole when they were, and no others.
pub async fn assert_checks<L: Ledger>(ledger: &L, first: Day) {
    let days = ledger.days_from(first).await.unwrap();
    let expected: Vec<_> = days
        .into_iter()
        .filter_map(|day| Some((day.pov, day.day, day.checked_at?)))
        .collect();
    let checks = ledger.checks_from(first).await.unwrap();
    let mut told: Vec<_> = checks
        .into_iter()
        .map(|list| (list.pov, list.day, list.checked_at))
        .collect();
    told.sort_unstable();
    assert_eq!(told, expected);
}

pub fn change(
    kind: ChangeKind,
    version: u32,
    before: Option<&Appointment>,
    after: Option<&Appointment>,
    at: UnixMillis,
) -> Change {
    Change {
        kind,
        appointment_id: after.or(before).unwrap().appointment_id.clone(),
        version,
        before: before.cloned(),
        after: after.cloned(),
        observed_at: at,
    }
}

/// Takes every scan at its word: rows shown are there, rows not shown are suspected, suspects of
/// the day that are missed again are confirmed and, at once, cancelled.
pub fn at_its_word(observation: &Observation, view: &DayView) -> Settlement {
    let at = observation.certificate.begun_at().unwrap();
    let mut settlement = Settlement {
        stands: observation.certificate.is_complete(),
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
    for row in shown {
        let after = &row.appointment;
        let here = view.rows.iter();
        let elsewhere = view.elsewhere.iter().map(|(row, _)| row);
        let known = here
            .chain(elsewhere)
            .find(|known| known.appointment.appointment_id == after.appointment_id);
        let before = known.map(|known| &known.appointment);
        let kind = match known {
            None => Some(ChangeKind::Booked),
            Some(known) if known.state == RowState::Cancelled => Some(ChangeKind::Restored),
            Some(known) => {
                let fields = ChangedFields::between(&known.appointment, after);
                match (fields.place_or_day, fields.any()) {
                    (true, _) => Some(ChangeKind::Rescheduled),
                    (false, true) => Some(ChangeKind::Changed),
                    (false, false) => None,
                }
            }
        };
        let version = known.map_or(0, |known| known.version) + u32::from(kind.is_some());
        settlement.rows.push(RowWrite::Put(TrackedRow {
            appointment: after.clone(),
            unknown: row.unknown.clone(),
            state: RowState::Live,
            version,
            seen: if settlement.stands {
                Seen::Window(row.window)
            } else {
                Seen::At(at)
            },
        }));
        let told = kind.map(|kind| change(kind, version, before, Some(after), at));
        settlement.changes.extend(told);
    }
    for known in &view.rows {
        let id = &known.appointment.appointment_id;
        if known.state == RowState::Live && settlement.stands && !is_shown(id) {
            settlement.rows.push(RowWrite::Suspect(id.clone(), at));
        }
    }
    for (suspect, known) in &view.suspects {
        let id = &suspect.appointment_id;
        if suspect.day == observation.day && settlement.stands && !is_shown(id) {
            let version = known.version + 1;
            settlement.rows.push(RowWrite::Confirm(id.clone(), at));
            settlement.rows.push(RowWrite::Cancel(id.clone(), version));
            let before = Some(&known.appointment);
            let told = change(ChangeKind::Cancelled, version, before, None, at);
            settlement.changes.push(told);
        }
    }
    settlement
}

/// Settles one scan at its word.
pub async fn settle<L: Ledger>(ledger: &L, observation: Observation) -> Settled {
    settle_with(ledger, observation, at_its_word).await.unwrap()
}

pub async fn settle_with<L: Ledger>(
    ledger: &L,
    observation: Observation,
    decide: impl Fn(&Observation, &DayView) -> Settlement + Send + Sync + 'static,
) -> Result<Settled, StoreError> {
    let mut settled = ledger.settle(vec![observation], decide).await.unwrap();
    settled.pop().unwrap()
}
