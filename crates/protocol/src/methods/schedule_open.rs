//! `povline.schedule.open`: opens periods of a POV's day for booking.

use povline_domain::{Day, OutPovId, Period};

use super::arguments::Arguments;
use super::parts::{DAY, OUT_POV_ID, POVLINE, WRITERS, flags, needed, success, text};
use crate::api::{AnswerShape, ApiSpec};
use crate::catalogue::business_codes as codes;
use crate::content::Object;
use crate::refusals::{READ_ONLY, UNKNOWN_POV};
use crate::{Params, PlatformError};

/// The method's name.
pub const METHOD: &str = "povline.schedule.open";

/// How many periods one call may name.
pub const PERIODS_MAX: usize = 96;

/// The largest capacity of a period.
pub const CAPACITY_MAX: u32 = 100_000;

/// What a caller asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScheduleOpen {
    /// At which POV, in the calling ISV's own code.
    pub out_pov_id: OutPovId,
    /// On which day.
    pub day: Day,
    /// Which periods.
    pub periods: Vec<Period>,
    /// For how many appointments each, 1 to [`CAPACITY_MAX`].
    pub capacity: u32,
}

impl ScheduleOpen {
    /// Reads the request from a call's parameters.
    ///
    /// # Errors
    /// 40 and 41 with the name of a parameter that is missing or cannot be.
    pub fn from_params(params: &Params<'_>) -> Result<Self, PlatformError> {
        let arguments = Arguments::read(&SPEC, params)?;
        Ok(Self {
            out_pov_id: arguments.parsed("out_pov_id")?,
            day: arguments.parsed("appointment_time")?,
            periods: arguments.list("appointment_period")?,
            capacity: arguments.needed_number("max_num")? as u32,
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
    title: text("开放号源", "Open a schedule"),
    category: POVLINE,
    summary: text(
        "开放接种点某日的时段供预约,或变更其号源数",
        "Opens periods of a POV's day for booking, or changes how many may book them",
    ),
    request: &[
        OUT_POV_ID,
        DAY,
        needed(
            "appointment_period",
            "String []",
            "08:00-08:30,08:30-09:00",
            text("时段,一个或多个", "The periods, one or several"),
        )
        .items(PERIODS_MAX),
        needed(
            "max_num",
            "Number",
            "20",
            text("每个时段的号源数", "How many may book each of them"),
        )
        .within(1, CAPACITY_MAX as u64),
    ],
    response: &flags(text("是否成功", "Whether it is done")),
    of_category: false,
    needs_session: false,
    shape: AnswerShape::Flat,
    refusals: &[UNKNOWN_POV, READ_ONLY],
    failures: &[&codes::PAST],
    notes: &[
        text(
            "可重复调用;已关闭的时段重新开放,号源数改为max_num,低于已约数时不取消任何预约",
            "It may be repeated. A closed period is open again, and its number becomes max_num; if that is less than what is booked, nothing is cancelled",
        ),
        text(
            "没有开放任何时段的日期仍可导入预约,但不能通过povline.appointment.book预约;导入不受号源数限制,但计入已约数",
            "A day without a schedule takes imports, but no bookings by povline.appointment.book. Imports are not held to the number, but are counted",
        ),
        text(
            "已过的日期返回FAIL_BIZ_414",
            "A day that is over gets FAIL_BIZ_414",
        ),
        WRITERS,
    ],
};
