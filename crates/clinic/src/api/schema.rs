//! What the API's documents are made of, for the OpenAPI document. A test holds real answers
//! against it.

use serde_json::{Map, Value, json};

/// What a member is.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    Text,
    Number,
    Flag,
    /// One of these words.
    Word(&'static [&'static str]),
    /// A document of this name.
    Of(&'static str),
    /// A list of such documents.
    ListOf(&'static str),
    /// A list of texts.
    Texts,
}

/// A member of a document, or a parameter.
#[derive(Debug, Clone, Copy)]
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    /// In Chinese and English.
    pub(super) text: [&'static str; 2],
    /// Whether it may be left out.
    pub(super) is_optional: bool,
    /// Whether it may be `null`.
    pub(super) is_nullable: bool,
}

impl Field {
    pub(super) const fn new(name: &'static str, kind: Kind, text: [&'static str; 2]) -> Self {
        Self {
            name,
            kind,
            text,
            is_optional: false,
            is_nullable: false,
        }
    }

    const fn or_null(self) -> Self {
        Self {
            is_nullable: true,
            ..self
        }
    }

    const fn if_there(self) -> Self {
        Self {
            is_optional: true,
            ..self
        }
    }

    pub(super) fn schema(&self) -> Value {
        let reference = |name: &str| json!({ "$ref": format!("#/components/schemas/{name}") });
        let mut schema = match self.kind {
            Kind::Text => json!({ "type": "string" }),
            Kind::Number => json!({ "type": "integer" }),
            Kind::Flag => json!({ "type": "boolean" }),
            Kind::Word(words) => json!({ "type": "string", "enum": words }),
            Kind::Of(name) => reference(name),
            Kind::ListOf(name) => json!({ "type": "array", "items": reference(name) }),
            Kind::Texts => json!({ "type": "array", "items": { "type": "string" } }),
        };
        if self.is_nullable {
            schema = json!({ "oneOf": [schema, { "type": "null" }] });
        }
        schema["description"] = both(self.text).into();
        schema
    }
}

/// Both languages in one text.
pub(super) fn both([chinese, english]: [&str; 2]) -> String {
    format!("{chinese} {english}")
}

