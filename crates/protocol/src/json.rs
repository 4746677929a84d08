//! Writing JSON strings.

/// Whether a byte cannot stand raw in a JSON string of ours. 0xEF leads U+F000 to U+FFFF, among
/// which are the two non-characters.
const fn is_special(byte: u8) -> bool {
    matches!(byte, 0..=0x1f | b'"' | b'\\' | 0xef)
}

/// Appends `text` as a JSON string, quotes included.
///
/// Everything stays raw UTF-8: the Java SDK misreads `\u` escapes with hex letters, silently.
/// Control characters and the non-characters U+FFFE and U+FFFF are left out, since XML cannot
/// carry them and both formats must tell the same text.
pub(crate) fn write_string(out: &mut Vec<u8>, text: &str) {
    out.push(b'"');
    write_content(out, text);
    out.push(b'"');
}

fn write_content(out: &mut Vec<u8>, text: &str) {
    let mut rest = text.as_bytes();
    // Nearly every text is plain; to look at all its bytes at once is cheaper than one by one.
    if !rest.iter().fold(false, |any, byte| any | is_special(*byte)) {
        out.extend_from_slice(rest);
        return;
    }
    while let Some(at) = rest.iter().position(|byte| is_special(*byte)) {
        let (plain, tail) = rest.split_at(at);
        out.extend_from_slice(plain);
        let taken = match tail {
            [quoted @ (b'"' | b'\\'), ..] => {
                out.extend_from_slice(&[b'\\', *quoted]);
                1
            }
            [0xef, 0xbf, 0xbe | 0xbf, ..] => 3,
            [0xef, second, third, ..] => {
                out.extend_from_slice(&[0xef, *second, *third]);
                3
            }
            _ => 1,
        };
        rest = tail.get(taken..).unwrap_or_default();
    }
    out.extend_from_slice(rest);
}

/// Appends a number.
pub(crate) fn write_number(out: &mut Vec<u8>, number: u64) {
    let mut digits = [0_u8; 20];
    let mut rest = number;
    let mut length = 0;
    for place in digits.iter_mut().rev() {
        *place = b'0' + (rest % 10) as u8;
        rest /= 10;
        length += 1;
        if rest == 0 {
            break;
        }
    }
    let start = digits.len() - length;
    out.extend_from_slice(digits.get(start..).unwrap_or_default());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_in_full() {
        for number in [0, 1, 9, 10, 200, 12_345, u64::MAX] {
            let mut out = Vec::new();
            write_number(&mut out, number);
            assert_eq!(out, number.to_string().into_bytes());
        }
    }

    #[test]
    fn text_is_raw_but_for_quotes_and_what_xml_cannot_carry() {
        let mut out = Vec::new();
        write_string(
            &mut out,
            "测\"试\\/\u{1}\n\u{b}\u{1f}\u{7f}𠮷\u{fffe}\u{ffff}\u{fffd}\u{f8ff}",
        );
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "\"测\\\"试\\\\/\u{7f}𠮷\u{fffd}\u{f8ff}\""
        );
    }
}
