//! The files of an import as one stream of lines.

use std::fs::File;
use std::io::{self, Cursor, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use povline_domain::Appointment;
use povline_store::book::{ImportLine, Refusal};

use super::csv_lines::CsvLines;
use super::encoding::{Guess, SAMPLE_BYTES, guess};
use super::fields::refusal;
use super::ndjson_lines::NdjsonLines;
use super::starts::Starts;
use crate::args::{Encoding, InputFormat};

/// A file that is ready to be read.
pub(super) struct Opened {
    pub(super) name: String,
    pub(super) bytes: Option<u64>,
    lines: Lines,
    /// Columns that are not the contract's.
    pub(super) unknown_columns: Vec<String>,
    /// What was told from the file itself.
    pub(super) encoding: Encoding,
}

type Input = Counted<io::Chain<Cursor<Vec<u8>>, Box<dyn Read + Send>>>;

enum Lines {
    Csv(Box<CsvLines<Input>>),
    Ndjson(Box<NdjsonLines<Input>>),
    /// The file as a whole is refused at this line.
    Refused(Option<Refusal>),
}

/// Opens a file, or standard input for `-`, and tells what it is. `read` counts its bytes.
pub(super) fn open(
    path: &Path,
    format: Option<InputFormat>,
    encoding: Option<Encoding>,
    read: &Arc<AtomicU64>,
) -> io::Result<Opened> {
    let is_stdin = path.as_os_str() == "-";
    let (mut input, bytes): (Box<dyn Read + Send>, _) = if is_stdin {
        (Box::new(io::stdin()), None)
    } else {
        let file = File::open(path)?;
        let bytes = file.metadata()?.len();
        (Box::new(file), Some(bytes))
    };
    let mut sample = Vec::new();
    (&mut input)
        .take(SAMPLE_BYTES as u64)
        .read_to_end(&mut sample)?;
    let guessed = encoding.map_or_else(|| guess(&sample), Guess::Is);
    let format = format.unwrap_or_else(|| guess_format(path, &sample));
    let input = Counted {
        inner: Cursor::new(sample).chain(input),
        read: Arc::clone(read),
    };
    let mut unknown_columns = Vec::new();
    let (lines, encoding) = match (guessed, format) {
        (Guess::Utf16, _) => {
            let reason = "the file is in UTF-16; save it as UTF-8";
            (Lines::Refused(Some(refusal("", reason))), Encoding::Utf8)
        }
        (Guess::Is(encoding), InputFormat::Ndjson) => (
            Lines::Ndjson(Box::new(NdjsonLines::open(input, encoding))),
            encoding,
        ),
        (Guess::Is(encoding), InputFormat::Csv) => match CsvLines::open(input, encoding) {
            Ok((lines, unknown)) => {
                unknown_columns = unknown;
                (Lines::Csv(Box::new(lines)), encoding)
            }
            Err(refusal) => (Lines::Refused(Some(refusal)), encoding),
        },
    };
    Ok(Opened {
        name: if is_stdin {
            "standard input".to_owned()
        } else {
            path.display().to_string()
        },
        bytes,
        lines,
        unknown_columns,
        encoding,
    })
}

impl Iterator for Opened {
    type Item = (u64, Result<Appointment, Refusal>);

    fn next(&mut self) -> Option<Self::Item> {
        match &mut self.lines {
            Lines::Csv(lines) => lines.next(),
            Lines::Ndjson(lines) => lines.next(),
            Lines::Refused(refusal) => refusal.take().map(|refusal| (1, Err(refusal))),
        }
    }
}

/// Files one after the other. The book counts lines through all of them; [`Starts`] tells them
/// apart again.
pub(super) struct Files {
    opened: std::vec::IntoIter<Opened>,
    current: Option<Opened>,
    /// The line of the book's count at which the current file begins, less one.
    offset: u64,
    last: u64,
    starts: Arc<Starts>,
}

impl Files {
    pub(super) fn new(opened: Vec<Opened>) -> (Self, Arc<Starts>) {
        let starts = Arc::new(Starts::default());
        let files = Self {
            opened: opened.into_iter(),
            current: None,
            offset: 0,
            last: 0,
            starts: Arc::clone(&starts),
        };
        (files, starts)
    }
}

impl Iterator for Files {
    type Item = ImportLine;

    fn next(&mut self) -> Option<ImportLine> {
        loop {
            if let Some((line, row)) = self.current.as_mut().and_then(Iterator::next) {
                self.last = self.offset + line;
                return Some(ImportLine {
                    line: self.last,
                    row,
                });
            }
            self.current = Some(self.opened.next()?);
            self.offset = self.last;
            self.starts.push(self.offset);
        }
    }
}

fn guess_format(path: &Path, sample: &[u8]) -> InputFormat {
    let ending = path.extension().map(|ending| ending.to_ascii_lowercase());
    match ending.as_deref().and_then(|ending| ending.to_str()) {
        Some("csv") => InputFormat::Csv,
        Some("ndjson" | "jsonl" | "json") => InputFormat::Ndjson,
        _ => {
            let sample = sample.strip_prefix(super::encoding::MARK).unwrap_or(sample);
            match sample.iter().find(|byte| !byte.is_ascii_whitespace()) {
                Some(b'{') => InputFormat::Ndjson,
                _ => InputFormat::Csv,
            }
        }
    }
}

/// Counts the bytes that are read.
struct Counted<R> {
    inner: R,
    read: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let bytes = self.inner.read(buffer)?;
        self.read.fetch_add(bytes as u64, Ordering::Relaxed);
        Ok(bytes)
    }
}

/// The sum of the files' sizes, if all are known.
pub(super) fn total_bytes(opened: &[Opened]) -> Option<u64> {
    opened.iter().map(|file| file.bytes).sum()
}

/// Paths as they are told.
pub(super) fn names(opened: &[Opened]) -> Vec<String> {
    opened.iter().map(|file| file.name.clone()).collect()
}

/// Every path once: the same file twice would collide with itself.
pub(super) fn repeated(paths: &[PathBuf]) -> Option<&PathBuf> {
    (1..paths.len())
        .find(|place| paths[..*place].contains(&paths[*place]))
        .map(|place| &paths[place])
}
