//! A file of events as its reader sees it: it grows, is moved away, and may end in half a line.

use std::fs::{File, OpenOptions};
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::PathBuf;

use povline_store::ledger::EventCursor;
use povline_sync::chance::Chance;
use serde::Deserialize;

pub struct EventFile {
    pub path: PathBuf,
    read_up_to: u64,
}

#[derive(Deserialize)]
struct Numbered {
    sequence: String,
}

impl EventFile {
    pub fn new(path: PathBuf) -> Self {
        Self {
            path,
            read_up_to: 0,
        }
    }

    /// Reads on, as far as there are whole lines.
    pub fn take(&mut self) -> Vec<Vec<u8>> {
        let unread = self.unread();
        let lines: Vec<Vec<u8>> = whole_lines(&unread).map(<[u8]>::to_vec).collect();
        self.read_up_to += lines.iter().map(Vec::len).sum::<usize>() as u64;
        lines
    }

    /// The file, which was read to its end, is moved away, as `logrotate` does.
    pub fn rotate(&mut self) {
        if self.path.exists() {
            std::fs::remove_file(&self.path).unwrap();
        }
        self.read_up_to = 0;
    }

    /// The process that wrote it died while it wrote: of the lines after this event, for which its
    /// word does not stand, only the first bytes are there.
    pub fn tear(&self, after: EventCursor, chance: &mut Chance) {
        let unread = self.unread();
        let stands = |line: &&[u8]| {
            let line: Numbered = serde_json::from_slice(line).unwrap();
            line.sequence.parse::<i64>().unwrap() <= after.0
        };
        let kept = whole_lines(&unread).take_while(stands);
        let kept = kept.map(<[u8]>::len).sum::<usize>() as u64;
        let torn = unread.len() as u64 - kept;
        if torn > 0 {
            let file = OpenOptions::new().write(true).open(&self.path).unwrap();
            let length = self.read_up_to + kept + chance.below(torn);
            file.set_len(length).unwrap();
        }
    }

    fn unread(&self) -> Vec<u8> {
        let mut unread = Vec::new();
        if let Ok(mut file) = File::open(&self.path) {
            file.seek(SeekFrom::Start(self.read_up_to)).unwrap();
            file.read_to_end(&mut unread).unwrap();
        }
        unread
    }
}

/// The lines that have their ends, with them.
fn whole_lines(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    bytes
        .split_inclusive(|byte| *byte == b'\n')
        .filter(|line| line.ends_with(b"\n"))
}
