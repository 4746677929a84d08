//! An NDJSON file as a stream of rows: one JSON object on each line.

use std::collections::BTreeSet;
use std::fmt;
use std::io::{BufRead, BufReader, Read};

use povline_domain::Appointment;
use povline_store::book::Refusal;
use serde::de::{Deserialize, Deserializer, Error as _, IgnoredAny, MapAccess, Visitor};

use super::encoding::{MARK, decode};
use super::fields::{FIELDS, appointment, refusal, undecodable};
use crate::args::Encoding;

/// No line is longer: an appointment is some hundred bytes.
const LINE_BYTES_MAX: u64 = 64 << 10;

/// The lines of an NDJSON file, each with its number in the file.
pub(super) struct NdjsonLines<R> {
    source: BufReader<R>,
    encoding: Encoding,
    bytes: Vec<u8>,
    line: u64,
    over: bool,
}

impl<R: Read> NdjsonLines<R> {
    pub(super) fn open(source: R, encoding: Encoding) -> Self {
        Self {
            source: BufReader::with_capacity(1 << 18, source),
            encoding,
            bytes: Vec::new(),
            line: 0,
            over: false,
        }
    }

    /// The line without a byte order mark.
    fn content(&self) -> &[u8] {
        self.bytes.strip_prefix(MARK).unwrap_or(&self.bytes)
    }

    fn row(&self) -> Result<Appointment, Refusal> {
        let text = decode(self.encoding, self.content()).ok_or_else(|| undecodable(""))?;
        let object: Object = serde_json::from_str(&text).map_err(|error| {
            // The parser's own message may repeat what stands there.
            refusal(
                "",
                format!(
                    "is no JSON object with the contract's fields as texts (at column {}); write \
                     one object on each line",
                    error.column()
                ),
            )
        })?;
        for (text, field) in object.texts.iter().zip(FIELDS) {
            if text.is_none() {
                return Err(refusal(field, "is missing; every row needs one"));
            }
        }
        appointment(std::array::from_fn(|place| {
            object.texts[place].as_deref().unwrap_or_default()
        }))
    }
}

impl<R: Read> Iterator for NdjsonLines<R> {
    type Item = (u64, Result<Appointment, Refusal>);

    fn next(&mut self) -> Option<Self::Item> {
        while !self.over {
            self.line += 1;
            self.bytes.clear();
            let mut limited = (&mut self.source).take(LINE_BYTES_MAX);
            match limited.read_until(b'\n', &mut self.bytes) {
                Ok(0) => return None,
                Ok(_) if self.bytes.len() as u64 == LINE_BYTES_MAX => {
                    self.over = true;
                    let reason =
                        "is longer than 64 KiB, so nothing after it is read; is it NDJSON?";
                    return Some((self.line, Err(refusal("", reason))));
                }
                Ok(_) if self.content().iter().all(u8::is_ascii_whitespace) => {}
                Ok(_) => return Some((self.line, self.row())),
                Err(error) => {
                    self.over = true;
                    let reason = format!("the file cannot be read on: {}", error.kind());
                    return Some((self.line, Err(refusal("", reason))));
                }
            }
        }
        None
    }
}

/// The contract's fields of an object; the others are passed over.
#[derive(Default)]
struct Object {
    texts: [Option<String>; FIELDS.len()],
}

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;
        impl<'de> Visitor<'de> for Members {
            type Value = Object;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object, A::Error> {
                let mut object = Object::default();
                let mut seen = BTreeSet::new();
                while let Some(name) = map.next_key::<String>()? {
                    match FIELDS.iter().position(|field| *field == name) {
                        Some(place) if !seen.insert(place) => {
                            return Err(A::Error::custom("a field twice"));
                        }
                        Some(place) => {
                            object.texts[place] =
                                map.next_value::<Option<Text>>()?.map(|text| text.0);
                        }
                        None => {
                            map.next_value::<IgnoredAny>()?;
                        }
                    }
                }
                Ok(object)
            }
        }
        deserializer.deserialize_map(Members)
    }
}

/// A text; a whole number is taken as its digits.
struct Text(String);

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Scalar;
        impl Visitor<'_> for Scalar {
            type Value = Text;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text or a whole number")
            }

            fn visit_str<E>(self, text: &str) -> Result<Text, E> {
                Ok(Text(text.to_owned()))
            }

            fn visit_u64<E>(self, number: u64) -> Result<Text, E> {
                Ok(Text(number.to_string()))
            }
        }
        deserializer.deserialize_any(Scalar)
    }
}
