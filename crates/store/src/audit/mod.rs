//! Who read or changed which POV-day, when, and what came of it, so that nobody can take a line out
//! unnoticed.
//!
//! Every record holds the hash of itself and of the record before it. A changed, removed or
//! reordered record therefore breaks the chain where it stood, and a head that was written down
//! elsewhere ([`AuditHead`]) tells whether records were cut off the end. The book remembers from which
//! record on it is chained, so hashes that are gone are noticed, be it all of them. What a chain cannot
//! tell is whether somebody who may write to the file has made *all* of it anew: only a head that is
//! kept out of his reach does.
//!
//! Changes are recorded in the transaction that makes them. Reads are far more, so they are gathered
//! ([`Reading`]) and many of them recorded as one.

mod chain;
mod list;
mod readings;
mod verify;

pub use chain::{AuditHead, BadHead, ChainHash, ChainRecord};
pub use list::{AuditEntry, AuditFilter};
pub use readings::{ReadResult, Reading};
pub use verify::{Broken, ChainFault, Verdict, verify};

pub(crate) use readings::{READINGS_PER_RECORD, write_readings};

use std::future::Future;

use povline_domain::UnixMillis;

use crate::StoreError;

/// The action of a record that holds readings.
pub const READ: &str = "read";

/// The audit of a book on any engine.
pub trait AuditTrail: Send + Sync + 'static {
    /// Records readings, all of them or none. No follower of the book's changes is woken.
    fn record_readings(
        &self,
        at: UnixMillis,
        readings: Vec<Reading>,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// The records after this one (0 for all), oldest first, at most `records_max`, as they stand.
    fn chain_after(
        &self,
        after: i64,
        records_max: usize,
    ) -> impl Future<Output = Result<Vec<ChainRecord>, StoreError>> + Send;

    /// The number of the first record that must have a hash: 1, unless the book was in use before it
    /// was chained.
    fn chained_from(&self) -> impl Future<Output = Result<i64, StoreError>> + Send;

    /// The last record's number and hash.
    fn audit_head(&self) -> impl Future<Output = Result<AuditHead, StoreError>> + Send;
}
