//! `povline.sandbox.reset`: puts the caller's appointments back to where a sandbox begins.
//!
//! Povline's own method, and there in a sandbox alone: elsewhere it is a method that does not
//! exist.

use crate::api::{AnswerShape, ApiSpec, FieldSpec};
use crate::catalogue::Bilingual;
use crate::content::Object;

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
        let model = Object::new()
            .with("removed", self.removed)
            .with("written", self.written);
        let result = Object::new().with("model", model).with("success", true);
        Object::new().with("result", result)
    }
}

const fn number(
    name: &'static str,
    sample: &'static str,
    chinese: &'static str,
    english: &'static str,
) -> FieldSpec {
    FieldSpec {
        name,
        kind: "Number",
        required: false,
        sample,
        description: Bilingual { chinese, english },
        children: &[],
    }
}

/// The method's documentation.
pub const SPEC: ApiSpec = ApiSpec {
    method: METHOD,
    title: Bilingual {
        chinese: "沙箱重置",
        english: "Reset the sandbox",
    },
    category: Bilingual {
        chinese: "Povline 自有",
        english: "Povline's own",
    },
    summary: Bilingual {
        chinese: "将调用方服务商在沙箱中的全部预约恢复为初始的合成数据",
        english: "Puts every appointment of the calling ISV back to the synthetic ones that a \
                  sandbox begins with",
    },
    request: &[],
    response: &[FieldSpec {
        name: "result",
        kind: "Result",
        required: false,
        sample: "",
        description: Bilingual {
            chinese: "结果",
            english: "The result",
        },
        children: &[
            FieldSpec {
                name: "model",
                kind: "SandboxResetDto",
                required: false,
                sample: "",
                description: Bilingual {
                    chinese: "重置内容",
                    english: "What the reset has done",
                },
                children: &[
                    number(
                        "removed",
                        "1980",
                        "清除的预约数",
                        "Appointments that were taken away",
                    ),
                    number(
                        "written",
                        "2031",
                        "写入的预约数",
                        "Appointments that stand now",
                    ),
                ],
            },
            FieldSpec {
                name: "success",
                kind: "Boolean",
                required: false,
                sample: "true",
                description: Bilingual {
                    chinese: "是否成功",
                    english: "Whether it succeeded",
                },
                children: &[],
            },
        ],
    }],
    of_category: false,
    needs_session: false,
    shape: AnswerShape::Result,
    notes: &[
        Bilingual {
            chinese: "仅沙箱提供;正式环境返回 22 Invalid method",
            english: "Only a sandbox has it; elsewhere the answer is 22 Invalid method",
        },
        Bilingual {
            chinese: "同一天重置得到相同的数据;全沙箱每秒最多一次,超出返回错误码 7",
            english: "On one day every reset gives the same appointments. A sandbox does one a \
                      second, whoever calls; beyond it the answer is code 7",
        },
    ],
};
