//! From loose values to rows that hold no nonsense.

use std::borrow::Cow;
use std::fmt;

use povline_domain::{
    Appointment, AppointmentId, Name, OutPovId, PickCode, PickStatus, UnknownFields,
};

use super::unknown::UnknownMembers;
use super::{RawRow, RejectedRow, UNKNOWN_FIELDS_MAX};

/// A longer name is no name.
const UNKNOWN_NAME_BYTES_MAX: usize = 64;

/// A field of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Field {
    /// `pick_code`.
    PickCode,
    /// `out_pov_id`.
    OutPovId,
    /// `pick_status`.
    PickStatus,
    /// `appointment_period`.
    AppointmentPeriod,
    /// `appointment_time`.
    AppointmentTime,
    /// `appointment_id`.
    AppointmentId,
    /// `name`.
    Name,
}

impl Field {
    /// The field's name on the wire.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::PickCode => "pick_code",
            Self::OutPovId => "out_pov_id",
            Self::PickStatus => "pick_status",
            Self::AppointmentPeriod => "appointment_period",
            Self::AppointmentTime => "appointment_time",
            Self::AppointmentId => "appointment_id",
            Self::Name => "name",
        }
    }

    pub(super) fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "pick_code" => Self::PickCode,
            "out_pov_id" => Self::OutPovId,
            "pick_status" => Self::PickStatus,
            "appointment_period" => Self::AppointmentPeriod,
            "appointment_time" => Self::AppointmentTime,
            "appointment_id" => Self::AppointmentId,
            "name" => Self::Name,
            _ => return None,
        })
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What is wrong with a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum RowFault {
    /// A field is not there, or null. No field has a default.
    #[error("{0} is missing")]
    Missing(Field),
    /// A field holds something that it cannot hold.
    #[error("{0} is unreadable")]
    Unreadable(Field),
    /// A field stands twice.
    #[error("{0} stands twice")]
    Repeated(Field),
    /// It is no object at all.
    #[error("the row is no object")]
    NotAnObject,
}

/// A value off the wire, before anybody has judged it.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) enum Loose<'a> {
    /// Not there, or null.
    #[default]
    Absent,
    Text(Cow<'a, str>),
    Number(i64),
    Truth(bool),
    /// An object, a list, a fraction, a number beyond all reason.
    Other,
}

impl Loose<'_> {
    pub(super) fn is_absent(&self) -> bool {
        *self == Self::Absent
    }

    /// The value as a whole number, which PHP and others write as text.
    pub(super) fn number(&self) -> Option<i64> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Text(text) => text.trim().parse().ok(),
            _ => None,
        }
    }

    pub(super) fn count(&self) -> Option<u64> {
        self.number().and_then(|number| u64::try_from(number).ok())
    }

    pub(super) fn truth(&self) -> Option<bool> {
        match self {
            Self::Truth(truth) => Some(*truth),
            Self::Text(text) => text.trim().to_ascii_lowercase().parse().ok(),
            _ => None,
        }
    }

    /// The value as text; a number where text should be counts as its digits.
    pub(super) fn text(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::Text(text) => Some(Cow::Borrowed(text)),
            Self::Number(number) => Some(Cow::Owned(number.to_string())),
            _ => None,
        }
    }
}

/// A row off the wire.
#[derive(Debug, Default)]
pub(super) struct LooseRow<'a> {
    pick_code: Loose<'a>,
    out_pov_id: Loose<'a>,
    pick_status: Loose<'a>,
    appointment_period: Loose<'a>,
    appointment_time: Loose<'a>,
    appointment_id: Loose<'a>,
    name: Loose<'a>,
    repeated: Option<Field>,
    pub(super) unknown: UnknownMembers,
}

