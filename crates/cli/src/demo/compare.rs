//! The comparison: the world's truth, the platform's book and the agent's copy, row by row.

use std::collections::BTreeMap;

use povline_domain::{Appointment, AppointmentId, Day, Name, PickCode, PovId};
use povline_store::book::{Book, RowRef};
use povline_store::ledger::{Desk, RowState};
use povline_world::World;

use super::platform::Platform;
use crate::error::{CliError, CliResult};
use crate::exit::Exit;

/// How both sides compare.
#[derive(Debug, Default)]
pub(super) struct Comparison {
    pub(super) lists: u64,
    pub(super) lists_equal: u64,
    /// Rows of the platform.
    pub(super) platform_rows: u64,
    /// Rows of the agent's copy, live ones.
    pub(super) agent_rows: u64,
    /// Rows that stand on both sides and are equal in every field.
    pub(super) equal: u64,
    /// Rows that stand on both sides and differ.
    pub(super) different: u64,
    /// Rows that the agent does not have.
    pub(super) missing: u64,
    /// Rows that only the agent has.
    pub(super) extra: u64,
    /// Rows that the agent still doubts.
    pub(super) suspected: u64,
    /// Rows in which the platform's book differs from what happened in the world.
    pub(super) book_faults: u64,
}

type Rows = BTreeMap<AppointmentId, Appointment>;

impl Comparison {
    /// Compares every list of the world.
    pub(super) async fn of<L: Desk>(
        platform: &Platform,
        world: &World,
        ledger: &L,
    ) -> CliResult<Self> {
        let mut comparison = Self::default();
        let book = platform.book();
        let days = world.open_days().len().max(1);
        for (place, (clinic, day, truth)) in world.truth().enumerate() {
            let pov = world.clinics()[place / days].1;
            let theirs = read_book(&*book, clinic, pov, day).await?;
            let tracked = ledger
                .rows(clinic, day)
                .await
                .map_err(|error| CliError::store("cannot read the ledger", &error))?;
            let (live, doubted): (Vec<_>, Vec<_>) = tracked
                .into_iter()
                .partition(|row| row.state == RowState::Live);
            comparison.suspected += doubted.len() as u64;
            let ours = by_id(live.into_iter().map(|row| row.appointment));
            comparison.take(&theirs, &ours);
            let mut truth = by_id(truth.iter().cloned());
            let desk = ledger.desk_list(clinic, day).await;
            let desk = desk.map_err(|error| CliError::store("cannot read the ledger", &error))?;
            // What was done at the desk happened outside the synthetic world.
            let rows = desk.rows.into_iter().filter_map(|row| row.pick);
            for pick in rows.chain(desk.lost.into_iter().map(|lost| lost.pick)) {
                let id = &pick.appointment_id;
                if let (Some(row), Some(theirs)) = (truth.get_mut(id), theirs.get(id)) {
                    row.pick_status = theirs.pick_status;
                }
            }
            comparison.book_faults += faults(&truth, &theirs);
        }
        Ok(comparison)
    }

    fn take(&mut self, theirs: &Rows, ours: &Rows) {
        self.lists += 1;
        self.lists_equal += u64::from(theirs == ours);
        self.platform_rows += theirs.len() as u64;
        self.agent_rows += ours.len() as u64;
        for (id, row) in theirs {
            match ours.get(id) {
                Some(ours) if ours == row => self.equal += 1,
                Some(_) => self.different += 1,
                None => self.missing += 1,
            }
        }
        self.extra += ours.keys().filter(|id| !theirs.contains_key(*id)).count() as u64;
    }

    /// Whether the agent's copy is the platform's truth, and nothing is in doubt.
    pub(super) fn is_equal(&self) -> bool {
        self.lists > 0
            && self.lists_equal == self.lists
            && self.equal == self.platform_rows
            && self.suspected == 0
            && self.book_faults == 0
    }
}

/// How many rows stand on one side only, or differ.
fn faults(one: &Rows, other: &Rows) -> u64 {
    let differing = one.iter().filter(|(id, row)| other.get(*id) != Some(row));
    let only_other = other.keys().filter(|id| !one.contains_key(*id));
    (differing.count() + only_other.count()) as u64
}

fn by_id(rows: impl Iterator<Item = Appointment>) -> Rows {
    rows.map(|row| (row.appointment_id.clone(), row)).collect()
}

async fn read_book<B: Book>(
    book: &B,
    clinic: &povline_domain::OutPovId,
    pov: PovId,
    day: Day,
) -> CliResult<Rows> {
    let mut rows = Vec::new();
    let mut damaged = 0_u64;
    book.read_rows(pov, day, |row| match appointment(clinic, day, row) {
        Some(row) => rows.push(row),
        None => damaged += 1,
    })
    .await
    .map_err(|error| CliError::store("cannot read the platform's book", &error))?;
    if damaged > 0 {
        let what = format!("{damaged} rows of the platform's book are no appointments");
        return Err(CliError::new(Exit::Failed, what));
    }
    Ok(by_id(rows.into_iter()))
}

fn appointment(
    clinic: &povline_domain::OutPovId,
    day: Day,
    row: RowRef<'_>,
) -> Option<Appointment> {
    let RowRef {
        appointment_id,
        period,
        pick_code,
        pick_status,
        name,
    } = row;
    Some(Appointment {
        appointment_id: AppointmentId::new(appointment_id).ok()?,
        out_pov_id: clinic.clone(),
        day,
        period,
        pick_code: PickCode::new(pick_code).ok()?,
        pick_status,
        name: Name::new(name).ok()?,
    })
}
