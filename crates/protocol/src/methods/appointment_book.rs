//! `povline.appointment.book`: books a place of a period.

use povline_domain::{AppointmentId, Day, Name, OutId, OutPovId, Period, PickCode, VaccineId};

use super::arguments::Arguments;
use super::parts::{
    DAY, IS_SUCCESS, MSG_CODE, MSG_INFO, OUT_POV_ID, POVLINE, WRITERS, needed, optional, success,
    text,
};
use crate::api::{AnswerShape, ApiSpec, FieldSpec};
use crate::catalogue::business_codes as codes;
use crate::content::Object;
use crate::refusals::{READ_ONLY, UNKNOWN_POV};
use crate::{Params, PlatformError};

/// The method's name.
pub const METHOD: &str = "povline.appointment.book";

/// What a caller asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppointmentBook {
    /// The caller's own id of this booking.
    pub out_id: OutId,
    /// At which POV, in the calling ISV's own code.
    pub out_pov_id: OutPovId,
    /// On which day.
    pub day: Day,
    /// In which period.
    pub period: Period,
    /// For whom.
    pub name: Name,
    /// For which vaccine.
    pub vaccine_id: Option<VaccineId>,
}

impl AppointmentBook {
    /// Reads the request from a call's parameters.
    ///
    /// # Errors
    /// 40 and 41 with the name of a parameter that is missing or cannot be.
    pub fn from_params(params: &Params<'_>) -> Result<Self, PlatformError> {
        let arguments = Arguments::read(&SPEC, params)?;
        Ok(Self {
            out_id: arguments.given_name("out_id")?,
            out_pov_id: arguments.parsed("out_pov_id")?,
            day: arguments.parsed("appointment_time")?,
            period: arguments.parsed("appointment_period")?,
            name: arguments.parsed("name")?,
            vaccine_id: arguments.some_given_name("vaccine_id")?,
        })
    }
}

/// The answer: what was booked, or what it is after a move.
#[must_use]
pub fn answer(appointment_id: &AppointmentId, pick_code: &PickCode) -> Object {
    success(
        Object::new()
            .with("appointment_id", appointment_id.as_str())
            .with("pick_code", pick_code.as_str()),
    )
}

/// The method's documentation.
pub const SPEC: ApiSpec = ApiSpec {
    method: METHOD,
    title: text("预约", "Book an appointment"),
    category: POVLINE,
    summary: text(
        "预约一个时段,返回预约Id和取号码",
        "Books a place of a period and tells the appointment's id and its pick code",
    ),
    request: &[
        needed(
            "out_id",
            "String",
            "112312llkj",
            text(
                "调用方的预约单Id,同一out_id为同一预约",
                "The caller's own id of the booking: the same one is the same booking",
            ),
        )
        .bytes(OutId::BYTES_MAX),
        OUT_POV_ID,
        DAY,
        needed(
            "appointment_period",
            "String",
            "08:00-08:30",
            text("预约时间段", "The period"),
        ),
        needed(
            "name",
            "String",
            "测试",
            text("接种人姓名", "The vaccinee's name"),
        )
        .bytes(Name::BYTES_MAX),
        optional(
            "vaccine_id",
            "String",
            "V001",
            text("疫苗Id", "The vaccine's id"),
        )
        .bytes(VaccineId::BYTES_MAX),
    ],
    response: &[IS_SUCCESS, BOOKED, MSG_CODE, MSG_INFO],
    of_category: false,
    needs_session: false,
    shape: AnswerShape::Flat,
    refusals: &[UNKNOWN_POV, READ_ONLY],
    failures: &[
        &codes::OUT_ID_TAKEN,
        &codes::NOT_SCHEDULED,
        &codes::CLOSED,
        &codes::FULL,
        &codes::PAST,
    ],
    notes: &[
        text(
            "同一应用以同一out_id重复同一请求,7天内返回同样的结果(即使该预约已改约或取消);请求不同则返回FAIL_BIZ_409。失败的请求不占用out_id",
            "The same request of an app with the same out_id gets the same answer for 7 days, even if the appointment was moved or cancelled since; another request with it gets FAIL_BIZ_409. A request that failed leaves its out_id free",
        ),
        text(
            "未开放FAIL_BIZ_411,已关闭412,约满413,日期或时段已过414",
            "Never opened is FAIL_BIZ_411, closed 412, full 413, over 414",
        ),
        text(
            "取号码在该接种点当日从不重复,包括已取消的",
            "A pick code is never given out twice on a POV's day, not even after a cancellation",
        ),
        WRITERS,
    ],
};

/// What an appointment is known by.
pub(super) const BOOKED: FieldSpec = FieldSpec {
    children: &[
        needed(
            "appointment_id",
            "String",
            "PL0000000001",
            text(
                "接种预约Id,全局唯一",
                "The appointment's id, unique across the platform",
            ),
        ),
        needed(
            "pick_code",
            "String",
            "384021",
            text(
                "取号码;单个pov当日预约不重复",
                "The code with which to take a number; unique within one POV's day",
            ),
        ),
    ],
    ..optional(
        "model",
        "BookedAppointment",
        "",
        text("预约", "The appointment"),
    )
};
