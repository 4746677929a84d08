//! Writes rows in the format that was asked for.

use std::io::{self, Write};

use clap::ValueEnum;
use comfy_table::{LineStyle, Table, TableStyle, presets};
use serde::ser::{Serialize, SerializeMap as _, Serializer};
use serde_json::value::RawValue;

/// How rows are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people
    Table,
    /// One JSON object on each line
    Ndjson,
    /// Comma-separated, with a header
    Csv,
    /// One JSON array of objects
    Json,
}

/// A column: its name for machines and its heading for people.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Column {
    pub(crate) field: &'static str,
    pub(crate) heading: &'static str,
}

impl Column {
    pub(crate) const fn new(field: &'static str, heading: &'static str) -> Self {
        Self { field, heading }
    }
}

/// A cell.
#[derive(Debug, Clone)]
pub(crate) enum Cell {
    Text(String),
    Number(i64),
    /// Several things: a text in tables and CSV, an array in JSON.
    Several(String, Vec<serde_json::Value>),
    /// A value that is JSON already: as it stands, everywhere.
    Json(Box<RawValue>),
    /// Nothing: empty in tables and CSV, null in JSON.
    Absent,
}

impl Cell {
    pub(crate) fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    pub(crate) fn count(count: u64) -> Self {
        Self::Number(i64::try_from(count).unwrap_or(i64::MAX))
    }

    fn shown(&self) -> String {
        match self {
            Self::Text(text) | Self::Several(text, _) => text.clone(),
            Self::Number(number) => number.to_string(),
            Self::Json(value) => value.get().to_owned(),
            Self::Absent => String::new(),
        }
    }
}

impl Serialize for Cell {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Text(text) => serializer.serialize_str(text),
            Self::Number(number) => serializer.serialize_i64(*number),
            Self::Several(_, things) => things.serialize(serializer),
            Self::Json(value) => value.serialize(serializer),
            Self::Absent => serializer.serialize_unit(),
        }
    }
}

/// A row as an object, its members in the order of the columns.
struct Object<'a>(&'static [Column], &'a [Cell]);

impl Serialize for Object<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (column, cell) in self.0.iter().zip(self.1) {
            map.serialize_entry(column.field, cell)?;
        }
        map.end()
    }
}

/// A line under the header, and nothing between rows.
const TABLE: TableStyle = presets::UTF8_NO_BORDERS.row_separator(LineStyle::none());

/// Writes rows as they come; a table is written at the end, when its widths are known.
pub(crate) struct RowWriter<W: Write> {
    out: W,
    format: Format,
    columns: &'static [Column],
    table: Table,
    rows: u64,
}

impl<W: Write> RowWriter<W> {
    pub(crate) fn new(out: W, format: Format, columns: &'static [Column]) -> Self {
        let mut table = Table::new();
        table.load_style(TABLE);
        table.set_header(columns.iter().map(|column| column.heading));
        Self {
            out,
            format,
            columns,
            table,
            rows: 0,
        }
    }

    /// Takes a row with a cell for each column.
    pub(crate) fn row(&mut self, cells: &[Cell]) -> io::Result<()> {
        let first = self.rows == 0;
        self.rows += 1;
        match self.format {
            Format::Table => {
                self.table.add_row(cells.iter().map(Cell::shown));
            }
            Format::Ndjson => {
                serde_json::to_writer(&mut self.out, &Object(self.columns, cells))?;
                self.out.write_all(b"\n")?;
            }
            Format::Json => {
                self.out.write_all(if first { b"[\n " } else { b",\n " })?;
                serde_json::to_writer(&mut self.out, &Object(self.columns, cells))?;
            }
            Format::Csv => {
                if first {
                    self.csv_header()?;
                }
                self.csv_line(cells.iter().map(Cell::shown))?;
            }
        }
        Ok(())
    }

    /// Hands on what was taken so far; a table goes out in parts.
    pub(crate) fn flush(&mut self) -> io::Result<()> {
        if self.format == Format::Table && self.table.row_count() > 0 {
            writeln!(self.out, "{}", self.table.trim_fmt())?;
            let mut next = Table::new();
            next.load_style(presets::NOTHING);
            self.table = next;
        }
        self.out.flush()
    }

    /// Writes what is left of rows that may not be all of them: where there is none, that does not
    /// say that there is nothing.
    pub(crate) fn finish_unproved(self) -> io::Result<()> {
        match self.format {
            Format::Table if self.rows == 0 => Ok(()),
            _ => self.finish(),
        }
    }

    /// Writes what is left.
    pub(crate) fn finish(mut self) -> io::Result<()> {
        match self.format {
            Format::Table if self.rows == 0 => writeln!(self.out, "(none 无)")?,
            Format::Json if self.rows == 0 => self.out.write_all(b"[]\n")?,
            Format::Json => self.out.write_all(b"\n]\n")?,
            Format::Csv if self.rows == 0 => self.csv_header()?,
            _ => {}
        }
        self.flush()
    }

    fn csv_header(&mut self) -> io::Result<()> {
        let columns = self.columns;
        self.csv_line(columns.iter().map(|column| column.field.to_owned()))
    }

    fn csv_line(&mut self, cells: impl Iterator<Item = String>) -> io::Result<()> {
        let mut writer = csv::WriterBuilder::new()
            .buffer_capacity(512)
            .from_writer(&mut self.out);
        writer.write_record(cells.collect::<Vec<_>>())?;
        writer.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: &[Column] = &[Column::new("id", "Id 编号"), Column::new("rows", "Rows 行")];

    fn written(format: Format, rows: &[[Cell; 2]]) -> String {
        let mut bytes = Vec::new();
        let mut writer = RowWriter::new(&mut bytes, format, COLUMNS);
        for row in rows {
            writer.row(row).unwrap();
        }
        writer.finish().unwrap();
        String::from_utf8(bytes).unwrap()
    }

    fn rows() -> [[Cell; 2]; 2] {
        [
            [Cell::text("a,\"b\""), Cell::Number(1)],
            [Cell::text("𠮷"), Cell::Absent],
        ]
    }

    #[test]
    fn each_format_is_what_its_readers_expect() {
        assert_eq!(
            written(Format::Csv, &rows()),
            "id,rows\n\"a,\"\"b\"\"\",1\n𠮷,\n"
        );
        assert_eq!(
            written(Format::Ndjson, &rows()),
            "{\"id\":\"a,\\\"b\\\"\",\"rows\":1}\n{\"id\":\"𠮷\",\"rows\":null}\n"
        );
        let json: serde_json::Value =
            serde_json::from_str(&written(Format::Json, &rows())).unwrap();
        assert_eq!(json[1]["id"], "𠮷");
        assert!(written(Format::Table, &rows()).contains("Id 编号"));
    }

    #[test]
    fn no_rows_are_still_a_document() {
        assert_eq!(written(Format::Csv, &[]), "id,rows\n");
        assert_eq!(written(Format::Ndjson, &[]), "");
        assert_eq!(written(Format::Json, &[]), "[]\n");
        assert_eq!(written(Format::Table, &[]), "(none 无)\n");
    }
}
