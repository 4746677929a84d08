//! One appointment.

use crate::{AppointmentId, Day, Name, OutPovId, Period, PickCode};

/// Whether the vaccinee has taken a number at the clinic (contract: 取号状态).
///
/// It has no default: a status that was not told is an error, never a guess. On the wire it is
/// inverted (0 = picked, 1 = not), which only `povline-protocol` knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PickStatus {
    /// The number has been taken (取号: 是).
    Picked,
    /// The number has not been taken (取号: 否), as with every fresh booking.
    NotPicked,
}

/// An appointment as the contract's `PovAppointmentRecordDto` carries it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Appointment {
    /// Unique across the platform; it stays the same through a reschedule.
    pub appointment_id: AppointmentId,
    /// The ISV's code of the POV.
    pub out_pov_id: OutPovId,
    /// The booked day (contract: `appointment_time`, which is a day).
    pub day: Day,
    /// The booked period of that day.
    pub period: Period,
    /// Unique among the live appointments of the POV's day.
    pub pick_code: PickCode,
    /// Whether the number has been taken.
    pub pick_status: PickStatus,
    /// The vaccinee's name.
    pub name: Name,
}
