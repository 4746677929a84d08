//! What is shown to the deciding function, and what the writes after it need to know besides.

use std::collections::HashMap;

use povline_domain::{AppointmentId, Day, OutPovId, UnixMillis, Window};
use rusqlite::{Connection, OptionalExtension};

use super::brake::Brakes;
use super::columns::{self, PovNumber};
use super::encode::read_windows;
use super::trouble::Outcome;
use super::{elsewhere, quarantine, sql};
use crate::ledger::{
    DayCheck, DayView, Observation, Observed, RowState, Seen, Suspect, TrackedRow,
};

/// The view of one observation and the stored forms behind it.
pub(super) struct Loaded {
    pub(super) pov: PovNumber,
    pub(super) day: DayRow,
    pub(super) view: DayView,
    /// Of each row of the view, what `live.seen` holds; `None` of a suspect.
    pub(super) stored_seen: Vec<Option<i64>>,
    /// Of each entry of `view.elsewhere`, the POV.
    pub(super) elsewhere_povs: Vec<PovNumber>,
}

/// A line of the table `day`.
#[derive(Debug, Default)]
pub(super) struct DayRow {
    pub(super) stands: bool,
    pub(super) checked_at: Option<UnixMillis>,
    pub(super) valid_at: Option<UnixMillis>,
    pub(super) tried_at: Option<UnixMillis>,
    pub(super) live: i64,
    pub(super) picked: i64,
    pub(super) suspected: i64,
    pub(super) windows: Vec<Window>,
}

pub(super) fn load(
    connection: &Connection,
    pov: PovNumber,
    observation: &Observation,
    brakes: &Brakes,
    fleet_live: i64,
) -> Outcome<Loaded> {
    let day = day_row(connection, pov, observation.day)?;
    let mut suspects = suspects(connection, pov, &observation.pov)?;
    for (suspect, _) in &mut suspects {
        let fleet_is_held = brakes.fleet.hold.is_some();
        suspect.held = fleet_is_held || brakes.is_held(connection, pov, suspect.day)?;
    }
    let may_vanish = matches!(observation.observed, Observed::Rows(_)) && day.live > 0;
    let mut checks = checks(connection, pov, observation, &day, suspects.is_empty())?;
    for check in &mut checks {
        check.held = brakes.is_held(connection, pov, check.day)?;
    }
    let mut view = DayView {
        brake: brakes.of_day(connection, pov, observation, may_vanish)?,
        fleet: brakes.fleet,
        fleet_live: u64::try_from(fleet_live).unwrap_or_default(),
        lost_on_held: brakes.lost_on_held,
        standing: day.stands.then(|| day.windows.clone()),
        checks,
        ..DayView::default()
    };

    let (mut stored_seen, mut elsewhere_povs) = (Vec::new(), Vec::new());
    if let Observed::Rows(observed) = &observation.observed {
        let place = (&observation.pov, observation.day);
        (view.rows, stored_seen) = rows(connection, pov, place, &day, on_day(&suspects, place.1))?;
        let unknown = observed
            .iter()
            .map(|row| &row.appointment.appointment_id)
            .filter(|id| find(&view.rows, id).is_none());
        let found = elsewhere::find(connection, pov, observation, unknown.collect())?;
        (view.elsewhere, elsewhere_povs) = found
            .into_iter()
            .map(|found| ((found.row, found.last_shown), found.pov))
            .unzip();
    }
    view.unread = quarantine::shown_suspects(connection, pov, observation, &suspects)?;
    view.suspects = suspects;
    Ok(Loaded {
        pov,
        day,
        view,
        stored_seen,
        elsewhere_povs,
    })
}

/// The rows of a POV-day, live and suspected, by appointment id.
pub(super) fn rows_of_day(
    connection: &Connection,
    pov: PovNumber,
    name: &OutPovId,
    day: Day,
) -> Outcome<Vec<TrackedRow>> {
    let line = day_row(connection, pov, day)?;
    let suspects = on_day(&suspects(connection, pov, name)?, day);
    Ok(rows(connection, pov, (name, day), &line, suspects)?.0)
}

/// Where an id stands in rows that are in the order of their ids.
pub(super) fn find(rows: &[TrackedRow], id: &AppointmentId) -> Option<usize> {
    rows.binary_search_by(|row| row.appointment.appointment_id.cmp(id))
        .ok()
}

pub(super) fn day_row(connection: &Connection, pov: PovNumber, day: Day) -> Outcome<DayRow> {
    let mut statement = connection.prepare_cached(sql::DAY_READ)?;
    let mut lines = statement.query((pov.0, day.number()))?;
    let Some(line) = lines.next()? else {
        return Ok(DayRow::default());
    };
    Ok(DayRow {
        stands: columns::number::<i64>(line, 0)? == 1,
        checked_at: columns::instant_or_none(line, 1)?,
        valid_at: columns::instant_or_none(line, 2)?,
        tried_at: columns::instant_or_none(line, 3)?,
        live: columns::number(line, 4)?,
        picked: columns::number(line, 5)?,
        suspected: columns::number(line, 6)?,
        windows: read_windows(columns::blob(line, 7)?)?,
    })
}

