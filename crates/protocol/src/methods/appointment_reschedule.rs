//! `povline.appointment.reschedule`: moves an appointment to another period or day.

use povline_domain::{AppointmentId, Day, Period};

use super::appointment_book::BOOKED;
use super::arguments::Arguments;
use super::parts::{
    APPOINTMENT_ID, DAY, IS_SUCCESS, MSG_CODE, MSG_INFO, POVLINE, STRANGERS, needed, text,
};
use crate::api::{AnswerShape, ApiSpec};
use crate::catalogue::business_codes as codes;
use crate::refusals::READ_ONLY;
use crate::{Params, PlatformError};

pub use super::appointment_book::answer;

/// The method's name.
pub const METHOD: &str = "povline.appointment.reschedule";

/// What a caller asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppointmentReschedule {
    /// Which appointment.
    pub appointment_id: AppointmentId,
    /// To which day.
    pub day: Day,
    /// To which period.
    pub period: Period,
}

impl AppointmentReschedule {
    /// Reads the request from a call's parameters.
    ///
    /// # Errors
    /// 40 and 41 with the name of a parameter that is missing or cannot be.
    pub fn from_params(params: &Params<'_>) -> Result<Self, PlatformError> {
        let arguments = Arguments::read(&SPEC, params)?;
        Ok(Self {
            appointment_id: arguments.parsed("appointment_id")?,
            day: arguments.parsed("appointment_time")?,
            period: arguments.parsed("appointment_period")?,
        })
    }
}

/// The method's documentation.
pub const SPEC: ApiSpec = ApiSpec {
    method: METHOD,
    title: text("改约", "Reschedule an appointment"),
    category: POVLINE,
    summary: text(
        "把预约改到同一接种点的另一时段或另一天",
        "Moves an appointment to another period or day of its POV",
    ),
    request: &[
        APPOINTMENT_ID,
        DAY,
        needed(
            "appointment_period",
            "String",
            "08:00-08:30",
            text("预约时间段", "The period"),
        ),
    ],
    response: &[IS_SUCCESS, BOOKED, MSG_CODE, MSG_INFO],
    of_category: false,
    needs_session: false,
    shape: AnswerShape::Flat,
    refusals: &[READ_ONLY],
    failures: &[
        &codes::APPOINTMENT_UNKNOWN,
        &codes::CANCELLED,
        &codes::NOT_SCHEDULED,
        &codes::CLOSED,
        &codes::FULL,
        &codes::PAST,
        &codes::PICKED,
    ],
    notes: &[
        text(
            "预约Id不变;改到另一天时取号码更换。没有号源时原预约不变",
            "The id stays; on another day there is another pick code. If there is no place, the appointment stays where it is",
        ),
        text(
            "可重复调用:已在所求的日期和时段则直接成功",
            "It may be repeated: an appointment that stands there already is a success",
        ),
        text(
            "未开放FAIL_BIZ_411,已关闭412,约满413,原日期或目标已过414,已取号415,已取消410",
            "Never opened is FAIL_BIZ_411, closed 412, full 413; 414 if the old day or the new period is over, 415 if the number has been taken, 410 if it was cancelled",
        ),
        STRANGERS,
    ],
};
