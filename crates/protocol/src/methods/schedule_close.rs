//! `povline.schedule.close`: closes periods of a POV's day for booking.

use povline_domain::{Day, OutPovId, Period};

use super::arguments::Arguments;
use super::parts::{DAY, OUT_POV_ID, POVLINE, WRITERS, flags, optional, success, text};
use super::schedule_open::PERIODS_MAX;
use crate::api::{AnswerShape, ApiSpec};
use crate::catalogue::business_codes as codes;
use crate::content::Object;
use crate::refusals::{READ_ONLY, UNKNOWN_POV};
use crate::{Params, PlatformError};

/// The method's name.
pub const METHOD: &str = "povline.schedule.close";

/// What a caller asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScheduleClose {
    /// At which POV, in the calling ISV's own code.
    pub out_pov_id: OutPovId,
    /// On which day.
    pub day: Day,
    /// Which periods; all of the day's if there is no list.
    pub periods: Option<Vec<Period>>,
}

impl ScheduleClose {
    /// Reads the request from a call's parameters.
    ///
    /// # Errors
    /// 40 and 41 with the name of a parameter that is missing or cannot be.
    pub fn from_params(params: &Params<'_>) -> Result<Self, PlatformError> {
        let arguments = Arguments::read(&SPEC, params)?;
        let periods = "appointment_period";
        Ok(Self {
            out_pov_id: arguments.parsed("out_pov_id")?,
            day: arguments.parsed("appointment_time")?,
            periods: match arguments.some_text(periods)? {
                None => None,
                Some(_) => Some(arguments.list(periods)?),
            },
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
    title: text("关闭号源", "Close a schedule"),
    category: POVLINE,
    summary: text(
        "关闭接种点某日的时段,不再接受预约",
        "Closes periods of a POV's day: they take no more bookings",
    ),
    request: &[
        OUT_POV_ID,
        DAY,
        optional(
            "appointment_period",
            "String []",
            "08:00-08:30",
            text(
                "时段,一个或多个;缺省为当日全部",
                "The periods, one or several; all of the day's if it is left out",
            ),
        )
        .items(PERIODS_MAX),
    ],
    response: &flags(text("是否成功", "Whether it is done")),
    of_category: false,
    needs_session: false,
    shape: AnswerShape::Flat,
    refusals: &[UNKNOWN_POV, READ_ONLY],
    failures: &[&codes::NOT_SCHEDULED],
    notes: &[
        text(
            "已有预约保留;可重复调用",
            "What is booked stays; it may be repeated",
        ),
        text(
            "有一个时段从未开放则一个也不关闭,返回FAIL_BIZ_411",
            "If one of the periods was never opened none is closed, and the answer is FAIL_BIZ_411",
        ),
        WRITERS,
    ],
};
