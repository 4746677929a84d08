//! Reading answers in JSON, wrapped or simplified.
//!
//! Strings are borrowed from the answer wherever they hold no escape; unknown members are skipped,
//! by a loop and not by recursion, so that no depth of nesting can exhaust the stack.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::{
    DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor,
};
use serde_json::value::RawValue;

use super::parts::{ErrorParts, ResponseParts, ResultParts};
use super::row::{Field, Loose, LooseRow, RowFault, Rows};
use super::{Answer, DecodeError, RawRow, RejectedRow, Reply};
use crate::PlatformError;
use crate::rows::ROW_NAME;

pub(super) fn read_answer(text: &str) -> Result<Reply, DecodeError> {
    let root: Root<'_, ResultParts<'_>> = parse(text)?;
    if let Some(error) = root.error {
        return error.reply();
    }
    let response = ResponseParts {
        result: root.response.result,
        request_id: root.response.request_id,
    };
    let mut reply = response.reply()?;
    if let Answer::Page(page) = &mut reply.answer
        && !page.rejected.is_empty()
    {
        // What cannot be kept as it came is told all the same.
        let _ = keep_raw(text, &mut page.rejected);
    }
    Ok(reply)
}

/// Reads the answer once more, which is rarely done, to keep rejected rows as they came.
fn keep_raw(text: &str, rejected: &mut [RejectedRow]) -> Result<(), DecodeError> {
    let root: Root<'_, RawResult<'_>> = parse(text)?;
    let list = root.response.result.and_then(|result| result.model);
    let Some(list) = list.and_then(|model| model.data_list) else {
        return Ok(());
    };
    let rows: Vec<&RawValue> = match parse(list.get()) {
        Ok(rows) => rows,
        Err(_) => parse::<RawList<'_>>(list.get())?.pov_appointment_record_dto,
    };
    for row in rejected {
        if let Some(raw) = rows.get(row.position) {
            row.raw = RawRow::of(raw.get());
        }
    }
    Ok(())
}

#[derive(Deserialize)]
struct RawResult<'a> {
    #[serde(borrow)]
    model: Option<RawModel<'a>>,
}

#[derive(Deserialize)]
struct RawModel<'a> {
    #[serde(borrow)]
    data_list: Option<&'a RawValue>,
}

/// The wrapped form of the list; its member is [`ROW_NAME`].
#[derive(Deserialize)]
struct RawList<'a> {
    #[serde(borrow)]
    pov_appointment_record_dto: Vec<&'a RawValue>,
}

pub(super) fn read_error(text: &str) -> Result<Option<PlatformError>, DecodeError> {
    let root: Root<'_, IgnoredAny> = parse(text)?;
    root.error.map(|error| error.error()).transpose()
}

pub(super) fn result_bytes(text: &str) -> Result<&[u8], DecodeError> {
    let root: Root<'_, &RawValue> = parse(text)?;
    match (root.error, root.response.result) {
        (None, Some(result)) => Ok(result.get().as_bytes()),
        _ => Err(DecodeError::Missing("result")),
    }
}

pub(super) fn parse<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, DecodeError> {
    serde_json::from_str(text).map_err(|error| {
        let lines_before = text
            .split_inclusive('\n')
            .take(error.line().saturating_sub(1));
        DecodeError::Malformed {
            format: "JSON",
            position: lines_before.map(str::len).sum::<usize>() + error.column(),
        }
    })
}

/// What stands at the root. `R` is what the reader wants of the result.
struct Root<'a, R> {
    error: Option<ErrorParts<'a>>,
    response: Response<'a, R>,
}

/// What stands under the root, or at the root if simplified.
#[derive(Deserialize)]
#[serde(bound(deserialize = "'de: 'a, R: Deserialize<'de>"))]
struct Response<'a, R> {
    result: Option<R>,
    #[serde(default)]
    request_id: Loose<'a>,
}

impl<'de: 'a, 'a, R: Deserialize<'de>> Deserialize<'de> for Root<'a, R> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(RootReader(PhantomData))
    }
}

struct RootReader<'a, R>(PhantomData<Root<'a, R>>);

