//! The id that ends every answer.

use std::fmt;

const LENGTH: usize = 12;
const ALPHABET: &[u8; 36] = b"abcdefghijklmnopqrstuvwxyz0123456789";

/// The id of one answer, 12 characters of `[a-z0-9]`, as callers quote it to support.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct RequestId([u8; LENGTH]);

impl RequestId {
    /// The id that stands for this number: chance, or a counter well mixed. Numbers that are equal
    /// modulo 36¹² (about 4.7 × 10¹⁸) share an id.
    #[must_use]
    pub fn from_number(number: u64) -> Self {
        let mut rest = number;
        let mut text = [b'a'; LENGTH];
        for place in text.iter_mut().rev() {
            let digit = (rest % 36) as usize;
            rest /= 36;
            *place = ALPHABET.get(digit).copied().unwrap_or(b'a');
        }
        Self(text)
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RequestId({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_twelve_lower_case_letters_and_digits_and_differ() {
        let ids: Vec<RequestId> = (0..1000_u64)
            .map(|n| RequestId::from_number(n.wrapping_mul(0x9e37_79b9_7f4a_7c15)))
            .collect();
        for id in &ids {
            assert_eq!(id.as_str().len(), 12);
            assert!(id.as_str().bytes().all(|b| ALPHABET.contains(&b)));
        }
        let distinct: std::collections::HashSet<_> = ids.iter().collect();
        assert_eq!(distinct.len(), ids.len());
        assert_eq!(RequestId::from_number(0).as_str(), "aaaaaaaaaaaa");
        assert_eq!(RequestId::from_number(u64::MAX).as_str().len(), 12);
    }
}
