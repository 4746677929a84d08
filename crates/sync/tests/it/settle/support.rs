//! Short ways to write rows, pages and scans.

use povline_domain::{
    Appointment, AppointmentId, Certificate, ChangeKind, Day, Digest, IncompleteReason, Name,
    OutPovId, PageRequest, PickCode, PickStatus, UnixMillis, Verdict, Window,
};
use povline_store::ledger::{Observation, Observed, ObservedRow};

/// The confirming delay of all these tests.
pub const T: i64 = 100;

pub fn pov() -> OutPovId {
    OutPovId::new("00001").unwrap()
}

/// Day `n` of some month.
pub fn day(n: i8) -> Day {
    Day::new(2021, 1, n).unwrap()
}

pub fn id(text: &str) -> AppointmentId {
    AppointmentId::new(text).unwrap()
}

/// A row with this id on this day: 08:00-08:30, not picked, its id as its pick code.
pub fn row(text: &str, day: Day) -> Appointment {
    Appointment {
        appointment_id: id(text),
        out_pov_id: pov(),
        day,
        period: "08:00-08:30".parse().unwrap(),
        pick_code: PickCode::new(text).unwrap(),
        pick_status: PickStatus::NotPicked,
        name: Name::new("测试").unwrap(),
    }
}

pub fn picked(row: Appointment) -> Appointment {
    Appointment {
        pick_status: PickStatus::Picked,
        ..row
    }
}

pub fn at_nine(row: Appointment) -> Appointment {
    Appointment {
        period: "09:00-09:30".parse().unwrap(),
        ..row
    }
}

/// A scan of a day: for each page, when it was requested and what it newly showed.
pub fn scan(day: Day, verdict: Verdict, pages: &[(i64, Vec<Appointment>)]) -> Observation {
    let windows = pages
        .iter()
        .map(|(requested_at, rows)| Window {
            request: PageRequest::FIRST,
            rows: rows.len() as u32,
            total: None,
            digest: digest(rows),
            requested_at: UnixMillis(*requested_at),
            answered_at: UnixMillis(*requested_at),
        })
        .collect();
    let rows = pages
        .iter()
        .enumerate()
        .flat_map(|(window, (_, rows))| {
            rows.iter().map(move |row| ObservedRow {
                appointment: row.clone(),
                unknown: None,
                window: window as u16,
            })
        })
        .collect();
    Observation {
        pov: pov(),
        day,
        open_days: vec![self::day(1), self::day(2)].into(),
        tried_at: UnixMillis(pages.first().map_or(0, |(instant, _)| *instant)),
        certificate: Certificate {
            windows,
            anchors: Vec::new(),
            verdict,
            restarts: 0,
        },
        observed: Observed::Rows(rows),
        unread: Vec::new(),
    }
}

pub fn complete(day: Day, at: i64, rows: &[Appointment]) -> Observation {
    scan(day, Verdict::Complete, &[(at, rows.to_vec())])
}

pub fn incomplete(day: Day, at: i64, rows: &[Appointment]) -> Observation {
    let verdict = Verdict::Incomplete(IncompleteReason::NoAnchor);
    scan(day, verdict, &[(at, rows.to_vec())])
}

/// The same scan, each of whose pages was answered so long after it was requested.
pub fn answered_after(mut scan: Observation, millis: i64) -> Observation {
    for window in &mut scan.certificate.windows {
        window.answered_at = window.requested_at.plus_millis(millis);
    }
    scan
}

/// The same scan, as one that was recognised by its digests.
pub fn unchanged(scan: Observation) -> Observation {
    Observation {
        observed: Observed::Unchanged,
        ..scan
    }
}

/// The same scan of a POV that has only these days open.
pub fn with_open_days(scan: Observation, open_days: &[Day]) -> Observation {
    Observation {
        open_days: open_days.into(),
        ..scan
    }
}

/// Equal for equal rows in equal order, like the digest of an answer.
fn digest(rows: &[Appointment]) -> Digest {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let mut hasher = DefaultHasher::new();
    rows.hash(&mut hasher);
    Digest(u128::from(hasher.finish()))
}

pub use ChangeKind::{Booked, Cancelled, Changed, Picked, Rescheduled, Restored, Unpicked};
