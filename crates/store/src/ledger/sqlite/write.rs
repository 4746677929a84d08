//! Writing what a scan means: rows first, each checked against what was shown to the deciding
//! function, then the record of it.

use std::collections::BTreeMap;

use povline_domain::{Appointment, AppointmentId, Change, Day, UnixMillis, UnknownFields};
use rusqlite::{CachedStatement, Connection};

use super::at_rest::AtRest;
use super::brake::Brakes;
use super::columns::{self, PovNumber};
use super::encode::Evidence;
use super::quarantine;
use super::sql;
use super::tally::Tally;
use super::trouble::{Outcome, refused};
use super::view::{self, DayRow, Loaded};
use crate::ledger::{
    LookedAt, Observation, RowState, RowWrite, Seen, Settled, Settlement, TrackedRow,
};

const UNKNOWN_SUSPECT: &str = "settle a scan that confirms or cancels what is not suspected";
const UNKNOWN_LIVE: &str = "settle a scan that suspects what is not live";
const NOT_HERE: &str = "settle a scan that puts a row on another POV-day";
const NOT_STANDING: &str = "settle a scan that puts a row by a window which does not stand";
const BAD_VERSIONS: &str = "settle a scan whose changes do not lead from version to version";

/// Writes a settlement, all of it or, after a rollback by the caller, nothing. Tells what it did and
/// how the day stands now.
pub(super) fn write(
    connection: &Connection,
    observation: &Observation,
    loaded: Loaded,
    settlement: Settlement,
    tally: &mut Tally,
    brakes: &mut Brakes,
    at_rest: &AtRest,
) -> Outcome<(Settled, DayRow)> {
    let mut writer = Writer {
        connection,
        observation,
        loaded,
        at_rest,
        stands: settlement.stands,
        certificate: tally.certificate + 1,
        live_from: tally.live_from,
        touched: false,
        live_more: 0,
        evidence: Evidence::default(),
        live_update: None,
    };
    let mut changes = settlement.changes.iter();
    for write in &settlement.rows {
        writer.check_versions(write, &mut changes)?;
        writer.write_row(write)?;
    }
    if changes.next().is_some() {
        return Err(refused(BAD_VERSIONS));
    }
    writer.tell(&settlement.changes, tally)?;
    let suspected = writer.evidence.suspected.len() as u32;
    tally.live += writer.live_more;
    brakes.count(
        writer.evidence.suspected.len(),
        writer.evidence.returned.len(),
    );
    let begun_at = UnixMillis(writer.begun_at());
    let quarantined = quarantine::write(connection, writer.loaded.pov, observation, begun_at)?;
    if let Some(step) = settlement.brake {
        let before = &writer.loaded.view.brake;
        brakes.step_of_day(connection, writer.loaded.pov, observation, before, step)?;
    }
    if let Some(step) = settlement.fleet {
        brakes.step_of_fleet(connection, step)?;
    }
    writer.keep_certificate(!settlement.changes.is_empty(), tally)?;
    writer.write_day(!settlement.changes.is_empty())?;
    let settled = Settled {
        suspected,
        suspects_left: u32::try_from(writer.loaded.day.suspected).unwrap_or(u32::MAX),
        stands: settlement.stands,
        stale: settlement.stale,
        brake: settlement.brake,
        fleet: settlement.fleet,
        quarantined,
        changes: settlement.changes,
    };
    Ok((settled, writer.loaded.day))
}

pub(super) struct Writer<'a> {
    pub(super) connection: &'a Connection,
    pub(super) observation: &'a Observation,
    pub(super) loaded: Loaded,
    at_rest: &'a AtRest,
    pub(super) stands: bool,
    /// The number that this scan's certificate gets if it is kept.
    pub(super) certificate: i64,
    /// Whether a row of the day was put or suspected.
    pub(super) touched: bool,
    /// From which day on the live rows of the fleet are counted, and by how many they become more.
    live_from: i64,
    live_more: i64,
    pub(super) evidence: Evidence<'a>,
    /// Kept for all rows of a scan: most of what changes on a busy day is updated in place.
    live_update: Option<CachedStatement<'a>>,
}

