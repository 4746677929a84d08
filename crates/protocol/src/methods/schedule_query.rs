//! `povline.schedule.query`: the periods of a POV's day and how full they are.

use povline_domain::{Day, OutPovId, Period};

use super::arguments::Arguments;
use super::parts::{
    DAY, IS_SUCCESS, MSG_CODE, MSG_INFO, OUT_POV_ID, POVLINE, needed, optional, success, text,
};
use crate::api::{AnswerShape, ApiSpec, FieldSpec};
use crate::content::{Object, Value};
use crate::refusals::UNKNOWN_POV;
use crate::{Params, PlatformError};

/// The method's name.
pub const METHOD: &str = "povline.schedule.query";

/// The name of one element of the list.
const ELEMENT: &str = "period_schedule";

/// What a caller asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScheduleQuery {
    /// At which POV, in the calling ISV's own code.
    pub out_pov_id: OutPovId,
    /// On which day.
    pub day: Day,
}

impl ScheduleQuery {
    /// Reads the request from a call's parameters.
    ///
    /// # Errors
    /// 40 and 41 with the name of a parameter that is missing or cannot be.
    pub fn from_params(params: &Params<'_>) -> Result<Self, PlatformError> {
        let arguments = Arguments::read(&SPEC, params)?;
        Ok(Self {
            out_pov_id: arguments.parsed("out_pov_id")?,
            day: arguments.parsed("appointment_time")?,
        })
    }
}

/// One period of the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PeriodSchedule {
    /// The period.
    pub period: Period,
    /// How many may book it.
    pub capacity: u32,
    /// How many live appointments it has.
    pub booked: u32,
    /// Whether it can be booked at all.
    pub open: bool,
}

impl PeriodSchedule {
    /// `00` there are places, `01` it is full, `02` it is closed.
    #[must_use]
    pub fn status(&self) -> &'static str {
        if !self.open {
            "02"
        } else if self.booked >= self.capacity {
            "01"
        } else {
            "00"
        }
    }

    fn object(&self) -> Value {
        Object::new()
            .with("appointment_period", self.period.to_string())
            .with("max_num", u64::from(self.capacity))
            .with("used_num", u64::from(self.booked))
            .with("status", self.status())
            .into()
    }
}

/// The answer: the periods of the day.
#[must_use]
pub fn answer(periods: &[PeriodSchedule]) -> Object {
    let periods = periods.iter().map(PeriodSchedule::object).collect();
    success(Object::new().with("schedule_list", Value::List(ELEMENT, periods)))
}

/// The method's documentation.
pub const SPEC: ApiSpec = ApiSpec {
    method: METHOD,
    title: text("号源查询", "Query a schedule"),
    category: POVLINE,
    summary: text(
        "查询接种点某日各时段的号源和已约数",
        "Tells the periods of a POV's day, how many may book them and how many have",
    ),
    request: &[OUT_POV_ID, DAY],
    response: &[IS_SUCCESS, MODEL, MSG_CODE, MSG_INFO],
    of_category: false,
    needs_session: false,
    shape: AnswerShape::Flat,
    refusals: &[UNKNOWN_POV],
    failures: &[],
    notes: &[
        text(
            "读授权即可;从未开放号源的日期返回空列表",
            "A grant to read is enough; a day that was never opened is an empty list",
        ),
        text(
            "字段名取自体检库存查询(examination.stock.query)",
            "The fields' names are those of the examination stock query",
        ),
    ],
};

const MODEL: FieldSpec = FieldSpec {
    children: &[FieldSpec {
        children: &[
            needed(
                "appointment_period",
                "String",
                "08:00-08:30",
                text("时段", "The period"),
            ),
            needed(
                "max_num",
                "Number",
                "20",
                text("号源数", "How many may book it"),
            ),
            needed(
                "used_num",
                "Number",
                "3",
                text(
                    "已约数;导入的预约也计入,因此可能大于max_num",
                    "How many appointments it has; imported ones count too, so it may be more than max_num",
                ),
            ),
            needed(
                "status",
                "String",
                "00",
                text(
                    "状态:00可约,01约满,02已关闭",
                    "00 there are places, 01 it is full, 02 it is closed",
                ),
            ),
        ],
        ..needed(
            "schedule_list",
            "PeriodSchedule []",
            "",
            text("时段列表,按开始时间升序", "The periods, by their beginning"),
        )
    }],
    ..optional("model", "ScheduleModel", "", text("结果", "The schedule"))
};
