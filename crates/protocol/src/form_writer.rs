//! Writing `application/x-www-form-urlencoded`, of a query or a body.
//!
//! Every call is written once by whoever makes it, so this is one loop; what it writes is
//! what the `form_urlencoded` crate writes, which a test holds it to.

use crate::hex::upper_digit;

/// Whether a byte stands for itself.
const fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'*' | b'-' | b'.' | b'_')
}

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

    fn text(&mut self, text: &str) {
        self.0.reserve(text.len());
        let mut rest = text.as_bytes();
        while let Some(at) = rest.iter().position(|byte| !is_plain(*byte)) {
            let (plain, tail) = rest.split_at(at);
            self.0.extend_from_slice(plain);
            let Some((special, after)) = tail.split_first() else {
                break;
            };
            match special {
                b' ' => self.0.push(b'+'),
                _ => self.0.extend_from_slice(&[
                    b'%',
                    upper_digit(special >> 4),
                    upper_digit(special & 15),
                ]),
            }
            rest = after;
        }
        self.0.extend_from_slice(rest);
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
