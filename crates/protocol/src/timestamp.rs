//! The `timestamp` parameter.
//!
//! Seven SDKs write three forms: `yyyy-MM-dd HH:mm:ss` at GMT+8 (Java, PHP, .NET, Node), epoch
//! milliseconds (Python) and epoch seconds (C). A caller whose local time is not GMT+8 but who
//! writes it as such is refused like any other wrong clock; its zone is not guessed.

use jiff::civil::DateTime;
use jiff::tz::Offset;
use povline_domain::UnixMillis;

const GMT8: Offset = Offset::constant(8);

/// How far a caller's clock may be off, either way: ten minutes.
pub const TOLERANCE_MILLIS: i64 = 10 * 60 * 1000;

/// Reads a timestamp in any of its three forms; `None` if it has none of them.
#[must_use]
pub fn parse(text: &str) -> Option<UnixMillis> {
    let bytes = text.as_bytes();
    match bytes.len() {
        10 => Some(UnixMillis(number(bytes)?.checked_mul(1000)?)),
        13 => number(bytes).map(UnixMillis),
        19 => local_time(bytes),
        _ => None,
    }
}

/// Whether a timestamp lies within ten minutes of `now`, both ends included.
#[must_use]
pub fn is_current(timestamp: UnixMillis, now: UnixMillis) -> bool {
    timestamp.millis_since(now).unsigned_abs() <= TOLERANCE_MILLIS.unsigned_abs()
}

/// Writes an instant as `yyyy-MM-dd HH:mm:ss` at GMT+8, the documented form.
#[must_use]
pub fn format(instant: UnixMillis) -> String {
    let local = GMT8.to_datetime(instant.timestamp());
    let mut text = Vec::with_capacity(19);
    // A year of more digits is none that a timestamp can name.
    let year = local.year().unsigned_abs();
    write_two(&mut text, year / 100);
    write_two(&mut text, year % 100);
    for (separator, number) in [
        (b'-', local.month()),
        (b'-', local.day()),
        (b' ', local.hour()),
        (b':', local.minute()),
        (b':', local.second()),
    ] {
        text.push(separator);
        write_two(&mut text, number.unsigned_abs().into());
    }
    // Digits and separators are ASCII.
    String::from_utf8(text).unwrap_or_default()
}

/// Writes a number below 100 in two digits. Every call bears a timestamp, and formatting one by the
/// standard library costs as much as signing it.
fn write_two(text: &mut Vec<u8>, number: u16) {
    text.extend([number / 10, number % 10].map(|digit| b'0' + (digit % 10) as u8));
}

fn number(digits: &[u8]) -> Option<i64> {
    digits.iter().try_fold(0_i64, |sum, digit| {
        digit
            .is_ascii_digit()
            .then(|| sum * 10 + i64::from(digit - b'0'))
    })
}

fn local_time(bytes: &[u8]) -> Option<UnixMillis> {
    let &[
        y1,
        y2,
        y3,
        y4,
        b'-',
        o1,
        o2,
        b'-',
        d1,
        d2,
        b' ',
        h1,
        h2,
        b':',
        m1,
        m2,
        b':',
        s1,
        s2,
    ] = bytes
    else {
        return None;
    };
    let two = |tens: u8, ones: u8| number(&[tens, ones]).and_then(|n| i8::try_from(n).ok());
    let year = i16::try_from(number(&[y1, y2, y3, y4])?).ok()?;
    let (month, day) = (two(o1, o2)?, two(d1, d2)?);
    let (hour, minute, second) = (two(h1, h2)?, two(m1, m2)?, two(s1, s2)?);
    let local = DateTime::new(year, month, day, hour, minute, second, 0).ok()?;
    let instant = GMT8.to_timestamp(local).ok()?;
    Some(UnixMillis(instant.as_millisecond()))
}
