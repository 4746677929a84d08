//! The chain: what a record's hash covers.

use std::fmt;
use std::str::FromStr;

use sha2::{Digest, Sha256};
use thiserror::Error;

/// Stands before everything that is hashed, so that no hash made for another purpose is one of ours.
const PURPOSE: &[u8] = b"povline audit 1\0";

/// The hash of a record and, through the record before it, of all before it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct ChainHash([u8; 32]);

impl ChainHash {
    /// What stands before the first record.
    pub const BEGIN: Self = Self([0; 32]);

    /// The hash with these bytes, if they are 32.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// Its 32 bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for ChainHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for ChainHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ChainHash({self})")
    }
}

/// The end of a chain. Written `4711:` and 64 hexadecimal digits; keep it where nobody who can write
/// to the book can write too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AuditHead {
    /// The last record's number; 0 if there is none.
    pub sequence: i64,
    /// Its hash.
    pub hash: ChainHash,
}

impl fmt::Display for AuditHead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.sequence, self.hash)
    }
}

/// A text is no head of a chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("is not a record's number, a colon and 64 hexadecimal digits, as `audit head` prints them")]
pub struct BadHead;

impl FromStr for AuditHead {
    type Err = BadHead;

    fn from_str(text: &str) -> Result<Self, BadHead> {
        let (sequence, hash) = text.split_once(':').ok_or(BadHead)?;
        let sequence = sequence.parse().map_err(|_| BadHead)?;
        let digits = hash.chars().map(|digit| digit.to_digit(16));
        let digits: Vec<u8> = digits
            .map(|digit| digit.map(|digit| digit as u8))
            .collect::<Option<_>>()
            .ok_or(BadHead)?;
        let bytes: Vec<u8> = digits
            .chunks(2)
            .map(|two| two.iter().fold(0, |sum, digit| sum << 4 | digit))
            .collect();
        if digits.len() != 64 || sequence < 0 {
            return Err(BadHead);
        }
        let hash = ChainHash::from_bytes(&bytes).ok_or(BadHead)?;
        Ok(Self { sequence, hash })
    }
}

/// A record as it stands in the book, before anything in it is believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChainRecord {
    /// Its number, from 1, without gaps.
    pub sequence: i64,
    /// When, in milliseconds since 1970.
    pub at: i64,
    /// Who.
    pub actor: String,
    /// What was done, in one word.
    pub action: String,
    /// The POV it was done to, where it was one.
    pub pov: Option<i64>,
    /// The day it was done to, in days since 1970.
    pub day: Option<i64>,
    /// Whether it changed who may call or read.
    pub access: bool,
    /// What it was done to otherwise.
    pub object: String,
    /// How many rows it touched, or how often was read.
    pub rows: i64,
    /// Readings in their stored form.
    pub readings: Option<Vec<u8>>,
    /// The recorded hash; none in records that are older than the chain.
    pub hash: Option<ChainHash>,
}

impl ChainRecord {
    /// The hash that this record must have behind `previous`.
    #[must_use]
    pub fn hash_after(&self, previous: ChainHash) -> ChainHash {
        let Self {
            sequence,
            at,
            actor,
            action,
            pov,
            day,
            access,
            object,
            rows,
            readings,
            hash: _,
        } = self;
        let mut hash = Sha256::new();
        hash.update(PURPOSE);
        hash.update(previous.0);
        for number in [*sequence, *at, *rows, i64::from(*access)] {
            hash.update(number.to_be_bytes());
        }
        for number in [pov, day] {
            hash.update([u8::from(number.is_some())]);
            hash.update(number.unwrap_or_default().to_be_bytes());
        }
        // Each length stands before its bytes, so that none can move from one field to the next.
        for bytes in [actor.as_bytes(), action.as_bytes(), object.as_bytes()] {
            hash.update((bytes.len() as u64).to_be_bytes());
            hash.update(bytes);
        }
        if let Some(readings) = readings {
            hash.update((readings.len() as u64).to_be_bytes());
            hash.update(readings);
        }
        ChainHash(hash.finalize().into())
    }
}
