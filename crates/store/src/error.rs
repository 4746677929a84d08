//! What can go wrong in a store, by what the caller can do about it.

use std::error::Error;
use std::fmt;

/// What the caller can do about a failed store operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoreErrorKind {
    /// Somebody else holds the store, or it is overloaded: nothing was done, and the same call may
    /// succeed later.
    Busy,
    /// The store cannot be reached, written or read: a person must look (disk, rights, network).
    Unavailable,
    /// The store's content is not what this program wrote, or was written by a newer one.
    Corrupt,
    /// A rule of the field that the store guards was about to be broken (an id or a pick code
    /// that is taken already, an unknown POV or app): the request is wrong, not the store.
    Refused,
}

/// A failed store operation.
#[derive(Debug)]
pub struct StoreError {
    kind: StoreErrorKind,
    what: String,
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl StoreError {
    /// An error of this kind. `what` completes "failed to …" and holds no patient's data.
    pub fn new(kind: StoreErrorKind, what: impl Into<String>) -> Self {
        Self {
            kind,
            what: what.into(),
            source: None,
        }
    }

    /// The same with the error that caused it.
    #[must_use]
    pub fn caused_by(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// What the caller can do about it.
    #[must_use]
    pub fn kind(&self) -> StoreErrorKind {
        self.kind
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

impl Error for StoreError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source
            .as_ref()
            .map(|source| &**source as &(dyn Error + 'static))
    }
}
