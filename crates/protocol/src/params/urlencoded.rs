//! Reading `application/x-www-form-urlencoded`, of a query or a body.

use std::borrow::Cow;

use super::{Params, ParamsError};
use crate::hex;

/// Reads pairs into `params`. Unlike a browser's reader this one refuses what is not UTF-8,
/// instead of replacing it: a signature over replaced text would mean nothing.
pub(super) fn read<'a>(encoded: &'a str, params: &mut Params<'a>) -> Result<(), ParamsError> {
    let mut rest = encoded;
    while !rest.is_empty() {
        let end = memchr::memchr(b'&', rest.as_bytes()).unwrap_or(rest.len());
        let (pair, tail) = rest.split_at(end);
        rest = tail.get(1..).unwrap_or_default();
        if pair.is_empty() {
            continue;
        }
        // Names are short: a library's search would be slower.
        let equals = pair.bytes().position(|byte| byte == b'=');
        let (name, value) = pair.split_at(equals.unwrap_or(pair.len()));
        let value = value.get(1..).unwrap_or_default();
        if memchr::memchr2(b'%', b'+', pair.as_bytes()).is_some() {
            params.push(decode(name)?, decode(value)?)?;
        } else {
            params.push(Cow::Borrowed(name), Cow::Borrowed(value))?;
        }
    }
    Ok(())
}

/// Decodes `+` and `%xx`; a `%` that no two hex digits follow stands for itself.
fn decode(encoded: &str) -> Result<Cow<'_, str>, ParamsError> {
    let is_coded = |byte| matches!(byte, b'%' | b'+');
    let Some(first) = encoded.bytes().position(is_coded) else {
        return Ok(Cow::Borrowed(encoded));
    };
    let (plain, mut rest) = encoded.as_bytes().split_at(first);
    let mut decoded = Vec::with_capacity(encoded.len());
    decoded.extend_from_slice(plain);
    while let [byte, tail @ ..] = rest {
        rest = tail;
        match (byte, tail) {
            (b'+', _) => decoded.push(b' '),
            (b'%', [high, low, after @ ..]) => match hex::byte(*high, *low) {
                Some(byte) => {
                    decoded.push(byte);
                    rest = after;
                }
                None => decoded.push(b'%'),
            },
            _ => decoded.push(*byte),
        }
    }
    let decoded = String::from_utf8(decoded).map_err(|_| ParamsError::NotUtf8)?;
    Ok(Cow::Owned(decoded))
}
