//! What was known once: the story of an appointment, a day as of an instant.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, HashSet};

use povline_domain::{AppointmentId, Day, OutPovId, UnixMillis};
use rusqlite::{Connection, OptionalExtension};

use super::columns::{self, PovNumber};
use super::encode::{read_evidence, read_states};
use super::trouble::Outcome;
use super::{read, sql, view};
use crate::ledger::{
    CertificateRecord, DayAsOf, Finding, FindingKind, RowState, Seen, Story, TrackedRow,
};

/// What every POV knows of an appointment, by POV.
pub(super) fn stories(connection: &Connection, id: &AppointmentId) -> Outcome<Vec<Story>> {
    let mut povs: BTreeMap<OutPovId, PovNumber> = BTreeMap::new();
    for sql in [sql::HISTORY_POVS_ALL, sql::ABSENT_POVS, sql::LIVE_POVS] {
        let mut statement = connection.prepare_cached(sql)?;
        let mut lines = statement.query([id.as_str()])?;
        while let Some(line) = lines.next()? {
            let number = PovNumber(columns::number(line, 0)?);
            povs.insert(columns::pov_name(line, 1)?, number);
        }
    }
    let suspects = read::suspects(connection)?;
    let mut stories = Vec::new();
    for (pov, number) in povs {
        let suspect = suspects
            .iter()
            .find(|suspect| suspect.pov == pov && suspect.appointment_id == *id);
        stories.push(Story {
            row: row_now(connection, number, &pov, id)?,
            suspect: suspect.cloned(),
            history: read::history(connection, &pov, id)?,
            findings: findings(connection, number, &pov, id)?,
            pov,
        });
    }
    Ok(stories)
}

/// The row as a POV knows it now.
fn row_now(
    connection: &Connection,
    number: PovNumber,
    pov: &OutPovId,
    id: &AppointmentId,
) -> Outcome<Option<TrackedRow>> {
    let mut live = connection.prepare_cached(sql::LIVE_OF_POV)?;
    let mut lines = live.query((number.0, id.as_str()))?;
    if let Some(line) = lines.next()? {
        let day = columns::day(line, 0)?;
        let rows = view::rows_of_day(connection, number, pov, day)?;
        return Ok(view::find(&rows, id).map(|index| rows[index].clone()));
    }
    let mut absent = connection.prepare_cached(sql::ABSENT_FIND)?;
    let mut lines = absent.query([id.as_str()])?;
    while let Some(line) = lines.next()? {
        if columns::number::<i64>(line, 10)? == number.0 {
            let day = columns::day(line, 1)?;
            return Ok(Some(TrackedRow {
                appointment: columns::appointment(line, 5, id.clone(), pov.clone(), day)?,
                unknown: columns::unknown_fields(line, 9)?,
                state: match columns::number::<i64>(line, 4)? {
                    0 => RowState::Suspected,
                    _ => RowState::Cancelled,
                },
                version: columns::number(line, 2)?,
                seen: Seen::At(columns::instant(line, 3)?),
            }));
        }
    }
    Ok(None)
}

/// A kept certificate of a POV, with its number and when its scan ended.
struct Kept {
    number: i64,
    ended_at: UnixMillis,
    record: CertificateRecord,
}

/// Goes through the certificates of a POV, oldest first.
fn each_certificate(
    connection: &Connection,
    number: PovNumber,
    pov: &OutPovId,
    mut take: impl FnMut(Kept),
) -> Outcome<()> {
    let mut statement = connection.prepare_cached(sql::CERTIFICATES_OF_POV)?;
    let mut lines = statement.query([number.0])?;
    while let Some(line) = lines.next()? {
        let evidence = read_evidence(columns::blob(line, 3)?)?;
        take(Kept {
            number: columns::number(line, 0)?,
            ended_at: columns::instant(line, 2)?,
            record: evidence.record(pov.clone(), columns::day(line, 1)?),
        });
    }
    Ok(())
}

