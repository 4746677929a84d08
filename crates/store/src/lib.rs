//! The platform's book and the agent's ledger behind engine-neutral traits.
//!
//! The two never meet: the [`book`] is the platform's truth, the [`ledger`] is what an agent knows
//! of somebody's truth. Both traits speak of the field alone. No type, error or promise of theirs
//! belongs to one database engine, and each has a conformance suite that every engine must pass.
//! Beside the book stand its [`audit`] and, in a file of its own, the [`journal`] of calls.

mod error;
mod sqlite;
mod stranger;

pub mod audit;
pub mod book;
pub mod journal;
pub mod ledger;

pub use error::{StoreError, StoreErrorKind};
pub use stranger::{StrangersRow, query_rows};
