//! Rows that are there but cannot be taken at their word.

use std::collections::HashSet;

use povline_domain::{Appointment, AppointmentId, PickStatus, UnknownFields};
use povline_store::ledger::UnreadRow;

use super::chain::{List, ReadRow, ReadWindow};
use super::machine::UnreadableRow;

/// What is wrong with a row of another list, as the ledger keeps it.
pub const FOREIGN_ROW: &str = "the row names another POV or day than was asked for";

/// A row of a page in its place.
pub(super) enum Placed {
    Good(ReadRow),
    Bad(UnreadableRow),
}

/// The rows of a page in their order, each in the place in which it came; one of another list is
/// bad, whatever else it says.
pub(super) fn in_order(
    list: &List,
    rows: Vec<Appointment>,
    unknown_of_rows: Vec<(usize, UnknownFields)>,
    unreadable: Vec<UnreadableRow>,
) -> Vec<Placed> {
    let mut placed = Vec::with_capacity(rows.len() + unreadable.len());
    let mut unreadable = unreadable.into_iter().peekable();
    let mut unknown_of_rows = unknown_of_rows.into_iter().peekable();
    for (index, appointment) in rows.into_iter().enumerate() {
        let unknown = unknown_of_rows.next_if(|(of, _)| *of == index);
        let row = ReadRow {
            appointment,
            unknown: unknown.map(|(_, fields)| fields),
        };
        while let Some(bad) = unreadable.next_if(|bad| bad.position <= placed.len()) {
            placed.push(Placed::Bad(bad));
        }
        let named = &row.appointment;
        let is_foreign = named.out_pov_id != list.pov || named.day != list.day;
        placed.push(match is_foreign {
            true => Placed::Bad(foreign(row, placed.len())),
            false => Placed::Good(row),
        });
    }
    placed.extend(unreadable.map(Placed::Bad));
    placed
}

fn foreign(row: ReadRow, position: usize) -> UnreadableRow {
    let Appointment {
        appointment_id,
        out_pov_id,
        day,
        period,
        pick_code,
        pick_status,
        name,
    } = row.appointment;
    let status = match pick_status {
        PickStatus::Picked => 0,
        PickStatus::NotPicked => 1,
    };
    let mut raw = format!(
        "appointment_id={appointment_id} out_pov_id={out_pov_id} appointment_time={day} \
         appointment_period={period} pick_code={} pick_status={status} name={}",
        pick_code.as_str(),
        name.as_str()
    );
    if let Some(unknown) = row.unknown {
        raw.push(' ');
        raw.push_str(unknown.as_json());
    }
    UnreadableRow {
        position,
        appointment_id: Some(appointment_id),
        reason: FOREIGN_ROW.to_owned(),
        raw,
    }
}

/// The bad rows of all windows, each once: as the window requested last shows it. A row that a window
/// requested later shows as it should be is none of them.
pub(super) fn gather(read: &mut [ReadWindow]) -> Vec<UnreadRow> {
    if read.iter().all(|read| read.unread.is_empty()) {
        return Vec::new();
    }
    let mut ids: HashSet<AppointmentId> = HashSet::new();
    let mut gathered: Vec<UnreadRow> = Vec::new();
    for (window, read) in read.iter_mut().enumerate().rev() {
        let bad_rows = std::mem::take(&mut read.unread);
        for bad in bad_rows {
            let is_known = match &bad.appointment_id {
                Some(id) => !ids.insert(id.clone()),
                None => gathered.iter().any(|known| {
                    known.appointment_id.is_none()
                        && known.reason == bad.reason
                        && known.raw == bad.raw
                }),
            };
            if !is_known {
                gathered.push(UnreadRow {
                    appointment_id: bad.appointment_id,
                    reason: bad.reason,
                    raw: bad.raw,
                    window: u16::try_from(window).unwrap_or(u16::MAX),
                });
            }
        }
        ids.extend(read.rows.iter().map(|row| row.id().clone()));
    }
    gathered
}
