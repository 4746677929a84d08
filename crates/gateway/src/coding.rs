//! Which content coding a caller asks for.

use http::HeaderMap;
use http::header::ACCEPT_ENCODING;

/// How the bytes of an answer go out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Coding {
    /// As they are.
    Identity,
    /// As one gzip member.
    Gzip,
}

/// A quality, in thousandths: 0 is "not acceptable".
type Quality = u16;

impl Coding {
    /// The coding that a request's `Accept-Encoding` asks for. gzip must be named: half of the
    /// official SDKs fail on what they did not name, so `*` alone is not taken at its word. What
    /// cannot be read asks for nothing.
    pub(crate) fn asked(headers: &HeaderMap) -> Self {
        let mut gzip: Option<Quality> = None;
        let mut identity: Option<Quality> = None;
        for line in headers.get_all(ACCEPT_ENCODING) {
            let Ok(line) = line.to_str() else { continue };
            for (coding, quality) in line.split(',').filter_map(element) {
                if coding.eq_ignore_ascii_case("gzip") || coding.eq_ignore_ascii_case("x-gzip") {
                    gzip = Some(quality);
                } else if coding.eq_ignore_ascii_case("identity") {
                    identity = Some(quality);
                }
            }
        }
        match gzip {
            // Where identity is not named it is acceptable, but was not preferred.
            Some(gzip) if gzip > 0 && gzip >= identity.unwrap_or(0) => Self::Gzip,
            _ => Self::Identity,
        }
    }
}

/// One element of the list: a coding and its quality (1 if it has none).
fn element(element: &str) -> Option<(&str, Quality)> {
    let mut parts = element.split(';').map(str::trim);
    let coding = parts.next().filter(|coding| !coding.is_empty())?;
    match parts.next() {
        None => Some((coding, 1000)),
        Some(weight) => {
            let (name, value) = weight.split_once('=')?;
            let is_last = parts.next().is_none() && name.trim().eq_ignore_ascii_case("q");
            is_last.then_some((coding, quality(value.trim())?))
        }
    }
}

/// `0`, `1`, or a decimal fraction between them of at most three digits (RFC 9110, 12.4.2).
fn quality(text: &str) -> Option<Quality> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if fraction.len() > 3 || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let thousandths = fraction
        .bytes()
        .chain(std::iter::repeat(b'0'))
        .take(3)
        .fold(0, |sum, digit| sum * 10 + Quality::from(digit - b'0'));
    match whole {
        "0" => Some(thousandths),
        "1" if thousandths == 0 => Some(1000),
        _ => None,
    }
}
