//! `alibaba.health.vaccin.subscribe.info.return`: one page of bookings that changed, cancelled ones
//! included.

use std::fmt;

use povline_domain::{
    AppointmentId, Day, Name, PageNumber, PageRequest, PageSize, Period, PovId, UnixMillis,
    VaccineId,
};

use super::arguments::Arguments;
use super::parts::{CATEGORY, IS_SUCCESS, MSG_CODE, MSG_INFO, needed, optional, success, text};
use crate::api::{AnswerShape, ApiSpec, FieldSpec};
use crate::content::{Object, Value};
use crate::{Params, PlatformError, timestamp};

/// The method's name.
pub const METHOD: &str = "alibaba.health.vaccin.subscribe.info.return";

/// How many vaccines one call may name.
pub const VACCINES_MAX: usize = 100;

/// The longest page.
const PAGE_SIZE_MAX: u64 = 200;

/// The type and the name of one element of the list.
const DETAIL: &str = "info_detail";

/// What a caller asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubscribeInfoReturn {
    /// For which vaccines.
    pub vaccine_ids: Vec<VaccineId>,
    /// Since when.
    pub since: UnixMillis,
    /// Which page of the list.
    pub page: PageRequest,
}

impl SubscribeInfoReturn {
    /// Reads the request from a call's parameters.
    ///
    /// # Errors
    /// 40 and 41 with the name of a parameter that is missing or cannot be.
    pub fn from_params(params: &Params<'_>) -> Result<Self, PlatformError> {
        let arguments = Arguments::read(&SPEC, params)?;
        let [obtain_date, page_no, page_size] = ["obtain_date", "page_no", "page_size"];
        let vaccine_ids = arguments.list("vaccine_ids")?;
        let since = timestamp::parse(&arguments.text(obtain_date)?)
            .ok_or_else(|| arguments.invalid(obtain_date))?;
        let number = arguments.needed_number(page_no)?;
        let size = arguments.needed_number(page_size)?;
        Ok(Self {
            vaccine_ids,
            since,
            page: PageRequest {
                number: PageNumber::new(number as u32).ok_or_else(|| arguments.invalid(page_no))?,
                size: PageSize::new(size as u32).ok_or_else(|| arguments.invalid(page_size))?,
            },
        })
    }
}

/// One booking of the answer.
#[derive(Clone, PartialEq, Eq)]
pub struct InfoDetail {
    /// For whom.
    pub name: Name,
    /// When it was booked.
    pub booked_at: UnixMillis,
    /// The booked day.
    pub day: Day,
    /// The booked period.
    pub period: Period,
    /// When it was cancelled, if it was.
    pub cancelled_at: Option<UnixMillis>,
    /// The platform's number of the POV.
    pub pov: PovId,
    /// The POV's name, if known.
    pub pov_name: Option<String>,
    /// The appointment's id.
    pub appointment_id: AppointmentId,
}

impl fmt::Debug for InfoDetail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("InfoDetail")
            .field(&self.appointment_id)
            .finish()
    }
}

impl InfoDetail {
    fn object(&self) -> Value {
        let begins = i64::from(self.period.begin_minute()) * 60_000;
        let begins = self.day.begins_at().plus_millis(begins);
        Object::new()
            .with("subscriber_name", self.name.as_str())
            .with("gmt_create", timestamp::format(self.booked_at))
            .with("subscribe_time", timestamp::format(begins))
            .with_some("cancel_time", self.cancelled_at.map(timestamp::format))
            .with("pov_id", self.pov.to_string())
            .with_some("pov_name", self.pov_name.as_deref())
            .with("isv_order_id", self.appointment_id.as_str())
            .into()
    }
}

/// The answer: a page, and the length of the whole list.
#[must_use]
pub fn answer(total: u64, details: &[InfoDetail]) -> Object {
    let details = details.iter().map(InfoDetail::object).collect();
    success(
        Object::new()
            .with("total", total)
            .with("info_detail_list", Value::List(DETAIL, details)),
    )
}

