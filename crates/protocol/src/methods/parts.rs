//! What the documentation tables of several methods share, and their answers.

use povline_domain::{AppointmentId, OutPovId};

use super::arguments::Arguments;
use crate::PlatformError;
use crate::api::{FieldSpec, Limit};
use crate::catalogue::Bilingual;
use crate::content::{Object, Value};

/// The category of the methods that are the category's.
pub(super) const CATEGORY: Bilingual = Bilingual {
    chinese: "阿里健康-疫苗API",
    english: "Alibaba Health: vaccination",
};

/// The category of the methods that are ours.
pub(super) const POVLINE: Bilingual = Bilingual {
    chinese: "Povline自有API",
    english: "Povline's own",
};

/// What every method that writes at a POV that it names says of who may.
pub(super) const WRITERS: Bilingual = text(
    "需要对该接种点的写授权:无任何授权时与接种点不存在的应答相同,即50 isv.pov-not-exist;只有读授权时返回11 isv.pov-read-only",
    "The app needs a grant to write at the POV: without any grant the answer is that of an unknown POV, 50 isv.pov-not-exist; with one to read it is 11 isv.pov-read-only",
);

/// What every method that changes an appointment that it names says of who may.
pub(super) const STRANGERS: Bilingual = text(
    "需要对预约所在接种点的写授权:无任何授权时与预约不存在的应答相同,即FAIL_BIZ_404;只有读授权时返回11 isv.pov-read-only",
    "The app needs a grant to write at the appointment's POV: without any grant the answer is that of an appointment that does not exist, FAIL_BIZ_404; with one to read it is 11 isv.pov-read-only",
);

/// A text in both languages.
pub(super) const fn text(chinese: &'static str, english: &'static str) -> Bilingual {
    Bilingual { chinese, english }
}

/// A parameter that must be there, or a member of an answer that always is.
pub(super) const fn needed(
    name: &'static str,
    kind: &'static str,
    sample: &'static str,
    description: Bilingual,
) -> FieldSpec {
    FieldSpec {
        required: true,
        ..optional(name, kind, sample, description)
    }
}

/// A parameter or a member of an answer that may be absent.
pub(super) const fn optional(
    name: &'static str,
    kind: &'static str,
    sample: &'static str,
    description: Bilingual,
) -> FieldSpec {
    FieldSpec {
        name,
        kind,
        required: false,
        sample,
        limit: Limit::None,
        description,
        children: &[],
    }
}

pub(super) const OUT_POV_ID: FieldSpec = needed(
    "out_pov_id",
    "String",
    "00001",
    text(
        "外部povId",
        "The ISV's own code of the point of vaccination",
    ),
)
.bytes(OutPovId::BYTES_MAX);

pub(super) const DAY: FieldSpec = needed(
    "appointment_time",
    "String",
    "2021-01-18",
    text("预约天", "The day"),
);

pub(super) const APPOINTMENT_ID: FieldSpec = needed(
    "appointment_id",
    "String",
    "PL0000000001",
    text("接种预约Id", "The id of the appointment"),
)
.bytes(AppointmentId::BYTES_MAX);

pub(super) const IS_SUCCESS: FieldSpec = needed(
    "is_success",
    "Boolean",
    "true",
    text("服务接口是否成功", "Whether the service succeeded"),
);

pub(super) const MSG_CODE: FieldSpec = optional(
    "msg_code",
    "String",
    "FAIL_BIZ_500",
    text("错误码", "The code of a failure"),
);

pub(super) const MSG_INFO: FieldSpec = optional(
    "msg_info",
    "String",
    "系统繁忙,请稍后重试",
    text("错误描述", "The failure in words"),
);

/// A flat answer whose model is a truth.
pub(super) const fn flags(model: Bilingual) -> [FieldSpec; 4] {
    [
        IS_SUCCESS,
        optional("model", "Boolean", "true", model),
        MSG_CODE,
        MSG_INFO,
    ]
}

/// A good answer of the flat shape.
pub(super) fn success(model: impl Into<Value>) -> Object {
    Object::new().with("is_success", true).with("model", model)
}

/// A text that is kept as it is: not blank, and without control characters.
pub(super) fn plain(arguments: &Arguments, name: &str) -> Result<String, PlatformError> {
    let text = arguments.text(name)?;
    if text.trim().is_empty() || text.chars().any(char::is_control) {
        return Err(arguments.invalid(name));
    }
    Ok(text.into_owned())
}

/// The same for a text that may be absent.
pub(super) fn some_plain(
    arguments: &Arguments,
    name: &str,
) -> Result<Option<String>, PlatformError> {
    match arguments.some_text(name)? {
        None => Ok(None),
        Some(_) => plain(arguments, name).map(Some),
    }
}
