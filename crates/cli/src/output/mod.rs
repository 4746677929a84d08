//! Rows on standard output: a table for people, NDJSON, CSV and JSON for machines.

mod rows;
mod terminal;

pub(crate) use rows::{Cell, Column, Format, RowWriter};
pub(crate) use terminal::{colour_on_stderr, stderr_is_terminal};
