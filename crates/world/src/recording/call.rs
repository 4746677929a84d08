//! One line of a recording.

use povline_domain::{Day, Period, PickStatus};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A call and what became of it, as a line of JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordedCall {
    /// When it was made, in milliseconds since the recording began.
    pub at_ms: i64,
    /// How long its answer took, in milliseconds.
    pub took_ms: u32,
    /// The place of its POV among those of the recording, from 0.
    pub pov: usize,
    /// The day that it asked for.
    #[serde(serialize_with = "as_text", deserialize_with = "of_text")]
    pub day: Day,
    /// The page that it asked for, from 1.
    pub page: u32,
    /// How many rows of a page it asked for.
    pub size: u32,
    /// What became of it.
    pub outcome: RecordedOutcome,
}

/// What became of a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RecordedOutcome {
    /// A page came.
    Page(RecordedPage),
    /// Code 7, with the seconds that it named.
    Ban(u64),
    /// Code 15 with an `isp.` sub code, or another failure of the platform's.
    PlatformFailed,
    /// Another refusal, which is the caller's fault.
    Refused(i64),
    /// A good answer with `success=false`.
    NotSuccess,
    /// An HTTP status that is none of TOP's.
    Status(u16),
    /// What came was no TOP answer.
    Foreign,
    /// Nothing came.
    Empty,
    /// The connection broke, or there was none.
    Broken,
}

/// A page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordedPage {
    /// The page number that came back.
    pub number: Option<u64>,
    /// The page size that came back.
    pub size: Option<u64>,
    /// What the server said of the whole list's length.
    pub total: Option<u64>,
    /// The rows that could be read, in their order.
    pub rows: Vec<RecordedRow>,
    /// How many could not.
    pub unread: usize,
}

/// A row, in disguise.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct RecordedRow {
    /// Which appointment, from 0 in the order of first sight.
    pub number: u32,
    /// The day on which it stands, which may be another than was asked for.
    #[serde(serialize_with = "as_text", deserialize_with = "of_text")]
    pub day: Day,
    /// The booked period.
    #[serde(serialize_with = "as_text", deserialize_with = "of_text")]
    pub period: Period,
    /// A pick code.
    pub pick_code: String,
    /// Whether the number was taken.
    #[serde(with = "picked")]
    pub pick_status: PickStatus,
    /// A name.
    pub name: String,
}

fn as_text<T: std::fmt::Display, S: Serializer>(value: &T, out: S) -> Result<S::Ok, S::Error> {
    out.collect_str(value)
}

fn of_text<'de, T, D>(input: D) -> Result<T, D::Error>
where
    T: std::str::FromStr<Err: std::fmt::Display>,
    D: Deserializer<'de>,
{
    String::deserialize(input)?
        .parse()
        .map_err(de::Error::custom)
}

mod picked {
    use povline_domain::PickStatus;
    use serde::{Deserialize as _, Deserializer, Serializer};

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands it so")]
    pub(super) fn serialize<S: Serializer>(status: &PickStatus, out: S) -> Result<S::Ok, S::Error> {
        out.serialize_bool(*status == PickStatus::Picked)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(input: D) -> Result<PickStatus, D::Error> {
        Ok(match bool::deserialize(input)? {
            true => PickStatus::Picked,
            false => PickStatus::NotPicked,
        })
    }
}
