//! `alibaba.health.vaccin.order.update`: the clinic tells that a number was taken, given back, or
//! that somebody was not vaccinated.

use std::fmt;

use povline_domain::{AppointmentId, UnixMillis};

use super::arguments::Arguments;
use super::parts::{CATEGORY, STRANGERS, flags, needed, optional, plain, success, text};
use crate::api::{AnswerShape, ApiSpec};
use crate::catalogue::business_codes as codes;
use crate::content::Object;
use crate::refusals::READ_ONLY;
use crate::{Params, PlatformError, timestamp};

/// The method's name.
pub const METHOD: &str = "alibaba.health.vaccin.order.update";

const ORDER_ID: &str = "order_id";
const ACTION_TYPE: &str = "action_type";
const ACTION_TIME: &str = "action_time";
const REASON: &str = "isv_not_inoculate_reason";

/// The longest reason, in bytes.
const REASON_MAX: usize = 256;

/// What happened. The category does not say which values `action_type` has: these are ours.
#[derive(Clone, PartialEq, Eq)]
pub enum Action {
    /// `PICK`: the number was taken.
    Pick,
    /// `UNPICK`: it was given back.
    Unpick,
    /// `NOT_INOCULATE`: the person was not vaccinated, for this reason.
    NotInoculate(String),
}

/// The reason is a patient's data and stays out of logs.
impl fmt::Debug for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.action_type())
    }
}

impl Action {
    /// The value of `action_type`.
    #[must_use]
    pub fn action_type(&self) -> &'static str {
        match self {
            Self::Pick => "PICK",
            Self::Unpick => "UNPICK",
            Self::NotInoculate(_) => "NOT_INOCULATE",
        }
    }
}

/// What a caller tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderUpdate {
    /// Of which appointment.
    pub appointment_id: AppointmentId,
    /// What happened.
    pub action: Action,
    /// When it happened.
    pub action_time: UnixMillis,
}

impl OrderUpdate {
    /// Reads the request from a call's parameters. Without `action_time` it happened `now`.
    ///
    /// # Errors
    /// 40 and 41 with the name of a parameter that is missing or cannot be; an `action_time` more
    /// than ten minutes after `now` cannot be.
    pub fn from_params(params: &Params<'_>, now: UnixMillis) -> Result<Self, PlatformError> {
        let arguments = Arguments::read(&SPEC, params)?;
        let appointment_id = arguments.parsed(ORDER_ID)?;
        let action = match arguments.text(ACTION_TYPE)?.as_ref() {
            "PICK" => Action::Pick,
            "UNPICK" => Action::Unpick,
            "NOT_INOCULATE" => Action::NotInoculate(plain(&arguments, REASON)?),
            _ => return Err(arguments.invalid(ACTION_TYPE)),
        };
        let action_time = match arguments.some_text(ACTION_TIME)? {
            None => now,
            Some(text) => timestamp::parse(text.trim())
                .filter(|time| time.millis_since(now) <= timestamp::TOLERANCE_MILLIS)
                .ok_or_else(|| arguments.invalid(ACTION_TIME))?,
        };
        Ok(Self {
            appointment_id,
            action,
            action_time,
        })
    }

    /// The parameters that say this, for callers.
    #[must_use]
    pub fn to_params(&self) -> Vec<(&'static str, String)> {
        let mut params = vec![
            (ORDER_ID, self.appointment_id.as_str().to_owned()),
            (ACTION_TYPE, self.action.action_type().to_owned()),
            (ACTION_TIME, self.action_time.0.to_string()),
        ];
        if let Action::NotInoculate(reason) = &self.action {
            params.push((REASON, reason.clone()));
        }
        params
    }
}

/// The answer: whether what was told stands now, or was ignored for something later.
#[must_use]
pub fn answer(stands: bool) -> Object {
    success(stands)
}

/// The method's documentation.
pub const SPEC: ApiSpec = ApiSpec {
    method: METHOD,
    title: text("回传取号状态", "Tell of a number that was taken"),
    category: CATEGORY,
    summary: text(
        "isv回传取号状态,或未接种及其原因",
        "The ISV tells that a number was taken or given back, or that somebody was not vaccinated, and why",
    ),
    request: &[
        needed(
            ORDER_ID,
            "String",
            "P0001",
            text("接种预约Id", "The id of the appointment"),
        )
        .bytes(AppointmentId::BYTES_MAX),
        needed(
            ACTION_TYPE,
            "String",
            "PICK",
            text(
                "操作类型:PICK取号,UNPICK撤销取号,NOT_INOCULATE未接种",
                "What happened: PICK, the number was taken; UNPICK, it was given back; NOT_INOCULATE, the person was not vaccinated",
            ),
        ),
        optional(
            ACTION_TIME,
            "Number",
            "1610928000000",
            text(
                "操作时间戳,毫秒或秒",
                "When it happened, in milliseconds or seconds since 1970",
            ),
        ),
        optional(
            REASON,
            "String",
            "发热",
            text(
                "未接种原因,NOT_INOCULATE时必填",
                "Why the person was not vaccinated; needed with NOT_INOCULATE",
            ),
        )
        .bytes(REASON_MAX),
    ],
    response: &flags(text(
        "true:所传状态已生效;false:已有更晚的操作,本次忽略",
        "true: what was told stands now; false: something later was told before, and this is ignored",
    )),
    of_category: true,
    needs_session: false,
    shape: AnswerShape::Flat,
    refusals: &[READ_ONLY],
    failures: &[&codes::APPOINTMENT_UNKNOWN, &codes::CANCELLED],
    notes: &[
        text(
            "action_type的取值类目文档未给出,以上为Povline自定;类目文档未标必填,Povline要求order_id和action_type,action_time缺省为调用时刻",
            "The category does not say which values action_type has: these are Povline's. It marks nothing as required; Povline needs order_id and action_type, and takes the instant of the call where there is no action_time",
        ),
        text(
            "带action_time时可重复调用:PICK与UNPICK按action_time先后,NOT_INOCULATE单独按其先后,较早的被忽略,同一时刻以先到为准;晚于当前10分钟以上的action_time返回41",
            "With an action_time it may be repeated: of PICK and UNPICK the later action_time counts, and of NOT_INOCULATE likewise by itself; an earlier one is ignored, and of one instant the first that came counts. An action_time more than ten minutes ahead is 41",
        ),
        text(
            "不带action_time的调用以到达时刻为准:重发会再次生效,并可能覆盖其间的UNPICK;请传action_time",
            "Without an action_time a call counts from its arrival: sent again it counts again, also over an UNPICK that came in between. So send action_time",
        ),
        text(
            "NOT_INOCULATE不改变取号状态;未接种原因保留90天,不出现在任何日志中",
            "NOT_INOCULATE does not change the pick status; the reason is kept for 90 days and stands in no log",
        ),
        STRANGERS,
    ],
};
