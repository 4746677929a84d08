//! The digest by which an unchanged answer is known without reading its rows.

use povline_domain::Digest;
use twox_hash::XxHash3_128;

use crate::decode::{self, DecodeError};
use crate::xml;

/// Longer ids are left to the parser.
const ID_BYTES_MAX: usize = 64;

/// The digest of the bytes of an answer's `result`; `request_id`, which differs with every
/// answer, stays out of it. Equal digests mean equal results, written in the same way.
///
/// An answer of the usual shape is cut at both ends and hashed, nothing more: whether the middle
/// can be read at all was settled when its digest was first kept. Any other shape is parsed.
///
/// # Errors
/// [`DecodeError`] if there is no `result`: nothing that failed has a digest.
pub fn result_digest(body: &[u8]) -> Result<Digest, DecodeError> {
    let result = match usual_json(body).or_else(|| usual_xml(body)) {
        Some(result) => result,
        None => decode::result_bytes(body)?,
    };
    Ok(Digest(XxHash3_128::oneshot(result)))
}

/// The result in `{"…_response":{"result":…,"request_id":"…"}}` or, simplified,
/// `{"result":…,"request_id":"…"}`.
///
/// The end is certain: a quote after a comma cannot stand inside a string, so in a document that
/// can be read at all `request_id` is the last member of the object that the last braces close.
fn usual_json(body: &[u8]) -> Option<&[u8]> {
    const RESULT: &[u8] = b"\"result\":";
    let inner = body.strip_prefix(b"{")?;
    if let Some(content) = inner.strip_prefix(RESULT) {
        return without_json_id(content, b"\"}");
    }
    let named = inner.strip_prefix(b"\"")?;
    let (name, rest) = named.split_at_checked(memchr::memchr(b'"', named)?)?;
    if !is_answer_name(name) {
        return None;
    }
    let content = rest.strip_prefix(b"\":{")?.strip_prefix(RESULT)?;
    without_json_id(content, b"\"}}")
}

fn without_json_id<'a>(content: &'a [u8], end: &[u8]) -> Option<&'a [u8]> {
    let (content, _) = split_id(content.strip_suffix(end)?)?;
    content.strip_suffix(b",\"request_id\":\"")
}

/// The result in `<…_response><result>…</result><request_id>…</request_id></…_response>`, with
/// or without a prolog before it; a host's comment after it is left to the parser.
///
/// Neither a comment nor CDATA can hold the end: their own closing marks would have to follow.
fn usual_xml(body: &[u8]) -> Option<&[u8]> {
    let inner = body
        .strip_prefix(xml::PROLOG.as_bytes())
        .unwrap_or(body)
        .strip_prefix(b"<")?;
    let (name, rest) = inner.split_at_checked(memchr::memchr(b'>', inner)?)?;
    if !is_answer_name(name) {
        return None;
    }
    let content = rest.strip_prefix(b"><result>")?;
    let content = content
        .strip_suffix(b">")?
        .strip_suffix(name)?
        .strip_suffix(b"</request_id></")?;
    let (content, _) = split_id(content)?;
    content.strip_suffix(b"</result><request_id>")
}

/// Whether this is the root's name of an answer that is no error.
fn is_answer_name(name: &[u8]) -> bool {
    name.ends_with(b"_response")
        && name != b"error_response"
        && name
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
}

/// Cuts off the id at the end.
fn split_id(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let length = text
        .iter()
        .rev()
        .take_while(|byte| byte.is_ascii_alphanumeric())
        .count();
    (1..=ID_BYTES_MAX)
        .contains(&length)
        .then(|| text.split_at_checked(text.len() - length))
        .flatten()
}
