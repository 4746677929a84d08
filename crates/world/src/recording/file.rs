//! A recording as a file: a head, and a line for each call.

use std::io::{self, BufRead, Write};

use povline_domain::UnixMillis;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::call::RecordedCall;

/// The version of the form.
const VERSION: u32 = 1;

/// Why a recording cannot be read.
#[derive(Debug, Error)]
pub enum RecordingFileError {
    /// The file cannot be read.
    #[error("the recording cannot be read")]
    File(#[from] io::Error),
    /// It does not begin as a recording does.
    #[error("this is no recording of version {VERSION}")]
    Foreign,
    /// A line is damaged.
    #[error("line {line} of the recording is damaged: take the line out, or record again")]
    Line {
        /// Which line, from 1.
        line: usize,
    },
}

#[derive(Debug, Serialize, Deserialize)]
struct Head {
    povline_recording: u32,
    begun_at: i64,
}

/// Writes the head of a recording that began at an instant.
///
/// # Errors
/// If it cannot be written.
pub fn write_head(out: &mut impl Write, begun_at: UnixMillis) -> io::Result<()> {
    let head = Head {
        povline_recording: VERSION,
        begun_at: begun_at.0,
    };
    serde_json::to_writer(&mut *out, &head)?;
    writeln!(out)
}

/// Writes a call.
///
/// # Errors
/// If it cannot be written.
pub fn write_call(out: &mut impl Write, call: &RecordedCall) -> io::Result<()> {
    serde_json::to_writer(&mut *out, call)?;
    writeln!(out)
}

/// Reads a recording: when it began, and its calls. A last line that broke off, as when the
/// recorder was killed, is not one.
///
/// # Errors
/// [`RecordingFileError`] if it is none, or a line in its midst is damaged.
pub fn read_recording(
    input: impl BufRead,
) -> Result<(UnixMillis, Vec<RecordedCall>), RecordingFileError> {
    let mut lines = input.lines();
    let head = lines.next().ok_or(RecordingFileError::Foreign)??;
    let head: Head = serde_json::from_str(&head).map_err(|_| RecordingFileError::Foreign)?;
    if head.povline_recording != VERSION {
        return Err(RecordingFileError::Foreign);
    }
    let mut calls = Vec::new();
    let mut broken = None;
    for (place, line) in (2..).zip(lines) {
        if let Some(line) = broken {
            return Err(RecordingFileError::Line { line });
        }
        match serde_json::from_str(&line?) {
            Ok(call) => calls.push(call),
            Err(_) => broken = Some(place),
        }
    }
    Ok((UnixMillis(head.begun_at), calls))
}
