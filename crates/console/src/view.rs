//! Numbers and instants as a person reads them.

use povline_domain::UnixMillis;
use povline_protocol::timestamp;

/// An instant at GMT+8, as all times of the platform are.
pub(crate) fn time(at: UnixMillis) -> String {
    timestamp::format(at)
}

/// A number with a thin gap between its thousands, at which no line ends.
pub(crate) fn number(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push('\u{202f}');
        }
        grouped.push(digit);
    }
    grouped
}

/// The parts of a method's name, between which a line may end.
pub(crate) fn parts(method: &str) -> impl Iterator<Item = &str> {
    method.split_inclusive('.')
}

/// Bytes in the unit that suits them.
pub(crate) fn bytes(bytes: usize) -> String {
    const UNITS: [&str; 4] = ["KiB", "MiB", "GiB", "TiB"];
    if bytes < 1024 {
        return format!("{bytes} B");
    }
    let mut size = bytes as f64 / 1024.0;
    let mut unit = UNITS[0];
    for next in &UNITS[1..] {
        if size < 1024.0 {
            break;
        }
        size /= 1024.0;
        unit = next;
    }
    format!("{size:.1} {unit}")
}

/// Microseconds as milliseconds.
pub(crate) fn millis(micros: u64) -> String {
    format!("{:.2}", micros as f64 / 1000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_and_bytes_have_units() {
        assert_eq!(number(7), "7");
        assert_eq!(number(1_234_567), "1\u{202f}234\u{202f}567");
        assert_eq!(bytes(1023), "1023 B");
        assert_eq!(bytes(268_435_456), "256.0 MiB");
        assert_eq!(millis(1234), "1.23");
        assert!(parts("a.bc.d").eq(["a.", "bc.", "d"]));
    }
}
