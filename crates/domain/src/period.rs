//! A period of a day.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// A booked period of a day, written `08:00-08:30` (contract: 预约时间段). It ends later than it
/// begins and may end at `24:00`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Period {
    begin: u16,
    end: u16,
}

/// A text that is not a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("is not a period written HH:mm-HH:mm that ends later than it begins")]
pub struct PeriodError;

const MINUTES_OF_DAY: u16 = 24 * 60;

impl Period {
    /// The period between two minutes of the day.
    ///
    /// # Errors
    /// [`PeriodError`] if it does not end later than it begins, or ends after 24:00.
    pub fn new(begin_minute: u16, end_minute: u16) -> Result<Self, PeriodError> {
        if begin_minute < end_minute && end_minute <= MINUTES_OF_DAY {
            Ok(Self {
                begin: begin_minute,
                end: end_minute,
            })
        } else {
            Err(PeriodError)
        }
    }

    /// The minute of the day at which the period begins, 0 to 1439.
    #[must_use]
    pub fn begin_minute(self) -> u16 {
        self.begin
    }

    /// The minute of the day at which the period ends, 1 to 1440.
    #[must_use]
    pub fn end_minute(self) -> u16 {
        self.end
    }

    /// Both ends in one number, ordered as periods are: the form in which periods are stored.
    #[must_use]
    pub fn number(self) -> u32 {
        u32::from(self.begin) << 16 | u32::from(self.end)
    }

    /// The period with this [`Period::number`].
    ///
    /// # Errors
    /// [`PeriodError`] if no period has it.
    pub fn from_number(number: u32) -> Result<Self, PeriodError> {
        Self::new((number >> 16) as u16, (number & 0xffff) as u16)
    }
}

impl FromStr for Period {
    type Err = PeriodError;

    /// Reads exactly `HH:mm-HH:mm`.
    fn from_str(text: &str) -> Result<Self, PeriodError> {
        let minute = |h1: u8, h2: u8, m1: u8, m2: u8| {
            if ![h1, h2, m1, m2].iter().all(u8::is_ascii_digit) {
                return Err(PeriodError);
            }
            let two = |tens: u8, ones: u8| u16::from(tens - b'0') * 10 + u16::from(ones - b'0');
            let (hour, minute) = (two(h1, h2), two(m1, m2));
            if minute < 60 {
                Ok(hour * 60 + minute)
            } else {
                Err(PeriodError)
            }
        };
        let &[a, b, b':', c, d, b'-', e, f, b':', g, h] = text.as_bytes() else {
            return Err(PeriodError);
        };
        Self::new(minute(a, b, c, d)?, minute(e, f, g, h)?)
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (begin, end) = (self.begin, self.end);
        write!(
            f,
            "{:02}:{:02}-{:02}:{:02}",
            begin / 60,
            begin % 60,
            end / 60,
            end % 60
        )
    }
}

impl fmt::Debug for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Period({self})")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_forward_periods_in_full_form() {
        for good in ["08:00-08:30", "00:00-24:00", "13:30-17:00", "08:30-08:45"] {
            assert_eq!(good.parse::<Period>().unwrap().to_string(), good);
        }
        for bad in [
            "",
            "8:00-8:30",
            "08:30-08:00",
            "08:00-08:00",
            "08:00-24:01",
            "08:60-09:00",
            "08:00~08:30",
            "08:00-08:30 ",
            "+8:00-08:30",
            "25:00-26:00",
        ] {
            assert_eq!(bad.parse::<Period>(), Err(PeriodError), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn number_and_text_go_both_ways(begin in 0_u16..1440, length in 1_u16..1440) {
            prop_assume!(begin + length <= MINUTES_OF_DAY);
            let period = Period::new(begin, begin + length).unwrap();
            prop_assert_eq!(Period::from_number(period.number()).unwrap(), period);
            prop_assert_eq!(period.to_string().parse::<Period>().unwrap(), period);
        }
    }
}
