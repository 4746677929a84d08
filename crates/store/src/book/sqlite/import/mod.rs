//! Taking appointments from outside, by the million, in one transaction.
//!
//! A file tells how things stand, not what to do in which order, so its rows may swap pick codes
//! or take one that another row gives up further down. A row whose code is held when its line is
//! read is therefore [`deferred`]; what is left of the conflicts at the end is refused. Of the
//! rows themselves nothing is kept in memory but one bit for each that stood before.

mod days;
mod deferred;
mod tally;

use std::collections::HashMap;

use povline_domain::{Appointment, AppointmentId, IsvId, OutPovId, PovId};
use rusqlite::Connection;

use super::appointment::{self, Standing};
use super::{access, audit, memory, sql, visits};
use crate::book::{Actor, ImportLine, ImportMode, ImportReport, Refusal};
use crate::sqlite::{Fault, Verdict};
use days::Days;
use tally::Tally;

/// Progress is told whenever this many lines more were read.
const PROGRESS_LINES: u64 = 8192;

/// How much of the database is held in memory during an import: its rows come in the order of
/// somebody else's file.
const CACHE_KIB: i64 = 128 << 10;

/// Runs an import within the transaction that is open.
pub(super) fn run(
    connection: &Connection,
    actor: &Actor,
    isv: IsvId,
    lines: impl Iterator<Item = ImportLine>,
    mode: ImportMode,
    progress: impl FnMut(u64),
) -> Result<Verdict<ImportReport>, Fault> {
    let cache: i64 = connection.pragma_query_value(None, "cache_size", |row| row.get(0))?;
    connection.pragma_update(None, "cache_size", -CACHE_KIB)?;
    let verdict = take(connection, actor, isv, lines, mode, progress);
    connection.pragma_update(None, "cache_size", cache)?;
    verdict
}

fn take(
    connection: &Connection,
    actor: &Actor,
    isv: IsvId,
    lines: impl Iterator<Item = ImportLine>,
    mode: ImportMode,
    mut progress: impl FnMut(u64),
) -> Result<Verdict<ImportReport>, Fault> {
    access::check_isv(connection, isv)?;
    connection.execute_batch(sql::BEGIN_IMPORT)?;
    let mut import = Import {
        connection,
        actor,
        isv,
        create_povs: mode.create_povs,
        povs: Povs::load(connection, isv)?,
        days: Days::default(),
        tally: Tally::new(mode.refusals_max),
        deferred: 0,
        has_bookings: connection.query_row(sql::write_side::HAS_BOOKINGS, (), |row| row.get(0))?,
    };
    for line in lines {
        import.line(line)?;
        if import.tally.lines().is_multiple_of(PROGRESS_LINES) {
            progress(import.tally.lines());
        }
    }
    progress(import.tally.lines());
    deferred::settle(&mut import)?;
    let Import { days, tally, .. } = import;
    let report = tally.report(mode.keep_good);
    if !report.kept {
        return Ok(Verdict::Discard(report));
    }
    connection
        .prepare(sql::import::RETIRE_GIVEN_UP)?
        .execute(())?;
    days.touch(connection, actor)?;
    audit::record_import(
        connection,
        actor,
        &format!("isv {isv}"),
        report.added + report.updated,
    )?;
    connection.execute_batch(sql::END_IMPORT)?;
    Ok(Verdict::Keep(report))
}

/// An import on its way.
struct Import<'run> {
    connection: &'run Connection,
    actor: &'run Actor,
    isv: IsvId,
    create_povs: bool,
    povs: Povs,
    days: Days,
    tally: Tally,
    /// How many rows wait for the end.
    deferred: u64,
    /// Whether anything was ever booked here, so that a first import looks for no bookings.
    has_bookings: bool,
}

/// What stood of an appointment before its line was read.
enum Before {
    /// Nothing.
    New,
    /// This row.
    Row(Standing),
    /// Its id cannot be used.
    Refused(Refusal),
}

