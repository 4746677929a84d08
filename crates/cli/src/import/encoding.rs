//! Which encoding a file is in, and the text of its bytes.

use std::borrow::Cow;

use encoding_rs::GB18030;

use crate::args::Encoding;

/// How much of a file decides.
pub(super) const SAMPLE_BYTES: usize = 1 << 20;

/// The byte order mark of UTF-8.
pub(super) const MARK: &[u8] = b"\xef\xbb\xbf";

/// What the beginning of a file says about its encoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Guess {
    /// This one.
    Is(Encoding),
    /// UTF-16, which no import reads.
    Utf16,
}

/// Tells the encoding from the beginning of a file: a mark decides; otherwise the lines that are
/// not plain ASCII are asked, and the majority decides, so that a few damaged lines are refused
/// as what they are.
pub(super) fn guess(sample: &[u8]) -> Guess {
    if sample.starts_with(MARK) {
        return Guess::Is(Encoding::Utf8);
    }
    if sample.starts_with(b"\xff\xfe") || sample.starts_with(b"\xfe\xff") {
        return Guess::Utf16;
    }
    let mut lines: Vec<&[u8]> = sample.split(|byte| *byte == b'\n').collect();
    if sample.len() >= SAMPLE_BYTES {
        // The last one is cut off.
        lines.pop();
    }
    let (mut utf8, mut gb18030) = (0_usize, 0_usize);
    for line in lines.into_iter().filter(|line| !line.is_ascii()) {
        if std::str::from_utf8(line).is_ok() {
            utf8 += 1;
        } else if decode(Encoding::Gb18030, line).is_some() {
            gb18030 += 1;
        }
    }
    Guess::Is(match gb18030 > utf8 {
        true => Encoding::Gb18030,
        false => Encoding::Utf8,
    })
}

/// The text of some bytes; `None` if they are no text in this encoding.
pub(super) fn decode(encoding: Encoding, bytes: &[u8]) -> Option<Cow<'_, str>> {
    match encoding {
        Encoding::Utf8 => std::str::from_utf8(bytes).ok().map(Cow::Borrowed),
        Encoding::Gb18030 => GB18030.decode_without_bom_handling_and_without_replacement(bytes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gb18030(text: &str) -> Vec<u8> {
        GB18030.encode(text).0.into_owned()
    }

    #[test]
    fn the_encoding_is_told_from_what_is_there() {
        let check = |sample: &[u8], guessed| assert_eq!(guess(sample), guessed);
        check(b"", Guess::Is(Encoding::Utf8));
        check(b"id,name\n1,abc\n", Guess::Is(Encoding::Utf8));
        check("id,name\n1,测试𠮷\n".as_bytes(), Guess::Is(Encoding::Utf8));
        check("\u{feff}id\n".as_bytes(), Guess::Is(Encoding::Utf8));
        check(
            &gb18030("id,name\n1,测试𠮷\n"),
            Guess::Is(Encoding::Gb18030),
        );
        check(b"\xff\xfei\0d\0", Guess::Utf16);
    }

    #[test]
    fn a_damaged_line_does_not_change_the_encoding() {
        let mut sample = "id,name\n1,测试\n2,样例\n3,".as_bytes().to_vec();
        sample.extend_from_slice(b"\xb2\xe2\n");
        assert_eq!(guess(&sample), Guess::Is(Encoding::Utf8));
    }

    #[test]
    fn rare_characters_survive() {
        let bytes = gb18030("𠮷·测");
        assert_eq!(decode(Encoding::Gb18030, &bytes).unwrap(), "𠮷·测");
        assert!(decode(Encoding::Utf8, &bytes).is_none());
        assert!(decode(Encoding::Gb18030, b"\xff\xff").is_none());
    }
}
