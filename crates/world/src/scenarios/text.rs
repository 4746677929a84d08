//! Small values that scenario files write as text.

use std::str::FromStr;

use povline_domain::{Day, Period};
use serde::{Deserialize, Deserializer, de};

/// A time of the day in Shanghai, written `08:30`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct TimeOfDay(u16);

impl TimeOfDay {
    /// 08:00.
    pub(super) const EIGHT: Self = Self(480);

    /// The minute of the day, 0 to 1439.
    #[must_use]
    pub fn minute(self) -> u16 {
        self.0
    }
}

impl FromStr for TimeOfDay {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const WRONG: &str = "is not a time of day written HH:mm";
        let (hour, minute) = text.split_once(':').ok_or(WRONG)?;
        let number = |digits: &str| match digits.len() {
            2 => digits.parse::<u16>().map_err(|_| WRONG),
            _ => Err(WRONG),
        };
        let (hour, minute) = (number(hour)?, number(minute)?);
        match (hour < 24, minute < 60) {
            (true, true) => Ok(Self(hour * 60 + minute)),
            _ => Err(WRONG),
        }
    }
}

impl<'de> Deserialize<'de> for TimeOfDay {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        parsed(deserializer)
    }
}

pub(super) fn day<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Day, D::Error> {
    parsed(deserializer)
}

pub(super) fn periods<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Period>, D::Error> {
    Vec::<String>::deserialize(deserializer)?
        .iter()
        .map(|text| {
            text.parse()
                .map_err(|error| de::Error::custom(format!("{text:?} {error}")))
        })
        .collect()
}

fn parsed<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: FromStr<Err: std::fmt::Display>,
{
    let text = String::deserialize(deserializer)?;
    text.parse()
        .map_err(|error| de::Error::custom(format!("{text:?} {error}")))
}
