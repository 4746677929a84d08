//! `alibaba.health.vaccin.appointment.query`: one page of a POV's appointments of one day.
//!
//! The request, its checks and the documentation table stand here; the response's rows are
//! written by [`rows`](crate::rows), framed by [`frame`](crate::frame) and read by
//! [`decode`](crate::decode).
//!
//! What the contract leaves open is decided here, and the notes of [`SPEC`] say so to callers.

use povline_domain::{Day, OutPovId, PageNumber, PageRequest, PageSize, UnixMillis};

use super::arguments::Arguments;
use super::parts::{MSG_CODE, MSG_INFO, OUT_POV_ID, needed, optional, text};
use crate::api::{AnswerShape, ApiSpec, FieldSpec};
use crate::blank::Blank;
use crate::catalogue::Bilingual;
use crate::refusals::UNKNOWN_POV;
use crate::request::{Credentials, Filled};
use crate::{AnswerForm, Params, PlatformError, json};

/// The method's name.
pub const METHOD: &str = "alibaba.health.vaccin.appointment.query";
/// The name under which its answer stands, in JSON and in XML.
pub const RESPONSE_KEY: &str = "alibaba_health_vaccin_appointment_query_response";
/// The complex parameter that holds the request.
pub const REQUEST_PARAM: &str = "param_query_pov_appointment_record_by_date_req";

/// What a caller asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppointmentQuery {
    /// Of which day.
    pub day: Day,
    /// Of which POV, in the calling ISV's own code.
    pub out_pov_id: OutPovId,
    /// Which page of the list.
    pub page: PageRequest,
}

impl AppointmentQuery {
    /// Reads the request from a call's parameters. Page 1 of 200 rows is what a call asks for
    /// that does not say otherwise. `day`, `out_pov_id`, `page_num` and `page_size` may also come
    /// as parameters of their own, if the request object is absent.
    ///
    /// # Errors
    /// 50 `isv.missing-parameter` if there is no request at all; 50 `isv.invalid-parameter` with
    /// the name of a member that is missing or cannot be; 40 and 41 instead for parameters of
    /// their own and for a request object that is none.
    pub fn from_params(params: &Params<'_>) -> Result<Self, PlatformError> {
        let [day, out_pov_id, page_num, page_size] = ["day", "out_pov_id", "page_num", "page_size"];
        let arguments = Arguments::read(&SPEC, params)?;
        Ok(Self {
            day: arguments
                .text(day)?
                .parse()
                .map_err(|_| arguments.invalid(day))?,
            out_pov_id: OutPovId::new(arguments.text(out_pov_id)?)
                .map_err(|_| arguments.invalid(out_pov_id))?,
            page: PageRequest {
                number: match arguments.number(page_num)? {
                    None => PageRequest::FIRST.number,
                    Some(number) => u32::try_from(number)
                        .ok()
                        .and_then(PageNumber::new)
                        .ok_or_else(|| arguments.invalid(page_num))?,
                },
                size: match arguments.number(page_size)? {
                    None => PageRequest::FIRST.size,
                    Some(size) => u32::try_from(size)
                        .ok()
                        .and_then(PageSize::new)
                        .ok_or_else(|| arguments.invalid(page_size))?,
                },
            },
        })
    }

    /// The value of [`REQUEST_PARAM`] that asks for this.
    #[must_use]
    pub fn to_param(&self) -> String {
        let mut out = Vec::with_capacity(96);
        out.extend_from_slice(b"{\"day\":\"");
        out.extend_from_slice(&self.day.ascii());
        out.extend_from_slice(b"\",\"out_pov_id\":");
        json::write_string(&mut out, self.out_pov_id.as_str());
        out.extend_from_slice(b",\"page_num\":");
        json::write_number(&mut out, u64::from(self.page.number.get()));
        out.extend_from_slice(b",\"page_size\":");
        json::write_number(&mut out, u64::from(self.page.size.get()));
        out.push(b'}');
        String::from_utf8(out).unwrap_or_default()
    }
}

/// The form of one app's queries, with everything filled in that is the same in all of them.
#[derive(Clone)]
pub struct QueryForm(Blank);

/// Keys stay out of logs.
impl std::fmt::Debug for QueryForm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("QueryForm").finish_non_exhaustive()
    }
}

impl QueryForm {
    /// The form of queries by these credentials that are answered in this form.
    #[must_use]
    pub fn new(credentials: &Credentials, form: AnswerForm) -> Self {
        Self(Blank::new(credentials, METHOD, &[REQUEST_PARAM], form))
    }

    /// Signs a query: the same call as [`Credentials::sign`] makes of it. `target` is what stands
    /// before the URL's query: the gateway's path and `?`.
    #[must_use]
    pub fn fill(&self, target: &str, query: &AppointmentQuery, now: UnixMillis) -> Filled {
        self.0.fill(target, &[&query.to_param()], now)
    }
}

