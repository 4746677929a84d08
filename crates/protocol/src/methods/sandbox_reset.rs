//! `povline.sandbox.reset`: puts the caller's appointments back to where a sandbox begins.
//!
//! Povline's own method, and there in a sandbox alone: elsewhere it is a method that does not
//! exist.

use super::parts::{IS_SUCCESS, MSG_CODE, MSG_INFO, POVLINE, needed, optional, success, text};
use crate::api::{AnswerShape, ApiSpec, FieldSpec};
use crate::content::Object;
use crate::refusals::READ_ONLY;

/// The method's name.
pub const METHOD: &str = "povline.sandbox.reset";

/// What a reset has done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SandboxReset {
    /// Appointments that stood before and were taken away.
    pub removed: u64,
    /// Appointments that stand now.
    pub written: u64,
}

impl SandboxReset {
    /// What stands under the response's root.
    #[must_use]
    pub fn content(self) -> Object {
        success(
            Object::new()
                .with("removed", self.removed)
                .with("written", self.written),
        )
    }
}

/// The method's documentation.
pub const SPEC: ApiSpec = ApiSpec {
    method: METHOD,
    title: text("沙箱重置", "Reset the sandbox"),
    category: POVLINE,
    summary: text(
        "将调用方服务商在沙箱中的全部预约恢复为初始的合成数据",
        "Puts every appointment of the calling ISV back to the synthetic ones that a sandbox begins with",
    ),
    request: &[],
    response: &[
        IS_SUCCESS,
        FieldSpec {
            children: &[
                needed(
                    "removed",
                    "Number",
                    "1980",
                    text("清除的预约数", "Appointments that were taken away"),
                ),
                needed(
                    "written",
                    "Number",
                    "2031",
                    text("写入的预约数", "Appointments that stand now"),
                ),
            ],
            ..optional(
                "model",
                "SandboxResetDto",
                "",
                text("重置内容", "What the reset has done"),
            )
        },
        MSG_CODE,
        MSG_INFO,
    ],
    of_category: false,
    needs_session: false,
    shape: AnswerShape::Flat,
    refusals: &[READ_ONLY],
    failures: &[],
    notes: &[
        text(
            "需要对服务商全部接种点的写授权,否则返回11 isv.pov-read-only",
            "The app needs a grant to write at every POV of its ISV; without it the answer is 11 isv.pov-read-only",
        ),
        text(
            "仅沙箱提供;正式环境返回 22 Invalid method",
            "Only a sandbox has it; elsewhere the answer is 22 Invalid method",
        ),
        text(
            "同一天重置得到相同的数据;每个应用每秒最多一次,超出返回错误码 7",
            "On one day every reset gives the same appointments. Each app may do one a second; beyond it the answer is code 7",
        ),
    ],
};