impl Import<'_> {
    fn line(&mut self, ImportLine { line, row }: ImportLine) -> Result<(), Fault> {
        self.tally.read();
        let appointment = match row {
            Ok(appointment) => appointment,
            Err(refusal) => {
                self.tally.refuse(line, refusal);
                return Ok(());
            }
        };
        let before = match self.before(&appointment.appointment_id)? {
            Before::Refused(refusal) => {
                self.tally.refuse(line, refusal);
                return Ok(());
            }
            Before::New => None,
            Before::Row(standing) => Some(standing),
        };
        let Some(pov) = self.pov(&appointment.out_pov_id)? else {
            self.tally.refuse(line, unknown_pov());
            return Ok(());
        };
        match before {
            None => self.add(line, pov, &appointment),
            Some(old) => self.update(line, pov, &appointment, &old),
        }
    }

    fn before(&mut self, id: &AppointmentId) -> Result<Before, Fault> {
        let Some(standing) = appointment::find(self.connection, id)? else {
            let waits = self.deferred > 0 && deferred::holds(self.connection, id)?;
            return Ok(if waits {
                Before::Refused(twice())
            } else {
                Before::New
            });
        };
        if !self.povs.have(standing.pov) {
            return Ok(Before::Refused(Refusal {
                field: "appointment_id",
                reason: "is in use elsewhere, and ids are unique across the platform: take another"
                    .to_owned(),
            }));
        }
        if self
            .days
            .get(self.connection, standing.pov_day())?
            .seen(standing.sequence)
        {
            return Ok(Before::Refused(twice()));
        }
        Ok(Before::Row(standing))
    }

    fn pov(&mut self, code: &OutPovId) -> Result<Option<PovId>, Fault> {
        if let Some(pov) = self.povs.by_code.get(code) {
            return Ok(Some(*pov));
        }
        if !self.create_povs {
            return Ok(None);
        }
        let pov = access::add_pov(self.connection, self.actor, self.isv, code, None)?;
        self.povs.insert(code.clone(), pov);
        self.tally.pov_created();
        Ok(Some(pov))
    }

    fn add(&mut self, line: u64, pov: PovId, row: &Appointment) -> Result<(), Fault> {
        let pov_day = (pov, row.day);
        let day = self.days.get(self.connection, pov_day)?;
        match appointment::add(self.connection, pov, day.next_sequence(), row) {
            Ok(()) => {
                day.added();
                self.tally.added();
                // It may have been cancelled before.
                self.booking_changed(&row.appointment_id)
            }
            Err(error) => self.code_is_taken(error, line, pov, row, None),
        }
    }

    /// What is told of bookings and of visits follows a row that the file has changed.
    fn tell_others(&self, id: &AppointmentId, old: &Standing, new: &Standing) -> Result<(), Fault> {
        if old.pov_day() != new.pov_day() || old.period != new.period {
            self.booking_changed(id)?;
        }
        if old.picked != new.picked {
            visits::overrule(self.connection, self.actor, id, new.picked)?;
        }
        Ok(())
    }

    fn booking_changed(&self, id: &AppointmentId) -> Result<(), Fault> {
        match self.has_bookings {
            true => memory::booking_changed(self.connection, self.actor, id),
            false => Ok(()),
        }
    }

    fn update(
        &mut self,
        line: u64,
        pov: PovId,
        row: &Appointment,
        old: &Standing,
    ) -> Result<(), Fault> {
        let pov_day = (pov, row.day);
        let stays = pov_day == old.pov_day();
        let new = Standing {
            pov,
            day: row.day,
            sequence: if stays {
                old.sequence
            } else {
                self.days.get(self.connection, pov_day)?.next_sequence()
            },
            period: row.period,
            pick_code: row.pick_code.as_str().to_owned(),
            picked: appointment::is_picked(row.pick_status),
            name: row.name.as_str().to_owned(),
        };
        if new == *old {
            self.days.get(self.connection, pov_day)?.see(old.sequence);
            self.tally.unchanged();
            return Ok(());
        }
        match appointment::put(self.connection, old, &new) {
            Ok(()) => {}
            Err(error) => return self.code_is_taken(error, line, pov, row, Some(old)),
        }
        self.tell_others(&row.appointment_id, old, &new)?;
        if !stays || new.pick_code != old.pick_code {
            deferred::give_up(self.connection, old.pov_day(), &old.pick_code)?;
        }
        if stays {
            let day = self.days.get(self.connection, pov_day)?;
            day.see(old.sequence);
            day.changed();
        } else {
            self.days.get(self.connection, old.pov_day())?.changed();
            self.days.get(self.connection, pov_day)?.added();
        }
        self.tally.updated();
        Ok(())
    }

    /// A row could not be written: if its code was retired, that is final; if somebody holds it,
    /// the rest of the file may change that.
    fn code_is_taken(
        &mut self,
        error: rusqlite::Error,
        line: u64,
        pov: PovId,
        row: &Appointment,
        old: Option<&Standing>,
    ) -> Result<(), Fault> {
        let pov_day = (pov, row.day);
        if !Fault::is_constraint(&error) {
            return Err(error.into());
        }
        if appointment::is_retired(self.connection, pov_day, &row.pick_code)? {
            self.tally.refuse(line, appointment::code_refusal(true));
            return Ok(());
        }
        if !appointment::is_held(self.connection, pov_day, &row.pick_code)? {
            return Err(error.into());
        }
        if let Some(old) = old {
            self.days
                .get(self.connection, old.pov_day())?
                .see(old.sequence);
        }
        deferred::defer(self.connection, line, pov, row, old)?;
        self.deferred += 1;
        Ok(())
    }
}

/// The POVs of the ISV.
struct Povs {
    by_code: HashMap<OutPovId, PovId>,
    ids: std::collections::HashSet<PovId>,
}

impl Povs {
    fn load(connection: &Connection, isv: IsvId) -> Result<Self, Fault> {
        let mut povs = Self {
            by_code: HashMap::new(),
            ids: std::collections::HashSet::new(),
        };
        let mut statement = connection.prepare_cached(sql::POVS_OF_ISV)?;
        let mut rows = statement.query([isv.0])?;
        while let Some(row) = rows.next()? {
            povs.insert(access::out_pov_id(row.get(1)?)?, PovId(row.get(0)?));
        }
        Ok(povs)
    }

    fn have(&self, pov: PovId) -> bool {
        self.ids.contains(&pov)
    }

    fn insert(&mut self, code: OutPovId, pov: PovId) {
        self.by_code.insert(code, pov);
        self.ids.insert(pov);
    }
}

fn twice() -> Refusal {
    Refusal {
        field: "appointment_id",
        reason: "stood in an earlier line of what is imported: keep the right one of them"
            .to_owned(),
    }
}

fn unknown_pov() -> Refusal {
    Refusal {
        field: "out_pov_id",
        reason: "is no POV of this ISV: add it first, or let the import make POVs".to_owned(),
    }
}
