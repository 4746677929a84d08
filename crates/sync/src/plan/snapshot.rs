//! What was learned, as bytes that survive a restart.

/// Bytes that are no snapshot of this planner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SnapshotError;