impl<'de: 'a, 'a, R: Deserialize<'de>> Visitor<'de> for RootReader<'a, R> {
    type Value = Root<'a, R>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an answer")
    }

    /// The root's name is not compared: four of the seven SDKs ignore it too.
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut root = Root {
            error: None,
            response: Response {
                result: None,
                request_id: Loose::Absent,
            },
        };
        while let Some(Text(name)) = map.next_key()? {
            match name.as_ref() {
                "error_response" if root.error.is_none() => root.error = Some(map.next_value()?),
                "result" if root.response.result.is_none() => {
                    root.response.result = map.next_value()?;
                }
                "request_id" => root.response.request_id = map.next_value()?,
                name if name.ends_with("_response") && root.response.result.is_none() => {
                    let response: Option<Response<'a, R>> = map.next_value()?;
                    root.response = response.unwrap_or(root.response);
                }
                "result" => return Err(A::Error::custom("a second result")),
                name if name.ends_with("_response") => {
                    return Err(A::Error::custom("a second response"));
                }
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(root)
    }
}

/// A string, borrowed where it can be.
struct Text<'a>(Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;

        impl<'de> Visitor<'de> for Reader {
            type Value = Text<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }
        }

        deserializer.deserialize_str(Reader)
    }
}

/// Reads any value; what no field can hold is kept as [`Loose::Other`], for the row to be judged
/// alone instead of the whole answer being given up.
impl<'de: 'a, 'a> Deserialize<'de> for Loose<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(LooseReader)
    }
}

struct LooseReader;

impl<'de> Visitor<'de> for LooseReader {
    type Value = Loose<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Loose<'de>, E> {
        Ok(Loose::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Loose<'de>, E> {
        Ok(Loose::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Loose<'de>, E> {
        Ok(i64::try_from(number).map_or(Loose::Other, Loose::Number))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Loose<'de>, E> {
        Ok(Loose::Number(number))
    }

    fn visit_f64<E>(self, _number: f64) -> Result<Loose<'de>, E> {
        Ok(Loose::Other)
    }

    fn visit_bool<E>(self, truth: bool) -> Result<Loose<'de>, E> {
        Ok(Loose::Truth(truth))
    }

    fn visit_unit<E>(self) -> Result<Loose<'de>, E> {
        Ok(Loose::Absent)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Loose<'de>, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Loose::Other)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Loose<'de>, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Loose::Other)
    }
}

/// The list of rows: wrapped under the row type's name, plain if simplified, `{}` or null if
/// empty. Under any other name it is not our list, and must not pass for an empty one.
impl<'de> Deserialize<'de> for Rows {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RowsReader { wrapped: false })
    }
}

struct RowsReader {
    wrapped: bool,
}

impl<'de> DeserializeSeed<'de> for RowsReader {
    type Value = Rows;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Rows, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for RowsReader {
    type Value = Rows;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of rows")
    }

    fn visit_unit<E>(self) -> Result<Rows, E> {
        Ok(Rows::default())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Rows, A::Error> {
        let mut rows = Rows::default();
        while seq.next_element_seed(RowReader(&mut rows))?.is_some() {}
        Ok(rows)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Rows, A::Error> {
        let mut rows = None;
        while let Some(Text(name)) = map.next_key()? {
            if name != ROW_NAME || self.wrapped || rows.is_some() {
                return Err(A::Error::custom("an unknown kind of list"));
            }
            rows = Some(map.next_value_seed(RowsReader { wrapped: true })?);
        }
        Ok(rows.unwrap_or_default())
    }
}

/// Reads one element of the list and puts it where it belongs.
struct RowReader<'r>(&'r mut Rows);

impl<'de> DeserializeSeed<'de> for RowReader<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for RowReader<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a row")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut row = LooseRow::default();
        while let Some(Text(name)) = map.next_key()? {
            match Field::from_name(&name) {
                Some(field) => row.set(field, map.next_value()?),
                None => {
                    self.0.note_unknown(&name);
                    row.unknown
                        .keep_json(&name, map.next_value::<&RawValue>()?.get());
                }
            }
        }
        self.0.push(row);
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        self.reject()
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        self.reject()
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        self.reject()
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        self.reject()
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        self.reject()
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        self.reject()
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        self.reject()
    }
}

impl RowReader<'_> {
    fn reject<E>(self) -> Result<(), E> {
        self.0.reject(None, RowFault::NotAnObject);
        Ok(())
    }
}
