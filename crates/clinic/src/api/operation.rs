//! Every operation of the API, defined once: the routes and the OpenAPI document are both made of
//! this, so that nothing is served without being told, or told without being served.

use axum::routing::{MethodRouter, get, post};
use povline_store::ledger::Desk;

use super::schema::{Field, Kind};
use crate::Clinic;

/// What can be asked for below `/v1`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operation {
    List,
    Counts,
    Find,
    Pick,
    Unpick,
    Pull,
    Seen,
    Decide,
    Events,
    Pair,
    Staff,
    SignIn,
    SignOut,
    Document,
}

/// Who may ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asker {
    /// Anybody.
    Anybody,
    /// A paired device that is no public screen.
    Device,
    /// A clinic's token, or somebody signed in.
    Caller,
    /// Somebody signed in who may decide.
    Decider,
}

/// What is answered if all goes well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    /// Status 200 and this document.
    Document(&'static str),
    /// Status 200 and a list of these.
    DocumentsOf(&'static str),
    /// Status 200 and any object.
    AnyObject,
    /// Status 200 and server-sent events.
    Events,
    /// This status, and nothing else.
    Nothing(u16),
}

/// How an operation is asked for and what it does, in Chinese and English.
#[derive(Debug, Clone, Copy)]
pub(super) struct Definition {
    pub(super) is_post: bool,
    /// Below `/v1`.
    pub(super) path: &'static str,
    pub(super) name: &'static str,
    pub(super) summary: [&'static str; 2],
    pub(super) asker: Asker,
    /// What stands in the path or the query.
    pub(super) parameters: &'static [Field],
    /// The members of the JSON object that is sent; none if nothing is.
    pub(super) body: &'static [Field],
    pub(super) answer: Answer,
}

const DAY: Field = Field::new(
    "day",
    Kind::Text,
    [
        "`today`、`tomorrow` 或 `2026-11-27`",
        "`today`, `tomorrow` or `2026-11-27`",
    ],
);
const DAY_OR_TODAY: Field = Field {
    is_optional: true,
    ..DAY
};
const ID: Field = Field::new("appointment_id", Kind::Text, ["预约号", "the appointment"]);

impl Operation {
    pub(super) const ALL: [Self; 14] = [
        Self::List,
        Self::Counts,
        Self::Find,
        Self::Pick,
        Self::Unpick,
        Self::Pull,
        Self::Seen,
        Self::Decide,
        Self::Events,
        Self::Pair,
        Self::Staff,
        Self::SignIn,
        Self::SignOut,
        Self::Document,
    ];

    /// Where it is answered.
    pub(super) fn door<L: Desk>(self) -> MethodRouter<Clinic<L>> {
        match self {
            Self::List => get(super::list::<L>),
            Self::Counts => get(super::counts::<L>),
            Self::Find => get(super::find_people::<L>),
            Self::Pick => post(super::pick::<L>),
            Self::Unpick => post(super::unpick::<L>),
            Self::Pull => post(super::pull::<L>),
            Self::Seen => post(super::seen::<L>),
            Self::Decide => post(super::decide::<L>),
            Self::Events => get(super::follow::<L>),
            Self::Pair => post(super::access::pair::<L>),
            Self::Staff => get(super::access::staff::<L>),
            Self::SignIn => post(super::access::sign_in::<L>),
            Self::SignOut => post(super::access::sign_out::<L>),
            Self::Document => get(super::openapi::served),
        }
    }

    pub(super) fn definition(self) -> Definition {
        let getting = |path, name, summary, parameters, answer| Definition {
            is_post: false,
            path,
            name,
            summary,
            asker: Asker::Caller,
            parameters,
            body: &[],
            answer,
        };
        let posting = |path, name, summary, body, answer| Definition {
            is_post: true,
            path,
            name,
            summary,
            asker: Asker::Caller,
            parameters: &[],
            body,
            answer,
        };
        match self {
            Self::List => getting(
                "/lists/{day}",
                "list",
                ["一日的清单", "A day's list"],
                &[DAY],
                Answer::Document("List"),
            ),
            Self::Counts => getting(
                "/lists/{day}/counts",
                "counts",
                ["一日按时段的人数", "A day's counts by period"],
                &[DAY],
                Answer::Document("Counts"),
            ),
            Self::Find => getting(
                "/find",
                "find",
                [
                    "按取号码查找,找不到则按姓名;同名者并列",
                    "Finds by pick code, else by name; namesakes stand side by side",
                ],
                const {
                    &[
                        Field::new(
                            "q",
                            Kind::Text,
                            ["输入或扫描的内容", "what was typed or scanned"],
                        ),
                        DAY_OR_TODAY,
                    ]
                },
                Answer::Document("Found"),
            ),
            Self::Pick => posting(
                "/pick",
                "pick",
                [
                    "取号:立即保存,随后回传平台",
                    "Takes a number: kept at once, and told to the platform",
                ],
                const { &[ID, DAY_OR_TODAY] },
                Answer::Document("Acted"),
            ),
            Self::Unpick => posting(
                "/unpick",
                "unpick",
                ["撤销取号", "Gives a number back"],
                const { &[ID, DAY_OR_TODAY] },
                Answer::Document("Acted"),
            ),
            Self::Pull => posting(
                "/pull",
                "pull",
                [
                    "请求立即重新读取清单;全接种点的程序每分钟最多六次,登录的人员另计六次",
                    "Has a list read anew, soon; six times a minute at most for all programs of \
                     a clinic, and six for its people",
                ],
                const { &[DAY_OR_TODAY] },
                Answer::Nothing(202),
            ),
            Self::Seen => Definition {
                parameters: const {
                    &[Field::new(
                        "number",
                        Kind::Number,
                        ["冲突的编号", "the conflict's number"],
                    )]
                },
                ..posting(
                    "/conflicts/{number}/seen",
                    "seen",
                    [
                        "有人已看到此冲突;须写明所显示的种类,若已是另一种则拒绝",
                        "A person has seen a conflict, of the kind that was shown; refused if it \
                         is another by now",
                    ],
                    const {
                        &[Field::new(
                            "kind",
                            Kind::Text,
                            ["所显示的种类", "the kind that was shown"],
                        )]
                    },
                    Answer::Nothing(204),
                )
            },
            Self::Decide => Definition {
                asker: Asker::Decider,
                parameters: &[DAY],
                ..posting(
                    "/held/{day}",
                    "decide",
                    [
                        "对暂停取消的清单作出决定",
                        "Decides about a list whose cancellations are held back",
                    ],
                    const {
                        &[
                            Field::new(
                                "accept",
                                Kind::Flag,
                                [
                                    "true:确已取消;false:服务器有误",
                                    "true: they really are gone; false: the server is wrong",
                                ],
                            ),
                            Field::new(
                                "mark",
                                Kind::Text,
                                [
                                    "所看到的 `held.mark`;清单已变化则拒绝(`changed`)",
                                    "`held.mark` as it was shown; if the list has changed \
                                     since, nothing is decided (`changed`)",
                                ],
                            ),
                        ]
                    },
                    Answer::Document("Hold"),
                )
            },
            Self::Events => getting(
                "/events",
                "events",
                [
                    "今日清单的事件流:开始时以及需要整体替换时(如零点)为 `full`,其余为只含变化内容的 `patch`,每秒最多四次;`beat` 每几秒一次",
                    "Today's list as server-sent events: `full` at first and whenever the whole is \
                     to be replaced (at midnight, say), else `patch` with what has \
                     changed alone, at most four a second, and `beat` every few seconds",
                ],
                &[],
                Answer::Events,
            ),
            Self::Pair => Definition {
                asker: Asker::Anybody,
                ..posting(
                    "/pair",
                    "pair",
                    [
                        "配对一台设备;配对码十分钟内有效一次",
                        "Pairs a device; its code is good once, for ten minutes",
                    ],
                    const {
                        &[Field::new(
                            "code",
                            Kind::Text,
                            ["配对码", "the pairing code"],
                        )]
                    },
                    Answer::Document("Paired"),
                )
            },
            Self::Staff => Definition {
                asker: Asker::Device,
                ..getting(
                    "/staff",
                    "staff",
                    ["可以登录的人员", "Who can sign in"],
                    &[],
                    Answer::DocumentsOf("Person"),
                )
            },
            Self::SignIn => Definition {
                asker: Asker::Device,
                ..posting(
                    "/sign-in",
                    "sign-in",
                    ["登录", "Signs somebody in"],
                    const {
                        &[
                            Field::new("staff", Kind::Number, ["人员编号", "the person's number"]),
                            Field::new("pin", Kind::Text, ["PIN", "their PIN"]),
                        ]
                    },
                    Answer::Document("SignedIn"),
                )
            },
            Self::SignOut => posting(
                "/sign-out",
                "sign-out",
                ["退出登录", "Signs out"],
                &[],
                Answer::Nothing(204),
            ),
            Self::Document => Definition {
                asker: Asker::Anybody,
                ..getting(
                    "/openapi.json",
                    "openapi",
                    ["本文档", "This document"],
                    &[],
                    Answer::AnyObject,
                )
            },
        }
    }
}
