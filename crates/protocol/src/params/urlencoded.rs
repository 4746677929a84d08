//! Reading `application/x-www-form-urlencoded`, of a query or a body.

use std::borrow::Cow;

use super::{Params, ParamsError};

/// Reads pairs into `params`. Unlike a browser's reader this one refuses what is not UTF-8,
/// instead of replacing it: a signature over replaced text would mean nothing.
pub(super) fn read<'a>(encoded: &'a [u8], params: &mut Params<'a>) -> Result<(), ParamsError> {
    let mut rest = encoded;
    while !rest.is_empty() {
        let end = memchr::memchr(b'&', rest).unwrap_or(rest.len());
        let (pair, tail) = rest.split_at(end);
        rest = tail.get(1..).unwrap_or_default();
        if pair.is_empty() {
            continue;
        }
        let equals = memchr::memchr(b'=', pair).unwrap_or(pair.len());
        let (name, value) = pair.split_at(equals);
        let value = value.get(1..).unwrap_or_default();
        params.push(decode(name)?, decode(value)?)?;
    }
    Ok(())
}

/// Decodes `+` and `%xx`; a `%` that no two hex digits follow stands for itself.
fn decode(encoded: &[u8]) -> Result<Cow<'_, str>, ParamsError> {
    let Some(first) = memchr::memchr2(b'%', b'+', encoded) else {
        let plain = std::str::from_utf8(encoded).map_err(|_| ParamsError::NotUtf8)?;
        return Ok(Cow::Borrowed(plain));
    };
    let (plain, mut rest) = encoded.split_at(first);
    let mut decoded = Vec::with_capacity(encoded.len());
    decoded.extend_from_slice(plain);
    while let [byte, tail @ ..] = rest {
        rest = tail;
        match (byte, tail) {
            (b'+', _) => decoded.push(b' '),
            (b'%', [high, low, after @ ..]) => match (hex(*high), hex(*low)) {
                (Some(high), Some(low)) => {
                    decoded.push(high << 4 | low);
                    rest = after;
                }
                _ => decoded.push(b'%'),
            },
            _ => decoded.push(*byte),
        }
    }
    let decoded = String::from_utf8(decoded).map_err(|_| ParamsError::NotUtf8)?;
    Ok(Cow::Owned(decoded))
}

fn hex(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}