/// The method's documentation.
pub const SPEC: ApiSpec = ApiSpec {
    method: METHOD,
    title: text("自有pov预约信息回传", "List bookings of one's own POVs"),
    category: CATEGORY,
    summary: text(
        "按疫苗和时间分页拉取自有接种点的预约,含取消时间",
        "The ISV pulls the bookings of its POVs by vaccine and time, with the time at which one was cancelled",
    ),
    request: &[
        needed(
            "vaccine_ids",
            "String []",
            "V001,V002",
            text("疫苗Id列表", "The vaccines' ids"),
        )
        .items(VACCINES_MAX),
        needed(
            "obtain_date",
            "Date",
            "2023-05-25 21:02:19",
            text(
                "获取时间:此刻起新增、改约或取消的预约",
                "Bookings made, moved or cancelled at this instant or later",
            ),
        ),
        needed(
            "page_no",
            "Number",
            "1",
            text("第几页,从1开始", "Which page, from 1"),
        )
        .within(1, u32::MAX as u64),
        needed(
            "page_size",
            "Number",
            "200",
            text("每页数据,最大200条", "Rows of a page, at most 200"),
        )
        .within(1, PAGE_SIZE_MAX),
    ],
    response: &[IS_SUCCESS, MODEL, MSG_CODE, MSG_INFO],
    of_category: true,
    needs_session: false,
    shape: AnswerShape::Flat,
    refusals: &[],
    failures: &[],
    notes: &[
        text(
            "只返回通过povline.appointment.book并带vaccine_id的预约:导入的预约没有疫苗,不在此列",
            "Only bookings that povline.appointment.book made with a vaccine_id are listed: imported ones have no vaccine",
        ),
        text(
            "按预约先后升序;obtain_date的含义、元素名info_detail和每页最多200条为Povline自定",
            "In the order in which they were booked. What obtain_date means, the element's name info_detail and 200 as the longest page are Povline's decisions",
        ),
        text(
            "从第1页起在30秒内依次翻页,列表以第1页时为准;其他情况以当时为准",
            "Read forward from page 1 within 30 seconds, it is the list of page 1; any other page is of the present",
        ),
        text(
            "取消的预约保留90天,之后连同姓名删除",
            "A cancelled booking is kept for 90 days and then deleted, its name with it",
        ),
        text(
            "subscriber_mobile、id_card_md5、pov_province_code、pov_city_code和area_code平台没有,不返回",
            "subscriber_mobile, id_card_md5, pov_province_code, pov_city_code and area_code are not known to the platform and left out",
        ),
        text(
            "只含应用有读授权的接种点,没有则为空列表",
            "Only POVs that the app may read are listed; without one the list is empty",
        ),
    ],
};

const MODEL: FieldSpec = FieldSpec {
    children: &[
        needed(
            "total",
            "Number",
            "1",
            text("总数", "The rows of the whole list"),
        ),
        FieldSpec {
            children: DETAILS,
            ..needed(
                "info_detail_list",
                "InfoDetail []",
                "",
                text("预约列表", "The bookings"),
            )
        },
    ],
    ..optional("model", "InfoModel", "", text("结果", "The page"))
};

const DETAILS: &[FieldSpec] = &[
    needed(
        "subscriber_name",
        "String",
        "测试",
        text("预约人姓名", "The vaccinee's name"),
    ),
    optional(
        "subscriber_mobile",
        "String",
        "",
        text("预约人手机号", "The telephone number"),
    ),
    optional(
        "id_card_md5",
        "String",
        "",
        text("身份证md5", "The digest of the identity card's number"),
    ),
    needed(
        "gmt_create",
        "Date",
        "2023-05-25 21:02:19",
        text("预约创建时间", "When it was booked"),
    ),
    needed(
        "subscribe_time",
        "Date",
        "2023-05-26 08:00:00",
        text("预约时间", "When the booked period begins"),
    ),
    optional(
        "cancel_time",
        "Date",
        "2023-05-25 22:00:00",
        text("取消时间", "When it was cancelled, if it was"),
    ),
    needed(
        "pov_id",
        "String",
        "1",
        text("平台接种点Id", "The platform's id of the POV"),
    ),
    optional(
        "pov_name",
        "String",
        "呼家楼接种点",
        text("接种点名称", "The POV's name"),
    ),
    optional(
        "pov_province_code",
        "String",
        "",
        text("省编码", "The province's code"),
    ),
    optional(
        "pov_city_code",
        "String",
        "",
        text("市编码", "The city's code"),
    ),
    optional(
        "area_code",
        "String",
        "",
        text("区编码", "The district's code"),
    ),
    needed(
        "isv_order_id",
        "String",
        "PL0000000001",
        text("预约单Id", "The id of the appointment"),
    ),
];
