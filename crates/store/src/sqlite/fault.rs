//! From errors of SQLite to what the caller can do about them.

use rusqlite::{Error, ErrorCode};

use crate::{StoreError, StoreErrorKind};

/// Why a job on the database failed.
#[derive(Debug)]
pub(crate) enum Fault {
    /// The engine said so.
    Sqlite(Error),
    /// We said so.
    Store(StoreError),
    /// The file is not one that this program may use, and why.
    NotOurs(String),
}

impl Fault {
    /// The store's error: what was being done, and whose fault it is. `what` completes
    /// "failed to …".
    pub(crate) fn during(self, what: &str) -> StoreError {
        match self {
            Self::Sqlite(error) => StoreError::new(kind(&error), what).caused_by(error),
            Self::Store(error) => error,
            Self::NotOurs(why) => {
                StoreError::new(StoreErrorKind::Corrupt, format!("{what}: {why}"))
            }
        }
    }

    /// Whether a constraint of the database refused a statement.
    pub(crate) fn is_constraint(error: &Error) -> bool {
        error.sqlite_error_code() == Some(ErrorCode::ConstraintViolation)
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self::Sqlite(error)
    }
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// A stored value is none that this program wrote. `what` names its column, not its content.
pub(crate) fn corrupt(what: &str) -> Fault {
    Fault::Store(StoreError::new(
        StoreErrorKind::Corrupt,
        format!("understand the stored {what}: restore the file from a backup"),
    ))
}

fn kind(error: &Error) -> StoreErrorKind {
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => StoreErrorKind::Busy,
        Some(ErrorCode::ConstraintViolation) => StoreErrorKind::Refused,
        Some(
            ErrorCode::DatabaseCorrupt
            | ErrorCode::NotADatabase
            | ErrorCode::SchemaChanged
            | ErrorCode::TypeMismatch
            | ErrorCode::Unknown,
        ) => StoreErrorKind::Corrupt,
        Some(_) => StoreErrorKind::Unavailable,
        // The engine had no complaint: what it returned was not what was written.
        None => StoreErrorKind::Corrupt,
    }
}
