//! Pages kept compressed, so that no page is compressed twice for a version of its day.
//!
//! What is kept is a part of a deflate stream that stands for itself: it refers to nothing before
//! it, and ends at a byte's end, so that head and tail of an answer can stand around it without
//! being compressed with it.

use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use flate2::{Compress, Compression, FlushCompress, Status};
use foldhash::HashMap;
use parking_lot::Mutex;

/// What a page kept costs beside its bytes.
const ENTRY_BYTES: usize = 128;

/// A part of a deflate stream, and what a gzip member must say of what it holds.
#[derive(Debug, Clone)]
pub(crate) struct Compressed {
    /// Blocks, none of them the last, up to a byte's end.
    pub(crate) blocks: Bytes,
    /// The CRC-32 of what was compressed.
    pub(crate) crc: u32,
    /// Its length.
    pub(crate) plain_bytes: usize,
}

/// Compresses one part.
pub(crate) fn deflate(plain: &[u8]) -> Compressed {
    let mut stream = Compress::new(Compression::default(), false);
    let mut blocks = Vec::with_capacity(plain.len() / 4 + 64);
    loop {
        let begin = usize::try_from(stream.total_in()).unwrap_or(plain.len());
        let rest = plain.get(begin..).unwrap_or_default();
        let status = stream.compress_vec(rest, &mut blocks, FlushCompress::Sync);
        // A flush is complete once it leaves room; with too little room it goes on.
        let is_complete = rest.is_empty() || stream.total_in() as usize == plain.len();
        if is_complete && blocks.len() < blocks.capacity() || !matches!(status, Ok(Status::Ok)) {
            break;
        }
        blocks.reserve(blocks.capacity().max(64));
    }
    blocks.shrink_to_fit();
    Compressed {
        blocks: Bytes::from(blocks),
        crc: crc32fast::hash(plain),
        plain_bytes: plain.len(),
    }
}

type Cell = Arc<OnceLock<Compressed>>;

#[derive(Debug, Default)]
struct Kept {
    pages: HashMap<Range<usize>, Cell>,
    bytes: usize,
}

/// The compressed pages of one sheet.
#[derive(Debug)]
pub(crate) struct CompressedPages {
    kept: Mutex<Kept>,
    /// As `kept` has it, readable without its lock.
    bytes: AtomicUsize,
    bytes_max: usize,
}

impl CompressedPages {
    /// For a sheet of so many bytes. All its pages of one size take about a fifth of it; pages of
    /// other sizes, or windows that overlap, must share what is left of a half.
    pub(crate) fn new(sheet_bytes: usize) -> Self {
        Self {
            kept: Mutex::default(),
            bytes: AtomicUsize::new(0),
            bytes_max: sheet_bytes / 2 + 1024,
        }
    }

    pub(crate) fn bytes(&self) -> usize {
        self.bytes.load(Ordering::Relaxed)
    }

    pub(crate) fn bytes_max(&self) -> usize {
        self.bytes_max
    }

    /// The page at this place, compressed by whoever asks first, and whether what is kept has
    /// changed.
    pub(crate) fn get_or_make(&self, place: Range<usize>, rows: &[u8]) -> (Compressed, bool) {
        let cell = Arc::clone(self.kept.lock().pages.entry(place.clone()).or_default());
        let mut made = false;
        let compressed = cell.get_or_init(|| {
            made = true;
            deflate(rows)
        });
        if made {
            self.count(&place, &cell, compressed.blocks.len() + ENTRY_BYTES);
        }
        (compressed.clone(), made)
    }

    /// Counts a page that was made. If there is no room all others go: which of them will be asked
    /// for again nobody knows, and those that are will soon be back.
    fn count(&self, place: &Range<usize>, cell: &Cell, bytes: usize) {
        let mut kept = self.kept.lock();
        let is_kept = kept.pages.get(place).is_some_and(|k| Arc::ptr_eq(k, cell));
        if !is_kept {
            return;
        }
        kept.bytes += bytes;
        if kept.bytes > self.bytes_max {
            let fits = bytes <= self.bytes_max;
            kept.pages.retain(|other, _| fits && other == place);
            kept.bytes = if fits { bytes } else { 0 };
        }
        self.bytes.store(kept.bytes, Ordering::Relaxed);
    }
}
