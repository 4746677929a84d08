//! Writing `application/x-www-form-urlencoded`, of a query or a body.
//!
//! Every call is written once by whoever makes it, so this is one loop; what it writes is
//! what the `form_urlencoded` crate writes, which a test holds it to.

use crate::hex;

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
            _ => {
                let [high, low] = hex::upper(byte);
                ([b'%', high, low], LONGEST)
            }
        };
        if byte == u8::MAX {
            break written;
        }
        byte += 1;
    }
};

/// Appends a name or a value.
///
/// Texts are short, and much of the request object is special: to look for runs of plain bytes, or to
/// ask of each byte whether there is room, costs more than to write the longest of each.
#[expect(
    clippy::indexing_slicing,
    reason = "there is one for each of the 256 bytes"
)]
pub(crate) fn write_text(out: &mut Vec<u8>, text: &str) {
    let begin = out.len();
    out.resize(begin + text.len() * LONGEST, 0);
    let mut end = begin;
    for byte in text.bytes() {
        let (written, length) = &WRITTEN[usize::from(byte)];
        if let Some(place) = out.get_mut(end..end + LONGEST) {
            place.copy_from_slice(written);
        }
        end += length;
    }
    out.truncate(end);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn written(text: &str) -> String {
        let mut out = b"before".to_vec();
        write_text(&mut out, text);
        String::from_utf8(out).unwrap()
    }

    fn by_the_library(text: &str) -> String {
        "before"
            .chars()
            .chain(form_urlencoded::byte_serialize(text.as_bytes()).flat_map(str::chars))
            .collect()
    }

    proptest! {
        #[test]
        fn a_text_is_written_as_the_library_writes_it(text in any::<String>()) {
            prop_assert_eq!(written(&text), by_the_library(&text));
        }
    }

    #[test]
    fn every_ascii_byte_is_written_as_the_library_writes_it() {
        let all: String = (0..=127_u8).map(char::from).collect();
        assert_eq!(written(&all), by_the_library(&all));
    }
}