fn findings(
    connection: &Connection,
    number: PovNumber,
    pov: &OutPovId,
    id: &AppointmentId,
) -> Outcome<Vec<Finding>> {
    let mut findings = Vec::new();
    each_certificate(connection, number, pov, |kept| {
        let record = &kept.record;
        let kinds = [
            (FindingKind::Suspected, &record.suspected),
            (FindingKind::Confirmed, &record.confirmed),
            (FindingKind::Returned, &record.returned),
        ];
        for (kind, ids) in kinds {
            if ids.contains(id) {
                findings.push(Finding {
                    kind,
                    certificate: kept.number,
                    record: record.clone(),
                });
            }
        }
    })?;
    Ok(findings)
}

/// A POV-day as it was known at an instant: by what had been settled of scans that ended by then.
pub(super) fn day_as_of(
    connection: &Connection,
    pov: &OutPovId,
    day: Day,
    at: UnixMillis,
) -> Outcome<DayAsOf> {
    let history_from: Option<i64> = connection
        .prepare_cached(sql::CERTIFICATE_FIRST)?
        .query_row((), |line| line.get(0))?;
    let mut as_of = DayAsOf {
        history_from: history_from.map(UnixMillis),
        ..DayAsOf::default()
    };
    let number: Option<i64> = connection
        .prepare_cached(sql::POV_NUMBER)?
        .query_row([pov.as_str()], |line| line.get(0))
        .optional()?;
    let Some(number) = number.map(PovNumber) else {
        return Ok(as_of);
    };
    let mut in_doubt: HashSet<AppointmentId> = HashSet::new();
    each_certificate(connection, number, pov, |kept| {
        if kept.ended_at > at {
            return;
        }
        in_doubt.extend(kept.record.suspected);
        for id in &kept.record.returned {
            in_doubt.remove(id);
        }
        if kept.record.day == day {
            as_of.evidence_at = as_of.evidence_at.max(kept.record.certificate.begun_at());
        }
    })?;
    let mut rows = rows_told(connection, number, pov, day, at)?;
    for row in rows.values_mut().flatten() {
        if in_doubt.contains(&row.appointment.appointment_id) {
            row.state = RowState::Suspected;
        }
    }
    let windows = view::day_row(connection, number, day)?.windows;
    for mut row in view::rows_of_day(connection, number, pov, day)? {
        // What it says beside may change without a line of history.
        if columns::seen_at(row.seen, &windows)? > at {
            row.unknown = None;
        }
        match rows.entry(row.appointment.appointment_id.clone()) {
            // Of a row of which nothing is told any more, it is as it was before the history begins.
            Entry::Vacant(place) => {
                place.insert(Some(row));
            }
            Entry::Occupied(mut told) => {
                if let Some(told) = told.get_mut()
                    && told.version == row.version
                {
                    told.unknown = row.unknown;
                }
            }
        }
    }
    as_of.rows = rows.into_values().flatten().collect();
    Ok(as_of)
}

/// For each appointment of which a POV's history tells, the row that stood on the day then, if it
/// did.
fn rows_told(
    connection: &Connection,
    number: PovNumber,
    pov: &OutPovId,
    day: Day,
    at: UnixMillis,
) -> Outcome<BTreeMap<AppointmentId, Option<TrackedRow>>> {
    let mut rows = BTreeMap::new();
    let mut statement = connection.prepare_cached(sql::HISTORY_OF_POV)?;
    let mut lines = statement.query([number.0])?;
    while let Some(line) = lines.next()? {
        let id = columns::id(line, 0)?;
        let version: u32 = columns::number(line, 1)?;
        let shown_at = columns::instant(line, 2)?;
        let is_first = !rows.contains_key(&id);
        let is_later = columns::instant(line, 4)? > at;
        if is_later && !is_first {
            continue;
        }
        let (before, after) = read_states(columns::blob(line, 3)?, id.clone(), pov.clone())?;
        // What stood before the first change that is still told was there from before.
        let then = if is_later { before } else { after };
        let then = then.filter(|row| row.day == day && row.out_pov_id == *pov);
        rows.insert(
            id,
            then.map(|appointment| TrackedRow {
                appointment,
                unknown: None,
                state: RowState::Live,
                version: if is_later { version - 1 } else { version },
                seen: Seen::At(shown_at),
            }),
        );
    }
    Ok(rows)
}
