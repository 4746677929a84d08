//! Codes with which a good answer says that its service did not do what was asked.
//!
//! `FAIL_BIZ_4**` is the caller's to mend, in the manner of the contract's `FAIL_BIZ_500`; the
//! numbers are Povline's own.

use super::Bilingual;

/// One `msg_code`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BusinessCode {
    /// `msg_code`.
    pub code: &'static str,
    /// What it means. The Chinese is `msg_info`.
    pub meaning: Bilingual,
    /// What the caller can do.
    pub remedy: Bilingual,
}

/// The platform is busy or cannot read its book.
pub const BUSY: BusinessCode = code(
    "FAIL_BIZ_500",
    ("系统繁忙,请稍后重试", "The platform is busy"),
    ("稍后重试", "Try again later"),
);
/// No such appointment for this app.
pub const APPOINTMENT_UNKNOWN: BusinessCode = code(
    "FAIL_BIZ_404",
    (
        "预约不存在或未授权",
        "There is no such appointment for this app",
    ),
    ("检查预约Id", "Look at the appointment's id"),
);
/// The key of a booking was used for another one.
pub const OUT_ID_TAKEN: BusinessCode = code(
    "FAIL_BIZ_409",
    (
        "out_id已用于另一预约",
        "This out_id was used for another booking",
    ),
    ("换一个out_id", "Use another out_id"),
);
/// The appointment was cancelled.
pub const CANCELLED: BusinessCode = code(
    "FAIL_BIZ_410",
    ("预约已取消", "The appointment was cancelled"),
    ("重新预约", "Book anew"),
);
/// The period was never opened.
pub const NOT_SCHEDULED: BusinessCode = code(
    "FAIL_BIZ_411",
    (
        "该时段未开放号源",
        "The period was never opened for booking",
    ),
    (
        "另选时段或先开放号源",
        "Take another period, or open this one",
    ),
);
/// The period is closed.
pub const CLOSED: BusinessCode = code(
    "FAIL_BIZ_412",
    ("该时段号源已关闭", "The period is closed for booking"),
    ("另选时段", "Take another period"),
);
/// The period is full.
pub const FULL: BusinessCode = code(
    "FAIL_BIZ_413",
    ("该时段已约满", "Every place of the period is taken"),
    ("另选时段", "Take another period"),
);
/// The day or period is over.
pub const PAST: BusinessCode = code(
    "FAIL_BIZ_414",
    ("日期或时段已过", "The day or the period is over"),
    ("另选日期", "Take another day"),
);
/// The number was taken.
pub const PICKED: BusinessCode = code(
    "FAIL_BIZ_415",
    ("已取号", "The number has been taken"),
    (
        "先用alibaba.health.vaccin.order.update撤销取号",
        "Give the number back first, by alibaba.health.vaccin.order.update",
    ),
);
/// An ISV of a sandbox has as many POVs as it may.
pub const TOO_MANY_POVS: BusinessCode = code(
    "FAIL_BIZ_429",
    (
        "沙箱中该服务商的接种点已达上限",
        "The ISV has as many clinics as it may have in a sandbox",
    ),
    (
        "改用已有的接种点编号;沙箱中每个服务商最多100个",
        "Use the code of a clinic that is there: an ISV has at most 100 in a sandbox",
    ),
);
/// A telephone number cannot be. Code and text are the category's own sample.
pub const TELEPHONE: BusinessCode = code(
    "999",
    (
        "电话号码格式不正确",
        "The telephone number is not written as one",
    ),
    (
        "5至20位数字,可含+、-、空格和括号",
        "5 to 20 digits; +, -, blanks and brackets may stand between them",
    ),
);

/// Every code.
pub const BUSINESS_CODES: &[BusinessCode] = &[
    BUSY,
    APPOINTMENT_UNKNOWN,
    OUT_ID_TAKEN,
    CANCELLED,
    NOT_SCHEDULED,
    CLOSED,
    FULL,
    PAST,
    PICKED,
    TOO_MANY_POVS,
    TELEPHONE,
];

const fn code(
    code: &'static str,
    (meaning_chinese, meaning): (&'static str, &'static str),
    (remedy_chinese, remedy): (&'static str, &'static str),
) -> BusinessCode {
    BusinessCode {
        code,
        meaning: Bilingual {
            chinese: meaning_chinese,
            english: meaning,
        },
        remedy: Bilingual {
            chinese: remedy_chinese,
            english: remedy,
        },
    }
}
