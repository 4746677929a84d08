//! Reading a method's complex parameter: a flat JSON object, in the dialects of seven SDKs.
//!
//! PHP writes numbers as strings, `null` for what is not set, `\uXXXX` and `\/`; Java writes `\/`;
//! Python writes blanks, or its own literals. Members that the method does not know are skipped.

use std::borrow::Cow;
use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;

use serde::de::{Deserialize, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::python_literal;
use crate::{Params, PlatformError};

/// A longer object cannot be any method's.
const OBJECT_BYTES_MAX: usize = 16 * 1024;

/// A method's arguments, from its complex parameter or, as Povline also takes them, from
/// parameters of their own.
#[derive(Debug)]
pub(super) struct Arguments {
    members: Vec<(&'static str, Argument)>,
    in_object: bool,
}

#[derive(Debug, Clone, PartialEq)]
enum Argument {
    Null,
    Text(String),
    Number(u64),
    Other,
}

impl Arguments {
    /// Finds the arguments of the names in `known`.
    ///
    /// # Errors
    /// `isv.missing-parameter` if there are none at all, 41 if the complex parameter is no
    /// object, `isv.invalid-parameter` if a member stands in it twice.
    pub(super) fn of(
        params: &Params<'_>,
        complex: &str,
        known: &[&'static str],
    ) -> Result<Self, PlatformError> {
        if let Some(text) = params.get(complex).filter(|text| !text.trim().is_empty()) {
            let object = parse(text).ok_or_else(|| PlatformError::invalid_argument(complex))?;
            return Self::of_object(object, known);
        }
        let members: Vec<_> = known
            .iter()
            .filter_map(|name| Some((*name, Argument::Text(params.get(name)?.to_owned()))))
            .collect();
        if members.is_empty() {
            return Err(PlatformError::missing_parameter(complex));
        }
        Ok(Self {
            members,
            in_object: false,
        })
    }

    /// The arguments of a method whose parameters stand by themselves.
    pub(super) fn flat(params: &Params<'_>, known: &[&'static str]) -> Self {
        let member = |name: &&'static str| {
            let text = params.get(name)?.to_owned();
            Some((*name, Argument::Text(text)))
        };
        Self {
            members: known.iter().filter_map(member).collect(),
            in_object: false,
        }
    }

    fn of_object(object: Object, known: &[&'static str]) -> Result<Self, PlatformError> {
        let mut members: Vec<(&'static str, Argument)> = Vec::with_capacity(known.len());
        for (name, value) in object.0 {
            let Some(name) = known.iter().find(|known| **known == name) else {
                continue;
            };
            if members.iter().any(|(present, _)| present == name) {
                return Err(PlatformError::invalid_parameter(name));
            }
            members.push((name, value));
        }
        Ok(Self {
            members,
            in_object: true,
        })
    }

    /// A text that must be there.
    pub(super) fn text(&self, name: &str) -> Result<Cow<'_, str>, PlatformError> {
        match self.find(name) {
            None => Err(self.missing(name)),
            Some(Argument::Text(text)) => Ok(Cow::Borrowed(text)),
            Some(Argument::Number(number)) => Ok(Cow::Owned(number.to_string())),
            Some(_) => Err(self.invalid(name)),
        }
    }

    /// A text that may be absent.
    pub(super) fn some_text(&self, name: &str) -> Result<Option<Cow<'_, str>>, PlatformError> {
        self.find(name).map(|_| self.text(name)).transpose()
    }

    /// A text that must be there and is read by its type.
    pub(super) fn parsed<T: FromStr>(&self, name: &str) -> Result<T, PlatformError> {
        self.text(name)?.parse().map_err(|_| self.invalid(name))
    }

    /// A text that may be absent and is read by its type.
    pub(super) fn some_parsed<T: FromStr>(&self, name: &str) -> Result<Option<T>, PlatformError> {
        self.find(name).map(|_| self.parsed(name)).transpose()
    }

    /// A list that must be there, 1 to `count_max` values: between commas, as the SDKs write one,
    /// or as a JSON list of texts.
    pub(super) fn list<T: FromStr>(
        &self,
        name: &str,
        count_max: usize,
    ) -> Result<Vec<T>, PlatformError> {
        let text = self.text(name)?;
        let texts: Vec<String> = if text.trim_start().starts_with('[') {
            serde_json::from_str(&text).map_err(|_| self.invalid(name))?
        } else {
            text.split(',').map(|one| one.trim().to_owned()).collect()
        };
        if texts.is_empty() || texts.len() > count_max {
            return Err(self.invalid(name));
        }
        let values = texts.iter().map(|one| one.parse());
        values
            .collect::<Result<_, _>>()
            .map_err(|_| self.invalid(name))
    }

    /// A whole number that must be there, within a range.
    pub(super) fn number_within(
        &self,
        name: &str,
        range: RangeInclusive<u64>,
    ) -> Result<u64, PlatformError> {
        match self.number(name)? {
            None => Err(self.missing(name)),
            Some(number) if range.contains(&number) => Ok(number),
            Some(_) => Err(self.invalid(name)),
        }
    }

    /// A whole number that may be absent.
    pub(super) fn number(&self, name: &str) -> Result<Option<u64>, PlatformError> {
        match self.find(name) {
            None => Ok(None),
            Some(Argument::Number(number)) => Ok(Some(*number)),
            Some(Argument::Text(text)) => match text.trim() {
                digits if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
                    digits.parse().map(Some).map_err(|_| self.invalid(name))
                }
                _ => Err(self.invalid(name)),
            },
            Some(_) => Err(self.invalid(name)),
        }
    }

    /// The error for an argument that cannot be: it names the member, in the contract's own words
    /// if it stands in the object.
    pub(super) fn invalid(&self, name: &str) -> PlatformError {
        if self.in_object {
            PlatformError::invalid_parameter(name)
        } else {
            PlatformError::invalid_argument(name)
        }
    }

    pub(super) fn missing(&self, name: &str) -> PlatformError {
        if self.in_object {
            PlatformError::invalid_parameter(name)
        } else {
            PlatformError::missing_argument(name)
        }
    }

    /// The argument, unless it is absent, null, or an empty text.
    fn find(&self, name: &str) -> Option<&Argument> {
        let (_, value) = self.members.iter().find(|(known, _)| *known == name)?;
        match value {
            Argument::Null => None,
            Argument::Text(text) if text.is_empty() => None,
            value => Some(value),
        }
    }
}

