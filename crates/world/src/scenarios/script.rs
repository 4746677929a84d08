//! A script: what happens in a world, line by line, where nothing is left to chance.

use std::fmt::Write as _;
use std::ops::RangeInclusive;

use povline_domain::{Day, Name, Period, PickCode, PickStatus};
use serde::{Deserialize, Deserializer, de};

use crate::truth::RowNumber;

/// Something that happens. On paper it is a line of fields with tabs between them: milliseconds
/// since the beginning (negative: before it), the appointment's number from 1, and then either
/// `gone`, or how it stands from then on: POV, day, period, pick code, pick status (as the
/// contract writes it, 0 is picked) and name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScriptLine {
    /// When, in milliseconds since the world began; negative for what was there before.
    pub at_ms: i64,
    /// Which appointment, from 0. New ones count up without a gap.
    pub number: RowNumber,
    /// How it stands from then on; `None` if it is cancelled.
    pub stands: Option<ScriptRow>,
}

/// How an appointment stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScriptRow {
    /// The place of its clinic, from 0: POV `00001` is the first.
    pub clinic: usize,
    /// The booked day.
    pub day: Day,
    /// The booked period.
    pub period: Period,
    /// The pick code.
    pub pick_code: PickCode,
    /// Whether the number is taken.
    pub pick_status: PickStatus,
    /// The vaccinee's name.
    pub name: Name,
}

impl ScriptLine {
    /// Appends the line to a script.
    pub(crate) fn write(&self, out: &mut String) {
        let number = u64::from(self.number) + 1;
        // Writing to a string cannot fail.
        let _ = match &self.stands {
            None => writeln!(out, "{}\t{number}\tgone", self.at_ms),
            Some(row) => writeln!(
                out,
                "{}\t{number}\t{:05}\t{}\t{}\t{}\t{}\t{}",
                self.at_ms,
                row.clinic + 1,
                row.day,
                row.period,
                row.pick_code.as_str(),
                u8::from(row.pick_status != PickStatus::Picked),
                row.name.as_str(),
            ),
        };
    }

    fn read(text: &str) -> Option<Self> {
        let mut fields = text.split('\t');
        let at_ms = fields.next()?.parse().ok()?;
        let number: RowNumber = fields.next()?.parse().ok()?;
        let first = fields.next()?;
        let stands = match first {
            "gone" => None,
            pov => Some(ScriptRow {
                clinic: pov.parse::<usize>().ok()?.checked_sub(1)?,
                day: fields.next()?.parse().ok()?,
                period: fields.next()?.parse().ok()?,
                pick_code: fields.next()?.parse().ok()?,
                pick_status: match fields.next()? {
                    "0" => PickStatus::Picked,
                    "1" => PickStatus::NotPicked,
                    _ => return None,
                },
                name: fields.next()?.parse().ok()?,
            }),
        };
        fields.next().is_none().then_some(Self {
            at_ms,
            number: number.checked_sub(1)?,
            stands,
        })
    }
}

pub(super) fn script<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<ScriptLine>, D::Error> {
    let text = String::deserialize(deserializer)?;
    text.lines()
        .enumerate()
        .filter(|(_, line)| !line.is_empty())
        .map(|(place, line)| {
            ScriptLine::read(line).ok_or_else(|| {
                de::Error::custom(format!("line {} of the script cannot be read", place + 1))
            })
        })
        .collect()
}

/// What is wrong with a script, if anything is.
pub(super) fn check(
    script: &[ScriptLine],
    clinics: usize,
    days: RangeInclusive<Day>,
) -> Result<(), String> {
    let mut last_ms = i64::MIN;
    // By number: whether it stands.
    let mut rows: Vec<bool> = Vec::new();
    for (place, line) in script.iter().enumerate() {
        let wrong = |reason: &str| Err(format!("line {}: {reason}", place + 1));
        if line.at_ms < last_ms {
            return wrong("must not be earlier than the line before it");
        }
        last_ms = line.at_ms;
        if let Some(row) = &line.stands {
            if row.clinic >= clinics {
                return wrong("names a POV beyond those of clinics.count");
            }
            if !days.contains(&row.day) {
                return wrong("names a day that is neither polled nor among days_beyond");
            }
        }
        let stands = line.stands.is_some();
        let next = rows.len();
        match rows.get_mut(line.number as usize) {
            Some(false) => return wrong("changes an appointment that is gone"),
            Some(row) => *row = stands,
            None if line.number as usize != next => {
                return wrong("must have the next number that is free, or one that was used");
            }
            None if !stands => return wrong("takes away an appointment that never was"),
            None => rows.push(true),
        }
    }
    Ok(())
}
