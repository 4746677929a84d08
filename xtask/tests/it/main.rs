//! The checker of walls is checked, and so are the walls.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod walls;
