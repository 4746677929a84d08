//! A line of JSON for each event, at the end of a file or on standard output.
//!
//! The file is opened anew for each batch, so that it may be moved away at any time (as `logrotate`
//! does) and goes on in a new one. Its lines are on the disk before the cursor moves. After a crash
//! a half line at its end is cut off, and what the file holds already is not written again.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use povline_store::ledger::EventCursor;
use serde::Deserialize;

use crate::envelope::{Letter, Source};
use crate::settings::NdjsonTarget;

/// So much of a file's end is looked at: more than one batch.
const TAIL_BYTES: u64 = 2 << 20;

/// Where lines go, ready for more.
#[derive(Debug)]
pub(super) struct Lines {
    target: NdjsonTarget,
}

#[derive(Deserialize)]
struct Told {
    source: String,
    sequence: String,
}

impl Lines {
    /// Makes the file ready, and tells up to which event of this ledger its end has them.
    pub(super) async fn open(
        target: NdjsonTarget,
        source: &Source,
    ) -> io::Result<(Self, Option<EventCursor>)> {
        let told_up_to = match target.clone() {
            NdjsonTarget::Stdout => None,
            NdjsonTarget::File(path) => {
                let urn = source.urn();
                blocking(move || mend(&path, &urn)).await?
            }
        };
        Ok((Self { target }, told_up_to))
    }

    /// Appends a line for each letter. When this returns, they are on the disk.
    pub(super) async fn append(&mut self, letters: &[Letter]) -> io::Result<()> {
        let mut bytes = Vec::new();
        for letter in letters {
            bytes.extend_from_slice(&letter.body);
            bytes.push(b'\n');
        }
        match self.target.clone() {
            NdjsonTarget::Stdout => {
                blocking(move || {
                    let mut out = io::stdout().lock();
                    out.write_all(&bytes)?;
                    out.flush()
                })
                .await
            }
            NdjsonTarget::File(path) => blocking(move || append(&path, &bytes)).await,
        }
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(io::Error::other)?
}

fn append(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let is_new = !path.exists();
    let mut file = options().append(true).open(path)?;
    let length = file.metadata()?.len();
    let written = file.write_all(bytes).and_then(|()| file.sync_data());
    if let Err(error) = written {
        // What is there of it would be a half line, or be repeated.
        file.set_len(length)?;
        return Err(error);
    }
    if is_new {
        sync_directory(path)?;
    }
    Ok(())
}

/// A file that only its owner may read: names may stand in it.
fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.create(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options
}

/// A new name is only on the disk once its directory is.
fn sync_directory(path: &Path) -> io::Result<()> {
    let directory = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_path_buf(),
        _ => PathBuf::from("."),
    };
    #[cfg(unix)]
    File::open(directory)?.sync_all()?;
    #[cfg(not(unix))]
    drop(directory);
    Ok(())
}

/// Cuts a half line off, and tells the last sequence of this source at the file's end.
fn mend(path: &Path, urn: &str) -> io::Result<Option<EventCursor>> {
    let mut file = match OpenOptions::new().read(true).write(true).open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            // Whether it can be made is better known now than at the first event.
            append(path, b"")?;
            return Ok(None);
        }
        Err(error) => return Err(error),
    };
    let length = file.metadata()?.len();
    let tail = tail(&mut file, length)?;
    let whole = tail
        .iter()
        .rposition(|byte| *byte == b'\n')
        .map_or(0, |at| at + 1);
    let cut = (tail.len() - whole) as u64;
    if cut > 0 {
        if whole == 0 && tail.len() as u64 == TAIL_BYTES {
            return Err(io::Error::other(
                "the file's last line is longer than any event: it is no file of events",
            ));
        }
        tracing::warn!(file = %path.display(), bytes = cut, "cut off a half line at the end");
        file.set_len(length - cut)?;
        file.sync_data()?;
    }
    let lines = tail[..whole].split(|byte| *byte == b'\n');
    let told = lines.filter_map(|line| serde_json::from_slice::<Told>(line).ok());
    let ours = told.filter(|told| told.source == urn);
    Ok(ours
        .filter_map(|told| told.sequence.parse().ok().map(EventCursor))
        .max())
}

fn tail(file: &mut File, length: u64) -> io::Result<Vec<u8>> {
    file.seek(SeekFrom::Start(length.saturating_sub(TAIL_BYTES)))?;
    let mut tail = Vec::new();
    file.take(TAIL_BYTES).read_to_end(&mut tail)?;
    Ok(tail)
}
