//! A day of Asia/Shanghai.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;
use jiff::tz::Offset;
use thiserror::Error;

use crate::clock::UnixMillis;

/// China has kept UTC+8 without daylight saving since 1991, so a constant offset is exact and no
/// time zone database is needed.
pub(crate) const SHANGHAI: Offset = Offset::constant(8);

/// A calendar day of Asia/Shanghai, written `2020-01-18`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(Date);

/// A text that is not a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("is not a real date written yyyy-MM-dd")]
pub struct DayError;

impl Day {
    /// The first day that can be told, 0001-01-01.
    pub const MIN: Self = Self(Date::constant(1, 1, 1));
    /// The last day that can be told, 9999-12-31.
    pub const MAX: Self = Self(Date::constant(9999, 12, 31));

    /// The day of this year, month and day of the month.
    ///
    /// # Errors
    /// [`DayError`] if there is no such day between [`Day::MIN`] and [`Day::MAX`].
    pub fn new(year: i16, month: i8, day: i8) -> Result<Self, DayError> {
        let date = Date::new(year, month, day).map_err(|_| DayError)?;
        if (Self::MIN.0..=Self::MAX.0).contains(&date) {
            Ok(Self(date))
        } else {
            Err(DayError)
        }
    }

    /// The day that it is in Shanghai at this instant.
    #[must_use]
    pub fn at(instant: UnixMillis) -> Self {
        let day = Self(SHANGHAI.to_datetime(instant.timestamp()).date());
        day.clamp(Self::MIN, Self::MAX)
    }

    /// Days since 1970-01-01, negative before it: the form in which days are stored.
    #[must_use]
    pub fn number(self) -> i32 {
        let epoch = Date::constant(1970, 1, 1);
        // The distance between years 1 and 9999 is at most 3.7 million days.
        self.0.duration_since(epoch).as_hours().div_euclid(24) as i32
    }

    /// The day with this [`Day::number`].
    ///
    /// # Errors
    /// [`DayError`] if it lies outside [`Day::MIN`]..=[`Day::MAX`].
    pub fn from_number(number: i32) -> Result<Self, DayError> {
        let epoch = Self(Date::constant(1970, 1, 1));
        epoch.plus_days(number)
    }

    /// The day this many days later (earlier if negative).
    ///
    /// # Errors
    /// [`DayError`] if it lies outside [`Day::MIN`]..=[`Day::MAX`].
    pub fn plus_days(self, days: i32) -> Result<Self, DayError> {
        let span = jiff::Span::new().try_days(days).map_err(|_| DayError)?;
        let date = self.0.checked_add(span).map_err(|_| DayError)?;
        if (Self::MIN.0..=Self::MAX.0).contains(&date) {
            Ok(Self(date))
        } else {
            Err(DayError)
        }
    }

    /// The instant at which this day begins in Shanghai.
    #[must_use]
    pub fn begins_at(self) -> UnixMillis {
        UnixMillis((i64::from(self.number()) * 24 - 8) * 3_600_000)
    }

    /// The day's text, `2020-01-18`, in ASCII: for those who write many.
    #[must_use]
    pub fn ascii(self) -> [u8; 10] {
        let digit = |number: u16| b'0' + (number % 10) as u8;
        let year = self.0.year().unsigned_abs();
        let month = u16::from(self.0.month().unsigned_abs());
        let day = u16::from(self.0.day().unsigned_abs());
        [
            digit(year / 1000),
            digit(year / 100),
            digit(year / 10),
            digit(year),
            b'-',
            digit(month / 10),
            digit(month),
            b'-',
            digit(day / 10),
            digit(day),
        ]
    }

    /// Every day from this one to `last`, both included; none if `last` is earlier.
    pub fn through(self, last: Self) -> impl Iterator<Item = Self> {
        (self.number()..=last.number()).filter_map(|number| Self::from_number(number).ok())
    }
}

impl FromStr for Day {
    type Err = DayError;

    /// Reads exactly `yyyy-MM-dd`; nothing shorter, longer or padded.
    fn from_str(text: &str) -> Result<Self, DayError> {
        let bytes = text.as_bytes();
        let &[y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = bytes else {
            return Err(DayError);
        };
        let digits = |digits: &[u8]| {
            digits.iter().try_fold(0_i16, |sum, digit| {
                digit
                    .is_ascii_digit()
                    .then(|| sum * 10 + i16::from(digit - b'0'))
                    .ok_or(DayError)
            })
        };
        let (year, month, day) = (
            digits(&[y1, y2, y3, y4])?,
            digits(&[m1, m2])?,
            digits(&[d1, d2])?,
        );
        Self::new(year, month as i8, day as i8)
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:04}-{:02}-{:02}",
            self.0.year(),
            self.0.month(),
            self.0.day()
        )
    }
}

impl fmt::Debug for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Day({self})")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_real_dates_in_full_form() {
        for good in ["2020-01-18", "2020-02-29", "0001-01-01", "9999-12-31"] {
            assert_eq!(good.parse::<Day>().unwrap().to_string(), good);
        }
        for bad in [
            "",
            "2020-1-18",
            "2020-02-30",
            "2021-02-29",
            "2020-13-01",
            "2020-00-01",
            "20200118",
            "2020-01-18 ",
            " 2020-01-18",
            "2020-01-18T00:00",
            "0000-01-01",
            "+020-01-01",
            "２０２０-01-18",
            "2020/01/18",
        ] {
            assert_eq!(bad.parse::<Day>(), Err(DayError), "{bad}");
        }
    }

    #[test]
    fn the_day_turns_at_midnight_of_shanghai_not_of_utc() {
        let before: Day = Day::at(UnixMillis(1_579_276_800_000 - 1)); // 2020-01-17T15:59:59.999Z
        let after: Day = Day::at(UnixMillis(1_579_276_800_000)); // 2020-01-17T16:00:00Z
        assert_eq!(before.to_string(), "2020-01-17");
        assert_eq!(after.to_string(), "2020-01-18");
        assert_eq!(after.begins_at(), UnixMillis(1_579_276_800_000));
    }

    proptest! {
        #[test]
        fn number_and_text_go_both_ways(number in Day::MIN.number()..=Day::MAX.number()) {
            let day = Day::from_number(number).unwrap();
            prop_assert_eq!(day.number(), number);
            prop_assert_eq!(day.to_string().parse::<Day>().unwrap(), day);
            let text = day.to_string();
            prop_assert_eq!(text.as_bytes(), day.ascii());
            prop_assert_eq!(Day::at(day.begins_at()), day);
        }
    }
}