impl<'a> Writer<'a> {
    /// The changes of a write must lead from the version that was shown to the one it writes.
    fn check_versions<'c>(
        &self,
        write: &RowWrite,
        changes: &mut impl Iterator<Item = &'c Change>,
    ) -> Outcome<()> {
        let (id, version) = match write {
            RowWrite::Put(row) => (&row.appointment.appointment_id, row.version),
            RowWrite::Cancel(id, version) | RowWrite::Leave(id, version) => (id, *version),
            RowWrite::Suspect(..) | RowWrite::Confirm(..) => return Ok(()),
        };
        let mut next = self.known_version(write, id) + 1;
        while next <= version {
            let change = changes.next().ok_or_else(|| refused(BAD_VERSIONS))?;
            if change.version != next || change.appointment_id != *id {
                return Err(refused(BAD_VERSIONS));
            }
            next += 1;
        }
        if next == version + 1 {
            Ok(())
        } else {
            Err(refused(BAD_VERSIONS))
        }
    }

    fn known_version(&self, write: &RowWrite, id: &AppointmentId) -> u32 {
        let view = &self.loaded.view;
        if let RowWrite::Cancel(..) | RowWrite::Leave(..) = write {
            return self.suspect(id).map_or(0, |(_, row)| row.version);
        }
        if let Some(index) = view::find(&view.rows, id) {
            return view.rows[index].version;
        }
        self.elsewhere(id)
            .max_by_key(|(_, row, last_shown)| (row.state == RowState::Live, *last_shown))
            .map_or(0, |(_, row, _)| row.version)
    }

    fn suspect(&self, id: &AppointmentId) -> Option<&(crate::ledger::Suspect, TrackedRow)> {
        let suspects = &self.loaded.view.suspects;
        let index = suspects.binary_search_by(|(suspect, _)| suspect.appointment_id.cmp(id));
        index.ok().map(|index| &suspects[index])
    }

    fn elsewhere(
        &self,
        id: &AppointmentId,
    ) -> impl Iterator<Item = (PovNumber, &TrackedRow, UnixMillis)> {
        let povs = self.loaded.elsewhere_povs.iter();
        povs.zip(&self.loaded.view.elsewhere)
            .filter(move |(_, (row, _))| row.appointment.appointment_id == *id)
            .map(|(pov, (row, last_shown))| (*pov, row, *last_shown))
    }

    fn write_row(&mut self, write: &'a RowWrite) -> Outcome<()> {
        match write {
            RowWrite::Put(row) => self.put(row),
            RowWrite::Suspect(id, vanished_at) => self.suspect_row(id, *vanished_at),
            RowWrite::Confirm(id, confirmed_at) => self.confirm(id, *confirmed_at),
            RowWrite::Cancel(id, version) => self.cancel(id, *version),
            RowWrite::Leave(id, _) => self.leave_pov(id),
        }
    }

    fn put(&mut self, row: &'a TrackedRow) -> Outcome<()> {
        let appointment = &row.appointment;
        let here = appointment.out_pov_id == self.observation.pov
            && appointment.day == self.observation.day
            && row.state == RowState::Live;
        if !here {
            return Err(refused(NOT_HERE));
        }
        if let Seen::Window(window) = row.seen {
            let windows = &self.observation.certificate.windows;
            if !self.stands || usize::from(window) >= windows.len() {
                return Err(refused(NOT_STANDING));
            }
        }
        self.touched = true;
        let id = &appointment.appointment_id;
        if let Some(index) = view::find(&self.loaded.view.rows, id) {
            if self.loaded.view.rows[index].state == RowState::Live {
                return self.update(row, index);
            }
            self.remove_absent(self.loaded.pov, id)?;
            self.loaded.day.suspected -= 1;
            self.evidence.returned.push(id);
        } else {
            self.leave_elsewhere(id)?;
        }
        self.count(appointment, 1);
        self.connection.prepare_cached(sql::LIVE_ADD)?.execute((
            self.loaded.pov.0,
            appointment.day.number(),
            id.as_str(),
            row.version,
            columns::seen_number(row.seen),
            appointment.period.number(),
            columns::is_picked(appointment),
            appointment.pick_code.as_str(),
            appointment.name.as_str(),
            row.unknown.as_ref().map(UnknownFields::as_json),
        ))?;
        Ok(())
    }

    /// Updates a live row of this day, and no more of it than differs from what is stored.
    fn update(&mut self, row: &TrackedRow, index: usize) -> Outcome<()> {
        let known = &self.loaded.view.rows[index];
        let appointment = &row.appointment;
        let seen = columns::seen_number(row.seen);
        let key = (self.loaded.pov.0, appointment.day.number());
        let id = appointment.appointment_id.as_str();
        let is_same = known.appointment == *appointment && known.unknown == row.unknown;
        if known.version == row.version && is_same {
            if self.loaded.stored_seen[index] != Some(seen) {
                let mut statement = self.connection.prepare_cached(sql::LIVE_SEEN)?;
                statement.execute((key.0, key.1, id, seen))?;
            }
            return Ok(());
        }
        let was_picked = columns::is_picked(&known.appointment);
        let is_picked = columns::is_picked(appointment);
        self.loaded.day.picked += i64::from(is_picked) - i64::from(was_picked);
        let statement = match &mut self.live_update {
            Some(statement) => statement,
            none => none.insert(self.connection.prepare_cached(sql::LIVE_UPDATE)?),
        };
        statement.execute((
            key.0,
            key.1,
            id,
            row.version,
            seen,
            appointment.period.number(),
            is_picked,
            appointment.pick_code.as_str(),
            appointment.name.as_str(),
            row.unknown.as_ref().map(UnknownFields::as_json),
        ))?;
        Ok(())
    }

    /// A row that is put here leaves every place where it was known to be.
    fn leave_elsewhere(&mut self, id: &'a AppointmentId) -> Outcome<()> {
        let places: Vec<_> = self
            .elsewhere(id)
            .map(|(pov, row, _)| {
                let appointment = &row.appointment;
                let picked = columns::is_picked(appointment);
                (pov, appointment.day, row.state, picked)
            })
            .collect();
        for (pov, day, state, picked) in places {
            self.at_rest.remove(pov, day);
            if pov != self.loaded.pov {
                self.connection
                    .prepare_cached(sql::POV_LENDS)?
                    .execute([pov.0])?;
            }
            match state {
                RowState::Live => {
                    self.count_in_fleet(day, -1);
                    let key = (pov.0, day.number());
                    self.connection.prepare_cached(sql::LIVE_REMOVE)?.execute((
                        key.0,
                        key.1,
                        id.as_str(),
                    ))?;
                    self.connection.prepare_cached(sql::DAY_LOSES)?.execute((
                        key.0,
                        key.1,
                        picked,
                        self.begun_at(),
                    ))?;
                }
                RowState::Suspected => {
                    self.remove_absent(pov, id)?;
                    self.connection
                        .prepare_cached(sql::DAY_LOSES_SUSPECT)?
                        .execute((pov.0, day.number()))?;
                    self.evidence.returned.push(id);
                }
                RowState::Cancelled => self.remove_absent(pov, id)?,
            }
        }
        Ok(())
    }

    fn suspect_row(&mut self, id: &'a AppointmentId, vanished_at: UnixMillis) -> Outcome<()> {
        let index = view::find(&self.loaded.view.rows, id).ok_or_else(|| refused(UNKNOWN_LIVE))?;
        let row = self.loaded.view.rows[index].clone();
        let appointment = &row.appointment;
        let key = (self.loaded.pov.0, appointment.day.number());
        let removed = self.connection.prepare_cached(sql::LIVE_REMOVE)?.execute((
            key.0,
            key.1,
            id.as_str(),
        ))?;
        if removed != 1 {
            return Err(refused(UNKNOWN_LIVE));
        }
        let seen_at = columns::seen_at(row.seen, &self.loaded.day.windows)?;
        self.connection.prepare_cached(sql::ABSENT_ADD)?.execute((
            id.as_str(),
            key.0,
            key.1,
            row.version,
            seen_at.0,
            vanished_at.0,
            appointment.period.number(),
            columns::is_picked(appointment),
            appointment.pick_code.as_str(),
            appointment.name.as_str(),
            row.unknown.as_ref().map(UnknownFields::as_json),
            self.certificate,
        ))?;
        self.touched = true;
        self.count(appointment, -1);
        self.loaded.day.suspected += 1;
        self.evidence.suspected.push(id);
        Ok(())
    }

    fn confirm(&mut self, id: &'a AppointmentId, confirmed_at: UnixMillis) -> Outcome<()> {
        let confirmed = self
            .connection
            .prepare_cached(sql::ABSENT_CONFIRM)?
            .execute((id.as_str(), self.loaded.pov.0, confirmed_at.0))?;
        self.evidence.confirmed.push(id);
        if confirmed == 1 {
            Ok(())
        } else {
            Err(refused(UNKNOWN_SUSPECT))
        }
    }

    fn cancel(&mut self, id: &AppointmentId, version: u32) -> Outcome<()> {
        if self.evidence.looked_at.is_empty() {
            self.evidence.looked_at = self.looked_at();
        }
        let (suspect, _) = self.suspect(id).ok_or_else(|| refused(UNKNOWN_SUSPECT))?;
        let day = suspect.day;
        let pov = self.loaded.pov.0;
        let cancelled = self
            .connection
            .prepare_cached(sql::ABSENT_CANCEL)?
            .execute((id.as_str(), pov, version, self.certificate))?;
        if cancelled != 1 {
            return Err(refused(UNKNOWN_SUSPECT));
        }
        self.one_suspect_less(day)
    }

    /// Every day on which a row of the POV might stand, and when it was last read whole, by this scan
    /// too.
    fn looked_at(&self) -> Vec<LookedAt> {
        let checks = self.loaded.view.checks.iter();
        let before = checks.map(|check| (check.day, check.begun_at));
        let own = (self.observation.day, UnixMillis(self.begun_at()));
        let mut days: BTreeMap<Day, UnixMillis> = BTreeMap::new();
        for (day, begun_at) in before.chain([own]) {
            let last = days.entry(day).or_insert(begun_at);
            *last = begun_at.max(*last);
        }
        let days = days.into_iter();
        days.map(|(day, begun_at)| LookedAt { day, begun_at })
            .collect()
    }

    /// A suspect has gone to another POV. It may come back, and its versions must go on then.
    fn leave_pov(&mut self, id: &AppointmentId) -> Outcome<()> {
        let (suspect, _) = self.suspect(id).ok_or_else(|| refused(UNKNOWN_SUSPECT))?;
        let day = suspect.day;
        let pov = self.loaded.pov;
        self.remove_absent(pov, id)?;
        self.connection
            .prepare_cached(sql::POV_LENDS)?
            .execute([pov.0])?;
        self.one_suspect_less(day)
    }

    fn one_suspect_less(&mut self, day: Day) -> Outcome<()> {
        if day == self.observation.day {
            self.loaded.day.suspected -= 1;
        } else {
            self.connection
                .prepare_cached(sql::DAY_LOSES_SUSPECT)?
                .execute((self.loaded.pov.0, day.number()))?;
        }
        Ok(())
    }

    fn remove_absent(&self, pov: PovNumber, id: &AppointmentId) -> Outcome<()> {
        self.connection
            .prepare_cached(sql::ABSENT_REMOVE)?
            .execute((id.as_str(), pov.0))?;
        Ok(())
    }

    fn count(&mut self, appointment: &Appointment, by: i64) {
        self.loaded.day.live += by;
        self.count_in_fleet(appointment.day, by);
        self.loaded.day.picked += by * i64::from(columns::is_picked(appointment));
    }

    fn count_in_fleet(&mut self, day: Day, by: i64) {
        if i64::from(day.number()) >= self.live_from {
            self.live_more += by;
        }
    }
}
