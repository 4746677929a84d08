//! Hex digits, as they stand in signatures and behind the `%` of a form.

/// What stands in [`VALUES`] for a byte that is no digit.
const NONE: u8 = u8::MAX;

/// The value of each byte as a digit, in either case.
#[expect(clippy::indexing_slicing, reason = "checked when it is compiled")]
const VALUES: [u8; 256] = {
    let mut values = [NONE; 256];
    let mut value = 0;
    while value < 16 {
        let digit = upper_digit(value);
        values[digit as usize] = value;
        values[digit.to_ascii_lowercase() as usize] = value;
        value += 1;
    }
    values
};

/// The byte that two digits stand for; none if one of them is no digit.
#[expect(
    clippy::indexing_slicing,
    reason = "there is a value for each of the 256 bytes"
)]
pub(crate) const fn byte(high: u8, low: u8) -> Option<u8> {
    let (high, low) = (VALUES[high as usize], VALUES[low as usize]);
    match high | low {
        NONE => None,
        _ => Some(high << 4 | low),
    }
}

/// The digit of a value below 16.
const fn upper_digit(value: u8) -> u8 {
    match value {
        0..=9 => b'0' + value,
        _ => b'A' - 10 + value,
    }
}

/// The two digits of a byte.
pub(crate) const fn upper(byte: u8) -> [u8; 2] {
    [upper_digit(byte >> 4), upper_digit(byte & 15)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pair_of_bytes_is_read_as_the_language_reads_it() {
        for high in 0..=u8::MAX {
            for low in 0..=u8::MAX {
                let digit = |digit| char::from(digit).to_digit(16);
                let expected = digit(high)
                    .zip(digit(low))
                    .map(|(high, low)| u8::try_from(high * 16 + low).unwrap());
                assert_eq!(byte(high, low), expected, "{high} {low}");
            }
        }
    }

    #[test]
    fn what_is_written_is_read() {
        for value in 0..=u8::MAX {
            let [high, low] = upper(value);
            assert_eq!(byte(high, low), Some(value));
        }
    }
}