/// Reads the object, in JSON or as Python's literal.
fn parse(text: &str) -> Option<Object> {
    if text.len() > OBJECT_BYTES_MAX {
        return None;
    }
    if let Ok(object) = serde_json::from_str(text) {
        return Some(object);
    }
    let json = python_literal::to_json(text)?;
    serde_json::from_str(&json).ok()
}

/// The members of an object, in their order, repeats included.
struct Object(Vec<(String, Argument)>);

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ObjectReader)
    }
}

struct ObjectReader;

impl<'de> Visitor<'de> for ObjectReader {
    type Value = Object;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object, A::Error> {
        let mut members = Vec::with_capacity(4);
        while let Some(member) = map.next_entry()? {
            if members.len() == Params::COUNT_MAX {
                return Err(A::Error::custom("too many members"));
            }
            members.push(member);
        }
        Ok(Object(members))
    }
}

impl<'de> Deserialize<'de> for Argument {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ArgumentReader)
    }
}

struct ArgumentReader;

impl<'de> Visitor<'de> for ArgumentReader {
    type Value = Argument;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_str<E>(self, text: &str) -> Result<Argument, E> {
        Ok(Argument::Text(text.to_owned()))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Argument, E> {
        Ok(Argument::Number(number))
    }

    fn visit_i64<E>(self, _number: i64) -> Result<Argument, E> {
        Ok(Argument::Other)
    }

    fn visit_f64<E>(self, _number: f64) -> Result<Argument, E> {
        Ok(Argument::Other)
    }

    fn visit_bool<E>(self, _truth: bool) -> Result<Argument, E> {
        Ok(Argument::Other)
    }

    fn visit_unit<E>(self) -> Result<Argument, E> {
        Ok(Argument::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Argument, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Argument::Other)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Argument, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Argument::Other)
    }
}
