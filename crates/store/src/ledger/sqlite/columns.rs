//! Columns as the field's types and back.

use povline_domain::{
    Appointment, AppointmentId, Day, Name, OutPovId, Period, PickCode, PickStatus, UnixMillis,
    UnknownFields, Window,
};
use rusqlite::Row;

use super::trouble::{Outcome, corrupt};
use crate::ledger::Seen;

/// The number under which a POV's name is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PovNumber(pub(super) i64);

pub(super) fn text<'r>(row: &'r Row<'_>, column: usize) -> Outcome<&'r str> {
    let bytes = row
        .get_ref(column)?
        .as_bytes()
        .map_err(|_| corrupt("text"))?;
    std::str::from_utf8(bytes).map_err(|_| corrupt("text"))
}

pub(super) fn id(row: &Row<'_>, column: usize) -> Outcome<AppointmentId> {
    AppointmentId::new(text(row, column)?).map_err(|_| corrupt("appointment id"))
}

pub(super) fn pov_name(row: &Row<'_>, column: usize) -> Outcome<OutPovId> {
    OutPovId::new(text(row, column)?).map_err(|_| corrupt("POV"))
}

pub(super) fn blob<'r>(row: &'r Row<'_>, column: usize) -> Outcome<&'r [u8]> {
    let blob = row.get_ref(column)?.as_blob();
    blob.map_err(|_| corrupt("bytes"))
}

pub(super) fn number<N: TryFrom<i64>>(row: &Row<'_>, column: usize) -> Outcome<N> {
    let number = row
        .get_ref(column)?
        .as_i64()
        .map_err(|_| corrupt("number"))?;
    N::try_from(number).map_err(|_| corrupt("number"))
}

pub(super) fn day(row: &Row<'_>, column: usize) -> Outcome<Day> {
    Day::from_number(number(row, column)?).map_err(|_| corrupt("day"))
}

pub(super) fn instant(row: &Row<'_>, column: usize) -> Outcome<UnixMillis> {
    number(row, column).map(UnixMillis)
}

pub(super) fn instant_or_none(row: &Row<'_>, column: usize) -> Outcome<Option<UnixMillis>> {
    let instant = row.get_ref(column)?.as_i64_or_null();
    Ok(instant.map_err(|_| corrupt("instant"))?.map(UnixMillis))
}

/// The appointment whose period, pick status, pick code and name stand in four columns from
/// `first` on.
pub(super) fn appointment(
    row: &Row<'_>,
    first: usize,
    appointment_id: AppointmentId,
    out_pov_id: OutPovId,
    day: Day,
) -> Outcome<Appointment> {
    Ok(Appointment {
        appointment_id,
        out_pov_id,
        day,
        period: Period::from_number(number(row, first)?).map_err(|_| corrupt("period"))?,
        pick_status: match number::<i64>(row, first + 1)? {
            0 => PickStatus::NotPicked,
            1 => PickStatus::Picked,
            _ => return Err(corrupt("pick status")),
        },
        pick_code: PickCode::new(text(row, first + 2)?).map_err(|_| corrupt("pick code"))?,
        name: Name::new(text(row, first + 3)?).map_err(|_| corrupt("name"))?,
    })
}

/// What a row says beside, from the column after those of its appointment.
pub(super) fn unknown_fields(row: &Row<'_>, column: usize) -> Outcome<Option<UnknownFields>> {
    let text = row.get_ref(column)?.as_str_or_null();
    let text = text.map_err(|_| corrupt("unknown fields"))?;
    let fields = text.map(UnknownFields::new).transpose();
    fields.map_err(|_| corrupt("unknown fields"))
}

pub(super) fn is_picked(appointment: &Appointment) -> bool {
    appointment.pick_status == PickStatus::Picked
}

/// How `live.seen` tells when a row was last shown.
pub(super) fn seen_number(seen: Seen) -> i64 {
    match seen {
        Seen::Window(window) => i64::from(window) << 1,
        Seen::At(instant) => (instant.0 << 1) | 1,
    }
}

pub(super) fn seen(number: i64) -> Outcome<Seen> {
    if number & 1 == 1 {
        return Ok(Seen::At(UnixMillis(number >> 1)));
    }
    u16::try_from(number >> 1)
        .map(Seen::Window)
        .map_err(|_| corrupt("window number"))
}

/// When the page that last showed a row was answered, by the windows of its day, standing or not.
pub(super) fn seen_at(seen: Seen, windows: &[Window]) -> Outcome<UnixMillis> {
    match seen {
        Seen::At(instant) => Ok(instant),
        Seen::Window(window) => windows
            .get(usize::from(window))
            .map(|window| window.answered_at)
            .ok_or_else(|| corrupt("window number")),
    }
}
