//! Texts that may have been signed.

use std::borrow::Cow;

use super::{CANONICAL_CHARS_MAX, Place, Secrets};
use crate::{Params, SignMethod};

/// One parameter of a text; values may be bytes of another charset.
pub(super) type Pair<'a> = (&'a str, Cow<'a, [u8]>);

/// What was received, in the order in which it must be signed.
pub(super) struct Text<'a> {
    /// Sorted, without `sign`.
    pub(super) pairs: Vec<Pair<'a>>,
    pub(super) body: &'a [u8],
}

impl<'a> Text<'a> {
    pub(super) fn of(params: &'a Params<'_>) -> Self {
        let mut pairs = received(params);
        pairs.sort_by(|one, other| one.0.as_bytes().cmp(other.0.as_bytes()));
        Self {
            pairs,
            body: params.signed_body(),
        }
    }

    /// The canonical text.
    pub(super) fn bytes(&self) -> Vec<u8> {
        join(&self.pairs, self.body)
    }

    /// Where another text differs first.
    pub(super) fn first_difference(&self, other: &[u8]) -> Option<Place> {
        let ours = self.bytes();
        let same = ours.iter().zip(other).take_while(|(a, b)| a == b).count();
        if same == ours.len() && same == other.len() {
            return None;
        }
        // In the midst of a character the difference begins with that character.
        let before = ours.get(..same).unwrap_or_default();
        let before = match std::str::from_utf8(before) {
            Ok(text) => text.len(),
            Err(error) => error.valid_up_to(),
        };
        let text = String::from_utf8_lossy(ours.get(..before).unwrap_or_default());
        let mut end = 0;
        let parameter = self.pairs.iter().find(|(name, value)| {
            end += name.len() + value.len();
            before < end
        });
        Some(Place {
            character: text.chars().count(),
            parameter: parameter.map(|(name, _)| (*name).to_owned()),
        })
    }

    /// The canonical text for a person: no secret, no control characters, not too long.
    pub(super) fn shown(&self, method: SignMethod, secrets: Secrets<'_>) -> String {
        let bytes = self.bytes();
        // What is cut off is not looked at either: a body may be large.
        let head = bytes.get(..CANONICAL_CHARS_MAX * 8).unwrap_or(&bytes);
        let mut text = String::from_utf8_lossy(head).into_owned();
        // Some callers send their secret as a parameter.
        for secret in secrets.live.iter().chain(secrets.retired) {
            if !secret.reveal().is_empty() {
                text = text.replace(secret.reveal(), "***");
            }
        }
        let mut shown = String::with_capacity(text.len() + 32);
        for (count, character) in text.chars().enumerate() {
            if count == CANONICAL_CHARS_MAX {
                shown.push('…');
                break;
            }
            match character {
                '\u{fffe}' | '\u{ffff}' => shown.extend(character.escape_unicode()),
                _ if character.is_control() => shown.extend(character.escape_default()),
                _ => shown.push(character),
            }
        }
        match method {
            SignMethod::Md5 => format!("***{shown}***"),
            SignMethod::Hmac | SignMethod::HmacSha256 => shown,
        }
    }
}

/// The parameters in the order in which they were received, without `sign`.
pub(super) fn received<'a>(params: &'a Params<'_>) -> Vec<Pair<'a>> {
    let pairs = params.pairs().iter();
    pairs
        .filter(|(name, _)| name != "sign")
        .map(|(name, value)| (name.as_ref(), Cow::Borrowed(value.as_bytes())))
        .collect()
}

/// Names and values without separators, then a body.
pub(super) fn join(pairs: &[Pair<'_>], body: &[u8]) -> Vec<u8> {
    let mut text = Vec::with_capacity(256 + body.len());
    for (name, value) in pairs {
        text.extend_from_slice(name.as_bytes());
        text.extend_from_slice(value);
    }
    text.extend_from_slice(body);
    text
}

/// Names and values with separators.
pub(super) fn join_with(pairs: &[Pair<'_>], equals: &str, and: &str, body: &[u8]) -> Vec<u8> {
    let mut text = Vec::with_capacity(256 + body.len());
    for (place, (name, value)) in pairs.iter().enumerate() {
        if place > 0 {
            text.extend_from_slice(and.as_bytes());
        }
        text.extend_from_slice(name.as_bytes());
        text.extend_from_slice(equals.as_bytes());
        text.extend_from_slice(value);
    }
    text.extend_from_slice(body);
    text
}