/// An object of these members and no others.
pub(super) fn object(fields: &[&[Field]]) -> Value {
    let fields = || fields.iter().copied().flatten();
    let properties: Map<String, Value> = fields()
        .map(|field| (field.name.to_owned(), field.schema()))
        .collect();
    let required: Vec<&str> = fields()
        .filter(|field| !field.is_optional)
        .map(|field| field.name)
        .collect();
    json!({
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}

const AT: [&str; 2] = ["1970年以来的毫秒数", "in milliseconds since 1970"];

const AGE: &[Field] = &[
    Field::new(
        "as_of",
        Kind::Number,
        [
            "最近一次完整读取的时间,毫秒;从未读取为 null",
            "when the list was last read whole, in milliseconds since 1970; null if it never was",
        ],
    )
    .or_null(),
    Field::new(
        "as_of_text",
        Kind::Text,
        [
            "同上,接种点时间",
            "the same as a clock in the clinic shows it",
        ],
    )
    .or_null(),
    Field::new(
        "age_ms",
        Kind::Number,
        ["距今毫秒数", "how long ago that was, in milliseconds"],
    )
    .or_null(),
    Field::new(
        "is_stale",
        Kind::Flag,
        [
            "是否已过时,不可依赖",
            "whether it is too old to be relied on",
        ],
    ),
    Field::new("now", Kind::Number, ["现在的时间", "the time now"]),
];

const FACTS: &[Field] = &[
    Field::new("counts", Kind::Of("Tally"), ["人数", "how many"]),
    Field::new(
        "conflicts",
        Kind::ListOf("Conflict"),
        [
            "在此操作而未成的,直到有人看到",
            "what was done here and came to nothing, until a person has seen it",
        ],
    ),
    Field::new(
        "held",
        Kind::Of("Hold"),
        ["清单已暂停取消", "what holds the list's cancellations back"],
    )
    .or_null(),
    Field::new(
        "fleet_held",
        Kind::Flag,
        [
            "全部接种点已暂停取消",
            "whether those of all clinics are held back",
        ],
    ),
    Field::new(
        "to_be_told",
        Kind::Number,
        [
            "在此操作而平台尚不知道的",
            "how many were done here and are not known to the platform yet",
        ],
    ),
    Field::new(
        "unread",
        Kind::Number,
        ["无法识别的记录数", "how many rows could not be read"],
    ),
];

const TALLY: &[Field] = &[
    Field::new("expected", Kind::Number, ["应到", "booked"]),
    Field::new("arrived", Kind::Number, ["已到", "arrived"]),
    Field::new("left", Kind::Number, ["未到", "still to come"]),
    Field::new(
        "in_doubt",
        Kind::Number,
        [
            "待确认,不计入应到",
            "missing from the platform's list and not proved gone; not among the booked",
        ],
    ),
];

const PERIOD: Field = Field::new("appointment_period", Kind::Text, ["时段", "the period"]);

const ROW: &[Field] = &[
    Field::new("appointment_id", Kind::Text, ["预约号", "the appointment"]),
    PERIOD,
    Field::new("pick_code", Kind::Text, ["取号码", "the pick code"]).or_null(),
    Field::new(
        "name",
        Kind::Text,
        [
            "姓名;令牌所见为脱敏",
            "the name: whole for people signed in, masked for tokens",
        ],
    ),
    Field::new(
        "picked",
        Kind::Flag,
        ["已取号", "whether the number is taken"],
    ),
    Field::new(
        "in_doubt",
        Kind::Flag,
        [
            "待确认",
            "missing from the platform's list, and not proved gone",
        ],
    ),
    Field::new(
        "to_be_told",
        Kind::Flag,
        ["待回传", "done here, and not known to the platform yet"],
    ),
    Field::new("done_at", Kind::Number, AT).or_null(),
    Field::new("done_by", Kind::Text, ["操作人", "who did it"]).or_null(),
];

/// What tells a list's age in a stream.
const EVENT: &[Field] = &[
    Field::new("now", Kind::Number, ["现在的时间", "the time now"]),
    Field::new(
        "as_of",
        Kind::Number,
        ["最近一次完整读取的时间", "when it was last read whole"],
    )
    .or_null(),
    Field::new(
        "stale_ms",
        Kind::Number,
        ["超过此毫秒数即过时", "it is stale when older than this"],
    ),
    Field::new("day", Kind::Text, ["日期", "the day"]),
];

/// Every document and its members.
const DOCUMENTS: &[(&str, &[&[Field]])] = &[
    (
        "List",
        &[
            AGE,
            FACTS,
            &[
                Field::new("day", Kind::Text, ["日期", "the day"]),
                Field::new("rows", Kind::ListOf("Row"), ["预约", "the appointments"]),
            ],
        ],
    ),
    (
        "Counts",
        &[
            AGE,
            &[
                Field::new("day", Kind::Text, ["日期", "the day"]),
                Field::new("counts", Kind::Of("Tally"), ["人数", "how many"]),
                Field::new("periods", Kind::ListOf("Period"), ["按时段", "by period"]),
            ],
        ],
    ),
    (
        "Period",
        &[&[
            PERIOD,
            Field::new("counts", Kind::Of("Tally"), ["人数", "how many"]),
        ]],
    ),
    ("Tally", &[TALLY]),
    ("Row", &[ROW]),
    (
        "Conflict",
        &[&[
            Field::new("number", Kind::Number, ["编号", "its number"]),
            Field::new(
                "kind",
                Kind::Word(&[
                    "cancelled",
                    "moved",
                    "gone",
                    "overruled",
                    "later",
                    "refused",
                ]),
                ["如何未成", "how it came to nothing"],
            ),
            Field::new("appointment_id", Kind::Text, ["预约号", "the appointment"]),
            Field::new("name", Kind::Text, ["姓名", "the name, as in a row"]),
            Field::new(
                "picked",
                Kind::Flag,
                ["取号或撤销", "whether the number was taken, or given back"],
            ),
            Field::new("done_at", Kind::Number, AT),
            Field::new("done_by", Kind::Text, ["操作人", "who did it"]),
            Field::new(
                "message",
                Kind::Text,
                ["说明", "what happened, in both languages"],
            ),
        ]],
    ),
    (
        "Hold",
        &[&[
            Field::new("held_at", Kind::Number, AT),
            Field::new(
                "known",
                Kind::Number,
                ["原有预约数", "how many were booked"],
            ),
            Field::new(
                "lost",
                Kind::Number,
                ["一次性消失的预约数", "how many of them vanished"],
            ),
            Field::new(
                "rejected_at",
                Kind::Number,
                [
                    "驳回时间,毫秒",
                    "when a person said that the server is wrong",
                ],
            )
            .or_null(),
            Field::new(
                "mark",
                Kind::Text,
                [
                    "消失的是哪些:有变化则不同,决定时须写明",
                    "which rows are lost: another one if others are; a decision names it",
                ],
            ),
        ]],
    ),
    (
        "Found",
        &[
            AGE,
            &[
                Field::new(
                    "found_by",
                    Kind::Word(&["pick_code", "name"]),
                    ["依据", "by what"],
                ),
                Field::new("rows", Kind::ListOf("Row"), ["预约", "the appointments"]),
            ],
        ],
    ),
    (
        "Acted",
        &[&[
            Field::new(
                "result",
                Kind::Word(&["done", "already"]),
                ["`already`:原已如此", "`already` if it was so before"],
            ),
            Field::new("row", Kind::Of("Row"), ["预约", "the appointment"]),
        ]],
    ),
    (
        "Paired",
        &[&[
            Field::new(
                "device_token",
                Kind::Text,
                ["设备令牌,只告知一次", "the device's token, told once"],
            ),
            Field::new("out_pov_id", Kind::Text, ["接种点", "the clinic"]),
            Field::new(
                "name",
                Kind::Text,
                ["设备名称", "what the device is called"],
            ),
            Field::new(
                "is_screen",
                Kind::Flag,
                ["是否公共屏", "whether it is a public screen"],
            ),
        ]],
    ),
    (
        "Person",
        &[&[
            Field::new("staff", Kind::Number, ["编号", "their number"]),
            Field::new("name", Kind::Text, ["姓名", "their name"]),
            Field::new(
                "may_decide",
                Kind::Flag,
                [
                    "可决定暂停的清单",
                    "whether they may decide about held lists",
                ],
            ),
        ]],
    ),
    (
        "SignedIn",
        &[&[Field::new(
            "session_token",
            Kind::Text,
            ["会话令牌", "the session's token"],
        )]],
    ),
    (
        "Full",
        &[
            EVENT,
            FACTS,
            &[Field::new("rows", Kind::ListOf("Row"), ["全部预约", "every row"]).if_there()],
        ],
    ),
    (
        "Patch",
        &[
            EVENT,
            &[
                Field::new(
                    "rows",
                    Kind::ListOf("Row"),
                    ["变化的预约", "rows that have changed"],
                )
                .if_there(),
                Field::new(
                    "gone",
                    Kind::Texts,
                    [
                        "不再显示的预约号",
                        "appointments that are not shown any more",
                    ],
                )
                .if_there(),
            ],
        ],
    ),
    ("Beat", &[EVENT]),
    (
        "Problem",
        &[&[
            Field::new(
                "error",
                Kind::Word(&crate::problem::WORDS),
                ["错误", "what is wrong, for programs"],
            ),
            Field::new(
                "message",
                Kind::Text,
                [
                    "说明与办法",
                    "what happened and what to do, in both languages",
                ],
            ),
            Field::new(
                "again_at",
                Kind::Number,
                [
                    "何时可再试,毫秒",
                    "from when on to try again, in milliseconds since 1970",
                ],
            )
            .if_there(),
        ]],
    ),
];

/// The schemas of all documents.
pub(super) fn documents() -> Map<String, Value> {
    let documents = DOCUMENTS.iter();
    let mut documents: Map<String, Value> = documents
        .map(|(name, fields)| ((*name).to_owned(), object(fields)))
        .collect();
    // A patch tells those facts alone that have changed.
    if let Some(properties) = documents
        .get_mut("Patch")
        .and_then(|patch| patch["properties"].as_object_mut())
    {
        for fact in FACTS {
            properties.insert(fact.name.to_owned(), fact.schema());
        }
    }
    documents
}
