//! Signatures of requests.
//!
//! All parameters but `sign` are sorted by name in byte order and concatenated, name and value,
//! without separators; in the body variant (a batch, or a body that is not a form) the raw body
//! follows. That text is hashed together with the app's secret in one of three ways. An empty
//! value counts, as its bare name: PHP, Python, Node and C send and sign it, Java and .NET do
//! neither, so signing what was received suits them all.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use md5::{Digest as _, Md5};
use sha2::Sha256;
use subtle::ConstantTimeEq;

use crate::{Params, hex};

/// Signatures worked through, for clients in any language: JSON, made by a program that uses none of
/// the code here.
pub const VECTORS: &str = include_str!("../vectors.json");

/// How a request is signed (parameter `sign_method`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SignMethod {
    /// `md5`: MD5 of secret, text, secret. The protocol's oldest way and its default.
    Md5,
    /// `hmac`: HMAC-MD5 keyed with the secret.
    Hmac,
    /// `hmac-sha256`: HMAC-SHA-256 keyed with the secret. Prefer this one.
    HmacSha256,
}

impl SignMethod {
    /// Every method.
    pub const ALL: [Self; 3] = [Self::Md5, Self::Hmac, Self::HmacSha256];

    /// The value of `sign_method` on the wire.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Md5 => "md5",
            Self::Hmac => "hmac",
            Self::HmacSha256 => "hmac-sha256",
        }
    }

    /// The method that this value of `sign_method` names.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|method| method.word().eq_ignore_ascii_case(word))
    }
}

/// An app's secret. It is never printed.
#[derive(Clone)]
pub struct Secret(Box<str>);

impl Secret {
    /// Takes a secret.
    #[must_use]
    pub fn new(secret: impl Into<Box<str>>) -> Self {
        Self(secret.into())
    }

    /// The secret itself, for whoever must store it or hand it to its owner.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(***)")
    }
}

/// The text that is signed: for explaining a refused signature, and for tests.
#[must_use]
pub fn canonical<N: AsRef<str>, V: AsRef<str>>(pairs: &[(N, V)], body: &[u8]) -> Vec<u8> {
    let mut text = Signed::of(pairs, body, true).parameters();
    text.extend_from_slice(body);
    text
}

/// Signs parameters (any order; one named `sign` is left out) and, in the body variant, a raw
/// body. Upper-case hex, 32 or 64 characters.
#[must_use]
pub fn sign<N: AsRef<str>, V: AsRef<str>>(
    method: SignMethod,
    secret: &Secret,
    pairs: &[(N, V)],
    body: &[u8],
) -> String {
    Signed::of(pairs, body, true)
        .code(method, secret)
        .upper_hex()
}

/// Whether `signature` (hex, either case) is the right one for these parameters as received:
/// empty values included, or, as the older documentation allows, left out. The comparison takes
/// the same time wherever the two differ.
#[must_use]
pub fn verify(method: SignMethod, secret: &Secret, params: &Params<'_>, signature: &str) -> bool {
    let body = params.signed_body();
    let whole = Signed::of(params.pairs(), body, true).code(method, secret);
    if whole.equals_hex(signature) {
        return true;
    }
    let has_empty = params.pairs().iter().any(|(_, value)| value.is_empty());
    has_empty
        && Signed::of(params.pairs(), body, false)
            .code(method, secret)
            .equals_hex(signature)
}

/// Whether `signature` is the right one for a text with this key, in the same constant time. For
/// explaining a wrong signature, which tries texts that may have been signed.
pub(crate) fn verify_text(method: SignMethod, key: &[u8], text: &[u8], signature: &str) -> bool {
    let signed = Signed {
        sorted: Vec::new(),
        body: text,
    };
    signed.code_with(method, key).equals_hex(signature)
}

/// What a signature covers, in the order in which it covers it.
struct Signed<'a> {
    sorted: Vec<(&'a str, &'a str)>,
    body: &'a [u8],
}

