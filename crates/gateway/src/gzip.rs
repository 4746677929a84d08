//! Answers as one gzip member, around rows that were compressed once.
//!
//! Every answer has a head and a tail of its own, so a compressed answer cannot be kept whole. But
//! a deflate stream is a row of blocks: head and tail are stored in blocks as they are, and between
//! them stand the blocks of the rows, kept from the first time they were asked for. The checksum of
//! the whole is combined from that of the rows and those of the short rest. It is one member, because
//! .NET's reader stops after the first.

use bytes::Bytes;
use crc32fast::Hasher;

use crate::body::AnswerBody;
use crate::document::Document;
use crate::sheet::{Compressed, PageRows, deflate};

/// Answers shorter than this are sent as they are: one packet holds them anyway.
const WORTH_BYTES: usize = 1024;

/// Magic, deflate, no flags, no time, no extra flags, unknown system.
const HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];

/// The most bytes of one stored block.
const STORED_BYTES_MAX: usize = 0xffff;

/// Whether answers of so many bytes together are worth compressing.
pub(crate) fn is_worth(bytes: usize) -> bool {
    bytes >= WORTH_BYTES
}

/// The documents as one gzip member, the separator between any two. `rows` compresses a page's rows
/// or finds them compressed.
pub(crate) fn member(
    documents: impl IntoIterator<Item = Document>,
    separator: &[u8],
    rows: impl Fn(&PageRows) -> Compressed,
) -> AnswerBody {
    let mut member = Member::new();
    for (at, document) in documents.into_iter().enumerate() {
        if at > 0 {
            member.store(separator);
        }
        if document.rows.is_none() && is_worth(document.head.len()) {
            member.append(deflate(&document.head));
        } else {
            member.store(&document.head);
        }
        if let Some(page) = document.rows.as_ref().filter(|page| page.len() > 0) {
            member.append(rows(page));
        }
        member.store(&document.tail);
    }
    member.finish()
}

/// A gzip member that is being written.
#[derive(Debug)]
struct Member {
    body: AnswerBody,
    /// What comes next and is not in the body yet.
    pending: Vec<u8>,
    checksum: Hasher,
    plain_bytes: usize,
}

impl Member {
    fn new() -> Self {
        let mut pending = Vec::with_capacity(512);
        pending.extend_from_slice(&HEADER);
        Self {
            body: AnswerBody::default(),
            pending,
            checksum: Hasher::new(),
            plain_bytes: 0,
        }
    }

    /// Adds bytes as they are.
    fn store(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(STORED_BYTES_MAX) {
            self.write_stored(chunk, false);
        }
        self.checksum.update(bytes);
        self.plain_bytes += bytes.len();
    }

    fn write_stored(&mut self, chunk: &[u8], is_last: bool) {
        // A chunk is never longer than its length field can say.
        let length = u16::try_from(chunk.len()).unwrap_or(u16::MAX);
        self.pending.push(u8::from(is_last));
        self.pending.extend_from_slice(&length.to_le_bytes());
        self.pending.extend_from_slice(&(!length).to_le_bytes());
        self.pending.extend_from_slice(chunk);
    }

    /// Adds bytes that are compressed already.
    fn append(&mut self, part: Compressed) {
        self.flush();
        self.body.push(part.blocks);
        let part_bytes = part.plain_bytes as u64;
        self.checksum
            .combine(&Hasher::new_with_initial_len(part.crc, part_bytes));
        self.plain_bytes += part.plain_bytes;
    }

    fn flush(&mut self) {
        let next = Vec::with_capacity(256);
        let pending = std::mem::replace(&mut self.pending, next);
        self.body.push(Bytes::from(pending));
    }

    fn finish(mut self) -> AnswerBody {
        self.write_stored(&[], true);
        let checksum = self.checksum.clone().finalize();
        self.pending.extend_from_slice(&checksum.to_le_bytes());
        // The format counts modulo 2³².
        let length = self.plain_bytes as u32;
        self.pending.extend_from_slice(&length.to_le_bytes());
        self.flush();
        self.body
    }
}
