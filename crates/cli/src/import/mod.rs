//! `import`: files of appointments, line by line, into the platform's book.
//!
//! Files are read and checked as they stream; nothing but a line is held. A line that is no
//! appointment becomes a refusal with its reason, and the book decides what becomes of the rest.
//! No text of a file is repeated in a reason: a shifted column may put a name anywhere.

#[cfg(test)]
mod any_bytes;
mod command;
mod csv_lines;
mod encoding;
mod fields;
mod ndjson_lines;
mod source;
mod starts;

pub(crate) use command::run;
