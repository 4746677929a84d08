//! Reading `multipart/form-data`, as the C and Node SDKs send every parameter.
//!
//! The usual libraries for it are async readers of sockets; this crate has no I/O, the body is
//! already here and bounded, and borrowing from it is all that is needed. Values are raw UTF-8,
//! never percent-encoded. A part with a `filename` is a file, which no signature covers.

use std::borrow::Cow;

use memchr::memmem;

use super::{Params, ParamsError, attribute};

/// Longer boundaries are forbidden (RFC 2046, 5.1.1).
const BOUNDARY_BYTES_MAX: usize = 70;
/// A part's header is two or three short lines.
const HEADER_BYTES_MAX: usize = 4096;
/// What may stand before the first delimiter (RFC 2046, 5.1.1). .NET's SDK sends one line end.
const PREAMBLE_BYTES_MAX: usize = 1024;

pub(super) fn read<'a>(
    body: &'a [u8],
    boundary: &str,
    params: &mut Params<'a>,
) -> Result<(), ParamsError> {
    if boundary.is_empty() || boundary.len() > BOUNDARY_BYTES_MAX {
        return Err(ParamsError::Multipart);
    }
    let delimiter = [b"\r\n--", boundary.as_bytes()].concat();
    let delimiter = memmem::Finder::new(&delimiter);
    let mut rest = after_opening(body, &delimiter).ok_or(ParamsError::Multipart)?;
    loop {
        rest = match rest {
            // The closing delimiter; what follows it is an epilogue to be ignored.
            [b'-', b'-', ..] => return Ok(()),
            _ => after_line_end(rest).ok_or(ParamsError::Multipart)?,
        };
        let end = delimiter.find(rest).ok_or(ParamsError::Multipart)?;
        let (part, tail) = rest.split_at(end);
        read_part(part, params)?;
        rest = tail
            .get(delimiter.needle().len()..)
            .ok_or(ParamsError::Multipart)?;
    }
}

/// What stands after the first delimiter, which needs no line end before it where nothing else
/// stands there, either.
fn after_opening<'a>(body: &'a [u8], delimiter: &memmem::Finder<'_>) -> Option<&'a [u8]> {
    let at_once = delimiter.needle().strip_prefix(b"\r\n")?;
    if let Some(rest) = body.strip_prefix(at_once) {
        return Some(rest);
    }
    let looked_through = body
        .len()
        .min(PREAMBLE_BYTES_MAX + delimiter.needle().len());
    let preamble = delimiter.find(body.get(..looked_through)?)?;
    // If the first one that is found closes, the opening one was not written as one.
    let rest = body.get(preamble + delimiter.needle().len()..)?;
    (!rest.starts_with(b"--")).then_some(rest)
}

/// What stands after a delimiter's padding and line end.
fn after_line_end(rest: &[u8]) -> Option<&[u8]> {
    let blanks = rest
        .iter()
        .take_while(|byte| matches!(byte, b' ' | b'\t'))
        .count();
    rest.get(blanks..)?.strip_prefix(b"\r\n")
}

fn read_part<'a>(part: &'a [u8], params: &mut Params<'a>) -> Result<(), ParamsError> {
    let header_limit = part.len().min(HEADER_BYTES_MAX);
    let head = part.get(..header_limit).unwrap_or_default();
    let end = memmem::find(head, b"\r\n\r\n").ok_or(ParamsError::Multipart)?;
    let (header, value) = part.split_at(end);
    let value = value.get(4..).unwrap_or_default();
    let header = std::str::from_utf8(header).map_err(|_| ParamsError::NotUtf8)?;
    let disposition = header
        .split("\r\n")
        .find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.trim()
                .eq_ignore_ascii_case("content-disposition")
                .then_some(value)
        })
        .ok_or(ParamsError::Multipart)?;
    let name = attribute(disposition, "name").ok_or(ParamsError::Multipart)?;
    if attribute(disposition, "filename").is_some() {
        return params.push_file(Cow::Borrowed(name));
    }
    let value = std::str::from_utf8(value).map_err(|_| ParamsError::NotUtf8)?;
    params.push(Cow::Borrowed(name), Cow::Borrowed(value))
}
