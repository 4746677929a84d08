//! A zip archive of files that are stored as they are: some kilobytes of text need no compression.

use super::SdkFile;

/// No archive is older: midnight of 1980-01-01, so that the same files are the same archive.
const DATE: u16 = 1 << 5 | 1;
/// Names are UTF-8.
const FLAGS: u16 = 1 << 11;
const VERSION: u16 = 20;

/// The archive of these files.
#[must_use]
pub fn archive(files: &[SdkFile]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut directory = Vec::new();
    for file in files {
        let offset = out.len() as u32;
        let bytes = file.text.as_bytes();
        let mut head = Vec::with_capacity(26);
        for half in [VERSION, FLAGS, 0, 0, DATE] {
            head.extend(half.to_le_bytes());
        }
        let size = bytes.len() as u32;
        for word in [crc32fast::hash(bytes), size, size] {
            head.extend(word.to_le_bytes());
        }
        head.extend((file.path.len() as u16).to_le_bytes());
        head.extend(0_u16.to_le_bytes());

        out.extend(b"PK\x03\x04");
        out.extend(&head);
        out.extend(file.path.as_bytes());
        out.extend(bytes);

        directory.extend(b"PK\x01\x02");
        directory.extend(VERSION.to_le_bytes());
        directory.extend(&head);
        // No comment, the first disk, text without attributes.
        directory.extend([0; 10]);
        directory.extend(offset.to_le_bytes());
        directory.extend(file.path.as_bytes());
    }
    let count = (files.len() as u16).to_le_bytes();
    let offset = (out.len() as u32).to_le_bytes();
    let size = (directory.len() as u32).to_le_bytes();
    out.extend(&directory);
    out.extend(b"PK\x05\x06\0\0\0\0");
    out.extend(count);
    out.extend(count);
    out.extend(size);
    out.extend(offset);
    out.extend([0; 2]);
    out
}
