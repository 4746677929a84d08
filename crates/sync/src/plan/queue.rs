//! Lists that wait, earliest first.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// A due time in milliseconds of Shanghai, whose it is, and the version that it had.
type Entry = (i64, u32, u32);

/// Due times by list. What an entry says is true only while its version is the list's.
#[derive(Debug, Default)]
pub(super) struct Queue {
    heap: BinaryHeap<Reverse<Entry>>,
}

impl Queue {
    pub(super) fn push(&mut self, due: f64, list: usize, version: u32) {
        let due = (due * 1_000.0).ceil() as i64;
        self.heap.push(Reverse((due, list as u32, version)));
    }

    /// The earliest list and when it is due, in seconds; entries that are out of date are dropped.
    pub(super) fn first(&mut self, version: impl Fn(usize) -> u32) -> Option<(f64, usize)> {
        while let Some(&Reverse((due, list, entered))) = self.heap.peek() {
            if version(list as usize) == entered {
                return Some((due as f64 / 1_000.0, list as usize));
            }
            self.heap.pop();
        }
        None
    }

    /// Drops the earliest entry.
    pub(super) fn pop(&mut self) {
        self.heap.pop();
    }

    pub(super) fn clear(&mut self) {
        self.heap.clear();
    }

    /// Drops what is out of date once it is most of what there is, so that the queue stays within
    /// a multiple of its lists, at a constant cost for each push.
    pub(super) fn tidy(&mut self, lists: usize, version: impl Fn(usize) -> u32) {
        if self.heap.len() > 4 * lists + 64 {
            self.heap
                .retain(|Reverse((_, list, entered))| version(*list as usize) == *entered);
        }
    }
}
