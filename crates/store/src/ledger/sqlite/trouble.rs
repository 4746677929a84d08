//! How the ledger's code tells what went wrong.

use crate::sqlite::Fault;
use crate::{StoreError, StoreErrorKind};

pub(super) use crate::sqlite::corrupt;

pub(super) type Outcome<T> = Result<T, Fault>;

/// What was asked for contradicts what is known. `what` completes "failed to …".
pub(super) fn refused(what: &str) -> Fault {
    Fault::Store(StoreError::new(StoreErrorKind::Refused, what))
}
