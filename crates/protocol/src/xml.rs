//! Writing XML text.

use std::io::Write as _;

/// The prolog, with the space before `?>` that TOP's own answers have.
pub(crate) const PROLOG: &str = "<?xml version=\"1.0\" encoding=\"utf-8\" ?>";

/// Whether a byte cannot stand raw in XML text of ours. 0xEF leads the two non-characters, and
/// what is above it leads characters outside the basic plane.
const fn is_special(byte: u8) -> bool {
    matches!(byte, 0..=0x1f | b'&' | b'<' | b'>' | b'"' | b'\'' | 0xef..)
}

/// Appends `text` as the content of an element.
///
/// Characters outside the basic plane become numeric references, because the Java SDK drops
/// surrogates on reading (the rare names with 𠮷 would lose it); control characters and the
/// non-characters that XML 1.0 forbids are left out.
pub(crate) fn write_text(out: &mut Vec<u8>, text: &str) {
    let mut rest = text;
    while let Some(at) = rest.bytes().position(is_special) {
        // A special byte begins a character, so the text can be cut before it.
        let (plain, tail) = rest.split_at_checked(at).unwrap_or((rest, ""));
        out.extend_from_slice(plain.as_bytes());
        let mut characters = tail.chars();
        match characters.next() {
            Some('&') => out.extend_from_slice(b"&amp;"),
            Some('<') => out.extend_from_slice(b"&lt;"),
            Some('>') => out.extend_from_slice(b"&gt;"),
            Some('"') => out.extend_from_slice(b"&quot;"),
            Some('\'') => out.extend_from_slice(b"&apos;"),
            Some(c) if c > '\u{ffff}' => write_reference(out, c),
            Some(c @ ' '..'\u{fffe}') => {
                out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
            }
            _ => {}
        }
        rest = characters.as_str();
    }
    out.extend_from_slice(rest.as_bytes());
}

fn write_reference(out: &mut Vec<u8>, character: char) {
    // Writing to a vector cannot fail.
    let _ = write!(out, "&#x{:X};", u32::from(character));
}

/// Appends `<name>text</name>`.
pub(crate) fn write_element(out: &mut Vec<u8>, name: &str, text: &str) {
    open(out, name);
    write_text(out, text);
    close(out, name);
}

/// Appends `<name>`.
pub(crate) fn open(out: &mut Vec<u8>, name: &str) {
    out.push(b'<');
    out.extend_from_slice(name.as_bytes());
    out.push(b'>');
}

/// Appends `</name>`.
pub(crate) fn close(out: &mut Vec<u8>, name: &str) {
    out.extend_from_slice(b"</");
    out.extend_from_slice(name.as_bytes());
    out.push(b'>');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_escaped_referenced_and_stripped() {
        let mut out = Vec::new();
        write_text(
            &mut out,
            "a&<>\"'𠮷\u{1}\n\u{fffe}\u{ffff}\u{fffd}\u{f8ff}😀测b",
        );
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "a&amp;&lt;&gt;&quot;&apos;&#x20BB7;\u{fffd}\u{f8ff}&#x1F600;测b"
        );
    }
}
