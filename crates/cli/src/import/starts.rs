//! Where each file begins in the book's count of lines.

use std::sync::Mutex;

/// Written as the files are read, and asked by whoever writes the report.
#[derive(Debug, Default)]
pub(super) struct Starts(Mutex<Vec<u64>>);

impl Starts {
    /// The next file begins after this line of the book's count.
    pub(super) fn push(&self, offset: u64) {
        if let Ok(mut starts) = self.0.lock() {
            starts.push(offset);
        }
    }

    /// The place of the file in which a line of the book's count stands, and its line there.
    pub(super) fn find(&self, line: u64) -> (usize, u64) {
        let Ok(starts) = self.0.lock() else {
            return (0, line);
        };
        let after = starts.partition_point(|offset| *offset < line);
        let place = after.saturating_sub(1);
        (place, line - starts.get(place).copied().unwrap_or(0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_found_in_its_file() {
        let starts = Starts::default();
        for offset in [0, 5, 5] {
            starts.push(offset);
        }
        assert_eq!(starts.find(1), (0, 1));
        assert_eq!(starts.find(5), (0, 5));
        assert_eq!(starts.find(6), (2, 1));
    }
}
