//! `alibaba.health.vaccin.pov.update`: registers a POV or alters what is known of it.

use povline_domain::OutPovId;

use super::arguments::Arguments;
use super::parts::{CATEGORY, flags, needed, optional, plain, some_plain, success, text};
use crate::api::{AnswerShape, ApiSpec};
use crate::catalogue::business_codes as codes;
use crate::content::Object;
use crate::refusals::{READ_ONLY, UNKNOWN_POV};
use crate::{Params, PlatformError};

/// The method's name.
pub const METHOD: &str = "alibaba.health.vaccin.pov.update";

/// The longest name and telephone number, in bytes.
const SHORT_MAX: usize = 256;
/// The longest of the other texts, in bytes.
const LONG_MAX: usize = 2_000;

/// What a caller tells of its POV.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PovUpdate {
    /// The ISV's own code of it.
    pub pov_no: OutPovId,
    /// What people call it.
    pub pov_name: String,
    /// Where to ring, as it was written; see [`is_telephone`](Self::is_telephone).
    pub telephone: String,
    /// Where it is.
    pub address: String,
    /// More about it.
    pub description: Option<String>,
    /// When it is open.
    pub business_time: Option<String>,
}

impl PovUpdate {
    /// Reads the request from a call's parameters.
    ///
    /// # Errors
    /// 40 and 41 with the name of a parameter that is missing or cannot be.
    pub fn from_params(params: &Params<'_>) -> Result<Self, PlatformError> {
        let arguments = Arguments::read(&SPEC, params)?;
        Ok(Self {
            pov_no: arguments.given_name("pov_no")?,
            pov_name: plain(&arguments, "pov_name")?,
            telephone: plain(&arguments, "telephone")?,
            address: plain(&arguments, "address")?,
            description: some_plain(&arguments, "description")?,
            business_time: some_plain(&arguments, "business_time")?,
        })
    }

    /// Whether the telephone number is written as one: 5 to 20 digits, with `+`, `-`, blanks and
    /// brackets between them. If not, the answer is the category's own failure 999.
    #[must_use]
    pub fn is_telephone(&self) -> bool {
        let digits = self.telephone.chars().filter(char::is_ascii_digit).count();
        let allowed = |c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | ' ' | '(' | ')');
        (5..=20).contains(&digits) && self.telephone.chars().all(allowed)
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
    title: text("新增/变更接种点信息", "Register or alter a POV"),
    category: CATEGORY,
    summary: text(
        "isv新增或变更其接种点的信息",
        "The ISV tells the platform of a point of vaccination, or of what has changed there",
    ),
    request: &[
        needed(
            "pov_no",
            "String",
            "2088332589401234",
            text(
                "接种点编号,即预约查询中的out_pov_id",
                "The ISV's own code of it: out_pov_id elsewhere",
            ),
        )
        .bytes(OutPovId::BYTES_MAX),
        needed(
            "pov_name",
            "String",
            "呼家楼接种点",
            text("接种点名称", "What people call it"),
        )
        .bytes(SHORT_MAX),
        needed(
            "telephone",
            "String",
            "010-12345678",
            text("电话", "Where to ring"),
        )
        .bytes(SHORT_MAX),
        needed("address", "String", "", text("地址", "Where it is")).bytes(LONG_MAX),
        optional("description", "String", "", text("描述", "More about it")).bytes(LONG_MAX),
        optional(
            "business_time",
            "String",
            "周一至周五 09:00-17:00",
            text("营业时间", "When it is open"),
        )
        .bytes(LONG_MAX),
    ],
    response: &flags(text("是否成功", "Whether it is done")),
    of_category: true,
    needs_session: false,
    shape: AnswerShape::Flat,
    refusals: &[UNKNOWN_POV, READ_ONLY],
    failures: &[&codes::TOO_MANY_POVS, &codes::TELEPHONE],
    notes: &[
        text(
            "需要对该编号的写授权:否则返回50 isv.pov-not-exist,不透露接种点是否存在;对已存在的接种点有读授权时返回11 isv.pov-read-only",
            "The app needs a grant to write at the code: without it the answer is 50 isv.pov-not-exist, whether or not there is such a POV; where it may read one that is there, 11 isv.pov-read-only",
        ),
        text(
            "授权可先于接种点:对编号或其前缀有写授权的应用可新增该接种点",
            "A grant may come before its POV: an app that may write at a code, or at those that begin so, may register it",
        ),
        text(
            "电话号码格式不正确时返回999;未给出的可选项视为清空",
            "A telephone number that is not written as one gets 999; what is left out is cleared",
        ),
    ],
};
