//! The two states that a change leads between.

use povline_domain::{
    Appointment, AppointmentId, Day, Name, OutPovId, Period, PickCode, PickStatus,
};

use super::super::trouble::{Outcome, corrupt};
use crate::sqlite::{Put, Take};

const HAS_BEFORE: u8 = 1;
const HAS_AFTER: u8 = 1 << 1;
/// The state that is written whole is at another POV, which is named at the end.
const ELSEWHERE: u8 = 1 << 2;

const POV: u8 = 1;
const DAY: u8 = 1 << 1;
const PERIOD: u8 = 1 << 2;
const PICK_CODE: u8 = 1 << 3;
const PICK_STATUS: u8 = 1 << 4;
const NAME: u8 = 1 << 5;

/// Writes one state whole, the later one if there are two; of the earlier one only the fields that
/// differ. The id and the POV are in the key of the line of history.
pub(crate) fn write_states(
    pov: &OutPovId,
    before: Option<&Appointment>,
    after: Option<&Appointment>,
    bytes: &mut Vec<u8>,
) {
    let mut has = 0;
    has |= if before.is_some() { HAS_BEFORE } else { 0 };
    has |= if after.is_some() { HAS_AFTER } else { 0 };
    let whole = after.or(before);
    let elsewhere = whole
        .map(|whole| &whole.out_pov_id)
        .filter(|named| *named != pov);
    has |= if elsewhere.is_some() { ELSEWHERE } else { 0 };
    bytes.push(has);
    if let Some(whole) = whole {
        put_fields(whole, 0xff ^ POV, bytes);
    }
    if let (Some(before), Some(after)) = (before, after) {
        let differing = differing(before, after);
        bytes.push(differing);
        put_fields(before, differing, bytes);
    }
    if let Some(pov) = elsewhere {
        bytes.put_text(pov.as_str());
    }
}

/// Reads the states before and after.
pub(crate) fn read_states(
    bytes: &[u8],
    id: AppointmentId,
    pov: OutPovId,
) -> Outcome<(Option<Appointment>, Option<Appointment>)> {
    let mut take = Take(bytes);
    let has = take.byte()?;
    if has & (HAS_BEFORE | HAS_AFTER) == 0 {
        return Err(corrupt("change"));
    }
    let mut whole = take_whole(&mut take, id, pov)?;
    let mut before = None;
    if has & HAS_BEFORE != 0 && has & HAS_AFTER != 0 {
        let mut differing = whole.clone();
        let fields = take.byte()?;
        take_fields(&mut take, fields, &mut differing)?;
        before = Some(differing);
    }
    if has & ELSEWHERE != 0 {
        whole.out_pov_id = OutPovId::new(take.text()?).map_err(|_| corrupt("POV"))?;
    }
    Ok(match (before, has & HAS_AFTER != 0) {
        (Some(before), _) => (Some(before), Some(whole)),
        (None, true) => (None, Some(whole)),
        (None, false) => (Some(whole), None),
    })
}

fn differing(before: &Appointment, after: &Appointment) -> u8 {
    let mut fields = 0;
    for (field, differs) in [
        (POV, before.out_pov_id != after.out_pov_id),
        (DAY, before.day != after.day),
        (PERIOD, before.period != after.period),
        (PICK_CODE, before.pick_code != after.pick_code),
        (PICK_STATUS, before.pick_status != after.pick_status),
        (NAME, before.name != after.name),
    ] {
        fields |= if differs { field } else { 0 };
    }
    fields
}

fn put_fields(appointment: &Appointment, fields: u8, bytes: &mut Vec<u8>) {
    let Appointment {
        appointment_id: _,
        out_pov_id,
        day,
        period,
        pick_code,
        pick_status,
        name,
    } = appointment;
    if fields & POV != 0 {
        bytes.put_text(out_pov_id.as_str());
    }
    if fields & DAY != 0 {
        bytes.put_signed(i64::from(day.number()));
    }
    if fields & PERIOD != 0 {
        bytes.put(u64::from(period.number()));
    }
    if fields & PICK_CODE != 0 {
        bytes.put_text(pick_code.as_str());
    }
    if fields & PICK_STATUS != 0 {
        bytes.push(u8::from(*pick_status == PickStatus::Picked));
    }
    if fields & NAME != 0 {
        bytes.put_text(name.as_str());
    }
}

fn take_whole(take: &mut Take<'_>, id: AppointmentId, pov: OutPovId) -> Outcome<Appointment> {
    Ok(Appointment {
        appointment_id: id,
        out_pov_id: pov,
        day: take_day(take)?,
        period: take_period(take)?,
        pick_code: take_pick_code(take)?,
        pick_status: take_pick_status(take)?,
        name: take_name(take)?,
    })
}

fn take_fields(take: &mut Take<'_>, fields: u8, appointment: &mut Appointment) -> Outcome<()> {
    if fields & POV != 0 {
        appointment.out_pov_id = OutPovId::new(take.text()?).map_err(|_| corrupt("POV"))?;
    }
    if fields & DAY != 0 {
        appointment.day = take_day(take)?;
    }
    if fields & PERIOD != 0 {
        appointment.period = take_period(take)?;
    }
    if fields & PICK_CODE != 0 {
        appointment.pick_code = take_pick_code(take)?;
    }
    if fields & PICK_STATUS != 0 {
        appointment.pick_status = take_pick_status(take)?;
    }
    if fields & NAME != 0 {
        appointment.name = take_name(take)?;
    }
    Ok(())
}

fn take_day(take: &mut Take<'_>) -> Outcome<Day> {
    i32::try_from(take.signed()?)
        .ok()
        .and_then(|number| Day::from_number(number).ok())
        .ok_or_else(|| corrupt("day"))
}

fn take_period(take: &mut Take<'_>) -> Outcome<Period> {
    Period::from_number(take.small()?).map_err(|_| corrupt("period"))
}

fn take_pick_code(take: &mut Take<'_>) -> Outcome<PickCode> {
    PickCode::new(take.text()?).map_err(|_| corrupt("pick code"))
}

fn take_pick_status(take: &mut Take<'_>) -> Outcome<PickStatus> {
    match take.byte()? {
        0 => Ok(PickStatus::NotPicked),
        1 => Ok(PickStatus::Picked),
        _ => Err(corrupt("pick status")),
    }
}

fn take_name(take: &mut Take<'_>) -> Outcome<Name> {
    Name::new(take.text()?).map_err(|_| corrupt("name"))
}
