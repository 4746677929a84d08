//! `povline.appointment.digest`: the digest of one list, to compare instead of reading it.

use povline_domain::{Day, OutPovId};

use super::arguments::Arguments;
use super::parts::{
    DAY, IS_SUCCESS, MSG_CODE, MSG_INFO, OUT_POV_ID, POVLINE, needed, optional, success, text,
};
use crate::api::{AnswerShape, ApiSpec, FieldSpec};
use crate::catalogue::Bilingual;
use crate::content::Object;
use crate::refusals::UNKNOWN_POV;
use crate::{Params, PlatformError};

/// The method's name.
pub const METHOD: &str = "povline.appointment.digest";

/// What a caller asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppointmentDigest {
    /// Of which POV, in the calling ISV's own code.
    pub out_pov_id: OutPovId,
    /// Of which day.
    pub day: Day,
}

impl AppointmentDigest {
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

/// What is told of one list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListState {
    /// The POV, in the calling ISV's own code.
    pub out_pov_id: OutPovId,
    /// The day.
    pub day: Day,
    /// Differs whenever the rows differ, and only rises; 0 if nothing was ever written.
    pub version: u64,
    /// How many rows the list has.
    pub total: u64,
    /// The digest of the rows; see [`ListDigest`](crate::list_digest::ListDigest).
    pub digest: String,
}

impl ListState {
    /// The state as an answer tells it.
    #[must_use]
    pub fn object(&self) -> Object {
        let Self {
            out_pov_id,
            day,
            version,
            total,
            digest,
        } = self;
        Object::new()
            .with("out_pov_id", out_pov_id.as_str())
            .with("appointment_time", day.to_string())
            .with("version", *version)
            .with("total", *total)
            .with("digest", digest.as_str())
    }
}

/// The answer.
#[must_use]
pub fn answer(state: &ListState) -> Object {
    success(state.object())
}

/// What the fields of a list's state mean.
pub(super) const STATE: &[FieldSpec] = &[
    needed(
        "out_pov_id",
        "String",
        "00001",
        text(
            "外部povId",
            "The ISV's own code of the point of vaccination",
        ),
    ),
    needed(
        "appointment_time",
        "String",
        "2021-01-18",
        text("预约天", "The day"),
    ),
    needed(
        "version",
        "Number",
        "7",
        text(
            "清单版本:内容变化则增大;0表示从未写入",
            "Rises whenever the rows differ; 0 if nothing was ever written",
        ),
    ),
    needed(
        "total",
        "Number",
        "2",
        text("清单的记录数", "How many rows the list has"),
    ),
    needed(
        "digest",
        "String",
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        text(
            "清单摘要,算法见说明",
            "The digest of the rows, made as the notes say",
        ),
    ),
];

/// How the digest is made, for the notes of every method that tells one.
pub(super) const RECIPE: Bilingual = text(
    "digest算法:记录按appointment_id字节序升序,每条依次写appointment_id、appointment_period、pick_code、pick_status、name,每个字段后加U+001F,每条后加U+001E,取UTF-8文本的SHA-256,小写十六进制",
    "The digest: rows by appointment_id in byte order; of each, appointment_id, appointment_period, pick_code, pick_status and name, U+001F after each field and U+001E after each row; SHA-256 of that UTF-8 text in lower-case hexadecimal",
);

/// The method's documentation.
pub const SPEC: ApiSpec = ApiSpec {
    method: METHOD,
    title: text("预约清单摘要", "Digest of a list"),
    category: POVLINE,
    summary: text(
        "返回接种点某日预约清单的版本、条数和摘要,用于对账",
        "Tells the version, the length and the digest of a POV's list of one day, for reconciliation",
    ),
    request: &[OUT_POV_ID, DAY],
    response: &[
        IS_SUCCESS,
        FieldSpec {
            children: STATE,
            ..optional(
                "model",
                "ListState",
                "",
                text("清单状态", "The list's state"),
            )
        },
        MSG_CODE,
        MSG_INFO,
    ],
    of_category: false,
    needs_session: false,
    shape: AnswerShape::Flat,
    refusals: &[UNKNOWN_POV],
    failures: &[],
    notes: &[
        RECIPE,
        text(
            "以alibaba.health.vaccin.appointment.query为准,本接口只用于减少调用",
            "alibaba.health.vaccin.appointment.query is the reference; this method only saves calls",
        ),
    ],
};