pub(super) fn suspects(
    connection: &Connection,
    pov: PovNumber,
    name: &OutPovId,
) -> Outcome<Vec<(Suspect, TrackedRow)>> {
    let mut statement = connection.prepare_cached(sql::ABSENT_SUSPECTS)?;
    let mut lines = statement.query([pov.0])?;
    let mut suspects = Vec::new();
    while let Some(line) = lines.next()? {
        let id = columns::id(line, 0)?;
        let day = columns::day(line, 1)?;
        let suspect = Suspect {
            appointment_id: id.clone(),
            pov: name.clone(),
            day,
            last_shown: columns::instant(line, 3)?,
            vanished_at: columns::instant(line, 4)?,
            confirmed_at: columns::instant_or_none(line, 5)?,
            accepted: columns::number::<i64>(line, 11)? == 1,
            held: false,
        };
        let row = TrackedRow {
            appointment: columns::appointment(line, 6, id, name.clone(), day)?,
            unknown: columns::unknown_fields(line, 10)?,
            state: RowState::Suspected,
            version: columns::number(line, 2)?,
            seen: Seen::At(suspect.last_shown),
        };
        suspects.push((suspect, row));
    }
    suspects.sort_by(|(left, _), (right, _)| left.appointment_id.cmp(&right.appointment_id));
    Ok(suspects)
}

pub(super) fn on_day(suspects: &[(Suspect, TrackedRow)], day: Day) -> Vec<TrackedRow> {
    let here = suspects.iter().filter(|(suspect, _)| suspect.day == day);
    here.map(|(_, row)| row.clone()).collect()
}

/// When this day was last read whole; with suspects, also when each day was that is open or not
/// over.
fn checks(
    connection: &Connection,
    pov: PovNumber,
    observation: &Observation,
    day: &DayRow,
    own_day_only: bool,
) -> Outcome<Vec<DayCheck>> {
    if own_day_only {
        let own = day.checked_at.map(|begun_at| DayCheck {
            day: observation.day,
            begun_at,
            held: false,
        });
        return Ok(own.into_iter().collect());
    }
    let today = Day::at(observation.tried_at);
    let asked = || observation.open_days.iter().chain([&observation.day]);
    let first = asked().fold(today, |first, day| first.min(*day));
    let mut statement = connection.prepare_cached(sql::DAY_CHECKS)?;
    let mut lines = statement.query((pov.0, first.number()))?;
    let mut checks = Vec::new();
    while let Some(line) = lines.next()? {
        let check = DayCheck {
            day: columns::day(line, 0)?,
            begun_at: columns::instant(line, 1)?,
            held: false,
        };
        if check.day >= today || asked().any(|day| *day == check.day) {
            checks.push(check);
        }
    }
    Ok(checks)
}

/// The live rows of a day, merged with its suspects in the order of their ids.
pub(super) fn rows(
    connection: &Connection,
    pov: PovNumber,
    (name, on): (&OutPovId, Day),
    day: &DayRow,
    suspects: Vec<TrackedRow>,
) -> Outcome<(Vec<TrackedRow>, Vec<Option<i64>>)> {
    let expected = usize::try_from(day.live).unwrap_or_default() + suspects.len();
    let mut rows = Vec::with_capacity(expected);
    let mut stored = Vec::with_capacity(expected);
    let mut suspects = suspects.into_iter().peekable();
    let mut statement = connection.prepare_cached(sql::LIVE_READ)?;
    let mut lines = statement.query((pov.0, on.number()))?;
    while let Some(line) = lines.next()? {
        let id = columns::id(line, 0)?;
        while let Some(suspect) = suspects.next_if(|row| row.appointment.appointment_id < id) {
            rows.push(suspect);
            stored.push(None);
        }
        let stored_seen = columns::number(line, 2)?;
        let seen = columns::seen(stored_seen)?;
        rows.push(TrackedRow {
            state: RowState::Live,
            version: columns::number(line, 1)?,
            seen: if day.stands {
                seen
            } else {
                Seen::At(columns::seen_at(seen, &day.windows)?)
            },
            appointment: columns::appointment(line, 3, id, name.clone(), on)?,
            unknown: columns::unknown_fields(line, 7)?,
        });
        stored.push(Some(stored_seen));
    }
    for suspect in suspects {
        rows.push(suspect);
        stored.push(None);
    }
    Ok((rows, stored))
}

/// The windows of days of one POV, each read at most once.
#[derive(Default)]
pub(super) struct WindowsOfDays(HashMap<Day, Vec<Window>>);

impl WindowsOfDays {
    pub(super) fn get(
        &mut self,
        connection: &Connection,
        pov: PovNumber,
        day: Day,
    ) -> Outcome<&[Window]> {
        use std::collections::hash_map::Entry;
        Ok(match self.0.entry(day) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(unknown) => {
                let stored: Option<Vec<u8>> = connection
                    .prepare_cached(sql::DAY_WINDOWS)?
                    .query_row((pov.0, day.number()), |line| line.get(0))
                    .optional()?;
                unknown.insert(stored.map_or(Ok(Vec::new()), |bytes| read_windows(&bytes))?)
            }
        })
    }
}