/// The method's documentation.
pub const SPEC: ApiSpec = ApiSpec {
    method: METHOD,
    title: Bilingual {
        chinese: "预约记录查询",
        english: "Query appointments",
    },
    category: Bilingual {
        chinese: "阿里健康-疫苗API",
        english: "Alibaba Health: vaccination",
    },
    summary: Bilingual {
        chinese: "isv定时拉取其对接的疫苗预约信息",
        english: "The ISV pulls, on a timer, the vaccination appointments of the clinics it serves",
    },
    request: &[REQUEST],
    response: &[RESULT],
    of_category: true,
    needs_session: false,
    shape: AnswerShape::Result,
    refusals: &[UNKNOWN_POV],
    failures: &[],
    notes: &[
        Bilingual {
            chinese: "page_num缺省为1，page_size缺省为200",
            english: "page_num is 1 and page_size is 200 where the request names none",
        },
        Bilingual {
            chinese: "记录按进入当日列表的先后升序排列，顺序不变；改约的记录离开原日期，排到新日期末尾",
            english: "Rows stand in the order in which they joined the day's list, which never changes; a rescheduled one leaves its day and joins the other at the end",
        },
        Bilingual {
            chinese: "超出末页时返回空列表和真实的total",
            english: "A page past the end is an empty list with the true total",
        },
        Bilingual {
            chinese: "接种点不存在或未授权时返回错误，绝不返回空列表",
            english: "An unknown POV, or one without a grant, is an error and never an empty list",
        },
        Bilingual {
            chinese: "成功时不返回msg_code和msg_info，以success为准",
            english: "On success there is no msg_code and no msg_info; success decides",
        },
        Bilingual {
            chinese: "没有请求对象时，day、out_pov_id、page_num、page_size也可以作为独立参数传入",
            english: "Without the request object, its members may be sent as parameters of their own",
        },
    ],
};

const REQUEST: FieldSpec = FieldSpec {
    children: &[
        needed(
            "day",
            "String",
            "2020-01-18",
            text("预约接种日期", "The booked day, yyyy-MM-dd"),
        ),
        OUT_POV_ID,
        optional(
            "page_num",
            "Number",
            "1",
            text("分页获取数据;第几页,从1开始", "Which page, from 1"),
        )
        .within(1, u32::MAX as u64),
        optional(
            "page_size",
            "Number",
            "200",
            text(
                "分页获取数据;每页返回数据,最大200条",
                "Rows of a page, at most 200",
            ),
        )
        .within(1, PageSize::MAX.get() as u64),
    ],
    ..optional(
        REQUEST_PARAM,
        "QueryPovAppointmentRecordByDateReq",
        "",
        text("请求参数", "The request"),
    )
};

const RESULT: FieldSpec = FieldSpec {
    children: &[
        MODEL,
        MSG_CODE,
        MSG_INFO,
        answer(
            "success",
            "Boolean",
            "true",
            "服务接口是否成功",
            "Whether the service succeeded",
        ),
    ],
    ..answer("result", "MtopResult", "", "返回结果对象", "The result")
};

const MODEL: FieldSpec = FieldSpec {
    children: &[
        answer("page_num", "Number", "", "拓展参数", "Which page this is"),
        answer(
            "page_size",
            "Number",
            "",
            "拓展参数",
            "The rows of a full page",
        ),
        answer(
            "total",
            "Number",
            "",
            "拓展参数",
            "The rows of the whole list",
        ),
        ROWS,
    ],
    ..optional(
        "model",
        "QueryPovAppointmentRecordByDateRes",
        "",
        text("拓展参数", "The page"),
    )
};

const ROWS: FieldSpec = FieldSpec {
    children: &[
        answer(
            "pick_code",
            "String",
            "",
            "取号码;单个pov当日预约不重复",
            "The code with which to take a number; unique within one POV's day",
        ),
        answer(
            "out_pov_id",
            "String",
            "",
            "外部povId",
            "The ISV's own code of the point of vaccination",
        ),
        answer(
            "pick_status",
            "Number",
            "0",
            "取号状态:取号状态,0-是,1-否",
            "Whether the number has been taken: 0 yes, 1 no",
        ),
        answer(
            "appointment_period",
            "String",
            "08:00-08:30",
            "预约时间段: 08:00-08:30",
            "The booked period",
        ),
        answer(
            "appointment_time",
            "String",
            "2021-01-18",
            "预约天,2021-01-18",
            "The booked day",
        ),
        answer(
            "appointment_id",
            "String",
            "P0001",
            "接种预约Id,全局唯一",
            "The id of the appointment, unique across the platform",
        ),
        answer(
            "name",
            "String",
            "测试",
            "接种人姓名",
            "The vaccinee's name",
        ),
    ],
    ..answer(
        "data_list",
        "PovAppointmentRecordDto []",
        "",
        "预约记录对象",
        "The appointments",
    )
};

/// What always comes, in what it stands in.
const fn answer(
    name: &'static str,
    kind: &'static str,
    sample: &'static str,
    chinese: &'static str,
    english: &'static str,
) -> FieldSpec {
    needed(name, kind, sample, text(chinese, english))
}
