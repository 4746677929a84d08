//! Numbers and texts as bytes: LEB128, zigzag where negative, texts after their length.

use super::fault::{Fault, corrupt};

type Outcome<T> = Result<T, Fault>;

pub(crate) trait Put {
    fn put(&mut self, number: u64);
    fn put_signed(&mut self, number: i64);
    fn put_text(&mut self, text: &str);
}

impl Put for Vec<u8> {
    fn put(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.push(number as u8 | 0x80);
            number >>= 7;
        }
        self.push(number as u8);
    }

    fn put_signed(&mut self, number: i64) {
        self.put(((number << 1) ^ (number >> 63)) as u64);
    }

    fn put_text(&mut self, text: &str) {
        self.put(text.len() as u64);
        self.extend_from_slice(text.as_bytes());
    }
}

/// Takes values off the front of what was put.
pub(crate) struct Take<'a>(pub(crate) &'a [u8]);

impl<'a> Take<'a> {
    pub(crate) fn bytes(&mut self, count: usize) -> Outcome<&'a [u8]> {
        let (bytes, rest) = self
            .0
            .split_at_checked(count)
            .ok_or_else(|| corrupt("value, which is cut short"))?;
        self.0 = rest;
        Ok(bytes)
    }

    pub(crate) fn byte(&mut self) -> Outcome<u8> {
        Ok(self.bytes(1)?[0])
    }

    pub(crate) fn number(&mut self) -> Outcome<u64> {
        let mut number = 0_u64;
        for shift in (0..u64::BITS).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(number);
            }
        }
        Err(corrupt("number"))
    }

    pub(crate) fn signed(&mut self) -> Outcome<i64> {
        let number = self.number()?;
        Ok((number >> 1) as i64 ^ -((number & 1) as i64))
    }

    /// A number that counts something, or fits into a smaller type for another reason.
    pub(crate) fn small<N: TryFrom<u64>>(&mut self) -> Outcome<N> {
        N::try_from(self.number()?).map_err(|_| corrupt("number"))
    }

    pub(crate) fn text(&mut self) -> Outcome<&'a str> {
        let length = self.small()?;
        std::str::from_utf8(self.bytes(length)?).map_err(|_| corrupt("text"))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_put_is_taken(number: u64, signed: i64, text: String) {
            let mut bytes = Vec::new();
            bytes.put(number);
            bytes.put_signed(signed);
            bytes.put_text(&text);
            let mut take = Take(&bytes);
            prop_assert_eq!(take.number().unwrap(), number);
            prop_assert_eq!(take.signed().unwrap(), signed);
            prop_assert_eq!(take.text().unwrap(), text);
            prop_assert!(take.0.is_empty());
        }

        #[test]
        fn no_bytes_make_it_panic(bytes: Vec<u8>) {
            let mut take = Take(&bytes);
            while take.number().is_ok() && take.text().is_ok() && take.signed().is_ok() {}
        }
    }
}
