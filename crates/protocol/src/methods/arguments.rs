//! Reading a method's complex parameter: a flat JSON object, in the dialects of seven SDKs.
//!
//! PHP writes numbers as strings, `null` for what is not set, `\uXXXX` and `\/`; Java writes `\/`;
//! Python writes blanks, or its own literals. Members that the method does not know are skipped.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use serde::de::{Deserialize, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::python_literal;
use crate::api::{ApiSpec, FieldSpec, Limit};
use crate::{Params, PlatformError, timestamp};

/// A longer object cannot be any method's.
const OBJECT_BYTES_MAX: usize = 16 * 1024;

/// A method's arguments, which are as its definition says: from its complex parameter or, as
/// Povline also takes them, from parameters of their own.
#[derive(Debug)]
pub(super) struct Arguments {
    slots: Vec<Slot>,
}

/// What a call says of one field.
#[derive(Debug)]
struct Slot {
    field: &'static FieldSpec,
    value: Argument,
    /// Whether it stands in a complex parameter, or would.
    in_object: bool,
}

#[derive(Debug, Clone, PartialEq)]
enum Argument {
    Absent,
    Null,
    Text(String),
    Number(u64),
    Other,
}

impl Arguments {
    /// Reads the arguments of a method and checks all that its definition says: that what is needed
    /// is there, that numbers and instants are written as such, and that each keeps to its limit.
    ///
    /// # Errors
    /// 40 and 41 with a parameter's name; `isv.missing-parameter` if there is no complex parameter
    /// and nothing in its place, 41 if it is no object, `isv.invalid-parameter` with the name of a
    /// member that is missing, cannot be, or stands in it twice.
    pub(super) fn read(spec: &ApiSpec, params: &Params<'_>) -> Result<Self, PlatformError> {
        let mut arguments = Self {
            slots: Vec::with_capacity(8),
        };
        for field in spec.request {
            match field.children {
                [] => arguments.slots.push(Slot::of(params, field)),
                _ => arguments.add_object(params, field)?,
            }
        }
        for slot in &arguments.slots {
            arguments.check(slot.field)?;
        }
        Ok(arguments)
    }

    fn add_object(
        &mut self,
        params: &Params<'_>,
        complex: &'static FieldSpec,
    ) -> Result<(), PlatformError> {
        let (name, members) = (complex.name, complex.children);
        let begin = self.slots.len();
        let Some(text) = params.get(name).filter(|text| !text.trim().is_empty()) else {
            let slots = members.iter().map(|member| Slot::of(params, member));
            self.slots.extend(slots);
            let is_absent = members.iter().all(|one| params.get(one.name).is_none());
            return match is_absent && complex.needs_value() {
                true => Err(PlatformError::missing_parameter(name)),
                false => Ok(()),
            };
        };
        self.slots.extend(members.iter().map(Slot::in_object));
        let object = parse(text).ok_or_else(|| PlatformError::invalid_argument(name))?;
        let slots = self.slots.get_mut(begin..).unwrap_or_default();
        for (name, value) in object.0 {
            let Some(slot) = slots.iter_mut().find(|slot| slot.field.name == name) else {
                continue;
            };
            if slot.value != Argument::Absent {
                return Err(PlatformError::invalid_parameter(slot.field.name));
            }
            slot.value = value;
        }
        Ok(())
    }

    fn check(&self, field: &FieldSpec) -> Result<(), PlatformError> {
        let name = field.name;
        if field.kind == "Number" {
            return match (self.number(name)?, field.limit) {
                (None, _) if field.required => Err(self.missing(name)),
                (Some(number), Limit::Within(least, most)) if !(least..=most).contains(&number) => {
                    Err(self.invalid(name))
                }
                _ => Ok(()),
            };
        }
        let Some(text) = self.some_text(name)? else {
            return match field.required {
                true => Err(self.missing(name)),
                false => Ok(()),
            };
        };
        let is_sound = match field.limit {
            Limit::Bytes(most) => text.len() <= most,
            Limit::Items(most) => (1..=most).contains(&self.texts(name)?.len()),
            Limit::None | Limit::Within(..) => true,
        };
        let is_instant = field.kind != "Date" || timestamp::parse(&text).is_some();
        match is_sound && is_instant {
            true => Ok(()),
            false => Err(self.invalid(name)),
        }
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

    /// A name that the caller gives to something, which must be found again by what people type:
    /// white space around it would make another one of it, and is refused.
    pub(super) fn given_name<T: FromStr>(&self, name: &str) -> Result<T, PlatformError> {
        let text = self.text(name)?;
        match text.trim() == text {
            true => self.parsed(name),
            false => Err(self.invalid(name)),
        }
    }

    /// Such a name that may be absent.
    pub(super) fn some_given_name<T: FromStr>(
        &self,
        name: &str,
    ) -> Result<Option<T>, PlatformError> {
        self.find(name).map(|_| self.given_name(name)).transpose()
    }

    /// A text that may be absent and is read by its type.
    pub(super) fn some_parsed<T: FromStr>(&self, name: &str) -> Result<Option<T>, PlatformError> {
        self.find(name).map(|_| self.parsed(name)).transpose()
    }

    /// A list that must be there.
    pub(super) fn list<T: FromStr>(&self, name: &str) -> Result<Vec<T>, PlatformError> {
        let texts = self.texts(name)?;
        let values = texts.iter().map(|one| one.parse());
        values
            .collect::<Result<_, _>>()
            .map_err(|_| self.invalid(name))
    }

    /// The texts of a list: between commas, as the SDKs write one, or as a JSON list of texts.
    fn texts(&self, name: &str) -> Result<Vec<String>, PlatformError> {
        let text = self.text(name)?;
        if text.trim_start().starts_with('[') {
            return serde_json::from_str(&text).map_err(|_| self.invalid(name));
        }
        Ok(text.split(',').map(|one| one.trim().to_owned()).collect())
    }

    /// A whole number that must be there.
    pub(super) fn needed_number(&self, name: &str) -> Result<u64, PlatformError> {
        self.number(name)?.ok_or_else(|| self.missing(name))
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
        if self.is_in_object(name) {
            PlatformError::invalid_parameter(name)
        } else {
            PlatformError::invalid_argument(name)
        }
    }

    fn missing(&self, name: &str) -> PlatformError {
        if self.is_in_object(name) {
            PlatformError::invalid_parameter(name)
        } else {
            PlatformError::missing_argument(name)
        }
    }

    /// The argument, unless it is absent, null, or an empty text.
    fn find(&self, name: &str) -> Option<&Argument> {
        match &self.slot(name)?.value {
            Argument::Absent | Argument::Null => None,
            Argument::Text(text) if text.is_empty() => None,
            value => Some(value),
        }
    }

    /// A name that no field of the definition has is one that no call has.
    fn slot(&self, name: &str) -> Option<&Slot> {
        self.slots.iter().find(|slot| slot.field.name == name)
    }

    fn is_in_object(&self, name: &str) -> bool {
        self.slot(name).is_some_and(|slot| slot.in_object)
    }
}

impl Slot {
    /// What stands by itself.
    fn of(params: &Params<'_>, field: &'static FieldSpec) -> Self {
        let text = params.get(field.name);
        Self {
            field,
            value: text.map_or(Argument::Absent, |text| Argument::Text(text.to_owned())),
            in_object: false,
        }
    }

    /// A member of an object, not yet seen.
    fn in_object(field: &'static FieldSpec) -> Self {
        Self {
            field,
            value: Argument::Absent,
            in_object: true,
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