impl<'a> Signed<'a> {
    fn of<N: AsRef<str>, V: AsRef<str>>(
        pairs: &'a [(N, V)],
        body: &'a [u8],
        with_empties: bool,
    ) -> Self {
        let mut sorted: Vec<(&str, &str)> = Vec::with_capacity(pairs.len());
        sorted.extend(
            pairs
                .iter()
                .map(|(name, value)| (name.as_ref(), value.as_ref()))
                .filter(|(name, value)| *name != "sign" && (with_empties || !value.is_empty())),
        );
        sorted.sort_by(|one, other| one.0.as_bytes().cmp(other.0.as_bytes()));
        Self { sorted, body }
    }

    /// The parameters in one piece: a hash takes each piece through a buffer of its own, which for
    /// twenty short ones costs as much as hashing them.
    fn parameters(&self) -> Vec<u8> {
        let bytes = |(name, value): &(&str, &str)| name.len() + value.len();
        let mut text = Vec::with_capacity(self.sorted.iter().map(bytes).sum());
        for (name, value) in &self.sorted {
            text.extend_from_slice(name.as_bytes());
            text.extend_from_slice(value.as_bytes());
        }
        text
    }

    fn code(&self, method: SignMethod, secret: &Secret) -> Code {
        self.code_with(method, secret.0.as_bytes())
    }

    fn code_with(&self, method: SignMethod, key: &[u8]) -> Code {
        Key::new(method, key).code(&[&self.parameters(), self.body])
    }
}

/// A secret made ready for one way of signing. HMAC hashes its key before any text, which takes as
/// long as 128 bytes of that.
#[derive(Clone)]
pub(crate) enum Key {
    Md5(Box<[u8]>),
    Hmac(Hmac<Md5>),
    HmacSha256(Hmac<Sha256>),
    /// HMAC takes keys of every length, so this is never made; it signs nothing.
    None,
}

impl Key {
    pub(crate) fn new(method: SignMethod, key: &[u8]) -> Self {
        match method {
            SignMethod::Md5 => Self::Md5(key.into()),
            SignMethod::Hmac => keyed(key).map_or(Self::None, Self::Hmac),
            SignMethod::HmacSha256 => keyed(key).map_or(Self::None, Self::HmacSha256),
        }
    }

    /// The code of a text, which may come in several pieces.
    pub(crate) fn code(&self, text: &[&[u8]]) -> Code {
        match self {
            Self::Md5(key) => {
                let mut hash = Md5::new();
                hash.update(key);
                text.iter().for_each(|piece| hash.update(piece));
                hash.update(key);
                Code::Short(hash.finalize().into())
            }
            Self::Hmac(mac) => Code::Short(finished(mac, text).into()),
            Self::HmacSha256(mac) => Code::Long(finished(mac, text).into()),
            Self::None => Code::None,
        }
    }
}

fn keyed<M: KeyInit>(key: &[u8]) -> Option<M> {
    M::new_from_slice(key).ok()
}

fn finished<M: Mac + Clone>(keyed: &M, text: &[&[u8]]) -> hmac::digest::Output<M> {
    let mut mac = keyed.clone();
    text.iter().for_each(|piece| mac.update(piece));
    mac.finalize().into_bytes()
}

/// An authentication code.
pub(crate) enum Code {
    Short([u8; 16]),
    Long([u8; 32]),
    /// HMAC takes keys of every length, so this is never made; it equals nothing.
    None,
}

impl Code {
    fn bytes(&self) -> &[u8] {
        match self {
            Self::Short(bytes) => bytes,
            Self::Long(bytes) => bytes,
            Self::None => &[],
        }
    }

    fn upper_hex(&self) -> String {
        let mut text = Vec::new();
        self.write_upper_hex(&mut text);
        // Digits are ASCII.
        String::from_utf8(text).unwrap_or_default()
    }

    /// Appends it as it stands in a request.
    pub(crate) fn write_upper_hex(&self, out: &mut Vec<u8>) {
        for byte in self.bytes() {
            out.extend_from_slice(&hex::upper(*byte));
        }
    }

    fn equals_hex(&self, text: &str) -> bool {
        let ours = self.bytes();
        if ours.is_empty() || text.len() != ours.len() * 2 {
            return false;
        }
        let mut theirs = [0_u8; 32];
        for (place, pair) in theirs.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
            let &[high, low] = pair else { return false };
            let Some(byte) = hex::byte(high, low) else {
                return false;
            };
            *place = byte;
        }
        let theirs = theirs.get(..ours.len()).unwrap_or_default();
        ours.ct_eq(theirs).into()
    }
}
