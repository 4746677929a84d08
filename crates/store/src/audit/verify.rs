//! Going along the chain.

use std::fmt;

use super::{AuditHead, AuditTrail, ChainHash, ChainRecord};
use crate::StoreError;

/// Records read at a time: readings are large.
const RECORDS_PER_READ: usize = 256;

/// What is wrong where a chain is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChainFault {
    /// The record is not there: the next one that is has this number.
    Missing {
        /// The number of the record that stands next.
        found: i64,
    },
    /// The record or one before it was changed, or stood elsewhere.
    Altered,
    /// The record has lost its hash.
    NoHash,
    /// The chain ends before this record, which the head names.
    CutOff,
    /// The record is not the one that the head names.
    OtherHead,
}

/// The first place at which a chain is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Broken {
    /// The number of the record.
    pub sequence: i64,
    /// What is wrong with it.
    pub fault: ChainFault,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = self.sequence;
        match self.fault {
            ChainFault::Missing { found } => {
                write!(f, "record {at} is missing; record {found} follows")
            }
            ChainFault::Altered => write!(f, "record {at} or one before it was altered or moved"),
            ChainFault::NoHash => write!(f, "record {at} has lost its hash"),
            ChainFault::CutOff => write!(f, "record {at}, which the head names, was cut off"),
            ChainFault::OtherHead => write!(f, "record {at} is not the one that the head names"),
        }
    }
}

/// What became of a verification.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verdict {
    /// How many records hold, counted from the first.
    pub records: u64,
    /// How many of them are older than the chain. They are covered by its first hash.
    pub older: u64,
    /// The end of what holds.
    pub head: AuditHead,
    /// Where the chain is broken, if it is.
    pub broken: Option<Broken>,
}

/// Follows the whole chain, and tells `progress` how many records were read. With `known`, a head
/// that was kept elsewhere, also looks whether the chain still leads through it.
///
/// # Errors
/// [`StoreError`] if the records cannot be read.
pub async fn verify<T: AuditTrail>(
    trail: &T,
    known: Option<AuditHead>,
    mut progress: impl FnMut(u64),
) -> Result<Verdict, StoreError> {
    let mut walk = Walk::new(known, trail.chained_from().await?);
    loop {
        let records = trail
            .chain_after(walk.verdict.head.sequence, RECORDS_PER_READ)
            .await?;
        for record in &records {
            if let Err(broken) = walk.step(record) {
                return Ok(walk.broken(broken));
            }
        }
        progress(walk.verdict.records);
        if records.len() < RECORDS_PER_READ {
            return Ok(walk.end());
        }
    }
}

/// A walk along a chain.
struct Walk {
    verdict: Verdict,
    known: Option<AuditHead>,
    /// From here on every record has a hash.
    chained_from: i64,
}

impl Walk {
    fn new(known: Option<AuditHead>, chained_from: i64) -> Self {
        Self {
            verdict: Verdict {
                records: 0,
                older: 0,
                head: AuditHead {
                    sequence: 0,
                    hash: ChainHash::BEGIN,
                },
                broken: None,
            },
            known,
            chained_from,
        }
    }

    fn step(&mut self, record: &ChainRecord) -> Result<(), Broken> {
        let verdict = &mut self.verdict;
        let sequence = verdict.head.sequence + 1;
        let broken = |fault| Err(Broken { sequence, fault });
        if record.sequence != sequence {
            return broken(ChainFault::Missing {
                found: record.sequence,
            });
        }
        let hash = record.hash_after(verdict.head.hash);
        match record.hash {
            Some(recorded) if recorded != hash => return broken(ChainFault::Altered),
            // A hash before the place where the chain is said to begin: that was put further back.
            Some(_) => self.chained_from = self.chained_from.min(sequence),
            None if sequence >= self.chained_from => return broken(ChainFault::NoHash),
            None => verdict.older += 1,
        }
        let head = AuditHead { sequence, hash };
        if self
            .known
            .is_some_and(|known| known.sequence == sequence && known != head)
        {
            return broken(ChainFault::OtherHead);
        }
        verdict.records += 1;
        verdict.head = head;
        Ok(())
    }

    fn broken(self, broken: Broken) -> Verdict {
        Verdict {
            broken: Some(broken),
            ..self.verdict
        }
    }

    /// The end of the records: is it behind the head that is known?
    fn end(self) -> Verdict {
        match self.known {
            Some(known) if known.sequence > self.verdict.head.sequence => self.broken(Broken {
                sequence: known.sequence,
                fault: ChainFault::CutOff,
            }),
            Some(known) if known.sequence == 0 && known.hash != ChainHash::BEGIN => {
                self.broken(Broken {
                    sequence: 0,
                    fault: ChainFault::OtherHead,
                })
            }
            _ => self.verdict,
        }
    }
}
