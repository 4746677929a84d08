//! A CSV file as a stream of rows.
//!
//! Commas, quotes and line ends are found in the bytes and each field is decoded by itself: in
//! GB18030 as in UTF-8 none of them can be part of another character, and a field that cannot be
//! decoded then spoils its own line only.

use std::io::{self, Read};

use csv::{ByteRecord, Reader, ReaderBuilder};
use povline_domain::Appointment;
use povline_store::book::Refusal;

use super::encoding::{MARK, decode};
use super::fields::{FIELDS, appointment, refusal, undecodable};
use crate::args::Encoding;

/// No row is longer: an appointment is some hundred bytes. A quotation mark that is never closed
/// would otherwise gather the rest of the file in memory.
const ROW_BYTES_MAX: usize = 64 << 10;

/// How much is read at once, so that a row may be longer than [`ROW_BYTES_MAX`] by so much.
const READ_BYTES: usize = 1 << 18;

/// The lines of a CSV file, each with its number in the file.
pub(super) struct CsvLines<R> {
    reader: Reader<RowBound<R>>,
    encoding: Encoding,
    columns: Columns,
    record: ByteRecord,
    over: bool,
}

/// Where the contract's fields stand in a record.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Columns {
    places: [usize; FIELDS.len()],
    count: usize,
}

impl<R: Read> CsvLines<R> {
    /// Reads the header; tells the columns that are not the contract's too.
    pub(super) fn open(source: R, encoding: Encoding) -> Result<(Self, Vec<String>), Refusal> {
        let mut reader = ReaderBuilder::new()
            .flexible(true)
            .has_headers(false)
            .buffer_capacity(READ_BYTES)
            .from_reader(RowBound::new(source));
        let mut record = ByteRecord::new();
        match reader.read_byte_record(&mut record) {
            Ok(true) if holds_a_line_end(&record) => {
                return Err(over_several_lines(1, reader.position().line()));
            }
            Ok(true) => {}
            Ok(false) => {
                return Err(refusal(
                    "",
                    "the file is empty; its first line must name the fields",
                ));
            }
            Err(error) => return Err(unreadable(&error, 1)),
        }
        let (columns, unknown) = columns(&record, encoding)?;
        let lines = Self {
            reader,
            encoding,
            columns,
            record,
            over: false,
        };
        Ok((lines, unknown))
    }

    fn row(&self) -> Result<Appointment, Refusal> {
        let Columns { places, count } = &self.columns;
        if self.record.len() != *count {
            return Err(refusal(
                "",
                format!(
                    "has {} fields and the header has {count}; a comma is missing or too many, or \
                     a text with a comma stands without quotes",
                    self.record.len()
                ),
            ));
        }
        let mut texts = [const { std::borrow::Cow::Borrowed("") }; FIELDS.len()];
        for ((text, place), field) in texts.iter_mut().zip(places).zip(FIELDS) {
            let bytes = self.record.get(*place).unwrap_or_default();
            *text = decode(self.encoding, bytes).ok_or_else(|| undecodable(field))?;
        }
        appointment(std::array::from_fn(|place| &*texts[place]))
    }
}

impl<R: Read> Iterator for CsvLines<R> {
    type Item = (u64, Result<Appointment, Refusal>);

    fn next(&mut self) -> Option<Self::Item> {
        if self.over {
            return None;
        }
        let begins_on = self.reader.position().line();
        self.reader.get_mut().begin_row();
        match self.reader.read_byte_record(&mut self.record) {
            Ok(false) => None,
            Ok(true) => {
                let line = self.record.position().map_or(0, csv::Position::line);
                if holds_a_line_end(&self.record) {
                    // Which of the lines that it has taken in are rows, nobody can tell.
                    self.over = true;
                    let ended_on = self.reader.position().line();
                    return Some((line, Err(over_several_lines(line, ended_on))));
                }
                Some((line, self.row()))
            }
            Err(error) => {
                // What follows a failed read is not what stands in the file.
                self.over = true;
                Some((begins_on, Err(unreadable(&error, begins_on))))
            }
        }
    }
}

/// Whether a field, be it of a column that is passed over, goes on over the end of its line: mostly
/// the rows of these lines stand in it, because a quotation mark was not closed.
fn holds_a_line_end(record: &ByteRecord) -> bool {
    let mut bytes = record.iter().flatten();
    bytes.any(|byte| matches!(byte, b'\n' | b'\r'))
}

/// Why a record that took in the lines after its first one, and all after it, is refused.
fn over_several_lines(begins_on: u64, ended_on: u64) -> Refusal {
    let last = ended_on.saturating_sub(1).max(begins_on);
    refusal(
        "",
        format!(
            "a text in quotation marks goes on to line {last}, and nothing after it was read; close \
             or remove the quotation mark on line {begins_on}, or take the line end out of that \
             cell, and import the file again"
        ),
    )
}

fn columns(header: &ByteRecord, encoding: Encoding) -> Result<(Columns, Vec<String>), Refusal> {
    let mut names = Vec::with_capacity(header.len());
    for (place, bytes) in header.iter().enumerate() {
        let bytes = match place {
            0 => bytes.strip_prefix(MARK).unwrap_or(bytes),
            _ => bytes,
        };
        let name = decode(encoding, bytes).ok_or_else(|| undecodable(""))?;
        names.push(name.trim().trim_matches('"').to_owned());
    }
    let mut places = [0; FIELDS.len()];
    for (place, field) in places.iter_mut().zip(FIELDS) {
        let mut found = (0..names.len()).filter(|at| names[*at] == field);
        *place = found.next().ok_or_else(|| {
            refusal(
                field,
                format!(
                    "is no column of the file; its first line must name {}",
                    FIELDS.join(",")
                ),
            )
        })?;
        if found.next().is_some() {
            return Err(refusal(field, "is a column twice; keep one of them"));
        }
    }
    let count = names.len();
    names.retain(|name| !FIELDS.contains(&name.as_str()));
    Ok((Columns { places, count }, names))
}

/// Why the row that begins on this line, and all after it, cannot be read.
fn unreadable(error: &csv::Error, begins_on: u64) -> Refusal {
    let cause = match error.kind() {
        csv::ErrorKind::Io(error) if error.kind() == io::ErrorKind::FileTooLarge => {
            return refusal(
                "",
                format!(
                    "the row that begins on line {begins_on} is longer than {} KiB, and nothing \
                     after it was read; look for a quotation mark there that is not closed, close \
                     or remove it, and import the file again",
                    ROW_BYTES_MAX >> 10
                ),
            );
        }
        csv::ErrorKind::Io(error) => error.kind().to_string(),
        _ => "no CSV".to_owned(),
    };
    refusal(
        "",
        format!("the file cannot be read on: {cause}; look at the disk or the file"),
    )
}

/// Refuses to read on once a row is longer than any is.
struct RowBound<R> {
    source: R,
    /// Bytes that were read since the row began.
    bytes: usize,
}

impl<R> RowBound<R> {
    fn new(source: R) -> Self {
        Self { source, bytes: 0 }
    }

    fn begin_row(&mut self) {
        self.bytes = 0;
    }
}

impl<R: Read> Read for RowBound<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.bytes > ROW_BYTES_MAX {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        let bytes = self.source.read(buffer)?;
        self.bytes += bytes;
        Ok(bytes)
    }
}