impl<'a> LooseRow<'a> {
    pub(super) fn set(&mut self, field: Field, value: Loose<'a>) {
        let place = match field {
            Field::PickCode => &mut self.pick_code,
            Field::OutPovId => &mut self.out_pov_id,
            Field::PickStatus => &mut self.pick_status,
            Field::AppointmentPeriod => &mut self.appointment_period,
            Field::AppointmentTime => &mut self.appointment_time,
            Field::AppointmentId => &mut self.appointment_id,
            Field::Name => &mut self.name,
        };
        if place.is_absent() {
            *place = value;
        } else {
            self.repeated.get_or_insert(field);
        }
    }

    fn judge(&self) -> Result<Appointment, RowFault> {
        if let Some(field) = self.repeated {
            return Err(RowFault::Repeated(field));
        }
        Ok(Appointment {
            appointment_id: read(Field::AppointmentId, &self.appointment_id, |text| {
                AppointmentId::new(text).ok()
            })?,
            out_pov_id: read(Field::OutPovId, &self.out_pov_id, |text| {
                OutPovId::new(text).ok()
            })?,
            day: read(Field::AppointmentTime, &self.appointment_time, |text| {
                text.parse().ok()
            })?,
            period: read(Field::AppointmentPeriod, &self.appointment_period, |text| {
                text.parse().ok()
            })?,
            pick_code: read(Field::PickCode, &self.pick_code, |text| {
                PickCode::new(text).ok()
            })?,
            pick_status: self.pick_status()?,
            name: read(Field::Name, &self.name, |text| Name::new(text).ok())?,
        })
    }

    /// 0 is picked, 1 is not, and anything else is not for us to guess.
    fn pick_status(&self) -> Result<PickStatus, RowFault> {
        if self.pick_status.is_absent() {
            return Err(RowFault::Missing(Field::PickStatus));
        }
        match self.pick_status.number() {
            Some(0) => Ok(PickStatus::Picked),
            Some(1) => Ok(PickStatus::NotPicked),
            _ => Err(RowFault::Unreadable(Field::PickStatus)),
        }
    }
}

fn read<T>(
    field: Field,
    value: &Loose<'_>,
    parse: impl FnOnce(&str) -> Option<T>,
) -> Result<T, RowFault> {
    if value.is_absent() {
        return Err(RowFault::Missing(field));
    }
    value
        .text()
        .and_then(|text| parse(&text))
        .ok_or(RowFault::Unreadable(field))
}

/// The rows of a page as they come in: the good ones in order, the others beside them.
#[derive(Debug, Default)]
pub(super) struct Rows {
    pub(super) good: Vec<Appointment>,
    pub(super) rejected: Vec<RejectedRow>,
    pub(super) unknown_fields: Vec<String>,
    pub(super) unknown_of_rows: Vec<(usize, UnknownFields)>,
}

impl Rows {
    pub(super) fn push(&mut self, row: LooseRow<'_>) {
        match row.judge() {
            Ok(appointment) => {
                let unknown = row.unknown.into_fields();
                self.unknown_of_rows
                    .extend(unknown.map(|fields| (self.good.len(), fields)));
                self.good.push(appointment);
            }
            Err(fault) => {
                let id = row.appointment_id.text();
                let id = id.and_then(|text| AppointmentId::new(text.as_ref()).ok());
                self.reject(id, fault);
            }
        }
    }

    pub(super) fn reject(&mut self, appointment_id: Option<AppointmentId>, fault: RowFault) {
        self.rejected.push(RejectedRow {
            position: self.good.len() + self.rejected.len(),
            appointment_id,
            fault,
            raw: RawRow::default(),
        });
    }

    /// Takes note of a member that the contract does not know.
    pub(super) fn note_unknown(&mut self, name: &str) {
        let known = &mut self.unknown_fields;
        if known.len() < UNKNOWN_FIELDS_MAX
            && name.len() <= UNKNOWN_NAME_BYTES_MAX
            && !known.iter().any(|field| field == name)
        {
            known.push(name.to_owned());
        }
    }
}
