//! Writing `application/x-www-form-urlencoded`, of a query or a body.
//!
//! Every call is written once by whoever makes it, so this is one loop; what it writes is
//! what the `form_urlencoded` crate writes, which a test holds it to.

use crate::hex::upper_digit;

/// Whether a byte stands for itself.
const fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'*' | b'-' | b'.' | b'_')
}

/// How many bytes one takes at most.
const LONGEST: usize = 3;

/// What is written for each byte, and how much of that.
#[expect(clippy::indexing_slicing, reason = "checked when it is compiled")]
static WRITTEN: [([u8; LONGEST], usize); 256] = {
    let mut written = [([0; LONGEST], 0); 256];
    let mut byte = 0_u8;
    loop {
        written[byte as usize] = match byte {
            b' ' => ([b'+', 0, 0], 1),
            _ if is_plain(byte) => ([byte, 0, 0], 1),
            _ => (
                [b'%', upper_digit(byte >> 4), upper_digit(byte & 15)],
                LONGEST,
            ),
        };
        if byte == u8::MAX {
            break written;
        }
        byte += 1;
    }
};

/// Writes pair after pair.
#[derive(Debug)]
pub(crate) struct FormWriter(Vec<u8>);

impl FormWriter {
    /// With room for so many bytes.
    pub(crate) fn with_capacity(bytes: usize) -> Self {
        Self(Vec::with_capacity(bytes))
    }

    /// Appends a pair.
    pub(crate) fn pair(&mut self, name: &str, value: &str) {
        if !self.0.is_empty() {
            self.0.push(b'&');
        }
        self.text(name);
        self.0.push(b'=');
        self.text(value);
    }

    /// What was written.
    pub(crate) fn finish(self) -> String {
        // All of it is ASCII.
        String::from_utf8(self.0).unwrap_or_default()
    }

    /// Texts are short, and much of the request object is special: to look for runs of plain bytes,
    /// or to ask of each byte whether there is room, costs more than to write the longest of each.
    #[expect(
        clippy::indexing_slicing,
        reason = "there is one for each of the 256 bytes"
    )]
    fn text(&mut self, text: &str) {
        let begin = self.0.len();
        self.0.resize(begin + text.len() * LONGEST, 0);
        let mut end = begin;
        for byte in text.bytes() {
            let (written, length) = &WRITTEN[usize::from(byte)];
            if let Some(place) = self.0.get_mut(end..end + LONGEST) {
                place.copy_from_slice(written);
            }
            end += length;
        }
        self.0.truncate(end);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn pairs_are_written_as_the_library_writes_them(
            pairs in prop::collection::vec(("\\PC{0,12}", any::<String>()), 1..6),
        ) {
            let mut ours = FormWriter::with_capacity(0);
            let mut library = form_urlencoded::Serializer::new(String::new());
            for (name, value) in &pairs {
                ours.pair(name, value);
                library.append_pair(name, value);
            }
            prop_assert_eq!(ours.finish(), library.finish());
        }
    }

    #[test]
    fn every_ascii_byte_is_written_as_the_library_writes_it() {
        let all: String = (0..=127_u8).map(char::from).collect();
        let mut ours = FormWriter::with_capacity(0);
        ours.pair("", &all);
        let mut library = form_urlencoded::Serializer::new(String::new());
        library.append_pair("", &all);
        assert_eq!(ours.finish(), library.finish());
    }
}
