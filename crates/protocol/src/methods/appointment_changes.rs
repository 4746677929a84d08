//! `povline.appointment.changes`: which lists changed since a cursor.
//!
//! A list is named, not its rows: who sees that a list is another one reads it by the polled
//! method, which stays the reference.

use povline_domain::{Day, PovId};

use super::appointment_digest::{ListState, RECIPE, STATE};
use super::arguments::Arguments;
use super::parts::{IS_SUCCESS, MSG_CODE, MSG_INFO, POVLINE, needed, optional, success, text};
use crate::api::{AnswerShape, ApiSpec, FieldSpec};
use crate::content::{Object, Value};
use crate::{Params, PlatformError};

/// The method's name.
pub const METHOD: &str = "povline.appointment.changes";

/// The most lists of one answer.
pub const LISTS_MAX: u64 = 200;

/// How many lists an answer has at most where the request does not say.
const LISTS_DEFAULT: u64 = 100;

/// The name of one element of the list.
const ELEMENT: &str = "list_state";

/// What a caller asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppointmentChanges {
    /// Where the caller stands; at the beginning if absent.
    pub cursor: Option<Cursor>,
    /// Lists of earlier days are not told of.
    pub first_day: Option<Day>,
    /// The most lists of the answer.
    pub lists_max: usize,
}

impl AppointmentChanges {
    /// Reads the request from a call's parameters.
    ///
    /// # Errors
    /// 41 with the name of a parameter that cannot be.
    pub fn from_params(params: &Params<'_>) -> Result<Self, PlatformError> {
        let arguments = Arguments::read(&SPEC, params)?;
        let cursor = "cursor";
        let lists_max = arguments.number("page_size")?.unwrap_or(LISTS_DEFAULT);
        Ok(Self {
            cursor: match arguments.some_text(cursor)? {
                None => None,
                Some(text) => Some(Cursor::parse(&text).ok_or_else(|| arguments.invalid(cursor))?),
            },
            first_day: arguments.some_parsed("first_day")?,
            lists_max: usize::try_from(lists_max).unwrap_or(usize::MAX),
        })
    }
}

/// A place in what is told to one app. Callers keep its text and do not look into it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    /// Whose it is: a hash of the app's key.
    pub app: u64,
    /// What it covers: a hash of the POVs that the app may read and of the first day.
    pub scope: u64,
    /// Up to where the book's changes have been told, or will have been when the snapshot ends.
    pub sequence: i64,
    /// In a snapshot: the list that was told last.
    pub told: Option<(PovId, Day)>,
}

impl Cursor {
    /// Reads a cursor's text.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('.');
        let mut next = || parts.next();
        if next()? != "1" {
            return None;
        }
        let app = u64::from_str_radix(next()?, 16).ok()?;
        let scope = u64::from_str_radix(next()?, 16).ok()?;
        let sequence: i64 = next()?.parse().ok().filter(|sequence| *sequence >= 0)?;
        let told = match (next(), next()) {
            (None, _) => None,
            (Some(pov), Some(day)) => {
                let day = Day::from_number(day.parse().ok()?).ok()?;
                Some((PovId(pov.parse().ok()?), day))
            }
            (Some(_), None) => return None,
        };
        if next().is_some() {
            return None;
        }
        Some(Self {
            app,
            scope,
            sequence,
            told,
        })
    }
}

impl std::fmt::Display for Cursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            app,
            scope,
            sequence,
            told,
        } = self;
        write!(f, "1.{app:016x}.{scope:016x}.{sequence}")?;
        match told {
            Some((pov, day)) => write!(f, ".{}.{}", pov.0, day.number()),
            None => Ok(()),
        }
    }
}

/// What is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changes {
    /// Where the caller stands from now on.
    pub cursor: Cursor,
    /// Whether the lists are those of a snapshot: all that there are, not those that changed.
    pub snapshot: bool,
    /// Whether there is more to be told at once.
    pub has_more: bool,
    /// The lists.
    pub lists: Vec<ListState>,
}

/// The answer.
#[must_use]
pub fn answer(changes: &Changes) -> Object {
    let lists = changes.lists.iter().map(|list| Value::from(list.object()));
    success(
        Object::new()
            .with("cursor", changes.cursor.to_string())
            .with("snapshot", changes.snapshot)
            .with("has_more", changes.has_more)
            .with("data_list", Value::List(ELEMENT, lists.collect())),
    )
}

/// The method's documentation.
pub const SPEC: ApiSpec = ApiSpec {
    method: METHOD,
    title: text("预约清单变更", "Which lists changed"),
    category: POVLINE,
    summary: text(
        "返回游标之后发生变化的预约清单(接种点×天)及其摘要;没有变化的清单无需再拉取",
        "Tells which lists (POV and day) changed since a cursor, with their digests; a list that did not change need not be read",
    ),
    request: &[
        optional(
            "cursor",
            "String",
            "1.9a3f0c6d2b7e4815.5d1c7a90e2b3f468.1024",
            text(
                "上次返回的游标;缺省时从全量快照开始",
                "The cursor of the last answer; without one a snapshot of every list comes first",
            ),
        ),
        optional(
            "first_day",
            "String",
            "2021-01-18",
            text(
                "只返回该日及以后的清单;改变它会重新开始快照",
                "Earlier days are not told of; another first_day begins a new snapshot",
            ),
        ),
        optional(
            "page_size",
            "Number",
            "100",
            text(
                "一次最多返回的清单数,缺省100",
                "The most lists of one answer, 100 if not given",
            ),
        )
        .within(1, LISTS_MAX),
    ],
    response: &[
        IS_SUCCESS,
        FieldSpec {
            children: &[
                needed(
                    "cursor",
                    "String",
                    "1.9a3f0c6d2b7e4815.5d1c7a90e2b3f468.1031",
                    text(
                        "新游标;处理完本次清单后再保存",
                        "The new cursor; keep it once the lists were dealt with",
                    ),
                ),
                needed(
                    "snapshot",
                    "Boolean",
                    "false",
                    text(
                        "true表示本次为快照,列出全部清单",
                        "Whether these are the lists of a snapshot: all that there are",
                    ),
                ),
                needed(
                    "has_more",
                    "Boolean",
                    "false",
                    text(
                        "true表示应立即用新游标继续",
                        "Whether to go on at once with the new cursor",
                    ),
                ),
                FieldSpec {
                    children: STATE,
                    ..needed("data_list", "ListState []", "", text("清单", "The lists"))
                },
            ],
            ..optional("model", "ListChanges", "", text("变更", "The changes"))
        },
        MSG_CODE,
        MSG_INFO,
    ],
    of_category: false,
    needs_session: false,
    shape: AnswerShape::Flat,
    refusals: &[],
    failures: &[],
    notes: &[
        RECIPE,
        text(
            "游标只属于一个应用;用他人的游标返回41。每次读取都检查授权:授权变化后从快照重新开始,失去授权的接种点不再出现",
            "A cursor belongs to one app: another app's is error 41. Grants are checked at every read: when they change a snapshot begins, and a POV without a grant is not told of any more",
        ),
        text(
            "同一清单可能重复出现;一个游标可以重复使用",
            "A list may be told more than once, and a cursor may be used again",
        ),
        text(
            "以alibaba.health.vaccin.appointment.query为准,本接口只用于减少调用",
            "alibaba.health.vaccin.appointment.query is the reference; this method only saves calls",
        ),
    ],
};
