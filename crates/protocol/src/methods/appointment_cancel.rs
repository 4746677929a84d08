//! `povline.appointment.cancel`: cancels an appointment.

use povline_domain::AppointmentId;

use super::arguments::Arguments;
use super::parts::{APPOINTMENT_ID, POVLINE, STRANGERS, flags, success, text};
use crate::api::{AnswerShape, ApiSpec};
use crate::catalogue::business_codes as codes;
use crate::content::Object;
use crate::refusals::READ_ONLY;
use crate::{Params, PlatformError};

/// The method's name.
pub const METHOD: &str = "povline.appointment.cancel";

/// What a caller asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppointmentCancel {
    /// Which appointment.
    pub appointment_id: AppointmentId,
}

impl AppointmentCancel {
    /// Reads the request from a call's parameters.
    ///
    /// # Errors
    /// 40 and 41 with the name of a parameter that is missing or cannot be.
    pub fn from_params(params: &Params<'_>) -> Result<Self, PlatformError> {
        let arguments = Arguments::read(&SPEC, params)?;
        Ok(Self {
            appointment_id: arguments.parsed("appointment_id")?,
        })
    }
}

/// The answer when it is done.
#[must_use]
pub fn answer() -> Object {
    success(true)
}

/// The method's documentation.
pub const SPEC: ApiSpec = ApiSpec {
    method: METHOD,
    title: text("取消预约", "Cancel an appointment"),
    category: POVLINE,
    summary: text(
        "取消预约并释放号源",
        "Cancels an appointment and frees its place",
    ),
    request: &[APPOINTMENT_ID],
    response: &flags(text("是否成功", "Whether it is done")),
    of_category: false,
    needs_session: false,
    shape: AnswerShape::Flat,
    refusals: &[READ_ONLY],
    failures: &[&codes::APPOINTMENT_UNKNOWN, &codes::PAST, &codes::PICKED],
    notes: &[
        text(
            "可重复调用:已取消的预约在90天内再次取消仍为成功,其他接口对它返回FAIL_BIZ_410",
            "It may be repeated: cancelling again within 90 days is a success; other methods say FAIL_BIZ_410 of it",
        ),
        text(
            "日期已过FAIL_BIZ_414,已取号FAIL_BIZ_415;其取号码当日不再使用",
            "FAIL_BIZ_414 if its day is over, FAIL_BIZ_415 if the number has been taken; its pick code is not used again that day",
        ),
        STRANGERS,
    ],
};
