//! The truth as text: what happened, in order, a line each.

use std::io::{self, Write};

use povline_domain::{PickStatus, UnixMillis};
use twox_hash::XxHash3_128;

use super::Truth;
use super::biography::Biography;

/// Something that happened.
struct Line<'a> {
    at: UnixMillis,
    row: usize,
    biography: &'a Biography,
    /// The place of the state that it led to; `None` for a cancellation.
    state: Option<usize>,
}

impl Truth {
    /// Writes everything that has happened as tab-separated lines: when (milliseconds since
    /// 1970), what, and the whole row after it. Pick codes and names stand in it whole; nobody in
    /// a world is real.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn write_changes(&self, out: &mut impl Write) -> io::Result<()> {
        let mut lines: Vec<Line<'_>> = Vec::new();
        for (row, biography) in self.rows.iter().enumerate() {
            for (place, state) in biography.states.iter().enumerate() {
                lines.push(Line {
                    at: state.from,
                    row,
                    biography,
                    state: Some(place),
                });
            }
            lines.extend(biography.cancelled_at.map(|at| Line {
                at,
                row,
                biography,
                state: None,
            }));
        }
        lines.sort_by_key(|line| (line.at, line.row, line.state.unwrap_or(usize::MAX)));
        for line in lines {
            self.write_line(out, &line)?;
        }
        Ok(())
    }

    fn write_line(&self, out: &mut impl Write, line: &Line<'_>) -> io::Result<()> {
        let biography = line.biography;
        let clinic = &self.clinics[biography.clinic].out_pov_id;
        let id = &biography.id;
        match line.state.and_then(|place| biography.states.get(place)) {
            None => writeln!(out, "{}\tcancelled\t{id}\t{clinic}", line.at.0),
            Some(state) => writeln!(
                out,
                "{}\t{}\t{id}\t{clinic}\t{}\t{}\t{}\t{}\t{}",
                line.at.0,
                state.change.word(),
                state.day,
                state.period,
                state.pick_code.as_str(),
                u8::from(state.pick_status != PickStatus::Picked),
                state.name.as_str(),
            ),
        }
    }

    /// A digest of [`Truth::write_changes`]: equal digests mean the same truth, byte for byte.
    #[must_use]
    pub fn digest(&self) -> u128 {
        let mut hash = Hashed(XxHash3_128::new());
        // Hashing cannot fail.
        let _ = self.write_changes(&mut hash);
        hash.0.finish_128()
    }
}

struct Hashed(XxHash3_128);

impl Write for Hashed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
