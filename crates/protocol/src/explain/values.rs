//! What callers do to values between signing and sending.

use encoding_rs::{Encoding, GBK, WINDOWS_1252};

use super::mistake::{Direction, Mistake};

/// Makes, of a value that was received, what may have been signed; `None` if that is the same or
/// cannot be.
pub(super) type Change = fn(&str) -> Option<Vec<u8>>;

/// Every change, the likeliest first.
pub(super) const CHANGES: &[(Mistake, Change)] = &[
    (Mistake::Gbk, |value| in_charset(value, GBK)),
    (Mistake::Misread, reread_latin1),
    (Mistake::Misread, |value| reread(value, WINDOWS_1252)),
    (Mistake::Misread, |value| reread(value, GBK)),
    (SIGNED_ENCODED, |value| percent(value, b"*-_.", true, true)),
    (SIGNED_ENCODED, |value| percent(value, b"-_.~", false, true)),
    (SIGNED_ENCODED, |value| {
        percent(value, b"-_.~/", false, true)
    }),
    (SIGNED_ENCODED, |value| {
        percent(value, b"-_.!~*'()", false, true)
    }),
    (SIGNED_ENCODED, |value| percent(value, b"-_.", true, true)),
    (SIGNED_ENCODED, |value| {
        percent(value, b"-_.!*()", true, false)
    }),
    (SIGNED_ENCODED, |value| {
        percent(value, b"-_.~", false, false)
    }),
    (Mistake::Percent(Direction::SentEncoded), decoded),
    (Mistake::Plus, |value| replaced(value, " ", "+")),
    (Mistake::Plus, |value| replaced(value, "+", " ")),
    (Mistake::Blanks, |value| differs(value, value.trim())),
    (Mistake::LineEnds, |value| replaced(value, "\r\n", "\n")),
    (Mistake::LineEnds, |value| {
        differs(value, &value.replace("\r\n", "\n").replace('\n', "\r\n"))
    }),
    (Mistake::Json, |value| respaced(value, "", "")),
    (Mistake::Json, |value| respaced(value, " ", " ")),
    (Mistake::Json, |value| escaped(value, false)),
    (Mistake::Json, |value| escaped(value, true)),
    (Mistake::Json, unescaped),
    (Mistake::Json, |value| replaced(value, "\\/", "/")),
    (Mistake::Json, |value| replaced(value, "/", "\\/")),
    (Mistake::Json, |value| replaced(value, "'", "\"")),
    (Mistake::Json, |value| replaced(value, "\"", "'")),
];

const SIGNED_ENCODED: Mistake = Mistake::Percent(Direction::SignedEncoded);

fn differs(value: &str, other: &str) -> Option<Vec<u8>> {
    (value != other).then(|| other.as_bytes().to_vec())
}

fn replaced(value: &str, what: &str, by: &str) -> Option<Vec<u8>> {
    differs(value, &value.replace(what, by))
}

/// The value's bytes in a charset, if it has all of its characters.
fn in_charset(value: &str, charset: &'static Encoding) -> Option<Vec<u8>> {
    let (bytes, _, has_unmappable) = charset.encode(value);
    (!has_unmappable && *bytes != *value.as_bytes()).then(|| bytes.into_owned())
}

/// The text whose UTF-8 bytes, misread in a charset, are this value.
fn reread(value: &str, charset: &'static Encoding) -> Option<Vec<u8>> {
    let bytes = in_charset(value, charset)?;
    std::str::from_utf8(&bytes).is_ok().then_some(bytes)
}

/// The text whose UTF-8 bytes, each taken for a character, are this value (ISO-8859-1).
fn reread_latin1(value: &str) -> Option<Vec<u8>> {
    let bytes: Vec<u8> = value
        .chars()
        .map(|character| u8::try_from(u32::from(character)).ok())
        .collect::<Option<_>>()?;
    differs(value, std::str::from_utf8(&bytes).ok()?)
}

/// Percent-encoded, letters and digits and `safe` excepted.
fn percent(value: &str, safe: &[u8], blank_is_plus: bool, is_upper: bool) -> Option<Vec<u8>> {
    let mut encoded = String::with_capacity(value.len() * 3);
    for byte in value.bytes() {
        match byte {
            b' ' if blank_is_plus => encoded.push('+'),
            _ if byte.is_ascii_alphanumeric() || safe.contains(&byte) => {
                encoded.push(char::from(byte));
            }
            _ if is_upper => encoded.push_str(&format!("%{byte:02X}")),
            _ => encoded.push_str(&format!("%{byte:02x}")),
        }
    }
    differs(value, &encoded)
}

/// Percent-decoded once more.
fn decoded(value: &str) -> Option<Vec<u8>> {
    if !value.contains(['%', '+']) {
        return None;
    }
    let form = [b"v=", value.replace('&', "%26").as_bytes()].concat();
    let (_, plain) = form_urlencoded::parse(&form).next()?;
    differs(value, &plain)
}

fn is_json(value: &str) -> bool {
    value.trim_start().starts_with(['{', '['])
}

/// JSON with other white space: this behind commas and this behind colons, and none elsewhere.
fn respaced(value: &str, comma: &str, colon: &str) -> Option<Vec<u8>> {
    if !is_json(value) {
        return None;
    }
    let mut spaced = String::with_capacity(value.len() + 16);
    let (mut in_text, mut is_escaped) = (false, false);
    for character in value.chars() {
        if in_text {
            in_text = is_escaped || character != '"';
            is_escaped = character == '\\' && !is_escaped;
            spaced.push(character);
            continue;
        }
        match character {
            ' ' | '\t' | '\r' | '\n' => {}
            ',' => spaced.extend([",", comma]),
            ':' => spaced.extend([":", colon]),
            _ => {
                in_text = character == '"';
                spaced.push(character);
            }
        }
    }
    differs(value, &spaced)
}

/// JSON with everything beyond ASCII as `\uXXXX`.
fn escaped(value: &str, is_upper: bool) -> Option<Vec<u8>> {
    if !is_json(value) || value.is_ascii() {
        return None;
    }
    let mut escaped = String::with_capacity(value.len() * 2);
    for character in value.chars() {
        if character.is_ascii() {
            escaped.push(character);
            continue;
        }
        for unit in character.encode_utf16(&mut [0; 2]) {
            match is_upper {
                true => escaped.push_str(&format!("\\u{unit:04X}")),
                false => escaped.push_str(&format!("\\u{unit:04x}")),
            }
        }
    }
    differs(value, &escaped)
}

/// JSON whose `\uXXXX` are written out.
fn unescaped(value: &str) -> Option<Vec<u8>> {
    if !is_json(value) || !value.contains("\\u") {
        return None;
    }
    let mut units: Vec<u16> = Vec::with_capacity(value.len());
    let mut rest = value;
    while let Some(character) = rest.chars().next() {
        let code = rest.strip_prefix("\\u").and_then(|digits| digits.get(..4));
        match code.and_then(|digits| u16::from_str_radix(digits, 16).ok()) {
            Some(unit) => {
                units.push(unit);
                rest = rest.get(6..).unwrap_or_default();
            }
            None => {
                units.extend_from_slice(character.encode_utf16(&mut [0; 2]));
                rest = rest.get(character.len_utf8()..).unwrap_or_default();
            }
        }
    }
    differs(value, &String::from_utf16(&units).ok()?)
}
