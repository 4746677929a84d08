//! The meaning of scans: each rule alone, and all of them over arbitrary sequences.

mod absence;
pub mod memory;
pub mod property;
mod shown;
pub mod support;
